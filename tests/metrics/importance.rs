//! Exact functional ANOVA against the reference values of two full grids
//! (`tests/reference/README.md`).

use lazydebugger::metrics::importance::{FullGrid, NotAGrid};
use proptest::prelude::*;

use crate::support::{close, close_relative, csv, json};

const TOLERANCE: f64 = 1e-11;

#[test]
fn both_grids_of_the_reference() {
    let reference = json("hyperparameters.json");
    for (name, metrics) in reference.as_object().unwrap() {
        let table = csv(&format!("{name}.csv"));
        for (metric, want) in metrics.as_object().unwrap() {
            let wanted_main = want["main_effect"].as_object().unwrap();
            let parameters: Vec<&String> = table
                .header()
                .iter()
                .filter(|column| wanted_main.contains_key(*column))
                .collect();
            assert_eq!(parameters.len(), wanted_main.len());
            let columns: Vec<Vec<&str>> = parameters.iter().map(|p| table.text(p)).collect();
            let grid = FullGrid::from_columns(&columns).unwrap();
            let got = grid.anova(&table.numbers(metric)).unwrap();
            let what = format!("{name}.{metric}");
            close_relative(
                got.variance,
                &want["total_variance_ddof0"],
                TOLERANCE,
                &what,
            );
            for (index, parameter) in parameters.iter().enumerate() {
                close(got.main[index], &wanted_main[*parameter], TOLERANCE, &what);
                let total = &want["total_effect"][*parameter];
                close(got.total[index], total, TOLERANCE, &what);
            }
            let pairs = parameters.len() * (parameters.len() - 1) / 2;
            assert_eq!(got.interactions.len(), pairs, "{what}");
            for pair in &got.interactions {
                let key = format!("{} x {}", parameters[pair.first], parameters[pair.second]);
                close(pair.fraction, &want["fraction"][&key], TOLERANCE, &what);
            }
        }
    }
}

#[test]
fn what_is_no_full_grid_says_why() {
    let build = |columns: &[Vec<u8>]| FullGrid::from_columns(columns).map(|grid| grid.settings());
    assert_eq!(build(&[vec![1, 1, 2, 2], vec![5, 6, 6, 5]]), Ok(4));
    assert_eq!(build(&[]), Err(NotAGrid::Empty));
    assert_eq!(build(&[vec![]]), Err(NotAGrid::Empty));
    assert_eq!(build(&[vec![1, 2], vec![1]]), Err(NotAGrid::Ragged));
    assert_eq!(
        build(&[vec![1, 1, 2], vec![5, 6, 6]]),
        Err(NotAGrid::Incomplete {
            present: 3,
            combinations: 4
        })
    );
    assert_eq!(
        build(&[vec![1, 1, 2, 2], vec![5, 6, 6, 6]]),
        Err(NotAGrid::Repeated(3))
    );
    assert_eq!(
        build(&[vec![1, 1, 2, 2, 1], vec![5, 6, 6, 5, 5]]),
        Err(NotAGrid::Repeated(4))
    );
    // 2^70 combinations: more than a machine word counts.
    let wide: Vec<Vec<u8>> = (0..70).map(|_| vec![0, 1]).collect();
    let error = build(&wide).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("2 settings of {} combinations", usize::MAX)
    );
}

#[test]
fn nothing_to_share_out() {
    let grid = FullGrid::from_columns(&[vec![0.1, 0.2, 0.3]]).unwrap();
    assert_eq!(grid.anova(&[0.1; 3]), None);
    assert_eq!(grid.anova(&[0.1, 0.2, f64::NAN]), None);
    let got = grid.anova(&[0.1, 0.2, 0.4]).unwrap();
    assert!((got.main[0] - 1.0).abs() < 1e-12 && (got.total[0] - 1.0).abs() < 1e-12);
    assert!(got.interactions.is_empty());
}

#[test]
fn a_pure_interaction_and_an_idle_parameter() {
    // Exclusive or of the first two; the third has one level.
    let columns = [vec![0, 0, 1, 1], vec![0, 1, 0, 1], vec![9, 9, 9, 9]];
    let grid = FullGrid::from_columns(&columns).unwrap();
    let got = grid.anova(&[0.0, 1.0, 1.0, 0.0]).unwrap();
    assert_eq!(got.main, [0.0, 0.0, 0.0]);
    assert_eq!(got.total, [1.0, 1.0, 0.0]);
    let fractions: Vec<f64> = got.interactions.iter().map(|pair| pair.fraction).collect();
    assert_eq!(fractions, [1.0, 0.0, 0.0]);
}

proptest! {
    /// With two parameters the shares add up to 1, whatever the order of the rows.
    #[test]
    fn the_shares_of_two_parameters_are_all_there_is(
        scores in prop::collection::vec(0.0f64..1.0, 12),
        order in Just((0..12usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let columns = [
            order.iter().map(|cell| cell / 4).collect::<Vec<_>>(),
            order.iter().map(|cell| cell % 4).collect::<Vec<_>>(),
        ];
        let grid = FullGrid::from_columns(&columns).unwrap();
        let got = grid.anova(&scores).unwrap();
        let pair = got.interactions[0].fraction;
        prop_assert!((got.main[0] + got.main[1] + pair - 1.0).abs() < 1e-9);
        prop_assert!((got.total[0] - got.main[0] - pair).abs() < 1e-9);
        prop_assert!((got.total[1] - got.main[1] - pair).abs() < 1e-9);
    }
}
