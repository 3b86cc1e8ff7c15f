//! The state of the screen: a [`Ledger`], and what the user looks at in it. No I/O and no clock;
//! time comes from events and ticks.

mod act;
mod app;
mod available;
mod layout;
mod list;
mod mouse;
mod tree;

pub use layout::{Arrangement, LEAST, Layout, Placed};
pub use list::{List, Move};
pub use tree::{Row, RowId, Tree};

use std::time::Duration;

use crossbeam_channel::Sender;

use super::glyphs::Glyphs;
use super::terminal::{Capabilities, ColourDepth};
use super::theme::{Theme, ThemeName};
use crate::event::Command;
use crate::ledger::Ledger;
use crate::vocabulary::{Dimension, ResourceName};

/// Time from one frame of the spinner to the next.
const TICK: Duration = Duration::from_millis(100);
/// A recording that ends amid a load must not spin for ever.
const REPLAY_TICKS: u64 = 50;

/// A part of the screen that can have the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panel {
    /// What can be run, and how it went.
    #[default]
    Dimensions,
    /// What is in memory.
    Resources,
    /// What the prediction cache did.
    Cache,
    /// What the process takes.
    Memory,
    /// What the selected dimension found.
    Results,
}

impl Panel {
    /// All of them, in the order of the tab key.
    pub const ALL: [Self; 5] = [
        Self::Dimensions,
        Self::Resources,
        Self::Cache,
        Self::Memory,
        Self::Results,
    ];

    /// As shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Dimensions => "Dimensions",
            Self::Resources => "Resources",
            Self::Cache => "Cache",
            Self::Memory => "Memory",
            Self::Results => "Results",
        }
    }
}

/// Something over the panels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// All keys.
    Help,
    /// What each strategy would load.
    Plan,
    /// A resource explained; with the lookup in question, by its place in the ledger.
    Why {
        /// Which resource.
        name: ResourceName,
        /// Which lookup.
        lookup: Option<usize>,
    },
    /// Leave while a run goes on?
    ConfirmQuit,
}

/// How bad a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It says what happened.
    Plain,
    /// It says what to look at.
    Warning,
    /// It says what went wrong.
    Error,
}

/// What was said last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The text.
    pub text: String,
    /// How bad it is.
    pub tone: Tone,
}

/// How the screen is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The theme to start with.
    pub theme: ThemeName,
    /// Are there colours at all?
    pub colours: bool,
    /// Does the locale allow more than ASCII?
    pub unicode: bool,
}

impl Options {
    /// What suits a terminal: its own sixteen colours where it has no more.
    pub fn for_terminal(capabilities: &Capabilities) -> Self {
        Self {
            theme: if capabilities.depth == ColourDepth::Ansi16 {
                ThemeName::Terminal
            } else {
                ThemeName::Dark
            },
            colours: capabilities.depth != ColourDepth::None,
            unicode: capabilities.unicode,
        }
    }
}

/// The screen.
#[derive(Debug)]
pub struct Screen {
    ledger: Ledger,
    /// None when a recording is shown.
    commands: Option<Sender<Command>>,
    options: Options,
    theme: Theme,
    glyphs: &'static Glyphs,
    /// The panels, the one with the focus first, then by when they had it last.
    recent: Vec<Panel>,
    zoomed: bool,
    dimensions: List,
    tree: Tree,
    lookups: List,
    /// The lookups that concern the prediction cache, by their place in the ledger.
    cache_lookups: Vec<usize>,
    results_scroll: usize,
    overlay: Option<Overlay>,
    overlay_scroll: usize,
    message: Option<Message>,
    /// Does the cursor go along with the dimension that runs?
    follows_run: bool,
    /// Ticks since the start, and since the last event.
    ticks: u64,
    ticks_since_event: u64,
    layout: Layout,
    is_dirty: bool,
}

impl Screen {
    /// An empty screen. Without a channel for commands it shows a recording.
    pub fn new(options: Options, commands: Option<Sender<Command>>) -> Self {
        Self {
            ledger: Ledger::default(),
            commands,
            options,
            theme: theme_of(options),
            glyphs: Glyphs::of(options.unicode),
            recent: Panel::ALL.to_vec(),
            zoomed: false,
            dimensions: List::default(),
            tree: Tree::default(),
            lookups: List::following(),
            cache_lookups: Vec::new(),
            results_scroll: 0,
            overlay: None,
            overlay_scroll: 0,
            message: None,
            follows_run: true,
            ticks: 0,
            ticks_since_event: 0,
            layout: Layout::default(),
            is_dirty: true,
        }
    }

    /// What the log says so far.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The panel that takes the keys.
    pub fn focus(&self) -> Panel {
        self.recent.first().copied().unwrap_or_default()
    }

    /// The dimension under the cursor, whose results are shown.
    pub fn dimension(&self) -> Dimension {
        Dimension::ALL[self.dimensions.selected.min(Dimension::ALL.len() - 1)]
    }

    /// The tree of resources.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The cursor in the lookups, and the lookups, by their place in the ledger.
    pub fn lookups(&self) -> (&List, &[usize]) {
        (&self.lookups, &self.cache_lookups)
    }

    /// First line of the results in sight.
    pub fn results_scroll(&self) -> usize {
        self.results_scroll
    }

    /// What lies over the panels, and its first line in sight.
    pub fn overlay(&self) -> Option<(&Overlay, usize)> {
        self.overlay
            .as_ref()
            .map(|overlay| (overlay, self.overlay_scroll))
    }

    /// What was said last.
    pub fn message(&self) -> Option<&Message> {
        self.message.as_ref()
    }

    /// Is a recording shown?
    pub fn is_replay(&self) -> bool {
        self.commands.is_none()
    }

    /// Does one panel cover the others?
    pub fn is_zoomed(&self) -> bool {
        self.zoomed
    }

    /// The styles.
    pub fn theme(&self) -> &Theme {
        &self.theme
    }

    /// The signs.
    pub(in crate::tui) fn glyphs(&self) -> &'static Glyphs {
        self.glyphs
    }

    /// The sign for work under way, at this moment.
    pub fn spinner(&self) -> &'static str {
        self.glyphs.spin(self.ticks)
    }

    /// Where everything is.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Seconds since the session began: the last event's time, and the ticks since.
    pub fn now(&self) -> f64 {
        self.ledger.now + self.ticks_since_event as f64 * TICK.as_secs_f64()
    }

    fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.message = Some(Message {
            text: text.into(),
            tone,
        });
    }

    fn focus_on(&mut self, panel: Panel) {
        self.recent.retain(|other| *other != panel);
        self.recent.insert(0, panel);
    }

    fn show_dimension(&mut self, dimension: Dimension) {
        if self.dimension() != dimension {
            self.dimensions.selected = dimension as usize;
            self.results_scroll = 0;
        }
    }
}

fn theme_of(options: Options) -> Theme {
    if options.colours {
        Theme::builtin(options.theme)
    } else {
        Theme::plain()
    }
}
