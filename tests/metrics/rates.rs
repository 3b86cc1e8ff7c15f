//! Intervals of rates, exact tests and Holm's correction against scipy, statsmodels and R.

use lazydebugger::metrics::bootstrap::Interval;
use lazydebugger::metrics::hypothesis::{binomial_p_value, holm};
use lazydebugger::metrics::rate_intervals::{
    Rate, difference_interval, ratio_interval, ratio_p_value, wilson,
};

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

/// With a half added, as of a count of 0, the interval of a ratio may leave the ratio itself out.
#[test]
fn a_ratio_lies_in_its_own_interval() {
    ends(
        ratio_interval((0, 10), (5, 10)),
        0.0,
        1.444_706_641_837_572_6,
    );
    for x in 0..=20 {
        for y in 1..=30 {
            let found = ratio_interval((x, 20), (y, 30)).unwrap();
            let ratio = x as f64 / 20.0 / (y as f64 / 30.0);
            assert!(
                found.low <= ratio && ratio <= found.high,
                "{x} {y} {found:?}"
            );
        }
    }
    assert_eq!(ratio_interval((3, 10), (0, 10)), None);
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
