//! Uncertainty of a predicted number: split-conformal intervals, plain, scaled by how wide the
//! quantile models' own interval is, and of the quantile models themselves (CQR).

use super::by_group::{self, Subject};
use super::by_prediction;
use super::calibration::Resampling;
use super::group_tables;
use super::groups::Groups;
use super::promise::{self, Covered};
use super::sides::{Halves, Sides};
use super::split::has_calibration_scores;
use crate::dimension::findings::{Findings, text};
use crate::dimension::outcome::Outcome;
use crate::dimension::{Inputs, preset};
use crate::event::{Cell, Figure, ReferenceLine};
use crate::metrics::conformal::Calibration;
use crate::metrics::intervals::{
    IntervalQuality, absolute_intervals, absolute_scores, normalised_intervals, normalised_scores,
    quantile_intervals, quantile_scores,
};
use crate::resource::{Catalogue, Key, TableId};
use crate::vocabulary::Problem;

/// The predictions of the quantile models, if the experiment names any.
pub(super) fn quantile_predictions(catalogue: &Catalogue) -> Vec<Key> {
    let Some((lower, upper, _)) = catalogue.quantiles() else {
        return Vec::new();
    };
    let mut tables = vec![TableId::Dataset];
    if has_calibration_scores(catalogue) {
        tables.push(TableId::Calibration);
    }
    let keys = tables.into_iter().flat_map(|table| {
        let of = |model| Key::predictions(model, table.clone());
        [of(lower.clone()), of(upper.clone())]
    });
    keys.collect()
}

pub(super) fn evaluate(inputs: &Inputs<'_>) -> Result<Findings, Problem> {
    let whole = inputs.outcome(&TableId::Dataset)?;
    let scores = inputs.scores(TableId::Dataset)?;
    let mut findings = Findings::default();
    for (name, value) in whole.performance(&scores) {
        findings.metric(name, value);
    }
    let split = Halves::of(inputs, whole.rows(), &mut findings);
    let outcomes = split.outcomes(inputs)?;
    let outcomes = Sides {
        calibration: numbers(&outcomes.calibration)?,
        evaluation: numbers(&outcomes.evaluation)?,
    };
    let predicted = split.scores(inputs, &inputs.catalogue.validated(), 1)?;
    let groups = Groups::of(inputs, split.judged(), &mut findings);
    let mut table = Intervals::of(outcomes.evaluation.len() as u64);
    let calibration = absolute_scores(outcomes.calibration, &predicted.calibration);
    let subject = Subject::Numbers {
        calibration: &calibration,
        judged: (outcomes.evaluation, &predicted.evaluation),
    };
    let distances = Calibration::from_scores(calibration.clone());
    let shown = by_group::describe(&subject, &groups, |a| distances.quantile(a), &mut findings);
    for alpha in preset::CONFORMAL_ALPHAS {
        let quantile = distances.quantile(alpha);
        let around = |q| absolute_intervals(&predicted.evaluation, q);
        let intervals = quantile.map(around);
        let quality = intervals
            .as_ref()
            .map(|i| IntervalQuality::of(outcomes.evaluation, i, alpha));
        table.add("conformal", alpha, quantile, quality, &mut findings);
        if let Some(intervals) = intervals.filter(|_| alpha == by_prediction::ALPHA) {
            let draws = Resampling::of(inputs);
            let rows = (outcomes.evaluation, &*predicted.evaluation);
            by_prediction::describe(rows, &intervals, draws, &mut findings);
        }
    }
    if let Some((lower, upper, alpha)) = inputs.catalogue.quantiles() {
        let lower = split.scores(inputs, &lower, 1)?;
        let upper = split.scores(inputs, &upper, 1)?;
        scaled(
            &outcomes,
            &predicted,
            [&lower, &upper],
            &mut table,
            &mut findings,
        );
        of_quantiles(
            &outcomes,
            [&lower, &upper],
            alpha,
            &mut table,
            &mut findings,
        );
    } else {
        findings.note(
            "the intervals are equally wide for every row; with two models of quantiles \
             (`quantiles = { lower, upper, alpha }` under [model]) they follow the row (CQR)"
                .to_owned(),
        );
    }
    table.finish(&mut findings);
    findings
        .figures
        .extend(group_tables::figures(&subject, shown));
    findings.headline("cov 90%", "conformal.0.1.coverage");
    Ok(findings)
}

fn numbers(outcome: &Outcome) -> Result<&[f64], Problem> {
    match outcome {
        Outcome::Numbers(values) => Ok(values),
        _ => Err(Problem::new("the target holds classes, not numbers")),
    }
}

