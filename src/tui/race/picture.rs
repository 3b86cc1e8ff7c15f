//! The picture of the two: above each other, on one axis of time and one of bytes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Phase, Race, Side, digits};
use crate::display;
use crate::explain::race::{Taken, caption};
use crate::tui::draw::{Pen, text};
use crate::tui::layout::LEAST;

/// Columns of the figures.
const FIGURES: u16 = 27;
/// Rows of the words under the axis.
const WORDS: u16 = 2;
/// Seconds that the axis has at least.
const LEAST_SECONDS: f64 = 2.0;
/// Lanes that are shown.
const MOST_LANES: usize = 2;

pub(super) fn draw(race: &Race, buffer: &mut Buffer, area: Rect) {
    buffer.set_style(area, race.theme.ground);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let (columns, rows) = LEAST;
        let words = format!("needs {columns}x{rows}; q quits");
        Pen::new(buffer, race.glyphs, area, 0).put(&words, race.theme.warn);
        return;
    }
    let page = Page {
        race,
        taken: [0, 1].map(|side| race.sides[side].taken(race.clock)),
        seconds: nice(race.clock.max(race.length()).max(LEAST_SECONDS)),
    };
    let half = (area.height - 3 - WORDS) / 2;
    let rows = |y: u16, height: u16| Rect::new(area.x, area.y + y, area.width, height);
    page.head(buffer, rows(0, 1));
    page.half(0, buffer, rows(1, half));
    page.half(1, buffer, rows(1 + half, half));
    page.axis(buffer, rows(1 + 2 * half, 1));
    page.words(buffer, rows(2 + 2 * half, WORDS));
    page.keys(buffer, rows(area.height - 1, 1));
}

/// The next number of 1, 2, 5, 10 ... that is as large.
fn nice(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0];
    let step = steps.into_iter().find(|step| step * power >= value);
    step.map_or(10.0 * power, |step| step * power)
}

/// The part of a half that has the axis of time.
fn drawn(inside: Rect) -> Rect {
    Rect {
        width: inside.width.saturating_sub(FIGURES + 2),
        ..inside
    }
}

struct Page<'a> {
    race: &'a Race,
    taken: [Taken; 2],
    /// Of the axis.
    seconds: f64,
}

