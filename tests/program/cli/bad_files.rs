//! Files that are not there, cannot be read, or are something else.

use std::fs;
use std::path::Path;

use lazydebugger::resource::Reading;
use lazydebugger::resource::source::Source;
use lazydebugger::resource::table::ColumnType;
use lazydebugger::resource::table_file::{Wanted, read_schema, read_table};
use lazydebugger::vocabulary::TableOptions;
use serde_json::Value;

use crate::cli::desk::{Desk, flags, logistic, text, zoo};

#[test]
fn a_file_that_is_missing_is_named_with_its_key() {
    let desk = Desk::new();
    let model = logistic();
    let good = flags("good.csv", &model);
    let no_such = "no such file";
    for (what, arguments, key) in [
        ("dataset", flags("no.csv", &model), "dataset.path: no.csv"),
        ("model", flags("good.csv", "no.onnx"), "model.path: no.onnx"),
        ("experiment", vec!["no.toml"], "no.toml"),
    ] {
        desk.refuses(what, &arguments, &[key, no_such]);
    }
    for (flag, key, dimension, table) in [
        (
            "--calibration",
            "dataset.calibration: no.csv",
            "uncertainty",
            "calibration",
        ),
        (
            "--alternative",
            "dataset.alternative: no.csv",
            "resilience",
            "alternative:no",
        ),
    ] {
        let arguments = [&good[..], &[flag, "no.csv"]].concat();
        let check = desk.run(&[&["check"], &arguments[..]].concat());
        check.refuses(flag, &[key, no_such]);
        // A run does without it until a dimension asks for it.
        let chain = format!("{dimension} -> {table}: no.csv: {no_such}");
        assert_fails_alone(&desk.report(2, &arguments), dimension, &[&chain]);
    }
}

/// One dimension failed, for these reasons; all others came to their end or cannot be answered.
fn assert_fails_alone(report: &Value, failed: &str, words: &[&str]) {
    for (dimension, outcome) in report["dimensions"].as_object().unwrap() {
        let status = outcome["status"].as_str().unwrap();
        if dimension == failed {
            let error = outcome["error"].as_str().unwrap();
            assert_eq!(status, "error", "{error}");
            for words in words {
                assert!(error.contains(words), "no {words:?} in {error}");
            }
        } else {
            assert!(
                ["ok", "not_applicable"].contains(&status),
                "{dimension}: {outcome}"
            );
        }
    }
}

#[test]
fn what_the_experiment_names_and_is_missing_is_told_at_once() {
    let desk = Desk::new();
    desk.write(
        "sweep.json",
        r#"{"score": "auc", "variants": [
            {"name": "a", "model": "gone.onnx", "parameters": {"depth": 1}},
            {"name": "b", "model": "lost.onnx", "parameters": {"depth": 2}}]}"#,
    );
    let more = "[[alternative_models]]\nname = 'x'\npath = 'other.onnx'\n\
                [hyperparameters]\npath = 'sweep.json'";
    let file = desk.experiment(&desk.path("good.csv"), &zoo("skl_lr_strlabel.onnx"), more);
    desk.run(&["check", &text(&file)]).refuses(
        "three files",
        &[
            "alternative_models.path: ",
            "other.onnx: no such file",
            "hyperparameters.path: ",
            "gone.onnx: no such file",
            "lost.onnx: no such file",
        ],
    );
    // A run needs none of them as long as no dimension does.
    let run = |dimension: &str, code| {
        let flags = ["--dimensions", dimension, "--preset", "medium"];
        desk.report(code, &[&[text(&file).as_str()], &flags[..]].concat())
    };
    run("uncertainty", 0);
    let report = run("robustness", 2);
    assert_fails_alone(&report, "robustness", &["other.onnx: no such file"]);
    let report = run("hyperparameters", 2);
    assert_fails_alone(&report, "hyperparameters", &["gone.onnx: no such file"]);
    let more = "[hyperparameters]\npath = 'no.json'";
    let file = desk.experiment(&desk.path("good.csv"), &zoo("skl_lr_strlabel.onnx"), more);
    let words = ["hyperparameters.path: ", "no.json: no such file"];
    desk.run(&["check", &text(&file)]).refuses("sweep", &words);
    let report = desk.report(2, &[&text(&file)]);
    assert_fails_alone(&report, "hyperparameters", &words[1..]);
}

