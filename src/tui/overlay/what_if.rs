//! What another cache would have had to make, over its capacity: a curve a policy.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Line, Reply};
use crate::display::{bytes, count, percent, seconds};
use crate::event::Command;
use crate::tui::draw::plot::Plot;
use crate::tui::draw::{View, text};
use crate::tui::overlay::{Choice, Overlay};
use crate::vocabulary::{CachePolicy, Choice as _};
use crate::what_if::{Curves, Made, enough_words};
use crossterm::event::{KeyCode, KeyEvent};

/// Columns of the labels beside the chart.
const LABEL: usize = 9;
/// Columns of a figure in the table.
const FIGURE: usize = 15;
/// Rows of what stands below the chart.
const BELOW: usize = 12;

/// What a key leads to.
pub(super) fn reply(view: &View<'_>, at: usize, made: Made, key: KeyEvent) -> Option<Reply> {
    let show = |at: usize, made: Made| Some(Reply::Show(Overlay::WhatIf { at, made }));
    let last = view
        .curves
        .map_or(0, |c| c.capacities.len().saturating_sub(1));
    match key.code {
        KeyCode::Left | KeyCode::Char('h') => show(at.min(last).saturating_sub(1), made),
        KeyCode::Right | KeyCode::Char('l') => show(at.saturating_add(1).min(last), made),
        KeyCode::Home => show(0, made),
        KeyCode::End => show(last, made),
        KeyCode::Tab => show(at, made.next()),
        KeyCode::Enter => {
            let capacity = view.curves?.capacities.get(at.min(last))?;
            let command = Command::SetCacheBytes(*capacity);
            Some(Reply::Choose(Choice::Give(command)))
        }
        _ => None,
    }
}

/// The keys that work here.
pub(super) fn keys(view: &View<'_>) -> String {
    let applies = if view.is_replay {
        ""
    } else {
        "enter applies, "
    };
    format!("left right capacity, tab figure, {applies}esc closes")
}

pub(super) fn lines(view: &View<'_>, at: usize, made: Made, columns: usize) -> Vec<Line> {
    let theme = view.theme;
    let Some(curves) = view.curves else {
        let words = if view.is_computing_curves {
            format!(
                "{} plays the accesses so far through every policy",
                view.spinner
            )
        } else {
            "no prediction has been asked for yet: there is nothing to play".to_owned()
        };
        return vec![vec![(words, theme.dim)]];
    };
    let page = Page {
        view,
        curves,
        at: at.min(curves.capacities.len().saturating_sub(1)),
        made,
    };
    let height = usize::from(view.layout.area.height);
    let rows = height.saturating_sub(BELOW + 4).clamp(4, 14);
    let mut lines = vec![page.head(columns)];
    lines.extend(page.chart(columns, rows));
    lines.push(page.axis(columns));
    lines.push(Line::new());
    lines.extend(page.table());
    if let Some(enough) = &curves.enough {
        let words = enough_words(enough, &curves.totals);
        lines.push(Line::new());
        let wrapped = text::wrap(&words, columns).into_iter();
        lines.extend(wrapped.map(|line| vec![(line, theme.text)]));
    }
    lines
}

struct Page<'a> {
    view: &'a View<'a>,
    curves: &'a Curves,
    at: usize,
    made: Made,
}

