//! Readers get every event, in order, whenever they come and however slow they are.

use std::thread;
use std::time::Duration;

use crossbeam_channel::{Select, after, select};
use lazydebugger::event::Event;
use lazydebugger::log::{LogWriter, NoEvent};

use super::{all_from, noted};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn an_event_has_its_number_and_its_time() {
    let mut writer = LogWriter::new();
    writer.emit(noted(0));
    writer.emit_all([noted(1), noted(2)]);
    let log = writer.log();
    drop(writer);
    let events = all_from(&log, 0);
    for (place, event) in events.iter().enumerate() {
        assert_eq!((event.seq, &event.kind), (place as u64, &noted(place)));
        let micros = event.t * 1e6;
        assert!((micros - micros.round()).abs() < 1e-3, "{micros}");
    }
    assert!(events[0].t <= events[1].t && events[1].t == events[2].t);
}

#[test]
fn readers_of_all_ages_get_the_same() {
    const EVENTS: usize = 5_000;
    let mut writer = LogWriter::new();
    let log = writer.log();
    let mut early = log.subscribe();
    assert!(matches!(early.try_next(), Err(NoEvent::Yet)));
    let read: Vec<Vec<Event>> = thread::scope(|scope| {
        let mut readers = Vec::new();
        for number in 0..EVENTS {
            if number % 1_000 == 0 {
                let events = log.subscribe();
                readers.push(scope.spawn(|| events.map(|event| event.clone()).collect()));
            }
            writer.emit(noted(number));
        }
        drop(writer);
        let read = readers.into_iter().map(|reader| reader.join().unwrap());
        read.collect()
    });
    let expected: Vec<Event> = early.by_ref().map(|event| event.clone()).collect();
    assert_eq!(expected.len(), EVENTS);
    assert!(expected.iter().zip(0..).all(|(e, n)| e.kind == noted(n)));
    assert!(read.iter().all(|events| *events == expected));
    assert_eq!(all_from(&log, 4_321), expected[4_321..]);
    assert!(log.is_over() && log.events() == EVENTS as u64);
}

#[test]
fn the_end_is_told_after_the_last_event_and_again() {
    let mut writer = LogWriter::new();
    let mut events = writer.log().subscribe();
    writer.emit(noted(0));
    drop(writer);
    assert!(events.try_next().is_ok());
    for _ in 0..2 {
        assert!(matches!(events.try_next(), Err(NoEvent::Ended)));
        assert!(events.next().is_none() && events.is_up_to_date());
    }
}

#[test]
fn a_reader_that_does_not_wait_long_is_told_that_there_is_nothing_yet() {
    let writer = LogWriter::new();
    let mut events = writer.log().subscribe();
    let nothing = events.next_within(Duration::from_millis(1));
    assert!(matches!(nothing, Err(NoEvent::Yet)));
    assert_eq!(events.waiting().count(), 0);
}

/// One that stops reading before there is nothing left is woken for the rest.
#[test]
fn whoever_has_not_read_everything_is_awake() {
    let mut writer = LogWriter::new();
    let mut events = writer.log().subscribe();
    let is_awake = |events: &lazydebugger::log::Subscription| {
        let mut select = Select::new();
        select.recv(events.wake());
        select.try_ready().is_ok()
    };
    assert!(matches!(events.try_next(), Err(NoEvent::Yet)));
    assert!(!is_awake(&events));
    writer.emit_all([noted(0), noted(1), noted(2)]);
    for _ in 0..3 {
        assert!(is_awake(&events));
        assert!(events.try_next().is_ok());
    }
    assert!(matches!(events.try_next(), Err(NoEvent::Yet)));
    assert!(!is_awake(&events));
    drop(writer);
    assert!(is_awake(&events));
    assert!(matches!(events.try_next(), Err(NoEvent::Ended)));
    assert!(is_awake(&events), "the end stays to be noticed");
}

/// Writer and reader race for many small batches: no wake is lost.
#[test]
fn a_reader_that_sleeps_is_woken() {
    const EVENTS: usize = 20_000;
    let mut writer = LogWriter::new();
    let mut events = writer.log().subscribe();
    let reader = thread::spawn(move || {
        let mut read = 0;
        loop {
            let patience = after(PATIENCE);
            select! {
                recv(events.wake()) -> _ => {}
                recv(patience) -> _ => return read,
            }
            loop {
                match events.try_next() {
                    Ok(event) => read += u64::from(event.seq == read),
                    Err(NoEvent::Yet) => break,
                    Err(_) => return read,
                }
            }
        }
    });
    for number in 0..EVENTS {
        writer.emit(noted(number));
        if number % 7 == 0 {
            thread::yield_now();
        }
    }
    drop(writer);
    assert_eq!(reader.join().unwrap(), EVENTS as u64);
}
