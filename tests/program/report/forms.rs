//! Every form of a report says the same; the JSON one is what the others are held against.

use std::collections::BTreeMap;

use lazydebugger::event::{
    Bar, BaselineComparison, Cell, CurvePoint, DimensionOutcome, DimensionStatus, EventKind,
    Figure, GateResult, ParallelAxis, ParallelLine, ReliabilityBin, ResultTable, Score, Series,
};
use lazydebugger::explain::results::{baseline_words, gate_bound, gate_value, score_value};
use lazydebugger::ledger::Ledger;
use lazydebugger::report::RunReport;
use lazydebugger::vocabulary::{Dimension, Note};
use proptest::prelude::*;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus};
use serde_json::Value;

use super::WIDE;
use crate::report::log::{Log, outcome};

const MOST_MARKDOWN: usize = 60_000;
const MOST_HTML: usize = 300_000;

fn ledger(dimensions: &[(Dimension, DimensionOutcome)]) -> Ledger {
    held_against(dimensions, None)
}

pub(super) fn held_against(
    dimensions: &[(Dimension, DimensionOutcome)],
    baseline: Option<BaselineComparison>,
) -> Ledger {
    let mut log = Log::opened();
    let names: Vec<Dimension> = dimensions.iter().map(|(dimension, _)| *dimension).collect();
    log.run(&names);
    for (dimension, outcome) in dimensions {
        log.finish(*dimension, outcome.clone());
    }
    if let Some(found) = baseline {
        log.add(EventKind::BaselineCompared(Box::new(found)));
    }
    log.end(false).ledger()
}

/// The failures and the errors in a JUnit report.
fn unsuccessful(report: &Report) -> Vec<(&TestCase, NonSuccessKind)> {
    let cases = report
        .test_suites
        .iter()
        .flat_map(|suite| &suite.test_cases);
    let told = cases.filter_map(|case| match &case.status {
        TestCaseStatus::NonSuccess { kind, .. } => Some((case, *kind)),
        _ => None,
    });
    told.collect()
}

fn message(case: &TestCase) -> String {
    match &case.status {
        TestCaseStatus::NonSuccess { message, .. } => message
            .as_ref()
            .map(|message| message.as_str().to_owned())
            .unwrap_or_default(),
        _ => String::new(),
    }
}

/// What a browser, or a place that shows Markdown, makes of an escaped text.
pub(super) fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    for (escaped, letter) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#64;", "@"),
        ("&#35;", "#"),
        ("&amp;", "&"),
    ] {
        text = text.replace(escaped, letter);
    }
    text
}

/// As above, of Markdown: a backslash makes a letter plain.
pub(super) fn plain(markdown: &str) -> String {
    let mut text = String::new();
    let mut letters = markdown.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.extend(letters.next()),
            _ => text.push(letter),
        }
    }
    unescaped(&text)
}

