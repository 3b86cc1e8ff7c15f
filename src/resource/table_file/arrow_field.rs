//! A field of an Arrow schema: what it is, what it is called, and of which parts its batches are.
//!
//! A batch lists the parts of all columns one after the other, so that a column inside another is
//! laid out as one that follows it. What is not read is passed over as a part with as many buffers.

use polars_arrow::datatypes::{
    ArrowDataType, ExtensionType, Field, IntervalUnit, TimeUnit, UnionMode, UnionType,
};
use polars_arrow_format::ipc::{DateUnit, FieldRef, IntervalUnit as Interval, Precision};
use polars_arrow_format::ipc::{TimeUnit as Unit, TypeRef, UnionMode as Mode};

use super::arrow_schema::key_type;
use super::arrow_type::type_name;

/// Fields within fields, at most.
const DEEPEST: usize = 64;
/// Bytes of a decimal of 256 bits.
const WIDE: usize = 32;
/// Bytes of a UUID.
const UUID: usize = 16;

/// A field with all that is in it.
pub(super) struct Described {
    pub(super) name: String,
    pub(super) dtype: ArrowDataType,
    pub(super) type_name: String,
    pub(super) parts: Vec<Part>,
}

/// A part of a batch, by a type that is laid out as it is.
pub(super) struct Part {
    pub(super) dtype: ArrowDataType,
    /// The dictionary that its values are in.
    pub(super) dictionary: Option<i64>,
}

/// How a field's own part is laid out, and what it is called where Arrow's types have no name for it.
struct Shape {
    dtype: ArrowDataType,
    part: ArrowDataType,
    strange: Option<&'static str>,
}

impl Shape {
    fn plain(dtype: ArrowDataType) -> Self {
        Self {
            part: part_type(&dtype),
            dtype,
            strange: None,
        }
    }

    fn nested(dtype: ArrowDataType, buffers: usize) -> Self {
        Self {
            dtype,
            part: part_of(buffers),
            strange: None,
        }
    }

    fn strange(name: &'static str, buffers: usize) -> Self {
        Self {
            dtype: ArrowDataType::Unknown,
            part: part_of(buffers),
            strange: Some(name),
        }
    }
}

/// A type that is laid out as this one, which is not nested, and that batches are read as.
pub(super) fn part_type(dtype: &ArrowDataType) -> ArrowDataType {
    match dtype {
        ArrowDataType::Decimal256(..) => ArrowDataType::FixedSizeBinary(WIDE),
        other => other.clone(),
    }
}

/// A type whose batches have so many buffers.
fn part_of(buffers: usize) -> ArrowDataType {
    match buffers {
        0 => ArrowDataType::Null,
        1 => ArrowDataType::Struct(Vec::new()),
        2 => ArrowDataType::Int32,
        _ => ArrowDataType::Binary,
    }
}

/// A column; none where it makes no sense.
pub(super) fn column(field: FieldRef<'_>) -> Option<Described> {
    described(field, 0)
}

fn described(field: FieldRef<'_>, depth: usize) -> Option<Described> {
    if depth > DEEPEST {
        return None;
    }
    let name = field.name().ok()?.unwrap_or_default().to_owned();
    let children = field.children().ok()?.into_iter().flatten();
    let children = children.map(|child| described(child.ok()?, depth + 1));
    let children: Vec<Described> = children.collect::<Option<_>>()?;
    let shape = shape(field, &children)?;
    let mut own = Part {
        dtype: shape.part,
        dictionary: None,
    };
    let mut dtype = shape.dtype;
    let mut is_dictionary = false;
    if let Some(dictionary) = field.dictionary().ok()? {
        let keys = match dictionary.index_type().ok()? {
            Some(keys) => key_type(keys.bit_width().ok()?, keys.is_signed().ok()?)?,
            None => key_type(32, true)?,
        };
        let is_ordered = dictionary.is_ordered().ok()?;
        dtype = ArrowDataType::Dictionary(keys, Box::new(dtype), is_ordered);
        own = Part {
            dtype: dtype.clone(),
            dictionary: Some(dictionary.id().ok()?),
        };
        is_dictionary = true;
    } else if depth > 0
        && !matches!(
            own.dtype,
            ArrowDataType::Utf8View | ArrowDataType::BinaryView
        )
    {
        // What is within another column is never read.
        own.dtype = part_of(buffers(&own.dtype));
    }
    let mut type_name = match shape.strange {
        Some(strange) => {
            let names: Vec<&str> = children.iter().map(|c| c.type_name.as_str()).collect();
            format!("{strange}<{}>", names.join(", "))
        }
        None => type_name(&dtype),
    };
    if let Some(extension) = extension(field) {
        let is_fine = match (extension, &dtype) {
            ("arrow.uuid", ArrowDataType::FixedSizeBinary(width)) => *width == UUID,
            ("arrow.bool8", dtype) => *dtype == ArrowDataType::Int8,
            ("arrow.uuid", _) => false,
            _ => true,
        };
        if !is_fine {
            return None;
        }
        dtype = ArrowDataType::Extension(Box::new(ExtensionType {
            name: extension.into(),
            inner: dtype,
            metadata: None,
        }));
        type_name = super::arrow_type::type_name(&dtype);
    }
    let mut parts = vec![own];
    // The values of a dictionary stand in batches of their own.
    if !is_dictionary {
        parts.extend(children.into_iter().flat_map(|child| child.parts));
    }
    Some(Described {
        name,
        dtype,
        type_name,
        parts,
    })
}

