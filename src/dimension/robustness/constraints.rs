//! What the score must keep to: features in which it is monotone, and bounds.

use super::Study;
use crate::dimension::findings::{Findings, listed, text};
use crate::dimension::outcome::Outcome;
use crate::display;
use crate::event::Cell;
use crate::experiment::{Bounds, OUTPUT};
use crate::resource::{Catalogue, CheckedTrend, Key, Verdict, Violation};
use crate::vocabulary::Problem;

/// The bounds of a range are sums that were rounded in 32 bits.
const ROUNDING: f64 = 1e-6;
/// Violating rows that are listed.
const MOST_LISTED: usize = 20;

/// What it asks for, where the experiment has constraints.
pub(super) fn needs(catalogue: &Catalogue) -> Option<Key> {
    let is_empty = catalogue.experiment.constraints.is_empty();
    (!is_empty).then_some(Key::Constraints)
}

/// A constraint in a row of the table, and its rows that break it.
struct Told {
    constraint: String,
    verdict: Verdict,
    how: String,
    violations: u64,
    rows: u64,
    /// Two rows that break it.
    pair: Option<String>,
}

/// Adds a verdict for every constraint, and the rows that break it.
pub(super) fn report(study: &Study<'_>, findings: &mut Findings) -> Result<(), Problem> {
    let constraints = &study.inputs.catalogue.experiment.constraints;
    if constraints.is_empty() {
        return Ok(());
    }
    let checked = study
        .inputs
        .resolved
        .get(&Key::Constraints)?
        .as_constraints()?;
    let mut told = Vec::new();
    let mut broken = Vec::new();
    for one in &checked.monotone {
        let name = &one.trend.feature;
        metrics(name, one.verdict, (one.violations, one.rows), findings);
        let words = format!("{name} {}", one.trend.word());
        let pair = one.listed.first().or(one.example.as_ref());
        told.push(Told {
            constraint: words.clone(),
            verdict: one.verdict,
            how: one.how.clone(),
            violations: one.violations,
            rows: one.rows,
            pair: pair.map(|pair| pair_words(one, pair)),
        });
        broken.extend(one.listed.iter().map(|row| broken_row(&words, row)));
    }
    if let Some(bounds) = &constraints.output {
        let (one, rows) = output(bounds, study, checked.range, findings);
        broken.extend(rows);
        told.push(one);
    }
    notes(&told, checked.unproven.as_deref(), findings);
    tables(told, broken, findings);
    Ok(())
}

fn metrics(name: &str, verdict: Verdict, (violations, rows): (u64, u64), findings: &mut Findings) {
    let prefix = format!("constraints.{name}");
    findings.metric(format!("{prefix}.verdict"), verdict.value());
    findings.metric(format!("{prefix}.violations"), violations as f64);
    findings.metric(format!("{prefix}.rows"), rows as f64);
}

/// Do the scores of all rows keep to their bounds, and could those of any?
fn output(
    bounds: &Bounds,
    study: &Study<'_>,
    range: Option<(f64, f64)>,
    findings: &mut Findings,
) -> (Told, Vec<Vec<Cell>>) {
    let scores = study
        .scores
        .iter()
        .enumerate()
        .filter(|(_, score)| !score.is_nan());
    let rows = scores.clone().count() as u64;
    let outside = scores.filter(|(_, score)| !bounds.hold(**score));
    let outside: Vec<(usize, f64)> = outside.map(|(row, score)| (row, *score)).collect();
    // A classifier's score lies between 0 and 1, whatever the sums that it comes from.
    let unit = |v: f64| match study.outcome {
        Outcome::Binary { .. } => v.clamp(0.0, 1.0),
        _ => v,
    };
    let is_within = |bounds: &Bounds, value: f64| {
        let slack = ROUNDING * (1.0 + value.abs());
        let near = [value, value - slack, value + slack];
        bounds.hold(value) || (bounds.sign.is_none() && near.iter().any(|near| bounds.hold(*near)))
    };
    let is_proven = range
        .is_some_and(|(low, high)| is_within(bounds, unit(low)) && is_within(bounds, unit(high)));
    let range_words = range.map(|(low, high)| {
        format!(
            "the trees add up to a score from {} to {} at the most",
            display::metric(low),
            display::metric(high)
        )
    });
    let (verdict, how) = if !outside.is_empty() {
        (Verdict::Violated, "rows of the dataset".to_owned())
    } else if is_proven {
        (Verdict::Proven, range_words.unwrap_or_default())
    } else {
        let why = range_words.unwrap_or_else(|| "what is possible is not known".to_owned());
        (
            Verdict::Undecided,
            format!("{rows} rows looked at, none breaks it; {why}"),
        )
    };
    let violations = outside.len() as u64;
    metrics(OUTPUT, verdict, (violations, rows), findings);
    let words = format!("{OUTPUT} {}", bounds.words());
    let broken = outside.iter().take(MOST_LISTED).map(|(row, score)| {
        vec![
            text(&words),
            Cell::Count(*row as u64),
            Cell::Undefined,
            Cell::Undefined,
            Cell::Number(*score),
            Cell::Undefined,
        ]
    });
    let broken = broken.collect();
    let pair = outside
        .first()
        .map(|(row, score)| format!("row {row}: {}", display::metric(*score)));
    let told = Told {
        constraint: words,
        verdict,
        how,
        violations,
        rows,
        pair,
    };
    (told, broken)
}

