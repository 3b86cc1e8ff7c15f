//! Constraints on the score of models on the bundled data, against exhaustive arithmetic and a sweep of
//! every row (`tests/reference/constraints`).

use std::path::{Path, PathBuf};

use lazydebugger::event::{Cell, DimensionStatus};
use lazydebugger::experiment::{Bounds, Constraints, Experiment, Trend};
use lazydebugger::vocabulary::{Dimension, Note, Preset};

use crate::bundled::driven::{Driven, bundled, sample_data};
use crate::bundled::references::reference;

fn constrained(model: PathBuf, features: &[&str], output: Option<Bounds>) -> Driven {
    let trend = |feature: &&str| Trend {
        feature: (*feature).to_owned(),
        rises: true,
    };
    let mut experiment: Experiment = bundled();
    experiment.model.path = Some(model);
    experiment.alternative_models.clear();
    experiment.engine.preset = Preset::Quick;
    experiment.constraints = Constraints {
        monotone: features.iter().map(trend).collect(),
        output,
    };
    Driven::after(experiment, &[Dimension::Robustness])
}

fn metric(driven: &Driven, name: &str) -> f64 {
    let name = format!("constraints.{name}");
    driven
        .metric(Dimension::Robustness, &name)
        .unwrap_or(f64::NAN)
}

#[test]
fn verdicts_and_violating_rows_are_those_of_the_references() {
    let expected = reference("constraints/expected.json");
    for name in ["xgb_constrained", "xgb_free", "hand_off_data"] {
        let features = expected["models"][name]["features"].as_object().unwrap();
        let names: Vec<&str> = features.keys().map(String::as_str).collect();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/constraints");
        let driven = constrained(folder.join(format!("{name}.onnx")), &names, None);
        for (feature, directions) in features {
            let want = &directions["non_decreasing"];
            let verdict = metric(&driven, &format!("{feature}.verdict"));
            let violations = metric(&driven, &format!("{feature}.violations"));
            match want["verdict"].as_str().unwrap() {
                "proven" => assert_eq!((verdict, violations), (1.0, 0.0), "{name} {feature}"),
                "violated" => {
                    let rows = want["violating_rows"].as_f64().unwrap();
                    assert_eq!((verdict, violations), (-1.0, rows), "{name} {feature}");
                }
                other => panic!("{other}"),
            }
        }
        let outcome = driven.outcome(Dimension::Robustness);
        let warned = outcome.notes.iter().any(Note::is_warning);
        assert!(warned, "{name}");
        assert!(outcome.tables.contains_key("constraint_violations"));
    }
}

/// A model without trees is asked itself, row by row, and nothing is said to be proven.
#[test]
fn what_is_no_tree_is_sampled_and_said_to_be() {
    let bounds = Bounds {
        min: Some(0.0),
        max: Some(0.5),
        sign: None,
    };
    let model = sample_data().join("logistic_regression.onnx");
    let driven = constrained(model, &["age", "education_num"], Some(bounds));
    let outcome = driven.outcome(Dimension::Robustness);
    assert_eq!(outcome.status, DimensionStatus::Ok, "{outcome:?}");
    for feature in ["age", "education_num"] {
        let (verdict, violations) = (
            metric(&driven, &format!("{feature}.verdict")),
            metric(&driven, &format!("{feature}.violations")),
        );
        assert_eq!((verdict, violations), (0.0, 0.0), "{feature}");
        assert!(metric(&driven, &format!("{feature}.rows")) > 1000.0);
    }
    assert_eq!(metric(&driven, "output.verdict"), -1.0);
    assert!(metric(&driven, "output.violations") > 100.0);
    let table = &outcome.tables["constraints"];
    assert_eq!(table.rows[0][1], Cell::Text("undecided".to_owned()));
    let said = |words: &str| {
        outcome
            .notes
            .iter()
            .any(|note| note.to_string().contains(words))
    };
    assert!(said("nothing is proven of this model"));
    assert!(said("constraint violated: output at least 0, at most 0.5"));
}
