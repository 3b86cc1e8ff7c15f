//! What stands in rows - constraints, slices, coverage by group, estimates without labels, changes since a
//! baseline - is the same figure in every form.

use std::collections::BTreeMap;

use lazydebugger::event::{
    BaselineComparison, Cell, DimensionOutcome, DimensionStatus, GateResult, ResultTable,
};
use lazydebugger::report::{RunReport, TextOptions};
use lazydebugger::vocabulary::{Dimension, Note};
use proptest::prelude::*;
use serde_json::Value;

use crate::report::forms::{held_against, plain, unescaped};
use crate::report::log::outcome;

/// No column is left out.
const VERY_WIDE: TextOptions = TextOptions {
    width: 400,
    colour: false,
};

/// The tables that reports have besides those of rates and levels.
const NAMES: [(Dimension, &str); 5] = [
    (Dimension::Robustness, "constraints"),
    (Dimension::Robustness, "slices"),
    (Dimension::Uncertainty, "group_coverage"),
    (Dimension::Uncertainty, "mondrian"),
    (Dimension::Resilience, "estimated"),
];

/// Rows of cells, as one form has them.
type Rows = Vec<Vec<String>>;

/// The rows of the table of this title on a page.
fn on_page(html: &str, title: &str) -> Rows {
    let page = unescaped(html);
    let after = |mark: &str| page.split_once(mark).map(|(_, after)| after);
    let after = after(&format!("<h3>{title}</h3>"))
        .or_else(|| after(&format!("<summary>{title} (")))
        .unwrap_or_else(|| panic!("no {title} in {page}"));
    let (_, body) = after.split_once("<tbody>").unwrap();
    let (body, _) = body.split_once("</tbody>").unwrap();
    let cell = |cell: &str| {
        let (_, inside) = cell.split_once('>').unwrap();
        let end = inside.find("</t").unwrap_or(inside.len());
        inside[..end].to_owned()
    };
    let row = |row: &str| {
        let cells = row.split("<t").skip(1).filter(|tag| !tag.starts_with('r'));
        cells.map(cell).collect()
    };
    body.split("<tr>").skip(1).map(row).collect()
}

/// The same in Markdown.
fn in_markdown(markdown: &str, title: &str) -> Rows {
    let mut lines = markdown.lines().skip_while(|line| plain(line) != title);
    assert!(lines.next().is_some(), "no {title} in {markdown}");
    let rows = lines.skip(3).take_while(|line| line.starts_with("| "));
    let cells = |line: &str| {
        let inside = line.trim_start_matches("| ").trim_end_matches(" |");
        inside.split(" | ").map(plain).collect()
    };
    rows.map(cells).collect()
}

/// A line whose blanks are as many as there are is the same as one with fewer.
fn collapsed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Is a shown cell the figure of the JSON report?
fn is_shown(shown: &str, figure: &Value) -> bool {
    match figure {
        Value::String(text) => shown == text,
        Value::Number(number) if number.is_u64() => {
            let shown: String = shown.chars().filter(char::is_ascii_digit).collect();
            shown == number.to_string()
        }
        Value::Number(number) => {
            let (shown, figure) = (shown.replace(',', ""), number.as_f64().unwrap());
            let shown: f64 = shown.parse().unwrap_or(f64::NAN);
            (shown - figure).abs() <= 1e-4_f64.max(figure.abs() * 1e-2)
        }
        _ => shown == "n/a",
    }
}

fn agree(title: &str, whole: &Value, report: &RunReport<'_>) {
    let figures = whole["rows"].as_array().unwrap();
    if figures.is_empty() {
        return;
    }
    let page = on_page(&report.html(), title);
    assert_eq!(page, in_markdown(&report.markdown(), title));
    assert_eq!(page.len(), figures.len(), "{title}");
    for (shown, figures) in page.iter().zip(figures) {
        let figures = figures.as_array().unwrap();
        assert_eq!(shown.len(), figures.len());
        for (shown, figure) in shown.iter().zip(figures) {
            assert!(is_shown(shown, figure), "{shown} is not {figure}");
        }
    }
    let text = report.text(VERY_WIDE);
    let mut lines = text.lines().map(collapsed);
    assert!(lines.any(|line| line == title), "no {title} in {text}");
    let lines: Vec<String> = lines.skip(1).take(page.len()).collect();
    let shown = lines.iter().take_while(|line| !line.starts_with("and "));
    let shown: Vec<&String> = shown.collect();
    assert!(!shown.is_empty());
    for (line, row) in shown.into_iter().zip(&page) {
        assert_eq!(*line, collapsed(&row.join(" ")), "{text}");
    }
}

