//! The columns of a table on their way into a model: cut into chunks, disturbed if they are to be,
//! and laid out row by row in the types that the model takes.

use crate::vocabulary::Problem;
use std::borrow::Cow;

use super::disturbed::{ColumnDisturbance, Role};
use super::key::Disturbance;
use super::matching::InputPlan;
use super::table::{Column, MISSING, Table};
use crate::inference::{ElementType, InputBlock};

/// One model input's columns, ready to be cut into chunks.
pub(super) struct FeedInput<'a> {
    pub(super) element: ElementType,
    pub(super) columns: Vec<FeedColumn<'a>>,
    missing_text: &'a str,
}

/// A column of a model input.
pub(super) struct FeedColumn<'a> {
    name: &'a str,
    values: FeedValues<'a>,
    disturbance: Option<ColumnDisturbance>,
}

enum FeedValues<'a> {
    /// Nothing: the model never looks at it.
    Unread,
    Numbers(&'a [f64]),
    /// Texts, and numbers for a model that wants texts.
    Texts {
        categories: Cow<'a, [String]>,
        codes: Cow<'a, [u32]>,
    },
}

impl<'a> FeedColumn<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// A value of the whole column as people read it, undisturbed; none where it is missing.
    pub(super) fn shown(&self, row: usize) -> Option<String> {
        match &self.values {
            FeedValues::Unread => None,
            FeedValues::Numbers(values) => Some(values[row])
                .filter(|value| !value.is_nan())
                .map(|value| value.to_string()),
            FeedValues::Texts { categories, codes } => {
                let text = categories.get(codes[row] as usize);
                text.map(|text| format!("`{text}`"))
            }
        }
    }

    /// The numbers of the whole column, undisturbed.
    pub(super) fn numbers(&self) -> Option<&'a [f64]> {
        match self.values {
            FeedValues::Numbers(values) => Some(values),
            FeedValues::Texts { .. } | FeedValues::Unread => None,
        }
    }

    fn is_read(&self) -> bool {
        !matches!(self.values, FeedValues::Unread)
    }
}

/// Sorts a table's columns out for the inputs of a model.
pub(super) fn feed_columns<'a>(
    table: &'a Table,
    plans: &'a [InputPlan],
    missing_text: &'a str,
    disturbance: Option<(&Disturbance, u64)>,
) -> Result<Vec<FeedInput<'a>>, Problem> {
    let inputs = plans.iter().map(|plan| {
        let columns = plan.columns.iter().enumerate().map(|(place, name)| {
            if plan.unread.contains(&place) {
                return Ok(FeedColumn {
                    name,
                    values: FeedValues::Unread,
                    disturbance: None,
                });
            }
            let column = match plan.element {
                ElementType::Text => table.spelt(name)?,
                _ => table.column(name)?,
            };
            let (values, role) = feed_values(name, column, plan.element, table.first_row())?;
            let disturbance =
                disturbance.and_then(|(d, seed)| ColumnDisturbance::of(name, role, d, seed));
            Ok(FeedColumn {
                name,
                values,
                disturbance,
            })
        });
        Ok(FeedInput {
            element: plan.element,
            columns: columns.collect::<Result<_, Problem>>()?,
            missing_text,
        })
    });
    inputs.collect()
}

