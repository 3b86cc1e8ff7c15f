//! The last line: the keys that work now, the most useful first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::command::{Action, Spec};
use crate::tui::draw::{Pen, View, text};

pub(in crate::tui) fn draw(view: &View<'_>, shown: &[&Spec], buffer: &mut Buffer, area: Rect) {
    let theme = view.theme;
    let mut pen = Pen::new(buffer, view.glyphs, area, 0);
    pen.skip(1).shorten(1);
    // Help and quit are always there: the others make room for them.
    let stays = |spec: &Spec| matches!(spec.action, Action::Help | Action::Quit);
    let length = |spec: &Spec| text::width(view.key(spec.action)) + spec.title.len() + 3;
    let always = shown.iter().filter(|spec| stays(spec));
    let mut room = pen
        .room()
        .saturating_sub(always.map(|spec| length(spec)).sum());
    for spec in shown {
        if !stays(spec) {
            if length(spec) > room {
                continue;
            }
            room -= length(spec);
        }
        pen.put(view.key(spec.action), theme.accent).skip(1);
        pen.put(spec.title, theme.dim).skip(2);
    }
}
