//! The numbers of a column: in the memory of the process, or where they lie in a file.

use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use crate::files::{Gone, Map};
use crate::vocabulary::Problem;

/// Numbers, one a row; missing ones are NaN.
#[derive(Clone)]
pub struct Numbers(Place);

#[derive(Clone)]
enum Place {
    Heap(Vec<f64>),
    /// Without missing ones. Its pages belong to the file: the system may drop and reread them.
    Mapped(Mapped),
}

#[derive(Clone)]
struct Mapped {
    map: Arc<Map>,
    /// The first byte.
    start: usize,
    count: usize,
}

impl Numbers {
    /// Numbers of a mapped file, from this byte on; none where they do not lie within it, or cannot
    /// be used where they lie.
    pub(super) fn mapped(map: &Arc<Map>, start: usize, count: usize) -> Option<Self> {
        map.numbers(start, count)?;
        let map = map.clone();
        Some(Self(Place::Mapped(Mapped { map, start, count })))
    }

    /// Do they lie in a mapped file?
    pub fn is_mapped(&self) -> bool {
        matches!(self.0, Place::Mapped(_))
    }

    /// Was all that was looked at so far there?
    pub(super) fn check(&self) -> Result<(), Gone> {
        match &self.0 {
            Place::Heap(_) => Ok(()),
            Place::Mapped(mapped) => mapped.map.check(),
        }
    }
}

impl Deref for Numbers {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        match &self.0 {
            Place::Heap(values) => values,
            Place::Mapped(Mapped { map, start, count }) => {
                map.numbers(*start, *count).unwrap_or_default()
            }
        }
    }
}

impl From<Vec<f64>> for Numbers {
    fn from(values: Vec<f64>) -> Self {
        Self(Place::Heap(values))
    }
}

impl FromIterator<f64> for Numbers {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(Place::Heap(values.into_iter().collect()))
    }
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// That a part of a mapped file is not there any more.
pub(super) fn gone_from(path: &Path, gone: Gone) -> Problem {
    let problem = Problem::new(gone.to_string()).in_file(path);
    problem.remedy("run again with the whole file")
}
