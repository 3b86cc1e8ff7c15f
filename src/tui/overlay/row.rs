//! A row of results by itself: every number with what it means, its interval, and what it was in the
//! run that it is compared with.

use super::{Line, labelled};
use crate::display;
use crate::event::{Bar, DimensionOutcome, Figure, GateResult, ReferenceLine, ResultTable, Score};
use crate::explain::definitions::definition;
use crate::explain::results::{gate_bound, gate_value, interval_words};
use crate::tui::draw::table::{self, cell_words};
use crate::tui::draw::{ResultRow, View};
use crate::vocabulary::Dimension;

/// Columns of the labels.
const LABEL: usize = 18;
/// Points of a curve that are listed.
const MOST_POINTS: usize = 40;

/// What it is called.
pub(super) fn title(view: &View<'_>, dimension: Dimension, row: &ResultRow) -> String {
    let named = outcome(view, dimension).and_then(|outcome| match row {
        ResultRow::Score => Some(format!("Score of {dimension}")),
        ResultRow::Gate(place) => Some(outcome.gates.get(*place)?.metric.clone()),
        ResultRow::Figure(place) => Some(outcome.figures.get(*place)?.title().to_owned()),
        ResultRow::Bar(place, bar) => match outcome.figures.get(*place)? {
            Figure::Bars { bars, .. } => Some(bars.get(*bar)?.label.clone()),
            _ => None,
        },
        ResultRow::Table(key, row) => {
            let cells = outcome.tables.get(key)?.rows.get(*row)?;
            Some(cell_words(cells.first()?))
        }
        ResultRow::Need(name) => Some(name.to_string()),
    });
    named.unwrap_or_else(|| "Row".to_owned())
}

/// What is looked at: where a rerun has failed, what was found before.
fn outcome<'a>(view: &View<'a>, dimension: Dimension) -> Option<&'a DimensionOutcome> {
    let record = view.ledger.dimension(dimension);
    let before = record.before.as_ref().map(|(_, before)| &**before);
    before.or(record.outcome.as_ref())
}

pub(super) fn lines(
    view: &View<'_>,
    dimension: Dimension,
    row: &ResultRow,
    columns: usize,
) -> Vec<Line> {
    let mut page = Page {
        view,
        columns,
        lines: Vec::new(),
    };
    let Some(outcome) = outcome(view, dimension) else {
        page.tell("", "there are no results at this moment");
        return page.lines;
    };
    let pinned = view.pinned_outcome(dimension);
    match row {
        ResultRow::Score => {
            if let Some(score) = &outcome.score {
                let was = pinned.and_then(|pinned| pinned.score.as_ref());
                page.score(score, was);
            }
        }
        ResultRow::Gate(place) => {
            if let Some(gate) = outcome.gates.get(*place) {
                page.gate(outcome, gate, pinned);
            }
        }
        ResultRow::Figure(place) => {
            if let Some(figure) = outcome.figures.get(*place) {
                page.figure(figure);
            }
        }
        ResultRow::Bar(place, bar) => {
            if let Some(Figure::Bars {
                title,
                bars,
                reference,
                ..
            }) = outcome.figures.get(*place)
                && let Some(bar) = bars.get(*bar)
            {
                let before = pinned.and_then(|pinned| same_bar(pinned, title, bar));
                page.bar(title, bar, before, reference.as_ref());
                page.importance(outcome, &bar.label);
            }
        }
        ResultRow::Table(key, row) => {
            if let Some(table) = outcome.tables.get(key) {
                let before = pinned.and_then(|pinned| pinned.tables.get(key));
                page.row(table, *row, before);
            }
        }
        ResultRow::Need(_) => {}
    }
    page.lines
}

fn same_bar<'a>(pinned: &'a DimensionOutcome, title: &str, bar: &Bar) -> Option<&'a Bar> {
    let mut figures = pinned.figures.iter();
    figures.find_map(|figure| match figure {
        Figure::Bars {
            title: own, bars, ..
        } if own == title => bars.iter().find(|other| other.label == bar.label),
        _ => None,
    })
}

