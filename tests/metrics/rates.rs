//! Intervals of rates, exact tests and Holm's correction against scipy, statsmodels and R.

use lazydebugger::metrics::bootstrap::Interval;
use lazydebugger::metrics::coverage_tests::{beta_binomial_p_value, clopper_pearson};
use lazydebugger::metrics::hypothesis::{binomial_p_value, holm};
use lazydebugger::metrics::rate_intervals::{
    Rate, difference_interval, extremes, odds_interval, ratio_interval, ratio_p_value, wilson,
};
use serde_json::Value;

use crate::support::{self, json};

fn close(found: f64, expected: f64) {
    let size = expected.abs().max(1e-3);
    assert!(
        (found - expected).abs() <= 1e-9 * size,
        "{found} is not {expected}"
    );
}

fn ends(found: Option<Interval>, low: f64, high: f64) {
    let found = found.unwrap();
    close(found.low, low);
    close(found.high, high);
}

#[test]
fn intervals_as_statsmodels_has_them() {
    let half: Rate = (5, 10);
    ends(wilson((0, 10)), 0.0, 0.277_532_799_862_889_2);
    ends(wilson((10, 10)), 0.722_467_200_137_110_7, 1.0);
    ends(
        wilson((1, 3)),
        0.061_491_944_720_396_21,
        0.792_340_399_197_952_2,
    );
    ends(
        difference_interval((0, 10), half),
        -0.763_406_909_487_436_1,
        -0.117_367_467_450_222_14,
    );
    ends(
        difference_interval((56, 70), (48, 80)),
        0.052_431_472_402_364_98,
        0.333_872_654_036_906,
    );
    ends(
        ratio_interval((10, 10), half),
        1.076_109_420_254_179_2,
        3.717_094_121_390_734,
    );
    ends(
        ratio_interval((218, 3239), (1514, 6530)),
        0.253_482_095_815_659_17,
        0.332_443_934_939_469,
    );
    assert_eq!(wilson((0, 0)), None);
    assert_eq!(difference_interval((0, 0), half), None);
}

/// Counts of 0, of all rows, of both, and of few rows.
#[test]
fn intervals_of_odd_counts_as_statsmodels_has_them() {
    for (words, want) in json("fairness_intervals.json")["toy"].as_object().unwrap() {
        let rates = words.split(" and ").map(|rate| {
            let (events, rows) = rate.split_once('/').unwrap();
            (events.parse().unwrap(), rows.parse().unwrap())
        });
        let rates: Vec<Rate> = rates.collect();
        let pair = |want: &Value| (want[0].as_f64().unwrap(), want[1].as_f64().unwrap());
        for (rate, want) in rates.iter().zip(want["wilson"].as_array().unwrap()) {
            let (low, high) = pair(want);
            ends(wilson(*rate), low, high);
        }
        let (low, high) = pair(&want["newcombe_first_minus_second"]);
        ends(difference_interval(rates[0], rates[1]), low, high);
        let katz = &want["katz_first_over_second"];
        let halved = &want["log_with_half_added"]["ci95"];
        let (low, high) = pair(if katz.is_null() { halved } else { katz });
        ends(ratio_interval(rates[0], rates[1]), low, high);
    }
    assert_eq!(ratio_interval((3, 10), (0, 0)), None);
}

/// FN / FP by the score interval of FN among all errors.
#[test]
fn odds_lie_in_their_interval() {
    let found = odds_interval((30, 50)).unwrap();
    let share = wilson((30, 50)).unwrap();
    close(found.low, share.low / (1.0 - share.low));
    close(found.high, share.high / (1.0 - share.high));
    assert!(found.low < 1.5 && 1.5 < found.high);
    assert_eq!(odds_interval((5, 5)), None);
    assert_eq!(odds_interval((0, 0)), None);
}

#[test]
fn the_pair_of_a_gap_is_the_first_of_equals() {
    let rates = [(1, 4), (0, 0), (2, 4), (1, 4), (1, 2)];
    assert_eq!(extremes(&rates), Some((0, 2)));
    assert_eq!(extremes(&[(1, 2), (2, 4), (3, 6)]), Some((1, 0)));
    assert_eq!(extremes(&[(1, 2), (0, 0)]), None);
}

