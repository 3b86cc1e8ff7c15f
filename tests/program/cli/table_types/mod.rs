//! Columns are read as what uses them, whatever their types are and whatever their values look like.

mod delimited;

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
