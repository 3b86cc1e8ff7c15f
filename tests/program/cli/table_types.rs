//! Columns are read as what uses them, whatever their types are and whatever their values look like.

use std::path::Path;

use crate::cli::desk::{Desk, Outcome, text};

/// Rows of the tables in `tests/tables`.
const ROWS: usize = 24;

fn of_tables(name: &str) -> String {
    text(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/tables")
            .join(name),
    )
}

fn flags<'a>(data: &'a str, model: &'a str) -> Vec<&'a str> {
    vec!["--data", data, "--target", "y", "--model", model]
}

fn predict(desk: &Desk, data: &str, model: &str, more: &[&str]) -> Outcome {
    let model = of_tables(model);
    let output = ["predict", "--output", "scores.csv"];
    desk.run(&[&output[..], &flags(data, &model), more].concat())
}

/// The scores of a table.
fn scores(desk: &Desk, data: &str, model: &str, more: &[&str]) -> Vec<String> {
    let outcome = predict(desk, data, model, more);
    assert_eq!(outcome.code, Some(0), "{data} {more:?}: {}", outcome.stderr);
    let written = std::fs::read_to_string(desk.path("scores.csv")).unwrap();
    let rows = written.lines().skip(1);
    rows.map(|row| row.split(',').nth(1).unwrap().to_owned())
        .collect()
}

/// `check`, `run` and `predict` refuse alike.
fn refuses(desk: &Desk, data: &str, model: &str, more: &[&str], words: &[&str]) {
    predict(desk, data, model, more).refuses(data, words);
    let model = of_tables(model);
    let check = [&["check"], &flags(data, &model)[..], more].concat();
    desk.run(&check).refuses(data, words);
}

/// The table that `tests/tables/make.py` hides among columns of odd types, row by row.
fn plain_rows() -> Vec<[String; 4]> {
    let rows = (0..ROWS).map(|row| {
        let income = 100.0 + 37.25 * row as f64;
        [
            (20 + 3 * (row % 20)).to_string(),
            income.to_string(),
            if row % 3 == 0 { "Köln" } else { "Oslo" }.to_owned(),
            u8::from(row % 4 == 1).to_string(),
        ]
    });
    rows.collect()
}

/// It as CSV, with every field changed by its row and column.
fn csv(separator: &str, change: impl Fn(usize, usize, &str) -> String) -> String {
    let header = ["age", "income", "city", "y"].join(separator);
    let rows = plain_rows().into_iter().enumerate().map(|(row, fields)| {
        let fields = fields.iter().enumerate();
        let fields: Vec<String> = fields.map(|(at, field)| change(row, at, field)).collect();
        fields.join(separator) + "\n"
    });
    header + "\n" + &rows.collect::<String>()
}

fn unchanged(_: usize, _: usize, field: &str) -> String {
    field.to_owned()
}

fn with_comma(_: usize, _: usize, field: &str) -> String {
    field.replace('.', ",")
}

#[test]
fn types_that_nobody_uses_do_not_matter() {
    let desk = Desk::new();
    desk.write("plain.csv", csv(",", unchanged));
    let expected = scores(&desk, "plain.csv", "named.onnx", &[]);
    assert_eq!(expected.len(), ROWS);
    for file in [
        "unused.parquet",
        "unused.arrow",
        "unused_lz4.arrow",
        "unused_zstd.arrow",
        "stream.arrow",
    ] {
        let found = scores(&desk, &of_tables(file), "named.onnx", &[]);
        assert_eq!(found, expected, "{file}");
    }
}

/// Views, packed buffers without a byte, dictionaries of odd types beside what is used, and
/// dictionaries that grow from batch to batch.
#[test]
fn arrow_files_are_read_however_their_texts_are_laid_out() {
    let desk = Desk::new();
    desk.write("plain.csv", csv(",", unchanged));
    let expected = scores(&desk, "plain.csv", "named.onnx", &[]);
    for kind in ["views", "grown"] {
        for codec in ["plain", "lz4", "zstd"] {
            for ending in ["arrow", "arrows"] {
                let file = format!("{kind}_{codec}.{ending}");
                let found = scores(&desk, &of_tables(&file), "named.onnx", &[]);
                assert_eq!(found, expected, "{file}");
            }
        }
    }
    for codec in ["plain", "lz4"] {
        let data = of_tables(&format!("views_{codec}.arrow"));
        let protected = ["--protected", "city,long,blank", "--dimensions", "fairness"];
        let model = of_tables("named.onnx");
        let report = desk.report(0, &[&flags(&data, &model)[..], &protected].concat());
        let found = &report["dimensions"]["fairness"];
        assert_eq!(found["metrics"]["city.Oslo.n"], 16.0, "{codec}: {found:#}");
        let long = "long.Oslo, and more than a view holds.n";
        assert_eq!(found["metrics"][long], 16.0, "{codec}: {found:#}");
        for (column, type_name) in [
            ("lists", "dictionary<int8, list<int64>>"),
            ("structs", "dictionary<int8, struct<a: int64>>"),
            ("runs", "run_end_encoded<"),
        ] {
            let features = format!("{column},income");
            let words = [&format!("`{column}`"), type_name];
            refuses(
                &desk,
                &data,
                "tensor.onnx",
                &["--features", &features],
                &words,
            );
        }
    }
}

#[test]
fn numbers_of_every_type_are_numbers() {
    let desk = Desk::new();
    let of = |file: &str, column: &str| {
        let features = format!("{column},income");
        let more = ["--features", &features];
        scores(&desk, &of_tables(file), "tensor.onnx", &more)
    };
    let expected = of("numbers.parquet", "float64");
    for column in [
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "float32",
        "decimal128",
        "decimal256",
        "dictionary",
    ] {
        for file in ["numbers.parquet", "foreign.parquet"] {
            assert_eq!(of(file, column), expected, "{file}: {column}");
        }
    }
}

