//! The thread that reads the keyboard and the mouse.
//!
//! It waits for the terminal with `poll` and has a second descriptor to be woken by, so that it can
//! be joined: after a suspend or an exit no key of the shell's is taken. crossterm's reader can do
//! neither, and it spins once the terminal is gone.

use std::fs::File;
use std::io::{self, IsTerminal, PipeReader, PipeWriter, Read};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossterm::event::{KeyEvent, MouseEvent};

use super::Notice;
use super::burst::Bursts;
use super::hold::Hold;
use super::parse::Parser;
use super::sys::{self, Ready};

/// Something that the user or the system did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(KeyEvent),
    /// A mouse button was pressed, released or dragged, or the wheel turned.
    Mouse(MouseEvent),
    /// Text was pasted; only with [`super::Options::paste`].
    Paste(String),
    /// The terminal now has this many columns and rows.
    Resize(u16, u16),
    /// The terminal has shown the frame that it was asked about.
    Shown,
    /// A signal ends the program, or the terminal hung up (SIGHUP).
    Signal(i32),
}

/// The running thread; dropping it ends it.
#[derive(Debug)]
pub(super) struct Reader {
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    /// Starts to read. A lone Esc is told from the start of a longer sequence by waiting
    /// `escape_wait` for the rest.
    pub(super) fn start(hold: Arc<Hold>, escape_wait: Duration) -> io::Result<Self> {
        let terminal = keyboard()?;
        let (wake, stop) = io::pipe()?;
        let thread = thread::Builder::new()
            .name("terminal-input".to_owned())
            .spawn(move || {
                if read(terminal, &wake, &hold, escape_wait).is_err() {
                    hold.hang_up();
                }
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Standard input, or the terminal itself where something is piped into us.
fn keyboard() -> io::Result<File> {
    if io::stdin().is_terminal() {
        Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
    } else {
        File::open("/dev/tty")
    }
}

/// Reads until it is told to stop; an error says that the terminal is gone.
fn read(
    mut terminal: File,
    wake: &PipeReader,
    hold: &Hold,
    escape_wait: Duration,
) -> io::Result<()> {
    let mut parser = Parser::default();
    let mut bursts = Bursts::default();
    let mut bytes = [0; 4096];
    loop {
        let timeout = parser.patience(escape_wait);
        match sys::wait(terminal.as_fd(), wake.as_fd(), timeout)? {
            Ready::Woken => return Ok(()),
            Ready::HangUp => return Err(io::ErrorKind::BrokenPipe.into()),
            Ready::TimedOut => parser.give_up_waiting(),
            Ready::Input => match terminal.read(&mut bytes) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => parser.feed(&bytes[..n]),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(e) => return Err(e),
            },
        }
        for input in bursts.sift(parser.take(), Instant::now()) {
            hold.notify(Notice::Input(input));
        }
    }
}