fn feed_values<'a>(
    name: &str,
    column: &'a Column,
    element: ElementType,
    first_row: usize,
) -> Result<(FeedValues<'a>, Role<'a>), Problem> {
    let (categories, codes) = match (column, element) {
        (Column::Texts { categories, codes }, ElementType::Text) => {
            (Cow::Borrowed(&**categories), Cow::Borrowed(&**codes))
        }
        (Column::Texts { .. }, element) => return Err(not_numbers(name, element)),
        (Column::Numbers { .. }, ElementType::Text) => {
            let (categories, codes) = column.categories();
            (Cow::Owned(categories), Cow::Owned(codes))
        }
        (Column::Numbers { values, kind }, _) => {
            check_range(name, values, element, first_row)?;
            let role = Role::of_numbers(values, *kind);
            return Ok((FeedValues::Numbers(values), role));
        }
    };
    // Runtimes that take texts of C would stop there, or refuse them.
    if let Some(place) = categories.iter().position(|text| text.contains('\0')) {
        let row = codes.iter().position(|code| *code as usize == place);
        return Err(holds_nul(name, first_row + row.unwrap_or(0)));
    }
    let role = Role::Category(codes.len());
    Ok((FeedValues::Texts { categories, codes }, role))
}

/// A number that an input of whole numbers cannot hold would reach the model as another one.
fn check_range(
    name: &str,
    values: &[f64],
    element: ElementType,
    first_row: usize,
) -> Result<(), Problem> {
    let Some(range) = element.whole_range() else {
        return Ok(());
    };
    let (least, most) = (*range.start() as f64, *range.end() as f64);
    let beyond = values
        .iter()
        .position(|v| v.round() < least || v.round() > most);
    match beyond {
        Some(row) => Err(Problem::new(format!(
            "the column `{name}` is {} in row {} (counted from 0), and the model takes {element} \
             there, which holds {least} to {most}",
            values[row],
            first_row + row
        ))
        .in_column(name)
        .remedy("correct the row, or export the model with a wider type")),
        None => Ok(()),
    }
}

fn not_numbers(name: &str, element: ElementType) -> Problem {
    let cause = format!("the column `{name}` holds texts, and the model takes {element}");
    Problem::new(cause)
        .in_column(name)
        .remedy("encode texts as for training")
}

fn holds_nul(name: &str, row: usize) -> Problem {
    Problem::new(format!(
        "the column `{name}` holds a NUL byte in row {row} (counted from 0), which ends a text \
         before its end"
    ))
    .in_column(name)
    .in_row(row)
    .remedy("remove it")
}

/// Some rows of every input.
pub(super) struct Chunk<'a> {
    pub(super) rows: usize,
    inputs: Vec<ChunkInput<'a>>,
}

#[derive(Clone)]
struct ChunkInput<'a> {
    input: &'a FeedInput<'a>,
    columns: Vec<ChunkColumn<'a>>,
}

