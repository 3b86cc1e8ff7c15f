//! What the program took an experiment to be, for people to check before they trust a number.

use serde::{Deserialize, Serialize};

/// What an experiment was understood to be, from its file, the model and the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Understanding {
    /// What kind of answer the target holds.
    pub task: TaskKind,
    /// The column to predict.
    pub target: String,
    /// The classes in the order in which results name them; of two, the positive one alone. Empty
    /// for numbers.
    pub classes: Vec<String>,
    /// Which output of the model is the score, and whether it is a probability, a logit, a margin,
    /// a label or the number itself.
    pub score: String,
    /// From this score on, a row counts as positive; with two classes only.
    pub threshold: Option<f64>,
    /// The file with what the training library gives; none leaves it unknown whether the model was
    /// exported rightly.
    pub expected: Option<String>,
}

/// What kind of answer a target holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// One of two classes.
    Binary,
    /// One of several classes.
    MultiClass,
    /// A number.
    Regression,
}
