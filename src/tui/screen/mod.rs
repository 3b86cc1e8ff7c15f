//! The screen: what the log says so far, and what the user looks at in it. No I/O and no clock: time
//! comes from events and ticks, and commands leave as values.
//!
//! ```text
//!   LazyDebugger  Adult income · adult_test.parquet        eager-core · quick   ✓ done 3.41 s
//!  ╭▸Dimensions ──── state ─── result ── time ─╮╭ Cache ──────────────────────────────────╮
//!  │ 1 [x] robustness  ✓ ok  0.9129 auc  1.5 s ││ hit rate 64% ━━━━━━━━━━━━───┃── 70%     │
//!  │ 2 [x] fairness    ⠹ loading ━━━━──  3/5   ││ hits 9   misses 5   saved 1.94 s        │
//!  ╰───────────────────────────────────────────╯│ ── lookups ──────────────────────────── │
//!  ╭ Resources ────────── size ── load ─ held ─╮│ 2.31 s ○ miss  rf@calibration  first    │
//!  │ ▾ Tables            1.6 MB  0.02 s  1 of 3│╰─────────────────────────────────────────╯
//!  │   ● dataset         1.6 MB  0.02 s  strat.│╭ Memory ─────────────────────────────────╮
//!  │   · calibration    ~0.8 MB          avoid.││ estimated  59 MB   ⣀⣠⣤⣶⣿ over time      │
//!  │ ▾ Models           57.3 MB  0.42 s  1 of 15│╰─────────────────────────────────────────╯
//!  │   ● random_forest ~57.3 MB  0.42 s  strat.│╭ Results ────────────────────────────────╮
//!  │   ▸ variants                        0 of 12││ figure, gates, tables, notes            │
//!  ╰───────────────────────────────────────────╯╰─────────────────────────────────────────╯
//!   run 1 finished in 3.41 s
//!   space toggle  r run  a all/none  R rerun  tab panel  z zoom  ? help  q quit
//! ```
//!
//! - `app`: how the loop drives it
//! - `available`, `act`: which commands would do something now, and what they do
//! - `find`: the line in which a filter is typed, and the way back from a jump
//! - `mouse`: what the mouse does
//! - `past`: looking back at a moment of the log
//! - `message`: what is said below the panels
//! - `what_if`: the curves of other caches, played on a thread of their own
//! - `picture`: puts the pictures of its parts together

mod act;
mod app;
mod available;
mod find;
mod message;
mod mouse;
mod past;
mod picture;
mod what_if;

use std::time::Duration;

use super::app_loop::End;
use super::config::Config;
use super::draw::View;
use super::draw::glyphs::Glyphs;
use super::draw::theme::{Colours, Theme, ThemeName};
use super::keymap::Keymap;
use super::layout::{Layout, PanelName};
use super::overlay::{Overlaid, Overlay};
use super::panel::Panels;
use super::terminal::{Capabilities, ColourDepth};
use crate::ledger::Ledger;
use crate::log::Log;
use crate::vocabulary::{Dimension, Note};
use find::{Place, Prompt};
use past::Past;
use what_if::Curving;

/// Time from one frame of the spinner to the next.
const TICK: Duration = Duration::from_millis(100);
/// A recording that ends amid a load must not spin for ever.
const REPLAY_TICKS: u64 = 50;

/// Where the events come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A session that takes commands.
    Session,
    /// A session that somebody else has begun, which goes on when the screen is left.
    Elsewhere {
        /// Does it take commands from here?
        takes_commands: bool,
    },
    /// A recording.
    Recording,
}

impl Source {
    /// What the head says of it; nothing of a session of one's own.
    pub(super) const fn label(self) -> Option<&'static str> {
        match self {
            Self::Session => None,
            Self::Elsewhere { .. } => Some("attached"),
            Self::Recording => Some("replay"),
        }
    }

    /// Can nothing be done but look?
    const fn looks_only(self) -> bool {
        matches!(
            self,
            Self::Recording
                | Self::Elsewhere {
                    takes_commands: false
                }
        )
    }
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

    pub(in crate::tui) fn glyphs(self) -> &'static Glyphs {
        let has_colours = self.colours && self.theme != ThemeName::Mono;
        Glyphs::of(self.unicode, has_colours)
    }

    pub(in crate::tui) fn theme(self, colours: &Colours) -> Theme {
        if self.colours {
            Theme::with(self.theme, colours)
        } else {
            Theme::plain()
        }
    }
}

/// Something that the screen says of itself, until the log has something newer.
#[derive(Debug)]
struct Remark {
    note: Note,
    /// The news that there had been by then.
    after: u64,
}

/// The screen but for what its panels hold.
#[derive(Debug)]
struct Scene {
    /// What the log says by now.
    ledger: Ledger,
    /// The log itself, to look back.
    log: Option<Log>,
    /// The moment that is looked at, if that is not now.
    past: Option<Past>,
    /// What the log said when a run was pinned.
    pinned: Option<Box<Ledger>>,
    /// How quickly the past is played, as a power of two.
    speed: i32,
    source: Source,
    options: Options,
    /// Colours that the user has put in place of a theme's.
    colours: Colours,
    theme: Theme,
    keymap: Keymap,
    /// The panels, the one with the focus first, then by when they had it last.
    recent: Vec<PanelName>,
    zoomed: bool,
    overlay: Option<Overlaid>,
    /// The line in which a filter is typed, while it is open.
    prompt: Option<Prompt>,
    /// Where jumps began, the last one last.
    trail: Vec<Place>,
    remark: Option<Remark>,
    /// Is the link to the terminal shown?
    shows_link: bool,
    /// What it does, where that is shown.
    link: Option<String>,
    /// What other caches would have done, once somebody has asked.
    curving: Option<Curving>,
    /// Is that still to be drawn?
    awaits_curves: bool,
    /// No more events will come.
    end: Option<End>,
    /// Ticks since the start, and since the last event.
    ticks: u64,
    ticks_since_event: u64,
    layout: Layout,
}