fn pair_words(one: &CheckedTrend, pair: &Violation) -> String {
    let place = match pair.row {
        Some(row) => format!("row {row}"),
        None => "no row of the dataset".to_owned(),
    };
    let others = pair.others.iter();
    let others: Vec<String> = others
        .map(|(name, value)| format!("{name} {}", display::metric(*value)))
        .collect();
    let others = if others.is_empty() {
        String::new()
    } else {
        format!(", at {}", others.join(", "))
    };
    format!(
        "{place}: {} from {} to {} takes the score from {} to {}{others}",
        one.trend.feature,
        display::metric(pair.between.0),
        display::metric(pair.between.1),
        display::metric(pair.scores.0),
        display::metric(pair.scores.1),
    )
}

fn broken_row(constraint: &str, row: &Violation) -> Vec<Cell> {
    vec![
        text(constraint),
        row.row
            .map_or(Cell::Undefined, |row| Cell::Count(row as u64)),
        Cell::Number(row.between.0),
        Cell::Number(row.between.1),
        Cell::Number(row.scores.0),
        Cell::Number(row.scores.1),
    ]
}

fn notes(told: &[Told], unproven: Option<&str>, findings: &mut Findings) {
    for one in told.iter().filter(|one| one.verdict == Verdict::Violated) {
        findings.warn(format!(
            "constraint violated: {}, by {} of {} rows; {}",
            one.constraint,
            display::count(one.violations),
            display::count(one.rows),
            one.pair.as_deref().unwrap_or_default()
        ));
    }
    let undecided = told.iter().filter(|one| one.verdict == Verdict::Undecided);
    let undecided: Vec<&str> = undecided.map(|one| one.constraint.as_str()).collect();
    if !undecided.is_empty() {
        findings.note(format!(
            "constraints neither proven nor violated: {}; rows of the dataset were looked at, which proves \
             nothing of others",
            listed(&undecided)
        ));
    }
    if let Some(why) = unproven {
        findings.note(format!(
            "constraints: nothing is proven of this model, since {why}; rows of the dataset were moved \
             through the tenths of each feature"
        ));
    }
}

fn tables(told: Vec<Told>, broken: Vec<Vec<Cell>>, findings: &mut Findings) {
    let rows = told.into_iter().map(|one| {
        vec![
            text(one.constraint),
            text(one.verdict.name()),
            Cell::Count(one.violations),
            Cell::Count(one.rows),
            text(one.how),
            text(one.pair.unwrap_or_default()),
        ]
    });
    findings.table(
        "constraints",
        "Constraints on the score",
        &[
            "constraint",
            "verdict",
            "violations",
            "rows",
            "shown by",
            "two rows that break it",
        ],
        rows.collect(),
    );
    if !broken.is_empty() {
        findings.table(
            "constraint_violations",
            "Rows that break a constraint (counted from 0), the first of each",
            &["constraint", "row", "from", "to", "score", "score then"],
            broken,
        );
    }
}
