//! The session over time: loads on the lanes of their workers, dimensions at work, what is held, what
//! requests found, and the moment that the panels show.

use ratatui::style::Style;

use super::Line;
use super::machines::worker_words;
use crate::display;
use crate::explain::names::short_name;
use crate::ledger::{Ledger, LoadSpan, Mark, RunRecord, SpanEnd, Work};
use crate::tui::command::Action;
use crate::tui::draw::plot::ticks;
use crate::tui::draw::{View, text};
use crate::vocabulary::{Dimension, Lookup, ResourceKind};

/// Columns of the labels.
const LABEL: usize = 16;
/// Loads under way that are named.
const MOST_NAMED: usize = 4;
/// Columns from one round time to the next, at least.
const TICK_COLUMNS: usize = 14;

/// The time that is shown, cut into cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    from: f64,
    to: f64,
    pub(super) cells: usize,
}

impl Axis {
    /// The run that is looked at, or the whole session.
    pub(super) fn of(view: &View<'_>, is_whole: bool, columns: usize) -> Self {
        let run = run_at(view.live, view.now).filter(|_| !is_whole);
        let (from, to) = run.map_or((0.0, view.live.now), |run| {
            let end = run.seconds.map_or(view.live.now, |s| run.started_at + s);
            // What other machines did for it came before it.
            let others = view.live.workers.iter().map(|worker| worker.since);
            (others.fold(run.started_at, f64::min), end)
        });
        Self {
            from,
            to: to.max(from + 1e-6),
            cells: columns.saturating_sub(LABEL).max(1),
        }
    }

    fn cell(self) -> f64 {
        (self.to - self.from) / self.cells as f64
    }

    /// The time that a cell covers.
    pub(super) fn span(self, cell: usize) -> (f64, f64) {
        let start = self.from + self.cell() * cell as f64;
        (start, start + self.cell())
    }

    /// The cell of a time, if it is shown.
    pub(super) fn place(self, t: f64) -> Option<usize> {
        let is_shown = t >= self.from && t <= self.to;
        is_shown.then(|| (((t - self.from) / self.cell()) as usize).min(self.cells - 1))
    }

    /// The time so many cells after this one.
    pub(super) fn beside(self, t: f64, cells: f64) -> f64 {
        (t + cells * self.cell()).max(0.0)
    }
}

/// How many decimals a round time needs.
fn decimals_of(t: f64) -> usize {
    let words = format!("{t:.4}");
    let decimals = words.trim_end_matches('0').split_once('.');
    decimals.map_or(0, |(_, decimals)| decimals.len())
}

/// The run that a time is in or after.
fn run_at(ledger: &Ledger, t: f64) -> Option<&RunRecord> {
    ledger
        .runs
        .iter()
        .take_while(|run| run.started_at <= t)
        .last()
}

pub(super) fn lines(view: &View<'_>, is_whole: bool, columns: usize) -> Vec<Line> {
    let axis = Axis::of(view, is_whole, columns);
    let page = Page { view, axis };
    let mut lines = vec![page.head(is_whole)];
    lines.extend(page.machines());
    lines.extend(page.workers());
    lines.extend(page.dimensions());
    lines.push(page.held());
    lines.push(page.requests());
    lines.push(page.marks());
    lines.push(page.cursor());
    lines.push(page.times());
    lines.extend(page.moment(columns));
    lines.push(Line::new());
    lines.extend(page.legend(columns));
    lines
}

/// What moves through it.
pub(super) fn keys(view: &View<'_>, is_whole: bool) -> String {
    let other = if is_whole { "one run" } else { "all" };
    let key = |action| view.key(action);
    format!(
        "left right time, {}{} event, {} plays, {} now, {} {other}, esc closes",
        key(Action::EarlierEvent),
        key(Action::LaterEvent),
        key(Action::Play),
        key(Action::Now),
        key(Action::Zoom),
    )
}

pub(super) struct Page<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) axis: Axis,
}

