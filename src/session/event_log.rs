//! Where events get their number and their time.

use std::time::Instant;

use crossbeam_channel::Sender;

use crate::event::{Event, EventKind};

/// Stamps events and sends them off.
pub struct EventLog {
    events: Sender<Event>,
    started: Instant,
    seq: u64,
}

impl EventLog {
    /// A log that begins now.
    pub fn to(events: Sender<Event>) -> Self {
        Self {
            events,
            started: Instant::now(),
            seq: 0,
        }
    }

    /// Logs what happened just now.
    pub fn emit(&mut self, kind: EventKind) {
        self.emit_all([kind]);
    }

    /// Logs what happened just now and all at once: one look at the clock is enough.
    pub fn emit_all(&mut self, kinds: impl IntoIterator<Item = EventKind>) {
        let t = self.started.elapsed().as_secs_f64();
        for kind in kinds {
            self.send(t, kind);
        }
    }

    fn send(&mut self, t: f64, kind: EventKind) {
        let seq = self.seq;
        self.seq += 1;
        let event = Event { seq, t, kind };
        // Nobody listening is no reason to stop working: a headless caller may only wait.
        let _ = self.events.send(event);
    }
}
