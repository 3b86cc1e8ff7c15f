//! Some rows of every input of a model, disturbed if they are to be.

use std::borrow::Cow;
use std::ops::Range;

use super::buffer::Buffer;
use super::{FeedColumn, FeedInput, FeedValues};
use crate::inference::ElementType;
use crate::resource::disturbed::{ColumnDisturbance, Disturber, Draws};
use crate::vocabulary::Problem;

/// Some rows of every input.
pub(in crate::resource) struct Chunk<'a> {
    pub(in crate::resource) rows: usize,
    inputs: Vec<ChunkInput<'a>>,
}

#[derive(Clone)]
pub(super) struct ChunkInput<'a> {
    pub(super) input: &'a FeedInput<'a>,
    pub(super) columns: Vec<ChunkColumn<'a>>,
}

#[derive(Clone)]
pub(super) enum ChunkColumn<'a> {
    Unread,
    Numbers(Cow<'a, [f64]>),
    Codes(Cow<'a, [u32]>),
}

impl<'a> Chunk<'a> {
    /// These rows of the table as they are.
    pub(in crate::resource) fn cut(inputs: &'a [FeedInput<'a>], rows: &Range<usize>) -> Self {
        let inputs = inputs.iter().map(|input| ChunkInput {
            input,
            columns: input.columns.iter().map(|c| c.cut(rows)).collect(),
        });
        Self {
            rows: rows.len(),
            inputs: inputs.collect(),
        }
    }

    /// These rows of the table disturbed, and which of them have changed by that.
    pub(in crate::resource) fn disturbed(
        inputs: &'a [FeedInput<'a>],
        rows: &Range<usize>,
        disturber: &Disturber<'_>,
        draws: &mut Draws<'a>,
    ) -> (Self, Vec<bool>) {
        let mut changed = vec![false; rows.len()];
        let cut = inputs.iter().enumerate().map(|(place, input)| {
            let columns = input.columns.iter().enumerate();
            let columns = columns.map(|(at, column)| match disturber.of(place, at) {
                Some(disturbance) => {
                    column.disturbed(input.element, rows, disturbance, draws, &mut changed)
                }
                None => column.cut(rows),
            });
            ChunkInput {
                input,
                columns: columns.collect(),
            }
        });
        let inputs = cut.collect();
        let rows = rows.len();
        (Self { rows, inputs }, changed)
    }

    /// Leaves these rows only, by their place in the chunk.
    pub(in crate::resource) fn keep(&mut self, rows: &[usize]) {
        fn gather<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|&row| values[row]).collect()
        }
        self.rows = rows.len();
        for column in self.inputs.iter_mut().flat_map(|input| &mut input.columns) {
            match column {
                ChunkColumn::Unread => {}
                ChunkColumn::Numbers(values) => *values = Cow::Owned(gather(values, rows)),
                ChunkColumn::Codes(codes) => *codes = Cow::Owned(gather(codes, rows)),
            }
        }
    }

    /// These rows alone, by their place in the chunk.
    pub(in crate::resource) fn of_rows(&self, rows: &[usize]) -> Self {
        let mut part = Self {
            rows: self.rows,
            inputs: self.inputs.clone(),
        };
        part.keep(rows);
        part
    }

    /// The names of all columns that the model looks at, each once.
    pub(in crate::resource) fn names(&self) -> Vec<String> {
        let columns = self.inputs.iter().flat_map(|input| &input.input.columns);
        let columns = columns.filter(|column| column.is_read());
        let mut names: Vec<String> = columns.map(|column| column.name.to_owned()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Takes the values of a column from as many rows of the same inputs.
    pub(in crate::resource) fn take_value(&mut self, name: &str, other: &Self) {
        for (own, others) in self.inputs.iter_mut().zip(&other.inputs) {
            let columns = own.input.columns.iter().zip(&mut own.columns);
            for ((column, values), others) in columns.zip(&others.columns) {
                if column.name == name {
                    *values = others.clone();
                }
            }
        }
    }

    /// One block an input, in order; those that are said to, column by column.
    pub(in crate::resource) fn buffers(
        &self,
        by_column: impl Fn(usize) -> bool,
    ) -> Result<Vec<Buffer<'a>>, Problem> {
        let inputs = self.inputs.iter().enumerate();
        inputs
            .map(|(place, input)| match input.input.element {
                ElementType::Float32 if by_column(place) => Buffer::columns(input, self.rows),
                _ => Buffer::fill(input, self.rows),
            })
            .collect()
    }
}

impl<'a> FeedColumn<'a> {
    fn cut(&'a self, rows: &Range<usize>) -> ChunkColumn<'a> {
        let places = self.places_of(rows);
        match &self.values {
            FeedValues::Unread => ChunkColumn::Unread,
            FeedValues::Numbers(values) => ChunkColumn::Numbers(Cow::Borrowed(&values[places])),
            FeedValues::Texts { codes, .. } => ChunkColumn::Codes(Cow::Borrowed(&codes[places])),
        }
    }

    /// Some rows, disturbed; marks those that have changed by that.
    fn disturbed(
        &'a self,
        element: ElementType,
        rows: &Range<usize>,
        disturbance: &ColumnDisturbance<'_>,
        draws: &mut Draws<'a>,
        changed: &mut [bool],
    ) -> ChunkColumn<'a> {
        let places = self.places_of(rows);
        match &self.values {
            FeedValues::Unread => ChunkColumn::Unread,
            FeedValues::Numbers(values) => {
                let calm = &values[places];
                let new = disturbance.numbers(self.name, (values, calm), rows, draws);
                for (changed, (calm, new)) in changed.iter_mut().zip(calm.iter().zip(&new)) {
                    *changed |= !reaches_alike(element, *calm, *new);
                }
                ChunkColumn::Numbers(Cow::Owned(new))
            }
            FeedValues::Texts { codes, .. } => {
                let calm = &codes[places];
                let new = disturbance.codes((codes, calm), rows);
                for (changed, (calm, new)) in changed.iter_mut().zip(calm.iter().zip(&*new)) {
                    *changed |= calm != new;
                }
                ChunkColumn::Codes(new)
            }
        }
    }

    fn places_of(&self, rows: &Range<usize>) -> Range<usize> {
        match self.values {
            FeedValues::Unread => 0..0,
            FeedValues::Numbers(_) | FeedValues::Texts { .. } => self.places(rows),
        }
    }
}

/// Is it the same to a model that takes such values?
fn reaches_alike(element: ElementType, calm: f64, new: f64) -> bool {
    let is_missing = calm.is_nan() && new.is_nan();
    let is_same = match element {
        ElementType::Float32 => (calm as f32).to_bits() == (new as f32).to_bits(),
        ElementType::Float16 | ElementType::Float64 | ElementType::Text => {
            calm.to_bits() == new.to_bits()
        }
        _ => calm.round() == new.round(),
    };
    is_same || is_missing
}
