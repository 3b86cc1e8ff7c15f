//! Every dimension against values that other libraries computed (see `tests/reference`).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lazydebugger::event::DimensionStatus;
use lazydebugger::vocabulary::{Backend, Dimension};
use serde_json::Value;

use crate::bundled::driven::{Driven, bundled};

pub(crate) fn reference(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let text = fs::read_to_string(folder.join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

struct Comparison<'a> {
    driven: &'a Driven,
    dimension: Dimension,
    compared: usize,
}

impl<'a> Comparison<'a> {
    fn of(driven: &'a Driven, dimension: Dimension) -> Self {
        Self {
            driven,
            dimension,
            compared: 0,
        }
    }

    fn equal(&mut self, name: &str, expected: &Value, tolerance: f64) {
        self.driven
            .equals(self.dimension, name, expected, tolerance);
        self.compared += 1;
    }
}

#[test]
fn all_five_dimensions_equal_the_references() {
    equal_the_references(Backend::OnnxRuntime);
}

#[test]
fn the_native_backend_equals_the_references_too() {
    equal_the_references(Backend::Native);
}

fn equal_the_references(backend: Backend) {
    let mut experiment = bundled();
    experiment.engine.backend = backend;
    let driven = Driven::after(experiment, &Dimension::ALL);
    for dimension in Dimension::ALL {
        let outcome = driven.outcome(dimension);
        assert_eq!(outcome.status, DimensionStatus::Ok, "{outcome:?}");
    }
    fairness(&driven);
    group_intervals(&driven);
    uncertainty(&driven);
    group_coverage(&driven);
    resilience(&driven);
    robustness(&driven);
    hyperparameters(&driven);
}

fn fairness(driven: &Driven) {
    let expected = reference("fairness.json");
    let mut compare = Comparison::of(driven, Dimension::Fairness);
    for (attribute, key) in [
        ("sex", "sex"),
        ("race", "race"),
        ("age", "age_group"),
        ("sex & race", "sex_race"),
    ] {
        let expected = &expected["by_attribute"][key];
        for (name, value) in expected["fairlearn"].as_object().unwrap() {
            compare.equal(&format!("{attribute}.{name}"), value, 1e-9);
        }
        for (group, versus) in expected["versus_privileged"].as_object().unwrap() {
            for (name, value) in versus.as_object().unwrap() {
                let name = format!("{attribute}.versus_privileged.{group}.{name}");
                compare.equal(&name, value, 1e-9);
            }
        }
        let passes = f64::from(u8::from(
            expected["four_fifths"]["passes"].as_bool().unwrap(),
        ));
        compare.equal(&format!("{attribute}.four_fifths"), &passes.into(), 0.0);
        for (group, rates) in expected["groups"].as_object().unwrap() {
            for name in [
                "n",
                "base_rate",
                "selection_rate",
                "tpr",
                "fpr",
                "accuracy",
                "ppv",
                "auc",
                "tp",
                "fp",
                "fn",
                "tn",
                "fn_fp_ratio",
            ] {
                compare.equal(&format!("{attribute}.{group}.{name}"), &rates[name], 1e-9);
            }
        }
    }
    for (group, rates) in expected["by_attribute"]["sex"]["groups"]
        .as_object()
        .unwrap()
    {
        for name in ["mean_score", "calibration_gap"] {
            compare.equal(&format!("sex.{group}.{name}"), &rates[name], 1e-7);
        }
    }
    let individual = &expected["individual"];
    compare.equal("theil_index", &individual["theil_index"], 1e-9);
    let entropy = &individual["generalized_entropy_index_alpha2"];
    compare.equal("generalized_entropy_2", entropy, 1e-9);
    assert!(compare.compared > 300);
}

/// What attributes are called here, and in the references.
fn referred(name: &str) -> String {
    name.replace("age_group", "age")
}

fn group_intervals(driven: &Driven) {
    let expected = reference("fairness_intervals.json");
    let mut compare = Comparison::of(driven, Dimension::Fairness);
    for (key, expected) in expected["attributes"].as_object().unwrap() {
        let attribute = referred(key);
        for (group, rates) in expected["groups"].as_object().unwrap() {
            for rate in [
                "base_rate",
                "selection_rate",
                "tpr",
                "fpr",
                "ppv",
                "npv",
                "accuracy",
            ] {
                let name = format!("{attribute}.{group}.{rate}");
                let wanted = &rates[rate]["wilson_95"];
                compare.equal(&name, &rates[rate]["value"], 1e-9);
                compare.equal(&format!("{name}.low"), &wanted[0], 1e-9);
                compare.equal(&format!("{name}.high"), &wanted[1], 1e-9);
            }
        }
        let gaps = &expected["gap_of_other_rates"];
        for (name, wanted) in [
            (
                "demographic_parity_ratio",
                &expected["lowest_vs_highest"]["katz_log_95"],
            ),
            (
                "demographic_parity_difference",
                &expected["lowest_vs_highest"]["newcombe_95"],
            ),
            ("equal_opportunity_difference", &gaps["tpr"]["newcombe_95"]),
            ("fpr_difference", &gaps["fpr"]["newcombe_95"]),
            ("accuracy_difference", &gaps["accuracy"]["newcombe_95"]),
            ("predictive_parity_difference", &gaps["ppv"]["newcombe_95"]),
        ] {
            compare.equal(&format!("{attribute}.{name}.low"), &wanted[0], 1e-9);
            compare.equal(&format!("{attribute}.{name}.high"), &wanted[1], 1e-9);
        }
        for (group, versus) in expected["each_vs_highest"].as_object().unwrap() {
            let name = format!("{attribute}.{group}.impact_ratio");
            compare.equal(&name, &versus["ratio"], 1e-9);
            compare.equal(&format!("{name}.low"), &versus["katz_log_95"][0], 1e-9);
            compare.equal(&format!("{name}.high"), &versus["katz_log_95"][1], 1e-9);
        }
        let odds = &expected["equalized_odds_difference"];
        for (end, key) in [("low", "q2_5"), ("high", "q97_5")] {
            let error = odds["standard_error_of_one_run"][key].as_f64().unwrap();
            let name = format!("{attribute}.equalized_odds_difference.{end}");
            compare.equal(&name, &odds[key], 5.0 * error);
        }
    }
    assert!(compare.compared > 250, "{}", compare.compared);
}

fn group_coverage(driven: &Driven) {
    let expected = reference("coverage_groups.json");
    let mut compare = Comparison::of(driven, Dimension::Uncertainty);
    for (key, kinds) in expected["attributes"].as_object().unwrap() {
        let attribute = referred(key);
        for (kind, own, p) in [
            ("conformal", "marginal_quantile", "p_exact_holm"),
            ("mondrian", "mondrian", "p_beta_binomial_holm"),
        ] {
            for (group, want) in kinds[own].as_object().unwrap() {
                if want["n"] == 0 {
                    continue;
                }
                let place = format!("{attribute}.{group}");
                let name = format!("{kind}.0.1.coverage.{place}");
                compare.equal(&format!("{name}.n"), &want["n"], 0.0);
                compare.equal(&format!("{name}.covered"), &want["covered"], 0.0);
                compare.equal(&name, &want["coverage"], 1e-9);
                compare.equal(&format!("{name}.low"), &want["clopper_pearson_95"][0], 1e-9);
                compare.equal(
                    &format!("{name}.high"),
                    &want["clopper_pearson_95"][1],
                    1e-9,
                );
                if !want[p].is_null() {
                    compare.equal(&format!("{name}.p_holm"), &want[p], 1e-9);
                }
                for (size, rows) in [(0, "empty"), (1, "single"), (2, "both")] {
                    let name = format!("{kind}.0.1.sets_of_size.{size}.{place}");
                    compare.equal(&name, &want[rows], 0.0);
                }
                if want["qhat"].is_number() {
                    let name = format!("{kind}.0.1.quantile.{place}");
                    compare.equal(&name, &want["qhat"], 1e-9);
                }
            }
        }
    }
    assert!(compare.compared > 600, "{}", compare.compared);
}

fn uncertainty(driven: &Driven) {
    let expected = reference("uncertainty.json");
    let mut compare = Comparison::of(driven, Dimension::Uncertainty);
    compare.equal("brier", &expected["scores"]["brier"], 1e-9);
    compare.equal("log_loss", &expected["scores"]["log_loss_clip_1e_15"], 1e-9);
    for (name, key) in [
        ("murphy.reliability", &expected["murphy_10"]["reliability"]),
        ("murphy.resolution", &expected["murphy_10"]["resolution"]),
        ("murphy.uncertainty", &expected["murphy_10"]["uncertainty"]),
        ("spiegelhalter.z", &expected["scores"]["spiegelhalter_z"]),
        (
            "brier_skill_score",
            &expected["scores"]["brier_skill_score"],
        ),
        ("aurc", &expected["selective"]["aurc"]),
        ("ece", &expected["positive_class"]["10"]["ece"]),
        ("mce", &expected["positive_class"]["10"]["mce"]),
        ("ece_top_label", &expected["top_label"]["15"]["ece"]),
        ("mce_top_label", &expected["top_label"]["15"]["mce"]),
    ] {
        // Backends sum a forest's trees in different orders, in float32.
        compare.equal(name, key, 1e-6);
    }
    for (alpha, sets) in expected["class_conditional"].as_object().unwrap() {
        for name in ["coverage", "mean_set_size"] {
            compare.equal(
                &format!("class_conditional.{alpha}.{name}"),
                &sets[name],
                1e-9,
            );
        }
    }
    for (alpha, sets) in expected["LAC"].as_object().unwrap() {
        for (attribute, key) in [("sex", "sex"), ("race", "race"), ("age", "age_group")] {
            let groups = sets["coverage_by_group"][key].as_object().unwrap();
            for (group, share) in groups {
                let name = format!("conformal.{alpha}.coverage.{attribute}.{group}");
                compare.equal(&name, share, 1e-9);
            }
        }
    }
    for (alpha, sets) in expected["LAC"].as_object().unwrap() {
        for name in ["quantile", "coverage", "mean_set_size"] {
            compare.equal(&format!("conformal.{alpha}.{name}"), &sets[name], 1e-9);
        }
        let empty = &sets["set_size_counts"]["0"];
        compare.equal(&format!("conformal.{alpha}.empty_sets"), empty, 0.0);
        let by_class = expected["MAPIE_LAC"][alpha]["coverage"].clone();
        compare.equal(&format!("conformal.{alpha}.coverage"), &by_class, 1e-9);
    }
    assert_eq!(compare.compared, 2 + 10 + 3 * 2 + 3 * 11 + 3 * 5);
}

fn resilience(driven: &Driven) {
    let expected = reference("resilience.json");
    let mut compare = Comparison::of(driven, Dimension::Resilience);
    for (name, metric) in [("auc", "auc"), ("accuracy", "accuracy"), ("f1", "f1")] {
        let value = &expected["base_performance"][metric];
        compare.equal(&format!("base.{name}"), value, 1e-9);
    }
    for (feature, distances) in expected["features"].as_object().unwrap() {
        let psi = &distances["psi"];
        let tolerance = 1e-9 * psi.as_f64().unwrap().max(1e-3);
        compare.equal(&format!("adult_shifted.psi.{feature}"), psi, tolerance);
    }
    for (feature, distances) in expected["features"].as_object().unwrap() {
        let (name, field) = if distances["categories"].is_null() {
            ("ks", "ks_statistic")
        } else {
            ("chi_square", "chi2")
        };
        let value = &distances[field];
        let tolerance = 1e-9 * value.as_f64().unwrap().max(1e-3);
        compare.equal(&format!("adult_shifted.{name}.{feature}"), value, tolerance);
    }
    for (name, field) in [
        ("psi", "psi"),
        ("tv", "total_variation"),
        ("p_value", "chi2_pvalue"),
    ] {
        let name = format!("adult_shifted.target.{name}");
        compare.equal(&name, &expected["target"][field], 1e-9);
    }
    for (name, field) in [("psi", "psi"), ("ks", "ks_statistic")] {
        let name = format!("adult_shifted.score.{name}");
        compare.equal(&name, &expected["prediction_score"][field], 1e-6);
    }
    for name in ["auc", "accuracy", "f1"] {
        let change = &expected["degradation"][name];
        let metric = format!("adult_shifted.{name}.change");
        compare.equal(&metric, &change["absolute"], 1e-9);
        compare.equal(&format!("{metric}.relative"), &change["relative"], 1e-9);
    }
    for (alpha, outer) in expected["outer_sample"].as_object().unwrap() {
        for name in ["auc", "accuracy", "log_loss"] {
            let value = &outer["worst"][name];
            compare.equal(&format!("outer.{alpha}.{name}"), value, 1e-6);
        }
    }
    for (alpha, sets) in expected["coverage_under_shift"].as_object().unwrap() {
        for name in ["coverage", "mean_set_size"] {
            let metric = format!("adult_shifted.conformal.{alpha}.{name}");
            compare.equal(&metric, &sets[name], 1e-9);
        }
    }
    for (alpha, worst) in expected["worst_alpha"].as_object().unwrap() {
        let loss = &worst["cvar_log_loss"];
        compare.equal(&format!("worst.{alpha}.mean_log_loss"), loss, 1e-6);
    }
    assert_eq!(compare.compared, 3 + 13 + 13 + 5 + 6 + 9 + 6 + 5);
}

/// Noise is drawn here and there by other generators: means agree within their own spread.
fn robustness(driven: &Driven) {
    let expected = reference("robustness.json");
    let mut compare = Comparison::of(driven, Dimension::Robustness);
    for (name, value) in expected["baseline"].as_object().unwrap() {
        compare.equal(&format!("baseline.{name}"), value, 1e-9);
    }
    // Mean and standard deviation of 20 repeats (scikit-learn metrics, numpy draws).
    let twenty: BTreeMap<&str, (f64, f64)> = BTreeMap::from([
        ("gaussian.0.1.auc.mean", (0.910_297, 0.000_397)),
        ("gaussian.0.2.auc.mean", (0.907_289, 0.000_757)),
        ("gaussian.0.5.auc.mean", (0.880_012, 0.002_284)),
        ("gaussian.0.5.accuracy.mean", (0.832_342, 0.002_501)),
        ("gaussian.0.5.flip_rate.mean", (0.070_023, 0.001_653)),
    ]);
    for (name, (mean, std)) in twenty {
        compare.equal(name, &mean.into(), spread(std, 20.0, 3.0));
    }
    for (family, key) in [
        ("quantile", "quantile_uniform"),
        ("categorical", "categorical_resample"),
    ] {
        for (level, metrics) in expected[key].as_object().unwrap() {
            let repeats = metrics["n_repeats"].as_f64().unwrap();
            for name in ["auc", "accuracy", "flip_rate"] {
                let value = &metrics[name];
                let tolerance = spread(value["std"].as_f64().unwrap(), repeats, 3.0);
                let name = format!("{family}.{level}.{name}.mean");
                compare.equal(&name, &value["mean"], tolerance);
            }
        }
    }
    for (feature, drop) in expected["permutation_importance"].as_object().unwrap() {
        let repeats = drop["n_repeats"].as_f64().unwrap();
        let tolerance = spread(drop["std"].as_f64().unwrap(), repeats, 1.0);
        let name = format!("permutation_importance.{feature}.mean");
        compare.equal(&name, &drop["mean"], tolerance);
    }
    assert_eq!(compare.compared, 4 + 5 + 12 + 13);
}

/// How far the mean of some repeats may lie from that of others.
fn spread(std: f64, theirs: f64, ours: f64) -> f64 {
    4.0 * std * (1.0 / theirs + 1.0 / ours).sqrt() + 1e-4
}

/// Scores by scikit-learn on the variants' ONNX Runtime outputs; shares by numpy.
fn hyperparameters(driven: &Driven) {
    let expected = reference("sweep.json");
    let mut compare = Comparison::of(driven, Dimension::Hyperparameters);
    for (variant, auc) in expected["auc"].as_object().unwrap() {
        compare.equal(&format!("score.{variant}"), auc, 1e-10);
    }
    for kind in ["main", "total"] {
        for (parameter, share) in expected[kind].as_object().unwrap() {
            compare.equal(&format!("importance.{parameter}.{kind}"), share, 1e-10);
        }
    }
    for (pair, share) in expected["pairs"].as_object().unwrap() {
        compare.equal(&format!("interaction.{pair}"), share, 1e-10);
    }
    assert_eq!(compare.compared, 12 + 2 * 3 + 3);
}

#[test]
fn a_privileged_group_that_is_not_there_is_an_error_with_the_nearest_name() {
    let mut experiment = bundled();
    experiment.protected[0].privileged = Some("Mael".to_owned());
    let mut driven = Driven::open(experiment);
    driven.run(&[Dimension::Fairness, Dimension::Uncertainty]);
    let outcome = |dimension| driven.ledger.dimension(dimension).outcome.as_ref().unwrap();
    let fairness = outcome(Dimension::Fairness);
    assert_eq!(fairness.status, DimensionStatus::Error);
    let error = fairness.error.as_ref().unwrap().to_string();
    for words in [
        "protected.sex.privileged",
        "`Mael`",
        "did you mean `Male`?",
        "Female, Male",
    ] {
        assert!(error.contains(words), "{error}");
    }
    let uncertainty = outcome(Dimension::Uncertainty);
    assert_eq!(uncertainty.status, DimensionStatus::Ok, "{uncertainty:?}");
}
