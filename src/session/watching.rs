//! Watching the experiment's files: what happens in their folders, once it has been quiet for a
//! moment. Folders, since programs replace a file by renaming another one to its name.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, never, unbounded};
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::driver::Driver;
use super::telling;
use crate::display;
use crate::engine::{LoadError, Recheck, Workload};
use crate::resource::source::stamp;
use crate::resource::{Key, Resource};
use crate::vocabulary::Problem;

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

impl Driver {
    /// Watches the experiment's files, if it is to; again when there are more of them.
    pub(super) fn watch_new_files(&mut self) {
        let files: Vec<PathBuf> = self.catalogue.files().map(Path::to_owned).collect();
        if !self.watches_files || files == self.watching.files {
            return;
        }
        let (watching, problem) = Watching::of(files);
        self.watching = watching;
        if let Some(problem) = problem {
            self.notice(problem, true);
        }
    }

    /// Has the files looked at that were stirred and have been quiet since.
    pub(super) fn look_at_files(&mut self, now: Instant) {
        for file in self.watching.take_due(now) {
            match self.engine.recheck(&file, stamp(&file)) {
                Recheck::Unknown | Recheck::Changed => {}
                Recheck::Same => self.say_nothing_changed(&file),
                Recheck::Reading => self.watching.looks_at(file),
            }
        }
    }

    /// The file that a load has read as a whole, what it held before, and what came of it.
    pub(super) fn file_of(
        &self,
        key: &Key,
        result: Result<&Resource, &LoadError>,
    ) -> Option<WasRead> {
        let Key::File(path) = key else {
            return None;
        };
        let now = match result {
            Ok(value) => self.catalogue.identity(value).map(|id| id.content),
            Err(_) => None,
        };
        let problem = match result {
            Err(error) => Some(telling::problem(error.clone())),
            Ok(_) => None,
        };
        Some(WasRead {
            path: path.to_path_buf(),
            is_same: now.is_some() && now == self.engine.content_of_file(path),
            problem,
        })
    }

    /// Says what became of a file that was read since it was stirred: what is out of date was told.
    pub(super) fn file_was_read(&mut self, read: Option<WasRead>) {
        let Some(read) = read else {
            return;
        };
        self.plans.file_identified();
        if !self.watching.has_looked_at(&read.path) {
            return;
        }
        match read.problem {
            Some(problem) => self.notice(problem.to_string(), true),
            None if read.is_same => self.say_nothing_changed(&read.path),
            None => {}
        }
    }

    fn say_nothing_changed(&mut self, path: &Path) {
        let name = display::file_name(&path.to_string_lossy());
        let words = "was written again with the same content: nothing is out of date";
        self.notice(format!("{name} {words}"), false);
    }
}

/// A file that was read as a whole.
pub(super) struct WasRead {
    path: PathBuf,
    is_same: bool,
    problem: Option<Problem>,
}

/// Sends what happens to these files.
fn listen(
    files: &[PathBuf],
    stirs: Sender<Stir>,
) -> Result<(RecommendedWatcher, Option<String>), notify::Error> {
    let mut by_path: HashMap<PathBuf, Vec<PathBuf>> = HashMap::new();
    let mut folders = Vec::new();
    let mut problem = None;
    for file in files {
        let found = places(file).unwrap_or_else(|error| {
            problem = Some(words(&notify::Error::io(error).add_path(file.clone())));
            Vec::new()
        });
        for place in found {
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
    for folder in folders {
        if let Err(error) = watcher.watch(&folder, RecursiveMode::NonRecursive) {
            problem = Some(words(&error));
        }
    }
    Ok((watcher, problem))
}

/// Where a file lies: by its name in its folder and, if that is a link, where the link leads.
fn places(file: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize()?;
    let mut places = vec![folder.join(file.file_name().unwrap_or_default())];
    places.extend(file.canonicalize());
    places.dedup();
    Ok(places)
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_looked_at_once_it_has_been_quiet() {
        let mut watching = Watching::nothing();
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let stir = |name: &str| Stir::File(PathBuf::from(name));
        watching.stirred(stir("a"), at(0));
        watching.stirred(stir("b"), at(100));
        watching.stirred(stir("a"), at(200));
        assert_eq!(watching.next_due(), Some(at(350)));
        assert!(watching.take_due(at(349)).is_empty());
        assert_eq!(watching.take_due(at(350)), [PathBuf::from("b")]);
        assert_eq!(watching.take_due(at(450)), [PathBuf::from("a")]);
        assert_eq!(watching.next_due(), None);
    }

    #[test]
    fn when_it_is_not_told_what_happened_every_file_is_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["b", "a"].map(|name| folder.path().join(name));
        let (mut watching, problem) = Watching::of(files.to_vec());
        assert_eq!(problem, None);
        let now = Instant::now();
        watching.stirred(Stir::Any, now);
        let [b, a] = files;
        assert_eq!(watching.take_due(now + QUIET), [a, b]);
    }

    #[test]
    fn what_cannot_be_watched_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("nowhere/model.onnx");
        let (_, problem) = Watching::of(vec![file]);
        let problem = problem.unwrap();
        for part in ["not watched", "nowhere", "at the next run"] {
            assert!(problem.contains(part), "{part} in {problem}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_watched_where_it_is_and_where_it_leads() {
        let [here, there] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let file = there.path().join("v2.onnx");
        std::fs::write(&file, "").unwrap();
        let link = here.path().join("latest.onnx");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let lies = |folder: &Path, name| folder.canonicalize().unwrap().join(name);
        assert_eq!(
            places(&link).unwrap(),
            [
                lies(here.path(), "latest.onnx"),
                lies(there.path(), "v2.onnx")
            ]
        );
        assert_eq!(places(&file).unwrap(), [lies(there.path(), "v2.onnx")]);
    }
}
