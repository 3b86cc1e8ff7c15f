//! What the pictures are made from. Nobody changes anything through it.

use ratatui::style::Style;

use crate::display;
use crate::event::DimensionOutcome;
use crate::ledger::Ledger;
use crate::log::Log;
use crate::tui::command::Action;
use crate::tui::draw::glyphs::Glyphs;
use crate::tui::draw::theme::Theme;
use crate::tui::keymap::Keymap;
use crate::tui::layout::{Layout, PanelName};
use crate::vocabulary::Dimension;
use crate::what_if::Curves;

/// The screen as it is, for those who draw a part of it or judge what can be done.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct View<'a> {
    /// What the log said at the moment that is shown.
    pub ledger: &'a Ledger,
    /// What it says by now.
    pub live: &'a Ledger,
    /// The log itself, where it is at hand.
    pub log: Option<&'a Log>,
    /// What it said when a run was pinned, to compare with.
    pub pinned: Option<&'a Ledger>,
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
    /// What the link to the terminal does, where that is to be shown.
    pub link: Option<&'a str>,
    /// What other caches would have done; none before somebody has asked.
    pub curves: Option<&'a Curves>,
    /// Is that still being played?
    pub is_computing_curves: bool,
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
    /// What a dimension had found when a run was pinned.
    pub(in crate::tui) fn pinned_outcome(
        &self,
        dimension: Dimension,
    ) -> Option<&'a DimensionOutcome> {
        let outcome = self.pinned?.dimension(dimension).outcome.as_ref();
        outcome.filter(|outcome| outcome.came_to_results())
    }

    /// How a headline differs from that of the pinned run.
    pub(in crate::tui) fn headline_delta(&self, dimension: Dimension) -> Option<String> {
        let (was_of, was) = self.pinned_outcome(dimension)?.headline.as_ref()?;
        let outcome = self.ledger.dimension(dimension).outcome.as_ref()?;
        let (is_of, is) = outcome.headline.as_ref()?;
        (was_of == is_of).then(|| display::signed(is - was))
    }

    /// The style of a difference.
    pub(in crate::tui) fn delta_style(&self, delta: &str) -> Style {
        if delta == "=" {
            self.theme.dim
        } else {
            self.theme.accent
        }
    }

    /// What to press for a command.
    pub(in crate::tui) fn key(&self, action: Action) -> &'a str {
        self.keymap.hint(action)
    }
}
