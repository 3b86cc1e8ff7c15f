//! Older events go to a file and come back from it.

use std::fs;
use std::path::Path;
use std::thread;

use lazydebugger::event::EventKind;
use lazydebugger::log::{Log, LogWriter};

use super::made_up::Session;
use super::{all_from, noted};

/// More than stay in memory.
const EVENTS: usize = 50_000;

/// A log of so many events, in steps that whoever writes the file can follow.
fn write(writer: &mut LogWriter, is_settled: impl Fn(&Log) -> bool) {
    let log = writer.log();
    for number in 0..EVENTS {
        writer.emit(noted(number));
    }
    while !is_settled(&log) {
        thread::yield_now();
    }
}

fn files_in(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_late_reader_gets_what_is_not_in_memory_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = LogWriter::in_folder(folder.path().join("deep"));
    let log = writer.log();
    let mut slow = log.subscribe();
    assert!(slow.try_next().is_err());
    write(&mut writer, |log| log.events_in_memory() < 20_000);
    assert_eq!(files_in(&folder.path().join("deep")), 0, "it has no name");
    drop(writer);
    assert_eq!(log.events(), EVENTS as u64);
    for (number, event) in slow.by_ref().enumerate() {
        assert_eq!((event.seq, &event.kind), (number as u64, &noted(number)));
    }
    let late = all_from(&log, 0);
    assert!(late.iter().zip(0..).all(|(e, n)| e.kind == noted(n)));
    assert_eq!(all_from(&log, 12_345), late[12_345..]);
}

#[test]
fn events_of_every_size_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::new();
    let mut writer = LogWriter::in_folder(folder.path().to_owned());
    let mut expected = session.opening();
    while expected.len() < EVENTS {
        expected.extend(session.run());
    }
    writer.emit_all(expected.clone());
    let log = writer.log();
    while log.events_in_memory() > 20_000 {
        thread::yield_now();
    }
    drop(writer);
    let found = log.subscribe();
    assert!(found.map(|event| event.kind.clone()).eq(expected));
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a file");
    fs::write(&file, "").unwrap();
    let mut writer = LogWriter::in_folder(file.clone());
    let log = writer.log();
    let mut told = log.subscribe();
    let mut number = 0;
    let note = loop {
        writer.emit(noted(number));
        number += 1;
        let is_warning = |kind: &EventKind| matches!(kind, EventKind::Noted(n) if n.is_warning());
        let mut new = told.waiting();
        if let Some(event) = new.find(|event| is_warning(&event.kind)) {
            break event.clone();
        }
    };
    let text = format!("{:?}", note.kind);
    for part in ["stay in memory", &file.display().to_string()] {
        assert!(text.contains(part), "{part} in {text}");
    }
    writer.emit_all((0..EVENTS).map(noted));
    drop(writer);
    let events = all_from(&log, 0);
    assert_eq!(events.len(), number + 1 + EVENTS);
    assert_eq!(log.events_in_memory(), events.len() as u64);
    let warnings = events.iter().filter(|event| event.kind == note.kind);
    assert_eq!(warnings.count(), 1, "told once");
}
