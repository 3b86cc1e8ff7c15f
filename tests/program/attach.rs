//! Watching a session from elsewhere: whoever attaches is told all of it, whenever he comes and however
//! slow he is, and does nothing unless he may.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossbeam_channel::unbounded;
use lazydebugger::attach::{Attached, Listener, Open, attach};
use lazydebugger::event::{Command, Event, EventKind};
use lazydebugger::log::LogWriter;
use lazydebugger::log::file::Header;
use lazydebugger::vocabulary::Note;
use tempfile::TempDir;

/// Long enough for anything that comes, whatever else the machine does.
const PATIENCE: Duration = Duration::from_mins(1);

fn noted(number: usize) -> EventKind {
    EventKind::Noted(Note::info(format!("note {number}")))
}

fn header() -> Header {
    Header::new("Adult income", 42, None)
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.sock");
    (folder, path)
}

fn told(attached: &Attached) -> Vec<Event> {
    let events = attached.log.subscribe();
    events.map(|event| (*event).clone()).collect()
}

#[test]
fn everybody_is_told_everything_from_the_first_event_on() {
    const EVENTS: usize = 20_000;
    let (_folder, path) = place();
    let mut writer = LogWriter::new();
    let listener = Listener::start(&path, header(), writer.log(), Open::ToLookAt).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "for its owner alone");
    let early = attach(&path).unwrap();
    assert_eq!(early.header.experiment, "Adult income");
    assert!(early.commands.is_none());
    // One that connects and reads nothing holds up nobody.
    let mute = UnixStream::connect(&path).unwrap();
    writer.emit_all((0..EVENTS).map(noted));
    let late = attach(&path).unwrap();
    let mut seen = late.log.subscribe();
    let deadline = Instant::now() + PATIENCE;
    while seen.next_within(PATIENCE).unwrap().seq + 1 < EVENTS as u64 {
        assert!(Instant::now() < deadline);
    }
    writer.emit(noted(EVENTS));
    let expected: Vec<Event> = {
        let log = writer.log();
        drop(writer);
        log.subscribe().map(|event| (*event).clone()).collect()
    };
    drop(mute);
    listener.finish(PATIENCE);
    assert_eq!(told(&early), expected);
    assert_eq!(told(&late), expected);
    assert!(!path.exists());
}

#[test]
fn commands_are_taken_only_where_they_are_allowed() {
    let (_folder, path) = place();
    let writer = LogWriter::new();
    let (sender, commands) = unbounded();
    let listener = Listener::start(&path, header(), writer.log(), Open::ToCommand(sender)).unwrap();
    let attached = attach(&path).unwrap();
    let (give, given) = attached.commands.unwrap();
    give.send(Command::ToggleAll).unwrap();
    assert_eq!(commands.recv_timeout(PATIENCE), Ok(Command::ToggleAll));
    given.recv_timeout(PATIENCE).unwrap();
    // To end the session is not for viewers, and what is no command is passed over.
    let mut raw = UnixStream::connect(&path).unwrap();
    raw.write_all(b"no command\n").unwrap();
    give.send(Command::Close).unwrap();
    give.send(Command::RunSelected).unwrap();
    assert_eq!(commands.recv_timeout(PATIENCE), Ok(Command::RunSelected));
    drop(listener);

    let listener = Listener::start(&path, header(), writer.log(), Open::ToLookAt).unwrap();
    let mut raw = UnixStream::connect(&path).unwrap();
    raw.write_all(b"\"toggle_all\"\n").unwrap();
    drop(listener);
    assert!(commands.try_recv().is_err());
}

#[test]
fn a_place_has_one_session_and_what_a_dead_one_left_is_no_matter() {
    let (_folder, path) = place();
    // A socket that nobody listens at any more.
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let gone = attach(&path).unwrap_err().to_string();
    assert!(gone.contains("no session answers"), "{gone}");
    let writer = LogWriter::new();
    let first = Listener::start(&path, header(), writer.log(), Open::ToLookAt).unwrap();
    let second = Listener::start(&path, header(), writer.log(), Open::ToLookAt);
    assert!(second.is_err());
    assert!(attach(&path).is_ok(), "the first is not disturbed");
    drop(first);
    // A file of somebody's is not taken away.
    fs::write(&path, "mine").unwrap();
    assert!(Listener::start(&path, header(), writer.log(), Open::ToLookAt).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn who_is_no_session_is_not_believed() {
    let (_folder, path) = place();
    let socket = UnixListener::bind(&path).unwrap();
    let other = std::thread::spawn(move || {
        let (mut stream, _) = socket.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n").unwrap();
    });
    let error = attach(&path).unwrap_err().to_string();
    assert!(error.contains("this is not a trace"), "{error}");
    other.join().unwrap();
}
