//! What a user is told about a model that is unusual and fine.

use crate::cli::desk::{Desk, flags, text, zoo};

#[test]
fn a_model_without_probabilities_has_no_uncertainty() {
    let desk = Desk::new();
    let other = zoo("adult_500_ordinal.csv");
    for (model, reason) in [
        ("label_only.onnx", "the model gives labels only"),
        (
            "skl_linearsvc_scores.onnx",
            "margins, which are no probabilities",
        ),
    ] {
        let model = text(&zoo(model));
        let more = ["--protected", "sex", "--alternative", &text(&other)];
        let report = desk.report(0, &[&flags("good.csv", &model)[..], &more].concat());
        let dimensions = &report["dimensions"];
        assert_eq!(dimensions["uncertainty"]["status"], "not_applicable");
        let notes = dimensions["uncertainty"]["notes"].to_string();
        assert!(notes.contains(reason), "{notes}");
        for dimension in ["robustness", "fairness", "resilience"] {
            assert_eq!(
                dimensions[dimension]["status"], "ok",
                "{model}: {dimension}"
            );
        }
    }
}

#[test]
fn what_is_taken_for_granted_is_told() {
    let desk = Desk::new();
    let numbered = text(&zoo("adult_500_ordinal.csv"));
    for (data, model, words) in [
        (
            "good.csv",
            "skl_linearsvc_scores.onnx",
            "distances from a boundary",
        ),
        ("good.csv", "xgb_onnxmltools.onnx", "1 is taken for `>50K`"),
        ("good.csv", "torch_mlp_logit.onnx", "logit"),
        ("good.csv", "torch_mlp_fixed_batch1.onnx", "slow"),
        (
            &numbered,
            "skl_gbc.onnx",
            "`row_id` is taken for a row number",
        ),
    ] {
        let model = text(&zoo(model));
        let flags = flags(data, &model);
        let check = desk.run(&[&["check"], &flags[..]].concat());
        assert!(check.stdout.contains(words), "{}", check.stdout);
        let run = ["run", "--dimensions", "robustness"];
        let run = desk.run(&[&run[..], &flags].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
}

#[test]
fn scores_that_are_no_probabilities_are_told_with_the_key_to_set() {
    let desk = Desk::new();
    let file = desk.experiment(
        &desk.path("good.csv"),
        &zoo("torch_mlp_logit.onnx"),
        "output = 'probabilities'",
    );
    let report = desk.report(2, &[&text(&file)]);
    let error = report["dimensions"]["robustness"]["error"]
        .as_str()
        .unwrap();
    assert!(
        error.contains("which is no probability: set `output`"),
        "{error}"
    );
}

#[test]
fn of_several_classes_one_may_be_held_against_the_others() {
    let desk = Desk::new();
    let (data, model) = (zoo("wage_band_500.csv"), zoo("skl_rf_multiclass.onnx"));
    let arguments = [
        "check",
        "--data",
        &text(&data),
        "--model",
        &text(&model),
        "--target",
        "wage_band",
        "--positive",
        "high",
    ];
    let outcome = desk.run(&arguments);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(
        outcome
            .stdout
            .contains("3 classes: `high` counts as positive")
    );
}
