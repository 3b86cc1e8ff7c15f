//! The log: one writer, many readers, older events in a file, any moment given back.

mod day;
mod ledger;
mod made_up;
mod moments;
mod older;
mod readers;

use lazydebugger::event::{Event, EventKind};
use lazydebugger::log::Log;
use lazydebugger::vocabulary::Note;

fn noted(number: usize) -> EventKind {
    EventKind::Noted(Note::info(format!("number {number}")))
}

/// All that a log says from an event on, once it is over.
fn all_from(log: &Log, seq: u64) -> Vec<Event> {
    let events = log.subscribe_from(seq);
    events.map(|event| event.clone()).collect()
}
