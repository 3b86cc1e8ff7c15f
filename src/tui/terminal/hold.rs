//! Our hold on the terminal, known to the whole process so that whoever notices the end of things
//! (the loop, a panic, a second signal) can let go of it.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use signal_hook::consts::SIGHUP;
use signal_hook::low_level;

use super::Notice;
use super::capture::Capture;
use super::crash;
use super::output::Output;
use crate::display::marked;
use crate::files::remove_unfinished;

/// Ends modes that are set nowhere too; that costs a few bytes and spares the bookkeeping.
pub(super) const LEAVE: &[u8] =
    b"\x1b[?2026l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[m\x1b[?25h\x1b[?1049l";

/// How long a slow terminal may take for the last frame and for the way out: the process is to end within
/// a second.
const PATIENCE: Duration = Duration::from_millis(700);
/// The same where somebody does not want to wait.
const HASTE: Duration = Duration::from_millis(200);

/// How long the rest of the program may take to close once the terminal is gone.
const GRACE: Duration = Duration::from_millis(500);

static CURRENT: Mutex<Option<Arc<Hold>>> = Mutex::new(None);

/// What must be undone, and with what.
#[derive(Debug)]
pub(super) struct Hold {
    terminal: File,
    output: Arc<Output>,
    notices: Sender<Notice>,
    ui_thread: ThreadId,
    /// Some while the terminal is ours.
    capture: Mutex<Option<Capture>>,
    is_ending: AtomicBool,
    is_gone: AtomicBool,
}

impl Hold {
    /// For the calling thread, which is the one that draws. Nothing is taken hold of yet.
    pub(super) fn new(terminal: File, output: Arc<Output>, notices: Sender<Notice>) -> Arc<Self> {
        install_panic_hook();
        crash::prepare(terminal.as_fd());
        let hold = Arc::new(Self {
            terminal,
            output,
            notices,
            ui_thread: thread::current().id(),
            capture: Mutex::new(None),
            is_ending: AtomicBool::new(false),
            is_gone: AtomicBool::new(false),
        });
        *lock(&CURRENT) = Some(Arc::clone(&hold));
        hold
    }

    /// Takes the terminal. The modes follow with the first frame.
    pub(super) fn take(&self) -> io::Result<()> {
        let mut capture = lock(&self.capture);
        if capture.is_none() {
            // First, since a process in the background is stopped here, before it writes.
            enable_raw_mode()?;
            match Capture::start() {
                Ok(started) => {
                    crash::arm(self.terminal.as_fd(), started.file());
                    *capture = Some(started);
                }
                Err(e) => {
                    let _ = disable_raw_mode();
                    return Err(e);
                }
            }
        }
        Ok(())
    }

    /// Gives the terminal back as it was found, from any thread and any number of times.
    pub(super) fn restore(&self) {
        self.give_back(&mut lock(&self.capture), PATIENCE);
    }

    /// The same at once, even if another thread is at it and stuck.
    pub(super) fn restore_hastily(&self) {
        if let Ok(mut capture) = self.capture.try_lock() {
            self.give_back(&mut capture, HASTE);
        } else {
            self.output.settle(HASTE);
            let _ = disable_raw_mode();
        }
    }

    fn give_back(&self, capture: &mut Option<Capture>, patience: Duration) {
        let Some(capture) = capture.take() else {
            return;
        };
        let until = Instant::now() + patience;
        let left = || until.saturating_duration_since(Instant::now());
        let takes_bytes = !self.is_gone.load(Ordering::SeqCst) && self.output.settle(left()) && {
            self.output.commit(&mut LEAVE.to_vec());
            self.output.settle(left())
        };
        crash::disarm();
        let _ = disable_raw_mode();
        let collected = capture.finish();
        if takes_bytes {
            let collected = String::from_utf8_lossy(&collected);
            for line in collected.lines() {
                let _ = writeln!(io::stderr(), "{}", marked(line));
            }
        }
    }

    /// Ends the hold for good.
    pub(super) fn release(&self) {
        self.restore();
        self.output.close();
        *lock(&CURRENT) = None;
    }

    /// Tells the loop.
    pub(super) fn notify(&self, notice: Notice) {
        // The loop may have ended.
        let _ = self.notices.send(notice);
    }

    /// True for the first caller.
    pub(super) fn is_first_end(&self) -> bool {
        !self.is_ending.swap(true, Ordering::SeqCst)
    }

    /// The terminal is gone: nothing is written any more, and the program ends.
    pub(super) fn hang_up(&self) {
        if !self.is_gone.swap(true, Ordering::SeqCst) {
            self.output.abandon();
            exit_within_grace();
            self.notify(Notice::Ending(SIGHUP));
        }
    }
}

/// The hold on the terminal, if there is one.
pub(super) fn current() -> Option<Arc<Hold>> {
    lock(&CURRENT).clone()
}

/// Ends the process soon, however long its threads would like to go on: nobody can see it any more.
pub(super) fn exit_within_grace() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let started = thread::Builder::new()
            .name("last-grace".to_owned())
            .spawn(|| {
                thread::sleep(GRACE);
                if let Some(hold) = current() {
                    hold.restore_hastily();
                }
                remove_unfinished();
                low_level::exit(128 + SIGHUP);
            });
        if started.is_err() {
            low_level::exit(128 + SIGHUP);
        }
    });
}

/// A panic of the thread that draws is printed on the restored terminal. Panics of other threads
/// leave the UI alone: whoever runs them catches and reports them, and what they print is captured.
fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let next = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if let Some(hold) = current()
                && hold.ui_thread == thread::current().id()
            {
                hold.restore();
            }
            next(info);
        }));
    });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
