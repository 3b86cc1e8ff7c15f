//! Gates on how far a run is from its baseline: drops and flips as they are, and non-inferiority, which
//! must be beyond chance.

use super::{Held, Moved};
use crate::event::{BaselineComparison, GateResult};
use crate::experiment::{BaselineGate, BaselineGates};
use crate::metrics::hypothesis::{benjamini_hochberg, holm};
use crate::metrics::paired::change::Change;
use crate::settings::nearest;
use crate::vocabulary::{Correction, Direction, Note, Sides};

/// Judges them all. What is unknown does not pass.
pub(super) fn judge(
    gates: &BaselineGates,
    held: &Held<'_>,
    moved: &[Moved],
    found: &mut BaselineComparison,
) {
    if let Some(most) = gates.max_flips {
        let flips = found
            .flips()
            .map(|(right_to_wrong, _)| right_to_wrong as f64);
        let most = Some(most as f64);
        let gate = bounded("flips.right_to_wrong", flips, None, most);
        found.gates.push(gate);
    }
    let mut tests: Vec<(String, f64, Option<f64>)> = Vec::new();
    for gate in &gates.gates {
        let metrics = matching(gate, held);
        if metrics.is_empty() {
            unknown(gate, held, found);
        }
        for metric in metrics {
            if let Some(most) = gate.max_drop {
                found.gates.push(drop(&metric, most, held, moved));
            }
            if let Some(margin) = gate.margin {
                let change = moved.iter().find(|moved| moved.name == metric);
                let p = change.and_then(|moved| not_worse(&metric, &moved.change, margin));
                if change.is_none() {
                    found.notes.push(Note::warning(format!(
                        "nothing tells how sure the change of `{metric}` is, so no margin can be shown; \
                         `max_drop` bounds the change itself"
                    )));
                }
                let p = p.map(|p| match gates.sides {
                    Sides::One => p,
                    Sides::Two => (2.0 * p).min(1.0),
                });
                tests.push((metric, margin, p));
            }
        }
    }
    let p_values: Vec<Option<f64>> = tests.iter().map(|(.., p)| *p).collect();
    let adjusted = match gates.correction {
        Correction::None => p_values,
        Correction::Holm => holm(&p_values),
        Correction::BenjaminiHochberg => benjamini_hochberg(&p_values),
    };
    for ((metric, margin, _), p) in tests.iter().zip(adjusted) {
        found
            .metrics
            .insert(format!("{metric}.margin"), Some(*margin));
        found.metrics.insert(format!("{metric}.p_not_worse"), p);
        let name = format!("{metric}.p_not_worse");
        found.gates.push(bounded(&name, p, None, Some(gates.level)));
    }
    if !tests.is_empty() {
        found.notes.push(words(gates, tests.len()));
    }
}

/// What `p_not_worse` is.
fn words(gates: &BaselineGates, tests: usize) -> Note {
    let sides = match gates.sides {
        Sides::One => "one-sided",
        Sides::Two => "by the two-sided interval",
    };
    let correction = match gates.correction {
        Correction::None => String::new(),
        Correction::Holm => format!(", by Holm over {tests}"),
        Correction::BenjaminiHochberg => format!(", by Benjamini and Hochberg over {tests}"),
    };
    Note::info(format!(
        "p_not_worse is the chance of such a result if the model were worse by the margin or more \
         ({sides}{correction}): it passes up to {}. Where it is not small the model may still be no \
         worse, and the rows too few to tell",
        gates.level
    ))
}

fn bounded(metric: &str, value: Option<f64>, min: Option<f64>, max: Option<f64>) -> GateResult {
    let within = |v: f64| min.is_none_or(|m| v >= m) && max.is_none_or(|m| v <= m);
    GateResult {
        metric: format!("baseline.{metric}"),
        value,
        min,
        max,
        passed: value.is_some_and(within),
    }
}

fn drop(metric: &str, most: f64, held: &Held<'_>, moved: &[Moved]) -> GateResult {
    let known = moved.iter().find(|moved| moved.name == metric);
    let delta = match known {
        Some(moved) => Some(moved.change.delta()),
        None => held
            .now(metric)
            .zip(held.was(metric))
            .map(|(now, was)| now - was),
    };
    let (min, max) = match Direction::of(metric) {
        Direction::Higher => (Some(0.0 - most), None),
        Direction::Lower => (None, Some(most)),
        Direction::Neither => (Some(0.0 - most), Some(most)),
    };
    bounded(&format!("{metric}.delta"), delta, min, max)
}

/// The p-value that the metric is worse by the margin; of one that has no worse, that it is off by so
/// much on either side (two one-sided tests: Schuirmann 1987).
fn not_worse(metric: &str, change: &Change, margin: f64) -> Option<f64> {
    let side = |is_lower_better| change.not_worse_p_value(margin, is_lower_better);
    match Direction::of(metric) {
        Direction::Higher => side(false),
        Direction::Lower => side(true),
        Direction::Neither => Some(side(false)?.max(side(true)?)),
    }
}

/// The metrics of this run that a gate is on.
fn matching(gate: &BaselineGate, held: &Held<'_>) -> Vec<String> {
    let names = names(held);
    names.filter(|name| is_like(&gate.metric, name)).collect()
}

fn names(held: &Held<'_>) -> impl Iterator<Item = String> {
    let all = held.metrics.iter();
    all.flat_map(|(dimension, metrics)| {
        metrics
            .keys()
            .map(move |metric| format!("{dimension}.{metric}"))
    })
}

/// A gate on nothing fails, and says which name is near.
fn unknown(gate: &BaselineGate, held: &Held<'_>, found: &mut BaselineComparison) {
    let names: Vec<String> = names(held).collect();
    let near = nearest(&gate.metric, names.iter().map(String::as_str));
    let near = near.map(|name| format!("; did you mean `{name}`?"));
    found.notes.push(Note::warning(format!(
        "the gate on `{}` names no metric of this run{}",
        gate.metric,
        near.unwrap_or_default()
    )));
    let of = |what: &str| format!("{}.{what}", gate.metric);
    if let Some(most) = gate.max_drop {
        found
            .gates
            .push(bounded(&of("delta"), None, Some(0.0 - most), None));
    }
    if gate.margin.is_some() {
        let gate = bounded(&of("p_not_worse"), None, None, Some(0.0));
        found.gates.push(gate);
    }
}

/// Is the name as the pattern says, in which a `*` stands for any letters?
fn is_like(pattern: &str, name: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(name) = name.strip_prefix(before) else {
        return false;
    };
    let mut places = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    places.any(|at| is_like(rest, &name[at..]))
}
