//! Flags and keys that cannot be meant.

use crate::cli::desk::{Desk, adult, flags, logistic, text, zoo};

#[test]
fn flags_that_cannot_be_meant_are_refused() {
    let desk = Desk::new();
    let model = logistic();
    for (arguments, words) in [
        (
            &["--dimensions", "fairnes"][..],
            &["fairnes", "fairness"][..],
        ),
        (&["--strategy", "lazy"], &["lazy-all"]),
        (&["--preset", "fast"], &["quick, medium, full"]),
        (&["--memory-budget", "lots"], &["lots", "256MB"]),
        (&["--threads", "0"], &["--threads"]),
        (&["--chunk-rows", "0"], &["--chunk-rows"]),
        (&["--threshold", "2"], &["model.threshold", "from 0 to 1"]),
        (&["--dimenson", "fairness"], &["--dimensions"]),
    ] {
        let arguments = [&["run"], &flags("good.csv", &model)[..], arguments].concat();
        desk.run(&arguments)
            .refuses(arguments[arguments.len() - 1], words);
    }
    desk.run(&["run", "--data", "good.csv"])
        .refuses("parts", &["--target", "--model"]);
    desk.run(&["predict"])
        .refuses("predict", &["--output <FILE>"]);
}

#[test]
fn an_unknown_key_is_told_with_the_nearest() {
    let desk = Desk::new();
    let file = desk.experiment(
        &desk.path("good.csv"),
        &zoo("skl_lr_strlabel.onnx"),
        "treshold = 0.4",
    );
    let words = [
        "experiment.toml",
        "unknown key `model.treshold`",
        "did you mean `threshold`?",
    ];
    desk.refuses("key", &[&text(&file)], &words);
}

#[test]
fn a_model_of_another_task_is_refused_in_words() {
    let desk = Desk::new();
    let data = text(&zoo("wage_500.csv"));
    let model = text(&zoo("skl_gbr_regression.onnx"));
    let regression = ["--data", &data, "--target", "wage", "--model", &model];
    let as_classes = [&regression[..], &["--positive", "1"]].concat();
    desk.refuses("regression", &as_classes, &["the model predicts a number"]);
    let texts = [&regression[..2], &["--target", "race", "--model", &model]].concat();
    let words = ["the model predicts a number", "`race` holds texts"];
    desk.refuses("texts", &texts, &words);
    let forest = text(&zoo("skl_rf_multiclass.onnx"));
    let numbers = [&regression[..4], &["--model", &forest]].concat();
    let words = [
        "the model's classes are `high`, `low`, `mid`",
        "`wage` holds",
    ];
    desk.refuses("numbers", &numbers, &words);
    let bands = text(&zoo("wage_band_500.csv"));
    let two_of_three = desk.write(
        "two.toml",
        format!(
            "[dataset]\npath = '{bands}'\ntarget = 'wage_band'\npositive = ['low', 'high']\n\
             [model]\npath = '{forest}'\n"
        ),
    );
    let words = ["`low`, `high`", "`positive` must list each of them once"];
    desk.refuses("two of three", &[&text(&two_of_three)], &words);
}

#[test]
fn labels_cannot_be_read_where_there_are_none() {
    let desk = Desk::new();
    let file = desk.experiment(
        &desk.path("good.csv"),
        &zoo("torch_mlp_sigmoid.onnx"),
        "output = 'labels'",
    );
    desk.refuses(
        "labels",
        &[&text(&file)],
        &["`output` under [model]", "leave it out"],
    );
}

#[test]
fn a_budget_that_is_too_small_is_told_in_human_units() {
    let desk = Desk::new();
    let arguments = [&adult(), "--dimensions", "fairness", "--memory-budget"];
    let small = [&["run", "--format", "json"], &arguments[..], &["900kB"]].concat();
    let outcome = desk.run(&small);
    let fairness = &outcome.report(2)["dimensions"]["fairness"];
    assert_eq!(fairness["status"], "error");
    let error = fairness["error"].as_str().unwrap();
    for words in [
        "fairness -> ",
        "needs about",
        "1.0 MB",
        "budget of 900 kB",
        "raise the budget",
    ] {
        assert!(error.contains(words), "{error}");
    }
    let told = format!("{error} (--memory-budget)");
    assert!(outcome.stderr.contains(&told), "{}", outcome.stderr);
    let report = desk.report(0, &[&arguments[..], &["500MB"]].concat());
    assert_eq!(report["dimensions"]["fairness"]["status"], "ok");
}
