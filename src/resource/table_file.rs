//! Reading tables: the schema without the data, and then only the columns that are used.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use polars::prelude::{
    DataFrame, DataType, IpcReader, ParquetReader, Schema, SchemaExt, SerReader, Series,
};
use polars_arrow::io::ipc::read::get_row_count;

use super::arrow_map::map_numbers;
use super::csv_file;
use super::table::{Column, ColumnType, MISSING, NumberKind, Table};

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

fn format_of(path: &Path) -> Result<Format, String> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    match extension.to_ascii_lowercase().as_str() {
        "csv" => Ok(Format::Csv),
        "parquet" => Ok(Format::Parquet),
        "arrow" | "feather" | "ipc" => Ok(Format::Arrow),
        _ => Err(format!(
            "{}: tables are read from .csv, .parquet, .arrow and .feather files",
            path.display()
        )),
    }
}

/// Does reading some columns of this file take a pass over all of it?
pub(super) fn is_read_in_one_pass(path: &Path) -> bool {
    matches!(format_of(path), Ok(Format::Csv))
}

fn at_path(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

fn open(path: &Path, format: Format) -> Result<File, String> {
    let at = |problem: &str| format!("{}: {problem}", path.display());
    let file = File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => at("no such file; check the path"),
        std::io::ErrorKind::PermissionDenied => at("permission to read it is missing"),
        _ => at(&error.to_string()),
    })?;
    match file.metadata() {
        Ok(m) if m.is_dir() => return Err(at("a folder, not a table; name a file in it")),
        Ok(m) if m.len() == 0 => {
            return Err(at("the file is empty; export or download it again"));
        }
        _ => {}
    }
    match masquerade(path, format) {
        Some(found) => Err(at(found)),
        None => Ok(file),
    }
}

/// What begins like something else than its name says.
fn masquerade(path: &Path, format: Format) -> Option<&'static str> {
    let mut start = [0; 64];
    let length = File::open(path)
        .and_then(|mut file| file.read(&mut start))
        .ok()?;
    let start = start[..length].to_ascii_lowercase();
    let begins = |with: &[u8]| start.starts_with(with);
    if begins(b"version https://git-lfs") {
        Some("a git-lfs pointer, not the table itself; run `git lfs pull`")
    } else if begins(b"par1") && format != Format::Parquet {
        Some("this is a Parquet file: give it the extension .parquet")
    } else if begins(b"arrow1") && format != Format::Arrow {
        Some("this is an Arrow file: give it the extension .arrow")
    } else if begins(b"fea1") {
        Some("this is a Feather file of version 1: save it as version 2")
    } else if begins(b"<!doctype") || begins(b"<html") || begins(b"<?xml") {
        Some("this is a page or XML document (a download that went wrong, perhaps), not a table")
    } else if begins(b"pk\x03\x04") {
        Some("this is a ZIP archive or an Excel workbook: unpack it, or save the sheet as CSV")
    } else if begins(b"\x1f\x8b") || begins(b"\x28\xb5\x2f\xfd") {
        Some("this is a compressed file: unpack it first")
    } else if begins(b"\xff\xfe") || begins(b"\xfe\xff") {
        Some("this is UTF-16 text: save it as UTF-8")
    } else {
        None
    }
}

/// Reads what a table file holds; of a CSV file, its first rows only.
pub fn read_schema(path: &Path) -> Result<TableSchema, String> {
    let format = format_of(path)?;
    let file = open(path, format)?;
    let unreadable = |error| describe(path, format, &error);
    match format {
        Format::Csv => csv_schema(path),
        Format::Parquet => {
            let mut reader = ParquetReader::new(file);
            let schema = reader.schema().map_err(unreadable)?;
            let rows = reader.num_rows().map_err(unreadable)?;
            Ok(arrow_schema(
                &Schema::from_arrow_schema(&schema),
                Some(rows),
            ))
        }
        Format::Arrow => {
            let mut counted = file.try_clone().map_err(|error| at_path(path, &error))?;
            let mut reader = IpcReader::new(file);
            let schema = reader.schema().map_err(unreadable)?;
            let rows = get_row_count(&mut counted).map_err(unreadable)?;
            let rows = usize::try_from(rows).ok();
            let mut schema = arrow_schema(&Schema::from_arrow_schema(&schema), rows);
            let names: Vec<String> = schema.names().map(str::to_owned).collect();
            schema.mapped = map_numbers(path, &names).into_keys().collect();
            Ok(schema)
        }
    }
}

