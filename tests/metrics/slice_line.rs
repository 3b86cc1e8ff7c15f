//! SliceLine against the package of that name (0.3.0) and two exhaustive searches, which agree, and
//! against every slice there is.

use std::convert::Infallible;

use lazydebugger::metrics::drift::NumericSample;
use lazydebugger::metrics::hypothesis::larger_mean_p_value;
use lazydebugger::metrics::regression::standardised_difference;
use lazydebugger::metrics::slice_line::{
    Binned, Found, Scope, Search, Slice, bin_numbers, least_rows,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::support;

fn search(features: &[Binned], errors: &[f64], scope: Scope) -> Found {
    let mut search = Search::new(errors.to_vec(), scope).unwrap();
    for (place, feature) in features.iter().enumerate() {
        let basics = search.look(place, feature);
        search.add(basics);
    }
    let Ok(found) = search.finish(|| Ok::<(), Infallible>(()));
    assert!(found.left_out.is_nothing());
    found
}

/// Texts by the rank of their value in byte order, a missing one as `?`.
fn categories(values: &[&str]) -> Binned {
    let named = values.iter().map(|v| if v.is_empty() { "?" } else { v });
    let named: Vec<&str> = named.collect();
    let mut distinct = named.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let code = |value: &&str| distinct.binary_search(value).unwrap() as u16;
    Binned {
        bins: distinct.len(),
        codes: named.iter().map(code).collect(),
    }
}

fn rows_by_bin(binned: &Binned) -> Vec<u64> {
    let mut rows = vec![0; binned.bins];
    for code in &binned.codes {
        rows[usize::from(*code)] += 1;
    }
    rows
}

fn is_same(found: &Slice, expected: &Value) -> bool {
    let slice = expected["slice"].as_array().unwrap().iter();
    let slice = slice.map(|p| {
        (
            p[0].as_u64().unwrap() as usize,
            p[1].as_u64().unwrap() as u16,
        )
    });
    found.predicates == slice.collect::<Vec<_>>()
        && Some(found.rank as u64) == expected["rank"].as_u64()
        && Some(found.rows) == expected["size"].as_u64()
        && Some(found.errors) == expected["errors"].as_f64()
        && (found.score - expected["score"].as_f64().unwrap()).abs() <= 1e-12
}

fn is_as_expected(features: &[Binned], errors: &[f64], expected: &Value) {
    let depths = expected["depths"].as_array().unwrap();
    for (depth, expected_here) in (1..).zip(depths) {
        let top = expected["k"].as_u64().unwrap() as usize;
        let found = search(features, errors, Scope { top, depth });
        support::close(found.mean, &expected["mean_error"], 1e-12, "mean");
        assert_eq!(Some(found.least_rows), expected["min_support"].as_u64());
        let slices = expected_here["top"].as_array().unwrap();
        assert_eq!(found.slices.len(), slices.len(), "depth {depth}");
        for (found, expected) in found.slices.iter().zip(slices) {
            assert!(is_same(found, expected), "{depth}: {found:?} {expected}");
        }
        for (place, expected) in slices.iter().enumerate() {
            let of = |slice: &Slice, at: usize| slice.same_rows.unwrap_or(at);
            let own = of(&found.slices[place], place);
            let alike = found.slices.iter().enumerate();
            let alike = alike.filter(|(at, slice)| of(slice, *at) == own).count();
            assert_eq!(alike as u64 - 1, expected["same_rows"], "{depth}: {place}");
        }
    }
}

#[test]
fn the_worst_slices_of_adult_are_those_of_sliceline() {
    let table = support::csv("adult_test.csv");
    let expected = &support::json("slices.json")["adult"];
    let features: Vec<Binned> = expected["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feature| {
            let name = feature["name"].as_str().unwrap();
            let (binned, rows) = if let Some(wanted) = feature.get("edges") {
                let values = table.numbers(name);
                let edges = NumericSample::new(&values).decile_edges();
                assert_eq!(edges, support::numbers(wanted), "{name}");
                let binned = bin_numbers(&values, &edges);
                let mut rows = rows_by_bin(&binned);
                assert_eq!(rows.pop(), Some(0), "{name}: none is missing");
                (binned, rows)
            } else {
                let binned = categories(&table.text(name));
                let rows = rows_by_bin(&binned);
                (binned, rows)
            };
            let rows: Vec<f64> = rows.into_iter().map(|n| n as f64).collect();
            assert_eq!(rows, support::numbers(&feature["rows"]), "{name}");
            binned
        })
        .collect();
    let labels = table.labels();
    let wrong = table.scores("p1").into_iter().zip(labels);
    let errors: Vec<f64> = wrong
        .map(|(p, y)| f64::from(u8::from((p >= 0.5) != y)))
        .collect();
    is_as_expected(&features, &errors, expected);
    let found = search(&features, &errors, Scope { top: 10, depth: 3 });
    let first = &found.slices[0];
    // Every one of them is worse beyond doubt, the number of all that could have been found allowed for.
    assert!(found.possible > 50_000.0, "{}", found.possible);
    assert!(
        found.slices.iter().all(Slice::is_weak),
        "{:?}",
        found.slices
    );
    let rest =
        (errors.iter().sum::<f64>() - first.errors) / (errors.len() as f64 - first.rows as f64);
    assert!((first.rest_mean.unwrap() - rest).abs() < 1e-12);
}

