//! The distinct values of a column, gathered part by part: of many rows they are few as a rule.

use std::collections::BTreeSet;

use crate::resource::table::{Column, NumberKind, number_text, unsigned_zero};

/// Values so far.
#[derive(Default)]
pub(super) struct Distinct {
    texts: BTreeSet<String>,
    numbers: BTreeSet<u64>,
    kind: Option<NumberKind>,
}

impl Distinct {
    /// Adds what a part of the column holds.
    pub(super) fn add(&mut self, part: &Column) {
        match part {
            Column::Texts { categories, .. } => self.texts.extend(categories.iter().cloned()),
            Column::Numbers { values, kind } => {
                self.kind = Some(*kind);
                let mut last = None;
                for value in values.iter().filter(|value| !value.is_nan()) {
                    let bits = unsigned_zero(*value).to_bits();
                    if last != Some(bits) {
                        self.numbers.insert(bits);
                    }
                    last = Some(bits);
                }
            }
        }
    }

    /// All of them as names of classes, in the order that a column has them in.
    pub(super) fn names(self) -> Vec<String> {
        let mut numbers: Vec<f64> = self.numbers.into_iter().map(f64::from_bits).collect();
        numbers.sort_by(f64::total_cmp);
        let kind = self.kind.unwrap_or(NumberKind::Float);
        let numbers = numbers.into_iter().map(|value| number_text(value, kind));
        numbers.chain(self.texts).collect()
    }
}
