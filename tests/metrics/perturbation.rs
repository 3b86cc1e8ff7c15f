//! Gaussian noise against the fixture of the reference (`tests/reference/README.md`), the other ways
//! to disturb a column against their definitions, and the streams of draws: their distributions and
//! their independence of chunks.

use lazydebugger::metrics::classification::{
    DECISION_THRESHOLD, Performance, decide, flip_rate, mean_absolute_change,
};
use lazydebugger::metrics::moments::{mean, population_std};
use lazydebugger::metrics::perturbation::{
    DISTRIBUTION_ROWS, Distribution, add_gaussian_noise, add_quantile_noise, permute, redraw,
};
use lazydebugger::metrics::random::{
    NormalStream, RedrawStream, UniformStream, normal_quantile, permutation,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{close, close_relative, csv, json, numbers};

const COLUMNS: [&str; 5] = [
    "age",
    "education_num",
    "capital_gain",
    "capital_loss",
    "hours_per_week",
];

#[test]
fn noise_on_the_fixture_rows() {
    let (rows, z) = (csv("noise_rows_500.csv"), csv("noise_z_500x5.csv"));
    let fixture = &json("robustness.json")["fixture"];
    for column in COLUMNS {
        let values = rows.numbers(column);
        let sigma = population_std(&values).unwrap();
        close_relative(sigma, &fixture["sigma"][column], 1e-13, column);

        let mut noisy = vec![f64::NAN; values.len()];
        add_gaussian_noise(&values, 0.3, sigma, &z.numbers(column), &mut noisy);
        let want = &fixture["perturbed_level_0.3"][column];
        for (got, want) in noisy.iter().zip(numbers(&want["first_rows"])) {
            assert!((got - want).abs() <= 1e-9, "{column}: {got}, {want}");
        }
        close_relative(mean(&noisy), &want["mean"], 1e-12, column);
        close_relative(population_std(&noisy), &want["std_ddof0"], 1e-12, column);
    }
}

#[test]
fn sigma_of_the_whole_test_split() {
    let table = csv("adult_test.csv");
    for (column, want) in json("robustness.json")["std_ddof0"].as_object().unwrap() {
        let sigma = population_std(&table.numbers(column));
        close_relative(sigma, want, 1e-12, column);
    }
}

#[test]
fn metrics_of_the_fixture_predictions() {
    let rows = csv("noise_rows_500.csv");
    let labels = rows.labels();
    let fixture = &json("robustness.json")["fixture"];
    let calm = rows.scores("p1_0.0");
    for (level, want) in fixture["expected"].as_object().unwrap() {
        let scores = rows.scores(&format!("p1_{level}"));
        let got = Performance::measure(&labels, &scores, DECISION_THRESHOLD);
        close(got.auc, &want["auc"], 1e-12, level);
        close(got.accuracy, &want["accuracy"], 1e-12, level);
        let want = &fixture["change_from_level_0.0"][level];
        let flips = want["flips"].as_f64().unwrap() / 500.0;
        let decisions = [&calm, &scores].map(|p| decide(p, DECISION_THRESHOLD));
        close(
            flip_rate(&decisions[0], &decisions[1]),
            &Value::from(flips),
            1e-15,
            level,
        );
        close(
            mean_absolute_change(&calm, &scores),
            &want["mean_abs_score_change"],
            1e-12,
            level,
        );
    }
}

#[test]
fn missing_stays_missing_and_nothing_is_clipped() {
    let mut out = [0.0; 3];
    add_gaussian_noise(
        &[0.0, f64::NAN, 2.0],
        0.5,
        4.0,
        &[-1.0, 1.0, 0.25],
        &mut out,
    );
    assert_eq!((out[0], out[2]), (-2.0, 2.5));
    assert!(out[1].is_nan());
    assert_eq!(population_std(&[1.0, f64::NAN, 3.0]), Some(1.0));
    assert_eq!(mean(&[f64::NAN]), None);
    assert_eq!(population_std(&[]), None);
}

/// By the definition, written out: `u` is the mid-rank, the result `sorted[min(floor(u' n), n - 1)]`.
#[test]
fn noise_on_ranks() {
    let values = [0.0, 0.0, 0.0, 5.0, 9.0];
    let distribution = Distribution::new(&values);
    assert_eq!(distribution.mid_rank(0.0), Some(0.3));
    assert_eq!(distribution.mid_rank(5.0), Some(0.7));
    assert_eq!(distribution.mid_rank(7.0), Some(0.8), "between two values");
    assert_eq!(distribution.at_rank(0.59), Some(0.0));
    assert_eq!(distribution.at_rank(0.6), Some(5.0));
    assert_eq!(distribution.at_rank(1.0), Some(9.0));
    let noisy = |u: f64| {
        let mut out = [f64::NAN; 5];
        add_quantile_noise(&values, 0.4, &distribution, &[u; 5], &mut out);
        out
    };
    // Ranks move by 0.4 (u - 1/2) and stay between 0 and 1.
    assert_eq!(noisy(0.5), [0.0, 0.0, 0.0, 5.0, 9.0]);
    assert_eq!(noisy(0.99), [0.0, 0.0, 0.0, 9.0, 9.0]);
    assert_eq!(noisy(0.01), [0.0, 0.0, 0.0, 0.0, 5.0]);
}

#[test]
fn noise_on_ranks_keeps_the_distribution_and_missing_values() {
    let mut values: Vec<f64> = (0..10_000).map(f64::from).collect();
    values[17] = f64::NAN;
    let distribution = Distribution::new(&values);
    let mut u = vec![0.0; values.len()];
    UniformStream::new(42, "x", 1).fill(0, &mut u);
    let mut out = vec![0.0; values.len()];
    add_quantile_noise(&values, 0.2, &distribution, &u, &mut out);
    assert!(out[17].is_nan());
    for (before, after) in values.iter().zip(&out).filter(|(v, _)| !v.is_nan()) {
        assert!(values.contains(after), "an observed value");
        assert!(
            (before - after).abs() <= 1_001.0,
            "a tenth of the ranks either way"
        );
    }
    let empty = Distribution::new(&[f64::NAN]);
    assert_eq!((empty.mid_rank(1.0), empty.at_rank(0.5)), (None, None));
    let mut out = [0.0];
    add_quantile_noise(&[f64::NAN], 0.2, &empty, &[0.5], &mut out);
    assert!(out[0].is_nan());
}

#[test]
fn the_distribution_of_a_long_column_is_told_by_evenly_spaced_rows() {
    let values: Vec<f64> = (0..3 * DISTRIBUTION_ROWS).map(|i| i as f64).collect();
    let distribution = Distribution::new(&values);
    for tenth in 1..10 {
        let rank = f64::from(tenth) / 10.0;
        let want = rank * values.len() as f64;
        assert!(
            (distribution.at_rank(rank).unwrap() - want).abs() <= 3.0,
            "{rank}"
        );
    }
}

#[test]
fn redrawn_categories() {
    let n = 20_000u32;
    let column: Vec<u32> = (0..n).map(|row| u32::from(row.is_multiple_of(4))).collect();
    let stream = RedrawStream::new(42, "sex", 1);
    let at = |level: f64| {
        let mut out = vec![9; n as usize];
        redraw(&column, 0, level, &stream, &mut out);
        out
    };
    assert_eq!(at(0.0), column);
    let all = at(1.0);
    let share = f64::from(all.iter().sum::<u32>()) / f64::from(n);
    assert!(
        (share - 0.25).abs() < 5.0 * (0.1875 / f64::from(n)).sqrt(),
        "{share}"
    );
    let changed = |new: &[u32]| new.iter().zip(&column).filter(|(a, b)| a != b).count();
    // A redrawn value differs with 2 x 1/4 x 3/4.
    let some = at(0.2);
    let rate = changed(&some) as f64 / f64::from(n);
    let want = 0.2 * 0.375;
    let error = (want * (1.0 - want) / f64::from(n)).sqrt();
    assert!((rate - want).abs() < 5.0 * error, "{rate}");
    // What is redrawn at a low level has the same value at a higher one.
    let more = at(0.6);
    for row in (0..n as usize).filter(|row| some[*row] != column[*row]) {
        assert_eq!(some[row], more[row]);
    }
    // Chunks cannot change a draw.
    let mut part = vec![9; 100];
    redraw(&column, 777, 0.2, &stream, &mut part);
    assert_eq!(part, some[777..877]);
}

#[test]
fn permutations_are_whole_and_all_alike() {
    let order = permutation(42, "age", 1, 1_000);
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert!((0..1_000).eq(sorted));
    assert_eq!(permutation(42, "age", 1, 1_000), order);
    assert_ne!(permutation(42, "age", 2, 1_000), order);
    assert_ne!(permutation(42, "sex", 1, 1_000), order);
    let column: Vec<u32> = (0..1_000).collect();
    let mut part = [0; 3];
    permute(&column, 500, &order, &mut part);
    assert_eq!(part, order[500..503]);
    // Each of the six orders of three rows is as likely: five standard errors.
    let mut counts = std::collections::BTreeMap::new();
    for repeat in 0..6_000 {
        *counts.entry(permutation(7, "x", repeat, 3)).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 6);
    assert!(
        counts.values().all(|n| (n - 1_000_i32).abs() < 145),
        "{counts:?}"
    );
    assert!(permutation(1, "x", 1, 0).is_empty());
}

#[test]
fn uniform_draws_fill_the_unit_interval_evenly() {
    let mut u = vec![0.0; 100_000];
    UniformStream::new(42, "age", 1).fill(0, &mut u);
    assert!(u.iter().all(|u| *u > 0.0 && *u < 1.0));
    u.sort_unstable_by(f64::total_cmp);
    for tenth in 1..10 {
        let p = f64::from(tenth) / 10.0;
        let below = u.partition_point(|v| *v <= p) as f64 / 1e5;
        assert!((below - p).abs() < 5.0 * (p * (1.0 - p) / 1e5).sqrt());
    }
    let mut part = vec![0.0; 5];
    UniformStream::new(42, "age", 1).fill(3, &mut part);
    let mut whole = vec![0.0; 8];
    UniformStream::new(42, "age", 1).fill(0, &mut whole);
    assert_eq!(part, whole[3..]);
}

/// Values of `scipy.stats.norm.ppf`, one or more in each of the three ranges.
#[test]
fn normal_quantiles() {
    for (p, want) in [
        (1e-16, -8.222_082_216_130_435),
        (1e-10, -6.361_340_902_404_056),
        (1e-6, -4.753_424_308_822_899),
        (0.02, -2.053_748_910_631_823),
        (0.0749, -1.440_238_267_527_963_5),
        (0.0751, -1.438_825_392_752_540_3),
        (0.2, -0.841_621_233_572_914_2),
        (0.5, 0.0),
        (0.6, 0.253_347_103_135_799_7),
        (0.975, 1.959_963_984_540_054),
        (0.999, 3.090_232_306_167_813),
    ] {
        let got = normal_quantile(p);
        assert!((got - want).abs() <= 4e-15 * f64::abs(want), "{p}: {got}");
    }
}

fn draws(stream: NormalStream, rows: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; rows];
    stream.fill(0, &mut out);
    out
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (mean(a).unwrap(), mean(b).unwrap());
    let products: f64 = a
        .iter()
        .zip(b)
        .map(|(x, y)| (x - mean_a) * (y - mean_b))
        .sum();
    products / a.len() as f64 / population_std(a).unwrap() / population_std(b).unwrap()
}

