//! A timeline gives back any moment.

use lazydebugger::event::Event;
use lazydebugger::ledger::Ledger;
use lazydebugger::log::{Log, LogWriter, Timeline};

use super::all_from;
use super::made_up::Session;

/// A log of about so many events.
fn long_log(events: usize) -> (tempfile::TempDir, Log) {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = LogWriter::in_folder(folder.path().to_owned());
    let log = writer.log();
    let mut session = Session::new();
    writer.emit_all(session.opening());
    while log.events() < events as u64 {
        writer.emit_all(session.run());
    }
    while log.events_in_memory() > 20_000 {
        std::thread::yield_now();
    }
    (folder, log)
}

/// All that a ledger says, in words that differ when it differs.
fn told(ledger: &Ledger) -> String {
    let resources = ledger.resources();
    let dimensions: Vec<_> = ledger.selected();
    format!(
        "{} {} {:?} {:?} {:?} {:?} {dimensions:?} {:?} {:?}",
        ledger.now,
        ledger.events,
        resources,
        ledger.runs.last(),
        ledger.cache(),
        ledger.memory.history.last(),
        ledger.spans.total(),
        ledger.lookups.last(),
    )
}

fn folded(events: &[Event], seq: u64) -> Ledger {
    Ledger::of(&events[..=seq as usize])
}

#[test]
fn any_moment_of_a_recorded_log_is_what_folding_up_to_it_says() {
    let mut session = Session::new();
    let mut kinds = session.opening();
    while kinds.len() < 9_000 {
        kinds.extend(session.run());
    }
    let events = (0..).zip(kinds).map(|(seq, kind)| Event {
        seq,
        t: seq as f64 / 40.0,
        kind,
    });
    let log = Log::of(events);
    let events = all_from(&log, 0);
    let mut timeline = Timeline::of(log);
    let moments = [
        8_000, 8_001, 20, 0, 1_023, 1_024, 1_025, 4_000, 3_000, 8_999,
    ];
    for seq in moments {
        let moment = timeline.ledger_at(seq).unwrap();
        assert_eq!(told(moment), told(&folded(&events, seq)), "at {seq}");
    }
    let end = events.len() as u64 - 1;
    let last = told(timeline.ledger_at(u64::MAX - 1).unwrap());
    assert_eq!(last, told(&folded(&events, end)));
}

#[test]
fn a_live_log_is_looked_back_on_while_it_grows() {
    let mut session = Session::new();
    let mut writer = LogWriter::new();
    let mut timeline = Timeline::of(writer.log());
    let mut events = writer.log().subscribe();
    let mut ledger = Ledger::default();
    writer.emit_all(session.opening());
    let mut early = None;
    for _ in 0..300 {
        writer.emit_all(session.run());
        for event in events.waiting() {
            ledger.apply(&event);
        }
        timeline.keep(&ledger);
        let now = told(timeline.ledger_at(writer.log().events() - 1).unwrap());
        assert_eq!(now, told(&ledger));
        let then = told(timeline.ledger_at(40).unwrap());
        assert_eq!(*early.get_or_insert_with(|| then.clone()), then);
    }
}

/// Most of it is in a file by then; `cargo bench --bench engine` times it.
#[test]
fn any_moment_of_a_long_log_is_found_in_its_file() {
    let (_folder, log) = long_log(100_000);
    let mut timeline = Timeline::of(log);
    timeline.catch_up().unwrap();
    for step in 0..25 {
        // Back and forth, so that none is near the one before.
        let seq = (step * 37_773) % 100_000;
        assert_eq!(timeline.ledger_at(seq).unwrap().events, seq + 1);
    }
}