fn agree(ledger: &Ledger) {
    let report = RunReport::of(ledger);
    let json = report.json();
    let (html, markdown) = (report.html(), report.markdown());
    let junit = report.junit();
    let parsed = Report::deserialize_from_str(&junit).unwrap();
    let (page, text) = (unescaped(&html), report.text(WIDE));
    let markdown_read = plain(&markdown);
    assert!(html.len() <= MOST_HTML && markdown.len() <= MOST_MARKDOWN);
    assert!(markdown.starts_with(&report.summary()));
    let verdict = report.verdict().text;
    assert!(
        page.contains(&verdict) && markdown_read.contains(&verdict),
        "{verdict}"
    );

    let gates = json["gates"].as_array().unwrap();
    let failed: Vec<&Value> = gates
        .iter()
        .filter(|gate| gate["passed"] == false)
        .collect();
    let passed = gates.len() - failed.len();
    let failures = unsuccessful(&parsed).into_iter();
    let failures: Vec<&TestCase> = failures
        .filter(|(_, kind)| *kind == NonSuccessKind::Failure)
        .map(|(case, _)| case)
        .collect();
    assert_eq!(failures.len(), failed.len(), "{junit}");
    assert_eq!(html.matches(">FAILED<").count(), failed.len());
    assert_eq!(html.matches(">passed<").count(), passed);
    assert_eq!(
        markdown.matches("| \u{274c} FAILED |").count(),
        failed.len()
    );
    assert_eq!(markdown.matches("| \u{2705} passed |").count(), passed);
    assert_eq!(text.matches("\n  FAILED  ").count(), failed.len(), "{text}");
    for gate in gates {
        let gate: GateResult = serde_json::from_value(gate.clone()).unwrap();
        let (value, bound) = (gate_value(&gate), gate_bound(&gate));
        assert!(
            markdown_read.contains(&format!("{value} | {bound} | ")),
            "{markdown}"
        );
        assert!(page.contains(&format!(">{value}</td><td class=\"number\">{bound}</td>")));
        let is_told = |case: &&TestCase| case.name.as_str().ends_with(&bound);
        let case = parsed
            .test_suites
            .iter()
            .flat_map(|suite| &suite.test_cases);
        assert!(case.clone().any(|case| is_told(&case)), "{junit}");
    }

    if let Some(found) = ledger.baseline.as_ref() {
        let words = baseline_words(found);
        assert!(
            page.contains(&words) && markdown_read.contains(&words),
            "{words}"
        );
        assert!(junit.contains("lazydebugger.baseline"), "{junit}");
        assert_eq!(json["baseline"]["flips.right_to_wrong"], 3.0);
    } else {
        assert!(json["baseline"].is_null());
    }

    for (name, dimension) in json["dimensions"].as_object().unwrap() {
        let score: Option<Score> = serde_json::from_value(dimension["score"].clone()).unwrap();
        let suite = parsed
            .test_suites
            .iter()
            .find(|suite| suite.name.as_str() == name);
        let case = &suite.unwrap().test_cases[0];
        let output = case
            .system_out
            .as_ref()
            .map(|out| out.to_string())
            .unwrap_or_default();
        if let Some(score) = score {
            let score = score_value(&score);
            assert!(output.contains(&score) && page.contains(&score), "{score}");
            assert!(markdown_read.contains(&score), "{score}");
        }
        let is_error = dimension["status"] == "error";
        let error = unsuccessful(&parsed)
            .into_iter()
            .any(|(other, kind)| std::ptr::eq(other, case) && kind == NonSuccessKind::Error);
        assert_eq!(is_error, error, "{name}");
        assert_eq!(
            dimension["status"] == "cancelled",
            matches!(case.status, TestCaseStatus::Skipped { .. })
        );
    }
}

fn a_gate() -> impl Strategy<Value = GateResult> {
    let names = prop::sample::select(vec![
        "fairness.sex.parity",
        "robustness.auc@0.5",
        "fairness.a|b <script>alert(1)</script>.x",
        "resilience.`*_[x](https://a.b)_*` #1 @you",
        "uncertainty.\u{1b}[31m\u{202e}x",
    ]);
    let value = prop::option::of(-1e3..1e3f64);
    (names, value, -1e3..1e3f64, any::<bool>(), any::<bool>()).prop_map(
        |(name, value, bound, is_min, passed)| GateResult {
            metric: name.to_owned(),
            value,
            min: is_min.then_some(bound),
            max: (!is_min).then_some(bound),
            passed: passed && value.is_some(),
        },
    )
}

fn an_outcome() -> impl Strategy<Value = DimensionOutcome> {
    let status = prop::sample::select(vec![
        DimensionStatus::Ok,
        DimensionStatus::Ok,
        DimensionStatus::Cancelled,
    ]);
    let score = prop::option::of((0.0..1.0f64, prop::option::of((0.0..0.5f64, 0.5..1.0f64))));
    let gates = prop::collection::vec(a_gate(), 0..4);
    (status, score, gates).prop_map(|(status, score, gates)| DimensionOutcome {
        score: score.map(|(value, interval)| Score {
            value,
            interval,
            meaning: "1 - the <worst> | of all".to_owned(),
        }),
        status: match status {
            DimensionStatus::Ok if gates.iter().any(|gate| !gate.passed) => DimensionStatus::Failed,
            other => other,
        },
        gates,
        ..outcome(DimensionStatus::Ok)
    })
}

fn a_baseline() -> impl Strategy<Value = BaselineComparison> {
    let rows = prop::option::of(1..1_000_000u64);
    let gates = prop::collection::vec(a_gate(), 0..4);
    (rows, gates).prop_map(|(paired_rows, gates)| BaselineComparison {
        name: "before.json".to_owned(),
        paired_rows,
        unpaired: paired_rows
            .is_none()
            .then(|| "the rows are others".to_owned()),
        metrics: [("right_to_wrong", 3.0), ("wrong_to_right", 4.0)]
            .map(|(name, count)| (format!("flips.{name}"), Some(count)))
            .into(),
        tables: BTreeMap::new(),
        notes: vec![Note::warning("two samples")],
        gates,
    })
}

proptest! {
    #[test]
    fn no_two_forms_disagree(
        outcomes in prop::collection::vec(an_outcome(), 1..5),
        baseline in prop::option::of(a_baseline()),
    ) {
        let outcomes: Vec<_> = Dimension::ALL.into_iter().zip(outcomes).collect();
        agree(&held_against(&outcomes, baseline));
    }
}

