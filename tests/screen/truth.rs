//! What the screen says of how things stand, looked at as a sceptic would.

use lazydebugger::event::{
    Bar, DimensionOutcome, DimensionStatus, Event, EventKind, Figure, GateResult, MemorySample,
    ReferenceLine,
};
use lazydebugger::tui::app_loop::{App, Flow};
use lazydebugger::vocabulary::{Dimension, Lookup, Note, Problem};

use crate::shown::{Shown, events};

const SESSION: &str = include_str!("../fixtures/adult_session.jsonl");
const ERROR: &str = include_str!("../fixtures/adult_error.jsonl");
const MIDDLE: (u16, u16) = (120, 40);
const SMALL: (u16, u16) = (80, 24);
/// When the first run has ended.
const FIRST_RUN_DONE: f64 = 9.0;
const END: f64 = f64::INFINITY;

fn head(shown: &Shown) -> String {
    shown.text().lines().next().unwrap().to_owned()
}

fn row(shown: &Shown, words: &str) -> String {
    let text = shown.text();
    let row = text.lines().find(|line| line.contains(words));
    row.unwrap_or_else(|| panic!("no {words:?} in\n{text}"))
        .to_owned()
}

fn tell(shown: &mut Shown, kind: EventKind) {
    let ledger = shown.screen.ledger();
    let (seq, t) = (ledger.events, ledger.now);
    shown.screen.on_event(&Event { seq, t, kind });
    shown.draw();
}

/// As if the outcome of a dimension had been another one, and there were nothing else to complain of.
fn retold(dimension: Dimension, change: impl Fn(&mut DimensionOutcome)) -> Shown {
    let mut log = events(SESSION);
    for event in &mut log {
        if let EventKind::DimensionFinished {
            dimension: own,
            outcome,
        } = &mut event.kind
        {
            outcome.notes.retain(|note| !note.is_warning());
            outcome.gates.clear();
            outcome.status = DimensionStatus::Ok;
            for figure in &mut outcome.figures {
                if let Figure::Bars { bars, .. } = figure {
                    for bar in bars {
                        bar.flagged = false;
                    }
                }
            }
            if *own == dimension {
                change(outcome);
            }
        }
    }
    let lines = log
        .iter()
        .map(|event| serde_json::to_string(event).unwrap());
    let log: Vec<String> = lines.collect();
    Shown::live(MIDDLE, &log.join("\n"), FIRST_RUN_DONE)
}

fn flagged_bars(count: usize) -> Figure {
    let bar = |i| Bar {
        label: format!("slice {i}"),
        value: Some(0.5),
        interval: None,
        note: "n 50".to_owned(),
        flagged: true,
    };
    Figure::Bars {
        title: "Error rate in the weakest slices".to_owned(),
        bars: (0..count).map(bar).collect(),
        reference: Some(ReferenceLine {
            value: 0.2,
            label: "all rows".to_owned(),
        }),
        from: 0.0,
    }
}

#[test]
fn the_head_says_the_worst_of_the_run() {
    let shown = Shown::live(MIDDLE, ERROR, END);
    assert!(head(&shown).contains("✗ 1 error"), "{}", head(&shown));

    let shown = retold(Dimension::Fairness, |_| {});
    assert!(head(&shown).contains("✓ done"), "{}", head(&shown));

    let shown = retold(Dimension::Fairness, |outcome| {
        outcome.notes.push(Note::warning("mind the gap"));
        outcome.notes.push(Note::warning("and the other one"));
    });
    assert!(head(&shown).contains("▲ 2 warnings"), "{}", head(&shown));

    let shown = retold(Dimension::Fairness, |outcome| {
        outcome.notes.push(Note::warning("mind the gap"));
        outcome.status = DimensionStatus::Failed;
        outcome.gates.push(GateResult {
            metric: "fairness.sex.demographic_parity_ratio".to_owned(),
            value: Some(0.3),
            min: Some(0.8),
            max: None,
            passed: false,
        });
    });
    assert!(head(&shown).contains("✗ 1 gate failed"), "{}", head(&shown));
}

#[test]
fn an_interval_lies_over_its_bar() {
    let with = |interval| {
        retold(Dimension::Uncertainty, move |outcome| {
            let Figure::Bars {
                title,
                mut bars,
                reference,
                from,
            } = flagged_bars(2)
            else {
                return;
            };
            bars[1].interval = interval;
            outcome.figures = vec![Figure::Bars {
                title,
                bars,
                reference,
                from,
            }];
        })
    };
    let shown = with(Some((0.25, 1.0)));
    let line = row(&shown, "slice 1");
    let whisker: String = line.chars().skip_while(|c| *c != '├').collect();
    assert!(whisker.contains('─') && whisker.contains('┤'), "{line}");
    assert!(!row(&shown, "slice 0").contains('├'), "{}", shown.text());
    assert!(!row(&with(None), "slice 1").contains('├'));
}

