//! Calibration: reliability in bins of equal width and of equal mass, the errors in both readings,
//! the Brier score's parts, and Spiegelhalter's test.

use crate::dimension::findings::{Findings, text};
use crate::dimension::gates::warn;
use crate::event::{Cell, Figure, ReliabilityBin as DrawnBin};
use crate::metrics::bootstrap::{Interval, count_intervals};
use crate::metrics::calibration::{
    POSITIVE_CLASS_BINS, ReliabilityBin, TOP_LABEL_BINS, brier_score, equal_mass_bins,
    expected_calibration_error, maximum_calibration_error, murphy_parts, reliability_bins,
    spiegelhalter, top_label_bins,
};
use crate::metrics::classification::log_loss;

/// An expected calibration error above this is worth a warning: scores are off by a twentieth.
const MOST_CALIBRATION_ERROR: f64 = 0.05;

/// How intervals are drawn.
#[derive(Clone, Copy)]
pub(super) struct Resampling {
    pub(super) repeats: u32,
    pub(super) seed: u64,
}

pub(super) fn describe(
    (labels, scores, threshold): (&[bool], &[f64], f64),
    draws: Resampling,
    findings: &mut Findings,
) {
    let brier = brier_score(labels, scores);
    findings.metric("brier", brier);
    findings.metric("log_loss", log_loss(labels, scores));
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
/// its bin's mean score.
fn error_interval(bins: &[ReliabilityBin], draws: Resampling) -> Option<Interval> {
    let positives =
        |bin: &ReliabilityBin| (bin.observed_rate.unwrap_or(0.0) * bin.count as f64).round() as u64;
    let cells: Vec<u64> = bins
        .iter()
        .flat_map(|bin| [positives(bin), bin.count - positives(bin)])
        .collect();
    let named = (draws.seed, "expected calibration error");
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
        [expected_calibration_error(&resampled.collect::<Vec<_>>())]
    });
    interval
}

fn scores_table(findings: &mut Findings) {
    let rows: Vec<Vec<Cell>> = [
        ("Brier score", "brier"),
        (
            "Brier skill (1 is best, 0 the base rate)",
            "brier_skill_score",
        ),
        ("reliability (0 is best)", "murphy.reliability"),
        ("resolution (more is better)", "murphy.resolution"),
        ("uncertainty of the outcome", "murphy.uncertainty"),
        ("log loss", "log_loss"),
        ("ECE, equal width", "ece"),
        ("ECE, equal mass", "ece_equal_mass"),
        ("ECE of the decided class", "ece_top_label"),
        ("MCE, equal width", "mce"),
        ("MCE, equal mass", "mce_equal_mass"),
        ("MCE of the decided class", "mce_top_label"),
        ("Spiegelhalter's z", "spiegelhalter.z"),
        ("its two-sided p", "spiegelhalter.p_value"),
    ]
    .into_iter()
    .map(|(words, name)| {
        let value = findings.metrics.get(name).copied().flatten();
        vec![text(words), value.into()]
    })
    .collect();
    findings.table(
        "calibration",
        "Do the scores mean what they say?",
        &["measure", "value"],
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

fn warn_of_error(bins: &[ReliabilityBin], interval: Option<Interval>, findings: &mut Findings) {
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
    warn(findings, &words);
}
