//! The paper's tables, measured on next to nothing: what is said, not how long it takes.

use lazydebugger::bench::paper::{Verdict, drawn};
use serde_json::Value;

use crate::cli::desk::{Desk, Outcome};

/// All tables on 100 to 1,000 rows, once.
const TINY: &[&str] = &[
    "bench", "paper", "--quick", "--scale", "0.01", "--rounds", "1", "--data", "made",
];

fn measure(desk: &Desk, more: &[&str]) -> Outcome {
    let outcome = desk.run(&[TINY, more].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    outcome
}

fn tables(page: &Value) -> &[Value] {
    page["tables"].as_array().unwrap()
}

fn table<'p>(page: &'p Value, id: &str) -> &'p Value {
    let mut tables = tables(page).iter();
    tables.find(|table| table["id"] == id).unwrap()
}

fn rows(table: &Value) -> &[Value] {
    table["rows"].as_array().unwrap()
}

#[test]
fn every_row_has_the_papers_figure_ours_and_a_verdict() {
    let desk = Desk::new();
    let tables_but_workflows = "T1,T2,T3,T4,T5,T6,T7,ci";
    let page = measure(
        &desk,
        &["--format", "json", "--tables", tables_but_workflows],
    )
    .report(0);
    let ids: Vec<&str> = tables(&page)
        .iter()
        .map(|t| t["id"].as_str().unwrap())
        .collect();
    let all = ["abstract", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "5.7"];
    assert_eq!(ids, all);
    assert_eq!(page["machine"]["debug_build"], cfg!(debug_assertions));
    let verdicts = [
        Verdict::Confirmed,
        Verdict::Better,
        Verdict::NotConfirmed,
        Verdict::Undecided,
        Verdict::NotMeasured,
        Verdict::NoClaim,
    ];
    let verdicts = verdicts.map(|v| serde_json::to_value(v).unwrap());
    for table in tables(&page) {
        let columns = table["columns"].as_array().unwrap().len();
        for row in rows(table) {
            assert_eq!(row["cells"].as_array().unwrap().len(), columns, "{row:#}");
            assert!(verdicts.contains(&row["verdict"]), "{row:#}");
            assert_ne!(row["paper"], "", "{row:#}");
            for figure in row["figures"].as_object().unwrap().values() {
                let [low, median, high] = ["low", "median", "high"].map(|end| figure[end].as_f64());
                assert!(low <= median && median <= high && low.is_some(), "{row:#}");
            }
        }
    }

    // Set-up, first result and total always stand together.
    for id in ["T2", "T5", "T6", "5.7"] {
        let row = &rows(table(&page, id))[0];
        let figures = row["figures"].as_object().unwrap();
        let has = |part: &str| figures.keys().any(|name| name.contains(part));
        assert!(
            has("setup") && has("first_result") && has("total"),
            "{id}: {row:#}"
        );
    }
    assert_eq!(rows(table(&page, "T5")).len(), 9);
    // Sizes that are left out are said to be so, and not judged.
    let scaling = rows(table(&page, "T7"));
    let judged = scaling.iter().map(|row| row["verdict"] != "not_measured");
    assert_eq!(judged.collect::<Vec<_>>(), [true, true, false, false]);
    // Nothing is hit more often than what tests share allows.
    let two = &rows(table(&page, "T4"))[0]["figures"];
    assert_eq!(two["shareable_hit_rate"]["median"], 0.5);
    assert!(two["hit_rate"]["median"].as_f64() < Some(0.5));
    assert!(two["hit_rate_asked_twice"]["median"].as_f64() > Some(0.5));
    let needs = rows(table(&page, "T1"));
    assert_eq!(needs[1]["verdict"], "confirmed", "{:#}", needs[1]);
    assert_eq!(
        needs[3]["why"],
        "it needs calibration dataset, model as well"
    );
}

#[test]
fn the_fifty_workflows_are_9_26_and_15() {
    let of = |counts: &[usize]| {
        let workflows = drawn().into_iter();
        workflows
            .filter(|w| counts.contains(&w.tests.len()))
            .count()
    };
    assert_eq!((of(&[1]), of(&[2, 3]), of(&[4, 5])), (9, 26, 15));
    let desk = Desk::new();
    let page = measure(&desk, &["--format", "json", "--tables", "workflows"]).report(0);
    let ids: Vec<&Value> = tables(&page).iter().map(|table| &table["id"]).collect();
    assert_eq!(ids, ["abstract", "5.6"]);
    let workflows = table(&page, "5.6");
    let labels: Vec<&Value> = rows(workflows).iter().map(|row| &row["label"]).collect();
    let expected = [
        "9 workflows of 1 test",
        "26 workflows of 2-3 tests",
        "15 workflows of 4-5 tests",
        "all 50",
    ];
    assert_eq!(labels, expected);
    assert!(
        workflows["about"]
            .as_str()
            .unwrap()
            .contains("Assumed here")
    );
}

#[test]
fn all_forms_say_the_same() {
    let desk = Desk::new();
    // What tests need does not hang on the clock.
    let of = |format: &str| measure(&desk, &["--tables", "T1", "--format", format]);
    let page = of("json").report(0);
    let (text, markdown) = (of("text").stdout, of("markdown").stdout);
    let needs = table(&page, "T1");
    let verdict = |row: &Value| row["verdict"].as_str().unwrap().replace('_', " ");
    for row in rows(needs) {
        let cells = row["cells"].as_array().unwrap().iter();
        let cells = cells.chain([&row["label"], &row["paper"], &row["why"]]);
        let cells: Vec<&str> = cells.map(|cell| cell.as_str().unwrap()).collect();
        for said in cells.into_iter().chain([verdict(row).as_str()]) {
            assert!(text.contains(said), "{said:?} in {text}");
            assert!(markdown.contains(said), "{said:?} in {markdown}");
        }
    }
    for contradiction in needs["contradictions"].as_array().unwrap() {
        let contradiction = contradiction.as_str().unwrap();
        assert!(text.contains(contradiction) && markdown.contains(contradiction));
    }
    let lines = markdown.lines().filter(|line| line.starts_with("| "));
    let pipes: Vec<usize> = lines.map(|line| line.matches('|').count()).collect();
    assert_eq!(
        pipes.iter().filter(|pipes| **pipes == 7).count(),
        1 + rows(needs).len()
    );
}

#[test]
fn what_cannot_be_measured_is_refused_in_words() {
    let desk = Desk::new();
    let refused: [(&str, &[&str], &[&str]); 5] = [
        (
            "a table",
            &["paper", "--tables", "T8"],
            &["T1, T2", "workflows"],
        ),
        ("a size", &["paper", "--sizes", "tiny"], &["small, medium"]),
        ("a share", &["paper", "--scale", "0"], &["0.0001 to 100"]),
        ("no rounds", &["paper", "--rounds", "0"], &["--rounds"]),
        (
            "no Python",
            &["peers", "--python", "./no-python", "--size", "small"],
            &["no-python"],
        ),
    ];
    for (what, arguments, words) in refused {
        let all = [&["bench"], arguments].concat();
        desk.run(&all).refuses(what, words);
    }
}