#[test]
fn the_worst_mark_in_a_picture_decides_the_state() {
    let shown = retold(Dimension::Robustness, |outcome| {
        outcome.figures = vec![flagged_bars(12)];
    });
    assert!(
        row(&shown, "robustness ").contains("▲ 12 flagged"),
        "{}",
        shown.text()
    );
    assert!(head(&shown).contains("▲ 12 flagged"), "{}", head(&shown));
    let shown = retold(Dimension::Robustness, |outcome| {
        outcome.figures = vec![flagged_bars(3)];
        outcome.gates.push(GateResult {
            metric: "robustness.baseline.auc".to_owned(),
            value: Some(0.9),
            min: Some(0.8),
            max: None,
            passed: true,
        });
    });
    assert!(
        row(&shown, "robustness ").contains("▲ 1/1 gates"),
        "{}",
        shown.text()
    );
    let shown = shown.keys("1");
    shown.find("▲ 1/1 gates, 3 flagged");
}

#[test]
fn a_warning_is_not_drawn_as_an_error() {
    let shown = retold(Dimension::Robustness, |outcome| {
        outcome.figures = vec![flagged_bars(1)];
    });
    let shown = shown.keys("1");
    let (column, y) = shown.find("slice 0");
    let width = shown.buffer().area.width;
    let mark = (column..width)
        .find(|x| shown.buffer()[(*x, y)].symbol() == "▲")
        .unwrap();
    let state = shown.find("▲ 12 flagged".replace("12", "1").as_str());
    let colour = |at| shown.buffer()[at].fg;
    assert_eq!(colour((mark, y)), colour(state));
}

#[test]
fn the_chart_of_memory_reaches_the_peak_that_is_stated() {
    for size in [SMALL, MIDDLE] {
        let mut shown = Shown::live(size, SESSION, FIRST_RUN_DONE).keys("tab tab tab z");
        let sample = |rss, peak| MemorySample {
            rss_bytes: rss,
            peak_rss_bytes: peak,
            ..MemorySample::default()
        };
        tell(
            &mut shown,
            EventKind::MemorySampled(sample(100_000_000, 100_000_000)),
        );
        tell(
            &mut shown,
            EventKind::MemorySampled(sample(120_000_000, 523_000_000)),
        );
        let text = shown.text();
        assert!(text.contains("peak 523 MB"), "{text}");
        assert!(text.contains("600 MB"), "the axis ends above it: {text}");
        let high = shown.screen.ledger().memory.history.last().unwrap();
        assert_eq!(high.high_rss_bytes, 523_000_000);
    }
}

#[test]
fn both_bars_of_memory_are_estimates() {
    let shown = Shown::live(MIDDLE, SESSION, FIRST_RUN_DONE);
    for words in ["most held", "eager run"] {
        let row = row(&shown, words);
        assert!(row.contains('~'), "{row}");
    }
    // After a clear nothing is held, and what was held still counts.
    let ledger = shown.screen.ledger();
    assert!(ledger.memory.most_held_bytes <= ledger.eager_bytes());
}

#[test]
fn the_rows_of_the_cache_are_those_that_are_counted() {
    let shown = Shown::live(MIDDLE, SESSION, END);
    let ledger = shown.screen.ledger();
    let counted = ledger.lookups.iter().filter(|lookup| lookup.counts());
    let joins = ledger.lookups.iter().filter(|lookup| lookup.counts());
    let joins = joins.filter(|l| l.lookup == Lookup::Coalesced).count();
    let figures = ledger.cache();
    assert_eq!(joins as u64, figures.coalesced);
    let all = figures.hits + figures.misses + figures.coalesced;
    assert_eq!(counted.count() as u64, all);
}

