//! What a load costs, and by what that is known again.

use std::path::Path;
use std::time::UNIX_EPOCH;

use super::Catalogue;
use crate::engine::graph::closure;
use crate::resource::Key;

impl Catalogue {
    /// Names a load by what decides how long it takes: what it is, who runs the models, and path,
    /// length and time of every file behind it. No file is read for it.
    pub fn cost_id(&self, key: &Key) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{key}\n{:?}\n", self.settings.backend).as_bytes());
        for part in closure(self, std::slice::from_ref(key)).unwrap_or_default() {
            if let Some(path) = self.file(&part) {
                hasher.update(stamp(path).as_bytes());
            }
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }

    fn file(&self, key: &Key) -> Option<&Path> {
        match key {
            Key::Table(id) => self.tables.get(id).map(|t| t.path.as_path()),
            Key::Model(id) => self.models.get(id).map(|m| m.path.as_path()),
            Key::Hyperparameters => self.experiment.hyperparameters.as_deref(),
            Key::ProtectedAttributes | Key::Predictions { .. } => None,
        }
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