/// Buffers of a part that is not nested.
fn buffers(dtype: &ArrowDataType) -> usize {
    use ArrowDataType as A;
    match dtype {
        A::Null => 0,
        A::Struct(_) => 1,
        A::Utf8 | A::LargeUtf8 | A::Binary | A::LargeBinary => 3,
        _ => 2,
    }
}

fn extension(field: FieldRef<'_>) -> Option<&str> {
    let pairs = field.custom_metadata().ok()??.into_iter();
    let mut pairs = pairs.filter_map(Result::ok);
    let pair = pairs.find(|pair| matches!(pair.key(), Ok(Some("ARROW:extension:name"))))?;
    pair.value().ok()?
}

fn shape(field: FieldRef<'_>, children: &[Described]) -> Option<Shape> {
    use ArrowDataType as A;
    let fields = || children.iter().map(child).collect::<Vec<_>>();
    let only = || match children {
        [only] => Some(Box::new(child(only))),
        _ => None,
    };
    let size = |number: i32| usize::try_from(number).ok();
    Some(match field.type_().ok()?? {
        TypeRef::Null(_) => Shape::plain(A::Null),
        TypeRef::Bool(_) => Shape::plain(A::Boolean),
        TypeRef::Int(int) => {
            let keys = key_type(int.bit_width().ok()?, int.is_signed().ok()?)?;
            Shape::plain(keys.into())
        }
        TypeRef::FloatingPoint(float) => Shape::plain(match float.precision().ok()? {
            Precision::Half => A::Float16,
            Precision::Single => A::Float32,
            Precision::Double => A::Float64,
        }),
        TypeRef::Binary(_) => Shape::plain(A::Binary),
        TypeRef::LargeBinary(_) => Shape::plain(A::LargeBinary),
        TypeRef::BinaryView(_) => Shape::plain(A::BinaryView),
        TypeRef::Utf8(_) => Shape::plain(A::Utf8),
        TypeRef::LargeUtf8(_) => Shape::plain(A::LargeUtf8),
        TypeRef::Utf8View(_) => Shape::plain(A::Utf8View),
        TypeRef::FixedSizeBinary(fixed) => {
            Shape::plain(A::FixedSizeBinary(size(fixed.byte_width().ok()?)?))
        }
        TypeRef::Decimal(decimal) => {
            let precision = size(decimal.precision().ok()?)?;
            // A negative scale stands for zeros, which no model needs.
            let scale = size(decimal.scale().ok()?)?;
            let (dtype, most) = match decimal.bit_width().ok()? {
                32 => (A::Decimal32(precision, scale), 9),
                64 => (A::Decimal64(precision, scale), 18),
                128 => (A::Decimal(precision, scale), 38),
                256 => (A::Decimal256(precision, scale), 76),
                _ => return None,
            };
            if !(1..=most).contains(&precision) {
                return None;
            }
            Shape::plain(dtype)
        }
        TypeRef::Date(date) => Shape::plain(match date.unit().ok()? {
            DateUnit::Day => A::Date32,
            DateUnit::Millisecond => A::Date64,
        }),
        TypeRef::Time(time) => {
            let unit = unit(time.unit().ok()?);
            Shape::plain(match time.bit_width().ok()? {
                32 => A::Time32(unit),
                64 => A::Time64(unit),
                _ => return None,
            })
        }
        TypeRef::Timestamp(timestamp) => {
            let zone = timestamp.timezone().ok()?;
            let unit = unit(timestamp.unit().ok()?);
            Shape::plain(A::Timestamp(unit, zone.map(Into::into)))
        }
        TypeRef::Duration(duration) => Shape::plain(A::Duration(unit(duration.unit().ok()?))),
        TypeRef::Interval(interval) => Shape::plain(A::Interval(match interval.unit().ok()? {
            Interval::YearMonth => IntervalUnit::YearMonth,
            Interval::DayTime => IntervalUnit::DayTime,
            Interval::MonthDayNano => IntervalUnit::MonthDayNano,
        })),
        TypeRef::List(_) => Shape::nested(A::List(only()?), 2),
        TypeRef::LargeList(_) => Shape::nested(A::LargeList(only()?), 2),
        TypeRef::Map(map) => Shape::nested(A::Map(only()?, map.keys_sorted().ok()?), 2),
        TypeRef::FixedSizeList(list) => {
            let width = size(list.list_size().ok()?)?;
            Shape::nested(A::FixedSizeList(only()?, width), 1)
        }
        TypeRef::Struct(_) => Shape::nested(A::Struct(fields()), 1),
        TypeRef::Union(union) => {
            let is_sparse = union.mode().ok()? == Mode::Sparse;
            let union = UnionType {
                fields: fields(),
                ids: None,
                mode: UnionMode::sparse(is_sparse),
            };
            Shape::nested(A::Union(Box::new(union)), if is_sparse { 1 } else { 2 })
        }
        TypeRef::RunEndEncoded(_) => Shape::strange("run_end_encoded", 0),
        TypeRef::ListView(_) => Shape::strange("list_view", 3),
        TypeRef::LargeListView(_) => Shape::strange("large_list_view", 3),
    })
}

fn child(described: &Described) -> Field {
    Field::new(
        described.name.as_str().into(),
        described.dtype.clone(),
        true,
    )
}

fn unit(unit: Unit) -> TimeUnit {
    match unit {
        Unit::Second => TimeUnit::Second,
        Unit::Millisecond => TimeUnit::Millisecond,
        Unit::Microsecond => TimeUnit::Microsecond,
        Unit::Nanosecond => TimeUnit::Nanosecond,
    }
}
