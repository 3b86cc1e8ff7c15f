//! The thread that writes to the terminal: a frame in, one `write` out.
//!
//! A terminal behind a slow link makes `write` block. Here it blocks nobody else: the loop sees
//! that the last frame is still under way, goes on taking in events, and draws the newest state
//! when the way is free.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::{Notice, sys};

/// Shared by whoever has something to write and the thread that writes.
#[derive(Debug)]
pub(super) struct Output {
    state: Mutex<State>,
    changed: Condvar,
    notices: Sender<Notice>,
}

#[derive(Debug, Default)]
struct State {
    /// To be written next.
    queued: Vec<u8>,
    is_writing: bool,
    phase: Phase,
    /// The loop has a frame and waits for its turn.
    is_awaited: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Open,
    /// What is queued is written, and no more.
    Closing,
    /// The terminal is gone: nothing is written.
    Dead,
}

impl Output {
    /// Starts the thread. It ends after [`Output::close`].
    pub(super) fn start(terminal: File, notices: Sender<Notice>) -> io::Result<Arc<Self>> {
        let output = Arc::new(Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            notices,
        });
        let ours = Arc::clone(&output);
        thread::Builder::new()
            .name("terminal-output".to_owned())
            .spawn(move || ours.write_all_queued(terminal))?;
        Ok(output)
    }

    /// Queues `bytes` and leaves the vector empty; returns at once.
    pub(super) fn commit(&self, bytes: &mut Vec<u8>) {
        let mut state = self.lock();
        if state.phase == Phase::Dead {
            bytes.clear();
        } else if state.queued.is_empty() {
            std::mem::swap(&mut state.queued, bytes);
        } else {
            state.queued.append(bytes);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Is everything written? If not, a [`Notice::Writable`] follows when it is.
    pub(super) fn is_free(&self) -> bool {
        let mut state = self.lock();
        state.is_awaited = !state.is_idle();
        !state.is_awaited
    }

    /// Waits until everything is written, but no longer than `at_most`; is it?
    pub(super) fn settle(&self, at_most: Duration) -> bool {
        let until = Instant::now() + at_most;
        let mut state = self.lock();
        while !state.is_idle() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = match self.changed.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        true
    }

    /// Ends the thread once everything is written.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Open {
            state.phase = Phase::Closing;
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Writes nothing more.
    pub(super) fn abandon(&self) {
        self.lock().give_up();
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_all_queued(&self, mut terminal: File) {
        let mut bytes = Vec::new();
        let mut state = self.lock();
        loop {
            if state.queued.is_empty() {
                if state.phase != Phase::Open {
                    return;
                }
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            std::mem::swap(&mut state.queued, &mut bytes);
            state.is_writing = true;
            drop(state);
            let written = write(&mut terminal, &bytes);
            bytes.clear();
            state = self.lock();
            state.is_writing = false;
            if written.is_err() && state.phase != Phase::Dead {
                state.give_up();
                let _ = self.notices.send(Notice::Broken);
            }
            if std::mem::take(&mut state.is_awaited) {
                let _ = self.notices.send(Notice::Writable);
            }
            self.changed.notify_all();
        }
    }
}

impl State {
    fn is_idle(&self) -> bool {
        self.queued.is_empty() && !self.is_writing
    }

    fn give_up(&mut self) {
        self.phase = Phase::Dead;
        self.queued.clear();
    }
}

/// As `write_all`, and it waits where somebody made the terminal non-blocking.
fn write(terminal: &mut File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match terminal.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = &bytes[n..],
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                sys::wait_writable(terminal.as_fd())?;
            }
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test is a panic")]
mod tests {
    use std::io::Read;
    use std::os::fd::OwnedFd;

    use super::*;

    #[test]
    fn a_full_terminal_blocks_nobody_and_says_when_it_has_room() {
        let (mut reader, writer) = io::pipe().unwrap();
        let (notices, received) = crossbeam_channel::unbounded();
        let output = Output::start(File::from(OwnedFd::from(writer)), notices).unwrap();
        let mut frame = vec![b'x'; 1 << 20];
        output.commit(&mut frame);
        assert!(frame.is_empty());
        assert!(!output.is_free(), "a pipe holds less than that");
        assert!(!output.settle(Duration::from_millis(5)));
        output.commit(&mut b"end".to_vec());
        let mut read = vec![0; (1 << 20) + 3];
        reader.read_exact(&mut read).unwrap();
        assert!(read.ends_with(b"xend"));
        let notice = received.recv_timeout(Duration::from_secs(5)).unwrap();
        assert_eq!(notice, Notice::Writable);
        assert!(output.settle(Duration::from_secs(5)));
        assert!(output.is_free());
        output.close();
        assert_eq!(reader.read(&mut read).unwrap(), 0, "the thread has ended");
    }
}
