//! Group tables and the gaps between groups.

use std::collections::BTreeSet;

use lazydebugger::metrics::classification::{Confusion, auc, decide};
use lazydebugger::metrics::fairness::{
    Gaps, Group, NO_GROUP, error_ratio, four_fifths, gaps, generalized_entropy_2, group_table,
    theil_index,
};
use lazydebugger::metrics::standard_error::{auc_standard_error, mean_standard_error};
use proptest::prelude::*;
use serde_json::Value;

use crate::predictions::{TOLERANCE, adult_test};
use crate::support::{close, csv, json};

/// Codes in the order of the names, with the names.
fn codes(values: &[String]) -> (Vec<u32>, Vec<String>) {
    let names: Vec<String> = values
        .iter()
        .cloned()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let code = |value: &String| names.binary_search(value).unwrap() as u32;
    (values.iter().map(code).collect(), names)
}

fn attribute(name: &str) -> Vec<String> {
    let table = csv("adult_test.csv");
    let text = |column: &str| {
        let owned = |value: &str| value.to_owned();
        table.text(column).into_iter().map(owned).collect()
    };
    match name {
        "age_group" => table
            .numbers("age")
            .into_iter()
            .map(|age| match age {
                ..25.0 => "<25".to_owned(),
                25.0..45.0 => "25-44".to_owned(),
                45.0..65.0 => "45-64".to_owned(),
                _ => "65+".to_owned(),
            })
            .collect(),
        "sex_race" => {
            let (sex, race): (Vec<String>, Vec<String>) = (text("sex"), text("race"));
            let join = |(sex, race): (&String, &String)| format!("{sex} & {race}");
            sex.iter().zip(&race).map(join).collect()
        }
        column => text(column),
    }
}

#[test]
fn fairness_tables_and_gaps_of_every_attribute() {
    let test = adult_test();
    let reference = json("fairness.json");
    for (name, want) in reference["by_attribute"].as_object().unwrap() {
        let (groups, names) = codes(&attribute(name));
        let table = group_table(
            &test.labels,
            &test.predicted,
            &test.scores,
            &groups,
            names.len(),
        );
        let wanted_groups = want["groups"].as_object().unwrap();
        assert_eq!(wanted_groups.len(), names.len(), "{name}");
        for (group, row) in names.iter().zip(&table) {
            check_group(row, &wanted_groups[group], &format!("{name}.{group}"));
        }
        check_gaps(&gaps(&table), &want["fairlearn"], name);
        check_group_gaps(&gaps(&table), &wanted_groups.values(), name);

        let rule = four_fifths(&table).unwrap();
        let want = &want["four_fifths"];
        assert_eq!(
            names[rule.reference], want["reference_group_eeoc"],
            "{name}"
        );
        assert_eq!(rule.passes, want["passes"], "{name}");
        for (group, ratio) in names.iter().zip(&rule.impact_ratios) {
            close(*ratio, &want["impact_ratios"][group], TOLERANCE, group);
        }
        let below = |group: &&String| {
            let row = &table[names.binary_search(group).unwrap()];
            row.share < 0.02
        };
        let small: Vec<&String> = names.iter().filter(below).collect();
        assert_eq!(
            small,
            want["groups_below_2_percent"]
                .as_array()
                .unwrap()
                .iter()
                .collect::<Vec<_>>()
        );
        assert!(
            names
                .iter()
                .zip(&table)
                .all(|(group, row)| !small.contains(&group) || row.is_small())
        );
    }
}

fn check_group(row: &Group, want: &Value, what: &str) {
    let counts = row.counts;
    assert_eq!(counts.n(), want["n"], "{what}");
    assert_eq!(counts.true_positives, want["tp"], "{what}");
    assert_eq!(counts.false_positives, want["fp"], "{what}");
    assert_eq!(counts.false_negatives, want["fn"], "{what}");
    assert_eq!(counts.true_negatives, want["tn"], "{what}");
    for (field, got) in [
        ("share", Some(row.share)),
        ("base_rate", counts.base_rate()),
        ("selection_rate", counts.selection_rate()),
        ("accuracy", counts.accuracy()),
        ("tpr", counts.true_positive_rate()),
        ("fpr", counts.false_positive_rate()),
        ("ppv", counts.positive_predictive_value()),
        ("f1", counts.f1()),
        ("auc", row.auc),
        ("mean_score", row.mean_score),
        ("calibration_gap", row.calibration_gap()),
        ("fn_fp_ratio", error_ratio(&counts)),
    ] {
        close(got, &want[field], TOLERANCE, &format!("{what}.{field}"));
    }
}

fn check_gaps(got: &Gaps, want: &Value, what: &str) {
    for (field, got) in [
        (
            "demographic_parity_difference",
            got.demographic_parity_difference,
        ),
        ("demographic_parity_ratio", got.demographic_parity_ratio),
        ("equalized_odds_difference", got.equalized_odds_difference),
        ("equalized_odds_ratio", got.equalized_odds_ratio),
        (
            "equal_opportunity_difference",
            got.equal_opportunity_difference,
        ),
        ("average_odds_difference", got.average_odds_difference),
    ] {
        close(got, &want[field], TOLERANCE, &format!("{what}.{field}"));
    }
}

