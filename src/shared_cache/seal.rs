//! Seals: with a key in the environment, records carry a keyed BLAKE3, and one without the right seal is
//! not believed.
//!
//! ```text
//! 8 bytes   the format and its version
//! 1 byte    1 where a seal follows
//! 32 bytes  the seal, where there is one: the keyed BLAKE3 of the key of the entry and its record
//! record    as on the disk
//! ```

use crate::vocabulary::ContentId;

const MAGIC: &[u8; 8] = b"ldshare\x01";
const SEAL: usize = 32;
/// What keys are derived for, so that a secret that is used elsewhere too gives another key there.
const CONTEXT: &str = "lazydebugger 2026-11 shared cache records";

/// What is beside the record.
pub(super) const OVERHEAD: usize = MAGIC.len() + 1 + SEAL;

/// Seals records, and looks at seals.
#[derive(Clone)]
pub(super) struct Sealer {
    key: Option<[u8; 32]>,
}

/// Why a record is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It is none.
    NotOne,
    /// Nobody who has the key has written it.
    Foreign,
}

impl Sealer {
    /// Seals with a key made of this secret; without one, nothing is sealed, and all is believed.
    pub(super) fn new(secret: Option<&str>) -> Self {
        Self {
            key: secret.map(|secret| blake3::derive_key(CONTEXT, secret.as_bytes())),
        }
    }

    pub(super) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    fn seal(key: &[u8; 32], id: ContentId, record: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(key);
        hasher.update(id.as_bytes());
        hasher.update(record);
        hasher.finalize()
    }

    pub(super) fn close(&self, id: ContentId, record: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(OVERHEAD + record.len());
        bytes.extend_from_slice(MAGIC);
        bytes.push(u8::from(self.has_key()));
        if let Some(key) = &self.key {
            bytes.extend_from_slice(Self::seal(key, id, record).as_bytes());
        }
        bytes.extend_from_slice(record);
        bytes
    }

    pub(super) fn open<'b>(&self, id: ContentId, bytes: &'b [u8]) -> Result<&'b [u8], Broken> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(Broken::NotOne)?;
        let (is_sealed, rest) = rest.split_first().ok_or(Broken::NotOne)?;
        let (seal, record) = match is_sealed {
            0 => (None, rest),
            1 => {
                let (seal, record) = rest.split_first_chunk::<SEAL>().ok_or(Broken::NotOne)?;
                (Some(*seal), record)
            }
            _ => return Err(Broken::NotOne),
        };
        match (&self.key, seal) {
            (None, _) => Ok(record),
            // Hashes are compared in constant time.
            (Some(key), Some(seal)) if Self::seal(key, id, record) == seal => Ok(record),
            (Some(_), _) => Err(Broken::Foreign),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: ContentId = ContentId::new([7; 32]);

    #[test]
    fn only_the_key_opens_what_it_has_closed() {
        let (open, ours, theirs) = (
            Sealer::new(None),
            Sealer::new(Some("ours")),
            Sealer::new(Some("theirs")),
        );
        let sealed = ours.close(ID, b"record");
        assert_eq!(ours.open(ID, &sealed), Ok(&b"record"[..]));
        assert_eq!(open.open(ID, &sealed), Ok(&b"record"[..]));
        assert_eq!(theirs.open(ID, &sealed), Err(Broken::Foreign));
        assert_eq!(
            ours.open(ContentId::new([8; 32]), &sealed),
            Err(Broken::Foreign)
        );
        let plain = open.close(ID, b"record");
        assert_eq!(open.open(ID, &plain), Ok(&b"record"[..]));
        assert_eq!(ours.open(ID, &plain), Err(Broken::Foreign));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let sealer = Sealer::new(Some("ours"));
        let sealed = sealer.close(ID, b"record");
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(sealer.open(ID, &flipped).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(sealer.open(ID, &sealed[..length]).is_err(), "{length}");
        }
    }
}
