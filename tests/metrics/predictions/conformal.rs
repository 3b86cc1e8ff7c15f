//! Conformal prediction sets.

use lazydebugger::metrics::conformal::{
    Calibration, TIE_SLACK, binary_probabilities, coverage, is_in_set,
};

use crate::predictions::{TOLERANCE, adult_test};
use crate::support::{close, csv, json};

#[test]
fn conformal_sets_of_the_adult_forest() {
    let split = csv("adult_calib_scores.csv");
    let classes = |labels: &[bool]| labels.iter().map(|&y| usize::from(y)).collect::<Vec<_>>();
    let calibration = Calibration::new(
        &binary_probabilities(&split.scores("p1")),
        2,
        &classes(&split.labels()),
    );
    let test = adult_test();
    let probabilities = binary_probabilities(&test.scores);
    let labels = classes(&test.labels);
    let reference = json("uncertainty.json");
    for (alpha, want) in reference["LAC"].as_object().unwrap() {
        let quantile = calibration.quantile(alpha.parse().unwrap());
        close(quantile, &want["quantile"], TOLERANCE, alpha);
        let got = coverage(&probabilities, 2, &labels, quantile);
        for want in [want, &reference["MAPIE_LAC"][alpha]] {
            close(got.coverage, &want["coverage"], TOLERANCE, alpha);
            close(got.mean_set_size, &want["mean_set_size"], TOLERANCE, alpha);
        }
        for size in 0..3 {
            let rows = &want["set_size_counts"][size.to_string()];
            assert_eq!(got.set_sizes[size], *rows, "{alpha}, size {size}");
        }
        assert_eq!(got.empty_sets(), want["set_size_counts"]["0"]);
        for class in 0..2 {
            let share = &want["class_conditional_coverage"][class.to_string()];
            close(got.class_coverage[class], share, TOLERANCE, alpha);
        }
    }
}

#[test]
fn conformal_sets_of_three_classes_by_hand() {
    // Scores 0.1, 0.2, 0.3, 0.6; k = ceil(5 * 0.75) = 4 at alpha 0.25, 3 at 0.4, 5 at 0.1.
    let probabilities = [
        0.9, 0.05, 0.05, //
        0.1, 0.8, 0.1, //
        0.2, 0.1, 0.7, //
        0.4, 0.5, 0.1,
    ];
    let calibration = Calibration::new(&probabilities, 3, &[0, 1, 2, 0]);
    let near = |got: Option<f64>, want: f64| assert!((got.unwrap() - want).abs() < 1e-12);
    near(calibration.quantile(0.25), 0.6);
    near(calibration.quantile(0.4), 0.3);
    assert_eq!(calibration.quantile(0.1), None);

    let test = [0.45, 0.45, 0.1, 0.34, 0.33, 0.33];
    let got = coverage(&test, 3, &[1, 2], calibration.quantile(0.25));
    assert_eq!(got.set_sizes, [1, 0, 1, 0]);
    assert_eq!(got.coverage, Some(0.5));
    assert_eq!(got.mean_set_size, Some(1.0));
    assert_eq!(got.class_coverage, [None, Some(1.0), Some(0.0)]);

    let all = coverage(&test, 3, &[1, 2], calibration.quantile(0.1));
    assert_eq!((all.coverage, all.mean_set_size), (Some(1.0), Some(3.0)));
    assert_eq!(coverage(&[], 3, &[], None).coverage, None);
    assert!(is_in_set(0.4, Some(0.6 - 0.9 * TIE_SLACK)));
    assert!(!is_in_set(0.4, Some(0.6 - 1.1 * TIE_SLACK)));
}

/// Ten trees vote; their shares are summed in float32, in whatever order a runtime likes. In float64,
/// where the library sums them, the sums of as many votes are equal.
#[test]
fn votes_that_float32_sums_otherwise_are_ties() {
    let in_order = |votes: u32, ahead: u32| {
        let others = (0..ahead).map(|_| 0.0_f32);
        let sum: f32 = others.chain((0..votes).map(|_| 0.1_f32)).sum();
        f64::from(sum)
    };
    for votes in 1..=10 {
        let exact = f64::from(votes) / 10.0;
        let at_once = f64::from((0.1_f64 * f64::from(votes)) as f32);
        for found in [in_order(votes, 3), at_once] {
            assert!((found - exact).abs() < TIE_SLACK, "{votes}: {found}");
            // The quantile comes from one order, the row from the other.
            assert!(is_in_set(found, Some(1.0 - exact)), "{votes}");
            assert!(is_in_set(exact, Some(1.0 - found)), "{votes}");
        }
    }
    // A vote more or less is no tie.
    assert!(!is_in_set(0.3, Some(0.6)));
}

#[test]
fn the_rank_survives_float_error() {
    // (24 + 1)(1 - 0.44) is 14.000000000000002 in floats: rank 14, not 15.
    let probabilities: Vec<f64> = (1..25).map(|i| 1.0 - f64::from(i) / 100.0).collect();
    let calibration = Calibration::new(&probabilities, 1, &[0; 24]);
    let quantile = calibration.quantile(0.44).unwrap();
    assert!((quantile - 0.14).abs() < 1e-12, "{quantile}");
}
