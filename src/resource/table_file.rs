//! Reading tables: the schema without the data, and then only the columns that are used.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::{
    CsvReadOptions, DataFrame, DataType, IpcReader, ParquetReader, PlSmallStr, PolarsResult,
    Schema, SchemaExt, SerReader, Series,
};

use super::table::{Column, ColumnType, MISSING, NumberKind, Table};

/// Rows of a CSV file from which column types are guessed.
const INFERENCE_ROWS: usize = 10_000;

/// What a table file holds, read without its data.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSchema {
    /// Column names and types, in file order.
    pub columns: Vec<(String, ColumnType)>,
    /// Rows, where the format tells them without reading on.
    pub rows: Option<usize>,
}

impl TableSchema {
    /// The type of a column, if there is such a column.
    pub fn column_type(&self, name: &str) -> Option<ColumnType> {
        let column = self.columns.iter().find(|(n, _)| n == name);
        column.map(|(_, column_type)| *column_type)
    }

    /// All column names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| &**name)
    }
}

#[derive(Clone, Copy)]
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

fn open(path: &Path) -> Result<File, String> {
    let file = File::open(path).map_err(|error| {
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission to read it is missing".to_owned(),
            _ => error.to_string(),
        };
        format!("{}: {reason}", path.display())
    })?;
    let metadata = file.metadata();
    match metadata {
        Ok(m) if m.is_dir() => Err(format!("{}: a folder, not a table", path.display())),
        Ok(m) if m.len() == 0 => Err(format!("{}: the file is empty", path.display())),
        _ => Ok(file),
    }
}

/// Reads what a table file holds; of a CSV file, its first rows only.
pub fn read_schema(path: &Path) -> Result<TableSchema, String> {
    let format = format_of(path)?;
    let file = open(path)?;
    let unreadable = |error| describe(path, format, &error);
    let (columns, rows) = match format {
        Format::Csv => {
            let frame = csv(path, Some(INFERENCE_ROWS), None).map_err(unreadable)?;
            let types = frame.columns().iter();
            let columns = types
                .map(|c| (c.name().to_string(), column_type(c.dtype())))
                .collect();
            (columns, None)
        }
        Format::Parquet => {
            let mut reader = ParquetReader::new(file);
            let schema = reader.schema().map_err(unreadable)?;
            let rows = reader.num_rows().map_err(unreadable)?;
            (
                arrow_columns(&Schema::from_arrow_schema(&schema)),
                Some(rows),
            )
        }
        Format::Arrow => {
            let mut reader = IpcReader::new(file);
            let schema = reader.schema().map_err(unreadable)?;
            (arrow_columns(&Schema::from_arrow_schema(&schema)), None)
        }
    };
    Ok(TableSchema { columns, rows })
}

fn arrow_columns(schema: &Schema) -> Vec<(String, ColumnType)> {
    let fields = schema.iter();
    fields
        .map(|(name, dtype)| (name.to_string(), column_type(dtype)))
        .collect()
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

/// Reads the named columns of a table file.
pub fn read_table(path: &Path, columns: &[String]) -> Result<Table, String> {
    let format = format_of(path)?;
    let file = open(path)?;
    let names = Some(columns.to_vec());
    let frame = match format {
        Format::Csv => csv(path, None, Some(columns)),
        Format::Parquet => ParquetReader::new(file).with_columns(names).finish(),
        Format::Arrow => IpcReader::new(file).with_columns(names).finish(),
    };
    let frame = frame.map_err(|error| describe(path, format, &error))?;
    if frame.height() == 0 {
        return Err(format!(
            "{}: the table has no rows, so there is nothing to validate",
            path.display()
        ));
    }
    let mut table = BTreeMap::new();
    for column in frame.columns() {
        let series = column.as_materialized_series();
        let values = convert(series).map_err(|error| {
            let name = series.name();
            format!("{}: column `{name}`: {error}", path.display())
        })?;
        table.insert(series.name().to_string(), values);
    }
    Ok(Table::new(frame.height(), table))
}

fn csv(path: &Path, rows: Option<usize>, columns: Option<&[String]>) -> PolarsResult<DataFrame> {
    let names = columns.map(|c| c.iter().map(|n| PlSmallStr::from_str(n)).collect());
    let read = |inference_rows| {
        CsvReadOptions::default()
            .with_has_header(true)
            .with_n_rows(rows)
            .with_columns(names.clone())
            .with_infer_schema_length(inference_rows)
            .try_into_reader_with_file_path(Some(PathBuf::from(path)))?
            .finish()
    };
    // The first rows may look like whole numbers where a later one is not: then all rows count.
    read(Some(INFERENCE_ROWS)).or_else(|_| read(None))
}

fn describe(path: &Path, format: Format, error: &polars::error::PolarsError) -> String {
    let what = match format {
        Format::Csv => "CSV",
        Format::Parquet => "Parquet",
        Format::Arrow => "Arrow",
    };
    let text = error.to_string();
    let first_line = text.lines().next().unwrap_or_default();
    format!("{}: not readable as {what}: {first_line}", path.display())
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
    let values = floats.iter().map(|v| v.unwrap_or(f64::NAN)).collect();
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
