//! A session with a screen: what is known stands there before anybody asks.

use std::fs;
use std::sync::Arc;

use lazydebugger::disk_cache::DiskCache;
use lazydebugger::event::Command;
use lazydebugger::experiment::Experiment;
use lazydebugger::history::History;
use lazydebugger::ledger::Ledger;
use lazydebugger::log::Subscription;
use lazydebugger::session::{Earlier, Session};
use lazydebugger::vocabulary::Dimension;

use crate::cli::desk::Desk;

use super::{ANSWERED, KEPT, age, desk, kept, run, run_at};

fn open(desk: &Desk) -> (Session, Subscription) {
    open_at(desk, "work")
}

fn open_at(desk: &Desk, folder: &str) -> (Session, Subscription) {
    let experiment = desk.path(folder).join("experiment.toml");
    let experiment = Experiment::from_file(&experiment).unwrap();
    let earlier = Earlier {
        history: History::of_this_session(),
        disk: Some(Arc::new(DiskCache::open(&desk.path(KEPT), None).unwrap())),
        ..Earlier::default()
    };
    Session::open_watching(experiment, earlier).unwrap()
}

/// Folds events until the ledger is as wanted.
fn until(events: &mut Subscription, ledger: &mut Ledger, wanted: impl Fn(&Ledger) -> bool) {
    let patience = std::time::Duration::from_mins(1);
    while !wanted(ledger) {
        let event = events.next_within(patience).expect("the session goes on");
        ledger.apply(&event);
    }
}

fn shown(ledger: &Ledger) -> usize {
    let all = Dimension::ALL.into_iter();
    all.filter(|dimension| {
        let outcome = ledger.dimension(*dimension).outcome.as_ref();
        outcome.is_some_and(|outcome| outcome.kept.is_some())
    })
    .count()
}

#[test]
fn results_stand_there_at_once() {
    let desk = desk();
    let first = run(&desk, &[]);
    let (session, mut events) = open(&desk);
    let mut ledger = Ledger::default();
    until(&mut events, &mut ledger, |ledger| shown(ledger) == 5);
    assert!(ledger.runs.is_empty(), "nobody has asked for a run");
    let made = ledger
        .resources()
        .iter()
        .filter(|r| r.loads > 0 && !r.fetched);
    assert_eq!(
        made.map(|r| r.name.to_string()).collect::<Vec<_>>(),
        [""; 0]
    );
    let fairness = ledger
        .dimension(Dimension::Fairness)
        .outcome
        .as_ref()
        .unwrap();
    let expected = &first["dimensions"]["fairness"]["metrics"];
    assert_eq!(&serde_json::to_value(&fairness.metrics).unwrap(), expected);
    // A file that changes makes them out of date, as it does with results that were computed.
    let path = desk.path("work/model.onnx");
    fs::copy(crate::cli::desk::zoo("lgbm_onnxmltools.onnx"), &path).unwrap();
    until(&mut events, &mut ledger, |ledger| {
        !ledger
            .dimension(Dimension::Fairness)
            .changed_files()
            .is_empty()
    });
    drop(session);
}

/// Results for which nothing was made stand there before anybody has asked for a run.
fn stands_there_at_once(desk: &Desk, folder: &str) {
    let (session, mut events) = open_at(desk, folder);
    let mut ledger = Ledger::default();
    until(&mut events, &mut ledger, |ledger| shown(ledger) == 5);
    assert!(ledger.runs.is_empty());
    drop(session);
}

#[test]
fn what_another_copy_has_found_stands_there_once_it_was_recalled() {
    let desk = desk();
    run(&desk, &[]);
    fs::create_dir(desk.path("copy")).unwrap();
    for entry in fs::read_dir(desk.path("work")).unwrap().flatten() {
        let to = desk.path("copy").join(entry.file_name());
        fs::copy(entry.path(), &to).unwrap();
        age(&to, 1);
    }
    assert_eq!(kept(&run_at(&desk, "copy/experiment.toml", &[])), ANSWERED);
    stands_there_at_once(&desk, "copy");
}

#[test]
fn results_stand_there_where_the_folder_was_moved_to() {
    let desk = desk();
    run(&desk, &[]);
    fs::rename(desk.path("work"), desk.path("elsewhere")).unwrap();
    stands_there_at_once(&desk, "elsewhere");
}

#[test]
fn what_was_recalled_of_more_dimensions_than_were_asked_for_here_stands_there_too() {
    let desk = desk();
    run(&desk, &["--dimensions", "fairness"]);
    fs::create_dir(desk.path("copy")).unwrap();
    for entry in fs::read_dir(desk.path("work")).unwrap().flatten() {
        let to = desk.path("copy").join(entry.file_name());
        fs::copy(entry.path(), &to).unwrap();
        age(&to, 1);
    }
    run_at(&desk, "copy/experiment.toml", &[]);
    run(&desk, &[]);
    stands_there_at_once(&desk, "work");
}

#[test]
fn a_run_that_is_asked_for_at_once_is_not_held_up() {
    let desk = desk();
    run(&desk, &[]);
    let (session, mut events) = open(&desk);
    session.send(Command::ToggleDimension(Dimension::Fairness));
    session.send(Command::RunSelected);
    let mut ledger = Ledger::default();
    until(&mut events, &mut ledger, |ledger| {
        ledger.runs.last().is_some_and(|run| !run.is_active())
    });
    let fairness = ledger.dimension(Dimension::Fairness);
    assert!(fairness.outcome.as_ref().unwrap().kept.is_some());
    // Computed anew, from kept predictions.
    session.send(Command::Run(Dimension::Fairness));
    until(&mut events, &mut ledger, |ledger| {
        ledger.runs.total() == 2 && ledger.runs.last().is_some_and(|run| !run.is_active())
    });
    let again = ledger
        .dimension(Dimension::Fairness)
        .outcome
        .as_ref()
        .unwrap();
    assert!(again.kept.is_none(), "it was computed");
    let opened = ledger
        .resources()
        .iter()
        .filter(|r| r.loads > 0 && !r.fetched);
    let opened: Vec<String> = opened.map(|r| r.name.to_string()).collect();
    assert!(
        !opened.contains(&"predictions:model@dataset".to_owned()),
        "{opened:?}"
    );
}

#[test]
fn where_a_file_has_changed_nothing_is_read_unasked() {
    let desk = desk();
    run(&desk, &[]);
    age(&desk.path("work/other.onnx"), 7);
    let (session, mut events) = open(&desk);
    let mut ledger = Ledger::default();
    until(&mut events, &mut ledger, |ledger| {
        ledger.understanding.is_some()
    });
    // The tiers answer in order: what comes after this was asked after it.
    session.send(Command::Run(Dimension::Fairness));
    until(&mut events, &mut ledger, |ledger| {
        ledger.runs.last().is_some_and(|run| !run.is_active())
    });
    assert_eq!(shown(&ledger), 0);
}

#[test]
fn what_is_kept_can_be_forgotten() {
    let desk = desk();
    run(&desk, &[]);
    let (session, mut events) = open(&desk);
    session.send(Command::ClearDisk);
    let mut ledger = Ledger::default();
    until(&mut events, &mut ledger, |ledger| {
        let mut notices = ledger.notices.iter();
        notices.any(|notice| notice.note.text.starts_with("disk cache cleared: "))
    });
    drop(session);
    let disk = DiskCache::open(&desk.path(KEPT), None).unwrap();
    let left = disk.entries().into_iter().map(|entry| entry.entry.name);
    let left: Vec<String> = left.filter(|name| name.starts_with("outcome:")).collect();
    assert_eq!(left, [""; 0]);
}
