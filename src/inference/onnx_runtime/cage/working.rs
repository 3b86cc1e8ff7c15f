//! The memory that a session and its scoring take, which its file does not let one expect: a graph of a
//! few lines may ask for gigabytes.

use serde::{Deserialize, Serialize};

/// So much is the library itself, and what every session takes for its buffers.
const UNREMARKABLE: u64 = 64 << 20;
/// Rows that are scored together take no more of it, unless the least that can be scored do.
pub(in crate::inference::onnx_runtime) const MOST_AT_ONCE: u64 = 256 << 20;
/// Rows of a usual batch.
const BATCH: u64 = 10_000;

/// What a trial took, in bytes; nothing where it is not worth a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::inference::onnx_runtime) struct WorkingMemory {
    /// However many rows there are: the session is in it.
    fixed: u64,
    a_row: u64,
}

impl WorkingMemory {
    /// From numbers of rows, and the most bytes that were taken until so many were scored.
    pub(super) fn of(took: &[(u64, u64)]) -> Self {
        let (Some((few, first)), Some((many, last))) = (took.first(), took.last()) else {
            return Self::default();
        };
        if *last < UNREMARKABLE {
            return Self::default();
        }
        let a_row = (last - first).checked_div(many - few).unwrap_or(0);
        Self {
            fixed: first.saturating_sub(few * a_row),
            a_row,
        }
    }

    /// The most rows to score together, of so many.
    pub(in crate::inference::onnx_runtime) fn most_rows(self, rows: usize) -> usize {
        let most = MOST_AT_ONCE.checked_div(self.a_row);
        most.map_or(rows, |most| most as usize).min(rows)
    }

    /// What it takes, with as many rows together as there usually are.
    pub(in crate::inference::onnx_runtime) fn bytes(self) -> u64 {
        self.fixed + self.a_row.saturating_mul(BATCH).min(MOST_AT_ONCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;

    #[test]
    fn what_a_row_takes_is_told_from_what_all_take() {
        let one_size = WorkingMemory::of(&[(1, 2048 * MB), (1024, 2048 * MB)]);
        assert_eq!(one_size.bytes(), 2048 * MB);
        assert_eq!(one_size.most_rows(10_000), 10_000);
        let by_row = WorkingMemory::of(&[(1, 10 * MB), (1025, 522 * MB)]);
        // Half a megabyte a row.
        assert_eq!(by_row.most_rows(10_000), 512);
        assert!((256 * MB..300 * MB).contains(&by_row.bytes()));
        let by_little = WorkingMemory::of(&[(1, 100 * MB), (1025, 101 * MB)]);
        assert!((109 * MB..111 * MB).contains(&by_little.bytes()));
        let small = WorkingMemory::of(&[(1, 2 * MB), (1024, 9 * MB)]);
        assert_eq!(small, WorkingMemory::default());
        assert_eq!(small.bytes(), 0);
        assert_eq!(WorkingMemory::of(&[]), WorkingMemory::default());
        assert_eq!(WorkingMemory::of(&[(7, 100 * MB)]).bytes(), 100 * MB);
    }
}
