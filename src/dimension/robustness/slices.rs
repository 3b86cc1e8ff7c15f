//! Weak slices: rows of like features in which the model errs more than elsewhere.

use super::Study;
use crate::dimension::findings::{Findings, p_value, text};
use crate::dimension::outcome::Outcome;
use crate::display;
use crate::event::{Bar, Cell, Figure, ReferenceLine};
use crate::metrics::slices::{FALSE_DISCOVERY_RATE, LEAST_EFFECT, LEAST_ROWS, LEAST_SHARE};
use crate::resource::{Key, TableId, WeakSlices};
use crate::vocabulary::Problem;

/// Slices in the report.
const MOST_SHOWN: usize = 12;

/// Tells of the weak slices: they are known already where the dataset is too large to be held.
pub(super) fn weak(study: &Study<'_>, findings: &mut Findings) -> Result<(), Problem> {
    let inputs = study.inputs;
    let paired = study.effort.paired_features;
    let words = match study.outcome {
        Outcome::Numbers(_) => &ABSOLUTE_ERROR,
        Outcome::Binary { .. } | Outcome::Classes { .. } => &ERROR_RATE,
    };
    if let Ok(found) = inputs.resolved.get(&Key::WeakSlices { paired }) {
        report(found.as_weak_slices()?, words, findings);
        return Ok(());
    }
    let table = inputs.resolved.table(&TableId::Dataset)?;
    let features = inputs.catalogue.distinct_features();
    let answers = (&study.outcome, &*study.scores);
    let found = WeakSlices::find_held(table, &features, answers, paired)?;
    report(&found, words, findings);
    Ok(())
}

/// What a model's errors are called.
struct Words {
    loss: &'static str,
    /// As a column, and as a metric.
    short: &'static str,
    effect: &'static str,
    test: &'static str,
    /// The effect, as a column.
    column: &'static str,
}

const ERROR_RATE: Words = Words {
    loss: "error rate",
    short: "error rate",
    effect: "Cohen's h of",
    test: "z-test",
    column: "effect h",
};

const ABSOLUTE_ERROR: Words = Words {
    loss: "mean absolute error",
    short: "mae",
    effect: "Cohen's d of",
    test: "Welch's t-test",
    column: "effect d",
};

fn report(found: &WeakSlices, words: &Words, findings: &mut Findings) {
    let WeakSlices { weak, tested, mean } = found;
    findings.metric("slices.tested", *tested as f64);
    findings.metric("slices.weak", weak.len() as f64);
    let worst = weak.iter().map(|(_, s)| s.mean).reduce(f64::max);
    if let Some(worst) = worst {
        let metric = format!("slices.worst_{}", words.short.replace(' ', "_"));
        findings.metric(metric, worst);
    }
    findings.note(format!(
        "weak slices: rows of like features, numbers by deciles, with at least {LEAST_ROWS} rows \
         and {} of all; weak where the {} is larger than in all other rows by {} \
         {LEAST_EFFECT} or more (one-sided {}, Benjamini-Hochberg at {FALSE_DISCOVERY_RATE}); \
         {} of {tested} are",
        display::percent(LEAST_SHARE),
        words.loss,
        words.effect,
        words.test,
        weak.len(),
    ));
    let Some((name, slice)) = weak.first() else {
        return;
    };
    findings.warn(format!(
        "{} weak slices; the largest effect is in {name}: {} {} against {} elsewhere, n {}",
        weak.len(),
        words.loss,
        display::metric(slice.mean),
        display::metric(slice.rest_mean),
        display::count(slice.n)
    ));
    let shown = &weak[..weak.len().min(MOST_SHOWN)];
    let (first, rest) = words.loss.split_at(1);
    findings.figures.push(Figure::Bars {
        title: format!("{}{rest} in the weakest slices", first.to_uppercase()),
        bars: shown
            .iter()
            .map(|(name, slice)| Bar {
                label: name.clone(),
                value: Some(slice.mean),
                interval: None,
                note: format!("n {}", display::count(slice.n)),
                flagged: true,
            })
            .collect(),
        reference: mean.map(|value| ReferenceLine {
            value,
            label: "all rows".to_owned(),
        }),
    });
    let rows = shown.iter().map(|(name, slice)| {
        vec![
            text(name),
            Cell::Count(slice.n),
            Cell::Number(slice.mean),
            Cell::Number(slice.rest_mean),
            Cell::Number(slice.effect),
            p_value(slice.q_value),
        ]
    });
    findings.table(
        "slices",
        "Weak slices, the largest effect first",
        &[
            "slice",
            "n",
            words.short,
            "elsewhere",
            words.column,
            "adjusted p",
        ],
        rows.collect(),
    );
}
