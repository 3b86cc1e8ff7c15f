//! Watching the experiment's files: what happens in their folders, once it has been quiet for a
//! moment. Folders, since programs replace a file by renaming another one to its name.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, never, unbounded};
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// A file must be left alone for this long before it is looked at: a program that writes it does so
/// in many steps, and it may be gone for a moment.
const QUIET: Duration = Duration::from_millis(250);

/// What the operating system told.
pub(super) enum Stir {
    /// Something happened to this file of the experiment.
    File(PathBuf),
    /// Something happened that was not told in full: any file may have changed.
    Any,
}

/// Listens to the folders of some files.
pub(super) struct Watching {
    /// Watches as long as it lives.
    _watcher: Option<RecommendedWatcher>,
    files: Vec<PathBuf>,
    stirs: Receiver<Stir>,
    /// When each file that was stirred will have been quiet for long enough.
    due: HashMap<PathBuf, Instant>,
    /// Files that are being looked at for having been stirred.
    looked_at: HashSet<PathBuf>,
}

impl Watching {
    /// Watches nothing.
    pub(super) fn nothing() -> Self {
        Self {
            _watcher: None,
            files: Vec::new(),
            stirs: never(),
            due: HashMap::new(),
            looked_at: HashSet::new(),
        }
    }

    /// Watches these files; the text says which of them could not be watched, and why.
    pub(super) fn of(files: Vec<PathBuf>) -> (Self, Option<String>) {
        let (sender, stirs) = unbounded();
        let (watcher, problem) = match listen(&files, sender) {
            Ok((watcher, problem)) => (Some(watcher), problem),
            Err(error) => (None, Some(words(&error))),
        };
        let watching = Self {
            stirs: if watcher.is_some() { stirs } else { never() },
            _watcher: watcher,
            files,
            ..Self::nothing()
        };
        (watching, problem)
    }

    /// Where stirs come from.
    pub(super) fn stirs(&self) -> Receiver<Stir> {
        self.stirs.clone()
    }

    /// Takes a stir in.
    pub(super) fn stirred(&mut self, stir: Stir, now: Instant) {
        let files = match stir {
            Stir::File(file) => vec![file],
            Stir::Any => self.files.clone(),
        };
        for file in files {
            self.due.insert(file, now + QUIET);
        }
    }

    /// When the next file will have been quiet for long enough.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.values().min().copied()
    }

    /// The files that have been quiet for long enough, in order.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<PathBuf> {
        let due = self.due.extract_if(|_, at| *at <= now);
        let mut due: Vec<PathBuf> = due.map(|(file, _)| file).collect();
        due.sort_unstable();
        due
    }

    /// Notes that a file is looked at since it was stirred.
    pub(super) fn looks_at(&mut self, file: PathBuf) {
        self.looked_at.insert(file);
    }

    /// Was this file looked at since it was stirred? Asked once.
    pub(super) fn has_looked_at(&mut self, file: &Path) -> bool {
        self.looked_at.remove(file)
    }
}

/// Sends what happens to these files.
fn listen(
    files: &[PathBuf],
    stirs: Sender<Stir>,
) -> Result<(RecommendedWatcher, Option<String>), notify::Error> {
    let mut by_path: HashMap<PathBuf, Vec<PathBuf>> = HashMap::new();
    let mut folders = Vec::new();
    for file in files {
        for place in places(file) {
            if let Some(folder) = place.parent().map(Path::to_owned)
                && !folders.contains(&folder)
            {
                folders.push(folder);
            }
            by_path.entry(place).or_default().push(file.clone());
        }
    }
    let mut watcher = notify::recommended_watcher(move |told: notify::Result<notify::Event>| {
        // A session that is over needs to hear no more.
        let send = |stir| drop(stirs.send(stir));
        match told {
            Err(_) => send(Stir::Any),
            Ok(event) if event.need_rescan() => send(Stir::Any),
            Ok(event) if is_change(event.kind) => {
                let places = event.paths.iter().filter_map(|path| by_path.get(path));
                for file in places.flatten() {
                    send(Stir::File(file.clone()));
                }
            }
            Ok(_) => {}
        }
    })?;
    let mut problem = None;
    for folder in folders {
        if let Err(error) = watcher.watch(&folder, RecursiveMode::NonRecursive) {
            problem = Some(words(&error));
        }
    }
    Ok((watcher, problem))
}

/// Where a file lies: by its name in its folder and, if that is a link, where the link leads.
fn places(file: &Path) -> Vec<PathBuf> {
    let by_name = || {
        let folder = file.parent().filter(|f| !f.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(folder.join(file.file_name()?))
    };
    let mut places: Vec<PathBuf> = by_name().into_iter().collect();
    places.extend(file.canonicalize());
    places.dedup();
    places
}

/// Files are read all the time; only what may change them counts.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

fn words(error: &notify::Error) -> String {
    let hint = match error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            "; the limit on watches is reached (on Linux, fs.inotify.max_user_watches)"
        }
        _ => "",
    };
    format!(
        "files are not watched: {error}{hint}. A change shows at the next run, which looks at every \
         file"
    )
}
