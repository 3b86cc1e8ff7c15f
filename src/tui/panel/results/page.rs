//! What there is to see of a dimension, as one long page.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Sorts;
use super::section::{Lane, Section};
use crate::display;
use crate::event::{Cell, DimensionOutcome, Figure, ResultTable};
use crate::explain::consequences::changed_words;
use crate::explain::progress::run_left_words;
use crate::explain::results::{failure_words, no_results_words};
use crate::ledger::{DimensionState, ResourceRecord};
use crate::tui::command::Action;
use crate::tui::draw::View;
use crate::tui::draw::figure::ShownFigure;
use crate::tui::draw::table::{self, cell_words};
use crate::tui::find::{Candidate, Filter};
use crate::vocabulary::Dimension;

pub(super) fn page<'a>(view: &View<'a>, filter: &Filter, sorts: &Sorts) -> Vec<Section<'a>> {
    let dimension = view.dimension;
    let ledger = view.ledger;
    let record = ledger.dimension(dimension);
    let mut page = Vec::new();
    let outcome = record
        .outcome
        .as_ref()
        .filter(|_| record.state == DimensionState::Idle);
    let Some(outcome) = outcome else {
        return prospect(view, dimension);
    };
    let known = Known {
        dimension,
        // Beside a failed rerun there is what was found before: it is compared with nothing.
        pinned: view
            .pinned_outcome(dimension)
            .filter(|_| record.before.is_none()),
        filter,
        sorts,
    };
    if !filter.is_empty() {
        return known.found(record.before.as_ref().map_or(outcome, |(_, before)| before));
    }
    page.push(Section::Verdict(dimension, outcome));
    page.extend(changed_words(&record.changed_files()).map(|words| {
        let rerun = if view.is_replay {
            String::new()
        } else {
            format!(". {} runs it again", view.key(Action::RunOne))
        };
        Section::OutOfDate(format!("out of date: {words}{rerun}"))
    }));
    let score_before = known.pinned.and_then(|pinned| pinned.score.as_ref());
    let score = outcome.score.as_ref();
    page.extend(score.map(|score| Section::Score(score, score_before)));
    page.extend(
        outcome
            .error
            .as_ref()
            .map(|error| Section::Error(failure_words(error))),
    );
    if let Some((t, before)) = &record.before {
        // A time, not an age: the screen of an idle session does not move.
        let headline = before.headline.as_ref();
        let headline =
            headline.map(|(name, value)| format!(": {} {name}", display::metric(*value)));
        let words = format!(
            "before that, it found at {t:.2} s{}",
            headline.unwrap_or_default()
        );
        page.extend([Section::Blank, Section::OutOfDate(words)]);
        let score = before
            .score
            .as_ref()
            .map(|score| Section::Score(score, None));
        let sections = score.into_iter().chain(known.findings(before));
        page.extend(sections.map(Box::new).map(Section::Before));
        return page;
    }
    page.extend(known.findings(outcome));
    page
}

/// What else decides which rows there are, and in which order.
struct Known<'a, 'f> {
    dimension: Dimension,
    /// What had been found in the run that it is compared with.
    pinned: Option<&'a DimensionOutcome>,
    filter: &'f Filter,
    sorts: &'f Sorts,
}

