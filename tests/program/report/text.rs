//! The report and the progress line that people read.

use lazydebugger::event::{EventKind, GateResult};
use lazydebugger::explain::results::gate_words;
use lazydebugger::report::{TextOptions, progress_line, text};
use lazydebugger::vocabulary::Dimension;

use crate::report::WIDE;
use crate::report::log::{Log, fairness, metrics, robustness, whole_run};

#[test]
fn text_tells_the_outcome() {
    let shown = text(&whole_run(), WIDE);
    for line in [
        "Adult[31m income  lazydebugger 0.1.0",
        "Robustness       ok  0.12 s (warm)",
        "  gaussian 0.1       0.8900           0.0100",
        "  hours.worked      0.3000\n  age               0.0200",
        "Fairness         GATE FAILED  0.12 s  sex.demographic_parity_ratio 0.2900",
        "  sex             0.3000        0.2900        FAILS",
        "  age             0.0500           n/a       passes",
        "  note      age.demographic_parity_ratio is undefined: 0/0",
        "Gates       2 of 3 FAILED",
        "  FAILED    fairness.age.demographic_parity_ratio is n/a, must be at least 0.8",
        "  passed    fairness.sex.auc_difference is 0.9000, must be at least 0.8",
        "Resources   3 of 4 loaded: 1 table (1.0 MB), 1 model (4.5 MB), 1 predictions (78 kB)",
        "            1 not loaded: 1 table (2.0 MB)",
        "Cache       1 hit, 1 miss, 0 joined a load; hit rate 50% (at most 50%), 0.30 s saved",
        "Memory      5.5 MB in resources (estimated), process peak 60.0 MB",
        "Timings     identify 0 s, first result 4.05 s, total 5.05 s",
        "            3 loads in 0.75 s, 0.75 s one after another: 1.0x in parallel, at most 3.0x;",
        "Warning     two cores are busy",
    ] {
        assert!(shown.contains(line), "missing: {line}");
    }
}

#[test]
fn text_fits_its_width_and_hides_nothing_behind_colour() {
    let ledger = whole_run();
    for width in [40, 60, 80, 132] {
        let shown = text(
            &ledger,
            TextOptions {
                width,
                colour: false,
            },
        );
        let widest = shown.lines().map(str::len).max().unwrap_or(0);
        assert!(widest <= width, "{width}: {widest}\n{shown}");
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()));
        let coloured = text(
            &ledger,
            TextOptions {
                width,
                colour: true,
            },
        );
        let mut stripped = String::new();
        for (i, piece) in coloured.split("\x1b[").enumerate() {
            let end = if i == 0 {
                0
            } else {
                piece.find('m').map_or(0, |m| m + 1)
            };
            stripped.push_str(&piece[end..]);
        }
        let trimmed = |text: &str| {
            text.lines()
                .map(str::trim_end)
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert_eq!(trimmed(&stripped), trimmed(&shown));
    }
}

#[test]
fn a_dimension_with_unknown_metrics_shows_its_own_tables() {
    let mut own = fairness();
    own.metrics = metrics(&[("new_metric", Some(1.0))]);
    let mut log = Log::opened();
    log.run(&[Dimension::Fairness])
        .finish(Dimension::Fairness, own);
    let shown = text(&log.end(false).ledger(), WIDE);
    assert!(
        shown.contains("  groups of sex\n  group    n  tpr\n  Female  90  n/a\n"),
        "{shown}"
    );
}

#[test]
fn progress_says_where_the_run_stands() {
    let mut log = Log::opened();
    log.run(&[Dimension::Robustness, Dimension::Fairness]);
    assert_eq!(progress_line(&log.ledger(), 80), "0.0 s  setup");
    log.add(EventKind::LoadStarted {
        name: "dataset".into(),
        worker: 0,
    });
    assert_eq!(progress_line(&log.ledger(), 80), "0.2 s  setup, dataset");
    log.load("model:random_forest", 1)
        .finish(Dimension::Robustness, robustness())
        .add(EventKind::DimensionStarted {
            dimension: Dimension::Fairness,
            resources: 3,
        })
        .add(EventKind::LoadStarted {
            name: "predictions:random_forest".into(),
            worker: 0,
        })
        .add(EventKind::LoadProgressed {
            name: "predictions:random_forest".into(),
            done: 600,
            total: 1000,
        });
    let full = "1.8 s  [2/2] fairness 0/3 loads, predictions:random_forest 60%, 0.2 s left";
    assert_eq!(progress_line(&log.ledger(), 80), full);
    assert_eq!(
        progress_line(&log.ledger(), 30),
        "1.8 s  [2/2] fairness 0/3 l..."
    );
    log.add(EventKind::CancelRequested);
    let cancelling = progress_line(&log.ledger(), 80);
    assert!(
        cancelling.contains("cancelling: [2/2] fairness"),
        "{cancelling}"
    );
}

/// Counts are counts, however few, and bounds stand as they were written.
#[test]
fn a_gate_on_a_count_reads_as_one() {
    let words = |metric: &str, value: f64, max: f64| {
        gate_words(&GateResult {
            metric: metric.to_owned(),
            value: Some(value),
            min: None,
            max: Some(max),
            passed: value <= max,
        })
    };
    assert_eq!(
        words("baseline.flips", 0.0, 5.0),
        "baseline.flips is 0, must be at most 5"
    );
    assert_eq!(
        words("resilience.shifted.alarms", 1.0, 0.0),
        "resilience.shifted.alarms is 1, must be at most 0"
    );
    assert_eq!(
        words("fairness.sex.Female.n", 3_239.0, 1e4),
        "fairness.sex.Female.n is 3,239, must be at most 10000"
    );
    // What is none is no count where it happens to be whole, not even of a feature that is called like one.
    assert_eq!(
        words("resilience.shifted.psi.rows", 0.25, 0.1),
        "resilience.shifted.psi.rows is 0.2500, must be at most 0.1"
    );
    assert_eq!(
        words("robustness.baseline.accuracy", 1.0, 1.0),
        "robustness.baseline.accuracy is 1.0000, must be at most 1"
    );
}
