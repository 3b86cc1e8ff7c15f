//! The line above the keys: what was said last, or what is being loaded.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::explain::names::label;
use crate::explain::states::ResourceStanding;
use crate::ledger::{ResourceRecord, ResourceState};
use crate::tui::draw::{Pen, View};
use crate::vocabulary::{Note, Severity};

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
    pen.put(&said.text, style);
}

/// The loads under way; false when there are none.
fn loads(view: &View<'_>, buffer: &mut Buffer, area: Rect) -> bool {
    let theme = view.theme;
    let is_loading = |r: &&ResourceRecord| matches!(r.state, ResourceState::Loading { .. });
    let mut pen = Pen::new(buffer, view.glyphs, area, 0);
    pen.skip(1).shorten(1);
    let mut any = false;
    for resource in view.ledger.resources().iter().filter(is_loading) {
        let words = ResourceStanding::of(resource, view.ledger).words();
        if !any {
            pen.put(view.spinner, theme.accent).skip(1);
        }
        any = true;
        pen.put(&words, theme.dim).skip(1);
        pen.put(label(resource), theme.text).skip(3);
    }
    any
}
