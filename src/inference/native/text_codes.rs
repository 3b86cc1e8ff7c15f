//! From a text to its place in a list.

use std::collections::HashMap;

use super::footprint;

/// Texts by their place; of equal texts the last counts.
#[derive(Debug)]
pub(super) struct TextCodes {
    codes: HashMap<String, u32>,
}

/// A power of two, above the number of categories that most columns have.
const SLOTS: usize = 64;

/// Remembers texts by their address: columns of categories repeat the same few strings, and
/// comparing an address costs a fraction of hashing the text behind it.
pub(super) struct Memo<'c, 't> {
    codes: &'c TextCodes,
    slots: [(&'t str, Option<u32>); SLOTS],
}

impl TextCodes {
    pub(super) fn new(texts: Vec<String>) -> Self {
        TextCodes {
            codes: texts.into_iter().zip(0..).collect(),
        }
    }

    /// Of equal texts the first counts.
    pub(super) fn first(texts: Vec<String>) -> Self {
        let mut codes = HashMap::with_capacity(texts.len());
        for (text, code) in texts.into_iter().zip(0..) {
            codes.entry(text).or_insert(code);
        }
        TextCodes { codes }
    }

    pub(super) fn code(&self, text: &str) -> Option<u32> {
        self.codes.get(text).copied()
    }

    /// The codes of values that are places in `texts`. Each text is looked up once, unless there are
    /// more of them than values.
    pub(super) fn of_categories(&self, texts: &[&str], places: &[u32]) -> Vec<Option<u32>> {
        if texts.len() > places.len() {
            let code = |place: &u32| self.code(texts[*place as usize]);
            return places.iter().map(code).collect();
        }
        let codes: Vec<Option<u32>> = texts.iter().map(|text| self.code(text)).collect();
        places.iter().map(|place| codes[*place as usize]).collect()
    }

    /// For one column of one block.
    pub(super) fn memo<'t>(&self) -> Memo<'_, 't> {
        Memo {
            codes: self,
            slots: [("", self.code("")); SLOTS],
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let texts: usize = self.codes.keys().map(footprint::text).sum();
        texts + footprint::table(&self.codes)
    }
}

impl<'t> Memo<'_, 't> {
    pub(super) fn code(&mut self, text: &'t str) -> Option<u32> {
        let address = text.as_ptr() as usize;
        let slot = (address >> 3 ^ address >> 8 ^ text.len()) % SLOTS;
        let (known, code) = self.slots[slot];
        if std::ptr::eq(known, text) {
            return code;
        }
        let code = self.codes.code(text);
        self.slots[slot] = (text, code);
        code
    }
}
