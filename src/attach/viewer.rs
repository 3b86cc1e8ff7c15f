//! The viewer's side: the log of a session elsewhere, and commands for it.

use std::io::BufReader;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::Unattached;
use super::listener::give;
use crate::event::Command;
use crate::log::Log;
use crate::log::file::{Header, follow};

/// A session that is watched.
#[derive(Debug)]
pub struct Attached {
    /// What is watched.
    pub header: Header,
    /// Its log, from the first event on.
    pub log: Log,
    /// Where commands go, and what tells that one has gone; none where only looking is allowed.
    pub commands: Option<(Sender<Command>, Receiver<()>)>,
}

/// Attaches to the session that listens at a path.
pub fn attach(path: &Path) -> Result<Attached, Unattached> {
    let name = path.display().to_string();
    let unanswered = |error| Unattached::Silent {
        path: name.clone(),
        error,
    };
    let stream = UnixStream::connect(path).map_err(unanswered)?;
    let heard = stream.try_clone().map_err(unanswered)?;
    let (header, log) = follow(&name, BufReader::new(heard))?;
    let commands = header.takes_commands.then(|| send_to(stream));
    Ok(Attached {
        header,
        log,
        commands: commands.transpose().map_err(unanswered)?,
    })
}

fn send_to(stream: UnixStream) -> std::io::Result<(Sender<Command>, Receiver<()>)> {
    let (sender, commands) = unbounded();
    let (given, obeyed) = unbounded();
    let send = move || {
        for command in commands {
            if give(&stream, &command).is_err() || given.send(()).is_err() {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("commands".to_owned())
        .spawn(send)?;
    Ok((sender, obeyed))
}
