//! What there is to see of a dimension, as one long page.

use super::section::Section;
use crate::display;
use crate::event::DimensionOutcome;
use crate::explain::consequences::changed_words;
use crate::explain::results::{failure_words, no_results_words};
use crate::ledger::{DimensionState, ResourceRecord};
use crate::tui::command::Action;
use crate::tui::draw::View;
use crate::vocabulary::Dimension;

pub(super) fn page<'a>(view: &View<'a>) -> Vec<Section<'a>> {
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
    page.push(Section::Verdict(dimension, outcome));
    page.extend(changed_words(&record.changed_files()).map(|words| {
        let rerun = if view.is_replay {
            String::new()
        } else {
            format!(". {} runs it again", view.key(Action::RunOne))
        };
        Section::OutOfDate(format!("out of date: {words}{rerun}"))
    }));
    page.extend(outcome.score.as_ref().map(Section::Score));
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
        let score = before.score.as_ref().map(Section::Score);
        let sections = score.into_iter().chain(findings(before));
        page.extend(sections.map(Box::new).map(Section::Before));
        return page;
    }
    page.extend(findings(outcome));
    page
}

/// Gates, pictures, tables and notes.
fn findings(outcome: &DimensionOutcome) -> Vec<Section<'_>> {
    let mut page = Vec::new();
    page.extend(outcome.gates.iter().map(Section::Gate));
    // The verdict counts the warnings: the first picture may come before their words.
    let mut figures = outcome.figures.iter();
    if let Some(first) = figures.next() {
        page.extend([Section::Blank, Section::Figure(first)]);
    }
    let mut warnings = outcome.warnings().map(Section::Warning).peekable();
    if warnings.peek().is_some() {
        page.push(Section::Blank);
    }
    page.extend(warnings);
    for figure in figures {
        page.extend([Section::Blank, Section::Figure(figure)]);
    }
    for table in outcome.tables.values() {
        page.push(Section::Blank);
        page.push(Section::Table(table));
    }
    let notes = outcome.notes.iter().filter(|n| !n.is_warning());
    let mut notes = notes.map(|note| Section::Note(&note.text)).peekable();
    if notes.peek().is_some() {
        page.push(Section::Blank);
    }
    page.extend(notes);
    page
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
