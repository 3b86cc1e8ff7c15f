//! A column being read from a format with types: arrays come in, the column comes out.

use polars_arrow::array::Array;

use super::arrow_values::{self, Unfit};
use super::texts::Texts;
use super::{Read, numbers};
use crate::resource::reading::Reading;
use crate::resource::table::{Column, ColumnType, NumberKind};
use crate::vocabulary::{Problem, TableOptions};

/// A column so far.
pub(super) struct Taker<'a> {
    name: &'a str,
    reading: Reading,
    kind: NumberKind,
    options: &'a TableOptions,
    numbers: Option<Vec<f64>>,
    texts: Option<Texts>,
    rows: usize,
    /// Which row of the file the first is.
    first_row: usize,
}

impl<'a> Taker<'a> {
    /// Begins a column of this type, or says that it cannot be taken as it is wanted.
    pub(super) fn new(
        name: &'a str,
        reading: Reading,
        column_type: ColumnType,
        type_name: &str,
        options: &'a TableOptions,
    ) -> Result<Self, Problem> {
        let wants_numbers = reading.numbers.is_some();
        if wants_numbers && !column_type.is_numbers() || column_type == ColumnType::Other {
            return Err(unfit(name, column_type, type_name));
        }
        let takes_texts = reading.texts || !column_type.is_numbers();
        let takes_numbers = wants_numbers || !takes_texts;
        Ok(Self {
            name,
            reading,
            kind: match column_type {
                ColumnType::Number(kind) => kind,
                _ => NumberKind::Float,
            },
            options,
            numbers: takes_numbers.then(Vec::new),
            texts: takes_texts.then(Texts::default),
            rows: 0,
            first_row: 0,
        })
    }

    /// Of rows out of the middle of a file, of which the first is this one.
    pub(super) fn beginning_at(self, first_row: usize) -> Self {
        Self { first_row, ..self }
    }

    /// Makes room for so many rows; that a file says it has them is no reason to take more than there
    /// is.
    pub(super) fn expect(&mut self, rows: usize) -> Result<(), Problem> {
        let numbers = self.numbers.as_mut();
        let fits = numbers.is_none_or(|numbers| numbers.try_reserve_exact(rows).is_ok());
        let texts = self.texts.as_mut();
        if fits && texts.is_none_or(|texts| texts.expect(rows)) {
            return Ok(());
        }
        let name = self.name;
        let cause = format!("the column `{name}` has {rows} rows, for which there is no memory");
        Err(Problem::new(cause)
            .in_column(name)
            .remedy("take a sample of the rows, if the file is not damaged"))
    }

    /// Adds rows.
    pub(super) fn take(&mut self, array: &dyn Array) -> Result<(), Problem> {
        let first = self.first_row + self.rows;
        self.rows += array.len();
        if let Some(taken) = &mut self.numbers {
            arrow_values::numbers(array, taken).map_err(|unfit| self.problem(unfit, first))?;
        }
        if let Some(taken) = &mut self.texts {
            arrow_values::texts(array, self.options.spelling, taken)
                .map_err(|unfit| self.problem(unfit, first))?;
        }
        Ok(())
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    fn problem(&self, unfit: Unfit, first: usize) -> Problem {
        let name = self.name;
        let problem = match unfit {
            Unfit::Type | Unfit::Damaged => Problem::new(format!("the column `{name}` is damaged"))
                .remedy("write the file again"),
            Unfit::NoText(place) => {
                let row = first + place;
                Problem::new(format!(
                    "the column `{name}` holds bytes that are no UTF-8 text in row {row} (counted \
                     from 0)"
                ))
                .in_row(row)
                .remedy("write it as texts")
            }
        };
        problem.in_column(name)
    }

    /// The column.
    pub(super) fn finish(self) -> Result<Read, Problem> {
        let kind = self.kind;
        let mut numbers = self.numbers;
        if let Some(values) = &mut numbers
            && kind == NumberKind::Boolean
        {
            // Truth values that are stored as numbers may be any but 0.
            let truths = values.iter_mut().filter(|value| !value.is_nan());
            truths.for_each(|value| *value = f64::from(u8::from(*value != 0.0)));
        }
        if let Some(values) = &mut numbers {
            numbers::forget(values, &self.options.missing_numbers());
            numbers::check(self.name, values, self.reading, self.first_row)?;
        }
        let numbers = numbers.map(|values| Column::Numbers {
            values: values.into(),
            kind,
        });
        Ok(Read {
            numbers,
            texts: self.texts.map(Texts::finish),
        })
    }
}

/// That a column cannot be taken for numbers, or for anything.
pub(super) fn unfit(name: &str, column_type: ColumnType, type_name: &str) -> Problem {
    let cause = format!(
        "the column `{name}` holds {} ({type_name}), and numbers are wanted of it",
        column_type.describe()
    );
    let problem = match column_type {
        ColumnType::Other => Problem::new(format!(
            "the column `{name}` is of type {type_name}, which is neither numbers nor texts"
        ))
        .remedy(if type_name.starts_with("run_end_encoded") {
            "write it without runs, as what it holds"
        } else {
            "convert it to what the model was trained on"
        }),
        ColumnType::Date => Problem::new(cause).remedy("convert it as for training"),
        _ => Problem::new(cause).remedy("encode texts as for training"),
    };
    problem.in_column(name)
}