/// The seeds are fixed, so this holds or it does not: five standard errors of each figure.
#[test]
fn the_draws_are_standard_normal() {
    let n = 200_000usize;
    let root = (n as f64).sqrt();
    for seed in [0, 1, 42, u64::MAX] {
        let mut z = draws(NormalStream::new(seed, "age", 0), n);
        let moment = |power: i32| z.iter().map(|v| v.powi(power)).sum::<f64>() / n as f64;
        assert!(moment(1).abs() < 5.0 / root, "mean {}", moment(1));
        assert!((moment(2) - 1.0).abs() < 5.0 * 2f64.sqrt() / root);
        assert!(moment(3).abs() < 5.0 * 15f64.sqrt() / root);
        assert!((moment(4) - 3.0).abs() < 5.0 * 96f64.sqrt() / root);
        // Kolmogorov's statistic at the deciles and in the tails.
        z.sort_unstable_by(f64::total_cmp);
        for p in [0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999] {
            let below = z.partition_point(|&v| v <= normal_quantile(p)) as f64 / n as f64;
            assert!(
                (below - p).abs() < 5.0 * (p * (1.0 - p)).sqrt() / root,
                "{p}"
            );
        }
    }
}

#[test]
fn streams_and_rows_are_uncorrelated() {
    let n = 100_000;
    let bound = 5.0 / (n as f64).sqrt();
    let base = draws(NormalStream::new(42, "age", 0), n);
    for other in [
        NormalStream::new(43, "age", 0),
        NormalStream::new(42, "hours_per_week", 0),
        NormalStream::new(42, "age", 1),
        NormalStream::new(0, "", 0),
    ] {
        let r = correlation(&base, &draws(other, n));
        assert!(r.abs() < bound, "{other:?}: {r}");
    }
    for lag in [1, 2, 3, 64] {
        let r = correlation(&base[lag..], &base[..n - lag]);
        assert!(r.abs() < bound, "lag {lag}: {r}");
    }
    let squares: Vec<f64> = base.iter().map(|z| z * z).collect();
    assert!(correlation(&squares[1..], &squares[..n - 1]).abs() < bound);
}

