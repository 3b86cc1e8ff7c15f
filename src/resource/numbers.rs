//! The numbers of a column: in the memory of the process, or where they lie in a file.

use std::fmt;
use std::ops::Deref;

use polars_arrow::array::PrimitiveArray;

/// Numbers, one a row; missing ones are NaN.
#[derive(Clone)]
pub struct Numbers(Place);

#[derive(Clone)]
enum Place {
    Heap(Vec<f64>),
    /// Without missing ones. Its pages belong to the file: the system may drop and reread them.
    Mapped(PrimitiveArray<f64>),
}

impl Numbers {
    /// Numbers of a mapped file, none of them missing.
    pub(super) fn mapped(values: PrimitiveArray<f64>) -> Self {
        Self(Place::Mapped(values))
    }

    /// Do they lie in a mapped file?
    pub fn is_mapped(&self) -> bool {
        matches!(self.0, Place::Mapped(_))
    }
}

impl Deref for Numbers {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        match &self.0 {
            Place::Heap(values) => values,
            Place::Mapped(values) => values.values(),
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
