//! The terminal UI: a fold over the event log, and the keys that send commands.

pub mod app_loop;
pub mod command;
mod glyphs;
pub mod screen;
pub mod terminal;
mod text;
pub mod theme;
mod view;

use crossbeam_channel::Sender;

use crate::event::Command;
use crate::ledger::Refusal;
use crate::log::Subscription;
use app_loop::{Exit, TerminalError};
use screen::{Options, Screen};

/// How the UI was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// By whom.
    pub exit: Exit,
    /// Why the experiment cannot be validated as it stands: there was nothing to show.
    pub refused: Option<Refusal>,
}

/// Shows a session on the terminal until the user leaves. With `commands` it is a live session and
/// the keys send commands to it; without, a recording is looked at.
pub fn run(
    events: Subscription,
    commands: Option<Sender<Command>>,
    options: Options,
    terminal: terminal::Options,
) -> Result<Left, TerminalError> {
    let mut screen = Screen::new(options, commands);
    let exit = app_loop::run(&mut screen, events, terminal)?;
    Ok(Left {
        exit,
        refused: screen.ledger().refused.clone(),
    })
}