impl Page<'_> {
    /// A lane: a label, and a sign and style a cell. Cells alike are one part.
    pub(super) fn lane(&self, label: &str, cell: impl Fn(usize) -> (&'static str, Style)) -> Line {
        let glyphs = self.view.glyphs;
        let label = text::fit(label, LABEL - 1, glyphs.ellipsis).into_owned();
        let mut line = vec![(format!("{label:<LABEL$}"), self.view.theme.dim)];
        for place in 0..self.axis.cells {
            let (sign, style) = cell(place);
            match line.last_mut() {
                Some((words, last)) if place > 0 && *last == style => words.push_str(sign),
                _ => line.push((sign.to_owned(), style)),
            }
        }
        line
    }

    fn head(&self, is_whole: bool) -> Line {
        let (theme, axis) = (self.view.theme, self.axis);
        let run = run_at(self.view.live, self.view.now);
        let what = match run.filter(|_| !is_whole) {
            Some(run) => format!("run {}", run.run),
            None => "session".to_owned(),
        };
        let times = format!("{:.3} s to {:.3} s", axis.from, axis.to);
        vec![
            (format!("{what:<LABEL$}"), theme.strong),
            (times, theme.text),
        ]
    }

    /// A lane a worker that has loaded something in this time.
    fn workers(&self) -> Vec<Line> {
        let spans: Vec<&LoadSpan> = self.view.live.spans.iter().collect();
        let shown = |span: &&&LoadSpan| self.covers(span.started_at, span.ended.map(|e| e.0));
        let mut workers: Vec<usize> = spans.iter().filter(shown).map(|s| s.worker).collect();
        workers.sort_unstable();
        workers.dedup();
        let lane = |worker: usize| {
            let own: Vec<&LoadSpan> = spans
                .iter()
                .filter(|s| s.worker == worker)
                .copied()
                .collect();
            self.lane(&format!("worker {worker}"), |cell| self.load(&own, cell))
        };
        workers.into_iter().map(lane).collect()
    }

    pub(super) fn covers(&self, start: f64, end: Option<f64>) -> bool {
        start <= self.axis.to && end.is_none_or(|end| end >= self.axis.from)
    }

    /// The load that takes most of a cell.
    fn load(&self, spans: &[&LoadSpan], cell: usize) -> (&'static str, Style) {
        let (theme, glyphs) = (self.view.theme, self.view.glyphs);
        let (start, end) = self.axis.span(cell);
        let within = |span: &LoadSpan| {
            let ended = span.ended.map_or(self.view.live.now, |(t, _)| t);
            (ended.min(end) - span.started_at.max(start)).max(0.0)
        };
        let touches = |span: &&&LoadSpan| {
            let ended = span.ended.map_or(self.view.live.now, |(t, _)| t);
            span.started_at < end && ended >= start
        };
        let longest = spans
            .iter()
            .filter(touches)
            .max_by(|a, b| within(a).total_cmp(&within(b)));
        let Some(span) = longest else {
            return (" ", theme.dim);
        };
        let style = match span.ended {
            Some((_, SpanEnd::Failed)) => theme.bad,
            Some((_, SpanEnd::Cancelled)) => theme.warn,
            _ if span.is_ahead => theme.good,
            _ => self.kind_style(span),
        };
        let sign = if span.is_ahead {
            glyphs.ahead
        } else {
            glyphs.line_full
        };
        (sign, style)
    }

    fn kind_style(&self, span: &LoadSpan) -> Style {
        let series = self.view.theme.series;
        let kind = self.view.live.resource(&span.name).map(|r| r.kind);
        match kind {
            Some(ResourceKind::Predictions) => series[0],
            Some(ResourceKind::Model) => series[1],
            Some(ResourceKind::Table) => series[2],
            _ => series[3],
        }
    }

    /// A lane a dimension that was at work in this time.
    fn dimensions(&self) -> Vec<Line> {
        let works = &self.view.live.course.works;
        let shown = |dimension: Dimension| {
            let mut own = works.iter().filter(|work| work.dimension == dimension);
            own.any(|work| self.covers(work.asked_at, work.ended_at))
        };
        let lane =
            |dimension: Dimension| self.lane(dimension.name(), |cell| self.work(dimension, cell));
        let all = Dimension::ALL.into_iter();
        all.filter(|d| shown(*d)).map(lane).collect()
    }

    fn work(&self, dimension: Dimension, cell: usize) -> (&'static str, Style) {
        let (theme, glyphs) = (self.view.theme, self.view.glyphs);
        let (start, end) = self.axis.span(cell);
        let own = self.view.live.course.works.iter();
        let own = own.filter(|work| {
            let ended = work.ended_at.unwrap_or(self.view.live.now);
            work.dimension == dimension && work.asked_at < end && ended >= start
        });
        let own: Vec<&Work> = own.collect();
        // The moment at which it was found is more to look at than what is around it.
        let is_found = |work: &&Work| {
            let here = work.ended_at.and_then(|t| self.axis.place(t)) == Some(cell);
            work.kept_in.is_some() && here
        };
        if own.iter().any(is_found) {
            return (glyphs.joined, theme.good);
        }
        // It waited for nothing: it was there.
        let made = own.iter().find(|work| work.kept_in.is_none());
        match made.map(|work| work.computing_at) {
            None => (" ", theme.dim),
            Some(Some(computing)) if computing < end => (glyphs.line_full, theme.accent),
            Some(_) => (glyphs.line_empty, theme.dim),
        }
    }

    /// The most that was held in each cell, by estimate, as columns.
    fn held(&self) -> Line {
        let (theme, glyphs) = (self.view.theme, self.view.glyphs);
        let heights = self.held_bytes();
        let most = heights.iter().copied().max().unwrap_or(0);
        let label = format!("held {}", display::bytes(most));
        self.lane(&label, |cell| {
            let steps = glyphs.columns.len() as u64;
            match (heights[cell] * steps).div_ceil(most.max(1)) {
                0 => (" ", theme.dim),
                step => (
                    glyphs.columns[(step.min(steps) - 1) as usize],
                    theme.series[0],
                ),
            }
        })
    }

    /// The most that was held in each cell.
    fn held_bytes(&self) -> Vec<u64> {
        let mut most = vec![None; self.axis.cells];
        // Before the first cell, and then at the end of each.
        let mut before = 0;
        let mut last = vec![None; self.axis.cells];
        for (t, bytes) in &self.view.live.course.held {
            match self.axis.place(*t) {
                Some(cell) => {
                    most[cell] = most[cell].max(Some(*bytes));
                    last[cell] = Some(*bytes);
                }
                None if *t < self.axis.from => before = *bytes,
                None => {}
            }
        }
        let mut held = before;
        let cells = most.into_iter().zip(last).enumerate();
        let heights = cells.map(|(cell, (most, last))| {
            let is_to_come = self.axis.span(cell).0 > self.view.live.now;
            let highest = most.map_or(held, |most| most.max(held));
            held = last.unwrap_or(held);
            if is_to_come { 0 } else { highest }
        });
        heights.collect()
    }

    /// What requests for predictions found: a miss in a cell is more to look at than its hits.
    fn requests(&self) -> Line {
        let (theme, glyphs) = (self.view.theme, self.view.glyphs);
        let mut found = vec![None; self.axis.cells];
        let lookups = self
            .view
            .live
            .lookups
            .iter()
            .filter(|lookup| lookup.counts());
        for lookup in lookups {
            if let Some(cell) = self.axis.place(lookup.t) {
                let is_miss = matches!(lookup.lookup, Lookup::Miss(_));
                found[cell] = found[cell].max(Some(is_miss));
            }
        }
        self.lane("hits and misses", |cell| match found[cell] {
            None => (" ", theme.dim),
            Some(false) => (glyphs.hit, theme.good),
            Some(true) => (glyphs.miss, theme.warn),
        })
    }

    fn marks(&self) -> Line {
        let theme = self.view.theme;
        let mut found = vec![None; self.axis.cells];
        for (t, mark) in &self.view.live.course.marks {
            if let Some(cell) = self.axis.place(*t) {
                found[cell] = found[cell].max(Some(*mark));
            }
        }
        self.lane("marks", |cell| match found[cell] {
            None => (" ", theme.dim),
            Some(Mark::Command) => ("c", theme.dim),
            Some(Mark::Run) => ("r", theme.text),
            Some(Mark::Evicted) => ("e", theme.warn),
            Some(Mark::Changed) => ("f", theme.warn),
        })
    }

    fn cursor(&self) -> Line {
        let (theme, glyphs) = (self.view.theme, self.view.glyphs);
        // After a run, now is its end.
        let here = self.axis.place(self.view.now.min(self.axis.to));
        let rule = glyphs.rule;
        self.lane("", |cell| {
            if here == Some(cell) {
                (glyphs.mark, theme.strong.patch(theme.accent))
            } else {
                (rule, theme.border)
            }
        })
    }

    /// Round times under their places.
    fn times(&self) -> Line {
        let Axis { from, to, cells } = self.axis;
        let values = ticks((from, to), (cells / TICK_COLUMNS).clamp(2, 8));
        let decimals = values.iter().map(|t| decimals_of(*t)).max().unwrap_or(0);
        let mut words = String::new();
        for t in values {
            let label = format!("{t:.decimals$} s");
            let place = self.axis.place(t).unwrap_or(0);
            let begins = place.saturating_sub(label.len() / 2);
            let begins = begins.min(cells.saturating_sub(label.len()));
            if words.is_empty() || begins > words.len() {
                words = format!("{words:<begins$}{label}");
            }
        }
        let dim = self.view.theme.dim;
        vec![(" ".repeat(LABEL), dim), (words, dim)]
    }

    /// What goes on at the moment.
    fn moment(&self, columns: usize) -> Vec<Line> {
        let (theme, glyphs) = (self.view.theme, self.view.glyphs);
        let now = self.view.now;
        let goes_on =
            |start: f64, end: Option<f64>| start <= now && end.is_none_or(|end| end > now);
        let spans = self.view.live.spans.iter();
        let loading: Vec<&str> = spans
            .filter(|span| goes_on(span.started_at, span.ended.map(|e| e.0)))
            .map(|span| short_name(&span.name.0))
            .collect();
        let works = self.view.live.course.works.iter();
        let computing: Vec<&str> = works
            .filter(|work| {
                work.computing_at
                    .is_some_and(|at| goes_on(at, work.ended_at))
            })
            .map(|work| work.dimension.name())
            .collect();
        let mut words = format!("{now:.3} s");
        if let Some(past) = self.view.past {
            words = format!(
                "{words}, event {} of {}",
                self.view.ledger.events, past.events
            );
        }
        let more = loading.len().saturating_sub(MOST_NAMED);
        for worker in &self.view.live.workers {
            if let Some(said) = worker_words(worker, now) {
                words = format!("{words} {} {said}", glyphs.dot);
            }
        }
        for (what, names) in [("loads", &loading), ("computes", &computing)] {
            if !names.is_empty() {
                let shown: Vec<&str> = names.iter().take(MOST_NAMED).copied().collect();
                words = format!("{words} {} {what} {}", glyphs.dot, shown.join(", "));
            }
        }
        if more > 0 {
            words = format!("{words} and {more} more");
        }
        let lines = text::wrap(&words, columns).into_iter();
        lines.map(|line| vec![(line, theme.text)]).collect()
    }

    fn legend(&self, columns: usize) -> Vec<Line> {
        let (theme, glyphs) = (self.view.theme, self.view.glyphs);
        let bar = glyphs.line_full;
        let series = theme.series;
        let has_ahead = self.view.live.spans.iter().any(|span| span.is_ahead);
        let ahead = has_ahead.then_some((glyphs.ahead, theme.good, "ahead of need"));
        let loads = [
            (bar, series[0], "predictions"),
            (bar, series[1], "models"),
            (bar, series[2], "tables"),
            (bar, series[3], "other"),
        ];
        let others = [
            (glyphs.line_empty, theme.dim, "waits"),
            (bar, theme.accent, "computes"),
            (glyphs.joined, theme.good, "from disk"),
            ("r", theme.text, "run"),
            ("c", theme.dim, "command"),
            ("e", theme.warn, "evicted"),
            ("f", theme.warn, "file changed"),
        ];
        let parts = loads.into_iter().chain(ahead).chain(others);
        let mut lines = vec![Line::new()];
        let mut used = 0;
        for (sign, style, words) in parts {
            let width = words.len() + 4;
            if used + width > columns && used > 0 {
                lines.push(Line::new());
                used = 0;
            }
            used += width;
            if let Some(line) = lines.last_mut() {
                line.push((sign.to_owned(), style));
                line.push((format!(" {words}  "), theme.dim));
            }
        }
        lines
    }
}
