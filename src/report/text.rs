//! The report as text for a terminal.

use std::collections::BTreeMap;

use super::layout::{facts, layouts, own_tables};
use super::page::{Page, Piece, Style, plain};
use super::verdict::{Verdict, verdicts};
use super::words::{count, number};
use crate::display::{bytes, percent, seconds};
use crate::event::TOOL;
use crate::event::{Cell, DimensionOutcome, DimensionStatus};
use crate::event::{GateResult, Parity, ResultTable};
use crate::explain::consequences::notices;
use crate::explain::experiment::task_in_words;
use crate::ledger::{Ledger, LoadTimes, ResourceRecord, TARGET_HIT_RATE};
use crate::vocabulary::ResourceName;
use crate::vocabulary::{BackendChoice, Severity};

/// How the text is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Columns of the terminal.
    pub width: usize,
    /// May it use colours?
    pub colour: bool,
}

/// Width of the margin in which the words stand that name what is beside them.
const MARGIN: usize = 12;
/// Rows of a dimension's own table that are shown when no other table is.
const MOST_ROWS: usize = 12;

/// The report of everything that `ledger` knows.
pub fn text(ledger: &Ledger, options: TextOptions) -> String {
    let mut page = Page::new(options.width, options.colour);
    head(&mut page, ledger);
    let verdicts = verdicts(ledger);
    if verdicts.is_empty() {
        page.blank();
        page.line(&[plain("Nothing ran.")]);
    }
    for verdict in &verdicts {
        page.blank();
        dimension(&mut page, verdict);
    }
    let gates: Vec<&GateResult> = verdicts.iter().flat_map(Verdict::gates).collect();
    if !gates.is_empty() {
        page.blank();
        show_gates(&mut page, &gates);
    }
    page.blank();
    resources(&mut page, ledger);
    backends(&mut page, ledger);
    cache(&mut page, ledger);
    memory(&mut page, ledger);
    timings(&mut page, ledger);
    for note in notices(ledger).iter().filter(|note| note.is_warning()) {
        entry(&mut page, (Style::Warning, "Warning"), &note.text);
    }
    page.finish()
}

fn entry(page: &mut Page, (style, label): (Style, &str), text: &str) {
    page.entry(MARGIN, (style, label.to_owned()), text);
}

fn strong(label: &str) -> (Style, &str) {
    (Style::Strong, label)
}

fn faint(label: &str) -> (Style, &str) {
    (Style::Faint, label)
}

fn head(page: &mut Page, ledger: &Ledger) {
    let name = ledger.experiment.as_ref().map_or("", |e| &e.name);
    page.line(&[
        (Style::Strong, name.to_owned()),
        (Style::Faint, format!("  {TOOL}")),
    ]);
    if let Some(experiment) = &ledger.experiment {
        entry(page, faint("model"), &experiment.model);
        entry(page, faint("dataset"), &experiment.dataset);
        match &ledger.understanding {
            Some(understanding) => {
                entry(page, faint("task"), &task_in_words(understanding));
                entry(page, faint("score"), &understanding.score);
                parity(page, ledger.parity.as_ref());
            }
            None => entry(page, faint("target"), &experiment.target),
        }
    }
    if let Some(settings) = &ledger.settings {
        let engine = format!(
            "{}, preset {}, seed {}, {}",
            settings.strategy,
            settings.preset,
            settings.seed,
            count(settings.threads as u64, "thread", "threads"),
        );
        entry(page, faint("engine"), &engine);
    }
}

/// Whether the model says what its training library says.
fn parity(page: &mut Page, parity: Option<&Parity>) {
    match parity {
        Some(parity) if parity.is_good() => entry(page, faint("parity"), &parity.to_string()),
        Some(parity) => {
            let label = (Style::Bad, "parity".to_owned());
            page.entry(MARGIN, label, &parity.to_string());
        }
        None => entry(page, faint("parity"), "unknown: nothing to compare with"),
    }
}

fn dimension(page: &mut Page, verdict: &Verdict<'_>) {
    let mut pieces = vec![
        (
            Style::Strong,
            format!("{:17}", title(verdict.dimension.name())),
        ),
        status(verdict.status),
    ];
    if let Some(outcome) = verdict.outcome {
        pieces.push((Style::Faint, format!("  {}", seconds(outcome.seconds))));
        if outcome.warm {
            pieces.push((Style::Faint, " (warm)".to_owned()));
        }
        if let Some((name, value)) = &outcome.headline {
            pieces.push(plain(format!("  {name} {}", number(Some(*value)))));
        }
    }
    page.line(&pieces);
    if let Some(outcome) = verdict.outcome {
        results(page, verdict, outcome);
    }
    if let Some(error) = &verdict.error {
        page.entry(MARGIN, (Style::Bad, "  error".to_owned()), error);
    }
    for note in verdict.notes() {
        let label = match note.severity {
            Severity::Info => (Style::Faint, "  note"),
            Severity::Warning => (Style::Warning, "  warning"),
            Severity::Error => (Style::Bad, "  error"),
        };
        page.entry(MARGIN, (label.0, label.1.to_owned()), &note.text);
    }
}

