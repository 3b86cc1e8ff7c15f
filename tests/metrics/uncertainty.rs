//! Calibration, selective prediction and class-conditional sets against the reference values of the
//! Adult random forest (`tests/reference/README.md`) and scipy.

use lazydebugger::metrics::calibration::{
    POSITIVE_CLASS_BINS, ReliabilityBin, TOP_LABEL_BINS, brier_score, equal_mass_bins,
    expected_calibration_error, group_reliability_bins, maximum_calibration_error, murphy_parts,
    reliability_bins, spiegelhalter,
};
use lazydebugger::metrics::classification::{DECISION_THRESHOLD, decide};
use lazydebugger::metrics::conformal::{
    Calibration, binary_probabilities, class_conditional_coverage, coverage, group_coverage,
};
use lazydebugger::metrics::distributions::two_sided_p_value;
use lazydebugger::metrics::selective::RiskCoverage;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{close, close_relative, csv, json};

const TOLERANCE: f64 = 1e-12;

fn adult() -> (Vec<bool>, Vec<f64>) {
    let table = csv("adult_test.csv");
    (table.labels(), table.scores("p1"))
}

fn check_bins(got: &[ReliabilityBin], want: &Value, what: &str) {
    let bins = want["bins"].as_array().unwrap();
    assert_eq!(got.len(), bins.len(), "{what}");
    for (got, want) in got.iter().zip(bins) {
        assert_eq!(got.count, want["n"], "{what}");
        for (field, value) in [
            ("lo", Some(got.lower)),
            ("hi", Some(got.upper)),
            ("mean_score", got.mean_score),
            ("positive_rate", got.observed_rate),
        ] {
            close(value, &want[field], TOLERANCE, what);
        }
    }
    let (mean, worst) = (
        expected_calibration_error(got),
        maximum_calibration_error(got),
    );
    close(mean, &want["ece"], TOLERANCE, what);
    close(worst, &want["mce"], TOLERANCE, what);
}

