//! What an attack is made up from: numbers that are the same for the same seed.

use blake3::Hasher;

/// Numbers one after the other (splitmix64).
pub(super) struct Chance(u64);

impl Chance {
    /// Those of an attack.
    pub(super) fn of(seed: u64, family: &str, attack: u64) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(&seed.to_le_bytes());
        hasher.update(family.as_bytes());
        hasher.update(&attack.to_le_bytes());
        let hash = hasher.finalize();
        let (start, _) = hash.as_bytes().split_first_chunk().unwrap();
        Self(u64::from_le_bytes(*start))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`, which is not zero.
    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Does it happen, once in so many times?
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(super) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Damages bytes in one to eight places.
    pub(super) fn damage(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(8) {
            self.damage_once(bytes);
        }
    }

    fn damage_once(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let at = self.below(bytes.len());
        let length = 1 + self.below(64.min(bytes.len() - at));
        match self.below(9) {
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes[at] = self.next() as u8,
            2 => bytes.truncate(at),
            3 => bytes[at..at + length].fill(self.one_of(&[0, 0xff, b'9', b'\n', b'"'])),
            4 => drop(bytes.drain(at..at + length)),
            5 => {
                let part = bytes[at..at + length].to_vec();
                bytes.splice(at..at, part);
            }
            6 => {
                let part = bytes[at..at + length].to_vec();
                let to = self.below(bytes.len() - length + 1);
                bytes[to..to + length].copy_from_slice(&part);
            }
            7 => {
                // A number of four or eight bytes that claims much.
                let claims = [u64::MAX, 1 << 62, 1 << 31, u64::from(u32::MAX), 0];
                let claim = self.one_of(&claims).to_le_bytes();
                let end = bytes.len().min(at + self.one_of(&[4, 8]));
                bytes[at..end].copy_from_slice(&claim[..end - at]);
            }
            _ => {
                let words = [
                    "-1",
                    "1e999",
                    "18446744073709551616",
                    "NaN",
                    "\u{0}",
                    "[[[[[[[[",
                ];
                let word = self.one_of(&words);
                bytes.splice(at..at + length, word.bytes());
            }
        }
    }
}
