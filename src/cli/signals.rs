//! Signals that end the process, from outside or by a limit.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::{Handle, Signals};

use super::output::{self, Failure};
use crate::process;

/// A file that grows beyond the process's limit is an error of that write, and not the end.
pub(super) fn survive_file_limits() {
    // Where this fails the process ends as it would without us.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

/// For as long as it is there, a signal ends the process at once, and what it had begun goes with it.
pub(super) struct EndsCleanly(Handle);

impl Drop for EndsCleanly {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// For commands without a session, and for what comes before one.
pub(super) fn end_cleanly() -> Result<EndsCleanly, Failure> {
    let mut signals = Signals::new(heeded(&[SIGINT, SIGTERM, SIGHUP])).map_err(Failure::input)?;
    let handle = signals.handle();
    let listen = move || {
        if let Some(signal) = signals.forever().next() {
            output::end(128 + signal);
        }
    };
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(listen)
        .map_err(Failure::input)?;
    Ok(EndsCleanly(handle))
}

/// Those that the process was not told to ignore when it was started (`nohup`).
pub(super) fn heeded(signals: &[i32]) -> Vec<i32> {
    let ignored = process::ignored_signals();
    let heeds = |signal: &&i32| ignored & (1 << (**signal - 1)) == 0;
    signals.iter().filter(heeds).copied().collect()
}
