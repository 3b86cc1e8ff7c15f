//! The files that a run rests on: how each was when the run was bound, whether it still is that file,
//! and what is done again when it is not. No result of a run rests on two versions of a file, and no
//! two results rest on different ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::driver::Driver;
use crate::display;
use crate::engine::Stamp;
use crate::resource::Key;
use crate::resource::source::stamp;
use crate::vocabulary::{ContentId, Dimension, Problem};

/// The files of a run.
#[derive(Default)]
pub(super) struct Versions {
    /// Every file as it was before anything was read of it, since the run was bound.
    bound: BTreeMap<PathBuf, Option<Stamp>>,
    /// The dimension for which the run was bound anew before it began.
    bound_for: Option<Dimension>,
    /// Dimensions that were done again: once is enough.
    again: BTreeSet<Dimension>,
    /// What the results rest on, in the order in which they came.
    used: Vec<(Dimension, Vec<Version>)>,
}

/// A file as a dimension has used it.
#[derive(Clone)]
struct Version {
    path: PathBuf,
    stamp: Option<Stamp>,
    /// What it held, where it was read as a whole.
    content: Option<ContentId>,
}

impl Version {
    fn is_as(&self, other: &Self) -> bool {
        self.stamp == other.stamp || self.content.is_some() && self.content == other.content
    }
}

impl Versions {
    /// The results that rest on another version of a file than a later one does, and the file.
    fn mixed(&self) -> Vec<(Dimension, PathBuf)> {
        let mut newest: BTreeMap<&Path, &Version> = BTreeMap::new();
        let mut mixed = Vec::new();
        for (dimension, versions) in self.used.iter().rev() {
            let mut others = versions.iter().filter(|version| {
                let newest = newest.get(version.path.as_path());
                newest.is_some_and(|newest| !newest.is_as(version))
            });
            match others.next() {
                Some(other) => mixed.push((*dimension, other.path.clone())),
                None => newest.extend(versions.iter().map(|v| (v.path.as_path(), v))),
            }
        }
        mixed
    }
}

impl Driver {
    /// Looks at the files of which the run will read something, each before anything is read of it.
    pub(super) fn look_before_binding(&mut self) {
        let Some(run) = &mut self.run else {
            return;
        };
        let bound = &mut run.versions.bound;
        for path in self.catalogue.files() {
            if !bound.contains_key(path) {
                bound.insert(path.to_owned(), stamp(path));
            }
        }
    }

    /// A file behind these keys that is another one than when the run was bound.
    fn changed_file(&mut self, keys: &[Key]) -> Option<PathBuf> {
        let files = self.engine.files_of(keys);
        let bound = &self.run.as_ref()?.versions.bound;
        let is_other = |path: &&PathBuf| bound.get(*path).is_some_and(|seen| *seen != stamp(path));
        files.iter().find(is_other).cloned()
    }

    /// A file of the experiment that is another one than when the run was bound.
    fn any_changed_file(&self) -> Option<PathBuf> {
        let mut bound = self.run.as_ref()?.versions.bound.iter();
        let changed = bound.find(|(path, seen)| **seen != stamp(path));
        changed.map(|(path, _)| path.clone())
    }

    /// Binds the run once more if a dimension would begin with what was known of other files. True
    /// when it does: the dimension waits. Where it is not known what it needs, any file counts.
    pub(super) fn bind_for(&mut self, dimension: Dimension, keys: Option<&[Key]>) -> bool {
        let changed = match keys {
            Some(keys) => self.changed_file(keys),
            None => self.any_changed_file(),
        };
        let Some(run) = &mut self.run else {
            return false;
        };
        if changed.is_none() || run.versions.bound_for.replace(dimension) == Some(dimension) {
            return false;
        }
        run.waiting.push_front(dimension);
        self.bind_anew();
        true
    }

    /// A dimension that cannot be bound is tried again if any file has changed meanwhile.
    pub(super) fn is_bound_again(&mut self, dimension: Dimension) -> bool {
        let changed = self.any_changed_file();
        changed.is_some_and(|path| self.is_done_again(dimension, &path))
    }

    /// Does a dimension again if a file has changed since it was begun. True when it is; an error
    /// when that has happened before.
    pub(super) fn check_versions(
        &mut self,
        dimension: Dimension,
        keys: &[Key],
    ) -> Result<bool, Problem> {
        let Some(path) = self.changed_file(keys) else {
            return Ok(false);
        };
        if self.is_done_again(dimension, &path) {
            Ok(true)
        } else {
            Err(keeps_changing(&path))
        }
    }

    fn is_done_again(&mut self, dimension: Dimension, path: &Path) -> bool {
        let Some(run) = &mut self.run else {
            return false;
        };
        if run.is_cancelled() || !run.versions.again.insert(dimension) {
            return false;
        }
        run.waiting.push_front(dimension);
        self.say_done_again(dimension, path);
        self.bind_anew();
        true
    }

    /// Notes what a result rests on.
    pub(super) fn note_versions(&mut self, dimension: Dimension, keys: &[Key]) {
        let files = self.engine.files_of(keys);
        let Some(run) = &mut self.run else {
            return;
        };
        let bound = &run.versions.bound;
        let versions = files.iter().map(|path| Version {
            path: path.clone(),
            stamp: bound.get(path).copied().flatten(),
            content: self.engine.content_of_file(path),
        });
        let versions = versions.collect();
        run.versions.used.push((dimension, versions));
    }

    /// Does again what rests on an older version of a file than a later result does; what was done
    /// again already has failed. True when there is something to do.
    pub(super) fn is_mixed_done_again(&mut self) -> bool {
        loop {
            let Some(run) = &mut self.run else {
                return false;
            };
            let mixed = run.versions.mixed();
            if mixed.is_empty() {
                break;
            }
            let is_mixed = |dimension| mixed.iter().any(|(d, _)| *d == dimension);
            run.versions.used.retain(|(d, _)| !is_mixed(*d));
            for (dimension, path) in mixed.into_iter().rev() {
                self.do_mixed_again(dimension, &path);
            }
        }
        let is_any = self.run.as_ref().is_some_and(|run| !run.waiting.is_empty());
        if is_any {
            self.bind_anew();
        }
        is_any
    }

    fn do_mixed_again(&mut self, dimension: Dimension, path: &Path) {
        let Some(run) = &mut self.run else {
            return;
        };
        if run.is_cancelled() || !run.versions.again.insert(dimension) {
            self.withdraw(dimension, keeps_changing(path));
        } else {
            run.waiting.push_back(dimension);
            self.say_done_again(dimension, path);
        }
    }

    fn say_done_again(&mut self, dimension: Dimension, path: &Path) {
        let name = display::file_name(&path.to_string_lossy());
        let words = format!("{name} changed during the run: {dimension} is done again");
        self.notice(words, true);
    }

    fn bind_anew(&mut self) {
        if let Some(run) = &mut self.run {
            run.versions.bound.clear();
            run.begin_binding();
            self.bind_run();
        }
    }
}

fn keeps_changing(path: &Path) -> Problem {
    let problem = Problem::new("it changed during the run, and again when that was done again");
    problem
        .in_file(path)
        .remedy("run again when nothing writes to it")
}
