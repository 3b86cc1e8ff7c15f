//! Draws, bootstrap intervals and the threshold sweep against exact distributions, a bootstrap of
//! rows (numpy) and plain counting.

use lazydebugger::metrics::bootstrap::{
    Interval, Stratum, count_intervals, percentile_interval, stratified_intervals,
};
use lazydebugger::metrics::classification::{Confusion, DECISION_THRESHOLD, decide};
use lazydebugger::metrics::fairness::{ScoredRows, count_gaps};
use lazydebugger::metrics::threshold_sweep::threshold_sweep;
use lazydebugger::metrics::uniform::Draws;
use proptest::prelude::*;

use crate::support::{csv, json};

/// The chance of `k` successes, by the ratio of neighbours.
fn binomial_chances(n: u64, p: f64) -> Vec<f64> {
    let mode = ((n + 1) as f64 * p) as u64;
    let mut chances = vec![0.0; n as usize + 1];
    chances[mode as usize] = 1.0;
    let odds = p / (1.0 - p);
    for k in mode..n {
        chances[k as usize + 1] = chances[k as usize] * odds * (n - k) as f64 / (k + 1) as f64;
    }
    for k in (0..mode).rev() {
        chances[k as usize] = chances[k as usize + 1] * (k + 1) as f64 / odds / (n - k) as f64;
    }
    let sum: f64 = chances.iter().sum();
    chances.iter().map(|chance| chance / sum).collect()
}

#[test]
fn binomial_draws_have_the_binomial_distribution() {
    const DRAWS: u64 = 200_000;
    // Few expected, many expected, above one half, and the border between the two ways.
    for (n, p) in [
        (20, 0.1),
        (1000, 0.3),
        (200, 0.97),
        (40, 0.25),
        (39, 0.25),
        (100_000, 0.0002),
    ] {
        let mut draws = Draws::new(7, "binomial");
        let mut seen = vec![0u64; n as usize + 1];
        for _ in 0..DRAWS {
            seen[draws.binomial(n, p) as usize] += 1;
        }
        let (mut statistic, mut cells) = (0.0, 0);
        let (mut rest_seen, mut rest_expected) = (0.0, 0.0);
        for (count, chance) in seen.iter().zip(binomial_chances(n, p)) {
            let expected = chance * DRAWS as f64;
            if expected < 10.0 {
                rest_seen += *count as f64;
                rest_expected += expected;
            } else {
                statistic += (*count as f64 - expected).powi(2) / expected;
                cells += 1;
            }
        }
        statistic += (rest_seen - rest_expected).powi(2) / rest_expected.max(1.0);
        let degrees = f64::from(cells);
        // Mean and variance of chi-square are its degrees of freedom and twice that.
        assert!(
            statistic < degrees + 5.0 * (2.0 * degrees).sqrt(),
            "n {n}, p {p}: chi-square {statistic} at {degrees} degrees of freedom"
        );
    }
}

#[test]
fn draws_depend_on_seed_and_name_alone() {
    let draws = |seed, name| {
        let mut draws = Draws::new(seed, name);
        [draws.below(1000), draws.below(1000), draws.below(1000)]
    };
    assert_eq!(draws(1, "a"), draws(1, "a"));
    assert_ne!(draws(1, "a"), draws(2, "a"));
    assert_ne!(draws(1, "a"), draws(1, "b"));
}

/// 20,000 resamples of the rows by numpy 2.4 (PCG64, seed 0): quantiles at 2.5% and 97.5% of the
/// parity ratio, the parity difference and the equalized odds difference by sex.
const ROW_BOOTSTRAP: [(f64, f64); 3] = [
    (0.252_236, 0.330_568),
    (0.151_240, 0.178_136),
    (0.057_079, 0.164_358),
];

#[test]
fn intervals_of_counts_are_those_of_resampled_rows() {
    let table = csv("adult_test.csv");
    let (labels, scores) = (table.labels(), table.scores("p1"));
    let predicted = decide(&scores, DECISION_THRESHOLD);
    let mut cells = [0; 8];
    for (row, sex) in table.text("sex").into_iter().enumerate() {
        let cell = match (labels[row], predicted[row]) {
            (true, true) => 0,
            (false, true) => 1,
            (true, false) => 2,
            (false, false) => 3,
        };
        cells[4 * usize::from(sex == "Male") + cell] += 1;
    }
    let counts = |cells: &[u64]| Confusion {
        true_positives: cells[0],
        false_positives: cells[1],
        false_negatives: cells[2],
        true_negatives: cells[3],
    };
    let intervals = count_intervals(&cells, 20_000, (42, "sex"), |cells| {
        let gaps = count_gaps(&[counts(&cells[..4]), counts(&cells[4..])]);
        [
            gaps.demographic_parity_ratio,
            gaps.demographic_parity_difference,
            gaps.equalized_odds_difference,
        ]
    });
    for (got, (low, high)) in intervals.into_iter().zip(ROW_BOOTSTRAP) {
        let got = got.unwrap();
        // Of 20,000 resamples a quantile at 2.5% is known to about a fiftieth of the width.
        let slack = (high - low) / 50.0;
        assert!((got.low - low).abs() < slack, "{got:?} {low}");
        assert!((got.high - high).abs() < slack, "{got:?} {high}");
    }
}