#[test]
fn joins_in_a_row_are_one_row() {
    let mut shown = Shown::live(MIDDLE, SESSION, FIRST_RUN_DONE).keys("tab tab");
    let rows = shown.screen.lookup_row();
    let request = events(SESSION)
        .into_iter()
        .find_map(|event| match &event.kind {
            EventKind::Requested {
                name,
                lookup: Lookup::Miss(_),
                ..
            } if name.0.starts_with("predictions:random_forest@dataset") => Some(event.kind),
            _ => None,
        });
    let mut request = request.unwrap();
    if let EventKind::Requested { lookup, by, .. } = &mut request {
        *lookup = Lookup::Coalesced;
        *by = Dimension::Fairness.into();
    }
    for _ in 0..37 {
        tell(&mut shown, request.clone());
    }
    assert_eq!(shown.screen.lookup_row(), rows + 1);
    shown.find("x37, ");
    assert_eq!(shown.screen.ledger().cache().coalesced, 37);
}

#[test]
fn a_first_run_is_not_blamed_for_what_no_cache_could_have_had() {
    let shown = Shown::live(MIDDLE, SESSION, FIRST_RUN_DONE);
    let found = shown.screen.ledger().cache_lookups();
    let best = found.best_hit_rate().unwrap();
    assert!(best < 0.7 && found.hit_rate() == Some(best), "{found:?}");
    shown.find("at most ");
    // A later run that finds all it asks for says so, whatever was before it.
    let shown = Shown::live(MIDDLE, SESSION, END);
    let run = shown.screen.ledger().runs.last().unwrap().cache;
    let all = shown.screen.ledger().cache_lookups();
    assert_ne!(run.hit_rate(), all.hit_rate());
    let rate = format!("{:.0}%", 100.0 * run.hit_rate().unwrap());
    assert!(row(&shown, "hit rate").contains(&rate), "{}", shown.text());
    assert!(
        row(&shown, "hit rate").contains("in all"),
        "{}",
        shown.text()
    );
}

#[test]
fn what_had_to_be_loaded_is_counted() {
    let shown = Shown::live(MIDDLE, SESSION, FIRST_RUN_DONE);
    let asked = shown.screen.ledger().dimension(Dimension::Robustness).asked;
    assert!(asked.all > 0 && asked.loaded > 0, "{asked:?}");
    let words = format!("{}/{}", asked.loaded, asked.all);
    assert!(
        row(&shown, "robustness ").contains(&words),
        "{}",
        shown.text()
    );
    assert!(!shown.text().contains("cold"), "{}", shown.text());
}

#[test]
fn parity_is_said_of_groups_only() {
    let shown = Shown::live((200, 60), SESSION, FIRST_RUN_DONE);
    assert!(
        !head(&shown).to_lowercase().contains("parity"),
        "{}",
        head(&shown)
    );
}

#[test]
fn what_asked_for_nothing_says_nothing_of_its_loads() {
    let mut log = events(ERROR);
    log.retain(|event| !matches!(event.kind, EventKind::Requested { .. }));
    for (seq, event) in (0..).zip(&mut log) {
        event.seq = seq;
    }
    let log: Vec<String> = log
        .iter()
        .map(|event| serde_json::to_string(event).unwrap())
        .collect();
    let shown = Shown::live(MIDDLE, &log.join("\n"), END);
    let failed = Dimension::ALL.into_iter().find(|dimension| {
        let record = shown.screen.ledger().dimension(*dimension);
        record.outcome.as_ref().is_some_and(|o| o.error.is_some())
    });
    let failed = failed.unwrap();
    let words = row(&shown, &format!("{failed} "));
    assert!(!words.contains(" some"), "{words}");
    let shown = shown.keys(&format!("{} z", failed as usize + 1));
    assert!(
        !row(&shown, "✗ error").contains("loaded"),
        "{}",
        shown.text()
    );
}

#[test]
fn a_rerun_that_fails_takes_nothing_away() {
    let error = events(ERROR)
        .into_iter()
        .find_map(|event| match event.kind {
            EventKind::DimensionFinished { outcome, .. } if outcome.error.is_some() => {
                Some(outcome)
            }
            _ => None,
        });
    let error = error.unwrap();
    let mut shown = Shown::live(MIDDLE, SESSION, FIRST_RUN_DONE).keys("2 z");
    let found = shown.screen.ledger().dimension(Dimension::Fairness);
    let (name, value) = found.outcome.as_ref().unwrap().headline.clone().unwrap();
    tell(
        &mut shown,
        EventKind::DimensionFinished {
            dimension: Dimension::Fairness,
            outcome: error,
        },
    );
    let text = shown.text();
    let cause = text.lines().position(|line| line.contains("while loading"));
    let before = format!("{value:.4} {name}");
    let before = text.lines().position(|line| line.contains(&before));
    assert!(cause.is_some() && cause < before, "{text}");
    shown.find("before that, it found at");
}