#[test]
fn a_dimension_that_could_not_run_is_an_error_in_every_form() {
    let mut log = Log::opened();
    log.run(&[Dimension::Fairness])
        .add(lazydebugger::event::EventKind::RunFinished {
            run: 1,
            seconds: 1.0,
            cancelled: false,
        });
    let ledger = log.ledger();
    let report = RunReport::of(&ledger);
    assert_eq!(report.exit_code(), 2);
    let parsed = Report::deserialize_from_str(&report.junit()).unwrap();
    let told = unsuccessful(&parsed);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1, NonSuccessKind::Error);
    let cause = message(told[0].0);
    assert!(cause.contains("did not come to its end"), "{cause}");
    for text in [report.html(), report.markdown()] {
        assert!(text.contains("ERROR: fairness could not run"), "{text}");
        assert!(text.contains(&cause), "{text}");
    }
}

/// However much there is to say: the whole of it stands in the JSON report.
#[test]
fn long_tables_are_cut_to_what_a_place_takes() {
    let row = |place: usize| {
        let number = Cell::Number(place as f64 + 0.5);
        vec![
            Cell::Text(format!("slice {place} of *many*")),
            number.clone(),
            number,
        ]
    };
    let table = |title: &str| ResultTable {
        title: title.to_owned(),
        columns: ["slice", "low", "high"].map(str::to_owned).to_vec(),
        rows: (0..20_000).map(row).collect(),
        best: None,
    };
    let tables = (0..8).map(|place| (format!("t{place}"), table(&format!("Table {place}"))));
    let long = DimensionOutcome {
        tables: tables.collect::<BTreeMap<_, _>>(),
        notes: (0..2000)
            .map(|place| Note::info(format!("note {place}")))
            .collect(),
        ..outcome(DimensionStatus::Ok)
    };
    let ledger = ledger(&[(Dimension::Robustness, long)]);
    agree(&ledger);
    let report = RunReport::of(&ledger);
    assert!(report.html().contains("more in the JSON report"));
    assert!(report.markdown().contains("in the JSON"));
}

#[test]
fn html_is_one_file_that_asks_for_nothing_and_draws_every_figure() {
    let point = |x: f64| CurvePoint {
        x,
        y: x * x,
        low: x * x - 0.1,
        high: x * x + 0.1,
    };
    let figures = vec![
        Figure::Curves {
            title: "AUC under <noise>".to_owned(),
            x_label: "level".to_owned(),
            y_label: "AUC".to_owned(),
            series: vec![Series {
                name: "model".to_owned(),
                points: [0.0, 0.5, 1.0].map(point).to_vec(),
            }],
            level: None,
            place: None,
        },
        Figure::Bars {
            title: "Drops".to_owned(),
            bars: vec![Bar {
                label: "age".to_owned(),
                value: Some(-0.25),
                interval: Some((-0.5, 0.125)),
                note: "n 90".to_owned(),
                flagged: true,
            }],
            reference: None,
            from: 0.0,
        },
        Figure::Reliability {
            title: "Reliability".to_owned(),
            bins: vec![ReliabilityBin {
                count: 3,
                mean_score: 0.5,
                observed_rate: f64::NAN,
            }],
        },
        Figure::HeatMap {
            title: "Mean AUC".to_owned(),
            x_label: "depth".to_owned(),
            y_label: "trees".to_owned(),
            value_label: "mean AUC".to_owned(),
            x: vec!["4".to_owned(), "8".to_owned()],
            y: vec!["<5>".to_owned()],
            rows: vec![vec![Some(0.75), Some(f64::NAN)]],
            best: Some((0, 0)),
        },
        Figure::Parallel {
            title: "Variants".to_owned(),
            axes: ["depth", "AUC"]
                .map(|name| ParallelAxis {
                    name: name.to_owned(),
                    marks: vec![(0.0, "low".to_owned()), (1.0, "high".to_owned())],
                })
                .to_vec(),
            lines: vec![ParallelLine {
                name: "only".to_owned(),
                places: vec![Some(f64::INFINITY), Some(1.0)],
            }],
        },
    ];
    let drawn = DimensionOutcome {
        figures,
        ..outcome(DimensionStatus::Ok)
    };
    let ledger = ledger(&[(Dimension::Robustness, drawn)]);
    let html = RunReport::of(&ledger).html();
    assert_eq!(html.matches("<svg").count(), 5);
    assert_eq!(html.matches("<figcaption>").count(), 5);
    assert!(html.contains("0.7500 ★"), "the best is marked: {html}");
    assert!(html.contains("AUC under &lt;noise&gt;"));
    for outside in [
        "http:", "https:", "<script", "<link", "@import", "url(", " src=",
    ] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
}
