//! Drift of columns and worst-case subsets against the reference values of the Adult covariate
//! shift and of Titanic columns with missing values (`tests/reference/README.md`).

use std::collections::BTreeMap;

use lazydebugger::metrics::classification::{DECISION_THRESHOLD, Performance};
use lazydebugger::metrics::drift::{
    ColumnDrift, NumericSample, align_categories, categorical_drift, js_distance, ks_statistic,
    numeric_drift, population_stability_index, total_variation, wasserstein_1,
};
use lazydebugger::metrics::outliers::outer_order;
use lazydebugger::metrics::worst_case::ResidualOrder;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Table, close, close_relative, csv, json, numbers};

/// Relative; the sums run in another order than numpy's pairwise one.
const TOLERANCE: f64 = 1e-11;

fn category_counts(table: &Table, column: &str) -> Vec<(String, u64)> {
    let mut counts = BTreeMap::new();
    for value in table.text(column) {
        let name = if value.is_empty() { "(missing)" } else { value };
        *counts.entry(name.to_owned()).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

/// To 1e-6; of a vanishing one the order of magnitude.
#[track_caller]
fn p_value(got: Option<f64>, want: &Value, what: &str) {
    let (Some(got), Some(reference)) = (got, want.as_f64()) else {
        assert!(want.is_null(), "{what}: no p-value");
        return;
    };
    if reference >= 1e-12 {
        close_relative(got, want, 1e-6, what);
    } else {
        assert!(
            (got.log10() - reference.log10()).abs() < 0.5,
            "{what}: {got:e}"
        );
    }
}

fn check_shares(counts: &[u64], want: &Value, what: &str) {
    let total = counts.iter().sum::<u64>() as f64;
    let got: Vec<f64> = counts.iter().map(|&count| count as f64 / total).collect();
    assert_same(&got, &numbers(want), what);
}

/// Equal but for the last bits, which reading the reference may cost.
#[track_caller]
fn assert_same(got: &[f64], want: &[f64], what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (got, want) in got.iter().zip(want) {
        let near = (got - want).abs() <= 1e-14 * want.abs();
        assert!(near, "{what}: {got}, reference {want}");
    }
}

fn check_numeric(base: &[f64], alternative: &[f64], want: &Value, tolerance: f64, what: &str) {
    let base = NumericSample::new(base);
    let alternative = NumericSample::new(alternative);
    close_relative(base.std(), &want["std_base"], tolerance, what);
    let edges = base.decile_edges();
    assert_same(&edges, &numbers(&want["decile_inner_edges"]), what);
    let bins = base.bin_counts(&edges);
    assert_eq!(bins.last(), Some(&0), "{what}: nothing is missing");
    check_shares(&bins[..bins.len() - 1], &want["base_share"], what);
    let bins = alternative.bin_counts(&edges);
    check_shares(&bins[..bins.len() - 1], &want["alt_share"], what);

    let got = numeric_drift(&base, &alternative);
    for (field, got) in [
        ("psi", got.psi),
        ("js_distance_base2", got.js_distance),
        ("total_variation_deciles", got.total_variation),
        ("ks_statistic", got.ks),
        ("wasserstein_1", got.wasserstein),
        ("wasserstein_1_over_base_std", got.wasserstein_normed),
    ] {
        close_relative(got, &want[field], tolerance, &format!("{what}.{field}"));
    }
    p_value(got.p_value(), &want["ks_pvalue_asymp"], what);
}

#[test]
fn every_column_of_the_covariate_shift() {
    let (base, alternative) = (csv("adult_test.csv"), csv("adult_covariate.csv"));
    let reference = json("resilience.json");
    let features = reference["features"].as_object().unwrap();
    assert_eq!(features.len(), 13);
    let mut drifted = 0;
    for (name, want) in features {
        let got = if want["categories"].is_null() {
            let (b, a) = (base.numbers(name), alternative.numbers(name));
            check_numeric(&b, &a, want, TOLERANCE, name);
            numeric_drift(&NumericSample::new(&b), &NumericSample::new(&a))
        } else {
            let [b, a] = align_categories(
                &category_counts(&base, name),
                &category_counts(&alternative, name),
            );
            check_shares(&b, &want["base_share"], name);
            check_shares(&a, &want["alt_share"], name);
            let got = categorical_drift(&b, &a);
            close_relative(got.psi, &want["psi"], TOLERANCE, name);
            close_relative(got.js_distance, &want["js_distance_base2"], TOLERANCE, name);
            close_relative(
                got.total_variation,
                &want["total_variation"],
                TOLERANCE,
                name,
            );
            assert_eq!((got.ks, got.wasserstein), (None, None));
            let test = got.chi_square.unwrap();
            close_relative(test.statistic, &want["chi2"], TOLERANCE, name);
            assert_eq!(test.degrees as u64, want["chi2_dof"], "{name}");
            p_value(got.p_value(), &want["chi2_pvalue"], name);
            got
        };
        drifted += u64::from(got.is_drifted().unwrap());
    }
    assert_eq!(drifted, reference["n_features_psi_over_0_1"]);
}

#[test]
fn scores_and_performance_under_the_covariate_shift() {
    let (base, alternative) = (csv("adult_test.csv"), csv("adult_covariate.csv"));
    let reference = json("resilience.json");
    check_numeric(
        &base.scores("p1"),
        &alternative.scores("p1"),
        &reference["prediction_score"],
        TOLERANCE,
        "scores",
    );
    let got = Performance::measure(
        &alternative.labels(),
        &alternative.scores("p1"),
        DECISION_THRESHOLD,
    );
    check_performance(&got, &reference["performance"], "covariate");
}

fn check_performance(got: &Performance, want: &Value, what: &str) {
    close(got.auc, &want["auc"], 1e-12, what);
    close(got.accuracy, &want["accuracy"], 1e-12, what);
    close(got.f1, &want["f1"], 1e-12, what);
    close(got.log_loss, &want["log_loss"], 1e-12, what);
}

fn residuals(labels: &[bool], scores: &[f64]) -> Vec<f64> {
    let rows = labels.iter().zip(scores);
    rows.map(|(label, score)| (f64::from(u8::from(*label)) - score).abs())
        .collect()
}

#[test]
fn worst_subsets_of_the_adult_forest() {
    let table = csv("adult_test.csv");
    let (labels, scores) = (table.labels(), table.scores("p1"));
    let residuals = residuals(&labels, &scores);
    let order = ResidualOrder::new(&residuals);
    let performance = |rows: &[u32]| {
        let of = |row: &u32| (labels[*row as usize], scores[*row as usize]);
        let (labels, scores): (Vec<bool>, Vec<f64>) = rows.iter().map(of).unzip();
        Performance::measure(&labels, &scores, DECISION_THRESHOLD)
    };
    for (alpha, want) in json("resilience.json")["worst_alpha"].as_object().unwrap() {
        let level = alpha.parse().unwrap();
        let (worst, rest) = (order.worst(level), order.rest(level));
        assert_eq!(worst.len() as u64, want["k"], "{alpha}");
        assert_eq!(worst.len() + rest.len(), labels.len());
        let smallest = &want["smallest_residual_in_worst"];
        close(order.smallest_residual(level), smallest, 1e-15, alpha);
        let residual = &want["cvar_absolute_residual"];
        close(order.mean_residual(level), residual, 1e-12, alpha);
        let worst = performance(worst);
        check_performance(&worst, &want["worst"], alpha);
        close(worst.log_loss, &want["cvar_log_loss"], 1e-12, alpha);
        let (rest, remaining) = (performance(rest), &want["remaining"]);
        close(rest.accuracy, &remaining["accuracy"], 1e-12, alpha);
        close(rest.log_loss, &remaining["log_loss"], 1e-12, alpha);
    }
}

#[test]
fn outer_rows_of_the_adult_forest() {
    let table = csv("adult_test.csv");
    let (labels, scores) = (table.labels(), table.scores("p1"));
    let columns = [
        "age",
        "education_num",
        "capital_gain",
        "capital_loss",
        "hours_per_week",
    ];
    let columns = columns.map(|name| table.numbers(name));
    let order = outer_order(&columns.each_ref().map(Vec::as_slice));
    for (alpha, want) in json("resilience.json")["outer_sample"].as_object().unwrap() {
        let rows = (alpha.parse::<f64>().unwrap() * order.len() as f64) as usize;
        assert_eq!(rows as u64, want["k"], "{alpha}");
        let of = |row: &u32| (labels[*row as usize], scores[*row as usize]);
        let (labels, scores): (Vec<bool>, Vec<f64>) = order[..rows].iter().map(of).unzip();
        let got = Performance::measure(&labels, &scores, DECISION_THRESHOLD);
        check_performance(&got, &want["worst"], alpha);
    }
}

#[test]
fn equal_residuals_are_taken_by_row() {
    let residuals = [0.5, 0.5, 0.75, 0.5, 0.5];
    let order = ResidualOrder::new(&residuals);
    assert_eq!(order.worst(1.0), [2, 0, 1, 3, 4]);
    assert_eq!(order.worst(0.59), [2, 0]);
    assert_eq!(order.rest(0.59), [1, 3, 4]);
    assert_eq!(order.worst(0.1), [0; 0]);
    assert_eq!(order.smallest_residual(0.1), None);
    assert_eq!(order.mean_residual(0.1), None);
    let unknown = ResidualOrder::new(&[0.5, 0.5, 0.75, f64::NAN, 0.5]);
    assert_eq!(unknown.worst(0.2), [3]);
    assert_eq!(unknown.mean_residual(0.2), None);
}

#[test]
fn columns_with_missing_values() {
    let optional = |value: &Value| -> Vec<f64> {
        let list = value.as_array().unwrap();
        list.iter()
            .map(|v| v.as_f64().unwrap_or(f64::NAN))
            .collect()
    };
    let counts = |value: &Value| -> Vec<u64> {
        let list = value.as_array().unwrap();
        list.iter().map(|v| v.as_u64().unwrap()).collect()
    };
    for (name, want) in json("titanic_drift.json")["columns"].as_object().unwrap() {
        let base = NumericSample::new(&optional(&want["base"]));
        let alternative = NumericSample::new(&optional(&want["alternative"]));
        let edges = base.decile_edges();
        assert_same(&edges, &numbers(&want["edges"]), name);
        assert_eq!(base.bin_counts(&edges), counts(&want["base_counts"]));
        assert_eq!(
            alternative.bin_counts(&edges),
            counts(&want["alternative_counts"])
        );
        let got = numeric_drift(&base, &alternative);
        for (field, got) in [
            ("std_ddof0", base.std()),
            ("psi", got.psi),
            ("js_distance_base2", got.js_distance),
            ("total_variation", got.total_variation),
            ("ks", got.ks),
            ("wasserstein_1", got.wasserstein),
        ] {
            close_relative(got, &want[field], TOLERANCE, &format!("{name}.{field}"));
        }
    }
}

#[test]
fn decile_edges_on_round_ranks_are_the_values_themselves() {
    let values: Vec<f64> = (0..=100).map(|i| f64::from(i) * 0.1).collect();
    let edges = NumericSample::new(&values).decile_edges();
    let want: Vec<f64> = (1..10).map(|i| values[10 * i]).collect();
    assert_eq!(edges, want);
    assert_eq!(NumericSample::new(&[7.0]).decile_edges(), [7.0]);
}

#[test]
fn a_new_category_and_an_unknown_side() {
    let [base, alternative] = align_categories(&[("a", 2), ("b", 2)], &[("c", 4), ("a", 0)]);
    assert_eq!(
        (base.as_slice(), alternative.as_slice()),
        (&[2, 2, 0][..], &[0, 0, 4][..])
    );
    let got = categorical_drift(&base, &alternative);
    let floor = 1e-4f64;
    let each = (0.5 - floor) * (0.5 / floor).ln();
    let psi = 2.0 * each + (1.0 - floor) * (1.0 / floor).ln();
    assert!((got.psi.unwrap() - psi).abs() < 1e-12);
    assert!((got.js_distance.unwrap() - 1.0).abs() < 1e-15);
    assert_eq!(got.total_variation, Some(1.0));
    assert_eq!(categorical_drift(&[0, 0], &[1, 2]), ColumnDrift::default());
}

#[test]
fn empty_and_infinite_columns_are_undefined() {
    let empty = NumericSample::new(&[f64::NAN]);
    let some = NumericSample::new(&[1.0, 2.0]);
    assert_eq!(ks_statistic(&empty, &some), None);
    assert_eq!(wasserstein_1(&some, &empty), None);
    assert_eq!(empty.std(), None);
    let infinite = NumericSample::new(&[1.0, f64::INFINITY]);
    assert_eq!(wasserstein_1(&some, &infinite), None);
    assert_eq!(ks_statistic(&some, &infinite), Some(0.5));
    let constant = NumericSample::new(&[3.0, 3.0]);
    assert_eq!(numeric_drift(&constant, &some).wasserstein_normed, None);
    assert_eq!(numeric_drift(&constant, &some).wasserstein, Some(1.5));
}

fn column() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        8 => (-20i32..20).prop_map(|v| f64::from(v) / 4.0),
        1 => Just(f64::NAN),
    ];
    prop::collection::vec(value, 1..60)
}

