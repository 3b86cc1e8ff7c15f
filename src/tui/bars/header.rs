//! The head of the screen: what is validated, how, and where the run stands.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::display;
use crate::explain::differences::pinned_words;
use crate::explain::experiment::{parity_word, task_word};
use crate::explain::progress::run_left_words;
use crate::explain::states::SessionStanding;
use crate::tui::draw::{PastView, Pen, View, signs, text};
use crate::vocabulary::ResourceName;

/// In fewer columns the experiment's name matters more than the time that is left.
const WITH_TIME_LEFT: u16 = 80;

pub(in crate::tui) fn draw(view: &View<'_>, buffer: &mut Buffer, area: Rect) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let ledger = view.ledger;
    let standing = SessionStanding::of(ledger, view.now);
    let (sign, style) = match view.past {
        Some(_) => (glyphs.past, theme.warn),
        None => signs::session(view, standing),
    };
    let state = match view.past {
        Some(past) => moment_words(view, past),
        None => standing_words(view, standing, area.width),
    };
    let mut settings = String::new();
    if let Some(set) = &ledger.settings {
        settings = set.strategy.to_string();
        if area.width >= 76 {
            settings = format!("{settings} {} {}", glyphs.dot, set.preset.name());
        }
    }
    if let Some(pinned) = view.pinned {
        settings = format!("vs {} {} {settings}", pinned_words(pinned), glyphs.dot);
    }
    let right = text::width(&settings) + 3 + text::width(sign) + 1 + text::width(&state) + 1;
    let mut pen = Pen::new(buffer, glyphs, area, 0);
    pen.skip(1)
        .put("LazyDebugger", theme.strong.patch(theme.accent));
    if let Some(label) = view.label {
        pen.skip(1).put(label, theme.warn);
    }
    let room = pen.room().saturating_sub(right + 4);
    pen.skip(2);
    let mut parts = what(view).into_iter();
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

/// Where the session stands, and how long a run still takes, where that can be told.
fn standing_words(view: &View<'_>, standing: SessionStanding, columns: u16) -> String {
    let left = run_left_words(view.ledger, view.now);
    match left.filter(|_| columns >= WITH_TIME_LEFT) {
        Some(left) => format!("{}, {left}", standing.words()),
        None => standing.words(),
    }
}

/// Which moment is looked at.
fn moment_words(view: &View<'_>, past: PastView) -> String {
    let speed = past
        .speed
        .map_or_else(String::new, |speed| format!(" {speed}x"));
    let event = display::count(view.ledger.events);
    let events = display::count(past.events);
    format!("{:.3} s, event {event} of {events}{speed}", past.now)
}

/// The experiment's name, what is known of the dataset once it is open, and its file.
fn what(view: &View<'_>) -> Vec<String> {
    let ledger = view.ledger;
    let Some(experiment) = &ledger.experiment else {
        return vec!["opening".to_owned()];
    };
    let mut parts = vec![display::clean(&experiment.name).into_owned()];
    let dataset = ledger.resource(&ResourceName::from("dataset"));
    if let Some(dataset) = dataset.filter(|d| !d.detail.is_empty()) {
        parts.push(display::clean(&dataset.detail).into_owned());
    }
    if let Some(understanding) = &ledger.understanding {
        parts.push(task_word(understanding.task).to_owned());
        parts.push(parity_word(ledger).to_owned());
    }
    let path = display::clean(&experiment.dataset);
    parts.push(path.rsplit('/').next().unwrap_or(&path).to_owned());
    parts
}
