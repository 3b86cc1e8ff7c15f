//! What a run wastes, as sentences with a count and a threshold: lints of the session, not of the model.

mod costs;
mod rules;

use serde::Serialize;

use crate::ledger::Ledger;
use crate::vocabulary::{Choice, Dimension, Lint, ResourceName};

/// Something that a lint found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which lint.
    pub lint: Lint,
    /// The resource in question, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceName>,
    /// The dimension in question, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimension: Option<Dimension>,
    /// The number of the request that shows it, where there is one.
    #[serde(skip)]
    pub lookup: Option<usize>,
    /// The setting that says when this is too much, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<&'static str>,
    /// How often.
    pub count: u64,
    /// A sentence with the figures and the threshold.
    pub text: String,
}

/// All that is found in what the log says, in the order of the lints.
pub fn findings(ledger: &Ledger) -> Vec<Finding> {
    let all = Lint::ALL.iter();
    all.flat_map(|lint| rules::find(*lint, ledger)).collect()
}
