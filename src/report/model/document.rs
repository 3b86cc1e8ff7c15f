//! A report as people read it, before anybody sets it: sections in order, and what stands in them.

use super::table::Table;
use crate::event::{Figure, GateResult};
use crate::explain::Tone;
use crate::vocabulary::{Dimension, Note};

/// Words, and how to take them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// How to take them.
    pub tone: Tone,
    /// The words.
    pub text: String,
}

impl Said {
    /// Words in a tone.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: text.into(),
        }
    }
}

/// A whole report.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What it is about: the experiment's name.
    pub title: String,
    /// The program that made it, and its version.
    pub tool: &'static str,
    /// Its sections, in reading order.
    pub sections: Vec<Section>,
}

/// A part of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// The dimension that it is about, if it is about one.
    pub dimension: Option<Dimension>,
    /// What stands above it; none where it needs no name.
    pub heading: Option<Heading>,
    /// What it says, in reading order.
    pub blocks: Vec<Block>,
}

impl Section {
    /// A section without a heading.
    pub fn plain(blocks: Vec<Block>) -> Self {
        Self {
            blocks,
            ..Self::default()
        }
    }

    /// A section under a heading.
    pub fn under(title: impl Into<String>, said: Vec<Said>, blocks: Vec<Block>) -> Self {
        let title = title.into();
        Self {
            dimension: None,
            heading: Some(Heading { title, said }),
            blocks,
        }
    }
}

/// What stands above a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Its name.
    pub title: String,
    /// How it went, in a few words each, the verdict first.
    pub said: Vec<Said>,
}

/// One thing that a section says.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A word, and what there is to say of it.
    Entry(Entry),
    /// A sentence of its own.
    Sentence(Said),
    /// What a reader should know.
    Note(Note),
    /// A bound that the user set, and how it went.
    Gate(GateResult),
    /// Figures in rows.
    Table(Table),
    /// A picture, for those who can draw it.
    Figure(Figure),
}

/// A word, and what there is to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The word.
    pub label: &'static str,
    /// How to take it.
    pub tone: Tone,
    /// What there is to say.
    pub sentences: Vec<String>,
}

impl Block {
    /// An entry of one sentence.
    pub fn entry(tone: Tone, label: &'static str, sentence: impl Into<String>) -> Self {
        Self::entries(tone, label, vec![sentence.into()])
    }

    /// An entry.
    pub fn entries(tone: Tone, label: &'static str, sentences: Vec<String>) -> Self {
        Self::Entry(Entry {
            label,
            tone,
            sentences,
        })
    }
}
