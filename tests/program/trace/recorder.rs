//! What a recorder writes, and when.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::rc::Rc;

use lazydebugger::event::{Event, EventKind};
use lazydebugger::log::file::{Recorder, read};

use crate::trace::{header, notices, read_back, recorded};

#[test]
fn the_header_is_a_contract() {
    let bytes = recorded(&[]);
    let header: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(header["schema"], 2);
    assert_eq!(header["tool"], "lazydebugger 0.1.0");
    assert_eq!(header["experiment"], "Adult income");
    assert_eq!(header["seed"], 42);
    assert_eq!(header["machine"]["memory_bytes"], 8_589_934_592_u64);
    assert!(header["machine"]["cores"].as_u64() >= Some(1));
    assert_eq!(header["machine"]["os"], std::env::consts::OS);
}

#[test]
fn files_are_written_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let events = notices(3);
    let mut recorder = Recorder::create(&path, &header()).unwrap();
    for event in &events {
        recorder.record(event).unwrap();
    }
    drop(recorder);
    let trace = read(&path).unwrap();
    assert_eq!(trace.header, header());
    let read_back = trace.log.subscribe().map(|event| Event::clone(&event));
    assert_eq!(read_back.collect::<Vec<_>>(), events);
    assert!(trace.log.is_over() && !trace.truncated);
}

/// A sink with little room.
#[derive(Clone)]
struct Disk {
    written: Rc<RefCell<Vec<u8>>>,
    room: usize,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.written.borrow_mut();
        let taken = bytes.len().min(self.room - written.len());
        if taken == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        written.extend(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_reported_once_and_leaves_a_readable_trace() {
    let disk = Disk {
        written: Rc::default(),
        room: 20_000,
    };
    let mut recorder = Recorder::new("trace", disk.clone(), &header()).unwrap();
    let events = notices(1000);
    let errors: Vec<String> = events
        .iter()
        .filter_map(|event| recorder.record(event).err())
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("writing failed, the trace ends here"));
    assert!(recorder.finish().is_ok(), "it has been reported already");
    let (read, truncated) = read_back(&disk.written.borrow()).unwrap();
    assert!(truncated && !read.is_empty());
    assert_eq!(read[..], events[..read.len()]);
}

#[test]
fn a_run_is_on_disk_when_it_ends() {
    let disk = Disk {
        written: Rc::default(),
        room: usize::MAX,
    };
    let mut recorder = Recorder::new("trace", disk.clone(), &header()).unwrap();
    let mut events = notices(2);
    events[1].kind = EventKind::RunFinished {
        run: 1,
        seconds: 0.5,
        cancelled: false,
    };
    recorder.record(&events[0]).unwrap();
    assert!(read_back(&disk.written.borrow()).unwrap().0.is_empty());
    recorder.record(&events[1]).unwrap();
    assert_eq!(read_back(&disk.written.borrow()).unwrap().0, events);
}
