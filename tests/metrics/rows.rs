//! Which rows to look at: slices, clusters, outliers.

use lazydebugger::metrics::clusters::ClusterSearch;
use lazydebugger::metrics::outliers::outer_order;
use lazydebugger::metrics::perturbation::Distribution;
use lazydebugger::metrics::slices::{
    Binned, bin_numbers, count_bins, count_pairs, decile_edges, least_rows, test_slices,
};
use lazydebugger::metrics::tally::{ErrorCount, LossSum, Tally};

#[test]
fn a_column_of_mostly_zeros_has_more_than_one_bin() {
    let values: Vec<f64> = (0..100).map(|i| f64::from(i32::max(0, i - 91))).collect();
    let edges = decile_edges(&Distribution::new(&values));
    assert_eq!(edges, [0.0]);
    let binned = bin_numbers(&values, &edges);
    let counts: Vec<ErrorCount> = count_bins(&binned, &[false; 100]);
    assert_eq!(
        counts.iter().map(|c| c.rows).collect::<Vec<_>>(),
        [92, 8, 0]
    );
}

#[test]
fn edges_belong_to_the_bin_below_and_missing_values_to_their_own() {
    let binned = bin_numbers(&[1.0, 2.0, 2.5, f64::NAN, 9.0], &[2.0, 3.0]);
    assert_eq!((binned.codes, binned.bins), (vec![0, 0, 1, 3, 2], 4));
}

#[test]
fn pooled_bins_are_one_the_last_and_the_others_keep_their_order() {
    let codes = vec![4, 0, 1, 2, 3, 2];
    let mut binned = Binned { bins: 5, codes };
    binned.pool(&[false, true, false, false, true]);
    assert_eq!((binned.codes, binned.bins), (vec![1, 2, 0, 2, 2, 2], 3));
}

#[test]
fn a_slice_has_30_rows_and_one_in_a_hundred() {
    assert_eq!([0, 3_000, 3_001].map(least_rows), [30, 30, 31]);
}

/// 1,000 rows; one in ten is wrong, but four in ten where both features are 1.
fn with_a_weak_corner() -> (Binned, Binned, Vec<bool>) {
    let code = |row: u16, period: u16| u16::from(row.is_multiple_of(period));
    let a: Vec<u16> = (0..1_000).map(|row| code(row, 3)).collect();
    let b: Vec<u16> = (0..1_000).map(|row| code(row, 2)).collect();
    let wrong = (0..1_000u16).map(|row| {
        let within = row.is_multiple_of(6);
        (row / 6) % 10 < if within { 4 } else { 1 }
    });
    let binned = |codes| Binned { bins: 2, codes };
    (binned(a), binned(b), wrong.collect())
}

#[test]
fn the_weak_corner_is_found_and_is_the_weakest() {
    let (a, b, wrong) = with_a_weak_corner();
    let whole = ErrorCount::of(&wrong);
    let cells: Vec<ErrorCount> = count_pairs(&a, &b, &wrong);
    assert_eq!(cells.iter().map(|c| c.rows).sum::<u64>(), 1_000);
    assert_eq!(cells.iter().map(|c| c.wrong).sum::<u64>(), whole.wrong);
    let pairs = (0u16..)
        .zip(cells)
        .map(|(cell, rows)| (vec![(0, cell / 2), (1, cell % 2)], rows));
    let singles = (0u16..)
        .zip(count_bins(&a, &wrong))
        .map(|(bin, rows)| (vec![(0, bin)], rows));
    let slices = test_slices(pairs.chain(singles), whole);
    assert_eq!(slices[0].parts, [(0, 1), (1, 1)]);
    assert!(slices[0].is_weak());
    assert_eq!(
        slices.iter().filter(|s| s.is_weak()).count(),
        2,
        "and a = 1, which holds it"
    );
    for slice in &slices {
        assert!(slice.q_value >= slice.p_value);
        let (n, all) = (slice.n as f64, whole.wrong as f64);
        let rest = (all - n * slice.mean) / (1_000.0 - n);
        assert!((slice.rest_mean - rest).abs() < 1e-12);
    }
}

