//! Which rows to look at: clusters, outliers.

use lazydebugger::metrics::clusters::ClusterSearch;
use lazydebugger::metrics::outliers::outer_order;

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
