//! Scores in memory: as they are, or packed while nobody works with them. What is packed is restored
//! bit for bit; that is seen to before the raw scores are let go.
//!
//! Probabilities hardly compress: neighbouring rows have little in common but their exponents. So the
//! bytes of equal weight are put side by side where that helps, and what does not get smaller stays.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use crate::engine::Packed;
use crate::vocabulary::Codec;

const WIDTH: usize = size_of::<f32>();
/// zstd's own default: higher levels take many times as long for next to nothing on such data.
const ZSTD_LEVEL: i32 = 3;

/// Scores, packed or not.
#[derive(Debug)]
pub(super) struct StoredScores(RwLock<Form>);

#[derive(Debug)]
enum Form {
    Raw(Arc<Vec<f32>>),
    Packed(PackedScores),
}

#[derive(Debug)]
struct PackedScores {
    codec: Codec,
    /// Do bytes of equal weight lie side by side?
    shuffled: bool,
    bytes: Vec<u8>,
    /// Number of scores.
    len: usize,
}

impl StoredScores {
    pub(super) fn new(scores: Vec<f32>) -> Self {
        Self(RwLock::new(Form::Raw(Arc::new(scores))))
    }

    /// The scores as they were.
    pub(super) fn get(&self) -> Arc<Vec<f32>> {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            Form::Raw(scores) => scores.clone(),
            Form::Packed(packed) => Arc::new(packed.restore().unwrap_or_default()),
        }
    }

    /// Bytes they take now.
    pub(super) fn bytes(&self) -> u64 {
        let bytes = match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            Form::Raw(scores) => scores.len() * WIDTH,
            Form::Packed(packed) => packed.bytes.len(),
        };
        bytes as u64
    }

    /// Packs the scores if that makes them smaller.
    pub(super) fn pack(&self, codec: Codec) -> Packed {
        let started = Instant::now();
        let raw = self.get();
        let packed = [false, true]
            .into_iter()
            .filter_map(|shuffled| PackedScores::of(&raw, codec, shuffled))
            .min_by_key(|packed| packed.bytes.len())
            .filter(|packed| packed.bytes.len() < raw.len() * WIDTH);
        let seconds = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let is_same = |restored: Vec<f32>| {
            let bits = |scores: &[f32]| scores.iter().map(|s| s.to_bits()).collect::<Vec<_>>();
            bits(&restored) == bits(&raw)
        };
        let packed = packed.filter(|packed| packed.restore().is_some_and(is_same));
        let restore_seconds = started.elapsed().as_secs_f64();
        if let Some(packed) = packed {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = Form::Packed(packed);
        }
        Packed {
            codec,
            bytes: self.bytes(),
            seconds,
            restore_seconds,
        }
    }
}

impl PackedScores {
    fn of(scores: &[f32], codec: Codec, shuffled: bool) -> Option<Self> {
        let raw = to_bytes(scores, shuffled);
        let mut bytes = match codec {
            Codec::Lz4 => lz4::block::compress(&raw, None, false).ok()?,
            Codec::Zstd => zstd::bulk::compress(&raw, ZSTD_LEVEL).ok()?,
        };
        bytes.shrink_to_fit();
        Some(Self {
            codec,
            shuffled,
            bytes,
            len: scores.len(),
        })
    }

    fn restore(&self) -> Option<Vec<f32>> {
        let length = self.len * WIDTH;
        let raw = match self.codec {
            Codec::Lz4 => {
                let length = i32::try_from(length).ok()?;
                lz4::block::decompress(&self.bytes, Some(length)).ok()?
            }
            Codec::Zstd => zstd::bulk::decompress(&self.bytes, length).ok()?,
        };
        Some(from_bytes(&raw, self.shuffled))
    }
}

fn to_bytes(scores: &[f32], shuffled: bool) -> Vec<u8> {
    let bytes = scores.iter().map(|score| score.to_le_bytes());
    if shuffled {
        let plane = |place: usize| bytes.clone().map(move |bytes| bytes[place]);
        (0..WIDTH).flat_map(plane).collect()
    } else {
        bytes.flatten().collect()
    }
}

fn from_bytes(raw: &[u8], shuffled: bool) -> Vec<f32> {
    let len = raw.len() / WIDTH;
    let byte = |score: usize, place: usize| {
        if shuffled {
            raw[place * len + score]
        } else {
            raw[score * WIDTH + place]
        }
    };
    let score = |at| f32::from_le_bytes([byte(at, 0), byte(at, 1), byte(at, 2), byte(at, 3)]);
    (0..len).map(score).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(scores: &[f32]) -> Vec<u32> {
        scores.iter().map(|score| score.to_bits()).collect()
    }

    /// A forest's shares of votes: few distinct values.
    fn votes(rows: u32) -> Vec<f32> {
        (0..rows)
            .map(|row| (row * row % 101) as f32 / 100.0)
            .collect()
    }

    #[test]
    fn what_is_packed_is_restored_bit_for_bit() {
        let odd = [
            0.0,
            -0.0,
            f32::NAN,
            -f32::NAN,
            f32::INFINITY,
            f32::MIN_POSITIVE,
            1e-45,
        ];
        let mut scores = votes(5_000);
        scores.extend(odd);
        for codec in [Codec::Lz4, Codec::Zstd] {
            let stored = StoredScores::new(scores.clone());
            let packed = stored.pack(codec);
            assert!(packed.bytes < 20_028, "{codec}: {}", packed.bytes);
            assert_eq!(packed.bytes, stored.bytes());
            assert_eq!(bits(&stored.get()), bits(&scores), "{codec}");
            assert_eq!(stored.pack(codec).bytes, packed.bytes, "once more");
            assert_eq!(bits(&stored.get()), bits(&scores), "{codec}");
        }
    }

    #[test]
    fn what_does_not_get_smaller_stays_as_it_is() {
        for scores in [vec![], vec![0.125_f32]] {
            let stored = StoredScores::new(scores.clone());
            assert_eq!(stored.pack(Codec::Zstd).bytes, 4 * scores.len() as u64);
            assert_eq!(*stored.get(), scores);
        }
    }
}
