//! Tables as text: separators, decimal signs, encodings, and words that stand for nothing.

use super::{csv, of_tables, predict, refuses, scores, unchanged, with_comma};
use crate::cli::desk::Desk;

#[test]
fn csv_files_are_read_as_they_are_written() {
    let desk = Desk::new();
    desk.write("plain.csv", csv(",", unchanged));
    let expected = scores(&desk, "plain.csv", "named.onnx", &[]);
    let same = |what: &str, bytes: &[u8], more: &[&str]| {
        desk.write("table.csv", bytes);
        assert_eq!(
            scores(&desk, "table.csv", "named.onnx", more),
            expected,
            "{what}"
        );
    };
    let plain = csv(",", unchanged);
    let european = csv(";", with_comma);
    same("semicolons", csv(";", unchanged).as_bytes(), &[]);
    same("decimal commas", european.as_bytes(), &[]);
    same("tabs", csv("\t", unchanged).as_bytes(), &[]);
    same("bars", csv("|", unchanged).as_bytes(), &[]);
    same(
        "signs",
        csv("#", unchanged).as_bytes(),
        &["--separator", "#"],
    );
    same(
        "said",
        european.as_bytes(),
        &["--separator", ";", "--decimal", ","],
    );
    same("old Macs", plain.replace('\n', "\r").as_bytes(), &[]);
    same(
        "blank lines",
        (plain.replace('\n', "\n\n") + "\n \n").as_bytes(),
        &[],
    );
    same("unended", plain.trim_end().as_bytes(), &[]);
    same(
        "blanks",
        csv(", ", |_, at, field| match at {
            2 => field.to_owned(),
            _ => format!(" {field} "),
        })
        .replace(", Oslo", ",Oslo")
        .replace(", Köln", ",Köln")
        .replace("age, income, city, y", "age,income,city,y")
        .as_bytes(),
        &[],
    );
    let ids = plain.lines().enumerate().map(|(row, line)| match row {
        0 => format!("{line},id,note\n"),
        _ => format!("{line},1234567890123456789012{row},\"a\n\"\"b\"\", c\"\n"),
    });
    same("ids and notes", ids.collect::<String>().as_bytes(), &[]);
    let units = |text: &str, big: bool| -> Vec<u8> {
        let bytes = |unit: u16| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        };
        let marked = format!("\u{feff}{text}");
        marked.encode_utf16().flat_map(bytes).collect()
    };
    same("UTF-16", &units(&plain, false), &[]);
    same("UTF-16, big end first", &units(&plain, true), &[]);
    let latin: Vec<u8> = european.chars().map(|c| c as u8).collect();
    for encoding in ["latin-1", "windows-1252"] {
        same(encoding, &latin, &["--encoding", encoding]);
    }
    desk.write("table.csv", &latin);
    let words = ["`city`", "row 0", "not UTF-8", "`encoding` under [dataset]"];
    refuses(&desk, "table.csv", "named.onnx", &[], &words);
}

#[test]
fn words_for_missing_numbers_are_missing_wherever_they_are() {
    let desk = Desk::new();
    let with = |word: &str| {
        csv(",", |row, at, field| match (row, at) {
            (3, 0) | (20, 1) => word.to_owned(),
            _ => field.to_owned(),
        })
    };
    let outcome = |word: &str, more: &[&str]| {
        desk.write("gaps.csv", with(word));
        predict(&desk, "gaps.csv", "named.onnx", more)
    };
    let empty = outcome("", &[]);
    for word in [
        "NA", "N/A", "null", "NULL", "None", "nan", "NaN", "#N/A", " NA ",
    ] {
        let found = outcome(word, &[]);
        assert_eq!(found.code, empty.code, "{word}: {}", found.stderr);
        assert_eq!(found.stderr, empty.stderr, "{word}");
    }
    for own in ["-", "-999", "-999.0"] {
        let found = outcome(own, &["--missing", "-,-999"]);
        assert_eq!(found.stderr, empty.stderr, "{own}");
    }
    let words = [
        "`age`",
        "`unknown` in row 3 (counted from 0; line 5)",
        "`missing`",
    ];
    let found = outcome("unknown", &[]);
    assert_eq!(found.code, Some(2));
    assert!(
        found.stderr.contains(words[0]) && found.stderr.contains(words[1]),
        "{}",
        found.stderr
    );
}

