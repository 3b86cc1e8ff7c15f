//! A trace that is read while it is written.

use std::io::{BufReader, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use lazydebugger::event::EventKind;
use lazydebugger::log::file::{CUT_OFF, follow};
use lazydebugger::vocabulary::Note;

use super::{notices, recorded};

#[test]
fn events_are_there_before_the_trace_is_over() {
    let (mut writer, reader) = UnixStream::pair().unwrap();
    let events = notices(5);
    let bytes = recorded(&events);
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    writer.write_all(&lines[..4].concat()).unwrap();
    let (header, log) = follow("a pipe", BufReader::new(reader)).unwrap();
    assert_eq!(header.experiment, "Adult income");
    let mut taken = log.subscribe();
    for event in &events[..3] {
        assert_eq!(*taken.wait_next().unwrap(), *event);
    }
    assert!(!log.is_over());
    writer.write_all(lines[4]).unwrap();
    assert_eq!(*taken.wait_next().unwrap(), events[3]);
    writer.write_all(&lines[5][..7]).unwrap();
    writer.shutdown(Shutdown::Both).unwrap();
    let rest: Vec<EventKind> = taken.map(|event| event.kind.clone()).collect();
    assert_eq!(rest, [EventKind::Noted(Note::warning(CUT_OFF))]);
}

#[test]
fn what_is_no_event_ends_it_in_words() {
    let (mut writer, reader) = UnixStream::pair().unwrap();
    let bytes = recorded(&notices(2));
    writer.write_all(&bytes).unwrap();
    writer.write_all(b"{\"seq\": 2}\n").unwrap();
    writer.shutdown(Shutdown::Both).unwrap();
    let (_, log) = follow("a pipe", BufReader::new(reader)).unwrap();
    let last = log.subscribe().last().unwrap();
    assert!(
        matches!(&last.kind, EventKind::Noted(note)
            if note.is_warning() && note.text.starts_with("a pipe, line 4: this is not an event")),
        "{last:?}"
    );
}
