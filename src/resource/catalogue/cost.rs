//! What a load costs, and by what that is known again.

use std::path::Path;
use std::time::UNIX_EPOCH;

use super::Catalogue;
use crate::engine::KeyMap;
use crate::engine::graph::closure;
use crate::resource::Key;

/// What the parts behind loads have to do with how long they take, their files as they were when
/// they were first looked at.
#[derive(Default)]
pub struct CostParts(KeyMap<Key, String>);

impl Catalogue {
    /// Names a load by what decides how long it takes: what it is, and, of all behind it, the
    /// columns, what runs the model, and path, length and time of the files. No file is read for
    /// it. What `parts` knows already is not looked at again.
    pub fn cost_id(&self, key: &Key, parts: &mut CostParts) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{key}\n").as_bytes());
        for part in closure(self, std::slice::from_ref(key)).unwrap_or_default() {
            let words = parts.0.entry(part);
            let words = words.or_insert_with_key(|part| self.cost_of(part));
            hasher.update(words.as_bytes());
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }

    /// What a part has to do with how long a load takes.
    fn cost_of(&self, part: &Key) -> String {
        let detail = match part {
            Key::Columns { table, set } => {
                let used = self.used_columns(table);
                used.map(|used| used.of(set).join("\n")).unwrap_or_default()
            }
            Key::Model(id) => {
                let runs_on = self.bound(id).map(|m| m.backend.runs_on().name());
                runs_on.unwrap_or_default().to_owned()
            }
            _ => String::new(),
        };
        let stamp = match part {
            Key::File(path) => stamp(path),
            Key::Table(id) => self.table_path(id).map(stamp).unwrap_or_default(),
            Key::Header(id) => self.model_path(id).map(stamp).unwrap_or_default(),
            _ => String::new(),
        };
        format!("{part} {detail}\n{stamp}")
    }
}

fn stamp(path: &Path) -> String {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let found = std::fs::metadata(path).ok();
    let modified = found.as_ref().and_then(|m| m.modified().ok());
    let since_1970 = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let bytes = found.map(|m| m.len());
    format!("{}\n{bytes:?}\n{since_1970:?}\n", whole.display())
}