impl Page<'_> {
    fn style(&self, place: usize) -> Style {
        let theme = self.view.theme;
        theme.series.get(place).copied().unwrap_or(theme.accent)
    }

    fn words(&self, value: f64) -> String {
        match self.made {
            Made::Seconds => seconds(value),
            Made::Requests => count(value as u64),
            Made::Bytes => bytes(value as u64),
        }
    }

    fn head(&self, columns: usize) -> Line {
        let theme = self.view.theme;
        let what = match self.made {
            Made::Seconds => "seconds of recomputation",
            Made::Requests => "requests that are not found",
            Made::Bytes => "bytes that are not found",
        };
        let totals = &self.curves.totals;
        let of = format!(
            "  of {} requests for {} entries, {} together",
            count(totals.requests),
            count(totals.entries),
            bytes(totals.footprint)
        );
        let room = columns.saturating_sub(what.len());
        let of = text::fit(&of, room, self.view.glyphs.ellipsis).into_owned();
        vec![(what.to_owned(), theme.strong), (of, theme.dim)]
    }

    /// The column of a capacity.
    fn column(&self, place: usize, columns: usize) -> usize {
        let last = self.curves.capacities.len().saturating_sub(1).max(1);
        place * columns.saturating_sub(1) / last
    }

    fn chart(&self, columns: usize, rows: usize) -> Vec<Line> {
        let (theme, glyphs) = (self.view.theme, self.view.glyphs);
        let width = columns.saturating_sub(LABEL).max(2);
        let area = Rect::new(0, 0, width as u16, rows as u16);
        let mut plot = Plot::new(area, glyphs, CachePolicy::ALL.len());
        let most = self.curves.all(self.made).max(f64::MIN_POSITIVE);
        let x = |place: usize| self.column(place, width) as f64 / (width - 1) as f64;
        let point = |policy: CachePolicy, place: usize| {
            let made = self.curves.made(policy, place, self.made)?;
            Some((x(place), made / most))
        };
        // The policy in force is drawn last, over the others.
        let mut policies: Vec<(usize, CachePolicy)> =
            CachePolicy::ALL.iter().copied().enumerate().collect();
        policies.sort_by_key(|(_, policy)| *policy == self.curves.policy);
        for (series, policy) in policies {
            for place in 1..self.curves.capacities.len() {
                if let Some((from, to)) = point(policy, place - 1).zip(point(policy, place)) {
                    plot.line(from, to, series);
                }
            }
        }
        let mut buffer = Buffer::empty(area);
        buffer.set_style(area, theme.ground);
        let cursor = self.column(self.at, width) as u16;
        for y in 0..area.height {
            buffer[(cursor, y)]
                .set_symbol(glyphs.upright_dashes)
                .set_style(theme.focus);
        }
        let styles: Vec<Style> = (0..CachePolicy::ALL.len()).map(|s| self.style(s)).collect();
        plot.draw(&mut buffer, area, &styles);
        let label = |row: usize| match row {
            0 => self.words(most),
            row if row + 1 == rows => "0".to_owned(),
            row if row == rows / 2 => self.words(most * (1.0 - row as f64 / (rows - 1) as f64)),
            _ => String::new(),
        };
        let line = |row: usize| {
            let label = format!("{:>width$} ", label(row), width = LABEL - 1);
            let mut line = vec![(label, theme.dim)];
            for x in 0..area.width {
                let cell = &buffer[(x, row as u16)];
                let (sign, style) = (cell.symbol(), cell.style());
                match line.last_mut() {
                    Some((words, last)) if x > 0 && *last == style => words.push_str(sign),
                    _ => line.push((sign.to_owned(), style)),
                }
            }
            line
        };
        (0..rows).map(line).collect()
    }

    /// The capacities at the ends, and the one under the cursor.
    fn axis(&self, columns: usize) -> Line {
        let theme = self.view.theme;
        let width = columns.saturating_sub(LABEL).max(2);
        let capacities = &self.curves.capacities;
        let here = capacities
            .get(self.at)
            .map_or_else(String::new, |c| bytes(*c));
        let at = self.column(self.at, width).saturating_sub(here.len() / 2);
        let at = at.min(width.saturating_sub(here.len()));
        let ends = |capacity: Option<&u64>| capacity.map_or_else(String::new, |c| bytes(*c));
        let (first, last) = (ends(capacities.first()), ends(capacities.last()));
        let mut line = vec![(" ".repeat(LABEL), theme.dim)];
        let mut used = 0;
        if at > first.len() {
            used = first.len();
            line.push((first, theme.dim));
        }
        line.push((" ".repeat(at.saturating_sub(used)), theme.dim));
        let end = at + here.len();
        line.push((here, theme.strong));
        if end + 1 + last.len() <= width {
            line.push((" ".repeat(width - end - last.len()), theme.dim));
            line.push((last, theme.dim));
        }
        line
    }

    /// What each policy does at the capacity under the cursor.
    fn table(&self) -> Vec<Line> {
        let (theme, glyphs) = (self.view.theme, self.view.glyphs);
        let totals = &self.curves.totals;
        let head = format!(
            "  {:<12}{:>FIGURE$}{:>FIGURE$}{:>FIGURE$}",
            "policy", "requests found", "bytes found", "seconds saved"
        );
        let mut lines = vec![vec![(head, theme.dim)]];
        let share = |part: u64, all: u64| percent(part as f64 / all.max(1) as f64);
        for (series, policy) in CachePolicy::ALL.iter().enumerate() {
            let Some(outcome) = self.curves.outcome(*policy, self.at) else {
                continue;
            };
            let is_used = *policy == self.curves.policy;
            let sign = if glyphs.draws_blocks(CachePolicy::ALL.len()) {
                glyphs.line_full
            } else {
                glyphs.curves[series % glyphs.curves.len()]
            };
            let name = if is_used {
                format!("{} {}", policy.name(), glyphs.focus)
            } else {
                policy.name().to_owned()
            };
            let pad = 12_usize.saturating_sub(text::width(&name));
            let figures = format!(
                "{}{:>FIGURE$}{:>FIGURE$}{:>FIGURE$}",
                " ".repeat(pad),
                share(outcome.hits, totals.requests),
                share(outcome.hit_bytes, totals.bytes),
                seconds(outcome.hit_cost as f64 / 1e6),
            );
            let style = if is_used { theme.strong } else { theme.text };
            lines.push(vec![
                (format!("{sign} "), self.style(series)),
                (name, style),
                (figures, style),
            ]);
        }
        lines
    }
}
