//! Reading tables: the schema without the data, and then only the columns that are used, each as
//! what uses it.
//!
//! | file | what it does |
//! |---|---|
//! | [`parquet`], [`arrow`], [`csv`] | a format each |
//! | [`arrow_takers`], [`arrow_stream`] | the batches of Arrow files: into a table, and some rows at a time |
//! | [`arrow_map`] | columns of Arrow files that are used where they lie |
//! | [`arrow_schema`], [`arrow_field`] | what an Arrow file says of its columns, and how they are laid out |
//! | [`arrow_verified`] | Arrow's schema in Parquet files, checked byte by byte |
//! | [`arrow_layout`] | types of Arrow files that are read as others |
//! | [`arrow_batches`] | the batches of an Arrow file or stream, message by message |
//! | [`arrow_claims`], [`guard`] | what keeps damaged bytes from doing harm |
//! | [`arrow_type`], [`arrow_values`], [`taker`] | typed columns: what they are to a model, and as what they are taken |
//! | [`batches`] | a table batch by batch or column by column, of which nothing is kept |
//! | [`distinct`] | the distinct values of a column of many rows |
//! | [`texts`], [`spelling`], [`numbers`] | texts, numbers as texts, missing and whole numbers |
//! | [`pandas_index`] | which columns pandas has made of an index |
//! | [`masquerade`] | files that are not what their names say |

mod arrow;
mod arrow_batches;
mod arrow_claims;
mod arrow_field;
mod arrow_layout;
mod arrow_map;
mod arrow_schema;
mod arrow_stream;
mod arrow_takers;
mod arrow_type;
mod arrow_values;
mod arrow_verified;
mod batches;
mod csv;
mod distinct;
mod guard;
mod masquerade;
mod numbers;
mod options;
mod pandas_index;
mod parquet;
mod spelling;
mod taker;
mod texts;

pub(super) use batches::{Batches, is_read_in_batches, with_batches, with_columns_apart};
pub(super) use options::describe as describe_options;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::reading::Reading;
use super::source::Source;
use super::table::{Column, ColumnType, Table};
use crate::vocabulary::{Problem, TableOptions};

/// What a table file holds, read without its data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TableSchema {
    /// Column names and types, in file order.
    pub columns: Vec<(String, ColumnType)>,
    /// What the types are called in the file.
    pub type_names: BTreeMap<String, String>,
    /// Are the types told by the first rows, since the file says none? What a column is read as is
    /// then for its use to say.
    pub are_types_told_by_values: bool,
    /// Rows, where the format tells them without reading on.
    pub rows: Option<usize>,
    /// Where row groups or batches of rows end, where the format has any.
    pub groups: Vec<usize>,
    /// Rows by the length of the first of them, where the format does not tell them and there are many.
    pub about_rows: Option<usize>,
    /// The most that the distinct texts of a column can take in memory, where that may be much.
    pub text_bytes: BTreeMap<String, u64>,
    /// Bytes of each column's pages that are in memory at a time while it is taken page by page; nothing
    /// of a small table.
    pub page_bytes: BTreeMap<String, u64>,
    /// Columns that are used where they lie in the file, and so take no memory of the process.
    pub mapped: BTreeSet<String>,
    /// Of columns of texts in a CSV file: a value that keeps them from being numbers, and where it
    /// is.
    pub text_examples: BTreeMap<String, String>,
    /// Columns that pandas has made of an index.
    pub index: BTreeSet<String>,
    /// How a CSV file is written, where that is not as usual.
    pub written: Option<String>,
}

impl TableSchema {
    /// The type of a column, if there is such a column.
    pub fn column_type(&self, name: &str) -> Option<ColumnType> {
        let column = self.columns.iter().find(|(n, _)| n == name);
        column.map(|(_, column_type)| *column_type)
    }

    /// What the type of a column is called in the file.
    pub fn type_name(&self, name: &str) -> &str {
        self.type_names.get(name).map_or("unknown", String::as_str)
    }

    /// Adds a column, of whose name there is no other.
    fn add(&mut self, name: String, of: ColumnType, type_name: String) -> Result<(), Problem> {
        if self.type_names.contains_key(&name) {
            return Err(twice(&name));
        }
        self.type_names.insert(name.clone(), type_name);
        self.columns.push((name, of));
        Ok(())
    }

    /// Is there a column of this name?
    pub fn has(&self, name: &str) -> bool {
        self.column_type(name).is_some()
    }

    /// All column names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| &**name)
    }
}

/// Texts of a column that take no more are not worth counting before they are read.
const FEW_TEXT_BYTES: u64 = 1 << 20;

/// A column that is wanted, and as what.
pub type Wanted = (String, Reading);

/// A column as it was read: as numbers, as texts, or as both.
struct Read {
    numbers: Option<Column>,
    texts: Option<Column>,
}

