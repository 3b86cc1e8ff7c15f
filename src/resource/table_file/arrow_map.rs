//! Columns of an Arrow file that are used where they lie: the file is mapped, not read.
//!
//! That can be done with numbers of 64 bits, none of them missing, in a file of one batch that is
//! not compressed. Others are read as usual. Where the numbers lie is found in what was read of the
//! file, and held against the length of the map: only the numbers themselves are looked at in it.
//! A file that is cut short or written over meanwhile costs the work of that moment and no more: see
//! [`Map`](crate::files::Map) for the one, and the stamps of files for the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use polars_arrow::datatypes::{ArrowDataType, PhysicalType};
use polars_arrow::io::ipc::read::FileMetadata;
use polars_arrow_format::ipc::planus::ReadAsRoot;
use polars_arrow_format::ipc::{MessageHeaderRef, MessageRef, RecordBatchRef};

use super::arrow_claims::Message;
use crate::resource::numbers::Numbers;
use crate::resource::source::Source;

/// Those of the columns that can be used where they lie.
pub(super) fn map_numbers(
    source: &Source,
    metadata: &FileMetadata,
    columns: &[String],
) -> BTreeMap<String, Numbers> {
    mapped(source, metadata, columns).unwrap_or_default()
}

fn mapped(
    source: &Source,
    metadata: &FileMetadata,
    columns: &[String],
) -> Option<BTreeMap<String, Numbers>> {
    let dictionaries = metadata.dictionaries.as_ref();
    let [block] = metadata.blocks.as_slice() else {
        return None;
    };
    if dictionaries.is_some_and(|d| !d.is_empty()) || !metadata.ipc_schema.is_little_endian {
        return None;
    }
    let start = u64::try_from(block.offset).ok()?;
    let message = Message::at(source, start, source.bytes().ok()?)?;
    let root = MessageRef::read_as_root(&message.bytes).ok()?;
    let MessageHeaderRef::RecordBatch(batch) = root.header().ok()?? else {
        return None;
    };
    if batch.compression().ok()?.is_some() {
        return None;
    }
    let body = start.checked_add(u64::try_from(block.meta_data_length).ok()?)?;
    let places = places(metadata, batch, body)?;
    let wanted = places.into_iter();
    let wanted = wanted.filter(|(name, _)| columns.iter().any(|column| column == name));
    let wanted: Vec<_> = wanted.collect();
    if wanted.is_empty() {
        return None;
    }
    let rows = usize::try_from(batch.length().ok()?).ok()?;
    let map = Arc::new(source.map().ok()?);
    let numbers = wanted.into_iter().filter_map(|(name, place)| {
        let numbers = Numbers::mapped(&map, usize::try_from(place).ok()?, rows)?;
        Some((name.to_owned(), numbers))
    });
    Some(numbers.collect())
}

/// Where in the file the numbers of columns begin that are without missing ones.
fn places<'m>(
    metadata: &'m FileMetadata,
    batch: RecordBatchRef<'_>,
    body: u64,
) -> Option<Vec<(&'m str, u64)>> {
    let rows = batch.length().ok()?;
    let nodes = batch.nodes().ok()??;
    let buffers = batch.buffers().ok()??;
    let views = batch.variadic_buffer_counts().ok()?;
    let mut views = views.iter().flat_map(|counts| counts.iter());
    let mut at = Place::default();
    let mut places = Vec::new();
    for field in metadata.schema.iter_values() {
        if *field.dtype() == ArrowDataType::Float64 {
            let node = nodes.get(at.node)?;
            let buffer = buffers.get(at.buffer + 1)?;
            let bytes = rows.checked_mul(i64::try_from(size_of::<f64>()).ok()?)?;
            if node.length() != rows || buffer.length() < bytes {
                return None;
            }
            if node.null_count() == 0 {
                let start = body.checked_add(u64::try_from(buffer.offset()).ok()?)?;
                places.push((field.name.as_str(), start));
            }
        }
        // What lies behind a column whose parts are not known cannot be told.
        if at.pass(field.dtype(), &mut views).is_none() {
            break;
        }
    }
    Some(places)
}

/// A place among the parts of a batch.
#[derive(Default)]
struct Place {
    node: usize,
    buffer: usize,
}

impl Place {
    /// Passes over the parts of a column; none where they are not known.
    fn pass(&mut self, dtype: &ArrowDataType, views: &mut impl Iterator<Item = i64>) -> Option<()> {
        use PhysicalType as P;
        self.node = self.node.checked_add(1)?;
        let buffers = match dtype.to_physical_type() {
            P::Null => 0,
            P::Boolean | P::Primitive(_) | P::FixedSizeBinary | P::Dictionary(_) => 2,
            P::Binary | P::LargeBinary | P::Utf8 | P::LargeUtf8 => 3,
            P::BinaryView | P::Utf8View => usize::try_from(views.next()?).ok()?.checked_add(2)?,
            P::List | P::LargeList | P::FixedSizeList | P::Struct | P::Map | P::Union => {
                return self.pass_nested(dtype, views);
            }
        };
        self.buffer = self.buffer.checked_add(buffers)?;
        Some(())
    }

    fn pass_nested(
        &mut self,
        dtype: &ArrowDataType,
        views: &mut impl Iterator<Item = i64>,
    ) -> Option<()> {
        use ArrowDataType as A;
        let (buffers, children) = match dtype.to_storage() {
            A::List(item) | A::LargeList(item) | A::Map(item, _) => {
                (2, std::slice::from_ref(&**item))
            }
            A::FixedSizeList(item, _) => (1, std::slice::from_ref(&**item)),
            A::Struct(fields) => (1, fields.as_slice()),
            _ => return None,
        };
        self.buffer = self.buffer.checked_add(buffers)?;
        children
            .iter()
            .try_for_each(|field| self.pass(field.dtype(), views))
    }
}
