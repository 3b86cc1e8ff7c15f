//! Records: what an entry is, as bytes that are checked.
//!
//! ```text
//! 8 bytes   the format and its version
//! 4 bytes   length of the head, least first
//! head      JSON: the key, what is known of the entry, the digest of a body that is apart
//! body      where it is small
//! 32 bytes  BLAKE3 of all before
//! ```

use std::io;

use serde::{Deserialize, Serialize};

use crate::engine::tier::TierEntry;
use crate::vocabulary::ContentId;

/// The first bytes of every record; the last of them is the version.
const MAGIC: &[u8; 8] = b"ldcach\x00\x01";
const CHECKSUM: usize = 32;

/// A record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    /// What is known of the entry.
    pub(crate) entry: TierEntry,
    pub(crate) body: Body,
}

/// Where the body is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    /// In the record.
    Here(Vec<u8>),
    /// In a file of its own, by the digest of its bytes.
    Apart(ContentId),
}

#[derive(Serialize, Deserialize)]
struct Head {
    key: ContentId,
    #[serde(flatten)]
    entry: TierEntry,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<ContentId>,
}

/// No record of this entry is larger, its body aside.
pub(super) fn most_overhead(entry: &TierEntry) -> u64 {
    const FIXED: usize = 1024;
    const A_PART: usize = 96;
    let parts: usize = entry
        .parts
        .iter()
        .map(|(name, _)| name.len() * 2 + A_PART)
        .sum();
    (FIXED + (entry.name.len() + entry.detail.len()) * 2 + parts) as u64
}

impl Record {
    pub(crate) fn to_bytes(&self, key: ContentId) -> io::Result<Vec<u8>> {
        let head = Head {
            key,
            entry: self.entry.clone(),
            body: match self.body {
                Body::Here(_) => None,
                Body::Apart(digest) => Some(digest),
            },
        };
        let head = serde_json::to_vec(&head)?;
        let length = u32::try_from(head.len()).map_err(io::Error::other)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&head);
        if let Body::Here(body) = &self.body {
            bytes.extend_from_slice(body);
        }
        let checksum = blake3::hash(&bytes);
        bytes.extend_from_slice(checksum.as_bytes());
        Ok(bytes)
    }

    /// The record of this key; none where another version of the program has written it, the damage
    /// where it is not what was written.
    pub(crate) fn from_bytes(bytes: &[u8], key: ContentId) -> Result<Option<Self>, String> {
        let cut = || "it is cut short".to_owned();
        let (magic, _) = bytes.split_first_chunk::<8>().ok_or_else(cut)?;
        let (checked, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or_else(cut)?;
        if blake3::hash(checked).as_bytes() != checksum {
            return Err("its checksum is wrong".to_owned());
        }
        if magic != MAGIC {
            return Ok(None);
        }
        let rest = checked.get(MAGIC.len()..).ok_or_else(cut)?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|e| e.to_string())?;
        let (head, body) = rest.split_at_checked(length).ok_or_else(cut)?;
        let head: Head = serde_json::from_slice(head).map_err(|error| error.to_string())?;
        if head.key != key {
            return Err("it is that of another entry".to_owned());
        }
        let body = match head.body {
            Some(digest) => Body::Apart(digest),
            None if body.len() as u64 == head.entry.body_bytes => Body::Here(body.to_vec()),
            None => return Err("its body is of another length".to_owned()),
        };
        Ok(Some(Self {
            entry: head.entry,
            body,
        }))
    }

    /// The digest of a body in a file of its own.
    pub(super) fn digest(&self) -> Option<ContentId> {
        match self.body {
            Body::Here(_) => None,
            Body::Apart(digest) => Some(digest),
        }
    }
}
