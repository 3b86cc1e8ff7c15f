//! Tables that are unusual and fine.

use serde_json::Value;

use crate::cli::desk::{Desk, assert_harmless, flags, logistic, table, table_of_texts, text, zoo};

fn metric<'r>(report: &'r Value, dimension: &str, name: &str) -> &'r Value {
    let metrics = report["dimensions"][dimension]["metrics"]
        .as_object()
        .unwrap();
    metrics
        .get(name)
        .unwrap_or_else(|| panic!("{dimension} has no {name}"))
}

/// The rows of the small table with this outcome, as many as wanted.
fn rows_with(outcome: &str, count: usize) -> Vec<String> {
    let whole = table(|_, _| {});
    let rows = whole.lines().skip(1).filter(|line| line.ends_with(outcome));
    rows.take(count).map(|line| format!("{line}\n")).collect()
}

fn header() -> String {
    table(|_, _| {})
        .split_inclusive('\n')
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn tiny_tables_and_constant_targets_have_undefined_metrics_and_no_nan() {
    let desk = Desk::new();
    let model = logistic();
    let (rich, poor) = (rows_with(",>50K", 12), rows_with(",<=50K", 1));
    desk.write("constant.csv", header() + &rich.concat());
    desk.write("one.csv", header() + &rich[0]);
    desk.write("two.csv", header() + &rich[0] + &poor[0]);
    for file in ["constant.csv", "one.csv", "two.csv"] {
        let arguments = [&flags(file, &model)[..], &["--protected", "sex"]].concat();
        let report = desk.report(0, &arguments);
        let auc = metric(&report, "robustness", "baseline.auc");
        assert_eq!(auc.is_null(), file != "two.csv", "{file}: {auc}");
        for dimension in ["robustness", "fairness", "uncertainty"] {
            assert_eq!(report["dimensions"][dimension]["status"], "ok", "{file}");
        }
    }
}

#[test]
fn a_model_without_positive_answers_has_undefined_ratios() {
    let desk = Desk::new();
    let file = desk.experiment(
        &desk.path("good.csv"),
        &zoo("bad/constant_score.onnx"),
        "output = 'probabilities'\n[protected]\nsex = 'categories'",
    );
    let report = desk.report(0, &[&text(&file)]);
    assert_eq!(*metric(&report, "robustness", "baseline.auc"), 0.5);
    for ratio in ["sex.demographic_parity_ratio", "sex.0.ppv", "sex.1.ppv"] {
        assert!(metric(&report, "fairness", ratio).is_null(), "{ratio}");
    }
}

#[test]
fn ways_of_writing_csv_change_nothing() {
    let desk = Desk::new();
    let model = logistic();
    let good = table(|_, _| {});
    let numbered = good.lines().enumerate().map(|(row, line)| match row {
        0 => format!(",{line}\n"),
        _ => format!("{row},{line}\n"),
    });
    let expected = desk.report(0, &flags("good.csv", &model));
    for (file, bytes) in [
        ("marked.csv", format!("\u{feff}{good}")),
        ("windows.csv", good.replace('\n', "\r\n")),
        (
            "quoted.csv",
            good.replacen("workclass", "\"class, of work\"", 1),
        ),
        ("unended.csv", good.trim_end().to_owned()),
        // pandas writes its index in a column without a name.
        ("numbered.csv", numbered.collect()),
    ] {
        desk.write(file, bytes);
        let report = desk.report(0, &flags(file, &model));
        let aucs = ["baseline.auc", "baseline.log_loss"];
        for name in aucs {
            let [found, wanted] = [&report, &expected].map(|r| metric(r, "robustness", name));
            assert_eq!(found, wanted, "{file}: {name}");
        }
    }
}

#[test]
fn whole_numbers_may_become_fractions_far_down() {
    let desk = Desk::new();
    let small = table(|_, _| {});
    let (header, rows) = small.split_once('\n').unwrap();
    let late = rows.lines().next().unwrap().replacen("28", "28.5", 1);
    desk.write(
        "late.csv",
        format!("{header}\n{}{late}\n", rows.repeat(200)),
    );
    let model = logistic();
    let arguments = [
        &flags("late.csv", &model)[..],
        &["--dimensions", "uncertainty"],
    ]
    .concat();
    desk.report(0, &arguments);
}

#[test]
fn control_characters_never_reach_the_terminal() {
    let desk = Desk::new();
    let names = |row: usize, fields: &mut Vec<String>| {
        let sex = if row.is_multiple_of(2) {
            "Ma\u{1b}[31mle"
        } else {
            "Fe\u{7}male"
        };
        match row {
            0 => fields[9] = "ra\u{1b}]0;x\u{7}ce".to_owned(),
            _ => fields[10] = sex.to_owned(),
        }
    };
    desk.write("raw.csv", table_of_texts(names));
    let model = text(&zoo("skl_two_inputs.onnx"));
    let refused = desk.run(&[&["check"], &flags("raw.csv", &model)[..]].concat());
    refused.refuses("unsure columns", &["columns over"]);
    let sex = table_of_texts(|row, fields| {
        names(row.max(1), fields);
        if row == 0 {
            fields[10] = "sex".to_owned();
        }
    });
    desk.write("groups.csv", sex);
    let model = text(&zoo("skl_pipeline_cols_zipmap.onnx"));
    let arguments = [&flags("groups.csv", &model)[..], &["--protected", "sex"]].concat();
    for command in ["run", "check"] {
        let outcome = desk.run(&[&[command], &arguments[..]].concat());
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert_harmless(&outcome.stdout);
        assert_harmless(&outcome.stderr);
    }
    let report = desk.run(&[&["run", "--format", "json"], &arguments[..]].concat());
    assert_harmless(&report.stdout);
    let odd = [
        &flags("groups.csv", &model)[..4],
        &["--target", "sex", "--positive", ">50K"],
    ];
    desk.run(&[&["check"], &odd.concat()[..]].concat())
        .refuses("classes", &["is never `>50K`", "Ma"]);
}
