//! The bundled regression and three-class experiments against scikit-learn and numpy (see
//! `tests/reference`), whatever runs the models.

use lazydebugger::event::{Cell, DimensionStatus, TaskKind};
use lazydebugger::experiment::Experiment;
use lazydebugger::vocabulary::{Backend, Dimension, Grouping, Note};
use serde_json::Value;

use crate::bundled::driven::{Driven, sample_data};
use crate::bundled::references::reference;

const ALPHAS: [&str; 3] = ["0.05", "0.1", "0.2"];
const WORST: [&str; 5] = ["0.05", "0.1", "0.2", "0.3", "0.5"];

pub(crate) fn wage(name: &str) -> Experiment {
    let folder = sample_data().with_file_name("wage");
    Experiment::from_file(&folder.join(format!("{name}.toml"))).unwrap()
}

/// All five dimensions of an experiment, run to their end.
fn run(name: &str, backend: Backend) -> Driven {
    let mut experiment = wage(name);
    experiment.engine.backend = backend;
    let mut driven = Driven::open(experiment);
    driven.run(&Dimension::ALL);
    for dimension in Dimension::ALL {
        let outcome = driven.ledger.dimension(dimension).outcome.as_ref().unwrap();
        assert_eq!(outcome.status, DimensionStatus::Ok, "{outcome:?}");
    }
    driven
}

/// Every value of `expected` under `prefix`, nested ones by their path.
fn equal(driven: &Driven, dimension: Dimension, prefix: &str, expected: &Value, tolerance: f64) {
    for (name, value) in expected.as_object().unwrap() {
        let name = format!("{prefix}{name}");
        if value.is_object() {
            equal(driven, dimension, &format!("{name}."), value, tolerance);
            continue;
        }
        let scale = value.as_f64().map_or(1.0, |wanted| wanted.abs().max(1.0));
        driven.equals(dimension, &name, value, tolerance * scale);
    }
}

/// Outer rows, coverage and change under the shift, clusters by their mean `loss`.
fn resilience(driven: &Driven, expected: &Value, loss: &str) {
    let dimension = Dimension::Resilience;
    for alpha in ["0.05", "0.1", "0.2"] {
        let name = format!("outer.{alpha}");
        equal(
            driven,
            dimension,
            &format!("{name}."),
            &expected[&name],
            1e-6,
        );
        let sets = &expected[format!("shifted_conformal.{alpha}")];
        let prefix = format!("wage_shifted.conformal.{alpha}.");
        equal(driven, dimension, &prefix, sets, 1e-6);
    }
    let metric = |name: &str| driven.metric(dimension, name).unwrap();
    for (name, change) in expected["shifted_change"].as_object().unwrap() {
        let wanted = numbers(change);
        let prefix = format!("wage_shifted.{name}.change");
        let (change, low) = (metric(&prefix), metric(&format!("{prefix}.low")));
        assert!((change - wanted[0]).abs() < 1e-5, "{name}: {change}");
        // The reference has its errors from the jackknife.
        assert!(
            ((change - low) / wanted[1] - 1.0).abs() < 0.02,
            "{name}: {low}"
        );
        let high = metric(&format!("{prefix}.high"));
        assert!((high + low - 2.0 * change).abs() < 1e-9, "{name}: {high}");
    }
    let score = expected["resilience_score"].as_f64().unwrap();
    assert!((metric("score") - score).abs() < 1e-6);
    let outcome = driven.ledger.dimension(dimension).outcome.as_ref().unwrap();
    let table = &outcome.tables["clusters"];
    let of_loss = table
        .columns
        .iter()
        .position(|head| *head == loss.replace('_', " "));
    let clusters = table.rows.iter().map(|row| match row[1] {
        Cell::Count(n) => (n as f64, number(&row[of_loss.unwrap()])),
        _ => panic!("{row:?}"),
    });
    let clusters: Vec<(f64, f64)> = clusters.collect();
    let rows: f64 = clusters.iter().map(|(n, _)| n).sum();
    let mean: f64 = clusters.iter().map(|(n, loss)| n * loss / rows).sum();
    assert_eq!(rows, 750.0, "no cluster is small");
    assert!((mean - metric(&format!("base.{loss}"))).abs() < 1e-9);
    assert!(clusters.is_sorted_by(|a, b| a.1 >= b.1), "{clusters:?}");
    assert_eq!(metric(&format!("worst_cluster.{loss}")), clusters[0].1);
}

