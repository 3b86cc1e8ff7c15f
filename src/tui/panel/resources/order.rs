//! The order of the resources: the tree, or all of them by one column.

use std::cmp::Ordering;

use crate::ledger::ResourceRecord;

/// A column to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// The largest first.
    Size,
    /// What took longest first.
    Load,
    /// What was asked for most first.
    Asks,
    /// By name.
    Name,
}

impl Column {
    const ALL: [Self; 4] = [Self::Size, Self::Load, Self::Asks, Self::Name];

    /// As its head says.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Load => "load",
            Self::Asks => "asks",
            Self::Name => "name",
        }
    }

    fn compare(self, one: &ResourceRecord, other: &ResourceRecord) -> Ordering {
        match self {
            Self::Size => other.bytes_or_estimate().cmp(&one.bytes_or_estimate()),
            Self::Load => {
                let seconds = |r: &ResourceRecord| r.load_seconds.unwrap_or(-1.0);
                seconds(other).total_cmp(&seconds(one))
            }
            Self::Asks => other.requests.cmp(&one.requests),
            Self::Name => one.name.cmp(&other.name),
        }
    }
}

/// By which column, and which way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// Which column.
    pub column: Column,
    /// The other way round?
    pub is_reversed: bool,
}

impl Order {
    /// By the column after this one; none, and so the tree, after the last.
    pub(super) fn next(order: Option<Self>) -> Option<Self> {
        let at = match order {
            None => 0,
            Some(order) => order.column as usize + 1,
        };
        Column::ALL.get(at).map(|column| Self {
            column: *column,
            is_reversed: false,
        })
    }

    /// In words.
    pub(super) fn words(order: Option<Self>) -> String {
        match order {
            None => "the resources by kind".to_owned(),
            Some(order) => {
                let reversed = if order.is_reversed { ", reversed" } else { "" };
                format!("the resources by {}{reversed}", order.column.title())
            }
        }
    }

    /// Which of two comes first.
    pub(super) fn compare(self, one: &ResourceRecord, other: &ResourceRecord) -> Ordering {
        let order = self.column.compare(one, other);
        if self.is_reversed {
            order.reverse()
        } else {
            order
        }
    }
}