impl Scene {
    /// Seconds since the session began, at the moment that is looked at.
    fn now(&self) -> f64 {
        let ticking = self.ticks_since_event as f64 * TICK.as_secs_f64();
        let past = self.past_view();
        past.map_or(self.ledger.now + ticking, |past| past.now)
    }

    fn view(&self, dimension: Dimension) -> View<'_> {
        let glyphs = self.options.glyphs();
        View {
            ledger: self.shown(),
            live: &self.ledger,
            log: self.log.as_ref(),
            pinned: self.pinned.as_deref(),
            theme: &self.theme,
            glyphs,
            keymap: &self.keymap,
            layout: &self.layout,
            focus: self.recent.first().copied().unwrap_or_default(),
            is_covered: self.overlay.is_some(),
            is_replay: self.source.looks_only(),
            label: self.source.label(),
            dimension,
            now: self.now(),
            past: self.past_view(),
            link: self.link.as_deref(),
            curves: self.curving.as_ref().and_then(Curving::curves),
            is_computing_curves: self.curving.as_ref().is_some_and(Curving::is_under_way),
            spinner: glyphs.spin(self.ticks),
        }
    }
}

/// The screen.
#[derive(Debug)]
pub struct Screen {
    scene: Scene,
    panels: Panels,
    is_dirty: bool,
}

impl Screen {
    /// An empty screen.
    pub fn new(options: Options, source: Source) -> Self {
        let scene = Scene {
            ledger: Ledger::default(),
            log: None,
            past: None,
            pinned: None,
            speed: 0,
            source,
            theme: options.theme(&Colours::default()),
            colours: Colours::default(),
            options,
            keymap: Keymap::default(),
            recent: PanelName::ALL.to_vec(),
            zoomed: false,
            overlay: None,
            prompt: None,
            trail: Vec::new(),
            remark: None,
            shows_link: false,
            link: None,
            curving: None,
            awaits_curves: false,
            end: None,
            ticks: 0,
            ticks_since_event: 0,
            layout: Layout::default(),
        };
        Self {
            scene,
            panels: Panels::default(),
            is_dirty: true,
        }
    }

    /// With the log that the events come from: it can be looked back at.
    #[must_use]
    pub fn looking_back_on(mut self, log: Log) -> Self {
        self.scene.log = Some(log);
        self
    }

    /// As the user wants it.
    #[must_use]
    pub fn with_config(mut self, config: Config) -> Self {
        self.configure(config);
        self
    }

    fn configure(&mut self, config: Config) {
        let scene = &mut self.scene;
        scene.keymap = config.keymap;
        scene.colours = config.colours;
        if let Some(theme) = config.theme {
            scene.options.theme = theme;
        }
        scene.theme = scene.options.theme(&scene.colours);
    }

    fn wear(&mut self, theme: ThemeName) {
        self.scene.options.theme = theme;
        self.scene.theme = self.scene.options.theme(&self.scene.colours);
        self.remark(Note::info(format!("theme {}", theme.name())));
    }

    /// With other keys.
    #[must_use]
    pub fn with_keymap(mut self, keymap: Keymap) -> Self {
        self.scene.keymap = keymap;
        self
    }

    /// What the log says so far.
    pub fn ledger(&self) -> &Ledger {
        &self.scene.ledger
    }

    /// Have all events come that there will be? If so, why.
    pub fn end(&self) -> Option<&End> {
        self.scene.end.as_ref()
    }

    /// The panel that takes the keys.
    pub fn focus(&self) -> PanelName {
        self.scene.recent.first().copied().unwrap_or_default()
    }

    /// The dimension under the cursor, whose results are shown.
    pub fn dimension(&self) -> Dimension {
        self.panels.dimensions.shown(self.scene.shown())
    }

    /// The row under the cursor among the last lookups.
    pub fn lookup_row(&self) -> usize {
        self.panels.cache.row()
    }

    /// What lies over the panels.
    pub fn overlay(&self) -> Option<&Overlay> {
        self.scene.overlay.as_ref().map(|overlaid| &overlaid.what)
    }

    fn is_replay(&self) -> bool {
        self.scene.source.looks_only()
    }

    fn view(&self) -> View<'_> {
        self.scene.view(self.dimension())
    }

    fn remark(&mut self, note: Note) {
        let after = self.scene.shown().news.number;
        self.scene.remark = Some(Remark { note, after });
    }

    fn focus_on(&mut self, panel: PanelName) {
        self.scene.recent.retain(|other| *other != panel);
        self.scene.recent.insert(0, panel);
    }

    fn lay_over(&mut self, overlay: Overlay) {
        self.scene.overlay = Some(Overlaid::new(overlay));
    }
}