impl Page<'_> {
    fn head(&self, buffer: &mut Buffer, area: Rect) {
        let (theme, race) = (&self.race.theme, self.race);
        let state = match race.phase {
            Phase::Live(_) => format!("both run {:>6}", display::clock(race.clock)),
            Phase::Again { speed, is_paused } => {
                let paused = if is_paused { ", paused" } else { "" };
                format!(
                    "again at {speed:.2}x{paused} {:>6}",
                    display::clock(race.clock)
                )
            }
            Phase::Over => "done".to_owned(),
        };
        let mut pen = Pen::new(buffer, race.glyphs, area, 0);
        pen.skip(1)
            .put("LazyDebugger", theme.strong.patch(theme.accent));
        pen.skip(1).put("demo", theme.warn).skip(2);
        let room = pen.room().saturating_sub(text::width(&state) + 3);
        pen.left(&race.titles.data, room, theme.dim);
        Pen::new(buffer, race.glyphs, area, 0)
            .skip_to_last(text::width(&state) + 1)
            .put(&state, theme.text);
    }

    fn half(&self, side: usize, buffer: &mut Buffer, area: Rect) {
        let (theme, glyphs) = (&self.race.theme, self.race.glyphs);
        let taken = &self.taken[side];
        let name = ["eager", "lazy"][side];
        let style = self.style(side);
        let state = match (&taken.doing, taken.is_over) {
            (_, true) => format!("{} answered", glyphs.good),
            (Some(doing), false) => format!("{} {doing}", glyphs.spin(self.race.ticks)),
            (None, false) => format!("{} opens", glyphs.spin(self.race.ticks)),
        };
        let width = usize::from(area.width);
        Pen::new(buffer, glyphs, area, 0).fill(glyphs.rule, width, theme.border);
        let mut pen = Pen::new(buffer, glyphs, area, 0);
        pen.skip(1).put(" ", style).put(name, style).put(" ", style);
        let room = pen.room().saturating_sub(text::width(&state) + 6);
        let title = &self.race.titles.sides[side];
        let columns = text::width(title).min(room);
        pen.left(title, columns, theme.dim).put(" ", theme.dim);
        let columns = text::width(&state).min(width / 2);
        Pen::new(buffer, glyphs, area, 0)
            .skip_to_last(columns + 3)
            .put(" ", theme.text)
            .left(
                &state,
                columns,
                if taken.is_over {
                    theme.good
                } else {
                    theme.accent
                },
            )
            .put(" ", theme.text);
        let inside = Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 1);
        let figures = Rect {
            x: inside.right() - FIGURES,
            width: FIGURES,
            ..inside
        };
        let picture = drawn(inside);
        self.figures(side, buffer, figures);
        let lanes = self.lanes(side, buffer, picture);
        let chart = Rect {
            height: picture.height.saturating_sub(lanes),
            ..picture
        };
        self.chart(side, buffer, chart);
    }

    fn style(&self, side: usize) -> Style {
        let theme = &self.race.theme;
        [theme.warn, theme.good][side]
    }

    fn figures(&self, side: usize, buffer: &mut Buffer, area: Rect) {
        let (theme, glyphs) = (&self.race.theme, self.race.glyphs);
        let taken = &self.taken[side];
        let style = self.style(side);
        let seconds = format!("{:.2} s", taken.seconds);
        let peak = display::bytes(taken.peak_bytes);
        let large = digits::ROWS;
        let is_large = glyphs.blocks && area.height > 2 * large;
        let (first, second) = if is_large { (0, large) } else { (0, 1) };
        let at = |row: u16, height: u16| Rect {
            y: area.y + row,
            height: height.min(area.height.saturating_sub(row)),
            ..area
        };
        let rows = if is_large { large } else { 1 };
        digits::draw(buffer, glyphs, at(first, rows), &seconds, style);
        digits::draw(buffer, glyphs, at(second, rows), &peak, style);
        let words = second + rows;
        Pen::new(buffer, glyphs, at(words, 1), 0).put(
            &format!("{} of {} loaded", taken.loaded, taken.known),
            theme.text,
        );
        let unasked = format!(
            "{} not asked for, {}",
            taken.unasked,
            display::bytes(taken.unasked_bytes)
        );
        let style = if taken.unasked > 0 {
            theme.warn
        } else {
            theme.dim
        };
        Pen::new(buffer, glyphs, at(words + 1, 1), 0).put(&unasked, style);
    }

    fn cell(&self, columns: u16) -> f64 {
        self.seconds / f64::from(columns.max(1))
    }

    /// Loads over time, on the lanes of their workers: the colour tells whether somebody asked for it.
    fn lanes(&self, side: usize, buffer: &mut Buffer, area: Rect) -> u16 {
        let (theme, glyphs) = (&self.race.theme, self.race.glyphs);
        let ledger = &self.race.sides[side].ledger;
        let workers = ledger.spans.iter().map(|span| span.worker + 1).max();
        let lanes = workers.unwrap_or(1).min(MOST_LANES);
        let cell = self.cell(area.width);
        let offset = ledger.process_seconds;
        let needed = |name| {
            let asked = ledger.runs.last().map_or(&[][..], |run| &run.dimensions);
            let resource = ledger.resource(name);
            resource.is_some_and(|r| r.needs.iter().any(|n| asked.contains(&n.dimension)))
        };
        for lane in 0..lanes {
            let row = usize::from(area.height).saturating_sub(lanes - lane);
            let mut pen = Pen::new(buffer, glyphs, area, row);
            for column in 0..area.width {
                let (from, to) = (f64::from(column) * cell, f64::from(column + 1) * cell);
                let within = |start: f64, end: Option<f64>| {
                    let end = end.map_or(self.race.clock, |end| end + offset);
                    start + offset < to && end > from
                };
                let mut spans = ledger.spans.iter();
                let load =
                    spans.find(|s| s.worker == lane && within(s.started_at, s.ended.map(|e| e.0)));
                let mut works = ledger.course.works.iter();
                let works = lane == 0
                    && works.any(|w| w.computing_at.is_some_and(|at| within(at, w.ended_at)));
                match load {
                    Some(span) if needed(&span.name) => pen.put(glyphs.line_full, theme.good),
                    Some(_) => pen.put(glyphs.line_full, theme.bad),
                    None if works => pen.put(glyphs.line_full, theme.accent),
                    None => pen.skip(1),
                };
            }
        }
        lanes as u16
    }

    /// The resident set over time as columns.
    fn chart(&self, side: usize, buffer: &mut Buffer, area: Rect) {
        let (theme, glyphs) = (&self.race.theme, self.race.glyphs);
        if area.height == 0 || area.width == 0 {
            return;
        }
        // What is still to be shown has its room from the start.
        let known = self.race.sides.iter().map(Side::peak);
        let shown = self.taken.iter().map(|taken| taken.peak_bytes);
        let most = known.chain(shown).max().unwrap_or(0).max(1);
        let heights = heights(
            &self.race.sides[side],
            self.cell(area.width),
            area.width,
            self.race.clock,
        );
        let steps = glyphs.columns.len() as u64;
        let rows = u64::from(area.height);
        for (column, bytes) in heights.into_iter().enumerate() {
            let Some(bytes) = bytes else {
                continue;
            };
            let height = (bytes * rows * steps).div_ceil(most).min(rows * steps);
            for row in 0..rows {
                let filled = height.saturating_sub(row * steps).min(steps);
                if filled > 0 {
                    let x = area.x + column as u16;
                    let y = area.bottom() - 1 - row as u16;
                    let sign = glyphs.columns[(filled - 1) as usize];
                    buffer[(x, y)].set_symbol(sign).set_style(self.style(side));
                }
            }
        }
        let top = display::bytes(most);
        let mut pen = Pen::new(buffer, glyphs, area, 0);
        pen.skip_to_last(text::width(&top)).put(&top, theme.dim);
    }

    fn axis(&self, buffer: &mut Buffer, area: Rect) {
        let (theme, glyphs) = (&self.race.theme, self.race.glyphs);
        let inside = Rect::new(area.x + 1, area.y, area.width - 2, 1);
        let columns = drawn(inside).width;
        let marks = if columns >= 60 { 5 } else { 2 };
        for mark in 0..=marks {
            let share = f64::from(mark) / f64::from(marks);
            let words = format!("{:.1} s", self.seconds * share);
            let at = (share * f64::from(columns)) as usize;
            let at = at.saturating_sub(if mark == 0 { 0 } else { words.len() });
            Pen::new(buffer, glyphs, inside, 0)
                .skip(at)
                .put(&words, theme.dim);
        }
        let mut pen = Pen::new(buffer, glyphs, inside, 0);
        pen.skip(usize::from(columns) + 2);
        for (style, words) in [
            (theme.good, "asked for"),
            (theme.bad, "not"),
            (theme.accent, "computes"),
        ] {
            pen.put(glyphs.line_full, style)
                .put(words, theme.dim)
                .skip(1);
        }
    }

    fn words(&self, buffer: &mut Buffer, area: Rect) {
        let (theme, race) = (&self.race.theme, self.race);
        let [eager, lazy] = &self.taken;
        let logs = (&race.sides[0].ledger, &race.sides[1].ledger);
        let (said, style) = match &race.problem {
            Some(problem) => (problem.clone(), theme.bad),
            None => (caption((logs.0, eager), (logs.1, lazy)), theme.strong),
        };
        let columns = usize::from(area.width) - 2;
        for (row, line) in text::wrap(&said, columns).iter().enumerate() {
            let mut pen = Pen::new(buffer, race.glyphs, area, row);
            pen.skip(1).put(line, style);
        }
    }

    fn keys(&self, buffer: &mut Buffer, area: Rect) {
        let theme = &self.race.theme;
        let mut pen = Pen::new(buffer, self.race.glyphs, area, 0);
        pen.skip(1);
        let again = if self.race.start.is_some() {
            "run again"
        } else {
            "again"
        };
        for (key, words) in [
            ("r", again),
            ("s", "slowly"),
            ("space", "pause"),
            ("q", "quit"),
        ] {
            pen.put(key, theme.accent).skip(1);
            pen.put(words, theme.dim).skip(2);
        }
    }
}

/// The most that was resident in each cell, for as long as the session went on.
fn heights(side: &Side, cell: f64, columns: u16, clock: f64) -> Vec<Option<u64>> {
    let ledger = &side.ledger;
    let offset = ledger.process_seconds;
    let taken = side.taken(clock);
    let end = taken.seconds;
    let mut last = None;
    let mut points = ledger.memory.history.iter().peekable();
    let heights = (0..columns).map(|column| {
        let from = f64::from(column) * cell;
        let to = from + cell;
        let mut most: Option<u64> = last;
        while let Some(point) = points.next_if(|point| point.t + offset < to) {
            most = most.max(Some(point.high_rss_bytes));
            last = Some(point.rss_bytes);
        }
        most.filter(|_| from <= end)
    });
    heights.collect()
}