/// F and G read off at every value, straight from their definition.
fn distances_by_definition(a: &[f64], b: &[f64]) -> Option<(f64, f64)> {
    let present = |x: &[f64]| {
        x.iter()
            .copied()
            .filter(|v| !v.is_nan())
            .collect::<Vec<_>>()
    };
    let (a, b) = (present(a), present(b));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let mut points = [a.as_slice(), b.as_slice()].concat();
    points.sort_by(f64::total_cmp);
    let share = |x: &[f64], at: f64| x.iter().filter(|&&v| v <= at).count() as f64 / x.len() as f64;
    let gap = |at: f64| (share(&a, at) - share(&b, at)).abs();
    let ks = points.iter().map(|&at| gap(at)).fold(0.0, f64::max);
    let area = points.windows(2).map(|p| gap(p[0]) * (p[1] - p[0])).sum();
    Some((ks, area))
}

proptest! {
    #[test]
    fn distances_follow_their_definition(a in column(), b in column()) {
        let (x, y) = (NumericSample::new(&a), NumericSample::new(&b));
        match distances_by_definition(&a, &b) {
            None => prop_assert_eq!(ks_statistic(&x, &y), None),
            Some((ks, area)) => {
                prop_assert!((ks_statistic(&x, &y).unwrap() - ks).abs() < 1e-12);
                prop_assert!((wasserstein_1(&x, &y).unwrap() - area).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_column_has_not_drifted_from_itself(a in column()) {
        let mut shuffled = a.clone();
        shuffled.reverse();
        let got = numeric_drift(&NumericSample::new(&a), &NumericSample::new(&shuffled));
        prop_assert_eq!(got.psi, Some(0.0));
        prop_assert_eq!(got.js_distance, Some(0.0));
        prop_assert_eq!(got.total_variation, Some(0.0));
        prop_assert!(got.ks.unwrap_or(0.0) == 0.0 && got.wasserstein.unwrap_or(0.0) == 0.0);
    }

    #[test]
    fn share_distances_keep_their_range_and_symmetry(
        counts in prop::collection::vec((0u64..50, 0u64..50), 1..12),
    ) {
        let (p, q): (Vec<u64>, Vec<u64>) = counts.into_iter().unzip();
        let Some(js) = js_distance(&p, &q) else {
            prop_assert!(p.iter().sum::<u64>() == 0 || q.iter().sum::<u64>() == 0);
            return Ok(());
        };
        let tv = total_variation(&p, &q).unwrap();
        let psi = population_stability_index(&p, &q).unwrap();
        prop_assert!((0.0..=1.0 + 1e-12).contains(&js) && (0.0..=1.0 + 1e-12).contains(&tv));
        prop_assert!(psi >= 0.0);
        prop_assert!((js - js_distance(&q, &p).unwrap()).abs() < 1e-7);
        prop_assert_eq!(tv, total_variation(&q, &p).unwrap());
        prop_assert!((psi - population_stability_index(&q, &p).unwrap()).abs() < 1e-12);
        // Lin 1991: the divergence in bits is at most the total variation.
        prop_assert!(js * js <= tv + 1e-12);
    }
}
