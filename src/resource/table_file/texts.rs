//! Texts being gathered: each distinct one is kept once.

use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;

use crate::resource::table::{Column, MISSING};

/// From this length on, a text is known by where it lies before it is looked at: rows that share one are
/// many in a dictionary, and reading it for each would take their product, whatever the file's size.
const LONG: usize = 1 << 10;

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

    /// For rows that may share their bytes.
    pub(super) fn shared<'r>(&mut self) -> Shared<'_, 'r> {
        Shared {
            out: self,
            met: HashMap::new(),
            rows: PhantomData,
        }
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

/// Texts of rows that may share their bytes, which stay where they are meanwhile: a long text is read once.
pub(super) struct Shared<'t, 'r> {
    out: &'t mut Texts,
    /// By where they begin, and their length.
    met: HashMap<(usize, usize), u32>,
    rows: PhantomData<&'r [u8]>,
}

impl<'r> Shared<'_, 'r> {
    /// Adds a row, whose bytes are this text.
    pub(super) fn push<T: AsRef<[u8]> + ?Sized, E>(
        &mut self,
        row: Option<&'r T>,
        text: impl FnOnce(&'r T) -> Result<&'r str, E>,
    ) -> Result<(), E> {
        let Some(row) = row else {
            self.out.push(None);
            return Ok(());
        };
        let bytes = row.as_ref();
        if bytes.len() < LONG {
            self.out.push(Some(text(row)?));
            return Ok(());
        }
        let place = (bytes.as_ptr().addr(), bytes.len());
        let code = if let Some(code) = self.met.get(&place) {
            *code
        } else {
            let code = self.out.code(text(row)?);
            self.met.insert(place, code);
            code
        };
        self.out.codes.push(code);
        Ok(())
    }
}
