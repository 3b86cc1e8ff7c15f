//! Do prediction sets and intervals that are calibrated on the dataset still cover on the alternative
//! data?

use std::borrow::Cow;

use super::super::preset::CONFORMAL_ALPHAS;
use super::tables::Scored;
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, text};
use crate::dimension::outcome::Outcome;
use crate::metrics::conformal::{Calibration, binary_probabilities, coverage};
use crate::metrics::intervals::{IntervalQuality, absolute_intervals};
use crate::resource::ScoreMeaning;

/// A table as prediction sets see it.
struct Classed<'s> {
    labels: Cow<'s, [usize]>,
    /// One a class and row.
    probabilities: Cow<'s, [f64]>,
    classes: usize,
}

/// `None` for numbers.
fn classed(scored: &Scored) -> Option<Classed<'_>> {
    match &scored.outcome {
        Outcome::Binary { labels, .. } => Some(Classed {
            labels: labels.iter().map(|label| usize::from(*label)).collect(),
            probabilities: binary_probabilities(&scored.scores).into(),
            classes: 2,
        }),
        Outcome::Classes { labels, classes } => Some(Classed {
            labels: labels.into(),
            probabilities: (&scored.scores).into(),
            classes: *classes,
        }),
        Outcome::Numbers(_) => None,
    }
}

fn calibration(base: &Scored) -> Calibration {
    match classed(base) {
        Some(rows) => Calibration::new(&rows.probabilities, rows.classes, &rows.labels),
        None => Calibration::from_scores(base.outcome.residuals(&base.scores)),
    }
}

/// Coverage, and mean size or width, on a table.
fn judge(scored: &Scored, quantile: Option<f64>, alpha: f64) -> (Option<f64>, Option<f64>) {
    if let Some(rows) = classed(scored) {
        let sets = coverage(&rows.probabilities, rows.classes, &rows.labels, quantile);
        return (sets.coverage, sets.mean_set_size);
    }
    let Outcome::Numbers(outcomes) = &scored.outcome else {
        return (None, None);
    };
    let quality = quantile.map(|quantile| {
        let intervals = absolute_intervals(&scored.scores, quantile);
        IntervalQuality::of(outcomes, &intervals, alpha)
    });
    quality.map_or((None, None), |q| (q.coverage, q.mean_width))
}

/// Coverage and size of the prediction sets or intervals on every alternative table. Scores of
/// classes that are no probabilities have no such sets.
pub(super) fn report(
    inputs: &Inputs<'_>,
    base: &Scored,
    others: &[&Scored],
    findings: &mut Findings,
) {
    let is_number = matches!(base.outcome, Outcome::Numbers(_));
    let (size, title, heads) = match inputs.catalogue.score_meaning() {
        _ if is_number => (
            "mean_width",
            "Prediction intervals (split conformal) calibrated on the dataset",
            ["intervals", "coverage", "mean width"],
        ),
        ScoreMeaning::Probability => (
            "mean_set_size",
            "Prediction sets (LAC) calibrated on the dataset",
            ["sets", "coverage", "mean size"],
        ),
        ScoreMeaning::Number | ScoreMeaning::Margin | ScoreMeaning::Label => return,
    };
    if others.is_empty() {
        return;
    }
    let calibration = calibration(base);
    let mut rows = Vec::new();
    for other in others {
        for alpha in CONFORMAL_ALPHAS {
            let (coverage, mean_size) = judge(other, calibration.quantile(alpha), alpha);
            let prefix = format!("{}.conformal.{alpha:?}", other.name);
            findings.metric(format!("{prefix}.coverage"), coverage);
            findings.metric(format!("{prefix}.{size}"), mean_size);
            rows.push(vec![
                text(format!("{} at {:.0}%", other.name, 100.0 * (1.0 - alpha))),
                coverage.into(),
                mean_size.into(),
            ]);
        }
    }
    findings.table("coverage", title, &heads, rows);
}
