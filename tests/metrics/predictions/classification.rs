//! Performance, and what is undefined.

use lazydebugger::metrics::calibration::brier_score;
use lazydebugger::metrics::classification::{
    Confusion, DECISION_THRESHOLD, Performance, auc, flip_rate, log_loss, mean_absolute_change,
};
use proptest::prelude::*;

use crate::predictions::{TOLERANCE, adult_test};
use crate::support::{close, json};

#[test]
fn performance_of_the_adult_forest() {
    let test = adult_test();
    let want = &json("resilience.json")["base_performance"];
    let got = Performance::measure(&test.labels, &test.scores, DECISION_THRESHOLD);
    close(got.auc, &want["auc"], TOLERANCE, "auc");
    close(got.accuracy, &want["accuracy"], TOLERANCE, "accuracy");
    close(got.f1, &want["f1"], TOLERANCE, "f1");
    close(got.log_loss, &want["log_loss"], TOLERANCE, "log_loss");
}

#[test]
fn undefined_values_are_none() {
    assert_eq!(auc(&[true, true], &[0.1, 0.9]), None);
    assert_eq!(auc(&[true, false], &[0.1, f64::NAN]), None);
    assert_eq!(auc(&[], &[]), None);
    assert_eq!(log_loss(&[], &[]), None);
    assert_eq!(log_loss(&[true], &[f64::NAN]), None);
    assert_eq!(brier_score(&[], &[]), None);
    assert_eq!(brier_score(&[true], &[f64::NAN]), None);
    assert_eq!(Confusion::default().accuracy(), None);
    assert_eq!(Confusion::count(&[false], &[false]).f1(), None);
    assert_eq!(flip_rate(&[], &[]), None);
    assert_eq!(mean_absolute_change(&[], &[]), None);
    assert_eq!(mean_absolute_change(&[0.1], &[f64::NAN]), None);
}

#[test]
fn a_sure_and_wrong_score_costs_the_clipped_loss() {
    let worst = -(1e-15f64).ln();
    assert_eq!(log_loss(&[true], &[0.0]), Some(worst));
    assert!((log_loss(&[false], &[1.0]).unwrap() - worst).abs() < 0.2);
    assert_eq!(log_loss(&[true], &[1.0]), log_loss(&[false], &[0.0]));
}

proptest! {
    #[test]
    fn auc_counts_every_pair(rows in prop::collection::vec((any::<bool>(), 0u8..12), 0..60)) {
        let labels: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.1) / 11.0 - 0.5).collect();
        let (mut ordered, mut pairs) = (0.0, 0.0);
        for (i, _) in labels.iter().enumerate().filter(|(_, label)| **label) {
            for (j, _) in labels.iter().enumerate().filter(|(_, label)| !**label) {
                pairs += 1.0;
                ordered += if scores[i] > scores[j] {
                    1.0
                } else if scores[i] == scores[j] {
                    0.5
                } else {
                    0.0
                };
            }
        }
        prop_assert_eq!(auc(&labels, &scores), (pairs > 0.0).then_some(ordered / pairs));
    }
}
