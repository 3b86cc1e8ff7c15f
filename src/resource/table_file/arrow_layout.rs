//! Types that the reader of Arrow's batches passes over wrongly, as others that are laid out alike.

use polars_arrow::array::{Array, FixedSizeBinaryArray, PrimitiveArray};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field, UnionMode};
use polars_arrow::types::{NativeType, i256};

/// Bytes of a decimal of 256 bits.
const WIDE: usize = 32;

/// The schema as its batches are read by.
pub(super) fn readable(schema: &ArrowSchema) -> ArrowSchema {
    let fields = schema.iter_values().map(readable_field);
    fields.map(|field| (field.name.clone(), field)).collect()
}

fn readable_field(field: &Field) -> Field {
    Field {
        dtype: readable_type(&field.dtype),
        ..field.clone()
    }
}

fn readable_type(dtype: &ArrowDataType) -> ArrowDataType {
    use ArrowDataType as A;
    let fields = |fields: &[Field]| fields.iter().map(readable_field).collect::<Vec<_>>();
    match dtype {
        A::Decimal256(..) => A::FixedSizeBinary(WIDE),
        // A buffer, and then the columns of the fields.
        A::Union(union) if union.mode == UnionMode::Sparse => A::Struct(fields(&union.fields)),
        A::Union(union) => {
            let mut union = union.clone();
            union.fields = fields(&union.fields);
            A::Union(union)
        }
        A::Struct(of) => A::Struct(fields(of)),
        A::List(item) => A::List(Box::new(readable_field(item))),
        A::LargeList(item) => A::LargeList(Box::new(readable_field(item))),
        A::FixedSizeList(item, width) => A::FixedSizeList(Box::new(readable_field(item)), *width),
        A::Map(entries, sorted) => A::Map(Box::new(readable_field(entries)), *sorted),
        A::Extension(extension) => readable_type(&extension.inner),
        other => other.clone(),
    }
}

/// An array that was read as another type, as the type that it is of; none where it needs no change.
pub(super) fn restored(array: &dyn Array, dtype: &ArrowDataType) -> Option<Box<dyn Array>> {
    let ArrowDataType::Decimal256(..) = dtype.to_storage() else {
        return None;
    };
    let array: &FixedSizeBinaryArray = array.as_any().downcast_ref()?;
    let (wide, _) = array.values().as_chunks::<WIDE>();
    let values: Vec<i256> = wide
        .iter()
        .map(|bytes| i256::from_le_bytes(*bytes))
        .collect();
    let dtype = dtype.to_storage().clone();
    let restored = PrimitiveArray::try_new(dtype, values.into(), array.validity().cloned());
    restored.ok().map(PrimitiveArray::boxed)
}