/// What the groups have, the score, and how the small group is told of.
fn fair(driven: &Driven, expected: &Value, groups: &str, tolerance: f64) {
    for attribute in ["race", "age"] {
        let prefix = format!("{attribute}.");
        let groups = &expected[groups][attribute];
        equal(driven, Dimension::Fairness, &prefix, groups, tolerance);
    }
    let outcome = driven
        .ledger
        .dimension(Dimension::Fairness)
        .outcome
        .as_ref();
    let outcome = outcome.unwrap();
    let score = outcome.score.as_ref().unwrap();
    let wanted = expected["fairness_score"].as_f64().unwrap();
    assert!((score.value - wanted).abs() < tolerance, "{score:?}");
    let (low, high) = score.interval.unwrap();
    assert!(low < score.value && score.value < high, "{score:?}");
    let notes = outcome.notes.iter();
    let mut small = notes.filter(|note| note.text.contains("small groups"));
    assert!(
        small
            .next()
            .is_some_and(|note| note.text.ends_with(": Other"))
    );
    assert_eq!(small.next(), None, "all groups of age are large");
}

fn regression(backend: Backend) {
    let driven = run("regression", backend);
    let understanding = driven.ledger.understanding.as_ref().unwrap();
    assert_eq!(understanding.task, TaskKind::Regression);
    assert_eq!(understanding.score, "variable, the predicted number");
    let expected = &reference("wage.json")["regression"];
    let is = |dimension, prefix: &str, expected: &Value| {
        // float32 predictions of about 100, summed in another order by each backend.
        equal(&driven, dimension, prefix, expected, 1e-6);
    };
    is(Dimension::Resilience, "base.", &expected["base"]);
    is(Dimension::Resilience, "wage_shifted.", &expected["shifted"]);
    is(Dimension::Robustness, "baseline.", &expected["base"]);
    is(Dimension::Uncertainty, "", &expected["base"]);
    for alpha in WORST {
        let name = format!("worst.{alpha}");
        is(Dimension::Resilience, &format!("{name}."), &expected[&name]);
    }
    resilience(&driven, expected, "mae");
    for kind in ["conformal", "normalised"] {
        for alpha in ALPHAS {
            let name = format!("{kind}.{alpha}");
            is(
                Dimension::Uncertainty,
                &format!("{name}."),
                &expected[&name],
            );
        }
    }
    is(Dimension::Uncertainty, "cqr.0.1.", &expected["cqr.0.1"]);
    is(Dimension::Fairness, "race.", &expected["race"]);
    fair(&driven, expected, "parity_gaps", 1e-6);
    let error = driven
        .metric(Dimension::Uncertainty, "coverage_error")
        .unwrap();
    let wanted = expected["coverage_error"].as_f64().unwrap();
    assert!((error - wanted).abs() < 1e-9, "{error}");
    let score = driven.metric(Dimension::Uncertainty, "score").unwrap();
    assert!((score - (1.0 - wanted)).abs() < 1e-9, "{score}");
    let outcome = driven
        .ledger
        .dimension(Dimension::Uncertainty)
        .outcome
        .as_ref();
    let warnings: Vec<&str> = outcome.unwrap().warnings().collect();
    // numpy: 50 of 74 rows.
    assert!(
        warnings
            .iter()
            .any(|w| w.contains("> 139.60 they cover 68% of 74 rows")),
        "{warnings:?}"
    );
    for name in ["mean_prediction_gap", "standardised_mean_difference"] {
        let found = driven.metric(Dimension::Fairness, &format!("race.{name}"));
        let wanted = expected[format!("race_{name}")].as_f64().unwrap();
        assert!((found.unwrap() - wanted).abs() < 1e-4, "{name}: {found:?}");
    }
    let best = driven.metric(Dimension::Hyperparameters, "best").unwrap();
    let score = |variant: &str| driven.metric(Dimension::Hyperparameters, variant).unwrap();
    // Less error is better.
    assert_eq!(best, score("score.gbr_n40_l02_m1"));
    assert!(best < score("score.gbr_n10_l005_m1"));
    let noisy = driven.metric(Dimension::Robustness, "gaussian.1.0.rmse.mean");
    let worst = driven.metric(Dimension::Robustness, "gaussian.1.0.rmse.worst");
    let base = driven.metric(Dimension::Robustness, "baseline.rmse");
    assert!(
        base < noisy && noisy <= worst,
        "{base:?} {noisy:?} {worst:?}"
    );
}

