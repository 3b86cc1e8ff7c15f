//! What the types of Arrow, which Parquet files are read as too, are to a model.

use std::fmt::Write;

use polars_arrow::datatypes::{ArrowDataType, IntegerType, TimeUnit};

use crate::resource::table::{ColumnType, NumberKind};

/// What a column of this type can be taken as.
pub(super) fn column_type(dtype: &ArrowDataType) -> ColumnType {
    use ArrowDataType as A;
    match dtype {
        A::Float16 | A::Float32 | A::Float64 => ColumnType::Number(NumberKind::Float),
        A::Decimal(..) | A::Decimal32(..) | A::Decimal64(..) | A::Decimal256(..) => {
            ColumnType::Number(NumberKind::Float)
        }
        A::Int8 | A::Int16 | A::Int32 | A::Int64 | A::UInt8 | A::UInt16 | A::UInt32 | A::UInt64 => {
            ColumnType::Number(NumberKind::Integer)
        }
        A::Boolean => ColumnType::Number(NumberKind::Boolean),
        // Bytes are what older writers make of texts.
        A::Utf8 | A::LargeUtf8 | A::Utf8View | A::Binary | A::LargeBinary | A::BinaryView => {
            ColumnType::Text
        }
        A::Date32 | A::Date64 => ColumnType::Date,
        A::Null => ColumnType::Nothing,
        A::Dictionary(_, values, _) => column_type(values),
        A::Extension(extension) => match &*extension.name {
            "arrow.bool8" => ColumnType::Number(NumberKind::Boolean),
            "arrow.json" => column_type(&extension.inner),
            _ => ColumnType::Other,
        },
        _ => ColumnType::Other,
    }
}

/// The type by the name that Arrow has for it.
pub(super) fn type_name(dtype: &ArrowDataType) -> String {
    use ArrowDataType as A;
    match dtype {
        A::Null => "null".to_owned(),
        A::Boolean => "bool".to_owned(),
        A::Float16 => "float16".to_owned(),
        A::Float32 => "float32".to_owned(),
        A::Float64 => "float64".to_owned(),
        A::Timestamp(unit, zone) => match zone {
            Some(zone) => format!("timestamp[{}, tz={zone}]", unit_name(*unit)),
            None => format!("timestamp[{}]", unit_name(*unit)),
        },
        A::Date32 => "date32".to_owned(),
        A::Date64 => "date64".to_owned(),
        A::Time32(unit) => format!("time32[{}]", unit_name(*unit)),
        A::Time64(unit) => format!("time64[{}]", unit_name(*unit)),
        A::Duration(unit) => format!("duration[{}]", unit_name(*unit)),
        A::Interval(_) => "interval".to_owned(),
        A::Binary | A::LargeBinary | A::BinaryView => "binary".to_owned(),
        A::FixedSizeBinary(width) => format!("fixed_size_binary[{width}]"),
        A::Utf8 | A::LargeUtf8 | A::Utf8View => "string".to_owned(),
        A::List(item) | A::LargeList(item) => format!("list<{}>", type_name(&item.dtype)),
        A::FixedSizeList(item, width) => {
            format!("fixed_size_list<{}>[{width}]", type_name(&item.dtype))
        }
        A::Struct(fields) => {
            let mut name = "struct<".to_owned();
            for (place, field) in fields.iter().enumerate() {
                let comma = if place == 0 { "" } else { ", " };
                // Writing to a string cannot fail.
                let _ = write!(name, "{comma}{}: {}", field.name, type_name(&field.dtype));
            }
            name + ">"
        }
        A::Map(..) => "map".to_owned(),
        A::Union(_) => "union".to_owned(),
        A::Dictionary(keys, values, _) => {
            format!("dictionary<{}, {}>", key_name(*keys), type_name(values))
        }
        A::Decimal(precision, scale) => format!("decimal128({precision}, {scale})"),
        A::Decimal32(precision, scale) => format!("decimal32({precision}, {scale})"),
        A::Decimal64(precision, scale) => format!("decimal64({precision}, {scale})"),
        A::Decimal256(precision, scale) => format!("decimal256({precision}, {scale})"),
        A::Extension(extension) => format!("extension<{}>", extension.name),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

fn key_name(keys: IntegerType) -> String {
    format!("{keys:?}").to_lowercase()
}
