//! The line above the keys: what was said last, or what is being loaded.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::explain::names::label;
use crate::explain::progress::Progress;
use crate::explain::states::ResourceStanding;
use crate::ledger::{ResourceRecord, ResourceState};
use crate::tui::draw::{Pen, View, text};
use crate::vocabulary::{Note, Severity};

/// Columns between two loads.
const GAP: usize = 3;

pub(in crate::tui) fn draw(view: &View<'_>, said: &Note, buffer: &mut Buffer, area: Rect) {
    if said.severity == Severity::Info && loads(view, buffer, area) {
        return;
    }
    let (theme, glyphs) = (view.theme, view.glyphs);
    let (sign, style) = match said.severity {
        Severity::Info => ("", theme.dim),
        Severity::Warning => (glyphs.warning, theme.warn),
        Severity::Error => (glyphs.bad, theme.bad),
    };
    let mut pen = Pen::new(buffer, glyphs, area, 0);
    pen.skip(1)
        .put(sign, style)
        .skip(usize::from(!sign.is_empty()));
    let words = match said.severity {
        Severity::Info => whole_parts(&said.text, pen.room()),
        // What went wrong is not worth less towards its end.
        Severity::Warning | Severity::Error => &said.text,
    };
    pen.put(words, style);
}

/// As many parts of a sentence as there are columns for, from its start.
fn whole_parts(words: &str, columns: usize) -> &str {
    let mut shown = words;
    while text::width(shown) > columns {
        let Some(end) = shown.rfind([';', ',']) else {
            return words;
        };
        shown = &shown[..end];
    }
    shown
}

/// The loads under way; false when there are none.
fn loads(view: &View<'_>, buffer: &mut Buffer, area: Rect) -> bool {
    let theme = view.theme;
    let is_loading = |r: &&ResourceRecord| matches!(r.state, ResourceState::Loading { .. });
    let mut pen = Pen::new(buffer, view.glyphs, area, 0);
    pen.skip(1).shorten(1);
    let loading: Vec<&ResourceRecord> = view.ledger.resources().iter().filter(is_loading).collect();
    if loading.is_empty() {
        return false;
    }
    pen.put(view.spinner, theme.accent).skip(1);
    for (place, resource) in loading.iter().enumerate() {
        let words = ResourceStanding::of(resource, view.ledger).words();
        let after = loading.len() - place - 1;
        // Room for the number of those that there is no room for.
        let reserved = match after {
            0 => 0,
            after => text::width(&more(after)) + GAP,
        };
        let columns = text::width(&words) + 1 + text::width(label(resource));
        if place > 0 && columns + reserved > pen.room() {
            pen.put(&more(after + 1), theme.dim);
            break;
        }
        pen.put(&words, theme.dim).skip(1);
        pen.put(label(resource), theme.text).skip(1);
        // The rows of the only load, where there is room for them.
        let progress = Progress::of(resource, view.ledger.now);
        let told = progress.map(Progress::words).unwrap_or_default();
        if loading.len() == 1 && text::width(&told) <= pen.room() {
            pen.put(&told, theme.dim).skip(1);
        }
        pen.skip(GAP - 1);
    }
    true
}

fn more(loads: usize) -> String {
    format!("+{loads} more")
}