/// Plain intervals scaled by the width between the quantile models.
fn scaled(
    outcomes: &Sides<&[f64]>,
    predicted: &Sides<Vec<f64>>,
    [lower, upper]: [&Sides<Vec<f64>>; 2],
    table: &mut Intervals,
    findings: &mut Findings,
) {
    let widths = |lower: &[f64], upper: &[f64]| -> Vec<f64> {
        lower
            .iter()
            .zip(upper)
            .map(|(low, high)| high - low)
            .collect()
    };
    let scale = widths(&lower.calibration, &upper.calibration);
    let scores = normalised_scores(outcomes.calibration, &predicted.calibration, &scale);
    let calibration = Calibration::from_scores(scores);
    let scale = widths(&lower.evaluation, &upper.evaluation);
    for alpha in preset::CONFORMAL_ALPHAS {
        let quantile = calibration.quantile(alpha);
        let quality = quantile.map(|q| {
            let intervals = normalised_intervals(&predicted.evaluation, &scale, q);
            IntervalQuality::of(outcomes.evaluation, &intervals, alpha)
        });
        table.add("normalised", alpha, quantile, quality, findings);
    }
}

/// The quantile models' own interval, as it is and made to cover (CQR). It is theirs alone: it is
/// asked for at their level only.
fn of_quantiles(
    outcomes: &Sides<&[f64]>,
    [lower, upper]: [&Sides<Vec<f64>>; 2],
    alpha: f64,
    table: &mut Intervals,
    findings: &mut Findings,
) {
    let judge = |quantile: f64| {
        let intervals = quantile_intervals(&lower.evaluation, &upper.evaluation, quantile);
        IntervalQuality::of(outcomes.evaluation, &intervals, alpha)
    };
    let scores = quantile_scores(outcomes.calibration, &lower.calibration, &upper.calibration);
    let quantile = Calibration::from_scores(scores).quantile(alpha);
    table.add("cqr", alpha, quantile, quantile.map(judge), findings);
    table.add("quantile_band", alpha, None, Some(judge(0.0)), findings);
}

/// The table of all intervals, and bars of their coverage.
struct Intervals {
    /// Rows that judge.
    judged: u64,
    rows: Vec<Vec<Cell>>,
    bars: Vec<(f64, Covered)>,
}

impl Intervals {
    fn of(judged: u64) -> Self {
        Self {
            judged,
            rows: Vec::new(),
            bars: Vec::new(),
        }
    }

    fn add(
        &mut self,
        kind: &str,
        alpha: f64,
        quantile: Option<f64>,
        quality: Option<IntervalQuality>,
        findings: &mut Findings,
    ) {
        let prefix = format!("{kind}.{alpha:?}");
        let coverage = quality.and_then(|q| q.coverage);
        let mean_width = quality.and_then(|q| q.mean_width);
        let winkler = quality.and_then(|q| q.winkler);
        if kind != "quantile_band" {
            findings.metric(format!("{prefix}.quantile"), quantile);
        }
        findings.metric(format!("{prefix}.coverage"), coverage);
        findings.metric(format!("{prefix}.mean_width"), mean_width);
        findings.metric(format!("{prefix}.winkler"), winkler);
        let words = match kind {
            "conformal" => "plain",
            "normalised" => "scaled",
            "cqr" => "cqr",
            _ => "uncalibrated band",
        };
        self.rows.push(vec![
            text(words),
            text(format!("{:.0}%", 100.0 * (1.0 - alpha))),
            quantile.into(),
            coverage.into(),
            mean_width.into(),
            winkler.into(),
        ]);
        let bar = promise::bar(words, coverage, self.judged);
        self.bars.push((alpha, bar));
    }

    fn finish(self, findings: &mut Findings) {
        for alpha in preset::CONFORMAL_ALPHAS {
            let bars = self.bars.iter().filter(|(own, _)| *own == alpha);
            let mut bars: Vec<Covered> = bars.map(|(_, bar)| bar.clone()).collect();
            promise::judge(&mut bars, 1.0 - alpha);
            findings.figures.push(Figure::Bars {
                title: format!("Coverage of the {:.0}% intervals", 100.0 * (1.0 - alpha)),
                bars: bars.into_iter().map(|(bar, _)| bar).collect(),
                reference: Some(ReferenceLine {
                    value: 1.0 - alpha,
                    label: "promised".to_owned(),
                }),
                from: promise::AXIS_FROM,
            });
        }
        findings.note(promise::note(
            "the kinds of intervals, and for the tenths of the rows",
        ));
        findings.table(
            "intervals",
            "Prediction intervals: coverage and width",
            &[
                "kind",
                "promised",
                "quantile",
                "coverage",
                "mean width",
                "winkler",
            ],
            self.rows,
        );
    }
}