#[test]
fn slices_that_tie_are_all_told_in_order() {
    let all = support::json("slices.json");
    for name in ["toy_pure", "toy_ties"] {
        let expected = &all[name];
        let rows: Vec<&[u8]> = expected["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row.as_str().unwrap().as_bytes())
            .collect();
        let column = |at: usize| rows.iter().map(move |row| u16::from(row[at] - b'0'));
        let features: Vec<Binned> = (0..4)
            .map(|at| Binned {
                bins: 2,
                codes: column(at).collect(),
            })
            .collect();
        let errors: Vec<f64> = column(4).map(f64::from).collect();
        is_as_expected(&features, &errors, expected);
    }
}

#[test]
fn missing_numbers_are_a_bin_of_their_own_and_edges_belong_to_the_bin_below() {
    let binned = bin_numbers(&[1.0, 2.0, 2.5, f64::NAN, 9.0], &[2.0, 3.0]);
    assert_eq!((binned.codes, binned.bins), (vec![0, 0, 1, 3, 2], 4));
}

#[test]
fn a_slice_has_30_rows_and_one_in_a_hundred() {
    assert_eq!([0, 3_000, 3_001, 9_769].map(least_rows), [30, 30, 31, 98]);
}

#[test]
fn what_has_no_error_has_no_slice_and_what_is_no_number_has_no_answer() {
    let feature = Binned {
        bins: 2,
        codes: (0..100).map(|row| row % 2).collect(),
    };
    let scope = Scope { top: 10, depth: 3 };
    assert_eq!(
        search(std::slice::from_ref(&feature), &[0.0; 100], scope).slices,
        []
    );
    assert!(
        search(&[feature], &[0.3; 100], scope).slices.is_empty(),
        "all alike"
    );
    assert!(Search::new(vec![0.0, f64::NAN], scope).is_none());
    assert!(Search::new(Vec::new(), scope).is_none());
}

/// Mean and sample variance.
fn moments(values: &[f64]) -> (u64, f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (values.len() as u64, mean, squares / (n - 1.0))
}

/// 200 losses of which the first 40 are larger.
fn losses(by: f64) -> Vec<f64> {
    let larger = |row| if row < 40 { by } else { 0.0 };
    (0..200u32)
        .map(|row| f64::from(row * 37 % 23) + larger(row))
        .collect()
}

/// scipy 1.17.1: `ttest_ind(equal_var=False, alternative="greater")`; numpy for the effect.
#[test]
fn slices_of_losses_are_held_against_the_others_by_welch() {
    let small = losses(3.0);
    let (slice, rest) = (moments(&small[..40]), moments(&small[40..]));
    for (found, expected) in [
        (slice.1, 13.8),
        (rest.1, 10.9625),
        (
            standardised_difference((slice.1, slice.2), (rest.1, rest.2)).unwrap(),
            0.422_682_588_494_536_55,
        ),
        (
            larger_mean_p_value(slice, rest).unwrap(),
            0.010_289_230_824_522_901,
        ),
    ] {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
    let large = losses(8.0);
    let feature = Binned {
        bins: 2,
        codes: (0..200u16).map(|row| u16::from(row < 40)).collect(),
    };
    let found = search(&[feature], &large, Scope { top: 10, depth: 3 });
    let (slice, rest) = (moments(&large[..40]), moments(&large[40..]));
    // Two slices were possible.
    let wanted = 2.0 * larger_mean_p_value(slice, rest).unwrap();
    let first = &found.slices[0];
    assert!(
        (first.p_adjusted.unwrap() / wanted - 1.0).abs() < 1e-9,
        "{first:?}"
    );
    assert!((first.rest_mean.unwrap() - rest.1).abs() < 1e-12 && first.is_weak());
}

/// Of 200 tables in which the errors have nothing to do with the features, at most one in twenty may have
/// a slice that is told to be worse; a plain p-value calls one so in nearly all.
#[test]
fn chance_makes_no_weak_slice() {
    let mut state = 42u64;
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as u16
    };
    let (mut false_finds, mut by_plain_p) = (0, 0);
    for _ in 0..200 {
        let features: Vec<Binned> = (0..5)
            .map(|_| Binned {
                bins: 4,
                codes: (0..600).map(|_| draw() % 4).collect(),
            })
            .collect();
        let errors: Vec<f64> = (0..600)
            .map(|_| f64::from(u8::from(draw() % 10 < 2)))
            .collect();
        let found = search(&features, &errors, Scope { top: 10, depth: 3 });
        let least = found
            .slices
            .iter()
            .filter_map(|s| s.p_adjusted)
            .fold(1.0, f64::min);
        false_finds += u32::from(least <= 0.05);
        by_plain_p += u32::from(least / found.possible <= 0.05);
    }
    assert!(false_finds <= 10, "{false_finds}");
    assert!(by_plain_p >= 150, "{by_plain_p}");
}

/// Predicates, rows, errors, score.
type Conjunction = (Vec<(usize, u16)>, u64, f64, f64);

/// Every conjunction that has enough rows and a score above 0.
fn every_slice(features: &[Binned], errors: &[f64]) -> Vec<Conjunction> {
    let mut all: Vec<Vec<(usize, u16)>> = vec![Vec::new()];
    for (at, feature) in features.iter().enumerate() {
        let wider = all.iter().filter(|p| p.len() < 3).flat_map(|p| {
            (0..feature.bins as u16).map(move |code| [p.as_slice(), &[(at, code)]].concat())
        });
        let wider: Vec<_> = wider.collect();
        all.extend(wider);
    }
    let n = errors.len() as f64;
    let mean = errors.iter().sum::<f64>() / n;
    let measured = all.into_iter().filter(|p| !p.is_empty()).map(|predicates| {
        let rows = (0..errors.len()).filter(|row| {
            predicates
                .iter()
                .all(|(at, code)| features[*at].codes[*row] == *code)
        });
        let rows: Vec<usize> = rows.collect();
        let (size, sum) = (
            rows.len() as f64,
            rows.iter().map(|row| errors[*row]).sum::<f64>(),
        );
        let score = 0.95 * ((sum / size) / mean - 1.0) - 0.05 * (n / size - 1.0);
        (predicates, rows.len() as u64, sum, score)
    });
    let mut kept: Vec<_> = measured
        .filter(|(_, rows, _, score)| *rows >= least_rows(errors.len() as u64) && *score > 1e-12)
        .collect();
    kept.sort_by(|a, b| b.3.total_cmp(&a.3));
    kept
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_best_are_the_best_of_all(
        rows in prop::collection::vec((0u16..3, 0u16..2, 0u16..4, 0u16..3, 0u32..5), 150..400),
        top in 1usize..12,
        are_rates: bool,
    ) {
        let column = |of: fn(&(u16, u16, u16, u16, u32)) -> u16, bins: usize| Binned {
            bins,
            codes: rows.iter().map(of).collect(),
        };
        let features = [
            column(|r| r.0, 3),
            column(|r| r.1, 2),
            column(|r| r.2, 4),
            column(|r| r.3, 3),
            column(|r| r.0, 3),
        ];
        let error = |row: &(u16, u16, u16, u16, u32)| if are_rates {
            f64::from(u8::from(row.4 + u32::from(row.0) > 4))
        } else {
            f64::from(row.4) * 0.3 + f64::from(row.2)
        };
        let errors: Vec<f64> = rows.iter().map(error).collect();
        prop_assume!(errors.iter().sum::<f64>() > 0.0);
        let every = every_slice(&features, &errors);
        let found = search(&features, &errors, Scope { top, depth: 3 });
        let last = every.get(top - 1).map_or(0.0, |s| s.3);
        let wanted = every.iter().filter(|s| s.3 >= last - 1e-9).count();
        prop_assert_eq!(found.slices.len(), wanted);
        for slice in &found.slices {
            let same = every.iter().find(|s| s.0 == slice.predicates);
            let Some((_, rows, errors, score)) = same else {
                return Err(TestCaseError::fail(format!("{slice:?} is none of them")));
            };
            prop_assert_eq!(slice.rows, *rows);
            prop_assert!((slice.errors - errors).abs() < 1e-9);
            prop_assert!((slice.score - score).abs() < 1e-9);
        }
        prop_assert!(found.slices.windows(2).all(|pair| pair[0].score >= pair[1].score));
    }
}
