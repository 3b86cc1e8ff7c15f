//! What each strategy would load, as text and as JSON.

use serde_json::{Value, json as object};

use super::page::{Page, Piece, Style, plain};
use super::text::TextOptions;
use super::words::count;
use crate::display;
use crate::event::{Advice, Basis, Forecast, PlannedLoad, SCHEMA, TOOL};
use crate::explain::plans::{avoided_words, estimated_seconds, longest_chain_words};
use crate::ledger::{ScheduleRow, schedule_rows};
use crate::vocabulary::{Dimension, Strategy};

/// Width of the margin in which the labels stand.
const MARGIN: usize = 15;

/// Names of avoided resources that are listed.
const MOST_AVOIDED: usize = 8;

/// The plans for a selection of dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Plans {
    /// The experiment's name.
    pub experiment: String,
    /// The selected dimensions.
    pub dimensions: Vec<Dimension>,
    /// Loads at the same time.
    pub workers: usize,
    /// The strategy that is shown load by load.
    pub strategy: Strategy,
    /// One for each strategy.
    pub forecasts: Vec<Forecast>,
    /// Which of them fits.
    pub advice: Advice,
}

/// The plans as text.
pub fn plan_text(plans: &Plans, options: TextOptions) -> String {
    let mut page = Page::new(options.width, options.colour);
    page.line(&[
        (Style::Strong, plans.experiment.clone()),
        (Style::Faint, format!("  {TOOL}")),
    ]);
    let names: Vec<&str> = plans.dimensions.iter().map(|d| d.name()).collect();
    entry(&mut page, Style::Faint, "selected", &names.join(", "));
    let from = format!(
        "{}, from an empty memory; times are those of loads alone",
        count(plans.workers as u64, "worker", "workers")
    );
    entry(&mut page, Style::Faint, "counted for", &from);
    let advice = format!("{}: {}", plans.advice.strategy, plans.advice.reason);
    entry(&mut page, Style::Good, "advice", &advice);
    page.blank();
    strategies(&mut page, plans);
    let chosen = plans
        .forecasts
        .iter()
        .find(|f| f.strategy == plans.strategy);
    if let Some(forecast) = chosen {
        page.blank();
        details(&mut page, forecast);
    }
    page.finish()
}

fn entry(page: &mut Page, style: Style, label: &str, text: &str) {
    page.entry(MARGIN, (style, label.to_owned()), text);
}

fn strategies(page: &mut Page, plans: &Plans) {
    let heads = [
        "strategy",
        "first",
        "later",
        "again",
        "avoided",
        "avoids",
        "peak",
        "setup",
        "all loads",
    ];
    let rows: Vec<Vec<Piece>> = plans
        .forecasts
        .iter()
        .map(|f| {
            let style = if f.strategy == plans.strategy {
                Style::Strong
            } else {
                Style::Plain
            };
            let cells = [
                f.strategy.to_string(),
                f.first.to_string(),
                f.later.to_string(),
                f.reloads.to_string(),
                f.avoided.to_string(),
                display::bytes_marked(f.avoided_bytes, false),
                display::bytes_marked(f.peak_bytes, false),
                estimated_seconds(f.setup_seconds, f.basis),
                estimated_seconds(f.load_seconds, f.basis),
            ];
            cells.into_iter().map(|cell| (style, cell)).collect()
        })
        .collect();
    page.table(0, &heads.map(str::to_owned), &rows);
}

