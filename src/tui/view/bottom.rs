//! The last two lines: what was said last, and the keys that work now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pen::Pen;
use crate::explain::names::label;
use crate::explain::states::ResourceStanding;
use crate::ledger::{ResourceRecord, ResourceState};
use crate::tui::command;
use crate::tui::screen::{Screen, Tone};
use crate::tui::text;

pub(super) fn message(screen: &Screen, buffer: &mut Buffer, area: Rect) {
    let Some(message) = screen.message() else {
        return;
    };
    if message.tone == Tone::Plain && loads(screen, buffer, area) {
        return;
    }
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    let (sign, style) = match message.tone {
        Tone::Plain => ("", theme.dim),
        Tone::Warning => (glyphs.warning, theme.warn),
        Tone::Error => (glyphs.bad, theme.bad),
    };
    let mut pen = Pen::new(buffer, glyphs, area, 0);
    pen.skip(1)
        .put(sign, style)
        .skip(usize::from(!sign.is_empty()));
    pen.put(&message.text, style);
}

/// The loads under way; false when there are none.
fn loads(screen: &Screen, buffer: &mut Buffer, area: Rect) -> bool {
    let theme = screen.theme();
    let is_loading = |r: &&ResourceRecord| matches!(r.state, ResourceState::Loading { .. });
    let mut pen = Pen::new(buffer, screen.glyphs(), area, 0);
    pen.skip(1).shorten(1);
    let mut any = false;
    for resource in screen.ledger().resources().iter().filter(is_loading) {
        let words = ResourceStanding::of(resource, screen.ledger()).words();
        if !any {
            pen.put(screen.spinner(), theme.accent).skip(1);
        }
        any = true;
        pen.put(&words, theme.dim).skip(1);
        pen.put(label(resource), theme.text).skip(3);
    }
    any
}

pub(super) fn keys(screen: &Screen, buffer: &mut Buffer, area: Rect) {
    let theme = screen.theme();
    let mut pen = Pen::new(buffer, screen.glyphs(), area, 0);
    pen.skip(1).shorten(1);
    let shown = command::footer(screen);
    // Help and quit are last and always there: the others make room for them.
    let length = |spec: &&command::Spec| text::width(spec.keys[0]) + spec.title.len() + 3;
    let (others, always) = shown.split_at(shown.len().saturating_sub(2));
    let mut room = pen.room().saturating_sub(always.iter().map(length).sum());
    for spec in others.iter().chain(always) {
        let is_last = always.iter().any(|last| last.action == spec.action);
        if !is_last {
            if length(spec) > room {
                continue;
            }
            room -= length(spec);
        }
        pen.put(spec.keys[0], theme.accent).skip(1);
        pen.put(spec.title, theme.dim).skip(2);
    }
}
