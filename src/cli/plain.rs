//! `--plain`: a line an event, for those who have no screen, or do not want one.

use std::io::{self, Write};

use super::output::Failure;
use crate::explain::events::event_line;
use crate::log::{NoEvent, Subscription};

/// Writes all that happens to standard output, until the log is over or nobody reads any more.
pub(super) fn follow(mut events: Subscription) -> Result<u8, Failure> {
    let mut stdout = io::stdout().lock();
    loop {
        let event = match events.try_next() {
            // All that there is goes out before anything is waited for.
            Err(NoEvent::Yet) => stdout.flush().map(|()| events.wait_next()),
            found => Ok(found),
        };
        let written = match event {
            Ok(Ok(event)) => writeln!(stdout, "{}", event_line(&event)),
            Ok(Err(NoEvent::Lost(error))) => return Err(Failure::input(error)),
            Ok(Err(_)) => return ended(stdout.flush()),
            Err(error) => return ended(Err(error)),
        };
        if written.is_err() {
            return ended(written);
        }
    }
}

/// That nobody reads any more (`lazydebugger replay --plain TRACE | head`) is no error.
fn ended(written: io::Result<()>) -> Result<u8, Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::input(format!("stdout: {error}")))
        }
        _ => Ok(0),
    }
}
