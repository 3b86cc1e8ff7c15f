//! Texts that are long, and few or shared by many rows: the work follows the file, and not what its rows
//! would take if each had its own.

use std::path::Path;

use lazydebugger::resource::Reading;
use lazydebugger::resource::source::Source;
use lazydebugger::resource::table::Column;
use lazydebugger::resource::table_file::read_table;
use lazydebugger::vocabulary::TableOptions;

use crate::cli::desk::{Desk, flags, logistic};

/// A terabyte would be read if each row's text were: this would not end.
#[test]
fn a_text_that_many_rows_share_is_read_once() {
    for name in ["shared_texts.parquet", "shared_texts.arrow"] {
        let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables");
        let source = Source::open(&tables.join(name)).unwrap();
        let wanted = [("text".to_owned(), Reading::NAMES)];
        let table = read_table(&source, &wanted, &TableOptions::default()).unwrap();
        let Column::Texts { categories, codes } = table.column("text").unwrap() else {
            panic!("{name} holds texts");
        };
        let lengths: Vec<usize> = categories.iter().map(String::len).collect();
        assert_eq!(lengths, [1_000_000, 1_000_000], "{name}");
        assert_eq!(codes.len(), 1_000_000, "{name}");
        assert_eq!((codes[499_999], codes[500_000]), (0, 1), "{name}");
    }
}

#[test]
fn groups_with_names_that_nobody_could_read_are_refused() {
    let desk = Desk::new();
    let model = logistic();
    let table = std::fs::read_to_string(desk.path("good.csv")).unwrap();
    for (bytes, code) in [(100_000, 0), (600_000, 2)] {
        let texts = ["a", "b"].map(|letter| letter.repeat(bytes));
        let lines = table.lines().enumerate().map(|(row, line)| match row {
            0 => format!("{line},group\n"),
            _ => format!("{line},{}\n", texts[row % 2]),
        });
        desk.write("long.csv", lines.collect::<String>());
        let columns = table.lines().next().unwrap().replace(",income", "");
        let named = ["--features", &columns, "--protected", "group"];
        let run = [
            &["run", "--dimensions", "fairness"],
            &flags("long.csv", &model)[..],
            &named,
        ];
        let outcome = desk.run(&run.concat());
        assert_eq!(outcome.code, Some(code), "{}", outcome.stderr);
        let said = outcome.stdout.split_whitespace().collect::<Vec<_>>();
        let is_refused = said.join(" ").contains("which are too long to be told");
        assert_eq!(is_refused, code == 2, "{}", outcome.stdout.len());
    }
}