fn results(page: &mut Page, verdict: &Verdict<'_>, outcome: &DimensionOutcome) {
    if let Some(score) = &outcome.score {
        let interval = score.interval.map(|(low, high)| {
            let (low, high) = (number(Some(low)), number(Some(high)));
            format!(" ({low} to {high})")
        });
        let line = format!(
            "{}{}: {}",
            number(Some(score.value)),
            interval.unwrap_or_default(),
            score.meaning
        );
        page.entry(MARGIN, (Style::Strong, "  score".to_owned()), &line);
    }
    for facts in facts(verdict.dimension) {
        if let Some(line) = facts.of(&outcome.metrics) {
            page.entry(MARGIN, (Style::Faint, format!("  {}", facts.label)), &line);
        }
    }
    let mut is_shown = false;
    for layout in layouts(verdict.dimension) {
        if let Some(table) = layout.of(&outcome.metrics) {
            if is_shown {
                page.blank();
            }
            page.table(2, &table.heads, &table.body);
            rows_left_out(page, table.more);
            is_shown = true;
        }
    }
    let also = own_tables(verdict.dimension);
    for (name, table) in &outcome.tables {
        if !is_shown || also.iter().any(|start| name.starts_with(start)) {
            page.line(&[(Style::Faint, format!("  {}", table.title))]);
            own_table(page, table);
        }
    }
}

/// A table as the dimension made it.
fn own_table(page: &mut Page, table: &ResultTable) {
    let cell = |cell: &Cell| match cell {
        Cell::Undefined => plain(number(None)),
        Cell::Count(count) => plain(count.to_string()),
        Cell::Number(value) => plain(number(Some(*value))),
        Cell::Text(text) => plain(text.as_str()),
    };
    let shown = table.rows.iter().take(MOST_ROWS);
    let rows: Vec<Vec<Piece>> = shown.map(|row| row.iter().map(cell).collect()).collect();
    page.table(2, &table.columns, &rows);
    rows_left_out(page, table.rows.len().saturating_sub(MOST_ROWS));
}

fn rows_left_out(page: &mut Page, more: usize) {
    if more > 0 {
        page.line(&[(
            Style::Faint,
            format!("  and {more} more in the JSON report"),
        )]);
    }
}

