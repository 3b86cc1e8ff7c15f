//! The session's side: accepts viewers, and tells each of them the log.

use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::event::Command;
use crate::log::file::{Header, Recorder};
use crate::log::{Log, NoEvent};

/// Longest command that is read.
const COMMAND_BYTES: u64 = 64 << 10;

/// Who may do what.
#[derive(Clone, Debug)]
pub enum Open {
    /// Viewers look, and nothing else.
    ToLookAt,
    /// Viewers give commands, which go here.
    ToCommand(Sender<Command>),
}

/// A session that can be watched for as long as this is there.
#[derive(Debug)]
pub struct Listener {
    path: PathBuf,
    is_over: Arc<AtomicBool>,
    /// Disconnected when nobody is told any more.
    told: Receiver<()>,
}

impl Listener {
    /// Listens at a path, which no other session listens at.
    pub fn start(path: &Path, header: Header, log: Log, open: Open) -> io::Result<Self> {
        let socket = bind(path)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let header = Header {
            takes_commands: matches!(open, Open::ToCommand(_)),
            ..header
        };
        let (telling, told) = bounded::<()>(0);
        let accept = {
            let is_over = is_over.clone();
            move || {
                for stream in socket.incoming() {
                    if is_over.load(Ordering::SeqCst) {
                        return;
                    }
                    // One that cannot be served does not concern the others.
                    if let Ok(stream) = stream {
                        let _ = serve(stream, &header, &log, &open, &telling);
                    }
                }
            }
        };
        thread::Builder::new()
            .name("listener".to_owned())
            .spawn(accept)?;
        Ok(Self {
            path: path.to_owned(),
            is_over,
            told,
        })
    }

    /// Accepts nobody any more, and waits until those who watch have been told all of a log that is
    /// over; no longer than `limit`.
    pub fn finish(self, limit: Duration) {
        self.stop();
        let _ = self.told.recv_timeout(limit);
    }

    fn stop(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        // The thread waits for somebody to come.
        let _ = UnixStream::connect(&self.path);
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_file(&self.path);
    }
}

/// A socket for its owner alone. What a session has left that was killed is taken away.
fn bind(path: &Path) -> io::Result<UnixListener> {
    let is_left = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
        && UnixStream::connect(path).is_err();
    if is_left {
        fs::remove_file(path)?;
    }
    let socket = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(socket)
}

/// Tells a viewer the log, on a thread of its own, and hears it on another.
fn serve(
    stream: UnixStream,
    header: &Header,
    log: &Log,
    open: &Open,
    telling: &Sender<()>,
) -> io::Result<()> {
    if let Open::ToCommand(commands) = open {
        let (commands, heard) = (commands.clone(), stream.try_clone()?);
        let obey = move || hear(heard, &commands);
        thread::Builder::new()
            .name("viewer".to_owned())
            .spawn(obey)?;
    }
    let (header, log, telling) = (header.clone(), log.clone(), telling.clone());
    let tell = move || {
        // A viewer that has gone is no error.
        let _ = tell(stream, &header, &log);
        drop(telling);
    };
    thread::Builder::new()
        .name("viewer".to_owned())
        .spawn(tell)?;
    Ok(())
}

fn tell(stream: UnixStream, header: &Header, log: &Log) -> Option<()> {
    let mut recorder = Recorder::new("the viewer", stream, header).ok()?;
    let mut events = log.subscribe();
    loop {
        let event = match events.try_next() {
            Err(NoEvent::Yet) => {
                // All that there is goes out before anything is waited for.
                recorder.flush().ok()?;
                events.wait_next()
            }
            found => found,
        };
        let Ok(event) = event else {
            return recorder.finish().ok();
        };
        recorder.record(&event).ok()?;
    }
}

fn hear(stream: UnixStream, commands: &Sender<Command>) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        let read = stream
            .by_ref()
            .take(COMMAND_BYTES)
            .read_until(b'\n', &mut line);
        if read.is_err() || !line.ends_with(b"\n") {
            return;
        }
        match serde_json::from_slice(&line) {
            // To end the session is for those who began it.
            Ok(Command::Close) | Err(_) => {}
            Ok(command) => {
                if commands.send(command).is_err() {
                    return;
                }
            }
        }
    }
}

/// Gives a command to a session that takes them.
pub(super) fn give(mut stream: &UnixStream, command: &Command) -> io::Result<()> {
    let mut line = serde_json::to_vec(command)?;
    line.push(b'\n');
    stream.write_all(&line)
}
