//! A table: columns of one kind each, cells that know what they are.

use super::words::UNDEFINED;
use crate::display;
use crate::event::{self, ResultTable};
use crate::explain::Tone;

/// Decimals of a metric that is smaller than ten.
const DECIMALS: usize = 4;

/// Figures in rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What it shows; none where its first column's head tells.
    pub title: Option<String>,
    /// Its columns; the first one names the row.
    pub columns: Vec<Column>,
    /// Its rows. One that is shorter than the columns is a heading of those below.
    pub rows: Vec<Row>,
    /// What a short report shows of it.
    pub brief: Brief,
}

/// What a short report shows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brief {
    /// All of it.
    Whole,
    /// The first rows; it counts the others.
    Rows(usize),
    /// None of it: others say the same in short.
    Nothing,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub head: String,
    /// What its cells are.
    pub kind: Kind,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// How many.
    Count,
    /// A number, with so many decimals where it is small.
    Number {
        /// Decimals below ten.
        decimals: usize,
    },
    /// Bytes.
    Bytes,
    /// A time.
    Seconds,
    /// A share of one.
    Share,
    /// Whether a rule is kept.
    Rule,
}

impl Kind {
    /// A metric.
    pub const METRIC: Self = Self::Number { decimals: DECIMALS };
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// How to take it.
    pub tone: Tone,
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// What stands in one place of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// There is no such figure of this row.
    Absent,
    /// The figure is undefined, such as 0/0.
    Undefined,
    /// Nobody knows the figure yet.
    Unknown,
    /// Words.
    Text(String),
    /// How many; of a column of bytes, bytes.
    Count(u64),
    /// A number, a time or a share, as the column says.
    Number(f64),
    /// A number that is only an estimate.
    Estimate(f64),
    /// Whether the rule is kept.
    Kept(bool),
}

impl Column {
    /// A column of a kind.
    pub fn new(head: impl Into<String>, kind: Kind) -> Self {
        Self {
            head: head.into(),
            kind,
        }
    }
}

impl Kind {
    /// A cell of a column of this kind, in words.
    pub fn words(self, cell: &Cell) -> String {
        match cell {
            Cell::Absent => "-".to_owned(),
            Cell::Undefined => UNDEFINED.to_owned(),
            Cell::Unknown => "unknown".to_owned(),
            Cell::Text(text) => text.clone(),
            Cell::Count(count) if self == Self::Bytes => display::bytes(*count),
            Cell::Count(count) => display::count(*count),
            Cell::Number(value) => self.number(*value),
            Cell::Estimate(value) => format!("~{}", self.number(*value)),
            Cell::Kept(true) => "passes".to_owned(),
            Cell::Kept(false) => "FAILS".to_owned(),
        }
    }

    fn number(self, value: f64) -> String {
        match self {
            Self::Bytes => display::bytes(value as u64),
            Self::Seconds => display::seconds(value),
            Self::Share => display::percent(value),
            Self::Count => display::count(value as u64),
            Self::Number { decimals } => display::decimal(value, decimals),
            Self::Text | Self::Rule => display::metric(value),
        }
    }
}

impl Cell {
    /// How to take it in a row of this tone.
    pub fn tone(&self, row: Tone) -> Tone {
        match self {
            Self::Kept(true) => Tone::Good,
            Self::Kept(false) => Tone::Bad,
            _ => row,
        }
    }
}

impl Table {
    /// A table as a dimension made it.
    pub(super) fn of(table: &ResultTable, brief: Brief) -> Self {
        // A word among numbers stands for a number, such as a p-value of 1e-9.
        let kind = |at: usize| {
            let mut kind = Kind::Text;
            for cell in table.rows.iter().filter_map(|row| row.get(at)) {
                match cell {
                    event::Cell::Number(_) => return Kind::METRIC,
                    event::Cell::Count(_) => kind = Kind::Count,
                    event::Cell::Undefined | event::Cell::Text(_) => {}
                }
            }
            kind
        };
        let heads = table.columns.iter().enumerate();
        let row = |(at, row): (usize, &Vec<event::Cell>)| Row {
            tone: if table.best == Some(at) {
                Tone::Main
            } else {
                Tone::Plain
            },
            cells: row.iter().map(Cell::from).collect(),
        };
        Self {
            title: Some(table.title.clone()),
            columns: heads
                .map(|(at, head)| Column::new(head, kind(at)))
                .collect(),
            rows: table.rows.iter().enumerate().map(row).collect(),
            brief,
        }
    }
}

impl Row {
    /// A row of no special tone.
    pub fn plain(cells: Vec<Cell>) -> Self {
        Self {
            tone: Tone::Plain,
            cells,
        }
    }
}

impl From<&event::Cell> for Cell {
    fn from(cell: &event::Cell) -> Self {
        match cell {
            event::Cell::Undefined => Self::Undefined,
            event::Cell::Count(count) => Self::Count(*count),
            event::Cell::Number(value) => Self::Number(*value),
            event::Cell::Text(text) => Self::Text(text.clone()),
        }
    }
}
