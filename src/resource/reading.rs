//! How the values of a column are taken. What uses a column decides that, not what its values look
//! like: digits that feed an input of texts are texts.

use crate::inference::ElementType;

/// Whole numbers beyond this are not told apart as f64.
const LARGEST_EXACT: i64 = (1 << 53) - 1;

/// What a column is wanted as, by all that use it together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// As numbers.
    pub(super) numbers: Option<NumberRange>,
    /// As texts, byte for byte.
    pub(super) texts: bool,
    /// As names of classes or groups: numbers stay numbers where their spelling says nothing more.
    pub(super) names: bool,
}

/// Which numbers can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberRange {
    Any,
    /// Whole ones between these, both included.
    Whole {
        least: i64,
        most: i64,
    },
}

impl Reading {
    /// Any numbers.
    pub const NUMBERS: Self = Self {
        numbers: Some(NumberRange::Any),
        texts: false,
        names: false,
    };
    /// Names of classes or groups.
    pub const NAMES: Self = Self {
        numbers: None,
        texts: false,
        names: true,
    };
    const TEXTS: Self = Self {
        numbers: None,
        texts: true,
        names: false,
    };

    /// For a model's input of this type.
    pub fn feeding(element: ElementType) -> Self {
        let whole = |least: i64, most: i64| Self {
            numbers: Some(NumberRange::Whole { least, most }),
            ..Self::default()
        };
        match element {
            ElementType::Text => Self::TEXTS,
            ElementType::Float16 | ElementType::Float32 | ElementType::Float64 => Self::NUMBERS,
            ElementType::Int32 => whole(i64::from(i32::MIN), i64::from(i32::MAX)),
            ElementType::Int64 | ElementType::Bool => whole(-LARGEST_EXACT, LARGEST_EXACT),
        }
    }

    /// What serves both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        use NumberRange::{Any, Whole};
        let numbers = match (self.numbers, other.numbers) {
            (None | Some(Any), range) | (range, None | Some(Any)) if range.is_some() => range,
            (
                Some(Whole { least, most }),
                Some(Whole {
                    least: second,
                    most: last,
                }),
            ) => Some(Whole {
                least: least.max(second),
                most: most.min(last),
            }),
            (one, _) => one,
        };
        Self {
            numbers,
            texts: self.texts || other.texts,
            names: self.names || other.names,
        }
    }

    /// Is what is read like this what the other wants?
    pub(super) fn serves(self, other: Self) -> bool {
        self.and(other) == self
    }

    /// In content ids.
    pub(super) fn describe(self) -> String {
        let mut parts = Vec::new();
        match self.numbers {
            Some(NumberRange::Any) => parts.push("numbers".to_owned()),
            Some(NumberRange::Whole { least, most }) => parts.push(format!("whole {least} {most}")),
            None => {}
        }
        parts.extend(self.texts.then(|| "texts".to_owned()));
        parts.extend(self.names.then(|| "names".to_owned()));
        parts.join(" ")
    }
}
