//! What packed bytes say of the size that they unpack to.

/// What is known of the size without unpacking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It is this.
    Exactly(u64),
    /// It is this at most.
    AtMost(u64),
    /// The bytes are none of this codec.
    Nonsense,
}

impl Told {
    /// Can the size be this one?
    pub(super) fn is_sound(self, size: usize) -> bool {
        match self {
            Self::Exactly(told) => told == size as u64,
            Self::AtMost(most) => size as u64 <= most,
            Self::Nonsense => false,
        }
    }

    /// What this says, and that no more than `ratio` bytes are made of one.
    fn within(self, packed: &[u8], ratio: u64) -> Self {
        let most = (packed.len() as u64).saturating_mul(ratio);
        match self {
            Self::Exactly(size) if size > most => Self::Nonsense,
            Self::AtMost(size) => Self::AtMost(size.min(most)),
            told => told,
        }
    }
}

/// Snappy begins with the size.
pub(super) fn snappy(packed: &[u8]) -> Told {
    let mut size = 0_u64;
    for (place, byte) in packed.iter().take(5).enumerate() {
        size |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            // Its copies are of 64 bytes and take two.
            return Told::Exactly(size).within(packed, 64);
        }
    }
    Told::Nonsense
}

/// Gzip ends with the size, of 32 bits.
pub(super) fn gzip(packed: &[u8]) -> Told {
    match (packed, packed.last_chunk()) {
        ([0x1f, 0x8b, ..], Some(size)) => {
            Told::Exactly(u32::from_le_bytes(*size).into()).within(packed, 1032)
        }
        _ => Told::Nonsense,
    }
}

/// Zstandard may begin with the size. A block of 128 kB takes four bytes at least.
pub(super) fn zstd(packed: &[u8]) -> Told {
    match zstd::zstd_safe::get_frame_content_size(packed) {
        Ok(Some(size)) => Told::Exactly(size),
        Ok(None) => Told::AtMost(u64::MAX),
        Err(_) => Told::Nonsense,
    }
    .within(packed, 1 << 15)
}

/// A block of LZ4 says nothing, so its sequences are counted.
pub(super) fn lz4(packed: &[u8]) -> Told {
    lz4_size(packed).map_or(Told::Nonsense, Told::Exactly)
}

fn lz4_size(mut rest: &[u8]) -> Option<u64> {
    fn length(nibble: u8, rest: &mut &[u8]) -> Option<u64> {
        let mut length = u64::from(nibble);
        if nibble == 15 {
            loop {
                let (byte, after) = rest.split_first()?;
                *rest = after;
                length += u64::from(*byte);
                if *byte != 255 {
                    break;
                }
            }
        }
        Some(length)
    }
    let mut size = 0;
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        let literals = length(token >> 4, &mut rest)?;
        rest = rest.get(usize::try_from(literals).ok()?..)?;
        size += literals;
        if rest.is_empty() {
            break;
        }
        // Where the match is, and how much longer than four it is.
        rest = rest.get(2..)?;
        size += length(token & 0x0f, &mut rest)? + 4;
    }
    Some(size)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test is a panic")]
mod tests {
    use super::{Told, lz4, zstd};

    #[test]
    fn sizes_are_told_without_unpacking() {
        let text = "one two three ".repeat(1000);
        let packed = ::lz4::block::compress(text.as_bytes(), None, false).unwrap();
        assert_eq!(lz4(&packed), Told::Exactly(text.len() as u64));
        let packed = ::zstd::bulk::compress(text.as_bytes(), 1).unwrap();
        assert_eq!(zstd(&packed), Told::Exactly(text.len() as u64));
        assert_eq!(zstd(b"no frame at all"), Told::Nonsense);
    }
}
