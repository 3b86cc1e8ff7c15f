//! The newest of what goes on for ever: the last few thousand are kept, those before are counted.

use std::collections::{VecDeque, vec_deque};
use std::iter::FlatMap;
use std::sync::Arc;
use std::{fmt, slice};

/// Entries a block; the oldest go a block at a time.
const BLOCK: usize = 256;

/// Entries that are kept, oldest first.
pub type Iter<'a, T> = FlatMap<
    vec_deque::Iter<'a, Arc<Vec<T>>>,
    slice::Iter<'a, T>,
    fn(&'a Arc<Vec<T>>) -> slice::Iter<'a, T>,
>;

fn entries<T>(block: &Arc<Vec<T>>) -> slice::Iter<'_, T> {
    block.iter()
}

/// The newest `MOST` entries or some more, each under its number: how many came before it, from 0.
/// An entry keeps its number when older ones go.
///
/// A copy shares its blocks with the original until one of them changes.
#[derive(Clone)]
pub struct Recent<T, const MOST: usize = 4_096> {
    /// All but the last are full.
    blocks: VecDeque<Arc<Vec<T>>>,
    /// Entries that are not kept any more.
    gone: usize,
}

impl<T, const MOST: usize> Recent<T, MOST> {
    /// How many there have been, kept or not: the number of the next one.
    pub fn total(&self) -> usize {
        let last = self.blocks.back().map_or(0, |block| block.len());
        self.gone + self.blocks.len().saturating_sub(1) * BLOCK + last
    }

    /// The number of the oldest that is kept.
    pub fn first_number(&self) -> usize {
        self.gone
    }

    /// Has there been none?
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Those that are kept, oldest first.
    pub fn iter(&self) -> Iter<'_, T> {
        self.blocks.iter().flat_map(entries as fn(_) -> _)
    }

    /// Those that are kept, oldest first, with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &T)> {
        (self.gone..).zip(self)
    }

    /// Those that are kept from a number on, oldest first.
    pub fn since(&self, number: usize) -> impl Iterator<Item = &T> {
        let passed = number.saturating_sub(self.gone);
        let blocks = self.blocks.iter().skip(passed / BLOCK);
        blocks.flat_map(entries).skip(passed % BLOCK)
    }

    /// The newest.
    pub fn last(&self) -> Option<&T> {
        self.blocks.back()?.last()
    }

    /// The one with a number, unless it is not kept any more or still to come.
    pub fn get(&self, number: usize) -> Option<&T> {
        let place = number.checked_sub(self.gone)?;
        self.blocks.get(place / BLOCK)?.get(place % BLOCK)
    }
}

impl<T: Clone, const MOST: usize> Recent<T, MOST> {
    /// Adds one; its number.
    pub(super) fn push(&mut self, entry: T) -> usize {
        let number = self.total();
        if let Some(block) = self.blocks.back_mut()
            && block.len() < BLOCK
        {
            Arc::make_mut(block).push(entry);
            return number;
        }
        if self.blocks.len() * BLOCK >= MOST + BLOCK {
            self.blocks.pop_front();
            self.gone += BLOCK;
        }
        self.blocks.push_back(Arc::new(vec![entry]));
        number
    }

    pub(super) fn last_mut(&mut self) -> Option<&mut T> {
        Arc::make_mut(self.blocks.back_mut()?).last_mut()
    }

    pub(super) fn get_mut(&mut self, number: usize) -> Option<&mut T> {
        let place = number.checked_sub(self.gone)?;
        let block = self.blocks.get_mut(place / BLOCK)?;
        Arc::make_mut(block).get_mut(place % BLOCK)
    }
}

impl<'a, T, const MOST: usize> IntoIterator for &'a Recent<T, MOST> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T, const MOST: usize> Default for Recent<T, MOST> {
    fn default() -> Self {
        Self {
            blocks: VecDeque::new(),
            gone: 0,
        }
    }
}

impl<T: fmt::Debug, const MOST: usize> fmt::Debug for Recent<T, MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails may panic")]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_under_their_numbers() {
        let mut recent: Recent<usize, 1_000> = Recent::default();
        assert!(recent.is_empty() && recent.last().is_none());
        for number in 0..100_000 {
            assert_eq!(recent.push(number), number);
            let kept = recent.total() - recent.first_number();
            assert!(
                kept <= 1_000_usize.next_multiple_of(BLOCK) + BLOCK
                    && (kept >= 1_000 || recent.first_number() == 0)
            );
        }
        let first = recent.first_number();
        assert_eq!(recent.total(), 100_000);
        assert!(recent.numbered().all(|(number, entry)| number == *entry));
        assert!(recent.iter().copied().eq(first..100_000));
        assert_eq!(recent.iter().rfind(|n| *n % 700 == 0), Some(&99_400));
        for number in [0, first - 1, first, first + 300, 99_999, 100_000] {
            let is_kept = (first..100_000).contains(&number);
            assert_eq!(recent.get(number).copied(), is_kept.then_some(number));
            let from = number.max(first);
            assert!(recent.since(number).copied().eq(from..100_000));
        }
    }

    #[test]
    fn a_copy_stays_as_it_was() {
        let mut recent: Recent<usize, 1_000> = Recent::default();
        for number in 0..600 {
            recent.push(number);
        }
        let copy = recent.clone();
        *recent.get_mut(3).unwrap() = 0;
        *recent.last_mut().unwrap() = 0;
        recent.push(600);
        assert!(copy.iter().copied().eq(0..600));
        assert_eq!(recent.get(3), Some(&0));
        assert_eq!(recent.get(599), Some(&0));
        let shared = |n: usize| Arc::ptr_eq(&recent.blocks[n], &copy.blocks[n]);
        assert_eq!([0, 1, 2].map(shared), [false, true, false]);
    }
}