#[test]
fn columns_that_are_no_numbers_are_refused_by_type() {
    let desk = Desk::new();
    let data = of_tables("numbers.parquet");
    for (column, type_name) in [
        ("date", "date32"),
        ("timestamp", "timestamp[us]"),
        ("duration", "duration[ns]"),
        ("list", "list<int64>"),
        ("texts", "holds texts"),
    ] {
        let features = format!("{column},income");
        let words = [&format!("`{column}`"), type_name, "float32"];
        refuses(
            &desk,
            &data,
            "tensor.onnx",
            &["--features", &features],
            &words,
        );
    }
}

/// Types that are not read at all are known by name.
#[test]
fn columns_of_strange_types_are_refused_where_they_are_used() {
    let desk = Desk::new();
    for (column, type_name) in [
        ("runs", "run_end_encoded<int64, float64>"),
        ("list_view", "list_view<int64>"),
        ("large_list_view", "large_list_view<string>"),
        ("inside", "struct<"),
    ] {
        let features = format!("{column},income");
        for file in ["unused.arrow", "unused_zstd.arrow", "stream.arrow"] {
            let words = [&format!("`{column}`"), type_name];
            let more = ["--features", &features];
            refuses(&desk, &of_tables(file), "tensor.onnx", &more, &words);
        }
    }
}

#[test]
fn texts_keep_every_byte_and_numbers_are_written_as_asked() {
    let desk = Desk::new();
    let zips = ["00501", "01234", "10001", "90210"];
    let table = |quote: &str| {
        let rows = (0..ROWS).map(|row| {
            let (zip, x) = (zips[row % 4], row as f64 / 8.0 - 1.0);
            format!("{quote}{zip}{quote},{x},{}\n", row % 2)
        });
        "zip,x,y\n".to_owned() + &rows.collect::<String>()
    };
    desk.write("zips.csv", table(""));
    desk.write("quoted.csv", table("\""));
    let found = scores(&desk, "zips.csv", "zip.onnx", &[]);
    assert_eq!(scores(&desk, "quoted.csv", "zip.onnx", &[]), found);
    // An encoder that does not know 1234 has one score for it and for 501.
    desk.write(
        "stripped.csv",
        table("").replace("\n0", "\n").replace("\n0", "\n"),
    );
    assert_ne!(scores(&desk, "stripped.csv", "zip.onnx", &[]), found);

    let rows = (0..ROWS).map(|row| {
        let flag = if row % 2 == 0 { "True" } else { "False" };
        format!("{flag},{},{}\n", row as f64 / 8.0 - 1.0, row % 2)
    });
    desk.write(
        "flags.csv",
        "flag,x,y\n".to_owned() + &rows.collect::<String>(),
    );
    let expected = scores(&desk, "flags.csv", "flag.onnx", &[]);
    let data = of_tables("flags.parquet");
    assert_eq!(scores(&desk, &data, "flag.onnx", &[]), expected);
    let as_arrow = scores(&desk, &data, "flag.onnx", &["--spelling", "arrow"]);
    assert_ne!(as_arrow, expected);
}

#[test]
fn a_pandas_index_is_no_feature() {
    let desk = Desk::new();
    let data = of_tables("index.parquet");
    let named = scores(&desk, &data, "tensor.onnx", &["--features", "age,income"]);
    assert_eq!(scores(&desk, &data, "tensor.onnx", &[]), named);
    let model = of_tables("tensor.onnx");
    let check = desk.run(&[&["check"], &flags(&data, &model)[..]].concat());
    let note = "`__index_level_0__` is the index of the table that pandas wrote";
    assert!(check.stdout.contains(note), "{}", check.stdout);
}

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

#[test]
fn texts_that_end_early_are_refused_by_every_backend() {
    let desk = Desk::new();
    desk.write("nul.csv", "zip,x,y\n10001,0.5,1\n100\u{0}01,0.25,0\n");
    for backend in ["native", "onnxruntime"] {
        let outcome = predict(&desk, "nul.csv", "zip.onnx", &["--backend", backend]);
        outcome.refuses(backend, &["`zip`", "NUL byte in row 1"]);
    }
}

#[test]
fn check_says_what_feeds_every_input() {
    let desk = Desk::new();
    let data = of_tables("unused.parquet");
    let model = of_tables("named.onnx");
    let check = desk.run(&[&["check"], &flags(&data, &model)[..]].concat());
    for line in [
        "`age` <- column `age`: int64, as float32",
        "`income` <- column `income`: float64, as float32",
        "`city` <- column `city`: string, as text",
    ] {
        assert!(check.stdout.contains(line), "{}", check.stdout);
    }
}

/// Every damaged byte is a refusal in words or changes a value, and never an error inside.
#[test]
fn damaged_tables_are_refused_in_words() {
    let desk = Desk::new();
    for file in ["unused.parquet", "unused.arrow", "stream.arrow"] {
        let whole = std::fs::read(of_tables(file)).unwrap();
        let name = format!("damaged.{}", file.split('.').nth(1).unwrap());
        for at in (3..whole.len()).step_by(whole.len() / 40) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0xff;
            desk.write(&name, bytes);
            let outcome = predict(&desk, &name, "named.onnx", &[]);
            assert!(
                matches!(outcome.code, Some(0 | 2)),
                "{file} {at}: {}",
                outcome.stderr
            );
        }
        for part in [1, 2, 3] {
            desk.write(&name, &whole[..whole.len() * part / 4]);
            predict(&desk, &name, "named.onnx", &[]).refuses(file, &[&name]);
        }
    }
}
