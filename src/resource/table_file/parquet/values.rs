//! The values of an unpacked page: that there are as many as it says, since a reader that runs out of
//! them may make some up.

use polars_parquet::parquet::encoding::Encoding;
use polars_parquet::parquet::page::{DataPage, split_buffer};
use polars_parquet::read::PhysicalType;

use super::thrift::Compact;

/// That a page of a column without lists holds its values; none where it does not.
pub(super) fn check(page: &DataPage, kind: PhysicalType, dictionary: Option<usize>) -> Option<()> {
    let rows = page.num_values();
    let is_optional = page.descriptor.max_def_level > 0;
    if page.descriptor.max_rep_level > 0 || page.descriptor.max_def_level > 1 {
        return None;
    }
    if is_optional && page.definition_level_encoding() != Encoding::Rle {
        // The old way, which no reader of today is made for.
        return None;
    }
    let parts = split_buffer(page).ok()?;
    let present = if is_optional {
        runs(parts.def, 1, rows, |level| level == 1)?
    } else {
        rows
    };
    // A page of the second version says how many are missing.
    if page
        .null_count()
        .is_some_and(|missing| missing != rows - present)
    {
        return None;
    }
    if present == 0 {
        return Some(());
    }
    let values = parts.values;
    match page.encoding() {
        Encoding::Plain => plain(values, kind, present),
        Encoding::PlainDictionary | Encoding::RleDictionary => {
            let known = dictionary? as u64;
            let (width, indices) = values.split_first()?;
            let found = runs(indices, u32::from(*width), present, |index| index < known)?;
            (found == present).then_some(())
        }
        Encoding::Rle if kind == PhysicalType::Boolean => {
            let (length, values) = values.split_first_chunk()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            runs(values.get(..length)?, 1, present, |_| true).map(drop)
        }
        Encoding::DeltaBinaryPacked | Encoding::DeltaLengthByteArray | Encoding::DeltaByteArray => {
            let mut head = Compact::new(values);
            let (_block, _parts, count) = (head.varint()?, head.varint()?, head.varint()?);
            (count == present as u64).then_some(())
        }
        Encoding::ByteStreamSplit => {
            let bytes = present.checked_mul(width(kind)?)?;
            (values.len() == bytes).then_some(())
        }
        _ => Some(()),
    }
}

/// Bytes of a value of this type, where all take as many.
fn width(kind: PhysicalType) -> Option<usize> {
    Some(match kind {
        PhysicalType::Int32 | PhysicalType::Float => 4,
        PhysicalType::Int64 | PhysicalType::Double => 8,
        PhysicalType::Int96 => 12,
        PhysicalType::FixedLenByteArray(width) => width,
        PhysicalType::Boolean | PhysicalType::ByteArray => return None,
    })
}

/// That so many values stand one after the other.
pub(super) fn plain(values: &[u8], kind: PhysicalType, count: usize) -> Option<()> {
    let mut rest = values;
    match kind {
        PhysicalType::Boolean => (count.div_ceil(8) <= values.len()).then_some(()),
        PhysicalType::ByteArray => (0..count).try_for_each(|_| {
            let (length, after) = rest.split_first_chunk()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            rest = after.get(length..)?;
            Some(())
        }),
        kind => (count.checked_mul(width(kind)?)? <= values.len()).then_some(()),
    }
}

/// Counts the values that `holds` says yes to among the first `count` of runs and packed bits; none
/// where there are fewer.
fn runs(bytes: &[u8], width: u32, count: usize, holds: impl Fn(u64) -> bool) -> Option<usize> {
    if width > 32 {
        return None;
    }
    let mut compact = Compact::new(bytes);
    let (mut seen, mut found) = (0, 0);
    while seen < count {
        let head = compact.varint()?;
        let length = usize::try_from(head >> 1).ok()?;
        if head & 1 == 0 {
            let value = compact.bytes(width.div_ceil(8) as usize)?;
            let value = value
                .iter()
                .rev()
                .fold(0, |v, byte| v << 8 | u64::from(*byte));
            // No value has more bits than all have.
            if value >> width != 0 {
                return None;
            }
            let taken = length.min(count - seen);
            seen += taken;
            found += if holds(value) { taken } else { 0 };
            if length == 0 {
                return None;
            }
        } else {
            let values = length.checked_mul(8)?;
            let taken = values.min(count - seen);
            // The last run may be cut short after the values that are there, where it says no more than
            // they take.
            let whole = length.checked_mul(width as usize)?;
            let is_whole = compact.rest().len() >= whole;
            let needed = if is_whole || length == taken.div_ceil(8) {
                (taken * width as usize).div_ceil(8)
            } else {
                return None;
            };
            let packed = compact.bytes(whole.min(compact.rest().len()))?;
            if packed.len() < needed || length == 0 {
                return None;
            }
            found += packed_values(packed, width, taken)
                .filter(|v| holds(*v))
                .count();
            seen += taken;
        }
    }
    Some(found)
}

fn packed_values(bytes: &[u8], width: u32, count: usize) -> impl Iterator<Item = u64> {
    let mask = (1_u64 << width) - 1;
    (0..count).map(move |place| {
        let bit = place * width as usize;
        let mut word = [0; 8];
        let from = &bytes[(bit / 8).min(bytes.len())..];
        let length = from.len().min(8);
        word[..length].copy_from_slice(&from[..length]);
        u64::from_le_bytes(word) >> (bit % 8) & mask
    })
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn runs_and_packed_bits_are_counted() {
        // Five ones, and eight values of three bits: 0 to 7.
        let bytes = [10, 1, 3, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        assert_eq!(runs(&bytes, 3, 13, |value| value > 3), Some(4));
        assert_eq!(runs(&bytes, 3, 6, |value| value == 1), Some(5));
        assert_eq!(runs(&bytes, 3, 14, |_| true), None);
        assert_eq!(runs(&bytes[..4], 3, 13, |_| true), None);
        // Seven runs of eight, of which there is one.
        assert_eq!(runs(&[15, 0xff], 1, 8, |_| true), None);
        assert_eq!(runs(&[3, 0xff], 3, 2, |_| true), Some(2));
        // Two values of one bit that are three.
        assert_eq!(runs(&[4, 3], 1, 2, |_| true), None);
        assert_eq!(runs(&[], 0, 0, |_| true), Some(0));
    }
}
