//! What a Parquet footer says of its columns in several places: that these agree.

use super::thrift::{Compact, Kind};

/// A column or a group of them, as the schema has it.
#[derive(Default)]
struct Element {
    physical_type: Option<i32>,
    repetition: i32,
    children: i32,
    logical: Option<Logical>,
}

/// What a column stands for, by its number, and of a whole number its bits.
#[derive(Clone, Copy)]
struct Logical {
    number: i16,
    bits: Option<u8>,
}

impl Logical {
    const MAP: i16 = 2;
    const LIST: i16 = 3;
    const INTEGER: i16 = 10;
    /// From here on, groups of columns may be something that is not known here.
    const UNKNOWN: i16 = 16;

    /// Can a group of columns stand for it?
    fn is_nested(self) -> bool {
        matches!(self.number, Self::MAP | Self::LIST) || self.number >= Self::UNKNOWN
    }
}

/// A column, as it follows from the schema.
#[derive(Clone, Copy, Default)]
struct Leaf {
    physical_type: Option<i32>,
    /// How deep its values may be repeated, and how deep they may be there.
    levels: [usize; 2],
}

/// What a row group says of a column.
#[derive(Default)]
struct Chunk {
    physical_type: Option<i32>,
    /// Values that it counts by each of these levels; zero where it counts none.
    counted_levels: [usize; 2],
    packed: i64,
    data_at: i64,
    dictionary_at: Option<i64>,
}

#[derive(Default)]
struct Columns {
    elements: Vec<Element>,
    groups: Vec<Vec<Chunk>>,
    /// How many columns it is told of how they are ordered.
    ordered: Option<usize>,
}

/// Do schema, row groups and orders of a footer speak of the same columns, and do these lie in a file of so
/// many bytes?
pub(super) fn are_sound(footer: &[u8], length: u64) -> bool {
    let mut columns = Columns::default();
    columns.read(&mut Compact::new(footer)).is_some() && columns.agree(length)
}

impl Columns {
    fn read(&mut self, compact: &mut Compact<'_>) -> Option<()> {
        compact.fields(|compact, id, kind| {
            match (id, kind) {
                (2, Kind::List) => self.elements = items(compact, element)?,
                (4, Kind::List) => self.groups = items(compact, group)?,
                (7, Kind::List) => {
                    let (count, kind) = compact.list()?;
                    (0..count).try_for_each(|_| compact.pass_item(kind))?;
                    self.ordered = Some(count);
                }
                _ => return Some(false),
            }
            Some(true)
        })
    }

    fn agree(&self, length: u64) -> bool {
        let Some(leaves) = self.leaves() else {
            return false;
        };
        self.elements.iter().skip(1).all(Element::is_sound)
            && self.ordered.is_none_or(|count| count == leaves.len())
            && self.groups.iter().all(|chunks| {
                let mut pairs = chunks.iter().zip(&leaves);
                chunks.len() == leaves.len()
                    && pairs.all(|(chunk, leaf)| chunk.is_of(*leaf) && chunk.is_in(length))
            })
    }

    /// The columns; none where the schema is no tree.
    fn leaves(&self) -> Option<Vec<Leaf>> {
        let (root, elements) = self.elements.split_first()?;
        let mut leaves = Vec::new();
        // How many children are still to come of the groups that are open, with their levels.
        let mut open = vec![(root.children, [0, 0])];
        for element in elements {
            while open.pop_if(|(left, _)| *left == 0).is_some() {}
            let (left, levels) = open.last_mut()?;
            *left = left.checked_sub(1).filter(|left| *left >= 0)?;
            let mut levels = *levels;
            levels[0] += usize::from(element.repetition == Element::REPEATED);
            levels[1] += usize::from(element.repetition != Element::REQUIRED);
            if element.children > 0 {
                open.push((element.children, levels));
            } else {
                leaves.push(Leaf {
                    physical_type: element.physical_type,
                    levels,
                });
            }
        }
        open.iter().all(|(left, _)| *left == 0).then_some(leaves)
    }
}

impl Element {
    const REQUIRED: i32 = 0;
    const REPEATED: i32 = 2;

