//! The head of the screen: what is validated, how, and where the run stands.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::pen::Pen;
use crate::display;
use crate::ledger::Ledger;
use crate::tui::screen::Screen;
use crate::tui::text;
use crate::vocabulary::ResourceName;

pub(super) fn draw(screen: &Screen, buffer: &mut Buffer, area: Rect) {
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    let ledger = screen.ledger();
    let (sign, state, style) = run_state(screen);
    let mut settings = String::new();
    if let Some(set) = &ledger.settings {
        settings = set.strategy.to_string();
        if area.width >= 76 {
            settings = format!("{settings} {} {}", glyphs.dot, set.preset.name());
        }
    }
    let right = text::width(&settings) + 3 + text::width(sign) + 1 + text::width(&state) + 1;
    let mut pen = Pen::new(buffer, glyphs, area, 0);
    pen.skip(1)
        .put("LazyDebugger", theme.strong.patch(theme.accent));
    if screen.is_replay() {
        pen.skip(1).put("replay", theme.warn);
    }
    let room = pen.room().saturating_sub(right + 4);
    pen.skip(2);
    let mut parts = what(screen).into_iter();
    if let Some(name) = parts.next() {
        let columns = text::width(&name).min(room);
        pen.name(&name, columns, theme.strong);
        let mut room = room - columns;
        let separator = format!(" {} ", glyphs.dot);
        for part in parts {
            let Some(left) = room.checked_sub(text::width(&part) + 3) else {
                break;
            };
            room = left;
            pen.put(&separator, theme.dim).put(&part, theme.dim);
        }
    }
    Pen::new(buffer, glyphs, area, 0)
        .skip_to_last(right)
        .put(&settings, theme.text)
        .skip(3)
        .put(sign, style)
        .skip(1)
        .put(&state, style);
}

/// The experiment's name, what is known of the dataset once it is open, and its file.
fn what(screen: &Screen) -> Vec<String> {
    let ledger = screen.ledger();
    let Some(experiment) = &ledger.experiment else {
        return vec!["opening".to_owned()];
    };
    let mut parts = vec![display::clean(&experiment.name).into_owned()];
    let dataset = ledger.resource(&ResourceName::from("dataset"));
    if let Some(dataset) = dataset.filter(|d| !d.detail.is_empty()) {
        parts.push(display::clean(&dataset.detail).into_owned());
    }
    if let Some(understanding) = &ledger.understanding {
        parts.push(understanding.task.name().to_owned());
        parts.push(parity(ledger).to_owned());
    }
    let path = display::clean(&experiment.dataset);
    parts.push(path.rsplit('/').next().unwrap_or(&path).to_owned());
    parts
}

/// Does the model say what its training library says?
fn parity(ledger: &Ledger) -> &'static str {
    match &ledger.parity {
        Some(parity) if parity.is_good() => "parity known",
        Some(_) => "PARITY BAD",
        None => "parity unknown",
    }
}

/// Sign, words and style of where the run stands.
fn run_state(screen: &Screen) -> (&'static str, String, Style) {
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    let ledger = screen.ledger();
    if let Some(run) = ledger.active_run() {
        let elapsed = display::clock((screen.now() - run.started_at).max(0.0));
        return if run.cancelling {
            (
                glyphs.stopped,
                format!("cancelling {elapsed:>6}"),
                theme.warn,
            )
        } else {
            (
                screen.spinner(),
                format!("running {elapsed:>6}"),
                theme.accent,
            )
        };
    }
    if ledger.is_busy() {
        return (screen.spinner(), "loading".to_owned(), theme.accent);
    }
    match ledger.runs.last() {
        None => (glyphs.planned, "ready".to_owned(), theme.dim),
        Some(run) => {
            let took = display::seconds(run.seconds.unwrap_or_default());
            if run.cancelled {
                (glyphs.stopped, format!("cancelled {took:>6}"), theme.warn)
            } else {
                (glyphs.good, format!("done {took:>6}"), theme.good)
            }
        }
    }
}