/// Columns as they were read.
#[derive(Default)]
struct ReadColumns {
    rows: usize,
    columns: Vec<(String, Read)>,
}

impl From<ReadColumns> for Table {
    fn from(read: ReadColumns) -> Self {
        let mut columns = BTreeMap::new();
        let mut spelt = BTreeMap::new();
        for (name, Read { numbers, texts }) in read.columns {
            match (numbers, texts) {
                (Some(numbers), texts) => {
                    spelt.extend(texts.map(|texts| (name.clone(), texts)));
                    columns.insert(name, numbers);
                }
                (None, texts) => columns.extend(texts.map(|texts| (name, texts))),
            }
        }
        Self::new(read.rows, columns).with_spelt(spelt)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Parquet,
    Arrow,
}

fn format_of(path: &Path) -> Result<Format, Problem> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    match extension.to_ascii_lowercase().as_str() {
        "csv" | "tsv" => Ok(Format::Csv),
        "parquet" => Ok(Format::Parquet),
        "arrow" | "arrows" | "feather" | "ipc" => Ok(Format::Arrow),
        _ => Err(Problem::new(
            "tables are read from .csv, .parquet, .arrow and .feather files",
        )),
    }
}

/// A text file of fewer bytes is read in one pass over all of it.
const LARGE_TEXT: u64 = 32 << 20;

/// Is it a text file that is too large to hold all of its columns for the sake of some?
pub(super) fn is_large_text(path: &Path) -> bool {
    let is_large = || std::fs::metadata(path).is_ok_and(|found| found.len() >= LARGE_TEXT);
    is_text(path) && is_large()
}

/// Does reading some columns of this file take a pass over all of it?
pub(super) fn is_text(path: &Path) -> bool {
    matches!(format_of(path), Ok(Format::Csv))
}

/// Reads what a table file holds; of a CSV file, its first rows only.
pub fn read_schema(source: &Source, options: &TableOptions) -> Result<TableSchema, Problem> {
    schema(source, options).map_err(|problem| problem.in_file(&source.path))
}

fn schema(source: &Source, options: &TableOptions) -> Result<TableSchema, Problem> {
    let format = format_of(&source.path)?;
    masquerade::check(source, format)?;
    match format {
        Format::Csv => csv::schema(source, options),
        Format::Parquet => parquet::schema(source),
        Format::Arrow => arrow::schema(source),
    }
}

/// Reads these columns of the first rows of a table file.
pub(super) fn read_first_rows(
    source: &Source,
    columns: &[Wanted],
    rows: usize,
    options: &TableOptions,
) -> Result<Table, Problem> {
    read(source, columns, Some(rows), options)
}

/// Can the distinct values of a column be had without room for all of it?
pub(super) fn is_read_in_parts(path: &Path) -> bool {
    matches!(format_of(path), Ok(Format::Parquet))
}

/// The distinct values of a column of such a file, as names of classes.
pub(super) fn read_distinct(
    source: &Source,
    column: &Wanted,
    options: &TableOptions,
) -> Result<Vec<String>, Problem> {
    let distinct = parquet::distinct(source, column, options);
    distinct.map_err(|problem| problem.in_file(&source.path))
}

/// Reads these columns of a table file, which has rows.
pub fn read_table(
    source: &Source,
    columns: &[Wanted],
    options: &TableOptions,
) -> Result<Table, Problem> {
    let table = read_any_rows(source, columns, options)?;
    match table.rows {
        0 => Err(no_rows().in_file(&source.path)),
        _ => Ok(table),
    }
}

/// Reads these columns of a table file, however few rows it has.
pub(super) fn read_any_rows(
    source: &Source,
    columns: &[Wanted],
    options: &TableOptions,
) -> Result<Table, Problem> {
    let table = read(source, columns, None, options);
    table.map_err(|problem| problem.in_file(&source.path))
}

fn read(
    source: &Source,
    columns: &[Wanted],
    rows: Option<usize>,
    options: &TableOptions,
) -> Result<Table, Problem> {
    let format = format_of(&source.path)?;
    masquerade::check(source, format)?;
    let read = match format {
        Format::Csv => csv::read(source, columns, rows, options),
        Format::Parquet => parquet::read(source, columns, rows, options),
        Format::Arrow => arrow::read(source, columns, rows, options),
    };
    read.map(Table::from)
}

/// That two columns have one name.
fn twice(name: &str) -> Problem {
    if name.is_empty() {
        return Problem::new("two columns have no name").remedy("name them, or remove them");
    }
    Problem::new(format!("two columns are called `{name}`"))
        .in_column(name)
        .remedy("rename or remove one of them")
}

/// That a table has no rows.
pub(super) fn no_rows() -> Problem {
    Problem::new("the table has no rows, so there is nothing to validate")
}
