//! How the values of a column are taken. What uses a column decides that, not what its values look
//! like: digits that feed an input of texts are texts.

use crate::inference::ElementType;

/// What a column is wanted as, by all that use it together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// As numbers.
    pub(super) numbers: Option<Numbers>,
    /// As texts, byte for byte.
    pub(super) texts: bool,
    /// As names of classes or groups: numbers stay numbers where their spelling says nothing more.
    pub(super) names: bool,
}

/// Which numbers can be taken, each including those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Numbers {
    /// Any.
    Any,
    /// Whole ones.
    Whole,
}

impl Reading {
    /// Any numbers.
    pub const NUMBERS: Self = Self {
        numbers: Some(Numbers::Any),
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

    const WHOLE: Self = Self {
        numbers: Some(Numbers::Whole),
        texts: false,
        names: false,
    };

    /// For a model's input of this type.
    pub fn feeding(element: ElementType) -> Self {
        match element {
            ElementType::Text => Self::TEXTS,
            ElementType::Float16 | ElementType::Float32 | ElementType::Float64 => Self::NUMBERS,
            _ => Self::WHOLE,
        }
    }

    /// Are only whole numbers taken?
    pub(super) fn is_whole(self) -> bool {
        self.numbers == Some(Numbers::Whole)
    }

    /// What serves both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            numbers: self.numbers.max(other.numbers),
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
        parts.extend(self.numbers.map(|numbers| match numbers {
            Numbers::Any => "numbers",
            Numbers::Whole => "whole numbers",
        }));
        parts.extend(self.texts.then_some("texts"));
        parts.extend(self.names.then_some("names"));
        parts.join(" ")
    }
}
