//! The JUnit report is built as readers of CI servers ask for it.

use std::collections::BTreeMap;

use lazydebugger::event::{DimensionOutcome, DimensionStatus, GateResult, Score};
use lazydebugger::report::RunReport;
use lazydebugger::vocabulary::{Dimension, Note};

use crate::report::forms::held_against;
use crate::report::log::{gate, outcome};
use crate::report::tables::baseline;

/// An element: what may stand in it, which attributes it must have, and which it may.
struct Element {
    name: &'static str,
    children: &'static [&'static str],
    needed: &'static [&'static str],
    optional: &'static [&'static str],
}

/// What of `junit-10.xsd` we use: the schema of Jenkins' xUnit plugin (MIT licence,
/// github.com/jenkinsci/xunit-plugin), which refuses what is not in it. GitLab reads `testsuite` with its
/// `testcase`, of these `name`, `classname`, `time`, and `failure`, `error`, `skipped` and `system-out` in
/// them; readers on GitHub do the same.
const SCHEMA: [Element; 7] = [
    Element {
        name: "testsuites",
        children: &["testsuite"],
        needed: &[],
        optional: &["name", "time", "tests", "failures", "errors"],
    },
    Element {
        name: "testsuite",
        children: &["testcase"],
        needed: &["name", "tests", "failures", "errors"],
        optional: &["time", "skipped"],
    },
    Element {
        name: "testcase",
        children: &["skipped", "error", "failure", "system-out"],
        needed: &["name"],
        optional: &["time", "classname"],
    },
    Element {
        name: "skipped",
        children: &[],
        needed: &[],
        optional: &["type", "message"],
    },
    Element {
        name: "error",
        children: &[],
        needed: &[],
        optional: &["type", "message"],
    },
    Element {
        name: "failure",
        children: &[],
        needed: &[],
        optional: &["type", "message"],
    },
    Element {
        name: "system-out",
        children: &[],
        needed: &[],
        optional: &[],
    },
];

fn element(name: &str) -> &'static Element {
    let mut known = SCHEMA.iter();
    known
        .find(|element| element.name == name)
        .unwrap_or_else(|| panic!("no element is called {name}"))
}

/// The attributes of a tag, whose values hold no quote.
fn attributes(tag: &str) -> BTreeMap<&str, &str> {
    let mut attributes = BTreeMap::new();
    let mut rest = tag.trim_end_matches('/').trim();
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').expect("a value ends");
        let before = attributes.insert(name.trim(), value);
        assert_eq!(before, None, "{name} twice in {tag}");
        rest = after;
    }
    assert_eq!(rest.trim(), "", "{tag}");
    attributes
}

/// Is it a time as the schema has it: seconds with up to three decimals?
fn is_time(value: &str) -> bool {
    let (seconds, decimals) = value.split_once('.').unwrap_or((value, ""));
    let is_digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    is_digits(seconds) && is_digits(decimals) && decimals.len() <= 3
}

fn check_attributes(element: &Element, found: &BTreeMap<&str, &str>) {
    for name in element.needed {
        assert!(found.contains_key(name), "{} without {name}", element.name);
    }
    for (name, value) in found {
        let is_known = element.needed.contains(name) || element.optional.contains(name);
        assert!(is_known, "{} has {name}", element.name);
        assert!(*name != "time" || is_time(value), "{value}");
        assert!(!value.contains(['<', '>', '\n']), "{value}");
    }
}

/// Walks through the elements; gives how many there are of each.
fn check(xml: &str) -> BTreeMap<&'static str, usize> {
    let (declaration, body) = xml.split_once("?>").unwrap();
    assert!(declaration.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\""));
    let mut open: Vec<&'static Element> = Vec::new();
    let mut counts = BTreeMap::new();
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().map(|own| own.name), Some(name));
            assert!(text.trim().is_empty(), "{text}");
            continue;
        }
        let name_end = tag.find([' ', '/']).unwrap_or(tag.len());
        let own = element(&tag[..name_end]);
        match open.last() {
            Some(parent) => assert!(
                parent.children.contains(&own.name),
                "{} in {}",
                own.name,
                parent.name
            ),
            None => assert_eq!((own.name, counts.len()), ("testsuites", 0)),
        }
        check_attributes(own, &attributes(&tag[name_end..]));
        *counts.entry(own.name).or_insert(0) += 1;
        let is_open = !tag.ends_with('/');
        let may_hold_words = is_open && own.children.is_empty();
        assert!(may_hold_words || text.trim().is_empty(), "{text}");
        if is_open {
            open.push(own);
        }
    }
    assert!(open.is_empty(), "all is closed");
    counts
}

#[test]
fn the_report_keeps_to_the_schema_of_its_readers() {
    let hostile = "fairness.a<b>&\"c\" \u{1b}[31m skipped=\"9\"";
    let failing = DimensionOutcome {
        gates: vec![
            gate(hostile, Some(0.25), false),
            gate("fairness.sex.parity", None, false),
            GateResult {
                passed: true,
                ..gate("fairness.race.parity", Some(0.9), true)
            },
        ],
        score: Some(Score {
            value: 0.5,
            interval: Some((0.25, 0.75)),
            meaning: "1 - <error>".to_owned(),
        }),
        notes: vec![Note::warning("a <warning> & more\nof it")],
        seconds: 12_345.678_9,
        ..outcome(DimensionStatus::Failed)
    };
    let outcomes = [
        (Dimension::Fairness, failing),
        (Dimension::Robustness, outcome(DimensionStatus::Error)),
        (Dimension::Uncertainty, outcome(DimensionStatus::Cancelled)),
        (
            Dimension::Resilience,
            outcome(DimensionStatus::NotApplicable),
        ),
        (Dimension::Hyperparameters, outcome(DimensionStatus::Ok)),
    ];
    let ledger = held_against(&outcomes, Some(baseline(Vec::new())));
    let counts = check(&RunReport::of(&ledger).junit());
    let wanted = [
        ("error", 1),
        // Two gates of fairness, and one on the baseline.
        ("failure", 3),
        ("skipped", 2),
        ("testcase", 5 + 3 + 2),
        ("testsuite", 6),
        ("testsuites", 1),
    ];
    for (name, count) in wanted {
        assert_eq!(counts.get(name), Some(&count), "{name}");
    }
}

/// A failed gate says how sure its metric is and how far that has moved, where people read it.
#[test]
fn gates_tell_the_interval_and_the_change_since_the_baseline() {
    let metrics = [
        ("sex.parity", 0.25),
        ("sex.parity.low", 0.125),
        ("sex.parity.high", 0.375),
    ];
    let failing = DimensionOutcome {
        metrics: metrics
            .map(|(name, value)| (name.to_owned(), Some(value)))
            .into(),
        gates: vec![gate("fairness.sex.parity", Some(0.25), false)],
        ..outcome(DimensionStatus::Failed)
    };
    let mut before = baseline(Vec::new());
    for (what, value) in [("delta", 0.0625), ("delta_low", -0.5), ("delta_high", 0.75)] {
        let name = format!("fairness.sex.parity.{what}");
        before.metrics.insert(name, Some(value));
    }
    let ledger = held_against(&[(Dimension::Fairness, failing)], Some(before));
    let report = RunReport::of(&ledger);
    let change = "+0.0625 (-0.5000 to +0.7500)";
    let junit = report.junit();
    let message = format!("95% 0.1250 to 0.3750; since the baseline {change}");
    assert!(junit.contains(&message), "{junit}");
    for form in [report.html(), report.markdown(), report.summary()] {
        assert!(
            form.contains("since the baseline") && form.contains(change),
            "{form}"
        );
    }
}
