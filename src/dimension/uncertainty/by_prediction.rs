//! Do intervals of a number keep their promise wherever the prediction lies? Split-conformal intervals
//! keep it for all rows together by construction; that they do says nothing of the model.

use super::calibration::{MOST_CALIBRATION_ERROR, Resampling, error_interval};
use super::promise::{self, Covered};
use crate::dimension::findings::{Findings, text};
use crate::display;
use crate::event::{Bar, Cell, Figure, ReferenceLine};
use crate::metrics::calibration::{ReliabilityBin, expected_calibration_error};
use crate::metrics::perturbation::Distribution;
use crate::metrics::slice_line::bin_numbers;

/// The intervals' miscoverage.
pub(super) const ALPHA: f64 = 0.1;

/// Coverage of the intervals at [`ALPHA`] by tenths of the prediction, and the score that follows
/// from it. Each bin has the promise as its mean score and the coverage as its observed rate.
pub(super) fn describe(
    (outcomes, predicted): (&[f64], &[f64]),
    intervals: &[[f64; 2]],
    draws: Resampling,
    findings: &mut Findings,
) {
    let distribution = Distribution::new(predicted);
    let tenths = (1..10).map(|tenth| f64::from(tenth) / 10.0);
    let mut edges: Vec<f64> = tenths
        .filter_map(|rank| distribution.at_rank(rank))
        .collect();
    edges.dedup();
    let binned = bin_numbers(predicted, &edges);
    let mut counts = vec![(0u64, 0u64); binned.bins];
    for ((y, [low, high]), code) in outcomes.iter().zip(intervals).zip(&binned.codes) {
        let count = &mut counts[usize::from(*code)];
        count.0 += 1;
        count.1 += u64::from(low <= y && y <= high);
    }
    let lower = [f64::NEG_INFINITY].into_iter().chain(edges.iter().copied());
    let upper = edges.iter().copied().chain([f64::INFINITY]);
    // The last bin is of missing predictions.
    let ends = lower.zip(upper).chain([(f64::NAN, f64::NAN)]);
    let bins = ends.zip(counts).filter(|(_, (n, _))| *n > 0);
    let bins: Vec<ReliabilityBin> = bins
        .map(|((lower, upper), (count, covered))| ReliabilityBin {
            lower,
            upper,
            count,
            mean_score: Some(1.0 - ALPHA),
            observed_rate: Some(covered as f64 / count as f64),
        })
        .collect();
    let error = expected_calibration_error(&bins);
    let interval = error_interval(&bins, draws);
    findings.metric("coverage_error", error);
    findings.metric("coverage_error.low", interval.map(|i| i.low));
    findings.metric("coverage_error.high", interval.map(|i| i.high));
    findings.score(
        error.map(|error| 1.0 - error),
        interval.map(|i| (1.0 - i.high, 1.0 - i.low)),
        "1 - expected coverage error of the plain 90% intervals: how far their coverage lies from 90% \
         in a tenth of the rows by prediction, on average; 1 where they keep the promise whatever the \
         prediction",
    );
    let covered = bins
        .iter()
        .map(|bin| promise::bar(name(bin), bin.observed_rate, bin.count));
    let mut covered: Vec<Covered> = covered.collect();
    promise::judge(&mut covered, 1.0 - ALPHA);
    if error.is_some_and(|error| error > MOST_CALIBRATION_ERROR) {
        warn_of_least(&covered, findings);
    }
    show(&bins, covered, findings);
}

/// Warns of the tenth in which the intervals cover least, of those that fall short beyond chance.
fn warn_of_least(covered: &[Covered], findings: &mut Findings) {
    let rate = |bar: &Bar| bar.value.unwrap_or(1.0);
    let short = covered.iter().filter(|(bar, _)| bar.flagged);
    let least = short.min_by(|(a, _), (b, _)| rate(a).total_cmp(&rate(b)));
    if let Some((bar, rows)) = least {
        let words = format!(
            "the plain 90% intervals do not keep their promise for every prediction: at predictions \
             {} they cover {} of {rows} rows; intervals that follow the row may (scaled or CQR, by \
             `quantiles` under [model])",
            bar.label,
            display::percent(rate(bar)),
        );
        findings.warn(words);
    }
}

fn name(bin: &ReliabilityBin) -> String {
    let (lower, upper) = (display::metric(bin.lower), display::metric(bin.upper));
    match (bin.lower.is_finite(), bin.upper.is_finite()) {
        (true, true) => format!("({lower}, {upper}]"),
        (false, true) => format!("<= {upper}"),
        (true, false) => format!("> {lower}"),
        // Deciles leave an end open on one side only: this is the bin of missing predictions.
        (false, false) => "missing".to_owned(),
    }
}

fn show(bins: &[ReliabilityBin], covered: Vec<Covered>, findings: &mut Findings) {
    let bars = covered.into_iter().map(|(bar, _)| bar);
    findings.figures.push(Figure::Bars {
        title: "Coverage of the plain 90% intervals by prediction".to_owned(),
        bars: bars.collect(),
        reference: Some(ReferenceLine {
            value: 1.0 - ALPHA,
            label: "promised".to_owned(),
        }),
        from: promise::AXIS_FROM,
    });
    let rows = bins.iter().map(|bin| {
        vec![
            text(name(bin)),
            Cell::Count(bin.count),
            bin.observed_rate.into(),
        ]
    });
    findings.table(
        "coverage_by_prediction",
        "Coverage of the plain 90% intervals by prediction",
        &["prediction", "n", "coverage"],
        rows.collect(),
    );
}