fn check_group_gaps<'a>(
    got: &Gaps,
    groups: &(impl Iterator<Item = &'a Value> + Clone),
    what: &str,
) {
    for (field, got) in [
        ("ppv", got.predictive_parity_difference),
        ("accuracy", got.accuracy_difference),
        ("auc", got.auc_difference),
        ("calibration_gap", got.calibration_difference),
        ("fn_fp_ratio", got.treatment_equality_difference),
    ] {
        let values = groups.clone().filter_map(|group| group[field].as_f64());
        let highest = values.clone().reduce(f64::max).unwrap();
        let lowest = values.reduce(f64::min).unwrap();
        let want = Value::from(highest - lowest);
        close(got, &want, TOLERANCE, &format!("{what}.{field} gap"));
    }
}

#[test]
fn undefined_rates_are_named_beside_the_gaps_that_read_them_as_zero() {
    let test = adult_test();
    let (groups, names) = codes(&attribute("sex_race"));
    let table = group_table(
        &test.labels,
        &test.predicted,
        &test.scores,
        &groups,
        names.len(),
    );
    let others = names.iter().position(|name| name == "Female & Other");
    let gaps = gaps(&table);
    assert_eq!(gaps.groups_without_positives, [others.unwrap()]);
    assert!(gaps.groups_without_negatives.is_empty());
    let rates = table.iter().filter_map(|g| g.counts.true_positive_rate());
    let (low, high) = rates.fold((1.0, 0.0), |(low, high), r| (r.min(low), r.max(high)));
    assert!((low - 1.0 / 3.0).abs() < 1e-15, "{low}");
    assert_eq!(gaps.equalized_odds_difference, Some(high));
    assert_eq!(gaps.defined_equalized_odds_difference, Some(high - low));
}

#[test]
fn individual_fairness_indices() {
    let test = adult_test();
    let counts = Confusion::count(&test.labels, &test.predicted);
    let want = &json("fairness.json")["individual"];
    close(
        theil_index(&counts),
        &want["theil_index"],
        TOLERANCE,
        "theil",
    );
    close(
        generalized_entropy_2(&counts),
        &want["generalized_entropy_index_alpha2"],
        TOLERANCE,
        "ge2",
    );
    let all_missed = Confusion {
        false_negatives: 3,
        ..Confusion::default()
    };
    assert_eq!(theil_index(&all_missed), None);
    assert_eq!(generalized_entropy_2(&all_missed), None);
    assert_eq!(theil_index(&Confusion::default()), None);
}