/// Every warning is told by every form, too.
fn warnings_agree(notes: &[Note], report: &RunReport<'_>) {
    let text = collapsed(&report.text(VERY_WIDE));
    let (page, markdown) = (unescaped(&report.html()), plain(&report.markdown()));
    let junit = unescaped(&report.junit());
    for note in notes.iter().filter(|note| note.is_warning()) {
        for form in [&text, &page, &markdown, &junit] {
            assert!(form.contains(&note.text), "no {} in {form}", note.text);
        }
    }
}

fn a_row() -> impl Strategy<Value = Vec<Cell>> {
    let name = prop::sample::select(vec![
        "age (25, 38] & race = Black",
        "sex & race Female & Asian-Pac-Islander",
        "education = <b>10th</b>",
        "base log_loss",
        "a|b",
        "[x](y) * `z` $1$ #2 @you",
    ]);
    let number = prop_oneof![
        (-2.0..2.0f64).prop_map(Cell::Number),
        (-1e7..1e7f64).prop_map(Cell::Number),
        Just(Cell::Undefined),
    ];
    (name, 0..10_000_000u64, number.clone(), number).prop_map(|(name, n, a, b)| {
        let name = Cell::Text(name.to_owned());
        vec![name, Cell::Count(n), a, b, Cell::Text("3e-9".to_owned())]
    })
}

fn a_table() -> impl Strategy<Value = ResultTable> {
    prop::collection::vec(a_row(), 0..40).prop_map(|rows| ResultTable {
        title: String::new(),
        columns: ["slice", "n", "error", "score", "p"]
            .map(str::to_owned)
            .to_vec(),
        rows,
        best: None,
    })
}

fn titled(name: &str, table: ResultTable) -> (String, ResultTable) {
    let title = format!("The table of {name}, the worst first");
    (name.to_owned(), ResultTable { title, ..table })
}

fn outcomes(tables: Vec<ResultTable>) -> Vec<(Dimension, DimensionOutcome)> {
    let mut outcomes: BTreeMap<Dimension, DimensionOutcome> = BTreeMap::new();
    for ((dimension, name), table) in NAMES.into_iter().zip(tables) {
        let one = outcomes
            .entry(dimension)
            .or_insert_with(|| outcome(DimensionStatus::Ok));
        one.notes = vec![
            Note::warning(format!("{dimension}: coverage is below its promise")),
            Note::info("a note"),
        ];
        one.tables.extend([titled(name, table)]);
    }
    outcomes.into_iter().collect()
}

pub(super) fn baseline(tables: Vec<ResultTable>) -> BaselineComparison {
    let names = ["changes", "flips", "slices"].into_iter();
    BaselineComparison {
        name: "before.json".to_owned(),
        paired_rows: Some(9_769),
        unpaired: None,
        metrics: [("right_to_wrong", 3.0), ("wrong_to_right", 4.0)]
            .map(|(name, count)| (format!("flips.{name}"), Some(count)))
            .into(),
        tables: names
            .zip(tables)
            .map(|(name, table)| {
                let (_, table) = titled(&format!("{name} of both"), table);
                (name.to_owned(), table)
            })
            .collect(),
        notes: vec![Note::warning("two samples of other rows")],
        gates: vec![GateResult {
            metric: "baseline.robustness.baseline.auc.delta".to_owned(),
            value: Some(-0.25),
            min: Some(-0.01),
            max: None,
            passed: false,
        }],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_two_forms_have_other_figures_in_a_row(
        tables in prop::collection::vec(a_table(), NAMES.len()),
        compared in prop::collection::vec(a_table(), 3),
    ) {
        let (outcomes, baseline) = (outcomes(tables), baseline(compared));
        let ledger = held_against(&outcomes, Some(baseline.clone()));
        let report = RunReport::of(&ledger);
        let json = report.json();
        for (dimension, outcome) in &outcomes {
            for (name, table) in &outcome.tables {
                let whole = &json["dimensions"][dimension.name()]["tables"][name];
                agree(&table.title, whole, &report);
            }
            warnings_agree(&outcome.notes, &report);
        }
        for (name, table) in &baseline.tables {
            agree(&table.title, &json["baseline"]["tables"][name], &report);
        }
        warnings_agree(&baseline.notes, &report);
    }
}
