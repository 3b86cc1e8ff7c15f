//! Files that change while a session watches them: it says so by itself.

use std::fs;
use std::path::Path;

use lazydebugger::event::{Command, EventKind};
use lazydebugger::explain::consequences::changed_words;
use lazydebugger::vocabulary::{Dimension, Lookup, MissReason, Owner, Severity};

use crate::bundled::driven::{Driven, sample_data};
use crate::bundled::inputs::copied;

/// Puts another file in the place of one, as programs do that save a file.
fn replace(file: &Path, with: &Path) {
    let beside = file.with_extension("new");
    fs::copy(with, &beside).unwrap();
    fs::rename(beside, file).unwrap();
}

fn is_change_of(kind: &EventKind, wanted: &str) -> bool {
    matches!(kind, EventKind::ContentChanged { name, .. } if &*name.0 == wanted)
}

const PREDICTIONS: &str = "predictions:random_forest@dataset";

#[test]
fn a_replaced_model_is_noticed_and_a_rerun_computes_only_what_follows_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut driven = Driven::watching(copied(folder.path()));
    driven.run(&[Dimension::Fairness, Dimension::Hyperparameters]);
    assert!(driven.ledger.out_of_date().is_empty());

    let model = folder.path().join("random_forest.onnx");
    replace(&model, &sample_data().join("xgboost.onnx"));
    driven.until(|kind| is_change_of(kind, PREDICTIONS));

    let stale = driven.ledger.resources().iter().filter(|r| r.is_stale());
    let stale: Vec<&str> = stale.map(|r| &*r.name.0).collect();
    assert_eq!(
        stale,
        ["header:random_forest", "model:random_forest", PREDICTIONS]
    );
    assert_eq!(driven.ledger.out_of_date(), [Dimension::Fairness]);
    let fairness = driven.ledger.dimension(Dimension::Fairness);
    let words = changed_words(&fairness.changed_files());
    assert_eq!(words.as_deref(), Some("random_forest.onnx changed"));

    let before = driven.log.len();
    driven.run(&[Dimension::Fairness]);
    let mut again = driven.loaded_since(before);
    again.sort_unstable();
    // What is released when a dimension ends is made anew from what is still there.
    assert_eq!(
        again,
        [
            "header:random_forest",
            "model:random_forest",
            PREDICTIONS,
            "protected_attributes"
        ]
    );
    let reason = MissReason::InputChanged {
        part: "model:random_forest".into(),
    };
    assert_eq!(
        driven.lookups(PREDICTIONS).last(),
        Some(&Lookup::Miss(reason))
    );
    assert!(driven.ledger.out_of_date().is_empty());
}

#[test]
fn a_table_and_its_way_back_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut driven = Driven::watching(copied(folder.path()));
    driven.run(&[Dimension::Uncertainty]);
    let table = folder.path().join("adult_calib.parquet");
    let before = fs::read(&table).unwrap();
    replace(&table, &sample_data().join("adult_shifted.parquet"));
    let predictions = "predictions:random_forest@calibration";
    driven.until(|kind| is_change_of(kind, predictions));
    assert_eq!(driven.ledger.out_of_date(), [Dimension::Uncertainty]);
    // Written in place this time. Its groups are as they were, too, and that is told by itself.
    fs::write(&table, before).unwrap();
    driven.until(|kind| is_change_of(kind, predictions));
    while !driven.ledger.out_of_date().is_empty() {
        driven.until(|kind| matches!(kind, EventKind::ContentChanged { .. }));
    }
    let mut stale = driven.ledger.resources().iter().filter(|r| r.is_stale());
    assert_eq!(stale.next(), None);
}

#[test]
fn a_file_that_is_written_again_as_it_was_is_a_quiet_notice() {
    let folder = tempfile::tempdir().unwrap();
    let mut driven = Driven::watching(copied(folder.path()));
    driven.run(&[Dimension::Fairness]);
    let events = driven.log.len();
    let model = folder.path().join("random_forest.onnx");
    replace(&model, &sample_data().join("random_forest.onnx"));
    driven.until(|kind| matches!(kind, EventKind::Noted(_)));
    let Some(EventKind::Noted(note)) = driven.log.last().map(|e| &e.kind) else {
        unreachable!("that is what it waited for");
    };
    let words = "random_forest.onnx was written again with the same content";
    assert!(note.text.contains(words), "{note}");
    assert_eq!(note.severity, Severity::Info);
    let told = driven.log[events..].iter().map(|event| &event.kind);
    let changes = told.filter(|kind| matches!(kind, EventKind::ContentChanged { .. }));
    assert_eq!(changes.count(), 0);
}

#[test]
fn a_preloaded_model_stays_preloaded_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let mut driven = Driven::watching(copied(folder.path()));
    let name = "model:random_forest";
    driven.send(Command::Preload(name.into()));
    let is_preloaded = |kind: &EventKind| matches!(kind, EventKind::OwnerAdded { name: of, owner: Owner::User } if &*of.0 == name);
    driven.until(is_preloaded);
    let model = folder.path().join("random_forest.onnx");
    replace(&model, &sample_data().join("xgboost.onnx"));
    driven.until(|kind| is_change_of(kind, name));
    let record = |driven: &Driven| driven.ledger.resource(&name.into()).unwrap().clone();
    assert!(record(&driven).is_stale());
    driven.run(&[Dimension::Fairness]);
    let record = record(&driven);
    assert!(record.is_resident() && !record.is_stale());
    assert!(record.owners.contains(&Owner::User), "{:?}", record.owners);
}

#[test]
fn a_file_that_is_gone_is_told_with_its_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut driven = Driven::watching(copied(folder.path()));
    driven.run(&[Dimension::Fairness]);
    fs::remove_file(folder.path().join("random_forest.onnx")).unwrap();
    driven.until(|kind| {
        matches!(kind, EventKind::Noted(note) if note.is_warning() &&
            note.text.contains("random_forest.onnx") && note.text.contains("no such file"))
    });
    assert_eq!(driven.ledger.out_of_date(), [Dimension::Fairness]);
}

#[test]
fn a_session_without_a_watcher_says_nothing_until_somebody_asks() {
    let folder = tempfile::tempdir().unwrap();
    let mut driven = Driven::open(copied(folder.path()));
    driven.run(&[Dimension::Fairness]);
    let model = folder.path().join("random_forest.onnx");
    replace(&model, &sample_data().join("xgboost.onnx"));
    let events = driven.log.len();
    driven.send(Command::RunSelected);
    driven.until(|kind| is_change_of(kind, PREDICTIONS));
    let told = driven.log[events..].iter();
    let mut told = told.filter(|e| matches!(e.kind, EventKind::RunStarted { .. }));
    assert!(told.next().is_some(), "the run came first");
    driven.finish_run();
    assert!(driven.ledger.out_of_date().is_empty());
}