#[test]
fn what_is_often_undefined_has_no_interval() {
    assert_eq!(percentile_interval(vec![], 0), None);
    assert_eq!(percentile_interval(vec![0.5; 94], 100), None);
    let whole = percentile_interval((0..=100).map(f64::from).collect(), 101);
    assert_eq!(
        whole,
        Some(Interval {
            low: 2.5,
            high: 97.5
        })
    );
    let [nothing] = count_intervals(&[3, 0], 100, (1, "x"), |cells| {
        assert_eq!(cells, [3, 0], "an empty cell stays empty");
        [None]
    });
    assert_eq!(nothing, None);
}

proptest! {
    /// The walk counts what deciding anew at every threshold would count.
    #[test]
    fn a_sweep_counts_like_deciding_anew(
        rows in prop::collection::vec((0u8..=20, any::<bool>(), 0u32..4), 0..200),
    ) {
        let scores: Vec<f64> = rows
            .iter()
            .map(|(score, ..)| if *score == 20 { f64::NAN } else { f64::from(*score) / 19.0 })
            .collect();
        let labels: Vec<bool> = rows.iter().map(|(_, label, _)| *label).collect();
        let groups: Vec<u32> = rows.iter().map(|(.., group)| *group).collect();
        let predicted = decide(&scores, DECISION_THRESHOLD);
        let ranked = ScoredRows::new(&labels, &predicted, &scores);
        let thresholds: Vec<f64> = (0..=10).map(|step| f64::from(step) / 10.0).collect();
        // The last code stands for rows without a group.
        let sweep = threshold_sweep(&ranked, &groups, 3, &thresholds);
        prop_assert_eq!(sweep.len(), thresholds.len());
        for (point, threshold) in sweep.iter().zip(&thresholds) {
            prop_assert_eq!(point.threshold, *threshold);
            let decisions = decide(&scores, *threshold);
            for (group, counts) in (0..).zip(&point.groups) {
                let mut wanted = Confusion::default();
                for row in (0..rows.len()).filter(|row| groups[*row] == group) {
                    wanted.add(labels[row], decisions[row]);
                }
                prop_assert_eq!(*counts, wanted);
            }
            let grouped = groups.iter().filter(|group| **group < 3).count() as u64;
            prop_assert_eq!(point.overall().n(), grouped);
        }
    }
}

/// Equalized odds, resampled within each group and class: numpy's means of 100 runs of 2,000 resamples.
#[test]
fn a_stratified_bootstrap_as_numpy_has_it() {
    let reference = json("fairness_intervals.json");
    for (attribute, want) in reference["attributes"].as_object().unwrap() {
        let groups = want["groups"].as_object().unwrap();
        let strata = groups.values().flat_map(|group| {
            let count = |key: &str| group[key].as_u64().unwrap();
            [(count("tp"), count("fn")), (count("fp"), count("tn"))]
        });
        let strata: Vec<Stratum> = strata.collect();
        let odds = |strata: &[Stratum]| {
            let groups = strata.chunks(2).map(|own| Confusion {
                true_positives: own[0].0,
                false_negatives: own[0].1,
                false_positives: own[1].0,
                true_negatives: own[1].1,
            });
            let groups: Vec<Confusion> = groups.collect();
            [count_gaps(&groups).equalized_odds_difference]
        };
        let want = &want["equalized_odds_difference"];
        let value = odds(&strata)[0].unwrap();
        assert!((value - want["value"].as_f64().unwrap()).abs() < 1e-12);
        let errors = &want["standard_error_of_one_run"];
        for seed in 0..4 {
            let found = stratified_intervals(&strata, 2000, (seed, attribute), odds);
            let Interval { low, high } = found[0].unwrap();
            for (found, key) in [(low, "q2_5"), (high, "q97_5")] {
                let expected = want[key].as_f64().unwrap();
                let most = 5.0 * errors[key].as_f64().unwrap();
                assert!(
                    (found - expected).abs() <= most,
                    "{attribute} {seed} {key}: {found} {expected} {most}"
                );
            }
        }
    }
}
