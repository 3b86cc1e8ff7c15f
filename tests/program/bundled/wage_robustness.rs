//! Weak slices of the bundled regression and three-class experiments against scipy, and other models
//! under the same noise.

use lazydebugger::event::{Cell, DimensionStatus};
use lazydebugger::experiment::{AlternativeModel, Experiment};
use lazydebugger::vocabulary::{Dimension, Preset};
use serde_json::Value;

use crate::bundled::driven::Driven;
use crate::bundled::references::reference;
use crate::bundled::wage::{number, numbers, wage};

/// Robustness alone, with every pair of features and the alternative models.
fn medium_robustness(mut experiment: Experiment) -> Driven {
    experiment.engine.preset = Preset::Medium;
    let mut driven = Driven::open(experiment);
    driven.run(&[Dimension::Robustness]);
    let outcome = driven
        .ledger
        .dimension(Dimension::Robustness)
        .outcome
        .as_ref();
    assert_eq!(outcome.unwrap().status, DimensionStatus::Ok, "{outcome:?}");
    driven
}

fn slices_equal(driven: &Driven, worst: &str, expected: &Value) {
    let metric = |name: &str| driven.metric(Dimension::Robustness, name);
    assert_eq!(metric("slices.tested"), expected["tested"].as_f64());
    assert_eq!(metric("slices.weak"), expected["weak"].as_f64());
    let wanted = expected["worst"].as_f64().unwrap();
    assert!((metric(worst).unwrap() - wanted).abs() < 1e-4);
    let outcome = driven
        .ledger
        .dimension(Dimension::Robustness)
        .outcome
        .as_ref();
    let table = &outcome.unwrap().tables["slices"];
    let expected = expected["rows"].as_array().unwrap();
    assert_eq!(table.rows.len(), expected.len());
    for (row, expected) in table.rows.iter().zip(expected) {
        let expected: Vec<f64> = numbers(expected);
        assert_eq!(row[1], Cell::Count(expected[0] as u64), "{row:?}");
        for (cell, wanted) in row[2..5].iter().zip(&expected[1..4]) {
            let found = number(cell);
            // Predictions are float32, of about 100 where they are wages.
            assert!((found - wanted).abs() < 1e-4, "{row:?} {wanted}");
        }
        let (found, wanted) = (p_value(&row[5]), expected[4]);
        assert!((found / wanted - 1.0).abs() < 0.1, "{row:?} {wanted}");
    }
}

/// Small ones are told by their size.
fn p_value(cell: &Cell) -> f64 {
    match cell {
        Cell::Text(text) => text.parse().unwrap(),
        cell => number(cell),
    }
}

#[test]
fn wages_are_predicted_worst_where_scipy_says_so_and_ridge_bears_the_same_noise() {
    let driven = medium_robustness(wage("regression"));
    let expected = &reference("wage.json")["regression"];
    slices_equal(&driven, "slices.worst_mae", &expected["slices"]);
    let metric = |name: &str| driven.metric(Dimension::Robustness, name).unwrap();
    let ridge = metric("model.ridge.baseline.rmse");
    let wanted = expected["ridge"]["rmse"].as_f64().unwrap();
    assert!((ridge - wanted).abs() < 1e-4, "{ridge}");
    let noisy = metric("model.ridge.gaussian.1.0.rmse.mean");
    assert!(ridge < noisy && noisy <= metric("model.ridge.gaussian.1.0.rmse.worst"));
    // Some features do not matter to it, and then the noise on them costs nothing.
    let age = metric("one_feature.age.0.5.rmse_rise.mean");
    assert!(age > 0.0 && age < metric("gaussian.0.5.rmse.mean"));
    let driven_outcome = driven.ledger.dimension(Dimension::Robustness);
    let metrics = &driven_outcome.outcome.as_ref().unwrap().metrics;
    let flips = metrics.keys().any(|name| name.contains("flip_rate"));
    assert!(!flips, "a number is no decision");
}

#[test]
fn wage_bands_are_mistaken_where_scipy_says_so_and_a_twin_bears_noise_alike() {
    let mut experiment = wage("multi_class");
    experiment.alternative_models.push(AlternativeModel {
        name: "twin".to_owned(),
        path: experiment.model.path.clone().unwrap(),
    });
    let driven = medium_robustness(experiment);
    let expected = &reference("wage.json")["multi_class"];
    slices_equal(&driven, "slices.worst_error_rate", &expected["slices"]);
    let metric = |name: &str| driven.metric(Dimension::Robustness, name).unwrap();
    assert_eq!(metric("model.twin.baseline.auc"), metric("baseline.auc"));
    for level in ["0.1", "0.2", "0.5", "1.0"] {
        let of = |model: &str| metric(&format!("model.{model}.gaussian.{level}.auc.mean"));
        assert_eq!(of("twin"), of("random_forest"), "{level}");
    }
    let noisy = metric("model.twin.gaussian.1.0.auc.mean");
    assert!(noisy < metric("baseline.auc"), "{noisy}");
    assert!(metric("one_feature.age.0.5.flip_rate.mean") > 0.0);
}