/// The stream is part of every stored result: a change here changes what users have measured.
#[test]
fn the_stream_does_not_change_between_versions() {
    let stream = NormalStream::new(42, "age", 3);
    let first: Vec<f64> = [0, 1, 2, 1 << 40]
        .iter()
        .map(|&row| stream.draw(row))
        .collect();
    assert_eq!(first, FROZEN);
}

/// Computed from the documented recipe by a second implementation.
const FROZEN: [f64; 4] = [
    -0.036_053_624_437_806_72,
    0.992_768_641_914_084_9,
    1.280_459_476_411_485_4,
    -0.688_829_330_044_936_5,
];

proptest! {
    #[test]
    fn chunks_cannot_change_a_draw(
        seed in any::<u64>(),
        repeat in any::<u32>(),
        start in prop_oneof![0u64..50, (1u64 << 33)..(1u64 << 33) + 50],
        sizes in prop::collection::vec(0usize..9, 1..12),
    ) {
        let stream = NormalStream::new(seed, "capital-gain", repeat);
        let mut row = start;
        for size in sizes {
            let mut chunk = vec![f64::NAN; size];
            stream.fill(row, &mut chunk);
            for draw in chunk {
                prop_assert_eq!(draw.to_bits(), stream.draw(row).to_bits());
                prop_assert!(draw.is_finite());
                row += 1;
            }
        }
    }

    /// Some values lie between and beyond those that tell the distribution.
    #[test]
    fn noise_on_ranks_is_that_of_its_definition(
        steps in prop::collection::vec(prop::option::weighted(0.9, -9i8..30), 1..150),
        level in 0.05..1.0f64,
    ) {
        let values: Vec<f64> = steps.iter().map(|s| s.map_or(f64::NAN, f64::from)).collect();
        let told = &values[..values.len().div_ceil(2)];
        let mut sorted: Vec<f64> = told.iter().copied().filter(|v| !v.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        let mut u = vec![0.0; values.len()];
        UniformStream::new(7, "x", 0).fill(0, &mut u);
        let mut out = vec![0.0; values.len()];
        add_quantile_noise(&values, level, &Distribution::new(told), &u, &mut out);
        for ((value, u), got) in values.iter().zip(&u).zip(&out) {
            let below = sorted.iter().filter(|v| *v < value).count();
            let equal = sorted.iter().filter(|v| *v == value).count();
            let rank = (2 * below + equal) as f64 / (2 * n) as f64 + level * (u - 0.5);
            let place = (rank.clamp(0.0, 1.0) * n as f64).floor() as usize;
            let is_moved = n > 0 && !value.is_nan();
            let want = if is_moved { sorted[place.min(n - 1)] } else { *value };
            prop_assert_eq!(got.to_bits(), want.to_bits(), "{} in {:?}", value, sorted);
        }
    }

    #[test]
    fn quantiles_are_odd(p in 1e-3f64..0.5) {
        prop_assert!((normal_quantile(p) + normal_quantile(1.0 - p)).abs() < 1e-12);
    }

    #[test]
    fn quantiles_rise(p in 1e-12f64..0.5, step in 1e-9f64..0.4) {
        let higher = (p + step).min(1.0 - 1e-12);
        prop_assert!(normal_quantile(p) < normal_quantile(higher));
    }
}
