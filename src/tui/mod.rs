//! The terminal UI: a view of the event log, and the keys that give commands.
//!
//! An arrow reads "uses":
//!
//! ```text
//! app_loop ─> screen ─> panel, overlay, bars ─> draw ─> keymap ─> command ─> layout
//! ```
//!
//! - `app_loop`: waits for anything, drains everything, draws at most once; `terminal` is its other end
//! - [`screen`]: the state that is left when the log has told all it knows, and what keys do to it
//! - `panel`: a panel, a room: its state, its keys, its picture, its mouse
//! - `overlay`: what lies over the panels; `bars`: what surrounds them
//! - `draw`: what pictures are made with, and the [`View`](draw::View) that they are made from
//! - [`find`]: what lists are filtered by
//! - [`command`], [`keymap`], [`key`]: what can be done, as a table; with which keys, as another
//! - [`config`]: the user's own keys and colours
//! - [`race`]: two sessions on one screen, a screen of its own
//! - [`layout`]: the parts of the screen and where they are
//!
//! Nothing here knows a session: events come in, commands go out as values, and whoever runs the
//! loop hands them on.

pub mod app_loop;
mod bars;
pub mod command;
pub mod config;
mod draw;
pub mod find;
pub mod key;
pub mod keymap;
pub mod layout;
mod overlay;
mod panel;
pub mod race;
pub mod screen;
pub mod terminal;

pub use draw::{ResultRow, theme};
pub use overlay::Overlay;

use crate::explain::summary;
use crate::ledger::Refusal;
use app_loop::{Exit, TerminalError, Wire};
use screen::{Options, Screen, Source};

/// How the UI was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// By whom.
    pub exit: Exit,
    /// Why there is nothing to show: the experiment cannot be validated as it stands, or the session
    /// has ended of its own accord.
    pub refused: Option<Refusal>,
    /// The session in a few lines, for the scrollback.
    pub summary: Vec<String>,
}

impl Left {
    /// Is there somebody to tell the summary, and something to tell? Who was hung up on, is gone.
    pub fn can_be_told(&self) -> bool {
        self.exit == Exit::Quit && self.refused.is_none() && !self.summary.is_empty()
    }
}

/// Shows a session on the terminal until the user leaves.
pub fn run(
    wire: Wire,
    source: Source,
    options: Options,
    terminal: terminal::Options,
) -> Result<Left, TerminalError> {
    let mut screen = Screen::new(options, source).looking_back_on(wire.events.log());
    if let Some(config) = &wire.config {
        screen = screen.with_config(config.config().clone());
    }
    let exit = app_loop::run(&mut screen, wire, terminal)?;
    let refused = screen.ledger().refused.clone();
    // Nobody but the user closes a session.
    let died = screen.end().filter(|_| source == Source::Session);
    let summary = summary::lines(screen.ledger());
    Ok(Left {
        exit,
        summary,
        refused: refused.or_else(|| died.map(|end| Refusal::of_its_own_accord(end.lost()))),
    })
}
