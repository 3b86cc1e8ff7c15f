//! Types that the reader of Arrow's batches does not know, read as others that are laid out alike.

use polars_arrow::array::{Array, FixedSizeBinaryArray, PrimitiveArray};
use polars_arrow::datatypes::ArrowDataType;
use polars_arrow::types::{NativeType, i256};

/// Bytes of a decimal of 256 bits.
const WIDE: usize = 32;

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
