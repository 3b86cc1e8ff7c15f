//! Calibration: reliability in bins of equal width and of equal mass, the errors in both readings,
//! the Brier score's parts, and Spiegelhalter's test.

use crate::dimension::findings::{Findings, text};
use crate::dimension::{Inputs, preset};
use crate::event::{Cell, Figure, ReliabilityBin as DrawnBin};
use crate::metrics::bootstrap::{Interval, count_intervals};
use crate::metrics::calibration::{
    POSITIVE_CLASS_BINS, ReliabilityBin, TOP_LABEL_BINS, brier_score, equal_mass_bins,
    expected_calibration_error, maximum_calibration_error, murphy_parts, reliability_bins,
    spiegelhalter, top_label_bins,
};
use crate::metrics::classification::{LOG_LOSS_CLIP, clipped_rows, log_loss};
use crate::metrics::moments::mean;

/// An expected calibration error above this is worth a warning: scores are off by a twentieth.
pub(super) const MOST_CALIBRATION_ERROR: f64 = 0.05;

/// How intervals are drawn.
#[derive(Clone, Copy)]
pub(super) struct Resampling {
    repeats: u32,
    seed: u64,
}

impl Resampling {
    pub(super) fn of(inputs: &Inputs<'_>) -> Self {
        Self {
            repeats: preset::bootstrap_repeats(inputs.preset),
            seed: inputs.seed,
        }
    }
}

/// Says what the log loss rests on, where rows have no probability at all for what they are.
pub(super) fn clip_note(clipped: usize) -> Option<String> {
    (clipped > 0).then(|| {
        format!(
            "log loss: {clipped} rows have the probability 0 for the class that they are; it is clipped \
             at {LOG_LOSS_CLIP:e} there, where scikit-learn clips at the epsilon of the scores' type \
             (1.2e-7 for float32, 2.2e-16 for float64)"
        )
    })
}

pub(super) fn describe(
    (labels, scores, threshold): (&[bool], &[f64], f64),
    draws: Resampling,
    findings: &mut Findings,
) {
    let brier = brier_score(labels, scores);
    findings.metric("brier", brier);
    findings.metric("log_loss", log_loss(labels, scores));
    findings.notes(clip_note(clipped_rows(labels, scores)));
    let widths = reliability_bins(labels, scores, POSITIVE_CLASS_BINS).unwrap_or_default();
    let masses = equal_mass_bins(labels, scores, POSITIVE_CLASS_BINS).unwrap_or_default();
    let top_label = top_label_bins(labels, scores, threshold, TOP_LABEL_BINS).unwrap_or_default();
    for (suffix, bins) in [
        ("", &widths),
        ("_equal_mass", &masses),
        ("_top_label", &top_label),
    ] {
        let (mean, worst) = (
            expected_calibration_error(bins),
            maximum_calibration_error(bins),
        );
        findings.metric(format!("ece{suffix}"), mean);
        findings.metric(format!("mce{suffix}"), worst);
    }
    let interval = error_interval(&widths, draws);
    findings.metric("ece.low", interval.map(|i| i.low));
    findings.metric("ece.high", interval.map(|i| i.high));
    findings.score(
        expected_calibration_error(&widths).map(|error| 1.0 - error),
        interval.map(|i| (1.0 - i.high, 1.0 - i.low)),
        "1 - expected calibration error of the positive class (10 bins of equal width); 1 where \
         every score is the rate at which it comes true",
    );
    let parts = murphy_parts(&widths);
    for (name, value) in [
        ("reliability", parts.map(|p| p.reliability)),
        ("resolution", parts.map(|p| p.resolution)),
        ("uncertainty", parts.map(|p| p.uncertainty)),
    ] {
        findings.metric(format!("murphy.{name}"), value);
    }
    let spread = parts.map(|p| p.uncertainty).filter(|u| *u > 0.0);
    let skill = brier
        .zip(spread)
        .map(|(brier, spread)| 1.0 - brier / spread);
    findings.metric("brier_skill_score", skill);
    let test = spiegelhalter(labels, scores);
    findings.metric("spiegelhalter.z", test.map(|t| t.z));
    findings.metric("spiegelhalter.p_value", test.map(|t| t.p_value));
    scores_table(findings);
    bins_table("reliability", "of equal width", &widths, findings);
    bins_table("reliability_equal_mass", "of equal mass", &masses, findings);
    for (kind, bins) in [("equal width", &widths), ("equal mass", &masses)] {
        findings.figures.push(Figure::Reliability {
            title: format!("Reliability: score against observed rate, bins of {kind}"),
            bins: bins.iter().filter_map(drawn).collect(),
        });
    }
    warn_of_error(&widths, interval, findings);
}

