//! What came of a trial.

use serde::{Deserialize, Serialize};

use super::working::WorkingMemory;

/// What it was at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// The model was opened.
    #[default]
    Opening,
    /// It was given a made-up row.
    Scoring,
    /// It was given many of them.
    Batch,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Verdict {
    /// The model can be opened here.
    Fine {
        #[serde(default)]
        working: WorkingMemory,
    },
    /// It used up its time.
    Endless {
        stage: Stage,
        /// Of computing.
        seconds: u64,
    },
    /// It used up its stack.
    NoStack { stage: Stage },
    /// It used up its memory.
    NoMemory { stage: Stage, bytes: u64 },
    /// It broke.
    Crashed { stage: Stage, signal: i32 },
    /// It did not end, and did not compute either.
    Stuck,
    /// Somebody else ended it.
    Ended { signal: i32 },
}

impl Verdict {
    /// Does it say something of the model, rather than of the hour?
    pub(super) fn lasts(self) -> bool {
        !matches!(self, Self::Stuck | Self::Ended { .. })
    }

    /// As the end of a sentence: what the runtime did.
    pub(super) fn in_words(self) -> String {
        let while_it = |stage| match stage {
            Stage::Opening => "while it opened the model",
            Stage::Scoring => "while it scored a made-up row",
            Stage::Batch => "while it scored a batch of made-up rows",
        };
        match self {
            Self::Fine { .. } => "worked".to_owned(),
            Self::Endless { stage, seconds } => {
                let stage = while_it(stage);
                format!("did not come to an end {stage} (it was given {seconds} s of computing)")
            }
            Self::NoStack { stage } => format!(
                "ran out of stack {}: its trees or its operators nest too deeply",
                while_it(stage)
            ),
            Self::NoMemory { stage, bytes } => format!(
                "asked for more than {:.1} GB of memory {}",
                bytes as f64 / 1e9,
                while_it(stage)
            ),
            Self::Crashed { stage, signal } => {
                format!("crashed {} (signal {signal})", while_it(stage))
            }
            Self::Stuck => "did not come to an end".to_owned(),
            Self::Ended { signal } => {
                format!("was ended by signal {signal}, which the system sends when memory runs out")
            }
        }
    }
}
