//! Tables that can be read and do not fit.

use polars_core::prelude::{Column, DataFrame};
use polars_io::prelude::ParquetWriter;
use serde_json::Value;

use crate::cli::desk::{Desk, flags, logistic, table, table_of_texts, text, trees, zoo};

#[test]
fn a_missing_column_is_told_with_the_nearest() {
    let desk = Desk::new();
    let model = logistic();
    let good = flags("good.csv", &model);
    let target = [
        "--data",
        "good.csv",
        "--model",
        &model,
        "--positive",
        ">50K",
    ];
    let near = [&target[..], &["--target", "incom"]].concat();
    desk.refuses(
        "target",
        &near,
        &["dataset.target: ", "good.csv", "did you mean `income`?"],
    );
    let far = [&target[..], &["--target", "zzzzzzzz"]].concat();
    desk.refuses(
        "target",
        &far,
        &["`zzzzzzzz`", "the columns are `age`, `workclass`"],
    );
    let protected = [&good[..], &["--protected", "sez"]].concat();
    desk.refuses(
        "protected",
        &protected,
        &["protected.sez: ", "did you mean `sex`?"],
    );
    let file = desk.experiment(
        &desk.path("good.csv"),
        &zoo("skl_lr_strlabel.onnx"),
        "features = ['aeg']",
    );
    let words = [
        "in `features` under [model]",
        "`aeg`",
        "did you mean `age`?",
    ];
    desk.refuses("features", &[&text(&file)], &words);
    let names = |row: usize, fields: &mut Vec<String>| {
        if row == 0 {
            fields[2] = "work_classes".to_owned();
        }
    };
    desk.write("renamed.csv", table_of_texts(names));
    let model = text(&zoo("skl_pipeline_cols_zipmap.onnx"));
    let words = ["model's input `workclass`", "the nearest is `work_classes`"];
    desk.refuses("model input", &flags("renamed.csv", &model), &words);
}

#[test]
fn a_wrong_target_is_told_once() {
    let desk = Desk::new();
    let model = logistic();
    let arguments = [
        "--data",
        "good.csv",
        "--model",
        &model,
        "--positive",
        "1",
        "--target",
        "no",
    ];
    let outcome = desk.run(&[&["check"], &arguments[..]].concat());
    outcome.refuses("target", &["dataset.target"]);
    assert!(!outcome.stderr.contains("model.path"), "{}", outcome.stderr);
}

#[test]
fn texts_where_numbers_are_wanted_are_told_with_an_example() {
    let desk = Desk::new();
    let model = logistic();
    let texts = |row: usize, fields: &mut Vec<String>| {
        if row == 7 {
            fields[0] = "unknown".to_owned();
        }
    };
    desk.write("texts.csv", table(texts));
    let words = [
        "column `age` holds texts such as `unknown`",
        "float32",
        "leave missing",
    ];
    desk.refuses("feature", &flags("texts.csv", &model), &words);
    let data = text(&zoo("adult_500.csv"));
    let model = text(&zoo("skl_pipeline_cols_zipmap.onnx"));
    let cut_points = [&flags(&data, &model)[..], &["--protected", "sex:1,2"]].concat();
    desk.refuses(
        "cut points",
        &cut_points,
        &["protected.sex: ", "write \"categories\""],
    );
}

#[test]
fn a_text_far_down_is_told_when_it_is_met() {
    let desk = Desk::new();
    let small = table(|_, _| {});
    let (header, rows) = small.split_once('\n').unwrap();
    let late = rows.lines().next().unwrap().replacen("28", "unknown", 1);
    desk.write(
        "late.csv",
        format!("{header}\n{}{late}\n", rows.repeat(700)),
    );
    // Before anything is loaded or while the table is: that depends on how far the reader looks.
    let model = logistic();
    let outcome = desk.run(&[&["run"], &flags("late.csv", &model)[..]].concat());
    assert_eq!(outcome.code, Some(2));
    let told = outcome.stdout + &outcome.stderr;
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("the column `age` holds `unknown`"), "{told}");
}

#[test]
fn models_that_leave_columns_over_are_not_guessed_at() {
    let desk = Desk::new();
    let data = text(&zoo("adult_500.csv"));
    let model = text(&zoo("skl_two_inputs.onnx"));
    let words = [
        "leave 2 of the table's columns over",
        "`features` under [model]",
    ];
    desk.refuses("two inputs", &flags(&data, &model), &words);
}