#[test]
fn a_value_far_down_that_is_no_number_is_named() {
    let desk = Desk::new();
    let plain = csv(",", unchanged);
    let (header, rows) = plain.split_once('\n').unwrap();
    let rows = rows.repeat(500);
    desk.write(
        "late.csv",
        format!("{header}\n{rows}unknown,1,Oslo,1\n{rows}"),
    );
    let words = [
        "`age`",
        "`unknown` in row 12000 (counted from 0; line 12002)",
        "no number",
    ];
    refuses(&desk, "late.csv", "named.onnx", &[], &words);
}

#[test]
fn fractions_do_not_become_whole_numbers_in_silence() {
    let desk = Desk::new();
    let table = |age: &str| format!("age,income,y\n20,0.5,1\n{age},0.25,0\n30,0.75,1\n");
    for (age, words) in [
        ("34.4", ["`age` holds 34.4 in row 1", "whole numbers"]),
        ("9007199254740993", ["in row 1", "beyond 2^53"]),
    ] {
        desk.write("table.csv", table(age));
        refuses(&desk, "table.csv", "whole.onnx", &[], &words);
    }
    desk.write("table.csv", table("34.0"));
    assert_eq!(scores(&desk, "table.csv", "whole.onnx", &[]).len(), 3);
}

#[test]
fn classes_and_groups_keep_their_spelling() {
    let desk = Desk::new();
    let groups = ["01", "02", "1"];
    let rows = (0..90).map(|row| format!("{},{}\n", groups[row % 3], row % 2));
    desk.write("data.csv", "g,y\n".to_owned() + &rows.collect::<String>());
    let rows = (0..90).map(|row| format!("{row},0.{}\n", 1 + row % 9));
    desk.write(
        "own.csv",
        "row,score\n".to_owned() + &rows.collect::<String>(),
    );
    let arguments = [
        "--data",
        "data.csv",
        "--target",
        "y",
        "--predictions",
        "own.csv",
        "--protected",
        "g",
        "--dimensions",
        "fairness",
    ];
    let report = desk.report(0, &arguments);
    for group in groups {
        let n = &report["dimensions"]["fairness"]["metrics"][format!("g.{group}.n")];
        assert_eq!(n.as_f64(), Some(30.0), "{group}");
    }

    let truths = csv(",", |_, at, field| match (at, field) {
        (3, "1") => "True".to_owned(),
        (3, _) => "False".to_owned(),
        _ => field.to_owned(),
    });
    desk.write("plain.csv", csv(",", unchanged));
    desk.write("truths.csv", truths);
    let expected = scores(&desk, "plain.csv", "named.onnx", &[]);
    for positive in ["True", "true", "1"] {
        let more = ["--positive", positive];
        assert_eq!(
            scores(&desk, "truths.csv", "named.onnx", &more),
            expected,
            "{positive}"
        );
    }
    let data = of_tables("numbers.parquet");
    let of = |target: &str| {
        let model = of_tables("tensor.onnx");
        let arguments = [
            "predict",
            "--output",
            "scores.csv",
            "--data",
            &data,
            "--target",
            target,
            "--model",
            &model,
            "--features",
            "int64,income",
        ];
        assert_eq!(desk.run(&arguments).code, Some(0), "{target}");
        std::fs::read_to_string(desk.path("scores.csv")).unwrap()
    };
    let scores_of = |target: &str| {
        let written = of(target);
        let rows = written.lines().skip(1);
        rows.map(|row| row.split(',').nth(1).unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(scores_of("y_bool"), scores_of("y"));
}
