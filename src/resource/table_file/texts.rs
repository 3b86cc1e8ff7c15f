//! Texts being gathered: each distinct one is kept once.

use std::collections::{HashMap, HashSet};

use crate::resource::table::{Column, MISSING};

/// Texts so far, one a row.
#[derive(Default)]
pub(super) struct Texts {
    places: HashMap<Box<str>, u32>,
    codes: Vec<u32>,
}

impl Texts {
    /// Makes room for so many rows, and says whether there is any.
    pub(super) fn expect(&mut self, rows: usize) -> bool {
        self.codes.try_reserve_exact(rows).is_ok()
    }

    /// Adds a row.
    pub(super) fn push(&mut self, text: Option<&str>) {
        let code = text.map_or(MISSING, |text| self.code(text));
        self.codes.push(code);
    }

    fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.places.get(text) {
            return *code;
        }
        let code = self.places.len() as u32;
        self.places.insert(text.into(), code);
        code
    }

    /// The text of every row.
    pub(super) fn rows_as_texts(&self) -> Vec<Option<&str>> {
        let mut texts = vec![""; self.places.len()];
        for (text, code) in &self.places {
            texts[*code as usize] = text;
        }
        let codes = self.codes.iter();
        codes
            .map(|code| texts.get(*code as usize).copied())
            .collect()
    }

    /// The same with some of the texts missing.
    pub(super) fn without(mut self, is_missing: impl Fn(&str) -> bool) -> Self {
        let gone: HashSet<u32> = self
            .places
            .extract_if(|text, _| is_missing(text))
            .map(|(_, code)| code)
            .collect();
        let mut new: Vec<u32> = vec![MISSING; self.places.len() + gone.len()];
        for (code, place) in self.places.values_mut().zip(0..) {
            new[*code as usize] = place;
            *code = place;
        }
        for code in self.codes.iter_mut().filter(|code| **code != MISSING) {
            *code = new[*code as usize];
        }
        self
    }

    /// The distinct texts, in no order.
    pub(super) fn distinct(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(AsRef::as_ref)
    }

    /// The column, with its texts in order.
    pub(super) fn finish(self) -> Column {
        self.finish_by(Ord::cmp)
    }

    /// The column, with its texts in this order.
    pub(super) fn finish_by(self, order: impl Fn(&str, &str) -> std::cmp::Ordering) -> Column {
        let mut sorted: Vec<(Box<str>, u32)> = self.places.into_iter().collect();
        sorted.sort_unstable_by(|(one, _), (other, _)| order(one, other));
        let mut places = vec![0; sorted.len()];
        for (place, (_, code)) in sorted.iter().enumerate() {
            places[*code as usize] = place as u32;
        }
        let mut codes = self.codes;
        codes.shrink_to_fit();
        for code in codes.iter_mut().filter(|code| **code != MISSING) {
            *code = places[*code as usize];
        }
        let categories = sorted.into_iter().map(|(text, _)| text.into_string());
        Column::Texts {
            categories: categories.collect(),
            codes,
        }
    }
}