/// `(labels, decisions, groups)` as digits, and what fairlearn 0.15 answers: demographic parity
/// difference and ratio, equalized odds difference and ratio, equal opportunity difference.
type Corner = (&'static str, &'static str, &'static str, [Option<f64>; 5]);

#[test]
fn corner_cases_as_fairlearn_answers_them() {
    let cases: [Corner; 6] = [
        // Group 0 has no negatives, group 1 no positives.
        (
            "1100",
            "1000",
            "0011",
            [Some(0.5), Some(0.0), Some(0.5), Some(0.0), Some(0.5)],
        ),
        // Nothing selected.
        (
            "1010",
            "0000",
            "0011",
            [Some(0.0), None, Some(0.0), None, Some(0.0)],
        ),
        // No false positive anywhere: the ratio of the TPR stands alone.
        (
            "1010",
            "1010",
            "0011",
            [Some(0.0), Some(1.0), Some(0.0), Some(1.0), Some(0.0)],
        ),
        // No true positive anywhere: the ratio is undefined.
        (
            "1010",
            "0101",
            "0011",
            [Some(0.0), Some(1.0), Some(0.0), None, Some(0.0)],
        ),
        (
            "10101",
            "10001",
            "00111",
            [
                Some(0.5 - 1.0 / 3.0),
                Some(2.0 / 3.0),
                Some(0.5),
                Some(0.5),
                Some(0.5),
            ],
        ),
        // One group.
        (
            "1010",
            "1011",
            "0000",
            [Some(0.0), Some(1.0), Some(0.0), Some(1.0), Some(0.0)],
        ),
    ];
    for (labels, decisions, groups, want) in cases {
        let flags = |digits: &str| digits.chars().map(|d| d == '1').collect::<Vec<bool>>();
        let codes: Vec<u32> = groups.chars().map(|d| u32::from(d == '1')).collect();
        let scores = vec![0.5; labels.len()];
        let got = gaps(&group_table(
            &flags(labels),
            &flags(decisions),
            &scores,
            &codes,
            2,
        ));
        let got = [
            got.demographic_parity_difference,
            got.demographic_parity_ratio,
            got.equalized_odds_difference,
            got.equalized_odds_ratio,
            got.equal_opportunity_difference,
        ];
        for (got, want) in got.into_iter().zip(want) {
            let what = format!("{labels} {decisions} {groups}");
            close(got, &want.map_or(Value::Null, Value::from), 1e-15, &what);
        }
    }
}

#[test]
fn rows_without_a_group_and_groups_without_rows_are_left_out() {
    let labels = [true, false, true, false, true];
    let predicted = [true, false, false, false, true];
    let scores = [0.9, 0.2, 0.4, 0.1, 0.8];
    let table = group_table(&labels, &predicted, &scores, &[0, 0, 2, 2, NO_GROUP], 3);
    assert_eq!(
        table.iter().map(|g| g.counts.n()).collect::<Vec<_>>(),
        [2, 0, 2]
    );
    assert_eq!(table[0].share, 0.5);
    assert_eq!(table[1].auc, None);
    assert_eq!(gaps(&table).demographic_parity_difference, Some(0.5));
    assert_eq!(gaps(&table).groups_without_positives, [0usize; 0]);
    let rule = four_fifths(&table).unwrap();
    assert_eq!(rule.impact_ratios, [Some(1.0), None, Some(0.0)]);
    assert_eq!(gaps(&[]), Gaps::default());
    assert_eq!(four_fifths(&table[1..]), None);
}

#[test]
fn a_gap_between_groups_needs_two_that_are_defined() {
    let labels = [true, false, true, false];
    let predicted = [true, false, false, false];
    let scores = [0.9, 0.2, 0.4, f64::NAN];
    let table = group_table(&labels, &predicted, &scores, &[0, 0, 1, 1], 2);
    assert_eq!(table[1].auc, None);
    let got = gaps(&table);
    assert_eq!(got.auc_difference, None);
    assert_eq!(got.predictive_parity_difference, None);
    assert_eq!(got.accuracy_difference, Some(0.5));
}

#[test]
fn exactly_four_fifths_passes() {
    // 4 of 6 against 5 of 6: as floats the ratio is 0.7999999999999999.
    let group = |selected: u64| Group {
        counts: Confusion {
            true_positives: selected,
            true_negatives: 6 - selected,
            ..Confusion::default()
        },
        share: 0.5,
        auc: None,
        auc_error: None,
        calibration_error: None,
        mean_score: None,
    };
    assert!(four_fifths(&[group(4), group(5)]).unwrap().passes);
    assert!(!four_fifths(&[group(3), group(5)]).unwrap().passes);
}

proptest! {
    #[test]
    fn a_group_is_measured_as_if_it_were_alone(
        rows in prop::collection::vec((any::<bool>(), 0u8..12, 0u32..3), 1..80),
    ) {
        let labels: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.1) / 11.0).collect();
        let groups: Vec<u32> = rows.iter().map(|row| row.2).collect();
        let table = group_table(&labels, &decide(&scores, 0.5), &scores, &groups, 3);
        for (code, group) in (0..).zip(&table) {
            let own = |row: &&(bool, u8, u32)| row.2 == code;
            let labels: Vec<bool> = rows.iter().filter(own).map(|row| row.0).collect();
            let scores: Vec<f64> =
                rows.iter().filter(own).map(|row| f64::from(row.1) / 11.0).collect();
            prop_assert_eq!(group.auc, auc(&labels, &scores));
            prop_assert_eq!(group.counts, Confusion::count(&labels, &decide(&scores, 0.5)));
        }
    }
}

/// The errors of a table of groups are those of each group by itself.
#[test]
fn standard_errors_of_groups_are_those_of_their_rows() {
    let (labels, scores): (Vec<bool>, Vec<f64>) = (0..240_u32)
        .map(|i| (i % 7 < 3, f64::from(i * 37 % 41 + i % 7) / 48.0))
        .unzip();
    let predicted: Vec<bool> = scores.iter().map(|score| *score >= 0.5).collect();
    let codes: Vec<u32> = (0..240_u32).map(|i| i / 3 % 3).collect();
    let table = group_table(&labels, &predicted, &scores, &codes, 4);
    for (code, group) in table.iter().enumerate().take(3) {
        let rows = || (0..240).filter(|row| codes[*row] as usize == code);
        let own: Vec<bool> = rows().map(|row| labels[row]).collect();
        let scored: Vec<f64> = rows().map(|row| scores[row]).collect();
        let expected = auc_standard_error(&own, &scored).unwrap();
        assert!((group.auc_error.unwrap() - expected).abs() < 1e-12);
        let gaps = own.iter().zip(&scored);
        let gaps = gaps.map(|(label, score)| score - f64::from(u8::from(*label)));
        let expected = mean_standard_error(gaps).unwrap();
        assert!((group.calibration_error.unwrap() - expected).abs() < 1e-12);
    }
    assert_eq!(
        (table[3].auc_error, table[3].calibration_error),
        (None, None)
    );
}
