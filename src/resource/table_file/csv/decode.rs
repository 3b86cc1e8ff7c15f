//! The bytes of a text file as UTF-8, whatever it is encoded in.

use std::io::{self, Read};

use crate::resource::source::{Source, SourceReader};
use crate::vocabulary::Encoding;

/// Bytes that are decoded at a time.
const BLOCK: usize = 1 << 16;
/// What bytes 0x80 to 0x9f are in Windows' code page; those that are nothing stay what they are.
const WINDOWS_1252: [u16; 32] = [
    0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
    0x0152, 0x8d, 0x017d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178,
];

/// A text file that is read as UTF-8. What is UTF-8 already is passed on unchecked.
pub(super) struct Decoded {
    input: SourceReader,
    encoding: Encoding,
    big_end_first: bool,
    /// A byte, or half of a pair, whose other half is yet to come.
    odd: Option<u8>,
    high: Option<u16>,
    ready: Vec<u8>,
    given: usize,
}

impl Decoded {
    /// Opens a file in the encoding that its mark says, or else in this one, or else in UTF-8.
    pub(super) fn open(source: &Source, asked: Option<Encoding>) -> io::Result<Self> {
        let mut input = source.reader();
        let mut mark = [0; 3];
        let length = read_fully(&mut input, &mut mark)?;
        let (marked, big_end_first, skipped) = match &mark[..length] {
            [0xef, 0xbb, 0xbf] => (Some(Encoding::Utf8), false, 3),
            [0xff, 0xfe, ..] => (Some(Encoding::Utf16), false, 2),
            [0xfe, 0xff, ..] => (Some(Encoding::Utf16), true, 2),
            _ => (None, false, 0),
        };
        let mut decoded = Self {
            input,
            encoding: marked.or(asked).unwrap_or(Encoding::Utf8),
            big_end_first,
            odd: None,
            high: None,
            ready: Vec::new(),
            given: 0,
        };
        decoded.decode(&mark[skipped..length]);
        Ok(decoded)
    }

    /// What it is decoded from.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Bytes of the file that were read.
    pub(super) fn place(&self) -> u64 {
        self.input.place()
    }

    fn decode(&mut self, bytes: &[u8]) {
        match self.encoding {
            Encoding::Utf8 => self.ready.extend_from_slice(bytes),
            Encoding::Latin1 => bytes.iter().for_each(|byte| self.put(char::from(*byte))),
            Encoding::Windows1252 => {
                for byte in bytes {
                    let code = match byte {
                        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
                        byte => u16::from(*byte),
                    };
                    self.put(
                        char::from_u32(u32::from(code)).unwrap_or(char::REPLACEMENT_CHARACTER),
                    );
                }
            }
            Encoding::Utf16 => bytes.iter().for_each(|byte| self.half(*byte)),
        }
    }

    fn half(&mut self, byte: u8) {
        let Some(first) = self.odd.take() else {
            self.odd = Some(byte);
            return;
        };
        let unit = if self.big_end_first {
            u16::from_be_bytes([first, byte])
        } else {
            u16::from_le_bytes([first, byte])
        };
        match (self.high.take(), unit) {
            (None, 0xd800..=0xdbff) => self.high = Some(unit),
            (None, unit) => self.unit(unit),
            (Some(high), unit) => {
                if let Some(Ok(decoded)) = char::decode_utf16([high, unit]).next() {
                    self.put(decoded);
                } else {
                    self.put(char::REPLACEMENT_CHARACTER);
                    self.unit(unit);
                }
            }
        }
    }

    fn unit(&mut self, unit: u16) {
        self.put(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    fn put(&mut self, decoded: char) {
        let mut bytes = [0; 4];
        let text = decoded.encode_utf8(&mut bytes);
        self.ready.extend_from_slice(text.as_bytes());
    }
}

impl Read for Decoded {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() {
            if self.encoding == Encoding::Utf8 {
                return self.input.read(to);
            }
            self.ready.clear();
            self.given = 0;
            let mut block = vec![0; BLOCK];
            while self.ready.is_empty() {
                let length = self.input.read(&mut block)?;
                if length == 0 {
                    return Ok(0);
                }
                self.decode(&block[..length]);
            }
        }
        let ready = &self.ready[self.given..];
        let length = ready.len().min(to.len());
        to[..length].copy_from_slice(&ready[..length]);
        self.given += length;
        Ok(length)
    }
}

/// Fills a buffer as far as there are bytes.
pub(super) fn read_fully(input: &mut impl Read, to: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < to.len() {
        match input.read(&mut to[length..])? {
            0 => break,
            bytes => length += bytes,
        }
    }
    Ok(length)
}
