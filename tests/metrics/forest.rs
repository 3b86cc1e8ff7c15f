//! Importances by a forest and among the best against Optuna 5 (`tests/reference/README.md`), and
//! against functions whose parts are known.

use lazydebugger::metrics::axis::Axis;
use lazydebugger::metrics::forest::{Forest, Trials};
use lazydebugger::metrics::importance::FullGrid;
use lazydebugger::metrics::ped_anova::{LEAST_TRIALS, ped_anova};

use crate::support::{close, csv, json};

struct Table {
    names: Vec<&'static str>,
    axes: Vec<Axis>,
    columns: Vec<Vec<f64>>,
    scores: Vec<f64>,
}

impl Table {
    fn forest(&self, trees: u32, seed: u64) -> Forest {
        let trials = Trials {
            axes: &self.axes,
            columns: &self.columns,
            scores: &self.scores,
        };
        Forest::grow(&trials, trees, seed)
    }
}

fn grid(score: &str) -> Table {
    let table = csv("hgb_grid_120.csv");
    let names = vec![
        "learning_rate",
        "max_iter",
        "max_leaf_nodes",
        "min_samples_leaf",
    ];
    let columns: Vec<Vec<f64>> = names.iter().map(|name| table.numbers(name)).collect();
    Table {
        axes: columns
            .iter()
            .map(|c| Axis::of_numbers(c).unwrap())
            .collect(),
        scores: table.numbers(score),
        columns,
        names,
    }
}

/// Complete trials only.
fn trials() -> Table {
    let table = csv("trials_150.csv");
    let complete: Vec<usize> = table
        .text("state")
        .iter()
        .enumerate()
        .filter(|(_, state)| **state == "COMPLETE")
        .map(|(row, _)| row)
        .collect();
    let kept = |values: Vec<f64>| complete.iter().map(|row| values[*row]).collect::<Vec<_>>();
    let kinds = ["entropy", "gini", "log"];
    let kind = table.text("params_kind").into_iter();
    let code = |kind: &str| kinds.iter().position(|k| *k == kind).unwrap() as f64;
    let columns = vec![
        kept(table.numbers("params_depth")),
        kept(kind.map(code).collect()),
        kept(table.numbers("params_l2")),
        kept(table.numbers("params_lr")),
    ];
    let axis = |column: &Vec<f64>| Axis::of_numbers(column).unwrap();
    Table {
        names: vec!["depth", "kind", "l2", "lr"],
        axes: vec![
            axis(&columns[0]),
            Axis::Categories(kinds.len()),
            axis(&columns[2]),
            axis(&columns[3]),
        ],
        columns,
        scores: kept(table.numbers("value")),
    }
}

#[test]
fn scales_are_told_from_the_values() {
    let is_log = |values: &[f64]| {
        matches!(
            Axis::of_numbers(values),
            Some(Axis::Range { log: true, .. })
        )
    };
    assert!(is_log(&[0.02, 0.05, 0.1, 0.2, 0.4]));
    assert!(is_log(&[1e-4, 1e-3, 1e-2]));
    assert!(!is_log(&[20.0, 60.0, 120.0]), "less than a factor of 10");
    assert!(!is_log(&[5.0, 50.0]), "two values lie evenly on any scale");
    assert!(!is_log(&[1.0, 50.0, 100.0]));
    assert!(!is_log(&[0.0, 1.0, 10.0, 100.0]), "0 has no logarithm");
    assert_eq!(Axis::of_numbers(&[]), None);
    let whole = Axis::of_numbers(&[3.0, 4.0]).unwrap();
    assert!(matches!(whole, Axis::Range { whole: true, .. }) && !whole.is_single());
    assert!(Axis::of_numbers(&[3.0]).unwrap().is_single());
    assert!(matches!(trials().axes[3], Axis::Range { log: true, .. }));
}

/// As Optuna: within 0.1, and in the same order.
fn like_optuna(table: &Table, want: &serde_json::Value, seed: u64) {
    let got = table.forest(64, seed).anova().unwrap();
    let wanted: Vec<f64> = table
        .names
        .iter()
        .map(|n| want[*n].as_f64().unwrap())
        .collect();
    for (name, (got, want)) in table.names.iter().zip(got.main.iter().zip(&wanted)) {
        assert!((got - want).abs() < 0.1, "{name}: {got}, Optuna {want}");
    }
    let order = |values: &[f64]| {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
        order
    };
    // Those that matter: below a hundredth it is noise that ranks.
    let ranked = wanted.iter().filter(|share| **share > 0.01).count();
    assert_eq!(order(&got.main)[..ranked], order(&wanted)[..ranked]);
}

#[test]
fn a_forest_tells_what_optunas_tells() {
    let reference = json("importance.json");
    for seed in [1, 42] {
        let want = &reference["hgb_grid_120"]["fanova_calib_auc"];
        like_optuna(&grid("calib_auc"), want, seed);
        like_optuna(&trials(), &reference["trials_150"]["fanova"], seed);
    }
}

#[test]
fn a_forest_is_seeded() {
    let table = trials();
    let shares = |seed| table.forest(8, seed).anova().unwrap();
    assert_eq!(shares(3), shares(3));
    assert_ne!(shares(3), shares(4));
}

