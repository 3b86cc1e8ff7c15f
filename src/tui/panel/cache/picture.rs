//! The figures of the prediction cache, and a lookup as a row.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{FIGURE_ROWS, figure_rows};
use crate::display;
use crate::explain::names::label;
use crate::explain::owners::owner_word;
use crate::explain::reasons::{lookup_word, lookup_words};
use crate::explain::tiers::{losing_words, milliseconds};
use crate::explain::why::lookup_tone;
use crate::ledger::{CacheFigures, Ledger, LookupRecord, TARGET_HIT_RATE};
use crate::tui::draw::{Pen, View, signs, text};
use crate::vocabulary::TierState;

/// The hit rate of the last run as a line, and beside it that of the session. The target is a mark
/// across it where it could be met; where most was asked for the first time, the mark is the most
/// that any cache could have reached.
pub(in crate::tui) fn hit_rate(view: &View<'_>, pen: &mut Pen<'_>) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let session = view.ledger.cache_lookups();
    let run = view.ledger.runs.last().map(|run| run.cache);
    let run = run.filter(|run| run.hit_rate().is_some());
    let shown = run.unwrap_or(session);
    let (rate, best) = (shown.hit_rate(), shown.best_hit_rate());
    let is_reachable = best.is_some_and(|best| best >= TARGET_HIT_RATE);
    let style = match rate {
        Some(rate) if rate >= TARGET_HIT_RATE => theme.good,
        // Nothing was missed that could have been there.
        Some(_) if rate == best => theme.text,
        Some(_) => theme.warn,
        None => theme.dim,
    };
    let percent = |rate: Option<f64>| rate.map_or_else(|| glyphs.none.to_owned(), display::percent);
    let is_one_of_several = run.is_some_and(|run| run != session);
    let is_narrow = pen.room() < if is_one_of_several { 64 } else { 40 };
    let mark = best.filter(|_| !is_reachable).unwrap_or(TARGET_HIT_RATE);
    let aim = match (is_narrow, best.is_some() && !is_reachable) {
        (false, true) => format!("at most {}", display::percent(mark)),
        (false, false) => format!("target {}", display::percent(mark)),
        (true, true) => format!("<= {}", display::percent(mark)),
        (true, false) => display::percent(mark),
    };
    pen.put("hit rate", theme.dim)
        .right(&percent(rate), 5, style);
    if is_one_of_several {
        let in_all = percent(session.hit_rate());
        let words = if is_narrow { " (" } else { " in this run (" };
        pen.put(&format!("{words}{in_all} in all)"), theme.dim);
    }
    pen.skip(2);
    let columns = pen.room().saturating_sub(aim.len() + 2).min(60);
    let mark = ((mark * columns as f64).round() as usize).min(columns.saturating_sub(1));
    let share = rate.unwrap_or_default();
    let done = (share * columns as f64).round() as usize;
    for column in 0..columns {
        let (sign, style) = match column {
            _ if column == mark => (glyphs.mark, theme.text),
            _ if column < done => (glyphs.line_full, style),
            _ => (glyphs.line_empty, theme.border),
        };
        pen.fill(sign, 1, style);
    }
    pen.skip(2).put(&aim, theme.dim);
}

pub(super) fn counters(view: &View<'_>, buffer: &mut Buffer, area: Rect, figures: &CacheFigures) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let before = view.pinned.map(Ledger::cache);
    let count = |of: fn(&CacheFigures) -> u64| {
        let now = of(figures);
        let delta = before
            .as_ref()
            .map(|before| display::signed_count(of(before), now));
        let delta = delta.map_or_else(String::new, |delta| format!(" {delta}"));
        format!("{}{delta}", display::count(now))
    };
    let saved = figures.seconds_saved;
    let more = before.as_ref().map_or_else(String::new, |before| {
        let more = saved - before.seconds_saved;
        if more > 0.0 {
            format!(" +{}", display::seconds(more))
        } else {
            " =".to_owned()
        }
    });
    let rows = [
        [
            ("hits", count(|figures| figures.hits), theme.good),
            ("misses", count(|figures| figures.misses), theme.text),
            ("joined", count(|figures| figures.coalesced), theme.text),
        ],
        [
            (
                "saved",
                format!("{}{more}", display::seconds(saved)),
                theme.good,
            ),
            ("evicted", count(|figures| figures.evictions), theme.text),
            ("refused", count(|figures| figures.refused), theme.text),
        ],
    ];
    let (widest, gap) = if before.is_some() { (24, 2) } else { (16, 3) };
    let cell = (usize::from(area.width).saturating_sub(2 * gap) / 3).min(widest);
    for (row, cells) in rows.into_iter().enumerate() {
        let mut pen = Pen::new(buffer, glyphs, area, row + 1);
        for (label, value, style) in cells {
            let is_zero = value == "0" || value == "0 s";
            let style = if is_zero { theme.dim } else { style };
            let room = cell.saturating_sub(label.len() + 1);
            let value = fitting(&value, room);
            pen.put(label, theme.dim)
                .right(value, cell.saturating_sub(label.len()), style)
                .skip(gap);
        }
    }
    let settings = view.ledger.settings.as_ref();
    let (most_entries, most_bytes) = settings.map_or((0, 0), |s| (s.cache_entries, s.cache_bytes));
    let entries = match most_entries {
        usize::MAX => " entries, ".to_owned(),
        most => format!(" of {} entries, ", display::count(most as u64)),
    };
    Pen::new(buffer, glyphs, area, 3)
        .put("holds ", theme.dim)
        .put(&display::count(figures.entries as u64), theme.text)
        .put(&entries, theme.dim)
        .put(&display::bytes(figures.bytes), theme.text)
        .put(&format!(" of {}", display::bytes(most_bytes)), theme.dim);
}