#[test]
fn a_file_of_another_kind_is_told_for_what_it_is() {
    let desk = Desk::new();
    let model = logistic();
    for folder in ["folder.csv", "folder.onnx", "folder.toml"] {
        fs::create_dir(desk.path(folder)).unwrap();
    }
    let parquet = zoo("../../sample_data/adult/adult_shifted.parquet");
    let parquet = fs::read(parquet).unwrap();
    desk.write("empty.csv", "");
    desk.write("empty.parquet", "");
    desk.write("words.parquet", "these are words\n".repeat(9));
    desk.write("words.arrow", "these are words\n".repeat(9));
    desk.write("half.parquet", &parquet[..parquet.len() / 2]);
    desk.write("really_parquet.csv", &parquet);
    desk.write("page.csv", "<!DOCTYPE html><html><body>404</body></html>");
    desk.write("workbook.csv", b"PK\x03\x04\x14\x00");
    desk.write("packed.csv", b"\x1f\x8b\x08\x00\x00");
    desk.write("wide.csv", b"a\x00,\x00b\x00");
    desk.write("noise.csv", [0xff, 0x00, 0x81, 0x0a].repeat(99));
    desk.write("sheet.xlsx", "a,b\n1,2\n");
    desk.write(
        "pointer.parquet",
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n",
    );
    for (file, words) in [
        ("folder.csv", "a folder, not a table"),
        ("empty.csv", "the file is empty"),
        ("empty.parquet", "the file is empty"),
        ("words.parquet", "not a Parquet file"),
        ("words.arrow", "not an Arrow file"),
        ("half.parquet", "not the whole of one"),
        (
            "really_parquet.csv",
            "a Parquet file: give it the extension .parquet",
        ),
        ("page.csv", "a download that went wrong"),
        ("workbook.csv", "save the sheet as CSV"),
        ("packed.csv", "unpack it first"),
        ("wide.csv", "`encoding` under [dataset]"),
        ("noise.csv", "binary data"),
        ("sheet.xlsx", ".csv, .parquet, .arrow and .feather"),
        ("pointer.parquet", "run `git lfs pull`"),
    ] {
        let words = ["dataset.path: ", file, words];
        desk.refuses(file, &flags(file, &model), &words);
    }
    desk.write("pickle.onnx", b"\x80\x04\x95\x00");
    for (file, words) in [
        ("folder.onnx", "is a folder"),
        ("good.csv", "not an ONNX file"),
        ("pickle.onnx", "a Python pickle"),
    ] {
        desk.refuses(
            file,
            &flags("good.csv", file),
            &["model.path: ", file, words],
        );
    }
    desk.refuses("experiment", &["folder.toml"], &["this is a folder"]);
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let model = desk.write("model.onnx", fs::read(logistic()).unwrap());
    for (file, key) in [
        ("good.csv", "dataset.path: "),
        ("model.onnx", "model.path: "),
    ] {
        let path = desk.path(file);
        fs::set_permissions(&path, PermissionsExt::from_mode(0o000)).unwrap();
        if fs::File::open(&path).is_ok() {
            // Root may read anything.
            return;
        }
        desk.refuses(file, &flags("good.csv", &text(&model)), &[key, file]);
        fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    }
}

#[test]
fn bad_models_are_refused_in_words() {
    let desk = Desk::new();
    for (file, words) in [
        ("empty.onnx", "the file is empty"),
        ("truncated.onnx", "truncated"),
        ("text.onnx", "an HTML page"),
        ("lfs_pointer.onnx", "git lfs pull"),
        ("future_opset.onnx", "opset 99"),
        ("image_input.onnx", "4 dimensions"),
        (
            "wrong_width.onnx",
            "takes 7 features a row, and the table has 13",
        ),
        ("external_missing.onnx", "torch_dynamo_external.onnx.data"),
    ] {
        let path = text(&zoo("bad").join(file));
        desk.refuses(
            file,
            &flags("good.csv", &path),
            &["model.path: ", file, words],
        );
    }
}

/// Files of which one byte or two are not as written, in places that no value depends on: what other readers
/// refuse is not accepted in silence.
#[test]
fn what_other_readers_refuse_is_refused() {
    let options = TableOptions::default();
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables");
    let read = |path: &Path| {
        let source = Source::open(path)?;
        let schema = read_schema(&source, &options)?;
        let columns = schema.columns.iter();
        let columns = columns
            .filter(|(name, of)| *of != ColumnType::Other && schema.type_names[name] != "binary");
        let wanted = columns.map(|(name, of)| {
            let reading = if of.is_numbers() {
                Reading::NUMBERS
            } else {
                Reading::NAMES
            };
            (name.clone(), reading)
        });
        read_table(&source, &wanted.collect::<Vec<Wanted>>(), &options).map(drop)
    };
    for name in [
        "checked",
        "checked_2",
        "unchecked",
        "numbers",
        "foreign",
        "flags",
        "unused",
    ] {
        let path = tables.join(format!("{name}.parquet"));
        assert_eq!(
            read(&path).map_err(|problem| problem.to_string()),
            Ok(()),
            "{name}"
        );
    }
    let refused = tables.join("refused").read_dir().unwrap();
    let paths: Vec<_> = refused.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(paths.len(), 20);
    for path in paths {
        let problem = read(&path).expect_err(&path.display().to_string());
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(problem.to_string().contains(name), "{problem}");
    }
}
