//! Files by the names that users see: as much of each path as tells it from the others.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Every file of an experiment, each with the name it is shown by.
///
/// Paths are looked up by their bytes: comparing them by components is what lookups by the thousand
/// spent their time on.
#[derive(Clone, Debug, Default)]
pub(super) struct ShownFiles(HashMap<OsString, String>);

impl ShownFiles {
    /// Names these files; one that comes twice is one file.
    pub(super) fn new<'a>(files: impl Iterator<Item = &'a Path>) -> Self {
        let mut alike: HashMap<Option<&OsStr>, Vec<&Path>> = HashMap::new();
        for file in files {
            let same_name = alike.entry(file.file_name()).or_default();
            if !same_name.contains(&file) {
                same_name.push(file);
            }
        }
        let named = alike.values().flat_map(|same_name| {
            same_name.iter().map(|file| {
                let name = end_that_tells(file, same_name).display().to_string();
                ((*file).as_os_str().to_owned(), name)
            })
        });
        Self(named.collect())
    }

    /// Is it one of them?
    pub(super) fn contains(&self, file: &Path) -> bool {
        self.0.contains_key(file.as_os_str())
    }

    /// A file's name; its path where it is none of them.
    pub(super) fn name(&self, file: &Path) -> String {
        let name = self.0.get(file.as_os_str());
        name.map_or_else(|| file.display().to_string(), String::clone)
    }
}

/// The shortest end of a path, part by part, that none of the others has.
fn end_that_tells(file: &Path, others: &[&Path]) -> PathBuf {
    let mut end = PathBuf::new();
    for part in file.components().rev() {
        end = if end.as_os_str().is_empty() {
            PathBuf::from(part.as_os_str())
        } else {
            Path::new(part.as_os_str()).join(end)
        };
        if others.iter().filter(|other| other.ends_with(&end)).count() <= 1 {
            break;
        }
    }
    end
}
