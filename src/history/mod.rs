//! How long loads took in earlier sessions, and what was run in them, each in a small file in the data
//! folder: one JSON object a line, the first of which says what the file is. Plans take their seconds
//! from it.

mod selections;

use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::data_folder::data_folder;
use crate::files::{self, Output};
use crate::vocabulary::{Problem, ResourceKind};

pub use selections::{PastSelection, Selections};

/// Its name in the data folder.
const FILE: &str = "load_history.jsonl";
/// Raised when an older program could not make sense of the file.
const SCHEMA: u32 = 1;
/// Loads that are remembered; the oldest go first.
const MOST_LOADS: usize = 4_000;
/// What is so many times smaller takes its time by what every load has to do, not by its bytes.
const FAR_SMALLER: u64 = 64;
/// Far more than so many loads take.
const MOST_BYTES: u64 = 64 << 20;

#[derive(Serialize, Deserialize)]
struct Head {
    load_history: u32,
}

/// A load as it went when it was last done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct PastLoad {
    /// Names the load by what decides how long it takes.
    id: String,
    kind: ResourceKind,
    bytes: u64,
    seconds: f64,
    /// When it was, in seconds since 1970.
    at: u64,
}

/// What is known of earlier loads, and of those of this session.
#[derive(Debug, Default)]
pub struct History {
    /// None: it is forgotten with the session.
    path: Option<PathBuf>,
    loads: HashMap<String, PastLoad>,
    /// Those of this session.
    new: HashMap<String, PastLoad>,
    /// What was run.
    pub selections: Selections,
    /// What was wrong with the file, for the user to know.
    pub notes: Vec<String>,
}

impl History {
    /// Remembers this session only.
    pub fn of_this_session() -> Self {
        Self::default()
    }

    /// What the user's data folder knows.
    pub fn in_data_folder() -> Self {
        data_folder().map_or_else(Self::default, |folder| Self::at(folder.join(FILE)))
    }

    /// What a file knows; one that is not there knows nothing. What cannot be read in it is passed
    /// over, with a note.
    pub fn at(path: PathBuf) -> Self {
        let (selections, unread) = Selections::at(path.with_file_name(selections::FILE));
        match read(&path) {
            Ok((loads, note)) => Self {
                loads,
                new: HashMap::new(),
                selections,
                notes: note.into_iter().chain(unread).collect(),
                path: Some(path),
            },
            Err(problem) => Self {
                selections,
                notes: std::iter::once(problem.to_string()).chain(unread).collect(),
                ..Self::default()
            },
        }
    }

    /// Remembers a load. `id` names it by what decides how long it takes.
    pub fn record(&mut self, id: String, kind: ResourceKind, bytes: u64, seconds: f64) {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let load = PastLoad {
            id: id.clone(),
            kind,
            bytes,
            seconds,
            at: since_1970.map_or(0, |time| time.as_secs()),
        };
        self.loads.insert(id.clone(), load.clone());
        self.new.insert(id, load);
    }

    /// How long this load took when it was last done.
    pub fn seconds(&self, id: &str) -> Option<f64> {
        self.loads.get(id).map(|load| load.seconds)
    }

    /// Seconds that a byte takes of something of this kind that has so many, if it is like the middle one
    /// of all bytes loaded, so that many small loads, which take long a byte, do not outvote a large one.
    /// Loads far smaller tell nothing of it.
    pub fn seconds_a_byte(&self, kind: ResourceKind, of_bytes: u64) -> Option<f64> {
        let loads = self.loads.values();
        let known = loads.filter(|load| {
            load.kind == kind && load.bytes.max(1) >= of_bytes / FAR_SMALLER && load.bytes > 0
        });
        let mut rates: Vec<(f64, u64)> = known
            .map(|l| (l.seconds / l.bytes as f64, l.bytes))
            .collect();
        rates.sort_by(|a, b| a.0.total_cmp(&b.0));
        // A file may claim any number of bytes.
        let half = rates
            .iter()
            .map(|(_, bytes)| u128::from(*bytes))
            .sum::<u128>()
            / 2;
        let mut so_far = 0;
        let middle = rates.iter().find(|(_, bytes)| {
            so_far += u128::from(*bytes);
            so_far > half
        });
        middle.map(|(seconds_a_byte, _)| *seconds_a_byte)
    }

    /// Writes what is new, and what others have written meanwhile, in one step: whoever reads the
    /// file sees it whole, before or after. Where that fails, it is not tried again.
    pub fn save(&mut self) -> io::Result<()> {
        self.save_loads()?;
        self.selections.save()
    }

    fn save_loads(&mut self) -> io::Result<()> {
        let Some(path) = self.path.take_if(|_| !self.new.is_empty()) else {
            return Ok(());
        };
        self.write_to(&path)?;
        self.path = Some(path);
        Ok(())
    }

    fn write_to(&mut self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
            files::sweep(folder);
        }
        // A newer program's file is none of ours to write.
        let (mut all, _) = read(path).map_err(io::Error::other)?;
        all.extend(self.new.drain());
        let mut all: Vec<PastLoad> = all.into_values().collect();
        all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
        all.truncate(MOST_LOADS);
        let head = Head {
            load_history: SCHEMA,
        };
        let mut text = serde_json::to_string(&head)?;
        for load in &all {
            text.push('\n');
            text.push_str(&serde_json::to_string(load)?);
        }
        text.push('\n');
        let mut file = Output::create(path)?;
        file.write_all(text.as_bytes())?;
        // Loads can be timed again: no run waits for the disk.
        file.finish_soon()
    }
}

type Loads = HashMap<String, PastLoad>;

/// The loads in a file, and a note when parts of it make no sense; an error when the file is not
/// ours to write to.
fn read(path: &Path) -> Result<(Loads, Option<String>), Problem> {
    let at = path.display();
    let refused = |cause: &str| {
        let cause = format!("{cause}; loads are timed for this session only");
        Err(Problem::new(cause).in_file(path))
    };
    let text = match files::read_text(path, MOST_BYTES) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok((Loads::new(), None)),
        Err(error) if error.kind() == ErrorKind::InvalidData => String::from("?"),
        Err(error) => {
            return refused(&error.to_string());
        }
    };
    let mut lines = text.lines();
    match lines.next().map(serde_json::from_str::<Head>) {
        Some(Ok(head)) if head.load_history > SCHEMA => {
            return refused("written by a newer version");
        }
        Some(Ok(_)) => {}
        Some(Err(_)) | None => {
            let note = format!("{at}: not a load history; it is ignored, and replaced");
            return Ok((Loads::new(), Some(note)));
        }
    }
    let mut loads = Loads::new();
    let mut unread = 0;
    for line in lines {
        match serde_json::from_str::<PastLoad>(line) {
            Ok(load) if load.seconds.is_finite() && load.seconds >= 0.0 => {
                loads.insert(load.id.clone(), load);
            }
            _ => unread += 1,
        }
    }
    let note = format!("{at}: lines that make no sense are ignored: {unread}");
    Ok((loads, (unread > 0).then_some(note)))
}