struct Page<'a> {
    view: &'a View<'a>,
    columns: usize,
    lines: Vec<Line>,
}

impl Page<'_> {
    fn tell(&mut self, label: &str, words: &str) {
        let theme = self.view.theme;
        let shown = crate::tui::draw::text::fit(label, LABEL - 1, self.view.glyphs.ellipsis);
        let label = (&*shown, LABEL, theme.dim);
        self.lines
            .extend(labelled(label, words, self.columns, theme.text));
    }

    /// What a number of this name means, under it.
    fn define(&mut self, name: &str) {
        if let Some(words) = definition(name) {
            let label = ("", LABEL, self.view.theme.dim);
            let style = self.view.theme.dim;
            self.lines
                .extend(labelled(label, words, self.columns, style));
        }
    }

    fn score(&mut self, score: &Score, was: Option<&Score>) {
        let value = display::metric(score.value);
        let was = was.map(|was| was.value);
        self.tell("value", &with_before(value, Some(score.value), was));
        if let Some((low, high)) = score.interval {
            let words = format!("{} to {}", display::metric(low), display::metric(high));
            self.tell("95% interval", &words);
        }
        self.tell("what it means", &score.meaning);
    }

    fn gate(
        &mut self,
        outcome: &DimensionOutcome,
        gate: &GateResult,
        pinned: Option<&DimensionOutcome>,
    ) {
        let metric = gate
            .metric
            .split_once('.')
            .map_or(&*gate.metric, |(_, name)| name);
        let word = if gate.passed { "passed" } else { "failed" };
        self.tell("gate", &format!("{word}: must be {}", gate_bound(gate)));
        let was = pinned.and_then(|pinned| pinned.metrics.get(metric).copied().flatten());
        self.tell("value", &with_before(gate_value(gate), gate.value, was));
        if let Some(words) = interval_words(outcome, metric) {
            self.tell("95% interval", &words);
        }
        self.define(metric);
    }

    /// Beside the drift of a feature, what the model loses without it, where robustness has measured that.
    fn importance(&mut self, outcome: &DimensionOutcome, feature: &str) {
        let has_drift = |name: &String| name.ends_with(&format!(".psi.{feature}"));
        if !outcome.metrics.keys().any(has_drift) {
            return;
        }
        let robustness = self.view.ledger.dimension(Dimension::Robustness);
        let measured = robustness.outcome.as_ref().and_then(|robustness| {
            let name = format!("permutation_importance.{feature}.mean");
            robustness.metrics.get(&name).copied().flatten()
        });
        let words = measured.map_or_else(
            || "unknown: robustness has not permuted it".to_owned(),
            |loss| format!("{}, lost where it is permuted", display::metric(loss)),
        );
        self.tell("importance", &words);
    }

    fn bar(
        &mut self,
        title: &str,
        bar: &Bar,
        before: Option<&Bar>,
        reference: Option<&ReferenceLine>,
    ) {
        self.tell("picture", title);
        let value = bar
            .value
            .map_or_else(|| "undefined".to_owned(), display::metric);
        let was = before.and_then(|before| before.value);
        self.tell("value", &with_before(value, bar.value, was));
        if let Some((low, high)) = bar.interval {
            let words = format!("{} to {}", display::metric(low), display::metric(high));
            self.tell("95% interval", &words);
        }
        if !bar.note.is_empty() {
            self.tell("note", &bar.note);
        }
        if let Some(line) = reference {
            let at = display::metric(line.value);
            self.tell("line", &format!("{} at {at}", line.label));
        }
        let words = if bar.flagged {
            "flagged: it breaks the rule, after correction for the number of those compared"
        } else {
            "not flagged"
        };
        self.tell("judged", words);
    }

    fn figure(&mut self, figure: &Figure) {
        match figure {
            Figure::Curves {
                x_label,
                y_label,
                series,
                level,
                place,
                ..
            } => {
                self.tell("across", x_label);
                self.define(x_label);
                self.tell("up", y_label);
                self.define(y_label);
                for line in [level, place].into_iter().flatten() {
                    self.tell(&line.label, &display::metric(line.value));
                }
                for one in series {
                    self.lines.push(Line::new());
                    self.tell("curve", &one.name);
                    for point in one.points.iter().take(MOST_POINTS) {
                        let interval = if point.low < point.high {
                            let (low, high) = (point.low, point.high);
                            format!(", {} to {}", display::metric(low), display::metric(high))
                        } else {
                            String::new()
                        };
                        let label = display::metric(point.x);
                        self.tell(&label, &format!("{}{interval}", display::metric(point.y)));
                    }
                }
            }
            Figure::Reliability { bins, .. } => {
                self.define("observed rate");
                for bin in bins {
                    let words = format!(
                        "observed {}, {} rows",
                        display::metric(bin.observed_rate),
                        display::count(bin.count)
                    );
                    self.tell(
                        &format!("score {}", display::metric(bin.mean_score)),
                        &words,
                    );
                }
            }
            Figure::HeatMap {
                x_label,
                y_label,
                value_label,
                x,
                y,
                rows,
                best,
                ..
            } => {
                self.tell("values", value_label);
                for (line, (down, values)) in y.iter().zip(rows).enumerate() {
                    self.lines.push(Line::new());
                    self.tell(y_label, down);
                    for (column, (across, value)) in x.iter().zip(values).enumerate() {
                        let value = value.map_or_else(|| "unknown".to_owned(), display::metric);
                        let is_best = *best == Some((line, column));
                        let mark = if is_best { ", the best" } else { "" };
                        self.tell(&format!("{x_label} {across}"), &format!("{value}{mark}"));
                    }
                }
            }
            Figure::Parallel { axes, lines, .. } => {
                for axis in axes {
                    let marks: Vec<&str> = axis.marks.iter().map(|(_, mark)| &**mark).collect();
                    self.tell(&axis.name, &marks.join(", "));
                }
                self.lines.push(Line::new());
                for (rank, line) in lines.iter().take(MOST_POINTS).enumerate() {
                    self.tell(&format!("number {}", rank + 1), &line.name);
                }
            }
            Figure::Bars { .. } => {}
        }
    }

    fn row(&mut self, table: &ResultTable, row: usize, before: Option<&ResultTable>) {
        self.tell("table", &table.title);
        let shown = table::Shown {
            table,
            rows: vec![row],
            before,
            sorted: None,
        };
        let Some(cells) = table.rows.get(row) else {
            return;
        };
        let words = |at: usize| cells.get(at).map_or_else(String::new, cell_words);
        let is_end = |at: usize, ends: &[&str]| {
            table
                .columns
                .get(at)
                .is_some_and(|head| ends.contains(&head.as_str()))
        };
        let mut at = 0;
        while at < table.columns.len() {
            let mut told = words(at);
            if let Some(delta) = table::delta(&shown, row, at) {
                told = format!("{told}, {delta}");
            }
            let name = &table.columns[at];
            if is_end(at + 1, &["95% low", "low"]) && is_end(at + 2, &["high"]) {
                told = format!("{told}, 95% from {} to {}", words(at + 1), words(at + 2));
                at += 2;
            }
            self.tell(name, &told);
            self.define(name);
            at += 1;
        }
    }
}

/// A value, and beside it what it was and by how much it differs.
fn with_before(value: String, is: Option<f64>, was: Option<f64>) -> String {
    match is.zip(was) {
        Some((is, was)) => {
            let delta = display::signed(is - was);
            format!("{value}, was {}, {delta}", display::metric(was))
        }
        None => value,
    }
}