fn csv_schema(path: &Path) -> Result<TableSchema, String> {
    let frame = csv_file::read(path, Some(csv_file::INFERENCE_ROWS), None)
        .map_err(|error| describe(path, Format::Csv, &error))?;
    if let Some(problem) = csv_file::header_problem(path) {
        return Err(format!("{}: {problem}", path.display()));
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
    let example = |column: &polars::prelude::Column| {
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
    path: &Path,
    columns: &[String],
    rows: usize,
) -> Result<Table, String> {
    let format = format_of(path)?;
    let file = open(path, format)?;
    let names = Some(columns.to_vec());
    let frame = match format {
        Format::Csv => csv_file::read(path, Some(rows), Some(columns)),
        Format::Parquet => ParquetReader::new(file)
            .with_columns(names)
            .with_slice(Some((0, rows)))
            .finish(),
        Format::Arrow => IpcReader::new(file)
            .with_columns(names)
            .with_n_rows(Some(rows))
            .finish(),
    };
    let frame = frame.map_err(|error| describe(path, format, &error))?;
    let rows = frame.height();
    let mut table = BTreeMap::new();
    add_columns(path, frame, &mut table)?;
    Ok(Table::new(rows, table))
}

/// Reads the named columns of a table file.
pub fn read_table(path: &Path, columns: &[String]) -> Result<Table, String> {
    let format = format_of(path)?;
    let file = open(path, format)?;
    let mut table = BTreeMap::new();
    if format == Format::Arrow {
        for (name, values) in map_numbers(path, columns) {
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
    let frame = match format {
        Format::Csv => csv_file::read(path, None, Some(&unread)),
        Format::Parquet => ParquetReader::new(file).with_columns(names).finish(),
        Format::Arrow => IpcReader::new(file).with_columns(names).finish(),
    };
    let frame = frame.map_err(|error| describe(path, format, &error))?;
    let rows = frame.height();
    if rows == 0 {
        return Err(format!(
            "{}: the table has no rows, so there is nothing to validate",
            path.display()
        ));
    }
    add_columns(path, frame, &mut table)?;
    Ok(Table::new(rows, table))
}

/// Takes the frame's columns over one by one, so that the table and its copy are never both whole.
fn add_columns(
    path: &Path,
    frame: DataFrame,
    table: &mut BTreeMap<String, Column>,
) -> Result<(), String> {
    for column in frame.into_columns() {
        let series = column.as_materialized_series();
        let values = convert(series).map_err(|error| {
            let name = series.name();
            format!("{}: column `{name}`: {error}", path.display())
        })?;
        table.insert(series.name().to_string(), values);
    }
    Ok(())
}

fn describe(path: &Path, format: Format, error: &polars::error::PolarsError) -> String {
    let text = error.to_string();
    let reason = text.lines().next().unwrap_or_default();
    let problem = match format {
        Format::Csv => csv_file::explain(path, reason),
        Format::Parquet => format!("not a Parquet file, or not the whole of one: {reason}"),
        Format::Arrow => format!("not an Arrow file, or not the whole of one: {reason}"),
    };
    format!("{}: {problem}", path.display())
}

fn convert(series: &Series) -> Result<Column, String> {
    match column_type(series.dtype()) {
        ColumnType::Number(kind) => numbers(series, kind),
        ColumnType::Text => texts(series),
    }
}

fn numbers(series: &Series, kind: NumberKind) -> Result<Column, String> {
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

fn texts(series: &Series) -> Result<Column, String> {
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