fn title(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn status(status: DimensionStatus) -> Piece {
    let (style, words) = match status {
        DimensionStatus::Ok => (Style::Good, "ok"),
        DimensionStatus::Failed => (Style::Bad, "GATE FAILED"),
        DimensionStatus::Error => (Style::Bad, "ERROR"),
        DimensionStatus::Cancelled => (Style::Warning, "cancelled"),
        DimensionStatus::NotApplicable => (Style::Faint, "not applicable"),
    };
    (style, words.to_owned())
}

fn show_gates(page: &mut Page, gates: &[&GateResult]) {
    let failed = gates.iter().filter(|gate| !gate.passed).count();
    let summary = match failed {
        0 => (Style::Good, format!("all {} passed", gates.len())),
        _ => (Style::Bad, format!("{failed} of {} FAILED", gates.len())),
    };
    page.line(&[(Style::Strong, format!("{:MARGIN$}", "Gates")), summary]);
    for gate in gates {
        let (style, verdict) = if gate.passed {
            (Style::Good, "  passed")
        } else {
            (Style::Bad, "  FAILED")
        };
        entry(page, (style, verdict), &gate_words(gate));
    }
}

fn gate_words(gate: &GateResult) -> String {
    let allowed = match (gate.min, gate.max) {
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "defined".to_owned(),
    };
    let value = number(gate.value);
    format!("{} is {value}, must be {allowed}", gate.metric)
}

fn resources(page: &mut Page, ledger: &Ledger) {
    let all = ledger.resources();
    let (loaded, avoided): (Vec<_>, Vec<_>) = all.iter().partition(|r| r.loads > 0);
    let line = format!(
        "{} of {} loaded: {}",
        loaded.len(),
        all.len(),
        by_kind(&loaded)
    );
    entry(page, strong("Resources"), line.trim_end_matches(": "));
    if !avoided.is_empty() {
        let line = format!("{} not loaded: {}", avoided.len(), by_kind(&avoided));
        entry(page, strong(""), &line);
    }
}

/// What ran the loaded models, and why: those that ran alike on one line.
fn backends(page: &mut Page, ledger: &Ledger) {
    let mut alike: Vec<(&BackendChoice, Vec<&ResourceName>)> = Vec::new();
    for resource in ledger.resources().iter().filter(|r| r.loads > 0) {
        let Some(backend) = &resource.backend else {
            continue;
        };
        match alike.iter_mut().find(|(choice, _)| *choice == backend) {
            Some((_, names)) => names.push(&resource.name),
            None => alike.push((backend, vec![&resource.name])),
        }
    }
    let mut label = strong("Backends");
    for (backend, names) in alike {
        let models = match names.as_slice() {
            [name] => name.to_string(),
            _ => count(names.len() as u64, "model", "models"),
        };
        entry(page, label, &format!("{models}: {backend}"));
        label = strong("");
    }
}

/// Count and bytes by kind.
fn by_kind(resources: &[&ResourceRecord]) -> String {
    let mut kinds = BTreeMap::<_, (u64, u64)>::new();
    for resource in resources {
        let (count, sum) = kinds.entry(resource.kind).or_default();
        *count += 1;
        *sum += resource.bytes_or_estimate().unwrap_or(0);
    }
    let kinds = kinds.into_iter().map(|(kind, (count, sum))| {
        let size = if sum > 0 {
            format!(" ({})", bytes(sum))
        } else {
            String::new()
        };
        format!("{count} {}{size}", kind.name())
    });
    kinds.collect::<Vec<_>>().join(", ")
}

fn cache(page: &mut Page, ledger: &Ledger) {
    let cache = ledger.cache();
    let mut line = format!(
        "{}, {}, {} joined a load",
        count(cache.hits, "hit", "hits"),
        count(cache.misses, "miss", "misses"),
        cache.coalesced
    );
    if let Some(rate) = cache.hit_rate() {
        let saved = seconds(cache.seconds_saved);
        let (rate, target) = (percent(rate), percent(TARGET_HIT_RATE));
        line = format!("{line}; hit rate {rate} (target {target}), {saved} saved");
    }
    entry(page, strong("Cache"), &line);
    let (most_entries, most_bytes) = ledger
        .settings
        .as_ref()
        .map_or((0, 0), |s| (s.cache_entries, s.cache_bytes));
    let mut line = format!(
        "{} of {most_entries} entries, {} of {}; {} evicted, {} refused",
        cache.entries,
        bytes(cache.bytes),
        bytes(most_bytes),
        cache.evictions,
        cache.refused
    );
    if !cache.miss_reasons.is_empty() {
        let reasons = cache.miss_reasons.iter();
        let reasons: Vec<String> = reasons
            .map(|(reason, count)| format!("{} {count}", reason.replace('_', " ")))
            .collect();
        line = format!("{line}; misses: {}", reasons.join(", "));
    }
    entry(page, strong(""), &line);
}

fn memory(page: &mut Page, ledger: &Ledger) {
    let mut line = format!(
        "{} in resources (estimated)",
        bytes(ledger.estimated_bytes())
    );
    if ledger.mapped_bytes() > 0 {
        line = format!("{line}, {} in mapped files", bytes(ledger.mapped_bytes()));
    }
    if let Some(sample) = ledger.memory.latest {
        line = format!("{line}, process peak {}", bytes(sample.peak_rss_bytes));
    }
    if let Some(baseline) = ledger.memory.baseline {
        line = format!(
            "{line}, {} before anything was loaded",
            bytes(baseline.rss_bytes)
        );
    }
    entry(page, strong("Memory"), &line);
    if let Some(budget) = ledger.settings.as_ref().and_then(|s| s.memory_budget_bytes) {
        let evicted = ledger.resources().iter().map(|r| r.budget_evictions).sum();
        let line = format!(
            "budget {}: at most {} of it in use, {} for it",
            bytes(budget),
            bytes(ledger.memory.peak_estimated_bytes),
            count(evicted, "eviction", "evictions"),
        );
        entry(page, strong(""), &line);
    }
}

fn timings(page: &mut Page, ledger: &Ledger) {
    let Some(run) = ledger.runs.last() else {
        return;
    };
    let parts = [
        ("setup", run.setup_seconds),
        ("first result", run.first_result_seconds),
        ("total", run.seconds),
    ];
    let known = parts
        .iter()
        .filter_map(|(name, s)| Some(format!("{name} {}", seconds((*s)?))));
    let line = known.collect::<Vec<_>>().join(", ");
    entry(page, strong("Timings"), &line);
    if let Some(loads) = ledger.load_times() {
        entry(page, strong(""), &load_words(&loads));
    }
}

/// What loading in parallel gained.
fn load_words(loads: &LoadTimes) -> String {
    let path: Vec<String> = loads
        .critical_path
        .iter()
        .map(ToString::to_string)
        .collect();
    format!(
        "{} in {}, {} one after another: {:.1}x in parallel, at most {:.1}x; longest chain {} ({})",
        count(loads.loads as u64, "load", "loads"),
        seconds(loads.wall_seconds),
        seconds(loads.sum_seconds),
        loads.speedup(),
        loads.speedup_bound(),
        seconds(loads.critical_path_seconds),
        path.join(" -> ")
    )
}
