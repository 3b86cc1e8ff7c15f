//! Memory: what resources take by estimate, what the process takes, and what eager would take.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Panel;
use super::list::Move;
use crate::display;
use crate::ledger::Ledger;
use crate::tui::draw::plot::{Plot, row_of, share};
use crate::tui::draw::{Pen, View, frame};
use crate::tui::layout::Placed;

/// Columns of the figures to the left of the chart.
const FIGURES: u16 = 24;
/// Columns of a difference from the pinned run.
const DELTA: u16 = 9;

/// Nothing moves in it.
#[derive(Debug, Default)]
pub(super) struct Memory;

impl Panel for Memory {
    fn go(&mut self, _to: Move, _view: &View<'_>) {}

    fn draw(&self, view: &View<'_>, buffer: &mut Buffer, placed: &Placed) {
        picture(view, buffer, placed);
    }
}

fn picture(view: &View<'_>, buffer: &mut Buffer, placed: &Placed) {
    let inner = frame::frame(view, buffer, placed);
    let area = Rect::new(
        inner.x + 1,
        inner.y,
        inner.width.saturating_sub(1),
        inner.height,
    );
    figures(view, buffer, area);
    let above = area.height.saturating_sub(2);
    let left = figure_columns(view).min(area.width);
    chart(
        view,
        buffer,
        Rect::new(area.x + left, area.y, area.width - left, above),
    );
    let bars = Rect::new(area.x, area.y + above, area.width, area.height - above);
    against_eager(view, buffer, bars);
}

/// Columns of the figures, and of their differences from a pinned run.
fn figure_columns(view: &View<'_>) -> u16 {
    FIGURES + view.pinned.map_or(0, |_| DELTA)
}

/// How the figures differ from those of the pinned run, by label.
fn delta(view: &View<'_>, label: &str) -> Option<String> {
    let pinned = view.pinned?;
    let of = |ledger: &Ledger| match label {
        "estimated" => Some(ledger.estimated_bytes()),
        "process RSS" => ledger.memory.latest.map(|m| m.rss_bytes),
        "unattributed" => ledger.unattributed_bytes(),
        "peak RSS" => ledger.memory.latest.map(|m| m.peak_rss_bytes),
        "mapped files" => Some(ledger.mapped_bytes()),
        _ => None,
    };
    Some(display::signed_bytes(of(pinned)?, of(view.ledger)?))
}

fn figures(view: &View<'_>, buffer: &mut Buffer, area: Rect) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let ledger = view.ledger;
    let latest = ledger.memory.latest;
    let none = || glyphs.none.to_owned();
    let or_none = |bytes: Option<u64>| bytes.map_or_else(none, display::bytes);
    let budget = ledger.settings.as_ref().and_then(|s| s.memory_budget_bytes);
    let held_bytes = ledger.estimated_bytes();
    let budget_label = match budget.filter(|b| *b > 0) {
        Some(budget) => {
            let share = display::percent(held_bytes as f64 / budget as f64);
            format!("budget {share:>5}")
        }
        None => "budget".to_owned(),
    };
    let [held, rss, ..] = theme.series;
    let mut rows = vec![
        (
            glyphs.curves[0],
            held,
            "estimated",
            display::bytes(held_bytes),
        ),
        (
            glyphs.curves[1],
            rss,
            "process RSS",
            or_none(latest.map(|m| m.rss_bytes)),
        ),
        (
            " ",
            theme.dim,
            "unattributed",
            or_none(ledger.unattributed_bytes()),
        ),
        (
            " ",
            theme.dim,
            "peak RSS",
            or_none(latest.map(|m| m.peak_rss_bytes)),
        ),
        (
            " ",
            theme.dim,
            &*budget_label,
            budget.map_or_else(none, display::bytes),
        ),
    ];
    if ledger.mapped_bytes() > 0 {
        let mapped = display::bytes(ledger.mapped_bytes());
        rows.insert(2, (" ", theme.dim, "mapped files", mapped));
        // There may be room for five: a budget that is set matters more than the peak.
        if budget.is_some() {
            rows.swap(4, 5);
        }
    }
    // A pool of its own has a line of its own, above what is only derived.
    let devices = ledger.device_bytes();
    let budget = ledger
        .settings
        .as_ref()
        .and_then(|s| s.device_memory_budget_bytes);
    let devices = devices.into_iter().map(|(pool, bytes)| {
        let value = match budget.filter(|budget| *budget > 0) {
            Some(budget) => display::percent(bytes as f64 / budget as f64),
            None => display::bytes(bytes),
        };
        (pool.to_string(), value)
    });
    let mut devices: Vec<(String, String)> = devices.collect();
    // Who asks for a device that nothing runs on sees that here too.
    let asked = ledger.settings.as_ref().map(|s| s.device.pool());
    if let Some(pool) = asked.filter(|pool| !pool.is_host() && devices.is_empty()) {
        devices.push((pool.to_string(), "nothing".to_owned()));
    }
    for (label, value) in devices.iter().rev() {
        rows.insert(2, (" ", theme.text, label, value.clone()));
    }
    for (row, (sign, style, label, value)) in rows.iter().enumerate() {
        let value_style = if row < 2 { theme.text } else { theme.dim };
        let mut pen = Pen::new(buffer, glyphs, area, row);
        pen.put(sign, *style)
            .skip(1)
            .left(label, 12, theme.dim)
            .right(value, 8, value_style);
        if let Some(delta) = delta(view, label) {
            pen.skip(1).put(&delta, view.delta_style(&delta));
        }
    }
}

/// Seconds that the axis of time has at least: what is shorter would be drawn anew all the time.
const LEAST_TIME: f64 = 0.5;

fn chart(view: &View<'_>, buffer: &mut Buffer, area: Rect) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let history = &view.ledger.memory.history;
    let Some(last) = history.last() else {
        return;
    };
    if area.width < 8 || area.height < 2 {
        return;
    }
    let now = view.now.max(last.t);
    let times = (0.0, round_up(now.max(LEAST_TIME)));
    let held = held(view.ledger);
    let resident = history.iter().map(|p| p.high_rss_bytes);
    let highest = resident.chain(held.iter().map(|(_, bytes)| *bytes)).max();
    let bytes = (0.0, round_up(highest.unwrap_or(0).max(1) as f64));
    let area = time_axis(view, buffer, area, times.1);
    let mut plot = Plot::new(area, glyphs, 2);
    let sampled: Vec<(f64, u64)> = history.iter().map(|p| (p.t, p.rss_bytes)).collect();
    for (series, steps) in [(1, &sampled), (0, &held)] {
        let place = |t, value: u64| (share(times, t), share(bytes, value as f64));
        let end = steps.last().map(|(_, value)| (now, *value));
        let ends = steps.iter().skip(1).copied().chain(end);
        for ((from, was), (to, is)) in steps.iter().copied().zip(ends) {
            let corner = place(to, was);
            plot.line(place(from, was), corner, series);
            plot.line(corner, place(to, is), series);
        }
    }
    // Between two samples it may have been higher, as the system tells.
    for point in history {
        let place = |value: u64| (share(times, point.t), share(bytes, value as f64));
        plot.line(place(point.rss_bytes), place(point.high_rss_bytes), 1);
    }
    let peak = history.iter().map(|p| p.high_rss_bytes).max().unwrap_or(0);
    let level = share(bytes, peak as f64);
    let row = row_of(level, area.height);
    let columns = usize::from(area.width);
    Pen::new(buffer, glyphs, area, row).fill(glyphs.dashes, columns, theme.border);
    plot.draw(buffer, area, &theme.series);
    let top = display::bytes(bytes.1 as u64);
    Pen::new(buffer, glyphs, area, 0).put(&top, theme.dim);
    let words = format!("peak {}", display::bytes(peak));
    // To the left, where the chart begins and is low.
    let left = if row == 0 { top.len() + 1 } else { 0 };
    Pen::new(buffer, glyphs, area, row)
        .skip(left)
        .put(&words, theme.dim);
}

/// The next round number: a scale that follows its values closely would redraw all of the chart
/// with each of them.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    let fits = steps.iter().find(|step| *step * power >= value);
    fits.unwrap_or(&10.0) * power
}

