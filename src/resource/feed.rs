//! The columns of a table on their way into a model: sorted out for its inputs, cut into chunks,
//! disturbed if they are to be, and laid out row by row in the types that the model takes.

mod buffer;
mod chunk;

pub(super) use buffer::Buffer;
pub(super) use chunk::Chunk;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::matching::InputPlan;
use super::table::{Column, NumberKind, Table};
use crate::inference::ElementType;
use crate::vocabulary::Problem;

/// One model input's columns, ready to be cut into chunks.
pub(super) struct FeedInput<'a> {
    pub(super) element: ElementType,
    pub(super) columns: Vec<FeedColumn<'a>>,
    missing_text: &'a str,
}

/// A column of a model input: rows of the table, all or some.
#[derive(Clone)]
pub(super) struct FeedColumn<'a> {
    name: &'a str,
    values: FeedValues<'a>,
    /// Numbers that the model takes as such, and no truth values.
    pub(super) is_quantity: bool,
    /// Which row of the table its first is.
    first_row: usize,
}

#[derive(Clone)]
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

    /// A value as people read it, undisturbed, by its row of the table; none where it is missing.
    pub(super) fn shown(&self, row: usize) -> Option<String> {
        let place = row - self.first_row;
        match &self.values {
            FeedValues::Unread => None,
            FeedValues::Numbers(values) => Some(values[place])
                .filter(|value| !value.is_nan())
                .map(|value| value.to_string()),
            FeedValues::Texts { categories, codes } => {
                let text = categories.get(codes[place] as usize);
                text.map(|text| format!("`{text}`"))
            }
        }
    }

    /// The numbers of some rows of the table, undisturbed.
    pub(super) fn numbers(&self, rows: Range<usize>) -> Option<&'a [f64]> {
        match self.values {
            FeedValues::Numbers(values) => Some(&values[self.places(&rows)]),
            FeedValues::Texts { .. } | FeedValues::Unread => None,
        }
    }

    /// Where rows of the table are in it.
    fn places(&self, rows: &Range<usize>) -> Range<usize> {
        rows.start - self.first_row..rows.end - self.first_row
    }

    pub(super) fn is_read(&self) -> bool {
        !matches!(self.values, FeedValues::Unread)
    }

    /// The same column, with texts where they are.
    fn borrowed(&'a self) -> Self {
        let values = match &self.values {
            FeedValues::Texts { categories, codes } => FeedValues::Texts {
                categories: Cow::Borrowed(&**categories),
                codes: Cow::Borrowed(&**codes),
            },
            values => values.clone(),
        };
        Self { values, ..*self }
    }
}

/// Columns that are there as a whole, whichever rows are fed, by input and place.
#[derive(Default)]
pub(super) struct WholeColumns<'a>(BTreeMap<(usize, usize), FeedColumn<'a>>);

/// No column is.
static NO_COLUMNS: WholeColumns<'static> = WholeColumns(BTreeMap::new());

impl WholeColumns<'static> {
    /// None.
    pub(super) fn none() -> &'static Self {
        &NO_COLUMNS
    }
}

impl<'a> WholeColumns<'a> {
    /// Those of these names, which the table has all rows of.
    pub(super) fn of(
        table: &'a Table,
        plans: &'a [InputPlan],
        names: &BTreeSet<String>,
    ) -> Result<Self, Problem> {
        let mut whole = BTreeMap::new();
        for (input, plan) in plans.iter().enumerate() {
            for (place, name) in plan.columns.iter().enumerate() {
                if names.contains(name) && !plan.unread.contains(&place) {
                    whole.insert((input, place), feed_column(table, plan, name)?);
                }
            }
        }
        Ok(Self(whole))
    }
}

/// Sorts a table's columns out for the inputs of a model, but for those that are there as a whole.
pub(super) fn feed_columns<'a>(
    table: &'a Table,
    plans: &'a [InputPlan],
    missing_text: &'a str,
    whole: &'a WholeColumns<'a>,
) -> Result<Vec<FeedInput<'a>>, Problem> {
    let inputs = plans.iter().enumerate().map(|(input, plan)| {
        let columns = plan.columns.iter().enumerate().map(|(place, name)| {
            if plan.unread.contains(&place) {
                return Ok(FeedColumn {
                    name,
                    values: FeedValues::Unread,
                    is_quantity: false,
                    first_row: 0,
                });
            }
            match whole.0.get(&(input, place)) {
                Some(column) => Ok(column.borrowed()),
                None => feed_column(table, plan, name),
            }
        });
        Ok(FeedInput {
            element: plan.element,
            columns: columns.collect::<Result<_, Problem>>()?,
            missing_text,
        })
    });
    inputs.collect()
}

fn feed_column<'a>(
    table: &'a Table,
    plan: &InputPlan,
    name: &'a str,
) -> Result<FeedColumn<'a>, Problem> {
    let column = match plan.element {
        ElementType::Text => table.spelt(name)?,
        _ => table.column(name)?,
    };
    let first_row = table.first_row();
    Ok(FeedColumn {
        name,
        values: feed_values(name, column, plan.element, first_row)?,
        is_quantity: match column {
            Column::Numbers { kind, .. } => {
                plan.element != ElementType::Text && *kind != NumberKind::Boolean
            }
            Column::Texts { .. } => false,
        },
        first_row,
    })
}

fn feed_values<'a>(
    name: &str,
    column: &'a Column,
    element: ElementType,
    first_row: usize,
) -> Result<FeedValues<'a>, Problem> {
    let (categories, codes) = match (column, element) {
        (Column::Texts { categories, codes }, ElementType::Text) => {
            (Cow::Borrowed(&**categories), Cow::Borrowed(&**codes))
        }
        (Column::Texts { .. }, element) => return Err(not_numbers(name, element)),
        (Column::Numbers { .. }, ElementType::Text) => {
            let (categories, codes) = column.categories();
            (Cow::Owned(categories), Cow::Owned(codes))
        }
        (Column::Numbers { values, .. }, _) => {
            check_range(name, values, element, first_row)?;
            return Ok(FeedValues::Numbers(values));
        }
    };
    // Runtimes that take texts of C would stop there, or refuse them.
    if let Some(place) = categories.iter().position(|text| text.contains('\0')) {
        let row = codes.iter().position(|code| *code as usize == place);
        return Err(holds_nul(name, first_row + row.unwrap_or(0)));
    }
    Ok(FeedValues::Texts { categories, codes })
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
