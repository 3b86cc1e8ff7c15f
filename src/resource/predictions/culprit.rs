//! Which row a model fails on, and which of its columns: found by trying, since a model's own words
//! rarely say.

use super::super::feed::Chunk;

/// What a model fails on.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::resource) struct Culprit {
    /// The row of the batch.
    pub(in crate::resource) row: usize,
    /// The columns without whose value there the model does not fail; all of them, where it takes more
    /// than one.
    pub(in crate::resource) columns: Vec<String>,
}

/// Finds what makes a run of these rows fail; `runs` tries a part of them. `None` where every row runs
/// by itself, or none does: then it is not a row's fault.
pub(super) fn find(chunk: &Chunk<'_>, runs: impl Fn(&Chunk<'_>) -> bool) -> Option<Culprit> {
    let row = first_failing(chunk, &runs)?;
    let good = (0..chunk.rows).find(|other| *other != row && runs(&chunk.of_rows(&[*other])))?;
    let names = chunk.names();
    let clears = |name: &&String| {
        let mut mended = chunk.of_rows(&[row]);
        mended.take_value(name, &chunk.of_rows(&[good]));
        runs(&mended)
    };
    let columns: Vec<String> = names.iter().filter(clears).cloned().collect();
    Some(Culprit {
        row,
        columns: if columns.is_empty() { names } else { columns },
    })
}

/// Halves the rows until one is left.
fn first_failing(chunk: &Chunk<'_>, runs: &impl Fn(&Chunk<'_>) -> bool) -> Option<usize> {
    let (mut start, mut end) = (0, chunk.rows);
    while end - start > 1 {
        let middle = start + (end - start) / 2;
        let left: Vec<usize> = (start..middle).collect();
        if runs(&chunk.of_rows(&left)) {
            start = middle;
        } else {
            end = middle;
        }
    }
    (start < end && !runs(&chunk.of_rows(&[start]))).then_some(start)
}
