//! How a dimension that was asked for ended, and what there is to say of it.

use super::document::{Block, Said, Section};
use super::{highlights, words};
use crate::display;
use crate::event::{DimensionOutcome, DimensionStatus, GateResult, Score};
use crate::explain::Tone;
use crate::explain::results::{kept_words, score_words};
use crate::explain::states::warning_words;
use crate::ledger::Ledger;
use crate::vocabulary::{Dimension, Note, Severity};

/// A dimension that ran or was to run.
#[derive(Clone, Debug, PartialEq)]
pub struct DimensionReport<'l> {
    /// Which one.
    pub dimension: Dimension,
    /// How it ended.
    pub status: DimensionStatus,
    /// What it found, if it came to an end.
    pub outcome: Option<&'l DimensionOutcome>,
    /// What a reader must know.
    pub notes: Vec<Note>,
    /// What went wrong.
    pub error: Option<String>,
}

impl<'l> DimensionReport<'l> {
    /// None of a dimension that nobody asked for.
    pub(super) fn of(ledger: &'l Ledger, dimension: Dimension) -> Option<Self> {
        let record = ledger.dimension(dimension);
        let run = ledger
            .runs
            .iter()
            .rfind(|run| run.dimensions.contains(&dimension));
        let outcome = record.outcome.as_ref();
        let unavailable = record.unavailable.as_deref();
        let asked = run.is_some() || (unavailable.is_some() && record.selected);
        let (status, error) = match (outcome, run) {
            (Some(outcome), _) => (
                outcome.status,
                outcome.error.as_ref().map(ToString::to_string),
            ),
            (None, _) if !asked => return None,
            (None, _) if unavailable.is_some() => (DimensionStatus::NotApplicable, None),
            (None, Some(run)) if run.cancelled => (DimensionStatus::Cancelled, None),
            (None, _) => (
                DimensionStatus::Error,
                Some("the run did not come to its end".to_owned()),
            ),
        };
        // That it cannot be answered matters as long as there is no answer of before.
        let unavailable = unavailable.filter(|_| outcome.is_none()).map(Note::info);
        let notes = outcome.map_or(&[][..], |outcome| &outcome.notes);
        Some(Self {
            dimension,
            status,
            outcome,
            notes: unavailable
                .into_iter()
                .chain(notes.iter().cloned())
                .collect(),
            error,
        })
    }

    /// The gates on its metrics.
    pub fn gates(&self) -> &'l [GateResult] {
        self.outcome.map_or(&[], |outcome| &outcome.gates)
    }

    /// What there is to say of it.
    pub(super) fn section(&self) -> Section {
        let mut blocks = Vec::new();
        if let Some(outcome) = self.outcome {
            blocks.extend(outcome.score.as_ref().map(score));
            blocks.extend(highlights::blocks(self.dimension, outcome));
            blocks.extend(outcome.figures.iter().cloned().map(Block::Figure));
        }
        let error = self.error.clone().map(|text| Note {
            severity: Severity::Error,
            text,
        });
        let notes = error.into_iter().chain(self.notes.iter().cloned());
        blocks.extend(notes.map(Block::Note));
        let title = words::capitalised(self.dimension.name());
        Section {
            dimension: Some(self.dimension),
            ..Section::under(title, self.said(), blocks)
        }
    }

    /// How it ended, how long it took, and its most telling metric.
    pub fn said(&self) -> Vec<Said> {
        let warnings = self.outcome.map(warning_words).unwrap_or_default();
        let tone = match self.status {
            DimensionStatus::Ok if warnings.is_empty() => Tone::Good,
            DimensionStatus::Ok | DimensionStatus::Cancelled => Tone::Warning,
            DimensionStatus::Failed | DimensionStatus::Error => Tone::Bad,
            DimensionStatus::NotApplicable => Tone::Faint,
        };
        let mut said = vec![Said::new(tone, words::status(self.status))];
        said.extend(warnings.into_iter().map(|w| Said::new(Tone::Warning, w)));
        if let Some(outcome) = self.outcome {
            let took = display::seconds(outcome.seconds);
            let took = match &outcome.kept {
                Some(kept) => kept_words(kept),
                None if outcome.warm => format!("{took} (warm)"),
                None => took,
            };
            said.push(Said::new(Tone::Faint, took));
            if let Some((name, value)) = &outcome.headline {
                let value = words::number(Some(*value));
                said.push(Said::new(Tone::Plain, format!("{name} {value}")));
            }
        }
        said
    }
}

fn score(score: &Score) -> Block {
    Block::entry(Tone::Main, "score", score_words(score))
}
