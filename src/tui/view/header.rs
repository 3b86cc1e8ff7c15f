//! The head of the screen: what is validated, how, and where the run stands.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::pen::Pen;
use crate::event::ResourceName;
use crate::tui::screen::Screen;
use crate::tui::{format, text};

pub(super) fn draw(screen: &Screen, buffer: &mut Buffer, area: Rect) {
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    let ledger = screen.ledger();
    let (sign, state, style) = run_state(screen);
    let mut settings = String::new();
    if let Some(set) = &ledger.settings {
        settings = format!("{} {} {}", set.strategy, glyphs.dot, set.preset.name());
    }
    let right = text::width(&settings) + 3 + text::width(sign) + 1 + text::width(&state) + 1;
    let mut pen = Pen::new(buffer, glyphs, area, 0);
    pen.skip(1).put("LazyDebugger", theme.strong.patch(theme.accent));
    if screen.is_replay() {
        pen.skip(1).put("replay", theme.warn);
    }
    let left_room = pen.room().saturating_sub(right + 2);
    pen.skip(2).left(&what(screen), left_room, theme.dim);
    if let Some(experiment) = &ledger.experiment {
        let name = text::clean(&experiment.name);
        let at = 15 + if screen.is_replay() { 7 } else { 0 };
        let mut over = Pen::new(buffer, glyphs, area, 0);
        over.skip(at).left(&name, left_room.min(text::width(&name)), theme.strong);
    }
    Pen::new(buffer, glyphs, area, 0)
        .skip_to_last(right)
        .put(&settings, theme.text)
        .skip(3)
        .put(sign, style)
        .skip(1)
        .put(&state, style);
}

/// The experiment's name, its file, and what is known of the dataset: its rows once it is open.
fn what(screen: &Screen) -> String {
    let dot = screen.glyphs().dot;
    let ledger = screen.ledger();
    let Some(experiment) = &ledger.experiment else {
        return "opening".to_owned();
    };
    let mut what = format!("{} {dot} {}", experiment.name, experiment.dataset);
    let dataset = ledger.resource(&ResourceName::from("dataset"));
    if let Some(dataset) = dataset.filter(|d| !d.detail.is_empty()) {
        what = format!("{what} {dot} {}", dataset.detail);
    }
    what
}

/// Sign, words and style of where the run stands.
fn run_state(screen: &Screen) -> (&'static str, String, Style) {
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    let ledger = screen.ledger();
    if let Some(run) = ledger.active_run() {
        let elapsed = format::clock((screen.now() - run.started_at).max(0.0));
        return if run.cancelling {
            (glyphs.stopped, format!("cancelling {elapsed:>6}"), theme.warn)
        } else {
            (screen.spinner(), format!("running {elapsed:>6}"), theme.accent)
        };
    }
    if ledger.is_busy() {
        return (screen.spinner(), "loading".to_owned(), theme.accent);
    }
    match ledger.runs.last() {
        None => (glyphs.planned, "ready".to_owned(), theme.dim),
        Some(run) => {
            let took = format::seconds(run.seconds.unwrap_or_default());
            if run.cancelled {
                (glyphs.stopped, format!("cancelled {took:>6}"), theme.warn)
            } else {
                (glyphs.good, format!("done {took:>6}"), theme.good)
            }
        }
    }
}