/// Where there is room, the beginning and the end of the time that the chart shows.
fn time_axis(view: &View<'_>, buffer: &mut Buffer, area: Rect, end: f64) -> Rect {
    if area.height < 8 {
        return area;
    }
    let dim = view.theme.dim;
    let last = usize::from(area.height) - 1;
    let end = display::clock(end);
    let mut pen = Pen::new(buffer, view.glyphs, area, last);
    pen.put("0 s", dim).skip_to_last(end.len()).put(&end, dim);
    Rect::new(area.x, area.y, area.width, area.height - 1)
}

/// What was held, by estimate: every change of it that is still known, and the samples before those.
fn held(ledger: &Ledger) -> Vec<(f64, u64)> {
    let changes = &ledger.course.held;
    let known_from = changes.iter().next().map_or(f64::INFINITY, |(t, _)| *t);
    let samples = ledger.memory.history.iter();
    let before = samples.filter(|sample| sample.t < known_from);
    let before = before.map(|sample| (sample.t, sample.estimated_bytes));
    before.chain(changes.iter().copied()).collect()
}

/// The most that was held beside what the eager strategy would hold at the end of its run: both by
/// estimate, and both without what loads and computations work with.
fn against_eager(view: &View<'_>, buffer: &mut Buffer, area: Rect) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let ledger = view.ledger;
    let held = ledger.memory.most_held_bytes;
    let eager = ledger.eager_bytes();
    let most = held.max(eager).max(1) as f64;
    let rows: [(&str, u64, String, Style); 2] = [
        (
            "most held",
            held,
            format!("~{}", display::bytes(held)),
            theme.series[0],
        ),
        (
            "eager run",
            eager,
            format!("~{}", display::bytes(eager)),
            theme.dim,
        ),
    ];
    for (row, (label, bytes, text, style)) in rows.iter().enumerate() {
        let mut pen = Pen::new(buffer, glyphs, area, row);
        let columns = pen.room().saturating_sub(10 + 9 + 6);
        pen.left(label, 10, theme.dim);
        pen.bar(*bytes as f64 / most, columns, *style);
        pen.right(text, 9, if row == 0 { theme.text } else { theme.dim });
        if row == 0 && eager > 0 {
            pen.right(&display::percent(held as f64 / eager as f64), 6, theme.text);
        }
    }
}