    fn is_sound(&self) -> bool {
        let bits = self.logical.and_then(|logical| logical.bits);
        let is_group = self.children > 0;
        bits.is_none_or(|bits| matches!(bits, 8 | 16 | 32 | 64))
            && !(is_group && self.logical.is_some_and(|logical| !logical.is_nested()))
    }
}

impl Chunk {
    fn is_of(&self, leaf: Leaf) -> bool {
        let mut levels = self.counted_levels.iter().zip(leaf.levels);
        self.physical_type == leaf.physical_type
            && levels.all(|(counted, most)| *counted == 0 || *counted == most + 1)
    }

    /// Does it lie in a file of so many bytes?
    fn is_in(&self, length: u64) -> bool {
        let dictionary = self.dictionary_at.filter(|at| *at > 0);
        let start = dictionary.map_or(self.data_at, |at| at.min(self.data_at));
        let end = u64::try_from(start)
            .ok()
            .zip(u64::try_from(self.packed).ok())
            .and_then(|(start, packed)| start.checked_add(packed));
        end.is_some_and(|end| end <= length)
    }
}

fn items<T>(
    compact: &mut Compact<'_>,
    item: impl Fn(&mut Compact<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let (count, kind) = compact.list()?;
    if count > 0 && kind != Kind::Struct {
        return None;
    }
    (0..count).map(|_| item(compact)).collect()
}

fn element(compact: &mut Compact<'_>) -> Option<Element> {
    let mut element = Element::default();
    compact.fields(|compact, id, kind| {
        match (id, kind) {
            (1, Kind::Int32) => element.physical_type = Some(compact.int32()?),
            (3, Kind::Int32) => element.repetition = compact.int32()?,
            (5, Kind::Int32) => element.children = compact.int32()?,
            (10, Kind::Struct) => element.logical = logical(compact)?.pop(),
            _ => return Some(false),
        }
        Some(true)
    })?;
    Some(element)
}

/// All that it stands for, which is one thing at most as a rule.
fn logical(compact: &mut Compact<'_>) -> Option<Vec<Logical>> {
    let mut found = Vec::new();
    compact.fields(|compact, number, kind| {
        let mut bits = None;
        if (number, kind) == (Logical::INTEGER, Kind::Struct) {
            compact.fields(|compact, id, kind| {
                if (id, kind) != (1, Kind::Byte) {
                    return Some(false);
                }
                bits = compact.bytes(1)?.first().copied();
                Some(true)
            })?;
            found.push(Logical { number, bits });
            return Some(true);
        }
        found.push(Logical { number, bits });
        Some(false)
    })?;
    Some(found)
}

fn group(compact: &mut Compact<'_>) -> Option<Vec<Chunk>> {
    let mut chunks = Vec::new();
    compact.fields(|compact, id, kind| {
        if (id, kind) != (1, Kind::List) {
            return Some(false);
        }
        chunks = items(compact, chunk)?;
        Some(true)
    })?;
    Some(chunks)
}

fn chunk(compact: &mut Compact<'_>) -> Option<Chunk> {
    let mut chunk = Chunk::default();
    compact.fields(|compact, id, kind| {
        if (id, kind) != (3, Kind::Struct) {
            return Some(false);
        }
        compact.fields(|compact, id, kind| {
            match (id, kind) {
                (1, Kind::Int32) => chunk.physical_type = Some(compact.int32()?),
                (7, Kind::Int64) => chunk.packed = compact.int()?,
                (9, Kind::Int64) => chunk.data_at = compact.int()?,
                (11, Kind::Int64) => chunk.dictionary_at = Some(compact.int()?),
                (16, Kind::Struct) => chunk.counted_levels = counted_levels(compact)?,
                _ => return Some(false),
            }
            Some(true)
        })?;
        Some(true)
    })?;
    Some(chunk)
}

fn counted_levels(compact: &mut Compact<'_>) -> Option<[usize; 2]> {
    let mut counted = [0; 2];
    compact.fields(|compact, id, kind| {
        let (2 | 3, Kind::List) = (id, kind) else {
            return Some(false);
        };
        let (count, kind) = compact.list()?;
        (0..count).try_for_each(|_| compact.pass_item(kind))?;
        counted[usize::from(id == 3)] = count;
        Some(true)
    })?;
    Some(counted)
}
