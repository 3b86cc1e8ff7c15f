//! Interrupts of a run: the first cancels it, the second ends the process at once. A run that cannot
//! be cancelled is not waited for.

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, at, bounded, never, select, unbounded};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::closing::GRACE;
use super::output::{self, Failure};
use super::signals::heeded;
use crate::log::{EventRef, NoEvent, Subscription};

/// The exit code of a run that was interrupted.
pub(super) const INTERRUPTED: u8 = 130;

/// How long a session that nobody has interrupted may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// The interrupts of one run.
pub(super) struct Interrupts {
    receiver: Receiver<()>,
    first: Option<Instant>,
}

/// What comes next.
pub(super) enum Next {
    /// Something has happened.
    Event(EventRef),
    /// The run is to be cancelled.
    Interrupted,
    /// The session is over.
    Ended,
    /// The run was to be cancelled, and goes on.
    Stuck,
}

impl Interrupts {
    /// Listens from now on; when this is dropped, an interrupt ends the process.
    pub(super) fn listen() -> Result<Self, Failure> {
        let (sender, receiver): (Sender<()>, _) = unbounded();
        let (ready, started) = bounded(1);
        let signals = Signals::new(heeded(&[SIGINT, SIGTERM, SIGHUP]));
        let mut signals = signals.map_err(Failure::input)?;
        let listen = move || {
            let _ = ready.send(());
            for signal in &mut signals {
                // Whoever would read the report of a cancelled run is gone.
                if signal == SIGHUP {
                    output::end(128 + SIGHUP);
                }
                // Nobody takes interrupts any more: what is left, a question or the report, may end. Or
                // nobody has taken the one before.
                if !sender.is_empty() || sender.send(()).is_err() {
                    output::end(INTERRUPTED.into());
                }
                end_unless_taken(sender.clone());
            }
        };
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(listen)
            .map_err(Failure::input)?;
        let _ = started.recv();
        Ok(Self {
            receiver,
            first: None,
        })
    }

    /// Waits for what comes next.
    pub(super) fn next(&mut self, events: &mut Subscription) -> Next {
        let too_late = self.first.map_or_else(never, |first| at(first + GRACE));
        loop {
            if self.receiver.try_recv().is_ok() {
                return self.interrupted();
            }
            match events.try_next() {
                Ok(event) => return Next::Event(event),
                Err(NoEvent::Yet) => {}
                Err(NoEvent::Ended | NoEvent::Lost(_)) => return Next::Ended,
            }
            select! {
                recv(events.wake()) -> _ => {}
                recv(self.receiver) -> _ => return self.interrupted(),
                recv(too_late) -> _ => return Next::Stuck,
            }
        }
    }

    fn interrupted(&mut self) -> Next {
        if self.first.replace(Instant::now()).is_some() {
            output::end(INTERRUPTED.into());
        }
        Next::Interrupted
    }

    /// Is the run to be cancelled?
    pub(super) fn have_come(&self) -> bool {
        self.first.is_some()
    }

    /// From now on whatever is left, such as the report of a run that was cancelled, has a moment: it may
    /// be for a pipe that nobody reads.
    pub(super) fn hurry(&self) {
        if self.have_come() {
            end_in_time(|| true);
        }
    }

    /// How long the session may take to end.
    pub(super) fn patience(&self) -> Duration {
        self.first
            .map_or(PATIENCE, |first| GRACE.saturating_sub(first.elapsed()))
    }
}

/// Ends the process if an interrupt is not taken in time: who takes them may wait for a pipe that nobody
/// reads.
fn end_unless_taken(sent: Sender<()>) {
    end_in_time(move || !sent.is_empty());
}

/// Ends the process after a moment, if it is to end then.
fn end_in_time(is_to_end: impl FnOnce() -> bool + Send + 'static) {
    let wait = move || {
        thread::sleep(GRACE);
        if is_to_end() {
            output::end(INTERRUPTED.into());
        }
    };
    let waits = thread::Builder::new().name("interrupt".to_owned());
    if waits.spawn(wait).is_err() {
        output::end(INTERRUPTED.into());
    }
}