impl<'a> Known<'a, '_> {
    /// Gates, pictures, tables and notes.
    fn findings(&self, outcome: &'a DimensionOutcome) -> Vec<Section<'a>> {
        let mut page = Vec::new();
        page.extend(self.gates(outcome));
        // The verdict counts the warnings: the first picture may come before their words.
        let mut figures = self.figures(outcome).into_iter();
        if let Some(first) = figures.next() {
            page.extend([Section::Blank, first]);
        }
        let mut warnings = outcome.warnings().map(Section::Warning).peekable();
        if warnings.peek().is_some() {
            page.push(Section::Blank);
        }
        page.extend(warnings);
        for figure in figures {
            page.extend([Section::Blank, figure]);
        }
        for table in self.tables(outcome) {
            page.extend([Section::Blank, table]);
        }
        let notes = outcome.notes.iter().filter(|n| !n.is_warning());
        let mut notes = notes.map(|note| Section::Note(&note.text)).peekable();
        if notes.peek().is_some() {
            page.push(Section::Blank);
        }
        page.extend(notes);
        page
    }

    /// The rows that are looked for, under what they belong to.
    fn found(&self, outcome: &'a DimensionOutcome) -> Vec<Section<'a>> {
        let has_rows = |section: &Section<'_>| match section {
            Section::Table(_, shown) => !shown.rows.is_empty(),
            Section::Figure(_, shown) => !shown.bars.is_empty(),
            _ => true,
        };
        let gates = self.gates(outcome).into_iter();
        let gates = gates.filter(|section| match section {
            Section::Gate(_, gate, _) => self.holds(&[&gate.metric]),
            _ => false,
        });
        let mut page: Vec<Section<'a>> = gates.collect();
        let parts = self
            .figures(outcome)
            .into_iter()
            .chain(self.tables(outcome));
        for part in parts.filter(has_rows) {
            if !page.is_empty() {
                page.push(Section::Blank);
            }
            page.push(part);
        }
        if page.is_empty() {
            page.push(Section::Hint("no such row".to_owned()));
        }
        page
    }

    fn holds(&self, words: &[&str]) -> bool {
        self.filter.holds(&Candidate {
            words: words.to_vec(),
            ..Candidate::default()
        })
    }

    fn gates(&self, outcome: &'a DimensionOutcome) -> Vec<Section<'a>> {
        let before = |metric: &str| {
            let name = metric.split_once('.').map_or(metric, |(_, name)| name);
            self.pinned?.metrics.get(name).copied().flatten()
        };
        let gates = outcome.gates.iter().enumerate();
        let gates = gates.map(|(place, gate)| Section::Gate(place, gate, before(&gate.metric)));
        gates.collect()
    }

    fn figures(&self, outcome: &'a DimensionOutcome) -> Vec<Section<'a>> {
        let figures = outcome.figures.iter().enumerate();
        let shown = figures.map(|(place, figure)| {
            let bars = match figure {
                Figure::Bars { bars, .. } => {
                    let all = 0..bars.len();
                    let flagged = |flagged: bool| if flagged { "flagged" } else { "" };
                    let holds = |at: &usize| {
                        let bar = &bars[*at];
                        self.holds(&[&bar.label, &bar.note, flagged(bar.flagged), figure.title()])
                    };
                    all.filter(holds).collect()
                }
                _ => Vec::new(),
            };
            let before = self.pinned.and_then(|pinned| {
                let mut same = pinned.figures.iter();
                same.find(|other| other.title() == figure.title())
            });
            Section::Figure(
                place,
                ShownFigure {
                    figure,
                    bars,
                    before,
                },
            )
        });
        shown.collect()
    }

    fn tables(&self, outcome: &'a DimensionOutcome) -> Vec<Section<'a>> {
        let tables = outcome.tables.iter().map(|(key, table)| {
            let sorted = self.sorts.get(&(self.dimension, key.clone())).copied();
            let shown = table::Shown {
                table,
                rows: self.rows(table, sorted),
                before: self.pinned.and_then(|pinned| pinned.tables.get(key)),
                sorted,
            };
            Section::Table(key, shown)
        });
        tables.collect()
    }

    fn rows(&self, table: &ResultTable, sorted: Option<(usize, bool)>) -> Vec<usize> {
        let holds = |at: &usize| {
            let cells: Vec<String> = table.rows[*at].iter().map(cell_words).collect();
            let mut words: Vec<&str> = cells.iter().map(String::as_str).collect();
            words.push(&table.title);
            self.holds(&words)
        };
        let mut rows: Vec<usize> = (0..table.rows.len()).collect();
        if !self.filter.is_empty() {
            rows.retain(holds);
        }
        if let Some((column, is_reversed)) = sorted {
            let cell = |row: &usize| table.rows[*row].get(column);
            rows.sort_by(|one, other| compare(cell(one), cell(other)));
            if is_reversed {
                rows.reverse();
            }
        }
        rows
    }
}

/// The largest number first, then words from A on, then what is not defined.
fn compare(one: Option<&Cell>, other: Option<&Cell>) -> Ordering {
    let number = |cell: Option<&Cell>| match cell {
        Some(Cell::Number(number)) => Some(*number),
        Some(Cell::Count(count)) => Some(*count as f64),
        _ => None,
    };
    let text = |cell: Option<&Cell>| match cell {
        Some(Cell::Text(words)) => Some(words.clone()),
        _ => None,
    };
    match (number(one), number(other)) {
        (Some(one), Some(other)) => other.total_cmp(&one),
        (None, None) => {
            let (one, other) = (text(one), text(other));
            one.is_none().cmp(&other.is_none()).then(one.cmp(&other))
        }
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
    }
}

/// What there is to see before a dimension has been answered: what it needs, and how that stands.
fn prospect<'a>(view: &View<'a>, dimension: Dimension) -> Vec<Section<'a>> {
    let ledger = view.ledger;
    let record = ledger.dimension(dimension);
    let is_idle = record.unavailable.is_none() && record.state == DimensionState::Idle;
    let hint = if is_idle && !view.is_replay {
        let key = view.key(Action::RunOne);
        format!("{dimension} has not run. {key} runs it.")
    } else {
        no_results_words(dimension, record)
    };
    let mut page = vec![Section::Hint(hint)];
    let gates = ledger.unjudged_gates().filter(|(_, d)| *d == dimension);
    page.extend(gates.map(|(metric, _)| Section::UnjudgedGate(metric)));
    page.extend(under_way(view));
    page.push(Section::Blank);
    let needs = |r: &&ResourceRecord| r.needs.iter().any(|need| need.dimension == dimension);
    let needed = || ledger.resources().iter().filter(needs);
    page.extend(needed().filter(|r| r.group.is_none()).map(Section::Need));
    let mut groups: Vec<&str> = Vec::new();
    for group in needed().filter_map(|r| r.group.as_deref()) {
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    for group in groups {
        let members = || needed().filter(|r| r.group.as_deref() == Some(group));
        let loaded = members().filter(|r| r.is_resident()).count();
        page.push(Section::NeedOfGroup(group, loaded, members().count()));
    }
    page
}

/// What the workers do at this moment, a lane each.
fn under_way<'a>(view: &View<'a>) -> Vec<Section<'a>> {
    let ledger = view.ledger;
    let mut lanes: BTreeMap<usize, Lane<'a>> = BTreeMap::new();
    let open = ledger.spans.iter().filter(|span| span.ended.is_none());
    for span in open {
        let Some(resource) = ledger.resource(&span.name) else {
            continue;
        };
        let lane = lanes.entry(span.worker).or_insert(Lane {
            worker: span.worker,
            resource,
            others: 0,
            since: span.started_at,
        });
        lane.others += usize::from(lane.resource.name != span.name);
    }
    if lanes.is_empty() {
        return Vec::new();
    }
    let left = run_left_words(ledger, view.now);
    let left = left.map_or_else(String::new, |left| format!(", {left}"));
    let title = Section::Hint(format!("under way{left}"));
    let lanes = lanes.into_values().map(Section::Lane);
    [Section::Blank, title].into_iter().chain(lanes).collect()
}