/// Coverage of every group, by one quantile for all and by its own.
#[test]
fn exact_intervals_and_tests_of_coverage_as_scipy_has_them() {
    let reference = json("coverage_groups.json");
    let mut compared = 0;
    for attribute in reference["attributes"].as_object().unwrap().values() {
        for kind in ["marginal_quantile", "mondrian"] {
            let groups = attribute[kind].as_object().unwrap();
            let mut p_values = Vec::new();
            for (name, want) in groups {
                let count = |key: &str| want[key].as_u64();
                let rate = (count("covered").unwrap(), count("n").unwrap());
                let interval = clopper_pearson(rate);
                let wanted = &want["clopper_pearson_95"];
                support::close(interval.map(|i| i.low), &wanted[0], 1e-9, name);
                support::close(interval.map(|i| i.high), &wanted[1], 1e-9, name);
                let p = binomial_p_value(rate.0, rate.1, 0.9);
                support::close(p, &want["p_exact"], 1e-9, name);
                p_values.push(match kind {
                    "mondrian" => {
                        let drawn = count("k").zip(count("calibration_n"));
                        let p = drawn.and_then(|drawn| beta_binomial_p_value(rate, drawn));
                        support::close(p, &want["p_beta_binomial"], 1e-9, name);
                        p
                    }
                    _ => p,
                });
                compared += 1;
            }
            let key = match kind {
                "mondrian" => "p_beta_binomial_holm",
                _ => "p_exact_holm",
            };
            for (p, (name, want)) in holm(&p_values).into_iter().zip(groups) {
                support::close(p, &want[key], 1e-9, name);
            }
        }
    }
    assert!(compared > 80, "{compared}");
}

/// Every count's p-value is twice the smaller tail, added up from products of chances.
#[test]
fn the_beta_binomial_test_by_its_definition() {
    let (rows, rank, calibration) = (12_u64, 9_u64, 10_u64);
    let (a, b) = (rank as f64, (calibration + 1 - rank) as f64);
    let rising = |x: f64, times: u64| (0..times).fold(1.0, |all, i| all * (x + i as f64));
    let choose = |k: u64| (0..k).fold(1.0, |c, i| c * (rows - i) as f64 / (i + 1) as f64);
    let chance = |k: u64| choose(k) * rising(a, k) * rising(b, rows - k) / rising(a + b, rows);
    for covered in 0..=rows {
        let lower: f64 = (0..=covered).map(chance).sum();
        let upper: f64 = (covered..=rows).map(chance).sum();
        let found = beta_binomial_p_value((covered, rows), (rank, calibration)).unwrap();
        close(found, (2.0 * lower.min(upper)).min(1.0));
    }
    assert_eq!(beta_binomial_p_value((3, 5), (9, 8)), None);
    assert_eq!(beta_binomial_p_value((0, 0), (9, 10)), None);
}

/// The test and the interval are of one kind: at 5% they agree.
#[test]
fn a_ratio_differs_where_its_interval_leaves_it_out() {
    for (x, y) in [(10, 300), (14, 300), (18, 300), (22, 300), (30, 300)] {
        let (own, other) = ((x, 50), (y, 600));
        let interval = ratio_interval(own, other).unwrap();
        let holds = interval.low <= 0.8 && 0.8 <= interval.high;
        let p = ratio_p_value(own, other, 0.8).unwrap();
        assert_eq!(p > 0.05, holds, "{x} of 50: {p} {interval:?}");
    }
}

#[test]
fn the_exact_binomial_test_as_scipy_has_it() {
    for (events, rows, expected) in [
        (8812, 9769, 0.510_791_008_049_986),
        (88, 90, 0.007_836_098_476_193_695),
        (4428, 4935, 0.521_761_786_721_601),
    ] {
        close(binomial_p_value(events, rows, 0.9).unwrap(), expected);
    }
    // By hand: 0 or 3 heads of 3, and all that can be.
    close(binomial_p_value(0, 3, 0.5).unwrap(), 0.25);
    close(binomial_p_value(1, 3, 0.5).unwrap(), 1.0);
    close(binomial_p_value(0, 2, 0.9).unwrap(), 0.01);
    assert_eq!(binomial_p_value(0, 0, 0.9), None);
}

/// Every count's p-value is the sum over all counts that are no likelier, added up one by one.
#[test]
fn the_exact_binomial_test_by_its_definition() {
    let rows = 40_u64;
    let choose = |k: u64| (0..k).fold(1.0, |c, i| c * (rows - i) as f64 / (i + 1) as f64);
    let chance = |k: u64| choose(k) * 0.9_f64.powi(k as i32) * 0.1_f64.powi((rows - k) as i32);
    for events in 0..=rows {
        let most = chance(events) * (1.0 + 1e-7);
        let expected: f64 = (0..=rows).map(chance).filter(|c| *c <= most).sum();
        let found = binomial_p_value(events, rows, 0.9).unwrap();
        assert!(
            (found - expected).abs() <= 1e-12,
            "{events}: {found} {expected}"
        );
    }
}

#[test]
fn of_a_million_rows_in_a_moment() {
    let p = binomial_p_value(899_000, 1_000_000, 0.9).unwrap();
    assert!((8e-4..9e-4).contains(&p), "{p}");
}

#[test]
fn holm_as_statsmodels_has_it() {
    let p = [0.01, 0.04, 0.03, 0.005, 0.5, 0.04].map(Some);
    let adjusted = holm(&p);
    for (found, expected) in adjusted.iter().zip([0.05, 0.12, 0.12, 0.03, 0.5, 0.12]) {
        close(found.unwrap(), expected);
    }
    assert_eq!(
        holm(&[None, Some(0.01), None, Some(0.04)]),
        [None, Some(0.02), None, Some(0.04)]
    );
}