#[test]
fn setup_is_counted_from_when_the_run_began() {
    let shown = Shown::live(MIDDLE, SESSION, FIRST_RUN_DONE);
    let run = shown.screen.ledger().runs.last().unwrap();
    assert!(run.started_at > 0.5, "nobody looked around before");
    let took = run.first_result_at.unwrap() - run.started_at;
    let words = row(&shown, "first result");
    let said = words.split("first result ").nth(1).unwrap();
    let said: f64 = said.split(' ').next().unwrap().parse().unwrap();
    assert!((said - took).abs() < 0.05, "{words}: {took}");
}

#[test]
fn no_column_of_a_zoomed_table_is_out_of_reach() {
    for dimension in Dimension::ALL {
        let shown = Shown::live((60, 400), SESSION, FIRST_RUN_DONE);
        let record = shown.screen.ledger().dimension(dimension);
        let tables = record.outcome.iter().flat_map(|found| found.tables.clone());
        let tables: Vec<_> = tables.collect();
        let shown = shown.keys(&format!("{} z", dimension as usize + 1));
        let text = shown.text();
        assert!(!text.contains(" columns: "), "{text}");
        for (name, table) in tables {
            for column in &table.columns {
                assert!(
                    text.contains(column.as_str()),
                    "no {column} of {name} in\n{text}"
                );
            }
        }
    }
}

#[test]
fn what_was_given_up_for_a_failure_says_what_failed() {
    let mut shown = Shown::live((200, 60), SESSION, FIRST_RUN_DONE);
    let resources = shown.screen.ledger().resources();
    let of = |name: &str| {
        let found = resources
            .iter()
            .find(|resource| resource.name.0.starts_with(name));
        found.unwrap().name.clone()
    };
    let (failed, given_up) = (of("calibration"), of("predictions:random_forest@dataset"));
    let cancelled = |failed| EventKind::LoadCancelled {
        name: given_up.clone(),
        failed,
    };
    let queued = EventKind::LoadQueued {
        name: given_up.clone(),
    };
    tell(&mut shown, queued.clone());
    tell(&mut shown, cancelled(None));
    shown.find(" cancelled");
    let problem = Problem::new("no such file");
    let name = failed.clone();
    tell(&mut shown, EventKind::LoadFailed { name, problem });
    tell(&mut shown, queued);
    tell(&mut shown, cancelled(Some(failed.clone())));
    assert!(!shown.text().contains(" cancelled"), "{}", shown.text());
    shown.find(" given up");
    shown.keys("tab z").find("calibration failed");
}

#[test]
fn the_line_at_the_foot_loses_whole_parts_and_never_half_of_one() {
    for columns in 60..160 {
        let shown = Shown::live((columns, 24), SESSION, FIRST_RUN_DONE);
        let line = row(&shown, "run 1 finished in ");
        assert!(!line.contains('…'), "{columns}: {line}");
        let said = line.trim().rsplit_once("; ").map_or("", |(_, last)| last);
        let timings = if said.starts_with("gates") { "" } else { said };
        for part in timings.split(", ").filter(|part| !part.is_empty()) {
            assert!(
                part.ends_with(" s") || part.ends_with(" ms"),
                "{columns}: {line}"
            );
        }
        // What was waited for comes before what it was made of.
        if !timings.is_empty() {
            assert!(timings.contains("first result"), "{columns}: {line}");
        }
        if columns >= 120 {
            assert!(timings.starts_with("identify"), "{columns}: {line}");
        }
        // Loads under way, and how many there is no room for.
        let loading = events(SESSION)
            .into_iter()
            .find_map(|event| match event.kind {
                EventKind::LoadStarted { worker, .. } if worker > 0 => Some(event.t),
                _ => None,
            });
        let shown = Shown::live((columns, 24), SESSION, loading.unwrap());
        let text = shown.text();
        let line = text.lines().rev().nth(1).unwrap();
        assert!(!line.contains('…'), "{columns}: {line}");
    }
}

#[test]
fn where_nothing_can_be_seen_nothing_is_done_but_leaving() {
    let running = events(SESSION)
        .iter()
        .find(|event| matches!(event.kind, EventKind::DimensionStarted { .. }))
        .map(|event| event.t);
    let shown = Shown::live((40, 10), SESSION, running.unwrap());
    shown.find("too small");
    shown.find("q quits");
    let shown = shown.keys("a r R c C x s p");
    assert_eq!(shown.given(), []);
    let shown = shown.keys("q");
    shown.find("y quits, n stays");
    let shown = shown.keys("n");
    shown.find("q quits");
    assert_eq!(shown.keys("q y").last, Flow::Quit);
}
