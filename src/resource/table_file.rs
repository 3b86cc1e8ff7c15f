//! Reading tables: the schema without the data, and then only the columns that are used.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use polars_arrow::io::ipc::read::get_row_count;
use polars_core::error::PolarsError;
use polars_core::prelude::{DataFrame, DataType, Schema, SchemaExt, Series};
use polars_io::prelude::{IpcReader, ParquetReader, SerReader};

use super::arrow_map::map_numbers;
use super::csv_file;
use super::source::Source;
use super::table::{Column, ColumnType, MISSING, NumberKind, Table};
use crate::vocabulary::Problem;

/// What a table file holds, read without its data.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSchema {
    /// Column names and types, in file order.
    pub columns: Vec<(String, ColumnType)>,
    /// Rows, where the format tells them without reading on.
    pub rows: Option<usize>,
    /// Columns that are used where they lie in the file, and so take no memory of the process.
    pub mapped: BTreeSet<String>,
    /// Of columns of texts in a CSV file: a value that keeps them from being numbers.
    pub text_examples: BTreeMap<String, String>,
}

impl TableSchema {
    /// The type of a column, if there is such a column.
    pub fn column_type(&self, name: &str) -> Option<ColumnType> {
        let column = self.columns.iter().find(|(n, _)| n == name);
        column.map(|(_, column_type)| *column_type)
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Parquet,
    Arrow,
}

fn format_of(path: &Path) -> Result<Format, Problem> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    match extension.to_ascii_lowercase().as_str() {
        "csv" => Ok(Format::Csv),
        "parquet" => Ok(Format::Parquet),
        "arrow" | "feather" | "ipc" => Ok(Format::Arrow),
        _ => Err(Problem::new(
            "tables are read from .csv, .parquet, .arrow and .feather files",
        )),
    }
}

/// Does reading some columns of this file take a pass over all of it?
pub(super) fn is_read_in_one_pass(path: &Path) -> bool {
    matches!(format_of(path), Ok(Format::Csv))
}

/// That a file can be the table that its name says it is.
fn check(source: &Source, format: Format) -> Result<(), Problem> {
    if source.is_folder() {
        return Err(Problem::new("a folder, not a table").remedy("name a file in it"));
    }
    if source.bytes().is_ok_and(|bytes| bytes == 0) {
        return Err(Problem::new("the file is empty").remedy("export or download it again"));
    }
    masquerade(source, format).map_or(Ok(()), Err)
}

/// What begins like something else than its name says.
fn masquerade(source: &Source, format: Format) -> Option<Problem> {
    let mut start = [0; 64];
    let length = source.reader().read(&mut start).ok()?;
    let start = start[..length].to_ascii_lowercase();
    let begins = |with: &[u8]| start.starts_with(with);
    let (cause, remedy) = if begins(b"version https://git-lfs") {
        (
            "a git-lfs pointer, not the table itself",
            "run `git lfs pull`",
        )
    } else if begins(b"par1") && format != Format::Parquet {
        ("this is a Parquet file", "give it the extension .parquet")
    } else if begins(b"arrow1") && format != Format::Arrow {
        ("this is an Arrow file", "give it the extension .arrow")
    } else if begins(b"fea1") {
        (
            "this is a Feather file of version 1",
            "save it as version 2",
        )
    } else if begins(b"<!doctype") || begins(b"<html") || begins(b"<?xml") {
        (
            "this is a page or XML document (a download that went wrong, perhaps), not a table",
            "get the table itself",
        )
    } else if begins(b"pk\x03\x04") {
        (
            "this is a ZIP archive or an Excel workbook",
            "unpack it, or save the sheet as CSV",
        )
    } else if begins(b"\x1f\x8b") || begins(b"\x28\xb5\x2f\xfd") {
        ("this is a compressed file", "unpack it first")
    } else if begins(b"\xff\xfe") || begins(b"\xfe\xff") {
        ("this is UTF-16 text", "save it as UTF-8")
    } else {
        return None;
    };
    Some(Problem::new(cause).remedy(remedy))
}

/// Reads what a table file holds; of a CSV file, its first rows only.
pub fn read_schema(source: &Source) -> Result<TableSchema, Problem> {
    schema(source).map_err(|problem| problem.in_file(&source.path))
}