#[test]
fn the_regression_equals_its_references() {
    regression(Backend::Native);
}

#[test]
fn the_regression_equals_its_references_on_onnx_runtime() {
    regression(Backend::OnnxRuntime);
}

fn multi_class(backend: Backend) {
    let driven = run("multi_class", backend);
    let understanding = driven.ledger.understanding.as_ref().unwrap();
    assert_eq!(understanding.task, TaskKind::MultiClass);
    assert_eq!(understanding.classes, ["low", "mid", "high"]);
    let expected = &reference("wage.json")["multi_class"];
    let is = |dimension, prefix: &str, expected: &Value| {
        equal(&driven, dimension, prefix, expected, 1e-6);
    };
    is(Dimension::Resilience, "base.", &expected["base"]);
    is(Dimension::Resilience, "wage_shifted.", &expected["shifted"]);
    is(Dimension::Robustness, "baseline.", &expected["base"]);
    for alpha in WORST {
        let name = format!("worst.{alpha}");
        is(Dimension::Resilience, &format!("{name}."), &expected[&name]);
    }
    resilience(&driven, expected, "log_loss");
    for name in ["brier", "ece_top_label", "mce_top_label"] {
        let found = driven.metric(Dimension::Uncertainty, name).unwrap();
        let wanted = expected[name].as_f64().unwrap();
        assert!((found - wanted).abs() < 1e-6, "{name}: {found}");
    }
    for kind in ["conformal", "class_conditional"] {
        for alpha in ALPHAS {
            let name = format!("{kind}.{alpha}");
            is(
                Dimension::Uncertainty,
                &format!("{name}."),
                &expected[&name],
            );
        }
    }
    is(Dimension::Fairness, "race.", &expected["race"]);
    fair(&driven, expected, "impact_ratios", 1e-9);
    let outcome = driven
        .ledger
        .dimension(Dimension::Fairness)
        .outcome
        .as_ref();
    let (words, parity) = outcome.unwrap().headline.clone().unwrap();
    let score = driven.metric(Dimension::Fairness, "score").unwrap();
    assert_eq!(
        (words.as_str(), parity),
        ("parity", score),
        "7 rows do not decide it"
    );
    for metric in [
        "race.four_fifths",
        "race.high.four_fifths",
        "age.four_fifths",
    ] {
        let found = driven.metric(Dimension::Fairness, metric);
        assert_eq!(found, Some(0.0), "{metric}");
    }
    let outcome = driven
        .ledger
        .dimension(Dimension::Fairness)
        .outcome
        .as_ref();
    let warnings: Vec<&str> = outcome.unwrap().warnings().collect();
    assert_eq!(warnings.len(), 2, "one an attribute: {warnings:?}");
    assert!(
        warnings.iter().all(|w| !w.contains("Other")),
        "7 rows warn of nothing: {warnings:?}"
    );
    let calibration = driven
        .metric(Dimension::Uncertainty, "ece_top_label")
        .unwrap();
    let score = driven.metric(Dimension::Uncertainty, "score").unwrap();
    assert!((score - (1.0 - calibration)).abs() < 1e-12);
    for (alpha, promised) in [("0.05", 0.95), ("0.1", 0.9), ("0.2", 0.8)] {
        let name = format!("aps.{alpha}.coverage");
        let found = driven.metric(Dimension::Uncertainty, &name).unwrap();
        // Two splits of 750 rows: four standard deviations of the coverage.
        assert!((found - promised).abs() < 0.06, "{name}: {found}");
    }
}

