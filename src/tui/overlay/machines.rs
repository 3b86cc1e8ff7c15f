//! What other machines do for the run, on the timeline: a lane for the loads of each worker, and one for
//! what its requests found.

use ratatui::style::Style;

use super::Line;
use super::timeline::Page;
use crate::explain::names::short_name;
use crate::ledger::{ShardTerm, SpanEnd, WorkerRecord, WorkerSpan, kind_by_name};
use crate::vocabulary::{ResourceKind, ShardEnd};

/// A worker at a moment, in words; none where it had nothing to do.
pub(super) fn worker_words(worker: &WorkerRecord, now: f64) -> Option<String> {
    let goes_on = |span: &&WorkerSpan| {
        span.started_at <= now && span.ended.is_none_or(|(ended, _)| ended > now)
    };
    let span = worker.spans.iter().rfind(goes_on)?;
    Some(format!(
        "worker {} loads {} of shard {}",
        worker.worker,
        short_name(&span.name.0),
        span.shard
    ))
}

impl Page<'_> {
    /// Two lanes a worker that had a shard in this time.
    pub(super) fn machines(&self) -> Vec<Line> {
        let workers = self.view.live.workers.iter();
        let shown = workers.filter(|worker| self.covers(worker.since, None));
        shown.flat_map(|worker| self.machine(worker)).collect()
    }

    fn machine(&self, worker: &WorkerRecord) -> [Line; 2] {
        let spans: Vec<&WorkerSpan> = worker.spans.iter().collect();
        let loads = self.lane(&worker.worker.to_string(), |cell| {
            self.worker_load(worker, &spans, cell)
        });
        [loads, self.worker_lookups(worker)]
    }

    /// The load that takes most of a cell.
    fn worker_load(
        &self,
        worker: &WorkerRecord,
        spans: &[&WorkerSpan],
        cell: usize,
    ) -> (&'static str, Style) {
        let (theme, glyphs) = (self.view.theme, self.view.glyphs);
        let (start, end) = self.axis.span(cell);
        let until = |span: &WorkerSpan| span.ended.map_or(self.view.live.now, |(t, _)| t);
        let within =
            |span: &WorkerSpan| (until(span).min(end) - span.started_at.max(start)).max(0.0);
        let touching = spans
            .iter()
            .filter(|span| span.started_at < end && until(span) >= start);
        let longest = touching.max_by(|a, b| within(a).total_cmp(&within(b)));
        let Some(span) = longest else {
            return self.worker_term(worker, (start, end));
        };
        let style = match (span.ended, kind_by_name(&span.name)) {
            (Some((_, SpanEnd::Failed)), _) => theme.bad,
            (Some((_, SpanEnd::Cancelled)), _) => theme.warn,
            (_, Some(ResourceKind::Predictions)) => theme.series[0],
            (_, Some(ResourceKind::Model)) => theme.series[1],
            (_, Some(ResourceKind::Table)) => theme.series[2],
            _ => theme.series[3],
        };
        (glyphs.line_full, style)
    }

    /// Had it a shard, though nothing of it was told?
    fn worker_term(
        &self,
        worker: &WorkerRecord,
        (start, end): (f64, f64),
    ) -> (&'static str, Style) {
        let (theme, glyphs) = (self.view.theme, self.view.glyphs);
        let until = |term: &ShardTerm| term.ended.map_or(self.view.live.now, |(t, _)| t);
        let mut terms = worker.terms.iter();
        let term = terms.find(|term| term.started_at < end && until(term) >= start);
        match term.map(|term| term.ended) {
            None => (" ", theme.dim),
            Some(Some((_, ShardEnd::Lost | ShardEnd::Failed))) => (glyphs.line_empty, theme.bad),
            Some(_) => (glyphs.line_empty, theme.dim),
        }
    }

    /// A miss in a cell is more to look at than its hits.
    fn worker_lookups(&self, worker: &WorkerRecord) -> Line {
        let (theme, glyphs) = (self.view.theme, self.view.glyphs);
        let mut found = vec![None; self.axis.cells];
        for lookup in &worker.lookups {
            if let Some(cell) = self.axis.place(lookup.t) {
                found[cell] = found[cell].max(Some(!lookup.is_hit));
            }
        }
        let asked = worker.hits + worker.misses;
        let label = format!("  {}/{asked} hits", worker.hits);
        self.lane(&label, |cell| match found[cell] {
            None => (" ", theme.dim),
            Some(false) => (glyphs.hit, theme.good),
            Some(true) => (glyphs.miss, theme.warn),
        })
    }
}