fn schema(source: &Source) -> Result<TableSchema, Problem> {
    let format = format_of(&source.path)?;
    check(source, format)?;
    let unreadable = |error| describe(source, format, &error);
    match format {
        Format::Csv => csv_schema(source),
        Format::Parquet => {
            let mut reader = ParquetReader::new(source.reader());
            let schema = reader.schema().map_err(unreadable)?;
            let rows = reader.num_rows().map_err(unreadable)?;
            Ok(arrow_schema(
                &Schema::from_arrow_schema(&schema),
                Some(rows),
            ))
        }
        Format::Arrow => {
            let mut reader = IpcReader::new(source.reader());
            let schema = reader.schema().map_err(unreadable)?;
            let rows = get_row_count(&mut source.reader()).map_err(unreadable)?;
            let rows = usize::try_from(rows).ok();
            let mut schema = arrow_schema(&Schema::from_arrow_schema(&schema), rows);
            let names: Vec<String> = schema.names().map(str::to_owned).collect();
            schema.mapped = map_numbers(source, &names).into_keys().collect();
            Ok(schema)
        }
    }
}

fn csv_schema(source: &Source) -> Result<TableSchema, Problem> {
    let frame = csv_file::read(source, Some(csv_file::INFERENCE_ROWS), None)
        .map_err(|error| describe(source, Format::Csv, &error))?;
    if let Some(problem) = csv_file::header_problem(source) {
        return Err(problem);
    }
    let columns = frame.columns().iter();
    let columns = columns.map(|c| (c.name().to_string(), column_type(c.dtype())));
    Ok(TableSchema {
        columns: columns.collect(),
        // More rows may follow those that were read.
        rows: (frame.height() == 0).then_some(0),
        mapped: BTreeSet::new(),
        text_examples: text_examples(&frame),
    })
}

/// The first value of every column of texts that is no number.
fn text_examples(frame: &DataFrame) -> BTreeMap<String, String> {
    let columns = frame.columns().iter();
    let example = |column: &polars_core::prelude::Column| {
        let texts = column.str().ok()?;
        let example = texts.iter().flatten().find(|t| t.parse::<f64>().is_err())?;
        Some((column.name().to_string(), example.to_owned()))
    };
    columns.filter_map(example).collect()
}

fn arrow_schema(schema: &Schema, rows: Option<usize>) -> TableSchema {
    let fields = schema.iter();
    let columns = fields.map(|(name, dtype)| (name.to_string(), column_type(dtype)));
    TableSchema {
        columns: columns.collect(),
        rows,
        mapped: BTreeSet::new(),
        text_examples: BTreeMap::new(),
    }
}

fn column_type(dtype: &DataType) -> ColumnType {
    if dtype.is_float() {
        ColumnType::Number(NumberKind::Float)
    } else if dtype.is_integer() {
        ColumnType::Number(NumberKind::Integer)
    } else if dtype.is_bool() {
        ColumnType::Number(NumberKind::Boolean)
    } else {
        ColumnType::Text
    }
}

/// Reads the named columns of the first rows of a table file.
pub(super) fn read_first_rows(
    source: &Source,
    columns: &[String],
    rows: usize,
) -> Result<Table, Problem> {
    let format = format_of(&source.path)?;
    check(source, format)?;
    let names = Some(columns.to_vec());
    let frame = match format {
        Format::Csv => csv_file::read(source, Some(rows), Some(columns)),
        Format::Parquet => ParquetReader::new(source.reader())
            .with_columns(names)
            .with_slice(Some((0, rows)))
            .finish(),
        Format::Arrow => IpcReader::new(source.reader())
            .with_columns(names)
            .with_n_rows(Some(rows))
            .finish(),
    };
    let frame = frame.map_err(|error| describe(source, format, &error))?;
    let rows = frame.height();
    let mut table = BTreeMap::new();
    add_columns(frame, &mut table)?;
    Ok(Table::new(rows, table))
}

/// Reads the named columns of a table file.
pub fn read_table(source: &Source, columns: &[String]) -> Result<Table, Problem> {
    table(source, columns).map_err(|problem| problem.in_file(&source.path))
}

