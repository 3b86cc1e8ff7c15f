//! Gates: bounds that the user sets on metrics, and how they went. Rules of thumb that nobody set
//! warn, and fail nothing.

use super::Findings;
use crate::event::GateResult;
use crate::experiment::Gate;
use crate::settings::nearest;
use crate::vocabulary::Dimension;

/// Judges the gates on one dimension's metrics. A metric that is undefined or unknown does not
/// pass; of an unknown one a note says which name is near.
pub fn judge<'a>(
    dimension: Dimension,
    gates: impl Iterator<Item = &'a Gate>,
    findings: &mut Findings,
) -> Vec<GateResult> {
    let prefix = format!("{dimension}.");
    let mut results = Vec::new();
    for gate in gates {
        let name = gate.metric.strip_prefix(&prefix).unwrap_or(&gate.metric);
        let value = findings.metrics.get(name).copied();
        if value.is_none() {
            let near = nearest(name, findings.metrics.keys().map(String::as_str));
            let near = near.map(|n| format!("; did you mean `{prefix}{n}`?"));
            let near = near.unwrap_or_default();
            let note = format!("the gate on `{}` names no metric{near}", gate.metric);
            findings.note(note);
        }
        let value = value.flatten();
        let within = |v: f64| gate.min.is_none_or(|m| v >= m) && gate.max.is_none_or(|m| v <= m);
        results.push(GateResult {
            metric: gate.metric.clone(),
            value,
            min: gate.min,
            max: gate.max,
            passed: value.is_some_and(within),
        });
    }
    results
}