#[test]
fn tables_without_rows_are_refused() {
    let desk = Desk::new();
    let model = logistic();
    let header = table(|_, _| {}).lines().next().unwrap().to_owned();
    desk.write("header.csv", format!("{header}\n"));
    desk.write("unended.csv", &header);
    let names = header.split(',');
    let columns = names.map(|name| Column::new(name.into(), Vec::<f64>::new()));
    let mut frame = DataFrame::new(0, columns.collect()).unwrap();
    let file = std::fs::File::create(desk.path("none.parquet")).unwrap();
    ParquetWriter::new(file).finish(&mut frame).unwrap();
    for file in ["header.csv", "unended.csv", "none.parquet"] {
        let words = ["dataset.path: ", file, "the table has no rows"];
        desk.refuses(file, &flags(file, &model), &words);
    }
}

#[test]
fn csv_files_that_would_be_misread_are_refused() {
    let desk = Desk::new();
    let model = logistic();
    let good = table(|_, _| {});
    let header = |name: &'static str| {
        table(move |row, fields| {
            if row == 0 {
                name.clone_into(&mut fields[1]);
            }
        })
    };
    let mut long = good.clone();
    long.truncate(good.len() - 1);
    for (file, bytes, words) in [
        (
            "twice.csv",
            header("age").into_bytes(),
            "two columns are called `age`",
        ),
        (
            "long.csv",
            (long + ",1,2,3\n").into_bytes(),
            "more fields than the header",
        ),
    ] {
        desk.write(file, bytes);
        let words = ["dataset.path: ", file, words];
        desk.refuses(file, &flags(file, &model), &words);
    }
}

#[test]
fn a_target_that_cannot_be_judged_is_told() {
    let desk = Desk::new();
    let model = trees();
    let never = [
        &flags("good.csv", &model)[..4],
        &["--target", "income", "--positive", "rich"],
    ];
    let never = never.concat();
    let gaps = |row: usize, fields: &mut Vec<String>| {
        if row == 3 || row == 9 {
            fields.last_mut().unwrap().clear();
        }
    };
    desk.write("gaps.csv", table(gaps));
    for (arguments, words) in [
        (never, "`income` is never `rich`; it is `<=50K`, `>50K`"),
        (flags("gaps.csv", &model), "is missing in 2 of 60 rows"),
    ] {
        let check = desk.run(&[&["check"], &arguments[..]].concat());
        check.refuses(words, &[words]);
        let outcome = desk.run(&[&["run", "--format", "json"], &arguments[..]].concat());
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
        let error = error(&outcome.report(2), "robustness");
        assert!(error.contains(words), "{error}");
    }
}

fn error(report: &Value, dimension: &str) -> String {
    let dimension = &report["dimensions"][dimension];
    assert_eq!(dimension["status"], "error");
    dimension["error"].as_str().unwrap().to_owned()
}

#[test]
fn a_positive_class_that_the_model_lacks_is_told() {
    let desk = Desk::new();
    let model = logistic();
    let arguments = [
        "--data",
        "good.csv",
        "--model",
        &model,
        "--target",
        "income",
        "--positive",
        "rich",
    ];
    let words = ["classes are `<=50K`, `>50K`", "the positive class `rich`"];
    desk.refuses("positive", &arguments, &words);
}

#[test]
fn missing_numbers_reach_models_that_take_them() {
    let desk = Desk::new();
    let gaps = |row: usize, fields: &mut Vec<String>| {
        if [5, 9, 20].contains(&row) {
            fields[0].clear();
        }
    };
    desk.write("gaps.csv", table(gaps));
    let report = desk.report(0, &flags("gaps.csv", &trees()));
    let notes = report["dimensions"]["robustness"]["notes"].to_string();
    assert!(
        notes.contains("reach the model as NaN") && notes.contains("age (3)"),
        "{notes}"
    );

    let report = desk.report(2, &flags("gaps.csv", &logistic()));
    let error = error(&report, "robustness");
    assert!(error.contains("row 4 (counted from 0)"), "{error}");
    assert!(error.contains("`age` is missing there"), "{error}");
}

#[test]
fn missing_numbers_cannot_become_whole_numbers() {
    let desk = Desk::new();
    let gap = |row: usize, fields: &mut Vec<String>| {
        if row == 5 {
            fields[1].clear();
        }
    };
    let data = desk.write("gap.csv", table_of_texts(gap));
    let file = desk.experiment(&data, &zoo("skl_pipeline_cols_int64.onnx"), "");
    let error = error(&desk.report(2, &[&text(&file)]), "robustness");
    assert!(error.contains("`age` has missing values"), "{error}");
}

#[test]
fn a_run_that_fails_while_a_model_opens_ends_in_order() {
    let desk = Desk::new();
    let gap = |row: usize, fields: &mut Vec<String>| {
        if row == 3 {
            fields.last_mut().unwrap().clear();
        }
    };
    desk.write("gap.csv", table(gap));
    let model = logistic();
    let arguments = [&["run"], &flags("gap.csv", &model)[..]].concat();
    for _ in 0..20 {
        assert_eq!(desk.run(&arguments).code, Some(2));
    }
}
