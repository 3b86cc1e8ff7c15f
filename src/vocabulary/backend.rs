//! Who runs the models, and what their output means: what a user asks for, and what that comes to for
//! one model.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Reasons of one model that are told; the rest is counted.
const TOLD: usize = 3;

choice! {
    /// Who is to run the models.
    #[derive(Default)]
    pub enum Backend {
        /// For each model: native where that covers the whole of it, else ONNX Runtime.
        #[default]
        Auto = "auto",
        /// This program itself; a model that it does not cover is refused.
        Native = "native",
        /// ONNX Runtime: runs every model; its library must be on the machine.
        OnnxRuntime = "onnxruntime",
    }
}

/// What runs a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunsOn {
    /// This program itself.
    Native,
    /// The ONNX Runtime library.
    OnnxRuntime,
}

impl RunsOn {
    /// The name used on the command line, in files and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::OnnxRuntime => "onnxruntime",
        }
    }
}

impl fmt::Display for RunsOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Native => "native",
            Self::OnnxRuntime => "ONNX Runtime",
        })
    }
}

/// Why a model runs on what it runs on. A closed set, settled before anything is loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum BackendChoice {
    /// Native, since all of it is covered.
    Covered,
    /// ONNX Runtime, since not all of it is covered natively.
    Uncovered {
        /// What stands in the way, a few words each: `operator Einsum`.
        what: Vec<String>,
    },
    /// The one that the user asked for.
    AskedFor {
        /// Which one.
        runs_on: RunsOn,
    },
}

impl BackendChoice {
    /// What runs the model.
    pub const fn runs_on(&self) -> RunsOn {
        match self {
            Self::Covered => RunsOn::Native,
            Self::Uncovered { .. } => RunsOn::OnnxRuntime,
            Self::AskedFor { runs_on } => *runs_on,
        }
    }

    /// Why, in a few words.
    pub fn reason(&self) -> String {
        match self {
            Self::Covered => "all operators that it needs are covered".to_owned(),
            Self::Uncovered { what } => {
                let told: Vec<&str> = what.iter().take(TOLD).map(String::as_str).collect();
                let more = match what.len().saturating_sub(TOLD) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!("not covered natively: {}{more}", told.join(", "))
            }
            Self::AskedFor { .. } => "as asked for".to_owned(),
        }
    }
}

impl fmt::Display for BackendChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.runs_on(), self.reason())
    }
}

choice! {
    /// What a model's output means.
    pub enum ModelOutput {
        /// Probabilities, one a class or that of class 1.
        Probabilities = "probabilities",
        /// The logarithm of the odds of class 1.
        Logit = "logit",
        /// A signed distance from the boundary, with no probability in it.
        Margin = "margin",
        /// Labels only.
        Labels = "labels",
    }
}