/// The interval of the calibration error: rows resampled within the cells of bin and label, each at
/// its bin's mean score. The errors of resamples lie above that of the rows, since every chance
/// departure adds to an error: the interval is moved by as much as their mean is too high.
pub(super) fn error_interval(bins: &[ReliabilityBin], draws: Resampling) -> Option<Interval> {
    let positives =
        |bin: &ReliabilityBin| (bin.observed_rate.unwrap_or(0.0) * bin.count as f64).round() as u64;
    let cells: Vec<u64> = bins
        .iter()
        .flat_map(|bin| [positives(bin), bin.count - positives(bin)])
        .collect();
    let named = (draws.seed, "expected calibration error");
    let mut errors = Vec::new();
    let [interval] = count_intervals(&cells, draws.repeats, named, |cells| {
        let resampled = bins.iter().zip(cells.as_chunks::<2>().0);
        let resampled = resampled.map(|(bin, [positives, negatives])| {
            let count = positives + negatives;
            ReliabilityBin {
                count,
                observed_rate: (count > 0).then(|| *positives as f64 / count as f64),
                ..*bin
            }
        });
        let error = expected_calibration_error(&resampled.collect::<Vec<_>>());
        errors.extend(error);
        [error]
    });
    let excess = mean(&errors)? - expected_calibration_error(bins)?;
    interval.map(|Interval { low, high }| Interval {
        low: (low - excess).max(0.0),
        high: high - excess,
    })
}

fn scores_table(findings: &mut Findings) {
    let rows: Vec<Vec<Cell>> = [
        ("Brier score", "brier", "0"),
        (
            "Brier skill",
            "brier_skill_score",
            "1, and 0 is the base rate",
        ),
        ("reliability", "murphy.reliability", "0"),
        ("resolution", "murphy.resolution", "high"),
        ("uncertainty", "murphy.uncertainty", "given by the labels"),
        ("log loss", "log_loss", "0"),
        ("ECE, equal width", "ece", "0"),
        ("ECE, equal mass", "ece_equal_mass", "0"),
        ("ECE, decided class", "ece_top_label", "0"),
        ("MCE, equal width", "mce", "0"),
        ("MCE, equal mass", "mce_equal_mass", "0"),
        ("MCE, decided class", "mce_top_label", "0"),
        ("Spiegelhalter's z", "spiegelhalter.z", "0"),
        ("its two-sided p", "spiegelhalter.p_value", "not small"),
    ]
    .into_iter()
    .map(|(words, name, best)| {
        let value = findings.metrics.get(name).copied().flatten();
        vec![text(words), value.into(), text(best)]
    })
    .collect();
    findings.table(
        "calibration",
        "Do the scores mean what they say?",
        &["measure", "value", "best"],
        rows,
    );
}

fn bins_table(name: &str, kind: &str, bins: &[ReliabilityBin], findings: &mut Findings) {
    let rows = bins.iter().map(|bin| {
        vec![
            text(format!("{:.3}-{:.3}", bin.lower, bin.upper)),
            Cell::Count(bin.count),
            bin.mean_score.into(),
            bin.observed_rate.into(),
            bin.gap().into(),
        ]
    });
    findings.table(
        name,
        format!("Reliability of the positive class's score, bins {kind}"),
        &["score", "n", "mean score", "observed rate", "gap"],
        rows.collect(),
    );
}

fn drawn(bin: &ReliabilityBin) -> Option<DrawnBin> {
    Some(DrawnBin {
        count: bin.count,
        mean_score: bin.mean_score?,
        observed_rate: bin.observed_rate?,
    })
}

/// Warns where the scores of the bins are off by much on average.
pub(super) fn warn_of_error(
    bins: &[ReliabilityBin],
    interval: Option<Interval>,
    findings: &mut Findings,
) {
    let Some(error) = expected_calibration_error(bins).filter(|e| *e > MOST_CALIBRATION_ERROR)
    else {
        return;
    };
    let interval = interval.map(|i| format!(" (95% interval {:.3} to {:.3})", i.low, i.high));
    let words = format!(
        "the scores are off by {error:.3} on average{}, more than {MOST_CALIBRATION_ERROR}: \
         calibrate them (isotonic or Platt) before they are read as chances",
        interval.unwrap_or_default()
    );
    findings.warn(words);
}