/// A value, and how it differs from what it was where there is room for that, too.
fn fitting(value: &str, room: usize) -> &str {
    if text::width(value) <= room {
        return value;
    }
    let signs = [" +", " -", " ="].into_iter();
    let delta = signs.filter_map(|sign| value.rfind(sign)).max();
    delta.map_or(value, |at| &value[..at])
}

/// A line a tier below memory: hits, misses, bytes, the middle one of all answers, what it saves.
pub(super) fn tiers(view: &View<'_>, buffer: &mut Buffer, area: Rect) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    for (row, (tier, figures)) in view.ledger.tiers().into_iter().enumerate() {
        let row = usize::from(FIGURE_ROWS) - 1 + row;
        if row >= usize::from(area.height) {
            return;
        }
        let mut pen = Pen::new(buffer, glyphs, area, row);
        let (state, style) = match figures.state {
            TierState::Down => ("down", theme.bad),
            TierState::Degraded => ("degraded", theme.warn),
            TierState::Ok => ("", theme.dim),
        };
        pen.left(tier.name(), 7, theme.dim)
            .put(&display::count(figures.hits), theme.good)
            .put(" hits, ", theme.dim)
            .put(&display::count(figures.misses), theme.text)
            .put(" misses", theme.dim);
        if !state.is_empty() {
            pen.put(", ", theme.dim).put(state, style);
            let reason = format!(": {}", figures.reason);
            if pen.room() >= reason.len() {
                pen.put(&reason, theme.text);
            }
        }
        let middle = figures.middle_seconds.map(milliseconds).unwrap_or_default();
        let refused = format!(", {} not kept", display::count(figures.refused));
        if figures.refused > 0 && pen.room() >= refused.len() {
            pen.put(&refused, theme.warn);
        }
        let loses = losing_words(&figures).map(|words| format!(", {words}"));
        if let Some(words) = loses.filter(|words| pen.room() >= words.len()) {
            pen.put(&words, theme.warn);
        }
        let rest = [
            format!(
                ", {} saved",
                display::seconds(figures.saved_seconds.max(0.0))
            ),
            format!(", {}", display::bytes(figures.read_bytes)),
            format!(", p50 {middle}"),
            format!(", {} kept", display::count(figures.writes)),
        ];
        for words in rest {
            if pen.room() < words.len() {
                break;
            }
            pen.put(&words, theme.dim);
        }
    }
}

pub(super) fn rule(view: &View<'_>, buffer: &mut Buffer, inner: Rect) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let row = usize::from(figure_rows(view.ledger)) - 1;
    let mut pen = Pen::new(buffer, glyphs, inner, row);
    pen.skip(1).fill(
        glyphs.rule,
        usize::from(inner.width).saturating_sub(1),
        theme.border,
    );
    let mut pen = Pen::new(buffer, glyphs, inner, row);
    pen.skip(3).put(" last lookups ", theme.dim);
}

pub(super) fn lookup(view: &View<'_>, pen: &mut Pen<'_>, record: &LookupRecord, lookups: usize) {
    let theme = view.theme;
    let (sign, word) = (
        signs::lookup(view, &record.lookup),
        lookup_word(&record.lookup),
    );
    let style = signs::tone(view, lookup_tone(&record.lookup));
    let resource = view.ledger.resource(&record.name);
    let name = resource.map_or(&*record.name.0, label);
    pen.right(&format!("{:.2}", record.t), 6, theme.dim).skip(1);
    pen.put(sign, style).skip(1).left(word, 4, style).skip(1);
    let is_roomy = pen.room() >= 58;
    let share = if is_roomy { 2.0 / 5.0 } else { 0.5 };
    let reason = ((pen.room() as f64 * share) as usize).clamp(12, 34);
    let who = if is_roomy { 16 } else { 0 };
    let room = pen.room().saturating_sub(reason + 2 + who);
    pen.name(name, room, theme.text).skip(1);
    if who > 0 {
        let asker = owner_word(&record.by);
        pen.left(asker, who - 1, theme.dim).skip(1);
    }
    let words = lookup_words(&record.lookup);
    let words = match lookups {
        1 => words,
        several => format!("x{several}, {words}"),
    };
    pen.left(&words, reason, theme.dim);
}