/// A step in one category and a step in one half of a range, and what they do together.
#[test]
fn parts_that_are_known() {
    let rows: Vec<(f64, f64)> = (0..400)
        .map(|i| (f64::from(i % 4), f64::from(i / 4) / 99.0))
        .collect();
    let columns = vec![
        rows.iter()
            .map(|(category, _)| *category)
            .collect::<Vec<_>>(),
        rows.iter().map(|(_, x)| *x).collect(),
    ];
    let axes = [Axis::Categories(4), Axis::of_numbers(&columns[1]).unwrap()];
    let high = |x: f64| f64::from(u8::from(x > 0.5));
    let is_two = |category: f64| f64::from(u8::from(category == 2.0));
    let anova = |score: &dyn Fn(f64, f64) -> f64| {
        let scores: Vec<f64> = rows
            .iter()
            .map(|(category, x)| score(*category, *x))
            .collect();
        let trials = Trials {
            axes: &axes,
            columns: &columns,
            scores: &scores,
        };
        let forest = Forest::grow(&trials, 16, 9);
        (forest.anova(), forest)
    };
    // Variances 3/16 of the category and 1/4 of the step; nothing together.
    let (shares, forest) = anova(&|category, x| is_two(category) + high(x));
    let shares = shares.unwrap();
    let near = |got: f64, want: f64| assert!((got - want).abs() < 0.02, "{got} {want}");
    near(shares.main[0], 3.0 / 7.0);
    near(shares.main[1], 4.0 / 7.0);
    near(shares.interactions[0].fraction, 0.0);
    let means = forest.marginal(0, &[0.0, 1.0, 2.0, 3.0]);
    for (point, want) in means.iter().zip([0.5, 0.5, 1.5, 0.5]) {
        near(point.mean, want);
    }
    let means = forest.marginal(1, &[0.0, 0.2, 0.8, 1.0]);
    for (point, want) in means.iter().zip([0.25, 0.25, 1.25, 1.25]) {
        near(point.mean, want);
    }
    // Their product: variance 7/64, of which 3/64 is the category's, 1/64 the step's.
    let (shares, forest) = anova(&|category, x| is_two(category) * high(x));
    let shares = shares.unwrap();
    let (categories, places) = ([0.0, 1.0, 2.0, 3.0], [0.1, 0.9]);
    let met = forest.joint_marginal((0, &categories), (1, &places));
    for (category, row) in met.iter().enumerate() {
        near(row[0], 0.0);
        near(row[1], is_two(category as f64));
    }
    let turned = forest.joint_marginal((1, &places), (0, &categories));
    assert!((turned[1][2] - met[2][1]).abs() < 1e-12);
    near(shares.main[0], 3.0 / 7.0);
    near(shares.main[1], 1.0 / 7.0);
    near(shares.interactions[0].fraction, 3.0 / 7.0);
    assert_eq!(anova(&|_, _| 0.7).0, None, "nothing varies");
}

/// A tree on every row of a grid whose cells weigh alike is the grid: its shares are the exact ones.
#[test]
fn on_a_grid_of_categories_a_forest_comes_near_the_exact_shares() {
    let mut table = grid("calib_auc");
    for (axis, column) in table.axes.iter_mut().zip(&mut table.columns) {
        let mut levels = column.clone();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        for value in column {
            *value = levels.partition_point(|level| level < value) as f64;
        }
        *axis = Axis::Categories(levels.len());
    }
    let exact = FullGrid::from_columns(&table.columns).unwrap();
    let exact = exact.anova(&table.scores).unwrap();
    let got = table.forest(128, 5).anova().unwrap();
    for (got, want) in got.main.iter().zip(&exact.main) {
        assert!((got - want).abs() < 0.1, "{got} {want}");
    }
}

#[test]
fn what_matters_among_the_best_is_optunas() {
    let reference = json("importance.json");
    let check = |table: &Table, want: &serde_json::Value, lower_is_better, what: &str| {
        let got = ped_anova(&table.axes, &table.columns, &table.scores, lower_is_better).unwrap();
        for (name, got) in table.names.iter().zip(got) {
            close(got, &want[*name], 1e-9, &format!("{what}.{name}"));
        }
    };
    check(
        &trials(),
        &reference["trials_150"]["ped_anova"],
        false,
        "trials",
    );
    for (metric, lower) in [("calib_auc", false), ("calib_log_loss", true)] {
        let want = &reference["hgb_grid_120"]["ped_anova"][metric];
        check(&grid(metric), want, lower, metric);
    }
    let table = trials();
    let few: Vec<Vec<f64>> = table
        .columns
        .iter()
        .map(|c| c[..LEAST_TRIALS - 1].to_vec())
        .collect();
    let scores = &table.scores[..LEAST_TRIALS - 1];
    assert_eq!(ped_anova(&table.axes, &few, scores, false), None);
    let single = [Axis::of_numbers(&[1.0]).unwrap()];
    let nothing = ped_anova(&single, &[vec![1.0; 60]], &[0.5; 60], false);
    assert_eq!(nothing, Some(vec![0.0]));
}
