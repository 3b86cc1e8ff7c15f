//! Thrift's compact protocol, as far as it takes to know what a footer or a page's head claims.

pub(super) mod write;

/// Structures within structures, at most.
const DEEPEST: usize = 32;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    True,
    False,
    Byte,
    Int16,
    Int32,
    Int64,
    Double,
    Binary,
    List,
    Set,
    Map,
    Struct,
}

impl Kind {
    fn of(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::True,
            2 => Self::False,
            3 => Self::Byte,
            4 => Self::Int16,
            5 => Self::Int32,
            6 => Self::Int64,
            7 => Self::Double,
            8 => Self::Binary,
            9 => Self::List,
            10 => Self::Set,
            11 => Self::Map,
            12 => Self::Struct,
            _ => return None,
        })
    }
}

/// Bytes that are read from the front. Whatever does not fit is none.
#[derive(Clone)]
pub(super) struct Compact<'a> {
    rest: &'a [u8],
    depth: usize,
}

impl<'a> Compact<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            depth: 0,
        }
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// So many bytes.
    pub(super) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.bytes(1).map(|bytes| bytes[0])
    }

    /// A number without a sign.
    pub(super) fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for place in 0..10 {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// A whole number of any width.
    pub(super) fn int(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// A whole number of 32 bits.
    pub(super) fn int32(&mut self) -> Option<i32> {
        self.int()?.try_into().ok()
    }

    fn binary(&mut self) -> Option<&'a [u8]> {
        let length = self.varint()?.try_into().ok()?;
        self.bytes(length)
    }

    /// Goes through the fields of a structure. `field` reads what it is given; where it says false,
    /// the field is passed over.
    pub(super) fn fields(
        &mut self,
        mut field: impl FnMut(&mut Self, i16, Kind) -> Option<bool>,
    ) -> Option<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut id = 0_i16;
        loop {
            let head = self.byte()?;
            if head == 0 {
                self.depth -= 1;
                return Some(());
            }
            let kind = Kind::of(head & 0x0f)?;
            id = match head >> 4 {
                0 => self.int()?.try_into().ok()?,
                step => id.checked_add(i16::from(step))?,
            };
            if !field(self, id, kind)? {
                self.pass(kind)?;
            }
        }
    }

    /// How many items a list has, and what they are.
    pub(super) fn list(&mut self) -> Option<(usize, Kind)> {
        let head = self.byte()?;
        let length = match head >> 4 {
            15 => self.varint()?.try_into().ok()?,
            short => usize::from(short),
        };
        // Each takes a byte at least.
        if length > self.rest.len() {
            return None;
        }
        Some((length, Kind::of(head & 0x0f)?))
    }

    /// Passes over a value that is no item of a list.
    fn pass(&mut self, kind: Kind) -> Option<()> {
        match kind {
            Kind::True | Kind::False => Some(()),
            kind => self.pass_item(kind),
        }
    }

    /// Passes over an item of a list.
    pub(super) fn pass_item(&mut self, kind: Kind) -> Option<()> {
        match kind {
            Kind::True | Kind::False | Kind::Byte => self.byte().map(drop),
            Kind::Int16 | Kind::Int32 | Kind::Int64 => self.varint().map(drop),
            Kind::Double => self.bytes(8).map(drop),
            Kind::Binary => self.binary().map(drop),
            Kind::Struct => self.fields(|_, _, _| Some(false)),
            Kind::List | Kind::Set => self.deeper(|compact| {
                let (length, kind) = compact.list()?;
                (0..length).try_for_each(|_| compact.pass_item(kind))
            }),
            Kind::Map => self.deeper(|compact| {
                let length: usize = compact.varint()?.try_into().ok()?;
                if length == 0 {
                    return Some(());
                }
                let kinds = compact.byte()?;
                let (key, value) = (Kind::of(kinds >> 4)?, Kind::of(kinds & 0x0f)?);
                (0..length).try_for_each(|_| {
                    compact.pass_item(key)?;
                    compact.pass_item(value)
                })
            }),
        }
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        read(self)?;
        self.depth -= 1;
        Some(())
    }
}