#[test]
fn small_slices_are_not_looked_at_and_even_errors_are_no_weakness() {
    let wrong: Vec<bool> = (0..1_000u32).map(|row| row.is_multiple_of(10)).collect();
    let codes: Vec<u16> = (0..1_000u16).map(|row| u16::from(row < 29)).collect();
    let binned = Binned { bins: 2, codes };
    let counts: Vec<ErrorCount> = count_bins(&binned, &wrong);
    let counts = (0u16..).zip(counts);
    let slices = test_slices(
        counts.map(|(bin, rows)| (vec![(0, bin)], rows)),
        ErrorCount::of(&wrong),
    );
    assert_eq!(slices.len(), 1, "29 rows are too few");
    assert!(!slices[0].is_weak());
}

/// scipy 1.17.1: `ttest_ind(equal_var=False, alternative="greater")`; numpy for the effect.
#[test]
fn slices_of_losses_are_held_against_the_others_by_welch() {
    let losses: Vec<f64> = (0..200u32)
        .map(|row| f64::from(row * 37 % 23) + if row < 40 { 3.0 } else { 0.0 })
        .collect();
    let codes = (0..200u16).map(|row| u16::from(row < 40)).collect();
    let counts: Vec<LossSum> = count_bins(&Binned { bins: 2, codes }, &losses);
    let slices = test_slices([(vec![(0, 1)], counts[1])], LossSum::of(&losses));
    let slice = &slices[0];
    for (found, expected) in [
        (slice.mean, 13.8),
        (slice.rest_mean, 10.9625),
        (slice.effect, 0.422_682_588_494_536_55),
        (slice.p_value, 0.010_289_230_824_522_901),
    ] {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
    assert!(slice.is_weak());
    let same = LossSum::of(&[2.0; 60]);
    assert_eq!((same.effect(&same), same.p_value(&same)), (None, None));
    let unknown = LossSum::of(&[f64::NAN; 60]);
    assert_eq!((unknown.mean(), unknown.p_value(&same)), (None, None));
}

const SEARCH: ClusterSearch = ClusterSearch {
    clusters: 2,
    rows: 1_000,
    rounds: 10,
    seed: 42,
};

#[test]
fn two_heaps_are_two_clusters_whatever_their_units() {
    let heap = |row: u32| if row.is_multiple_of(3) { 1.0 } else { -1.0 };
    let small: Vec<f64> = (0..300)
        .map(|row| heap(row) + f64::from(row % 7) * 0.01)
        .collect();
    let large: Vec<f64> = (0..300)
        .map(|row| 1e6 * heap(row) + f64::from(row % 5))
        .collect();
    let columns: [&[f64]; 2] = [&small, &large];
    let found = SEARCH.find(&columns).unwrap();
    assert_eq!(found.of_row.len(), 300);
    for row in 0..300 {
        let same = found.of_row[row] == found.of_row[0];
        assert_eq!(same, row.is_multiple_of(3), "row {row}");
    }
    assert_eq!(SEARCH.find(&columns).unwrap(), found, "the seed decides");
    // From half of the rows the same heaps are found, and all rows are assigned.
    let sampled = ClusterSearch {
        rows: 150,
        ..SEARCH
    };
    let again = sampled.find(&columns).unwrap();
    let alike = |a: &[u16]| (0..300).all(|row| (a[row] == a[0]) == row.is_multiple_of(3));
    assert!(alike(&again.of_row));
}

#[test]
fn clusters_of_nothing() {
    assert_eq!(SEARCH.find(&[]), None);
    assert_eq!(SEARCH.find(&[&[1.0]]), None, "fewer rows than clusters");
    let flat: [&[f64]; 1] = [&[f64::NAN, 3.0, 3.0]];
    let found = SEARCH.find(&flat).unwrap();
    assert!(found.centres.iter().flatten().all(|z| *z == 0.0));
}

#[test]
fn the_outermost_rows_come_first() {
    let a = [0.0, 0.0, 10.0, 0.0];
    let b = [1.0, f64::NAN, 1.0, 30.0];
    let flat = [5.0; 4];
    assert_eq!(outer_order(&[&a, &b, &flat])[3], 1);
    assert_eq!(outer_order(&[&a])[0], 2);
    assert_eq!(outer_order(&[&flat]), [0, 1, 2, 3], "equal ones by row");
    assert_eq!(outer_order(&[]), Vec::<u32>::new());
}
