//! The panels. Each has a room of its own: its state, what it does with commands and clicks, and its
//! picture. None of them knows the screen: they look at it through a [`View`] and answer with a
//! [`Step`].

pub(super) mod cache;
pub(super) mod dimensions;
mod events;
pub(super) mod list;
mod memory;
pub(super) mod resources;
mod results;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::command::{Action, Answer, unless};
use super::draw::{ResultRow, View};
use super::find::Filter;
use super::layout::{PanelName, Placed};
use crate::event::Command;
use crate::ledger::Ledger;
use crate::vocabulary::{Dimension, Note, ResourceName};
use cache::Cache;
use dimensions::Dimensions;
use events::Events;
use list::Move;
use memory::Memory;
use resources::Resources;
use results::Results;

/// What a panel asks of the screen.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing more.
    Done,
    /// To give these commands to the session.
    Give(Vec<Command>),
    /// To do what a command says, as if its key had been pressed.
    Do(Action),
    /// To show another dimension.
    Show(Dimension),
    /// To give another panel the focus.
    Focus(PanelName),
    /// To go to a row, perhaps of another panel, in such a way that one can come back.
    Jump(PanelName, Spot),
    /// To show a row of the results by itself.
    Open(ResultRow),
    /// To show the moment of this event, by its number in the log.
    LookAt(u64),
    /// To say something.
    Say(Note),
    /// To explain a resource; with the lookup in question, by its place in the ledger.
    Explain(ResourceName, Option<usize>),
    /// To put the text on the clipboard, and to say of what it is.
    Copy { text: String, of: ResourceName },
}

/// A row that one can come back to, by what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// Of a resource.
    Resource(ResourceName),
    /// Of a lookup, by its number in the ledger.
    Lookup(usize),
    /// Of an event, by its number in the log.
    Event(u64),
    /// The row at this place, where it shows nothing that has a name.
    Row(usize),
}

/// A part of the screen with a state of its own.
pub(super) trait Panel {
    /// Takes in what the log says by now.
    fn follow(&mut self, _ledger: &Ledger) {}

    /// Would one of its own commands do something now?
    fn available(&self, _action: Action, _view: &View<'_>) -> Answer {
        Ok(())
    }

    /// Does one of its own commands.
    fn perform(&mut self, _action: Action, _view: &View<'_>) -> Step {
        Step::Done
    }

    /// Moves its cursor, or scrolls.
    fn go(&mut self, to: Move, view: &View<'_>);

    /// A click within its frame.
    fn click(&mut self, _at: Position, _inner: Rect, _view: &View<'_>) -> Step {
        Step::Done
    }

    /// Brings its cursor into sight, within its frame; an empty one when it is out of sight itself.
    fn settle(&mut self, _inner: Rect, _view: &View<'_>) {}

    /// The row of its cursor, within its frame.
    fn cursor_row(&self, _view: &View<'_>) -> u16 {
        0
    }

    /// What its rows are filtered by; none where it is no list that can be.
    fn filter(&self) -> Option<&Filter> {
        None
    }

    /// Filters its rows from now on.
    fn find(&mut self, _filter: Filter, _view: &View<'_>) {}

    /// The row under its cursor.
    fn spot(&self, _view: &View<'_>) -> Option<Spot> {
        None
    }

    /// Puts its cursor on a row, if there is such a row.
    fn go_to(&mut self, _spot: &Spot, _view: &View<'_>) {}

    /// Draws it in its place.
    fn draw(&self, view: &View<'_>, buffer: &mut Buffer, placed: &Placed);
}

/// All panels.
#[derive(Debug, Default)]
pub(super) struct Panels {
    pub dimensions: Dimensions,
    pub resources: Resources,
    pub cache: Cache,
    memory: Memory,
    results: Results,
    events: Events,
}

impl Panels {
    /// A panel by name.
    pub(super) fn get(&self, name: PanelName) -> &dyn Panel {
        match name {
            PanelName::Dimensions => &self.dimensions,
            PanelName::Resources => &self.resources,
            PanelName::Cache => &self.cache,
            PanelName::Memory => &self.memory,
            PanelName::Results => &self.results,
            PanelName::Events => &self.events,
        }
    }

    /// A panel by name, to be changed.
    pub(super) fn get_mut(&mut self, name: PanelName) -> &mut dyn Panel {
        match name {
            PanelName::Dimensions => &mut self.dimensions,
            PanelName::Resources => &mut self.resources,
            PanelName::Cache => &mut self.cache,
            PanelName::Memory => &mut self.memory,
            PanelName::Results => &mut self.results,
            PanelName::Events => &mut self.events,
        }
    }
}

/// Why there is no evictor to go to.
const NOT_EVICTED: &str = "nothing was evicted here";

/// Why a key explains nothing.
const NOTHING_TO_EXPLAIN: &str = "nothing to explain here";

/// Is there a session to give commands to?
pub(super) fn can_command(view: &View<'_>) -> Answer {
    let now = view.key(Action::Now);
    unless(
        view.past.is_some(),
        format!("this moment is past: {now} goes back to now"),
    )?;
    let what = view.label.unwrap_or_default();
    unless(view.is_replay, format!("{what}: nothing to run here"))
}

/// That a cursor goes along with what happens, or does not any more.
fn following(follows: bool) -> Note {
    Note::info(if follows {
        "the cursor follows what happens"
    } else {
        "the cursor stays where it is"
    })
}
