//! One of two runs, as its report tells of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::event::SCHEMA;
use crate::explain::differences::tells_content;
use crate::vocabulary::ResourceKind;

/// What a comparison looks at. Other fields of a report do not matter.
#[derive(Clone, Debug, Deserialize)]
pub struct Side {
    pub(super) dimensions: BTreeMap<String, Dimension>,
    #[serde(default)]
    pub(super) gates: Vec<Gate>,
    #[serde(default)]
    pub(super) resources: Vec<Resource>,
    #[serde(default)]
    pub(super) memory: Memory,
    #[serde(default)]
    pub(super) timings: Timings,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Dimension {
    pub(super) status: String,
    #[serde(default)]
    pub(super) metrics: BTreeMap<String, Option<f64>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Gate {
    pub(super) metric: String,
    pub(super) passed: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Resource {
    pub(super) key: String,
    pub(super) kind: ResourceKind,
    pub(super) digest: Option<String>,
    #[serde(default)]
    pub(super) inputs: Vec<String>,
}

impl Resource {
    /// Its content id, where that tells of a content.
    pub(super) fn content(&self) -> Option<&str> {
        let tells = tells_content(self.kind, !self.inputs.is_empty());
        self.digest.as_deref().filter(|_| tells)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Memory {
    pub(super) peak_rss_bytes: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Timings {
    pub(super) total_seconds: Option<f64>,
}

/// Why something cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAReport {
    /// It is another JSON document.
    #[error(
        "this is neither a report nor a recording; `lazydebugger run --format json --output FILE` \
         writes a report"
    )]
    Other,
    /// It is of another version.
    #[error("the report has schema {0}, and this program understands schema {SCHEMA}")]
    OtherSchema(u64),
}

/// Is it a report that this program understands?
pub fn check_schema(report: &Value) -> Result<(), NotAReport> {
    match report.get("schema").and_then(Value::as_u64) {
        Some(schema) if schema == u64::from(SCHEMA) => Ok(()),
        Some(schema) => Err(NotAReport::OtherSchema(schema)),
        None => Err(NotAReport::Other),
    }
}

impl Side {
    /// Of a report as JSON.
    pub fn of(report: Value) -> Result<Self, NotAReport> {
        check_schema(&report)?;
        serde_json::from_value(report).map_err(|_| NotAReport::Other)
    }
}
