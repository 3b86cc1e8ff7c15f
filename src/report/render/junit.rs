//! A report as JUnit XML, as CI servers read it: a suite for each dimension, in it a case for the
//! dimension itself and one for each of its gates.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::display::clean;
use crate::event::{BaselineComparison, DimensionStatus, GateResult};
use crate::explain::results::{
    baseline_words, change_words, gate_bound, gate_value, gate_words, interval_words, score_value,
};
use crate::report::model::{DimensionReport, RunReport};

/// What is held against an earlier run.
const BASELINE: &str = "baseline";

/// The whole report.
pub(in crate::report) fn junit(report: &RunReport<'_>) -> String {
    let title = report.ledger.experiment.as_ref();
    let title = title.map_or("lazydebugger", |experiment| &experiment.name);
    let mut whole = Report::new(clean(title).as_ref());
    let total = Duration::try_from_secs_f64(report.total_seconds()).unwrap_or_default();
    whole.set_time(total);
    let suites = report.dimensions.iter();
    whole.add_test_suites(suites.map(|dimension| suite(dimension, report.baseline)));
    whole.add_test_suites(report.baseline.map(baseline_suite));
    let text = whole
        .to_string()
        .unwrap_or_else(|error| unreachable!("XML is written to memory: {error}"));
    let mut text = without_all_skipped(text);
    text.push('\n');
    text
}

/// Takes away how many cases were skipped in all suites together: each suite tells its own, and the schema
/// by which Jenkins' xUnit plugin refuses files (`junit-10.xsd`) does not know it there.
fn without_all_skipped(mut text: String) -> String {
    const SKIPPED: &str = " skipped=\"";
    let start = text.find("<testsuites").unwrap_or(0);
    let end = text[start..].find('>').map_or(start, |end| start + end);
    if let Some(at) = text[start..end].find(SKIPPED) {
        let from = start + at;
        let value = from + SKIPPED.len();
        let to = text[value..end]
            .find('"')
            .map_or(value, |quote| value + quote + 1);
        text.replace_range(from..to, "");
    }
    text
}

fn suite(dimension: &DimensionReport<'_>, baseline: Option<&BaselineComparison>) -> TestSuite {
    let name = dimension.dimension.name();
    let mut suite = TestSuite::new(name);
    let mut case = TestCase::new(name, status(dimension));
    let class = format!("lazydebugger.{name}");
    case.set_classname(class.as_str());
    if let Some(outcome) = dimension.outcome {
        let took = Duration::try_from_secs_f64(outcome.seconds).unwrap_or_default();
        suite.set_time(took);
        case.set_time(took);
        let said = dimension.said();
        let mut lines: Vec<String> = said.iter().map(|said| said.text.clone()).collect();
        lines.extend(
            outcome
                .score
                .as_ref()
                .map(|score| format!("score {}", score_value(score))),
        );
        lines.extend(dimension.notes.iter().map(ToString::to_string));
        case.set_system_out(clean_lines(&lines));
    }
    suite.add_test_case(case);
    suite.add_test_cases(dimension.gates().iter().map(|gate| {
        let metric = gate.metric.strip_prefix(name);
        let metric = metric.and_then(|rest| rest.strip_prefix('.'));
        let interval = dimension.outcome.zip(metric);
        let interval = interval.and_then(|(outcome, metric)| interval_words(outcome, metric));
        let interval = interval.map(|ends| format!("95% {ends}"));
        let change = baseline.and_then(|found| change_words(found, &gate.metric));
        let change = change.map(|change| format!("since the baseline {change}"));
        gate_case(gate, &class, interval.into_iter().chain(change))
    }));
    suite
}

/// The gates on how far the run is from its baseline.
fn baseline_suite(found: &BaselineComparison) -> TestSuite {
    let mut suite = TestSuite::new(BASELINE);
    let class = format!("lazydebugger.{BASELINE}");
    let mut case = TestCase::new(BASELINE, TestCaseStatus::success());
    case.set_classname(class.as_str());
    let lines = std::iter::once(baseline_words(found));
    let lines: Vec<String> = lines
        .chain(found.notes.iter().map(ToString::to_string))
        .collect();
    case.set_system_out(clean_lines(&lines));
    suite.add_test_case(case);
    let gates = found.gates.iter();
    suite.add_test_cases(gates.map(|gate| gate_case(gate, &class, std::iter::empty())));
    suite
}

/// A gate that failed is a case of its own; the dimension did what it was asked to.
fn status(dimension: &DimensionReport<'_>) -> TestCaseStatus {
    let first_note = dimension.notes.first().map(ToString::to_string);
    match dimension.status {
        DimensionStatus::Ok | DimensionStatus::Failed => TestCaseStatus::success(),
        DimensionStatus::Error => {
            let error = dimension
                .error
                .as_deref()
                .unwrap_or("it did not come to an end");
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("error").set_message(clean(error).as_ref());
            status
        }
        DimensionStatus::Cancelled => skipped("cancelled"),
        DimensionStatus::NotApplicable => {
            skipped(first_note.as_deref().unwrap_or("not applicable"))
        }
    }
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(clean(why).as_ref());
    status
}

/// `more` is what else there is to say of its metric.
fn gate_case(gate: &GateResult, class: &str, more: impl Iterator<Item = String>) -> TestCase {
    let more: Vec<String> = more.map(|words| format!("; {words}")).collect();
    let more = more.concat();
    let name = format!("{} {}", gate.metric, gate_bound(gate));
    let status = if gate.passed {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status
            .set_type("gate")
            .set_message(clean(&format!("{}{more}", gate_words(gate))).as_ref());
        status
    };
    let mut case = TestCase::new(clean(&name).as_ref(), status);
    case.set_classname(class);
    let (metric, value) = (clean(&gate.metric), gate_value(gate));
    case.set_system_out(format!("{metric} = {value}{more}"));
    case
}

fn clean_lines(lines: &[String]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| clean(line)).collect();
    lines.join("\n")
}
