//! What a user looks for in a list: words that must all hold of a row.
//!
//! `>10MB` and `<10MB` hold of what takes more or less, `by:fairness` of what somebody asked for, and
//! any other word where it is written: in the name of a row, in where it stands, in its reason.

use crate::settings::Size;

/// What a list is filtered by; empty it holds of every row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    /// In lower case.
    Word(String),
    /// In lower case.
    By(String),
    LargerThan(u64),
    SmallerThan(u64),
}

impl Term {
    fn of(word: &str) -> Self {
        let folded = word.to_lowercase();
        let size = |text: &str| text.parse::<Size>().ok();
        if let Some(who) = folded.strip_prefix("by:") {
            return Self::By(who.to_owned());
        }
        if let Some(size) = folded.strip_prefix('>').and_then(size) {
            return Self::LargerThan(size.0);
        }
        if let Some(size) = folded.strip_prefix('<').and_then(size) {
            return Self::SmallerThan(size.0);
        }
        Self::Word(folded)
    }

    fn holds(&self, row: &Candidate<'_>) -> bool {
        match self {
            Self::Word(word) => row.words.iter().any(|words| contains(words, word)),
            Self::By(who) => row.by.iter().any(|words| contains(words, who)),
            Self::LargerThan(bytes) => row.bytes.is_some_and(|own| own > *bytes),
            Self::SmallerThan(bytes) => row.bytes.is_some_and(|own| own < *bytes),
        }
    }
}

fn contains(words: &str, word: &str) -> bool {
    words.to_lowercase().contains(word)
}

/// A row as it is looked at.
#[derive(Clone, Debug, Default)]
pub struct Candidate<'r> {
    /// What is written in it, and other words for it.
    pub words: Vec<&'r str>,
    /// What it takes, where that is known.
    pub bytes: Option<u64>,
    /// Who asked for it, who holds it.
    pub by: Vec<&'r str>,
}

impl Filter {
    /// As typed: words between blanks.
    pub fn of(text: &str) -> Self {
        Self {
            text: text.trim_start().to_owned(),
            terms: text.split_whitespace().map(Term::of).collect(),
        }
    }

    /// Does it hold of everything?
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// As typed.
    pub fn text(&self) -> &str {
        self.text.trim_end()
    }

    /// Does it hold of a row?
    pub fn holds(&self, row: &Candidate<'_>) -> bool {
        self.terms.iter().all(|term| term.holds(row))
    }

    /// The words that are looked for where they are written, in lower case.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match term {
            Term::Word(word) | Term::By(word) if !word.is_empty() => Some(word.as_str()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<'r>(words: &[&'r str], by: &[&'r str], bytes: u64) -> Candidate<'r> {
        Candidate {
            words: words.to_vec(),
            bytes: Some(bytes),
            by: by.to_vec(),
        }
    }

    #[test]
    fn all_words_must_hold() {
        let forest = row(
            &["random_forest@dataset", "miss evicted by lru"],
            &["fairness"],
            20_000_000,
        );
        for (text, holds) in [
            ("", true),
            ("  ", true),
            ("miss", true),
            ("EVICTED forest", true),
            ("miss hit", false),
            (">10MB", true),
            ("<10MB", false),
            ("by:fair", true),
            ("by:resilience", false),
            ("by:fairness miss >1MB", true),
            (">10M", false),
        ] {
            assert_eq!(Filter::of(text).holds(&forest), holds, "{text}");
        }
        assert!(!Filter::of(">1B").holds(&Candidate::default()));
    }

    #[test]
    fn what_can_be_marked_is_told() {
        let filter = Filter::of("Miss >10MB by:fairness ");
        assert_eq!(filter.words().collect::<Vec<_>>(), ["miss", "fairness"]);
        assert_eq!(filter.text(), "Miss >10MB by:fairness");
    }
}
