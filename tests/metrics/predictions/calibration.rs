//! Brier score, log loss and reliability bins.

use lazydebugger::metrics::calibration::{
    POSITIVE_CLASS_BINS, ReliabilityBin, TOP_LABEL_BINS, brier_score, expected_calibration_error,
    maximum_calibration_error, reliability_bins, top_label_bins,
};
use lazydebugger::metrics::classification::{DECISION_THRESHOLD, log_loss};
use serde_json::Value;

use crate::predictions::{TOLERANCE, adult_test};
use crate::support::{close, json};

fn check_bins(got: &[ReliabilityBin], want: &Value, what: &str) {
    let bins = want["bins"].as_array().unwrap();
    assert_eq!(got.len(), bins.len(), "{what}");
    for (got, want) in got.iter().zip(bins) {
        close(got.lower, &want["lo"], 1e-15, what);
        close(got.upper, &want["hi"], 1e-15, what);
        assert_eq!(got.count, want["n"], "{what}");
        close(got.mean_score, &want["mean_score"], TOLERANCE, what);
        close(got.observed_rate, &want["positive_rate"], TOLERANCE, what);
    }
    close(
        expected_calibration_error(got),
        &want["ece"],
        TOLERANCE,
        what,
    );
    close(
        maximum_calibration_error(got),
        &want["mce"],
        TOLERANCE,
        what,
    );
}

#[test]
fn calibration_of_the_adult_forest() {
    let test = adult_test();
    let reference = json("uncertainty.json");
    close(
        brier_score(&test.labels, &test.scores),
        &reference["scores"]["brier"],
        TOLERANCE,
        "brier",
    );
    close(
        log_loss(&test.labels, &test.scores),
        &reference["scores"]["log_loss_clip_1e_15"],
        TOLERANCE,
        "log loss",
    );
    assert_eq!((POSITIVE_CLASS_BINS, TOP_LABEL_BINS), (10, 15));
    for bins in [10, 15] {
        let key = bins.to_string();
        check_bins(
            &reliability_bins(&test.labels, &test.scores, bins).unwrap(),
            &reference["positive_class"][&key],
            "positive class",
        );
        check_bins(
            &top_label_bins(&test.labels, &test.scores, DECISION_THRESHOLD, bins).unwrap(),
            &reference["top_label"][&key],
            "top label",
        );
    }
}

#[test]
fn an_edge_belongs_to_the_bin_below_it() {
    for bins in 1..40 {
        for edge in 0..=bins {
            let score = f64::from(edge) / f64::from(bins);
            let table = reliability_bins(&[true], &[score], bins as usize).unwrap();
            let bin = table.iter().position(|bin| bin.count == 1).unwrap();
            assert_eq!(bin, (edge - 1).max(0) as usize, "{score} in {bins} bins");
        }
    }
    let outside = reliability_bins(&[true, false], &[-0.1, 1.1], 4).unwrap();
    assert_eq!((outside[0].count, outside[3].count), (1, 1));
    let half = top_label_bins(&[true], &[0.5], 0.5, 2).unwrap();
    assert_eq!(half[0].observed_rate, Some(1.0));
    assert_eq!(reliability_bins(&[true], &[f64::NAN], 4), None);
    assert_eq!(top_label_bins(&[true], &[f64::NAN], 0.5, 4), None);
    assert_eq!(reliability_bins(&[], &[], 4), None);
}
