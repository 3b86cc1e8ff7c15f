//! What was run in earlier sessions, in a small file of its own: the selections of each session and how
//! long its user waited before each. What is loaded ahead goes by it.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::files::{self, Output};
use crate::vocabulary::{Dimension, Problem};

/// Its name in the data folder.
pub(super) const FILE: &str = "selection_history.jsonl";
/// Raised when an older program could not make sense of the file.
const SCHEMA: u32 = 1;
/// Selections that are remembered, of all experiments; the oldest go first.
const MOST_SELECTIONS: usize = 2_000;
/// Far more than so many selections take.
const MOST_BYTES: u64 = 16 << 20;

#[derive(Serialize, Deserialize)]
struct Head {
    selection_history: u32,
}

/// Dimensions that were run at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastSelection {
    /// Names the experiment.
    pub experiment: String,
    /// Names the session among those of the experiment.
    pub session: u64,
    /// What was run; nothing for a session that ended without a run.
    pub dimensions: Vec<Dimension>,
    /// Seconds that nothing was under way before it.
    pub waited_seconds: f64,
    /// When it was, in seconds since 1970.
    at: u64,
}

impl PastSelection {
    /// One of this moment.
    pub fn now(
        experiment: String,
        session: u64,
        dimensions: Vec<Dimension>,
        waited_seconds: f64,
    ) -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            experiment,
            session,
            dimensions,
            waited_seconds,
            at: since_1970.map_or(0, |time| time.as_secs()),
        }
    }
}

/// What was run before, the oldest first.
#[derive(Debug, Default)]
pub struct Selections {
    /// None: they are forgotten with the session.
    path: Option<PathBuf>,
    all: Vec<PastSelection>,
    /// How many of these at the end are not in the file.
    new: usize,
}

impl Selections {
    /// What a file knows, with a note when it makes no sense.
    pub(super) fn at(path: PathBuf) -> (Self, Option<String>) {
        match read(&path) {
            Ok((all, note)) => {
                let path = Some(path);
                (Self { path, all, new: 0 }, note)
            }
            Err(problem) => (Self::default(), Some(problem.to_string())),
        }
    }

    /// Those of an experiment, the oldest first.
    pub fn of<'s>(&'s self, experiment: &'s str) -> impl Iterator<Item = &'s PastSelection> {
        let all = self.all.iter();
        all.filter(move |selection| selection.experiment == experiment)
    }

    /// Remembers one.
    pub fn record(&mut self, selection: PastSelection) {
        self.all.push(selection);
        self.new += 1;
    }

    /// Writes what is new after what others have written meanwhile. Where that fails, it is not tried
    /// again.
    pub(super) fn save(&mut self) -> io::Result<()> {
        let Some(path) = self.path.take_if(|_| self.new > 0) else {
            return Ok(());
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let (mut all, _) = read(&path).map_err(io::Error::other)?;
        all.extend_from_slice(&self.all[self.all.len() - self.new..]);
        let from = all.len().saturating_sub(MOST_SELECTIONS);
        let head = Head {
            selection_history: SCHEMA,
        };
        let mut text = serde_json::to_string(&head)?;
        for selection in &all[from..] {
            text.push('\n');
            text.push_str(&serde_json::to_string(selection)?);
        }
        text.push('\n');
        let mut file = Output::create(&path)?;
        file.write_all(text.as_bytes())?;
        file.finish_soon()?;
        self.new = 0;
        self.path = Some(path);
        Ok(())
    }
}

/// The selections in a file, and a note when parts of it make no sense; an error when the file is not
/// ours to write to.
fn read(path: &Path) -> Result<(Vec<PastSelection>, Option<String>), Problem> {
    let refused = |cause: &str| {
        let cause = format!("{cause}; selections are remembered for this session only");
        Err(Problem::new(cause).in_file(path))
    };
    let text = match files::read_text(path, MOST_BYTES) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok((Vec::new(), None)),
        Err(error) if error.kind() == ErrorKind::InvalidData => String::from("?"),
        Err(error) => return refused(&error.to_string()),
    };
    let at = path.display();
    let mut lines = text.lines();
    match lines.next().map(serde_json::from_str::<Head>) {
        Some(Ok(head)) if head.selection_history > SCHEMA => {
            return refused("written by a newer version");
        }
        Some(Ok(_)) => {}
        Some(Err(_)) | None => {
            let note = format!("{at}: not a history of selections; it is ignored, and replaced");
            return Ok((Vec::new(), Some(note)));
        }
    }
    let mut all = Vec::new();
    let mut unread = 0;
    for line in lines {
        match serde_json::from_str::<PastSelection>(line) {
            Ok(selection) if selection.waited_seconds >= 0.0 => all.push(selection),
            _ => unread += 1,
        }
    }
    let note = format!("{at}: lines that make no sense are ignored: {unread}");
    Ok((all, (unread > 0).then_some(note)))
}