#[derive(Clone)]
enum ChunkColumn<'a> {
    Unread,
    Numbers(Cow<'a, [f64]>),
    Codes(Cow<'a, [u32]>),
}

impl<'a> Chunk<'a> {
    /// The rows from `start` to `end`, disturbed, and which of them have changed by that: none
    /// says nothing was disturbed.
    pub(super) fn cut(
        inputs: &'a [FeedInput<'a>],
        start: usize,
        end: usize,
    ) -> (Self, Option<Vec<bool>>) {
        let mut changed: Option<Vec<bool>> = None;
        let inputs = inputs.iter().map(|input| {
            let columns = input.columns.iter();
            let columns = columns.map(|column| column.cut(input.element, start, end, &mut changed));
            ChunkInput {
                input,
                columns: columns.collect(),
            }
        });
        let inputs = inputs.collect();
        let rows = end - start;
        (Self { rows, inputs }, changed)
    }

    /// Leaves these rows only, by their place in the chunk.
    pub(super) fn keep(&mut self, rows: &[usize]) {
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
    pub(super) fn of_rows(&self, rows: &[usize]) -> Self {
        let mut part = Self {
            rows: self.rows,
            inputs: self.inputs.clone(),
        };
        part.keep(rows);
        part
    }

    /// The names of all columns that the model looks at, each once.
    pub(super) fn names(&self) -> Vec<String> {
        let columns = self.inputs.iter().flat_map(|input| &input.input.columns);
        let columns = columns.filter(|column| column.is_read());
        let mut names: Vec<String> = columns.map(|column| column.name.to_owned()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Takes the values of a column from as many rows of the same inputs.
    pub(super) fn take_value(&mut self, name: &str, other: &Self) {
        for (own, others) in self.inputs.iter_mut().zip(&other.inputs) {
            let columns = own.input.columns.iter().zip(&mut own.columns);
            for ((column, values), others) in columns.zip(&others.columns) {
                if column.name == name {
                    *values = others.clone();
                }
            }
        }
    }

    /// One block an input, in order.
    pub(super) fn buffers(&self) -> Result<Vec<Buffer<'a>>, Problem> {
        self.inputs
            .iter()
            .map(|input| Buffer::fill(input, self.rows))
            .collect()
    }
}

impl<'a> FeedColumn<'a> {
    /// Some rows, disturbed; marks those that have changed by that.
    fn cut(
        &'a self,
        element: ElementType,
        start: usize,
        end: usize,
        changed: &mut Option<Vec<bool>>,
    ) -> ChunkColumn<'a> {
        let disturbance = self.disturbance.as_ref();
        match &self.values {
            FeedValues::Unread => ChunkColumn::Unread,
            FeedValues::Numbers(values) => {
                let calm = &values[start..end];
                let Some(disturbance) = disturbance else {
                    return ChunkColumn::Numbers(Cow::Borrowed(calm));
                };
                let new = disturbance.numbers(values, start, end);
                mark(changed, end - start, |row| {
                    !reaches_alike(element, calm[row], new[row])
                });
                ChunkColumn::Numbers(Cow::Owned(new))
            }
            FeedValues::Texts { codes, .. } => {
                let calm = &codes[start..end];
                let Some(disturbance) = disturbance else {
                    return ChunkColumn::Codes(Cow::Borrowed(calm));
                };
                let new = disturbance.codes(codes, start, end);
                mark(changed, end - start, |row| calm[row] != new[row]);
                ChunkColumn::Codes(new)
            }
        }
    }
}

fn mark(changed: &mut Option<Vec<bool>>, rows: usize, differs: impl Fn(usize) -> bool) {
    let changed = changed.get_or_insert_with(|| vec![false; rows]);
    for (row, changed) in changed.iter_mut().enumerate() {
        *changed |= differs(row);
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

/// A chunk of one input, row by row, in the type that the model takes.
pub(super) enum Buffer<'a> {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    I32(Vec<i32>),
    Bool(Vec<bool>),
    Categories {
        texts: Vec<&'a str>,
        codes: Vec<u32>,
    },
}

impl<'a> Buffer<'a> {
    fn fill(chunk: &ChunkInput<'a>, rows: usize) -> Result<Self, Problem> {
        Ok(match chunk.input.element {
            ElementType::Float32 | ElementType::Float16 => {
                Self::F32(numbers(chunk, rows, |v, _| Ok(v as f32))?)
            }
            ElementType::Float64 => Self::F64(numbers(chunk, rows, |v, _| Ok(v))?),
            ElementType::Int64 => Self::I64(numbers(chunk, rows, |v, name| {
                whole(v, name).map(|w| w as i64)
            })?),
            ElementType::Int32 => Self::I32(numbers(chunk, rows, |v, name| {
                whole(v, name).map(|w| w as i32)
            })?),
            ElementType::Int8
            | ElementType::Int16
            | ElementType::Uint8
            | ElementType::Uint16
            | ElementType::Uint32
            | ElementType::Uint64 => Self::I64(numbers(chunk, rows, |v, name| {
                within(v, name, chunk.input.element)
            })?),
            ElementType::Bool => Self::Bool(numbers(chunk, rows, |v, name| {
                whole(v, name).map(|w| w != 0.0)
            })?),
            ElementType::Text => {
                let (texts, codes) = categories(chunk, rows)?;
                Self::Categories { texts, codes }
            }
        })
    }

    pub(super) fn block(&self) -> InputBlock<'_> {
        match self {
            Self::F32(values) => InputBlock::F32(values),
            Self::F64(values) => InputBlock::F64(values),
            Self::I64(values) => InputBlock::I64(values),
            Self::I32(values) => InputBlock::I32(values),
            Self::Bool(values) => InputBlock::Bool(values),
            Self::Categories { texts, codes } => InputBlock::Categories { texts, codes },
        }
    }
}

/// A whole number that a narrow type can hold. What a disturbance moves beyond the ends stops there.
fn within(value: f64, column: &str, element: ElementType) -> Result<i64, Problem> {
    let number = whole(value, column)? as i64;
    let Some(range) = element.whole_range() else {
        return Ok(number);
    };
    Ok(number.clamp(*range.start(), *range.end()))
}

/// A whole number for a model that takes whole numbers: rounded, since noise is not whole.
fn whole(value: f64, column: &str) -> Result<f64, Problem> {
    if value.is_nan() {
        let cause = format!(
            "the column `{column}` has missing values, and the model takes whole numbers there, \
             which have no way to say missing"
        );
        return Err(Problem::new(cause).in_column(column).remedy("fill them in"));
    }
    Ok(value.round())
}

fn numbers<T: Copy + Default>(
    chunk: &ChunkInput<'_>,
    rows: usize,
    convert: impl Fn(f64, &str) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    let columns = chunk.columns.iter().enumerate();
    let columns = columns.filter_map(|(place, column)| match column {
        // What is never looked at is any number.
        ChunkColumn::Unread => None,
        ChunkColumn::Numbers(values) => Some(Ok((place, &values[..rows]))),
        ChunkColumn::Codes(_) => {
            let words = "a column of texts feeds an input of numbers";
            Some(Err(Problem::new(words)))
        }
    });
    let columns: Vec<(usize, &[f64])> = columns.collect::<Result<_, _>>()?;
    let convert = |value, column: usize| convert(value, chunk.input.columns[column].name);
    let width = chunk.columns.len();
    let mut block = vec![T::default(); rows * width];
    // Four at a time: every row is gone back to for each column, which is where the time goes.
    let (fours, rest) = columns.as_chunks::<4>();
    for columns in fours {
        lay_out(&mut block, width, columns, convert)?;
    }
    for column in rest {
        lay_out(&mut block, width, &[*column], convert)?;
    }
    Ok(block)
}

/// Writes columns side by side, each at its place in every row.
fn lay_out<T, const COLUMNS: usize>(
    block: &mut [T],
    width: usize,
    columns: &[(usize, &[f64]); COLUMNS],
    convert: impl Fn(f64, usize) -> Result<T, Problem>,
) -> Result<(), Problem> {
    for (row, to) in block.chunks_exact_mut(width).enumerate() {
        for (place, column) in columns {
            to[*place] = convert(column[row], *place)?;
        }
    }
    Ok(())
}

/// The distinct texts of an input, the missing one first, and each value's place among them.
fn categories<'a>(
    chunk: &ChunkInput<'a>,
    rows: usize,
) -> Result<(Vec<&'a str>, Vec<u32>), Problem> {
    let width = chunk.columns.len();
    let mut texts = vec![chunk.input.missing_text];
    // What is never looked at is missing.
    let mut places = vec![0; rows * width];
    for (offset, (column, values)) in chunk.input.columns.iter().zip(&chunk.columns).enumerate() {
        if !column.is_read() {
            continue;
        }
        let (FeedValues::Texts { categories, .. }, ChunkColumn::Codes(codes)) =
            (&column.values, values)
        else {
            return Err(Problem::new("a column of numbers feeds an input of texts"));
        };
        let first = texts.len() as u32;
        texts.extend(categories.iter().map(String::as_str));
        for (row, code) in codes.iter().enumerate() {
            if *code != MISSING {
                places[row * width + offset] = first + code;
            }
        }
    }
    Ok((texts, places))
}
