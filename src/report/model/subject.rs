//! What was validated, and how: the head of a report.

use super::document::{Block, Section};
use super::words::count;
use crate::event::Parity;
use crate::explain::Tone;
use crate::explain::experiment::task_in_words;
use crate::ledger::Ledger;

/// Model, dataset, task and settings.
pub(super) fn section(ledger: &Ledger) -> Section {
    let mut blocks = Vec::new();
    let mut fact = |label, words: &str| blocks.push(Block::entry(Tone::Faint, label, words));
    if let Some(experiment) = &ledger.experiment {
        fact("model", &experiment.model);
        fact("dataset", &experiment.dataset);
        match &ledger.understanding {
            Some(understanding) => {
                fact("task", &task_in_words(understanding));
                fact("score", &understanding.score);
                blocks.push(parity(ledger.parity.as_ref()));
            }
            None => fact("target", &experiment.target),
        }
    }
    if let Some(settings) = &ledger.settings {
        let engine = format!(
            "{}, preset {}, seed {}, {}",
            settings.strategy,
            settings.preset,
            settings.seed,
            count(settings.threads as u64, "thread", "threads"),
        );
        blocks.push(Block::entry(Tone::Faint, "engine", engine));
    }
    Section::plain(blocks)
}

/// Whether the model says what its training library says.
fn parity(parity: Option<&Parity>) -> Block {
    let (tone, words) = match parity {
        Some(parity) if parity.is_good() => (Tone::Faint, parity.to_string()),
        Some(parity) => (Tone::Bad, parity.to_string()),
        None => (Tone::Faint, "unknown: nothing to compare with".to_owned()),
    };
    Block::entry(tone, "parity", words)
}
