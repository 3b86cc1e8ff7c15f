//! Weak slices of the bundled regression and three-class experiments against a search through all of
//! them, and other models under the same noise.

use lazydebugger::event::{Cell, DimensionStatus};
use lazydebugger::experiment::{AlternativeModel, Experiment};
use lazydebugger::vocabulary::{Dimension, Preset};
use serde_json::Value;

use crate::bundled::driven::Driven;
use crate::bundled::references::reference;
use crate::bundled::wage::{number, wage};

/// Robustness alone, with the alternative models.
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

/// The worst slices are those of a search through every slice there is.
fn slices_equal(driven: &Driven, expected: &Value) {
    let outcome = driven
        .ledger
        .dimension(Dimension::Robustness)
        .outcome
        .as_ref();
    let table = &outcome.unwrap().tables["slices"];
    let named = ["name", "n", "error", "score", "p_adjusted"];
    assert_eq!(table.columns[..5], named);
    let expected = expected["rows"].as_array().unwrap();
    assert_eq!(table.rows.len(), expected.len());
    let top = driven.metric(Dimension::Robustness, "slices.top_score");
    assert!((top.unwrap() - expected[0]["score"].as_f64().unwrap()).abs() < 1e-6);
    for (row, expected) in table.rows.iter().zip(expected) {
        assert_eq!(
            row[0],
            Cell::Text(expected["name"].as_str().unwrap().to_owned())
        );
        assert_eq!(
            row[1],
            Cell::Count(expected["n"].as_u64().unwrap()),
            "{row:?}"
        );
        assert_eq!(
            row[7],
            Cell::Count(expected["rank"].as_u64().unwrap()),
            "{row:?}"
        );
        for (place, name) in [(2, "error"), (3, "score"), (5, "elsewhere"), (6, "effect")] {
            let (found, wanted) = (number(&row[place]), expected[name].as_f64().unwrap());
            // Predictions are float32, of about 100 where they are wages.
            assert!((found - wanted).abs() < 1e-4, "{row:?} {name} {wanted}");
        }
        let (found, wanted) = (p_value(&row[4]), expected["p_adjusted"].as_f64().unwrap());
        assert!((found / wanted - 1.0).abs() < 0.01, "{row:?} {wanted}");
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
fn wages_are_predicted_worst_where_every_slice_is_looked_at_and_ridge_bears_the_same_noise() {
    let driven = medium_robustness(wage("regression"));
    let expected = &reference("wage.json")["regression"];
    slices_equal(&driven, &expected["slices"]);
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
fn wage_bands_are_mistaken_where_every_slice_is_looked_at_and_a_twin_bears_noise_alike() {
    let mut experiment = wage("multi_class");
    experiment.alternative_models.push(AlternativeModel {
        name: "twin".to_owned(),
        path: experiment.model.path.clone().unwrap(),
    });
    let driven = medium_robustness(experiment);
    let expected = &reference("wage.json")["multi_class"];
    slices_equal(&driven, &expected["slices"]);
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
