//! Cache and memory in a line each, for screens where their panels take turns.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::savings;
use crate::display;
use crate::explain::states::totals;
use crate::tui::draw::{Pen, View, text};
use crate::tui::layout::Arrangement;
use crate::tui::panel::cache;

pub(in crate::tui) fn draw(view: &View<'_>, buffer: &mut Buffer, area: Rect) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let ledger = view.ledger;
    Pen::new(buffer, glyphs, area, 0).fill(glyphs.rule, usize::from(area.width), theme.border);
    let totals = match view.layout.arrangement {
        Arrangement::Stacked => totals(ledger, glyphs.dot),
        _ => String::new(),
    };
    savings::on_rule(view, buffer, area, &totals);

    let figures = ledger.cache_lookups();
    let mut pen = Pen::new(buffer, glyphs, area, 1);
    pen.skip(1).left("cache", 8, theme.strong);
    let good = if figures.hits > 0 {
        theme.good
    } else {
        theme.dim
    };
    pen.right(&display::count(figures.hits), 4, good)
        .put(" hits", theme.dim);
    pen.right(&display::count(figures.misses), 4, theme.text)
        .put(" misses", theme.dim);
    pen.right(&display::seconds(figures.seconds_saved), 8, good)
        .put(" saved", theme.dim);
    pen.skip(3).shorten(1);
    cache::hit_rate(view, &mut pen);

    let held = ledger.estimated_bytes();
    let eager = ledger.eager_bytes();
    let rss = ledger.memory.latest.map_or_else(String::new, |latest| {
        format!("RSS {}", display::bytes(latest.rss_bytes))
    });
    let mut pen = Pen::new(buffer, glyphs, area, 2);
    pen.skip(1).left("memory", 8, theme.strong);
    let budget = ledger.settings.as_ref().and_then(|s| s.memory_budget_bytes);
    let of_budget = budget.map_or_else(String::new, |b| format!(" of {}", display::bytes(b)));
    pen.right(&format!("~{}", display::bytes(held)), 8, theme.text)
        .put(&format!(" held{of_budget}"), theme.dim)
        .skip(3)
        .shorten(1);
    // Like beside like: estimates around the line, and what was measured behind it.
    let would = format!("eager run ~{}", display::bytes(eager));
    let after = 5 + 2 + text::width(&would) + 3 + text::width(&rss);
    let columns = pen.room().saturating_sub(after);
    let share = held as f64 / eager.max(1) as f64;
    pen.progress(share, columns, theme.series[0], theme.border);
    pen.right(&display::percent(share), 5, theme.text)
        .skip(2)
        .put(&would, theme.dim)
        .skip(3)
        .put(&rss, theme.dim);
}
