//! Rows by rising score, a part of them at a time: what is measured of rows in order needs no list of
//! all of them.

use super::order::{narrow_sort_key, sort_key};

/// Rows that are put in order at a time, at least.
const FEWEST: usize = 1 << 20;
/// Of more rows, so many parts are enough: each takes a pass over all scores.
const PARTS: usize = 16;
/// Bits of a key that are told apart in one pass.
const DIGIT: u32 = 16;

/// A score, in either precision: both give the same numbers in the same order.
pub trait Score: Copy {
    /// What orders a row by its score, with the row itself.
    type Entry: Copy + Ord;
    /// Bits that keys take, from the right.
    const KEY_BITS: u32;

    /// The number.
    fn value(self) -> f64;
    /// Orders as the numbers do; `-0.0` and `0.0` share one key.
    fn key(self) -> u64;
    /// Orders by key, then by row.
    fn entry(self, row: u32) -> Self::Entry;
    /// Key and row of an entry.
    fn parts(entry: Self::Entry) -> (u64, u32);
}

impl Score for f64 {
    type Entry = (u64, u32);
    const KEY_BITS: u32 = u64::BITS;

    fn value(self) -> f64 {
        self
    }

    fn key(self) -> u64 {
        sort_key(self)
    }

    fn entry(self, row: u32) -> (u64, u32) {
        (self.key(), row)
    }

    fn parts(entry: (u64, u32)) -> (u64, u32) {
        entry
    }
}

impl Score for f32 {
    type Entry = u64;
    const KEY_BITS: u32 = u32::BITS;

    fn value(self) -> f64 {
        f64::from(self)
    }

    fn key(self) -> u64 {
        u64::from(narrow_sort_key(self))
    }

    fn entry(self, row: u32) -> u64 {
        self.key() << u32::BITS | u64::from(row)
    }

    fn parts(entry: u64) -> (u64, u32) {
        (entry >> u32::BITS, entry as u32)
    }
}

/// Rows that are put in order at a time, of so many.
pub fn rows_at_a_time(rows: usize) -> usize {
    rows.min(FEWEST.max(rows / PARTS))
}

/// Hands every row to `visit`, with the key of its score: by rising key, and in their order where keys
/// are equal.
///
/// # Panics
/// If there are 2^32 rows.
pub(super) fn by_rising_score<S: Score>(scores: &[S], visit: &mut impl FnMut(u64, u32)) {
    assert!(u32::try_from(scores.len()).is_ok(), "rows fit 32 bits");
    let most = rows_at_a_time(scores.len());
    let mut walk = Walk {
        scores,
        most,
        entries: Vec::with_capacity(most),
        visit,
    };
    if scores.len() == most {
        walk.take(|_| true);
    } else {
        walk.digit(0, S::KEY_BITS);
    }
}

struct Walk<'a, S: Score, V> {
    scores: &'a [S],
    /// Rows that are put in order at a time.
    most: usize,
    entries: Vec<S::Entry>,
    visit: &'a mut V,
}

impl<S: Score, V: FnMut(u64, u32)> Walk<'_, S, V> {
    /// Visits the rows whose keys begin with `prefix`, all but the last `free` bits of them.
    fn digit(&mut self, prefix: u64, free: u32) {
        let shift = free - DIGIT;
        let first = prefix << DIGIT;
        let mut counts = vec![0_usize; 1 << DIGIT];
        for key in self.scores.iter().map(|score| score.key()) {
            if let Some(count) = counts.get_mut(((key >> shift).wrapping_sub(first)) as usize) {
                *count += 1;
            }
        }
        let mut next = 0;
        while next < counts.len() {
            let begin = next;
            let mut rows = 0;
            while next < counts.len() && (rows == 0 || rows + counts[next] <= self.most) {
                rows += counts[next];
                next += 1;
            }
            let places = first + begin as u64..first + next as u64;
            if rows <= self.most {
                self.take(|key| places.contains(&(key >> shift)));
            } else if shift > 0 {
                // All of them are in the last place.
                self.digit(places.end - 1, shift);
            } else {
                self.take_ties(places.end - 1);
            }
        }
    }

    /// Visits the rows of these keys, of which there are few enough.
    fn take(&mut self, is_in: impl Fn(u64) -> bool) {
        let mut entries = std::mem::take(&mut self.entries);
        entries.clear();
        let rows = self.scores.iter().zip(0..);
        let rows = rows.filter(|(score, _)| is_in(score.key()));
        entries.extend(rows.map(|(score, row)| score.entry(row)));
        entries.sort_unstable();
        for entry in &entries {
            let (key, row) = S::parts(*entry);
            (self.visit)(key, row);
        }
        self.entries = entries;
    }

    /// Visits all rows of one key.
    fn take_ties(&mut self, key: u64) {
        for (score, row) in self.scores.iter().zip(0..) {
            if score.key() == key {
                (self.visit)(key, row);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Score, Walk, by_rising_score};

    /// Some scores of few values, some of many, and what is no score.
    fn scores(rows: u32) -> Vec<f32> {
        let score = |row: u32| match row % 7 {
            0 => 0.25,
            1 => -0.0,
            2 => 0.0,
            3 => f32::NAN,
            4 => -f32::INFINITY,
            _ => (row.wrapping_mul(2_654_435_761) >> 8) as f32 / 1.6e7 - 0.5,
        };
        (0..rows).map(score).collect()
    }

    fn sorted<S: Score>(scores: &[S]) -> Vec<(u64, u32)> {
        let mut all: Vec<(u64, u32)> = scores.iter().map(|s| s.key()).zip(0..).collect();
        all.sort_unstable();
        all
    }

    fn walked<S: Score>(scores: &[S], most: usize) -> Vec<(u64, u32)> {
        let mut seen = Vec::new();
        let mut visit = |key, row| seen.push((key, row));
        let mut walk = Walk {
            scores,
            most,
            entries: Vec::new(),
            visit: &mut visit,
        };
        walk.digit(0, S::KEY_BITS);
        assert!(walk.entries.capacity() < 4 * most.max(4), "{most}");
        seen
    }

    #[test]
    fn rows_come_in_order_however_few_are_put_in_order_at_a_time() {
        let narrow = scores(2_000);
        let wide: Vec<f64> = narrow.iter().map(|score| score.value()).collect();
        for most in [1, 7, 300, 2_000] {
            assert_eq!(walked(&narrow, most), sorted(&narrow), "{most}");
            assert_eq!(walked(&wide, most), sorted(&wide), "{most}");
        }
        let mut seen = Vec::new();
        by_rising_score(&narrow, &mut |key, row| seen.push((key, row)));
        assert_eq!(seen, sorted(&narrow));
    }

    #[test]
    fn both_precisions_order_rows_alike() {
        let narrow = scores(500);
        let wide: Vec<f64> = narrow.iter().map(|score| score.value()).collect();
        let rows = |all: Vec<(u64, u32)>| all.into_iter().map(|(_, row)| row).collect::<Vec<_>>();
        assert_eq!(rows(sorted(&narrow)), rows(sorted(&wide)));
        let ties = |all: Vec<(u64, u32)>| {
            let pairs = all.windows(2).map(|pair| pair[0].0 == pair[1].0);
            pairs.collect::<Vec<_>>()
        };
        assert_eq!(ties(sorted(&narrow)), ties(sorted(&wide)));
    }
}
