//! A list that was made here, or that lies in a mapped file.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::files::{Map, Plain};

/// A list that does not change.
pub(in crate::inference::native) enum Buffer<T> {
    /// In memory of its own.
    Own(Vec<T>),
    /// So many from a byte of a mapped file on.
    Mapped {
        map: Arc<Map>,
        start: usize,
        count: usize,
    },
}

impl<T: Plain> Buffer<T> {
    /// The list that lies there; none where it does not lie within the file.
    pub(super) fn mapped(map: &Arc<Map>, start: usize, count: usize) -> Option<Self> {
        map.list::<T>(start, count)?;
        Some(Self::Mapped {
            map: map.clone(),
            start,
            count,
        })
    }
}

impl<T> Buffer<T> {
    /// What it takes on the heap.
    pub(in crate::inference::native) fn heap_bytes(&self) -> usize {
        match self {
            Self::Own(list) => list.capacity() * size_of::<T>(),
            Self::Mapped { .. } => 0,
        }
    }
}

impl<T: Plain> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Own(list) => list,
            // That it lies within the map was looked at when it was made, and a map keeps its length.
            Self::Mapped { map, start, count } => map.list(*start, *count).unwrap_or_default(),
        }
    }
}

impl<T> From<Vec<T>> for Buffer<T> {
    fn from(list: Vec<T>) -> Self {
        Self::Own(list)
    }
}

impl<T> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(list) => write!(f, "{} of its own", list.len()),
            Self::Mapped { count, .. } => write!(f, "{count} mapped"),
        }
    }
}
