//! The schema that Arrow's writers leave in Parquet files, checked byte by byte as other readers do before
//! they read it: that every offset stays inside, every text ends, and every number lies where its width
//! allows. What our own reader never looks at may be damaged too.

/// What a field of a table holds.
#[derive(Clone, Copy)]
enum Slot {
    /// A number of so many bytes.
    Scalar(usize),
    Text,
    /// Numbers of so many bytes.
    Scalars(usize),
    Table(Of),
    Tables(Of),
    /// A table of a kind that the field before it tells.
    Type,
    Header,
}

/// A kind of table.
#[derive(Clone, Copy)]
enum Of {
    Message,
    Schema,
    Field,
    KeyValue,
    Dictionary,
    Int,
}

impl Of {
    /// Its fields, in the order of the format's own description.
    fn slots(self) -> &'static [Slot] {
        use Slot::{Header, Scalar, Scalars, Table, Tables, Text, Type};
        match self {
            Self::Message => &[
                Scalar(2),
                Scalar(1),
                Header,
                Scalar(8),
                Tables(Self::KeyValue),
            ],
            Self::Schema => &[
                Scalar(2),
                Tables(Self::Field),
                Tables(Self::KeyValue),
                Scalars(8),
            ],
            Self::Field => &[
                Text,
                Scalar(1),
                Scalar(1),
                Type,
                Table(Self::Dictionary),
                Tables(Self::Field),
                Tables(Self::KeyValue),
            ],
            Self::KeyValue => &[Text, Text],
            Self::Dictionary => &[Scalar(8), Table(Self::Int), Scalar(1), Scalar(2)],
            Self::Int => &[Scalar(4), Scalar(1)],
        }
    }
}

/// The fields of a type by its number; of those that are not known here nothing is.
fn slots_of_type(number: u8) -> &'static [Slot] {
    use Slot::{Scalar, Scalars, Text};
    match number {
        2 => Of::Int.slots(),
        // Floats, dates, intervals and durations have a unit.
        3 | 8 | 11 | 18 => &[Scalar(2)],
        7 => &[Scalar(4), Scalar(4), Scalar(4)],
        9 => &[Scalar(2), Scalar(4)],
        10 => &[Scalar(2), Text],
        14 => &[Scalar(2), Scalars(4)],
        // Binaries and lists of a fixed size.
        15 | 16 => &[Scalar(4)],
        17 => &[Scalar(1)],
        _ => &[],
    }
}

/// Tables within tables, at most.
const DEEPEST: usize = 128;
/// The number of a schema among the headers of messages.
const SCHEMA: u8 = 1;
/// Bytes of an offset, and of the length of a text.
const OFFSET: usize = 4;

/// Is this a message with a schema, whole and in order?
pub(super) fn is_sound(message: &[u8]) -> bool {
    let checked = Checked { bytes: message };
    let root = checked.follow(0);
    root.and_then(|root| checked.table(root, Of::Message.slots(), 0))
        .is_some()
}

struct Checked<'b> {
    bytes: &'b [u8],
}

impl Checked<'_> {
    fn number<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        let is_aligned = at.is_multiple_of(N);
        let bytes = self.bytes.get(at..at.checked_add(N)?)?;
        is_aligned.then(|| bytes.try_into().ok()).flatten()
    }

    /// Where an offset leads to.
    fn follow(&self, at: usize) -> Option<usize> {
        let offset = u32::from_le_bytes(self.number(at)?) as usize;
        // One that leads nowhere, or back to itself, is none.
        let to = at.checked_add(offset).filter(|_| offset > 0)?;
        (to < self.bytes.len()).then_some(to)
    }

    fn table(&self, at: usize, slots: &[Slot], depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        let back = i64::from(i32::from_le_bytes(self.number(at)?));
        let layout = usize::try_from(i64::try_from(at).ok()?.checked_sub(back)?).ok()?;
        let size = usize::from(u16::from_le_bytes(self.number(layout)?));
        if size < 4 || !size.is_multiple_of(2) || layout.checked_add(size)? > self.bytes.len() {
            return None;
        }
        let field = |slot: usize| -> Option<Option<usize>> {
            let place = 4 + 2 * slot;
            if place + 2 > size {
                return Some(None);
            }
            match u16::from_le_bytes(self.number(layout + place)?) {
                0 => Some(None),
                offset => Some(Some(at.checked_add(usize::from(offset))?)),
            }
        };
        for (place, slot) in slots.iter().enumerate() {
            let Some(found) = field(place)? else {
                continue;
            };
            match *slot {
                Slot::Scalar(width) => self.scalar(found, width)?,
                Slot::Text => self.text(self.follow(found)?)?,
                Slot::Scalars(width) => {
                    self.vector(self.follow(found)?, width)?;
                }
                Slot::Table(of) => self.table(self.follow(found)?, of.slots(), depth + 1)?,
                Slot::Tables(of) => {
                    let (start, count) = self.vector(self.follow(found)?, OFFSET)?;
                    for item in 0..count {
                        let item = self.follow(start + item * OFFSET)?;
                        self.table(item, of.slots(), depth + 1)?;
                    }
                }
                Slot::Type | Slot::Header => {
                    let kind = field(place - 1)?.and_then(|at| self.bytes.get(at).copied())?;
                    let slots = match slot {
                        Slot::Header if kind == SCHEMA => Of::Schema.slots(),
                        Slot::Header => return None,
                        _ => slots_of_type(kind),
                    };
                    self.table(self.follow(found)?, slots, depth + 1)?;
                }
            }
        }
        Some(())
    }

    fn scalar(&self, at: usize, width: usize) -> Option<()> {
        let is_inside = at.checked_add(width)? <= self.bytes.len();
        (is_inside && at.is_multiple_of(width)).then_some(())
    }

    /// Where the items of a vector begin, and how many there are.
    fn vector(&self, at: usize, width: usize) -> Option<(usize, usize)> {
        let count = u32::from_le_bytes(self.number(at)?) as usize;
        let start = at + OFFSET;
        let end = start.checked_add(count.checked_mul(width)?)?;
        let is_aligned = count == 0 || start.is_multiple_of(width);
        (is_aligned && end <= self.bytes.len()).then_some((start, count))
    }

    fn text(&self, at: usize) -> Option<()> {
        let (start, count) = self.vector(at, 1)?;
        (*self.bytes.get(start + count)? == 0).then_some(())
    }
}