#[test]
fn three_classes_equal_their_references() {
    multi_class(Backend::Native);
}

#[test]
fn three_classes_equal_their_references_on_onnx_runtime() {
    multi_class(Backend::OnnxRuntime);
}

#[test]
fn two_classes_in_a_list_get_no_adaptive_sets() {
    let folder = sample_data();
    let mut experiment = Experiment::from_file(&folder.join("experiment.toml")).unwrap();
    experiment.dataset.task = Some(lazydebugger::vocabulary::Task::MultiClass(vec![
        "<=50K".to_owned(),
        ">50K".to_owned(),
    ]));
    let mut driven = Driven::open(experiment);
    driven.run(&[Dimension::Uncertainty]);
    let outcome = driven
        .ledger
        .dimension(Dimension::Uncertainty)
        .outcome
        .as_ref();
    let outcome = outcome.unwrap();
    assert_eq!(outcome.status, DimensionStatus::Ok, "{outcome:?}");
    assert!(outcome.metrics.keys().all(|name| !name.starts_with("aps")));
    let told = outcome
        .notes
        .iter()
        .any(|note| note.text.contains("no adaptive sets"));
    assert!(told, "{:?}", outcome.notes);
    // The same sets as those of the binary reading.
    let coverage = driven.metric(Dimension::Uncertainty, "conformal.0.1.coverage");
    let wanted = &reference("uncertainty.json")["LAC"]["0.1"]["coverage"];
    assert!((coverage.unwrap() - wanted.as_f64().unwrap()).abs() < 1e-9);
}

/// A score of 1 would call a model fair that nobody was compared by.
#[test]
fn one_large_group_alone_has_no_fairness_score() {
    for name in ["regression", "multi_class"] {
        let mut experiment = wage(name);
        experiment.protected.retain(|one| one.name == "age");
        // 75 and above are few.
        experiment.protected[0].grouping = Grouping::CutPoints(vec![75.0]);
        let driven = Driven::after(experiment, &[Dimension::Fairness]);
        let fairness = driven.ledger.dimension(Dimension::Fairness);
        let outcome = fairness.outcome.as_ref().unwrap();
        assert_eq!(outcome.status, DimensionStatus::Ok, "{outcome:?}");
        assert_eq!(outcome.score, None, "{name}");
        let is_it = |text: &str| text.contains("small groups") && text.ends_with(": 75+");
        let told = |note: &Note| is_it(&note.text);
        assert!(outcome.notes.iter().any(told), "{:?}", outcome.notes);
    }
}

#[test]
fn everything_is_the_same_whatever_the_strategy_and_chunks() {
    for name in ["regression", "multi_class"] {
        let mut reports = Vec::new();
        for (strategy, chunk_rows) in [
            (lazydebugger::vocabulary::Strategy::Eager, 10_000),
            (lazydebugger::vocabulary::Strategy::LazyAll, 64),
        ] {
            let mut experiment = wage(name);
            experiment.engine.strategy = strategy;
            experiment.engine.chunk_rows = chunk_rows;
            let mut driven = Driven::open(experiment);
            driven.run(&Dimension::ALL);
            let metrics = Dimension::ALL.map(|dimension| {
                let outcome = driven.ledger.dimension(dimension).outcome.clone();
                outcome.unwrap().metrics
            });
            reports.push(metrics);
        }
        assert_eq!(reports[0], reports[1], "{name}");
    }
}

pub(crate) fn numbers(list: &Value) -> Vec<f64> {
    let list = list.as_array().unwrap().iter();
    list.map(|value| value.as_f64().unwrap()).collect()
}

pub(crate) fn number(cell: &Cell) -> f64 {
    match cell {
        Cell::Number(number) => *number,
        other => panic!("{other:?} is no number"),
    }
}
