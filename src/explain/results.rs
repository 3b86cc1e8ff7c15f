//! What dimensions found, and what their gates said.

use super::definitions::is_count;
use crate::display;
use crate::event::{BaselineComparison, DimensionOutcome, Failure, GateResult, KeptOutcome, Score};
use crate::ledger::{Asked, DimensionRecord, DimensionState, Ledger};
use crate::vocabulary::Dimension;

/// How much of what a dimension asked for had to be loaded, in a word of five letters; older
/// recordings only know whether anything had to.
pub fn loaded_word(record: &DimensionRecord, outcome: &DimensionOutcome) -> String {
    if let Some(kept) = &outcome.kept {
        return kept.tier.to_string();
    }
    match record.asked {
        _ if outcome.warm => "none".to_owned(),
        Asked { all: 0, .. } => "some".to_owned(),
        Asked { all, loaded } if all < 100 => format!("{loaded}/{all}"),
        Asked { all, loaded } => display::percent(loaded as f64 / all as f64),
    }
}

/// How much of what a dimension asked for had to be loaded.
pub fn loaded_words(record: &DimensionRecord, outcome: &DimensionOutcome) -> String {
    if let Some(kept) = &outcome.kept {
        return kept_words(kept);
    }
    match record.asked {
        _ if outcome.warm => "nothing loaded".to_owned(),
        Asked { all: 0, .. } => "something loaded".to_owned(),
        Asked { all, loaded } => format!("{loaded} of {all} loaded"),
    }
}

/// Where an outcome comes from that was not computed this time, how old it is, and what that saves.
pub fn kept_words(kept: &KeptOutcome) -> String {
    format!(
        "from {}, {} old, {} saved",
        kept.tier,
        display::age(kept.age_seconds),
        display::seconds(kept.seconds)
    )
}

/// Why a dimension could not finish: the cause first, then who had asked for what.
pub fn failure_words(failure: &Failure) -> String {
    let problem = &failure.problem;
    if failure.chain.is_empty() {
        return problem.to_string();
    }
    let chain: Vec<&str> = failure.chain.iter().map(|name| &*name.0).collect();
    format!("{problem} (while loading {})", chain.join(" -> "))
}

/// The score, how sure it is, and what it means.
pub fn score_words(score: &Score) -> String {
    format!("{}: {}", score_value(score), score.meaning)
}

/// A score with its interval.
pub fn score_value(score: &Score) -> String {
    let value = display::metric(score.value);
    let interval = score.interval.map(|(low, high)| {
        let (low, high) = (display::metric(low), display::metric(high));
        format!(" ({low} to {high})")
    });
    let interval = interval.unwrap_or_default();
    format!("{value}{interval}")
}

/// The same beside what it was in another run.
pub fn score_change_words(before: &Score, score: &Score) -> String {
    let value = |score: &Score| {
        let interval = score
            .interval
            .map(|(low, high)| format!(" ({} to {})", display::metric(low), display::metric(high)));
        format!(
            "{}{}",
            display::metric(score.value),
            interval.unwrap_or_default()
        )
    };
    let delta = display::signed(score.value - before.value);
    let (is, was) = (value(score), value(before));
    format!("{is}, {delta}, was {was}: {}", score.meaning)
}

/// The 95% interval of a metric, where the dimension has found one.
pub fn interval_words(outcome: &DimensionOutcome, metric: &str) -> Option<String> {
    let end = |which: &str| {
        let value = outcome.metrics.get(&format!("{metric}.{which}"));
        value.copied().flatten()
    };
    let (low, high) = (end("low")?, end("high")?);
    Some(format!(
        "{} to {}",
        display::metric(low),
        display::metric(high)
    ))
}

/// The bound that a user set, and where the metric lies.
pub fn gate_words(gate: &GateResult) -> String {
    let allowed = match (gate.min, gate.max) {
        (Some(_), Some(_)) => format!("from {}", gate_bound(gate)),
        (None, None) => "defined".to_owned(),
        _ => gate_bound(gate),
    };
    let value = gate_value_or(gate, "n/a");
    format!("{} is {value}, must be {allowed}", gate.metric)
}

/// What a gate measured.
pub fn gate_value(gate: &GateResult) -> String {
    gate_value_or(gate, "undefined")
}

fn gate_value_or(gate: &GateResult, undefined: &str) -> String {
    match gate.value {
        None => undefined.to_owned(),
        // A feature may be called as what counts is.
        Some(value) if is_count(&gate.metric) && value.fract() == 0.0 && value >= 0.0 => {
            display::count(value as u64)
        }
        Some(value) => display::metric(value),
    }
}

/// What a gate allows, as it was written.
pub fn gate_bound(gate: &GateResult) -> String {
    match (gate.min, gate.max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => String::new(),
    }
}

/// How far a metric, `dimension.metric`, has moved since the baseline, with its 95% interval where there is
/// one.
pub fn change_words(found: &BaselineComparison, metric: &str) -> Option<String> {
    let of = |what: &str| found.metrics.get(&format!("{metric}.{what}")).copied()?;
    let signed = |value: f64| {
        let sign = if value > 0.0 { "+" } else { "" };
        format!("{sign}{}", display::metric(value))
    };
    let delta = signed(of("delta")?);
    let ends = of("delta_low").zip(of("delta_high"));
    Some(match ends {
        Some((low, high)) => format!("{delta} ({} to {})", signed(low), signed(high)),
        None => delta,
    })
}

/// What a run was held against, on what rows, and what came of their decisions.
pub fn baseline_words(found: &BaselineComparison) -> String {
    let rows = match found.paired_rows {
        Some(rows) => format!("row by row, {} rows", display::count(rows)),
        None => "as two samples, not row by row".to_owned(),
    };
    let flips = found.flips().map(|(lost, gained)| {
        format!("; {lost} rows right before and wrong now, {gained} the other way round")
    });
    format!("with {}, {rows}{}", found.name, flips.unwrap_or_default())
}

/// The gates whose dimension was not run, each in a line: they neither pass nor fail.
pub fn unjudged_gates(ledger: &Ledger) -> Vec<String> {
    let gates = ledger.unjudged_gates();
    let words = gates
        .map(|(metric, dimension)| format!("gate not judged: {metric}: {dimension} was not run"));
    let of_baseline = ledger.unjudged_baseline_gates();
    let of_baseline = of_baseline.map(|metric| {
        format!("gate not judged: {metric}: there is no run to hold this one against")
    });
    words.chain(of_baseline).collect()
}

/// Why a dimension has no results to look at.
pub fn no_results_words(dimension: Dimension, record: &DimensionRecord) -> String {
    match (&record.unavailable, record.state) {
        (Some(reason), _) => reason.clone(),
        (None, DimensionState::Waiting) => format!("{dimension} waits for its turn."),
        (None, DimensionState::Loading) => format!("{dimension} loads what it needs."),
        (None, DimensionState::Computing) => format!("{dimension} computes its metrics."),
        (None, DimensionState::Idle) => format!("{dimension} has not run at this point."),
    }
}