#[test]
fn bins_of_equal_mass() {
    let (labels, scores) = adult();
    let want = &json("uncertainty.json")["equal_mass"];
    let bins = equal_mass_bins(&labels, &scores, POSITIVE_CLASS_BINS).unwrap();
    check_bins(&bins, &want["positive_class_10"], "positive class");
    let decided = decide(&scores, DECISION_THRESHOLD);
    let right: Vec<bool> = labels.iter().zip(&decided).map(|(a, b)| a == b).collect();
    let confidences: Vec<f64> = scores.iter().map(|p| p.max(1.0 - p)).collect();
    let bins = equal_mass_bins(&right, &confidences, TOP_LABEL_BINS).unwrap();
    check_bins(&bins, &want["top_label_15"], "top label");
    let few = equal_mass_bins(&[true, false], &[0.4, 0.2], 5).unwrap();
    assert_eq!(few.iter().map(|b| b.count).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(equal_mass_bins(&[], &[], 5), None);
    assert_eq!(equal_mass_bins(&[true], &[f64::NAN], 5), None);
}

#[test]
fn parts_of_the_brier_score() {
    let (labels, scores) = adult();
    let want = &json("uncertainty.json")["murphy_10"];
    let bins = reliability_bins(&labels, &scores, POSITIVE_CLASS_BINS).unwrap();
    let parts = murphy_parts(&bins).unwrap();
    for (name, got) in [
        ("reliability", parts.reliability),
        ("resolution", parts.resolution),
        ("uncertainty", parts.uncertainty),
        (
            "binned_brier",
            parts.reliability - parts.resolution + parts.uncertainty,
        ),
    ] {
        close(got, &want[name], TOLERANCE, name);
    }
    assert_eq!(murphy_parts(&[]), None);
}

proptest! {
    /// Where the scores of a bin are equal, the parts add up to the Brier score.
    #[test]
    fn the_parts_add_up(rows in prop::collection::vec((0u8..10, any::<bool>()), 1..100)) {
        let labels: Vec<bool> = rows.iter().map(|(_, label)| *label).collect();
        let scores: Vec<f64> = rows.iter().map(|(p, _)| (f64::from(*p) + 0.5) / 10.0).collect();
        let parts = murphy_parts(&reliability_bins(&labels, &scores, 10).unwrap()).unwrap();
        let sum = parts.reliability - parts.resolution + parts.uncertainty;
        prop_assert!((sum - brier_score(&labels, &scores).unwrap()).abs() < 1e-12);
    }

    /// A group's bins are those of its rows alone.
    #[test]
    fn groups_are_binned_as_if_alone(
        rows in prop::collection::vec((0u8..=20, any::<bool>(), 0u32..3), 1..80),
    ) {
        let labels: Vec<bool> = rows.iter().map(|(_, label, _)| *label).collect();
        let scores: Vec<f64> = rows.iter().map(|(p, ..)| f64::from(*p) / 20.0).collect();
        let groups: Vec<u32> = rows.iter().map(|(.., group)| *group).collect();
        let all = group_reliability_bins(&labels, &scores, &groups, 2, 5).unwrap();
        prop_assert_eq!(all.len(), 2);
        for (group, bins) in (0..).zip(all) {
            let own = || (0..rows.len()).filter(|row| groups[*row] == group);
            let labels: Vec<bool> = own().map(|row| labels[row]).collect();
            let scores: Vec<f64> = own().map(|row| scores[row]).collect();
            match reliability_bins(&labels, &scores, 5) {
                Some(alone) => prop_assert_eq!(bins, alone),
                None => prop_assert!(bins.iter().all(|bin| bin.count == 0)),
            }
        }
    }
}

/// `2 * scipy.stats.norm.sf(z)`, scipy 1.17.
#[test]
fn tails_of_the_normal_distribution() {
    for (z, want) in [
        (0.0, 1.0),
        (0.5, 0.617_075_077_451_973_8),
        (1.96, 0.049_995_790_296_440_87),
        (2.5, 0.012_419_330_651_552_265),
        (2.9, 0.003_731_626_600_768_075),
        (5.0, 5.733_031_437_583_866e-7),
        (9.425_348_858_369_814, 4.286_781_532_831_847e-21),
        (37.0, 1.145_114_244_504_785_3e-299),
    ] {
        for z in [z, -z] {
            let got = two_sided_p_value(z);
            assert!((got / want - 1.0).abs() < 1e-12, "{z}: {got} {want}");
        }
    }
}

#[test]
fn spiegelhalters_test() {
    let (labels, scores) = adult();
    let want = &json("uncertainty.json")["scores"]["spiegelhalter_z"];
    let test = spiegelhalter(&labels, &scores).unwrap();
    close(test.z, want, 1e-9, "z");
    assert!((test.p_value / 4.286_781_532_831_847e-21 - 1.0).abs() < 1e-6);
    assert_eq!(spiegelhalter(&[], &[]), None);
    assert_eq!(spiegelhalter(&[true, false], &[1.0, 0.5]), None);
    assert_eq!(spiegelhalter(&[true], &[f64::NAN]), None);
}

#[test]
fn leaving_out_the_least_confident() {
    let (labels, scores) = adult();
    let decided = decide(&scores, DECISION_THRESHOLD);
    let wrong: Vec<bool> = labels.iter().zip(&decided).map(|(a, b)| a != b).collect();
    let ranked = RiskCoverage::of(&wrong, &scores).unwrap();
    let want = &json("uncertainty.json")["selective"];
    close(ranked.area(), &want["aurc"], TOLERANCE, "aurc");
    for (coverage, accuracy) in want["accuracy_at_coverage"].as_object().unwrap() {
        let got = 1.0 - ranked.risk(coverage.parse().unwrap());
        // The reference may round a half row the other way.
        close(got, accuracy, 1.0 / 4000.0, coverage);
    }
    let by_hand = RiskCoverage::of(&[true, false, false], &[0.6, 0.1, 0.7]).unwrap();
    assert_eq!(by_hand.risk(1.0), 1.0 / 3.0);
    assert_eq!(by_hand.risk(0.0), 0.0);
    assert_eq!(by_hand.area(), 1.0 / 9.0);
    assert_eq!(RiskCoverage::of(&[], &[]), None);
    assert_eq!(RiskCoverage::of(&[true], &[f64::NAN]), None);
}

#[test]
fn sets_by_class_and_coverage_by_group() {
    let classes = |labels: &[bool]| labels.iter().map(|&y| usize::from(y)).collect::<Vec<_>>();
    let split = csv("adult_calib_scores.csv");
    let calibration_labels = classes(&split.labels());
    let calibration = binary_probabilities(&split.scores("p1"));
    let all = Calibration::new(&calibration, 2, &calibration_labels);
    let each = Calibration::by_class(&calibration, 2, &calibration_labels);
    let (labels, scores) = adult();
    let (labels, probabilities) = (classes(&labels), binary_probabilities(&scores));
    let table = csv("adult_test.csv");
    let sexes = table.text("sex").into_iter();
    let sexes: Vec<u32> = sexes.map(|sex| u32::from(sex == "Male")).collect();
    let reference = json("uncertainty.json");
    for (alpha, want) in reference["class_conditional"].as_object().unwrap() {
        let level = alpha.parse().unwrap();
        let quantiles: Vec<Option<f64>> = each.iter().map(|own| own.quantile(level)).collect();
        for (class, quantile) in quantiles.iter().enumerate() {
            close(*quantile, &want["quantiles"][class], TOLERANCE, alpha);
        }
        let got = class_conditional_coverage(&probabilities, &labels, &quantiles);
        close(got.coverage, &want["coverage"], TOLERANCE, alpha);
        close(got.mean_set_size, &want["mean_set_size"], TOLERANCE, alpha);
        for (key, values) in [
            ("class_conditional_coverage", &got.class_coverage),
            ("size_stratified_coverage", &got.size_coverage),
        ] {
            for (place, share) in want[key].as_object().unwrap() {
                close(
                    values[place.parse::<usize>().unwrap()],
                    share,
                    TOLERANCE,
                    key,
                );
            }
        }
        assert_eq!(got.class_rows.iter().sum::<u64>(), labels.len() as u64);
        let want = &reference["LAC"][alpha];
        let quantile = all.quantile(level);
        let sets = coverage(&probabilities, 2, &labels, quantile);
        for (size, share) in want["size_stratified_coverage"].as_object().unwrap() {
            let size: usize = size.parse().unwrap();
            close(sets.size_coverage[size], share, TOLERANCE, "by size");
        }
        let by_sex = group_coverage(&probabilities, 2, &labels, &sexes, &[quantile; 2]);
        for (code, sex) in ["Female", "Male"].into_iter().enumerate() {
            let wanted = &want["coverage_by_group"]["sex"][sex];
            close(by_sex[code].coverage, wanted, TOLERANCE, sex);
            let wanted = &want["mean_set_size_by_sex"][sex];
            close(by_sex[code].mean_set_size, wanted, TOLERANCE, sex);
        }
    }
    let none = group_coverage(&[0.5, 0.5], 2, &[0], &[7], &[None]);
    assert_eq!((none[0].rows, none[0].coverage), (0, None));
    let skill = &reference["scores"]["brier_skill_score"];
    let (labels, scores) = adult();
    let bins = reliability_bins(&labels, &scores, 10).unwrap();
    let spread = murphy_parts(&bins).unwrap().uncertainty;
    let got = 1.0 - brier_score(&labels, &scores).unwrap() / spread;
    close_relative(got, skill, 1e-9, "skill");
}
