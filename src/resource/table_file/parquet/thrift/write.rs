//! Writing the heads of pages that are not packed.

/// What the format calls pages of data, of dictionaries, and of data in the second version, and the
/// field in which a head tells of them.
pub(in super::super) const DATA: (i32, u8) = (0, 5);
pub(in super::super) const DICTIONARY: (i32, u8) = (2, 7);
pub(in super::super) const DATA_2: (i32, u8) = (3, 8);

/// No head takes more.
pub(in super::super) const MOST_HEAD_BYTES: usize = 64;

/// An integer, and a structure, as fields come: the step from the field before, and the type.
const INT: u8 = 0x15;
const STRUCT: u8 = 0x0c;
/// No, as the next field.
const FALSE: u8 = 0x12;

/// Appends the head of a page of so many bytes; `counts` are the fields of its structure in their
/// order, none for a no. None where a number is too large.
pub(in super::super) fn head(
    (kind, field): (i32, u8),
    bytes: usize,
    counts: &[Option<i32>],
    into: &mut Vec<u8>,
) -> Option<()> {
    let bytes = i32::try_from(bytes).ok()?;
    for value in [kind, bytes, bytes] {
        into.push(INT);
        int(value, into);
    }
    into.push((field - 3) << 4 | STRUCT);
    for count in counts {
        match count {
            Some(count) => {
                into.push(INT);
                int(*count, into);
            }
            None => into.push(FALSE),
        }
    }
    into.extend([0, 0]);
    Some(())
}

fn int(value: i32, into: &mut Vec<u8>) {
    let folded = (value << 1) ^ (value >> 31);
    varint(u64::from(folded as u32), into);
}

/// Appends a number of any length.
pub(in super::super) fn varint(mut value: u64, into: &mut Vec<u8>) {
    while value >= 0x80 {
        into.push(value as u8 | 0x80);
        value >>= 7;
    }
    into.push(value as u8);
}
