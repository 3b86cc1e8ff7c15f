//! What other machines do for a session: what they tell, and what they have made in the end.

use std::sync::Arc;

use super::driver::Driver;
use crate::event::{Command, EventKind};
use crate::shard::Parts;
use crate::vocabulary::Problem;

/// What comes from elsewhere.
pub enum Elsewhere {
    /// Something that a worker told.
    Told(Box<EventKind>),
    /// The parts of all shards: what runs from now on finds its scores there.
    Made(Arc<Parts>),
    /// What is to be done then.
    Command(Command),
    /// There will be none: the session is over.
    Refused(Vec<Problem>),
}

impl Driver {
    pub(super) fn hear(&mut self, elsewhere: Elsewhere) {
        match elsewhere {
            Elsewhere::Told(kind) => self.emit(*kind),
            Elsewhere::Made(parts) => {
                if let Some(below) = &self.below {
                    below.take_parts(parts.clone());
                }
                self.parts = Some(parts);
            }
            Elsewhere::Command(command) => {
                self.emit(EventKind::CommandGiven {
                    command: command.clone(),
                });
                self.obey(command);
            }
            Elsewhere::Refused(problems) => self.refuse(problems),
        }
    }
}
