//! Resilience of a classifier of several classes, and of a regression: the same drift, the metrics
//! of the task on each table, and the rows that the model gets most wrong.

use super::{alternatives, answers, drift};
use crate::dimension::findings::{Findings, text};
use crate::dimension::outcome::{Measures, Outcome, pick};
use crate::dimension::{Inputs, preset};
use crate::event::Cell;
use crate::metrics::drift::NumericSample;
use crate::resource::TableId;

pub(super) fn evaluate(inputs: &Inputs<'_>) -> Result<Findings, String> {
    let outcome = inputs.outcome(&TableId::Dataset)?;
    let scores = inputs.scores(TableId::Dataset)?;
    let base = outcome.performance(&scores);
    let mut findings = Findings::default();
    findings.measures("base", &base);
    let mut degradation = vec![row("dataset", outcome.rows(), &base)];
    let ids = alternatives(inputs.catalogue);
    let drifts = drift::TableDrift::of(inputs, &ids)?;
    let has_one_score = outcome.columns() == 1;
    let score_sample = has_one_score.then(|| NumericSample::new(&scores));
    for (id, drift) in ids.iter().zip(drifts) {
        let TableId::Alternative(stem) = id else {
            continue;
        };
        let there = inputs.outcome(id)?;
        let now = inputs.scores(id.clone())?;
        let measures = there.performance(&now);
        findings.measures(stem, &measures);
        for ((name, now), (_, before)) in measures.iter().zip(&base) {
            let change = now.zip(*before).map(|(now, before)| now - before);
            findings.metric(format!("{stem}.{name}.change"), change);
        }
        degradation.push(row(stem, there.rows(), &measures));
        drift::features(&drift, stem, &mut findings);
        let both = score_sample.as_ref().map(|sample| (sample, &*now));
        answers::report(&drift.target, stem, both, &mut findings);
        if findings.headline.is_none() {
            let first = base.first().map_or("", |(name, _)| *name);
            // Eight letters fit a narrow screen.
            findings.headline(format!("{first} chg"), format!("{stem}.{first}.change"));
        }
    }
    findings.table(
        "degradation",
        "Performance on each table",
        &columns("table", &base),
        degradation,
    );
    worst_rows(&outcome, &scores, &mut findings);
    Ok(findings)
}

fn columns<'a>(first: &'a str, measures: &Measures) -> Vec<&'a str> {
    let names = measures.iter().map(|(name, _)| *name);
    [first, "n"].into_iter().chain(names).collect()
}

fn row(name: &str, n: usize, measures: &Measures) -> Vec<Cell> {
    let mut row = vec![text(name), Cell::Count(n as u64)];
    row.extend(measures.iter().map(|(_, value)| Cell::from(*value)));
    row
}

/// The metrics on the rows of the largest residual, `floor(alpha n)` of them.
fn worst_rows(outcome: &Outcome, scores: &[f64], findings: &mut Findings) {
    let residuals = outcome.residuals(scores);
    let mut order: Vec<usize> = (0..residuals.len()).collect();
    order.sort_by(|a, b| residuals[*b].total_cmp(&residuals[*a]));
    let mut rows = Vec::new();
    let mut measures = Measures::new();
    for alpha in preset::WORST_ALPHAS {
        let worst = &order[..(alpha * order.len() as f64).floor() as usize];
        let subset = pick(scores, outcome.columns(), worst);
        measures = outcome.of_rows(worst).performance(&subset);
        for (name, value) in &measures {
            let name = match *name {
                "log_loss" => "mean_log_loss",
                name => name,
            };
            findings.metric(format!("worst.{alpha:?}.{name}"), *value);
        }
        let name = format!("worst {:.0}%", 100.0 * alpha);
        rows.push(row(&name, worst.len(), &measures));
    }
    let title = "The rows that the model gets most wrong";
    findings.table("worst", title, &columns("rows", &measures), rows);
}