fn details(page: &mut Page, forecast: &Forecast) {
    let order = format!("{} loads, in this order", forecast.strategy);
    page.line(&[(Style::Strong, order)]);
    let heads = ["", "worker", "at", "takes", "bytes"];
    let mut rows: Vec<Vec<Piece>> = Vec::new();
    let mut part = None;
    for row in schedule_rows(forecast) {
        if part != Some(row.asked_by) {
            part = Some(row.asked_by);
            let name = row.asked_by.map_or("first", Dimension::name);
            rows.push(vec![(Style::Faint, name.to_owned())]);
        }
        rows.push(row_cells(&row, forecast.basis));
    }
    page.table(2, &heads.map(str::to_owned), &rows);
    if forecast.schedule.is_empty() {
        page.line(&[(Style::Faint, "  nothing".to_owned())]);
    }
    if forecast.basis == Basis::Unknown {
        let words = "unknown for loads that were never timed on these files: run once, then look \
                     again; until then the order counts each of them as a middling load";
        entry(page, Style::Faint, "times", words);
    } else if forecast.basis == Basis::Guessed {
        let words = "~ is a guess by other loads of the same kind and their size";
        entry(page, Style::Faint, "times", words);
    }
    if let Some(words) = longest_chain_words(forecast, "->") {
        entry(page, Style::Strong, "longest chain", &words);
    }
    if forecast.avoided > 0 {
        let words = format!(
            "{} (~{}): {}",
            count(forecast.avoided as u64, "resource", "resources"),
            display::bytes(forecast.avoided_bytes),
            avoided_words(forecast, MOST_AVOIDED)
        );
        entry(page, Style::Strong, "avoids", &words);
    }
    for problem in &forecast.problems {
        entry(page, Style::Bad, "problem", problem);
    }
}

fn row_cells(row: &ScheduleRow, basis: Basis) -> Vec<Piece> {
    let name = match row.loads {
        1 => format!("  {}", row.name),
        loads => format!("  {} ({loads} loads)", row.name),
    };
    let workers: Vec<String> = row.workers.iter().map(ToString::to_string).collect();
    let cells = [
        name,
        workers.join(","),
        time(row.start, basis),
        time(row.seconds, row.basis),
        display::bytes_marked(row.bytes, false),
    ];
    cells.into_iter().map(plain).collect()
}

/// As in the table of strategies, shorter.
fn time(seconds: f64, basis: Basis) -> String {
    match basis {
        Basis::Unknown => "?".to_owned(),
        basis => estimated_seconds(seconds, basis),
    }
}

/// The plans as one JSON object. Times that rest on nothing are null.
pub fn plan_json(plans: &Plans) -> Value {
    let strategies: Vec<Value> = plans.forecasts.iter().map(forecast_json).collect();
    object!({
        "schema": SCHEMA,
        "tool": TOOL,
        "experiment": plans.experiment,
        "dimensions": plans.dimensions,
        "workers": plans.workers,
        "advice": plans.advice,
        "strategies": strategies,
    })
}

fn forecast_json(forecast: &Forecast) -> Value {
    let known = |seconds: f64| (forecast.basis != Basis::Unknown).then_some(seconds);
    let load = |load: &PlannedLoad| {
        object!({
            "key": load.name,
            "asked_by": load.asked_by,
            "worker": load.worker,
            "start_seconds": known(load.start),
            "seconds": (load.basis != Basis::Unknown).then_some(load.end - load.start),
            "basis": load.basis,
            "estimated_bytes": load.bytes,
        })
    };
    object!({
        "strategy": forecast.strategy,
        "first": forecast.first,
        "later": forecast.later,
        "reloads": forecast.reloads,
        "avoided": forecast.avoided,
        "avoided_bytes": forecast.avoided_bytes,
        "peak_bytes": forecast.peak_bytes,
        "basis": forecast.basis,
        "setup_seconds": known(forecast.setup_seconds),
        "load_seconds": known(forecast.load_seconds),
        "load_seconds_sum": known(forecast.load_seconds_sum),
        "critical_path": forecast.critical_path,
        "critical_path_seconds": known(forecast.critical_path_seconds),
        "speedup_bound": forecast.speedup_bound().and_then(known),
        "problems": forecast.problems,
        "loads": forecast.schedule.iter().map(load).collect::<Vec<_>>(),
        "avoids": forecast.avoids.iter().map(|a| &a.name).collect::<Vec<_>>(),
    })
}
