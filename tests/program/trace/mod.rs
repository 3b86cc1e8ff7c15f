//! Traces are written and read back without loss, and what is no trace is explained.

mod any_log;
#[cfg(unix)]
mod follow;
mod problems;
mod recorder;

use lazydebugger::event::{Event, EventKind};
use lazydebugger::log::file::{Header, Reader, Recorder, TraceError};
use lazydebugger::vocabulary::Note;
use proptest::prelude::*;

fn header() -> Header {
    Header::new("Adult income", 42, Some(8 << 30))
}

fn notices(count: u64) -> Vec<Event> {
    let notice = |seq| Event {
        seq,
        t: seq as f64,
        kind: EventKind::Noted(Note::info("hello")),
    };
    (0..count).map(notice).collect()
}

fn lines_in(bytes: &[u8]) -> usize {
    bytes.split(|b| *b == b'\n').count() - 1
}

fn recorded(events: &[Event]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut recorder = Recorder::new("trace", &mut bytes, &header()).unwrap();
    for event in events {
        recorder.record(event).unwrap();
    }
    recorder.finish().unwrap();
    bytes
}

fn read_back(bytes: &[u8]) -> Result<(Vec<Event>, bool), TraceError> {
    let mut reader = Reader::new("trace", bytes)?;
    let mut events = Vec::new();
    while let Some(event) = reader.next_event()? {
        events.push(event);
    }
    Ok((events, reader.is_truncated()))
}

proptest! {
    #[test]
    fn what_is_recorded_is_read(events in any_log::log()) {
        let bytes = recorded(&events);
        prop_assert_eq!(lines_in(&bytes), events.len() + 1);
        prop_assert_eq!(read_back(&bytes).unwrap(), (events, false));
    }

    #[test]
    fn a_trace_cut_off_anywhere_gives_what_came_before(events in any_log::log(), cut in 0.0..1.0_f64) {
        let bytes = recorded(&events);
        let first = bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
        let end = first + ((bytes.len() - first) as f64 * cut) as usize;
        let (read, truncated) = read_back(&bytes[..end]).unwrap();
        prop_assert_eq!(&read[..], &events[..read.len()]);
        let rest = &bytes[first..end];
        let whole = lines_in(rest);
        prop_assert!(read.len() == whole + usize::from(!rest.ends_with(b"\n") && !rest.is_empty() && !truncated));
    }
}