fn table(source: &Source, columns: &[String]) -> Result<Table, Problem> {
    let format = format_of(&source.path)?;
    check(source, format)?;
    let mut table = BTreeMap::new();
    if format == Format::Arrow {
        for (name, values) in map_numbers(source, columns) {
            if !values.is_empty() {
                let kind = NumberKind::Float;
                table.insert(name, Column::Numbers { values, kind });
            }
        }
    }
    let unread = columns.iter().filter(|name| !table.contains_key(*name));
    let unread: Vec<String> = unread.cloned().collect();
    let mapped_rows = table.values().next().map(Column::rows);
    if let Some(rows) = mapped_rows.filter(|_| unread.is_empty()) {
        return Ok(Table::new(rows, table));
    }
    let names = Some(unread.clone());
    let reader = source.reader();
    let frame = match format {
        Format::Csv => csv_file::read(source, None, Some(&unread)),
        Format::Parquet => ParquetReader::new(reader).with_columns(names).finish(),
        Format::Arrow => IpcReader::new(reader).with_columns(names).finish(),
    };
    let frame = frame.map_err(|error| describe(source, format, &error))?;
    let rows = frame.height();
    if rows == 0 {
        return Err(no_rows());
    }
    add_columns(frame, &mut table)?;
    Ok(Table::new(rows, table))
}

/// That a table has no rows.
pub(super) fn no_rows() -> Problem {
    Problem::new("the table has no rows, so there is nothing to validate")
}

/// Takes the frame's columns over one by one, so that the table and its copy are never both whole.
fn add_columns(frame: DataFrame, table: &mut BTreeMap<String, Column>) -> Result<(), Problem> {
    for column in frame.into_columns() {
        let series = column.as_materialized_series();
        let name = series.name().to_string();
        let values = convert(series)
            .map_err(|cause| Problem::new(format!("column `{name}`: {cause}")).in_column(&name))?;
        table.insert(name, values);
    }
    Ok(())
}

fn describe(source: &Source, format: Format, error: &PolarsError) -> Problem {
    let text = error.to_string();
    let reason = text.lines().next().unwrap_or_default();
    match format {
        Format::Csv => csv_file::explain(source, reason),
        Format::Parquet => Problem::new(format!(
            "not a Parquet file, or not the whole of one: {reason}"
        )),
        Format::Arrow => Problem::new(format!(
            "not an Arrow file, or not the whole of one: {reason}"
        )),
    }
}

fn convert(series: &Series) -> Result<Column, Problem> {
    match column_type(series.dtype()) {
        ColumnType::Number(kind) => numbers(series, kind),
        ColumnType::Text => texts(series),
    }
}

fn numbers(series: &Series, kind: NumberKind) -> Result<Column, Problem> {
    let floats = series.cast(&DataType::Float64).map_err(|e| e.to_string())?;
    let floats = floats.f64().map_err(|e| e.to_string())?;
    let values = if floats.has_nulls() {
        floats.iter().map(|v| v.unwrap_or(f64::NAN)).collect()
    } else {
        let mut values = Vec::with_capacity(floats.len());
        for chunk in floats.downcast_iter() {
            values.extend_from_slice(chunk.values());
        }
        values.into()
    };
    Ok(Column::Numbers { values, kind })
}

fn texts(series: &Series) -> Result<Column, Problem> {
    let strings = series
        .cast(&DataType::String)
        .map_err(|_| format!("{} values are neither numbers nor texts", series.dtype()))?;
    let strings = strings.str().map_err(|e| e.to_string())?;
    let mut codes_by_text: BTreeMap<&str, u32> = BTreeMap::new();
    for text in strings.iter().flatten() {
        codes_by_text.entry(text).or_insert(0);
    }
    for (code, slot) in (0u32..).zip(codes_by_text.values_mut()) {
        *slot = code;
    }
    let codes = strings
        .iter()
        .map(|text| text.map_or(MISSING, |t| codes_by_text[t]))
        .collect();
    let categories = codes_by_text
        .keys()
        .map(|text| (*text).to_owned())
        .collect();
    Ok(Column::Texts { categories, codes })
}
