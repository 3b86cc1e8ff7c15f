//! What the pictures are made from. Nobody changes anything through it.

use crate::ledger::Ledger;
use crate::tui::command::Action;
use crate::tui::draw::glyphs::Glyphs;
use crate::tui::draw::theme::Theme;
use crate::tui::keymap::Keymap;
use crate::tui::layout::{Layout, PanelName};
use crate::vocabulary::Dimension;

/// The screen as it is, for those who draw a part of it or judge what can be done.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct View<'a> {
    /// What the log said at the moment that is shown.
    pub ledger: &'a Ledger,
    /// What it says by now.
    pub live: &'a Ledger,
    /// The styles.
    pub theme: &'a Theme,
    /// The signs.
    pub glyphs: &'static Glyphs,
    /// The keys.
    pub keymap: &'a Keymap,
    /// Where everything is.
    pub layout: &'a Layout,
    /// The panel that takes the keys.
    pub focus: PanelName,
    /// Does something lie over the panels?
    pub is_covered: bool,
    /// Can nothing be done but look, as with a recording?
    pub is_replay: bool,
    /// What is looked at, where it is not a session of one's own.
    pub label: Option<&'static str>,
    /// The dimension under the cursor, whose results are shown.
    pub dimension: Dimension,
    /// Seconds since the session began.
    pub now: f64,
    /// Where the screen stands, where that is not at now.
    pub past: Option<PastView>,
    /// The sign for work under way, at this moment.
    pub spinner: &'static str,
}

/// A moment of the past that is looked at.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct PastView {
    /// Events that there have been by now.
    pub events: u64,
    /// Seconds since the session began, at that moment.
    pub now: f64,
    /// How many times as fast as it was it is played, if it is.
    pub speed: Option<f64>,
}

impl<'a> View<'a> {
    /// What to press for a command.
    pub(in crate::tui) fn key(&self, action: Action) -> &'a str {
        self.keymap.hint(action)
    }
}
