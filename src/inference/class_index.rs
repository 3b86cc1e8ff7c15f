//! Finds labels among the names of classes, row after row.

use std::collections::HashMap;

/// Up to so many are looked through as quickly as they are looked up.
const FEW: usize = 16;

/// The classes of a model, for the labels of one batch.
#[derive(Debug)]
pub(super) struct ClassIndex<'c> {
    names: &'c [String],
    /// The same as numbers, where all of them are.
    numbers: Option<&'c [i64]>,
    /// The first of each; nothing where there are few.
    by_name: HashMap<&'c str, usize>,
    by_number: HashMap<i64, usize>,
}

impl<'c> ClassIndex<'c> {
    pub(super) fn over(names: &'c [String], numbers: Option<&'c [i64]>) -> Self {
        let (mut by_name, mut by_number) = (HashMap::new(), HashMap::new());
        if names.len() > FEW {
            let names = names.iter().enumerate().rev();
            by_name.extend(names.map(|(place, name)| (name.as_str(), place)));
            let numbers = numbers.unwrap_or_default().iter().enumerate().rev();
            by_number.extend(numbers.map(|(place, number)| (*number, place)));
        }
        Self {
            names,
            numbers,
            by_name,
            by_number,
        }
    }

    /// The place of a class by its name.
    pub(super) fn of_text(&self, label: &str) -> Result<u32, String> {
        let place = if self.by_name.is_empty() {
            self.names.iter().position(|name| name == label)
        } else {
            self.by_name.get(label).copied()
        };
        place
            .map(|place| place as u32)
            .ok_or_else(|| self.unknown(label))
    }

    /// The place of a class by its number, or by its name, which is that number.
    pub(super) fn of_number(&self, label: i64) -> Result<u32, String> {
        let Some(numbers) = self.numbers else {
            return self.of_text(&label.to_string());
        };
        let place = if self.by_number.is_empty() {
            numbers.iter().position(|number| *number == label)
        } else {
            self.by_number.get(&label).copied()
        };
        place
            .map(|place| place as u32)
            .ok_or_else(|| self.unknown(&label.to_string()))
    }

    fn unknown(&self, label: &str) -> String {
        format!(
            "it gave the class `{label}`, which is not among its classes ({})",
            self.names.join(", ")
        )
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails may panic")]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_classes_are_found_alike() {
        for count in [3, 300] {
            let mut names: Vec<String> = (10..10 + count).map(|class| class.to_string()).collect();
            // The first of equals counts.
            names[2] = names[1].clone();
            let numbers: Vec<i64> = names.iter().map(|name| name.parse().unwrap()).collect();
            for numbers in [None, Some(&numbers[..])] {
                let index = ClassIndex::over(&names, numbers);
                assert_eq!(index.of_text("10"), Ok(0));
                assert_eq!(index.of_number(11), Ok(1));
                assert!(index.of_text("x").is_err() && index.of_number(9).is_err());
            }
        }
    }
}
