//! The thread that turns signals into notices, for as long as the process lives.
//!
//! Ending signals get one chance to be answered in order. The second one, and any that arrives
//! when the UI is down already, ends the process on the spot.

use std::io;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use signal_hook::low_level;

use super::hold::{self, Hold};
use super::{Notice, sys};
use crate::files::remove_unfinished;

/// Starts the thread, once in a process.
pub(super) fn install() -> io::Result<()> {
    static INSTALLED: Mutex<bool> = Mutex::new(false);
    let mut is_installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if *is_installed {
        return Ok(());
    }
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGCONT, SIGWINCH])?;
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                on_signal(signal);
            }
        })?;
    *is_installed = true;
    Ok(())
}

fn on_signal(signal: i32) {
    let hold = hold::current();
    match (signal, hold) {
        (SIGWINCH, Some(hold)) => hold.notify(Notice::Resized),
        (SIGCONT, Some(hold)) => hold.notify(Notice::Continued),
        (SIGWINCH | SIGCONT, None) => {}
        (SIGTSTP, Some(hold)) => hold.notify(Notice::StopRequested),
        (SIGTSTP, None) => sys::stop(false),
        (_, hold) => end(signal, hold.as_deref()),
    }
}

fn end(signal: i32, hold: Option<&Hold>) {
    match hold {
        Some(hold) if hold.is_first_end() => {
            if signal == SIGHUP {
                hold::exit_within_grace();
            }
            hold.notify(Notice::Ending(signal));
        }
        _ => {
            if let Some(hold) = hold {
                hold.restore_hastily();
            }
            remove_unfinished();
            low_level::exit(128 + signal);
        }
    }
}
