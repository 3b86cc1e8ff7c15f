//! What each strategy would load, before any does.

use super::document::{Block, Document, Said, Section};
use super::table::{Brief, Cell, Column, Kind, Row, Table};
use super::words::count;
use crate::display;
use crate::event::{Advice, Basis, DemandForecast, Forecast, TOOL};
use crate::explain::Tone;
use crate::explain::plans::{avoided_words, longest_chain_words, taken_words};
use crate::explain::prefetch::forecast_sentences;
use crate::ledger::{ScheduleRow, schedule_rows};
use crate::vocabulary::{Dimension, Strategy};

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
    /// What a session with a screen would expect to be run, and load ahead; none where nothing has been
    /// run before.
    pub demand: Option<DemandForecast>,
}

impl Plans {
    /// The same for people.
    pub fn document(&self) -> Document {
        let strategies = Block::Table(strategies(self));
        let mut sections = vec![subject(self), Section::plain(vec![strategies])];
        let mut forecasts = self.forecasts.iter();
        if let Some(chosen) = forecasts.find(|f| f.strategy == self.strategy) {
            sections.push(loads(chosen));
            sections.push(Section::plain(remarks(chosen)));
        }
        if let Some(demand) = &self.demand {
            let sentences = forecast_sentences(demand).into_iter();
            let sentences = sentences.map(|text| Block::Sentence(Said::new(Tone::Plain, text)));
            let title = "expected next, in a session with a screen".to_owned();
            sections.push(Section::under(title, Vec::new(), sentences.collect()));
        }
        Document {
            title: self.experiment.clone(),
            tool: TOOL,
            sections,
        }
    }
}

fn subject(plans: &Plans) -> Section {
    let names: Vec<&str> = plans.dimensions.iter().map(|d| d.name()).collect();
    let from = format!(
        "{}, from an empty memory; times are those of loads alone",
        count(plans.workers as u64, "worker", "workers")
    );
    let advice = format!("{}: {}", plans.advice.strategy, plans.advice.reason);
    Section::plain(vec![
        Block::entry(Tone::Faint, "selected", names.join(", ")),
        Block::entry(Tone::Faint, "counted for", from),
        Block::entry(Tone::Good, "advice", advice),
    ])
}

fn strategies(plans: &Plans) -> Table {
    let columns = [
        ("strategy", Kind::Text),
        ("first", Kind::Count),
        ("later", Kind::Count),
        ("again", Kind::Count),
        ("avoided", Kind::Count),
        ("avoids", Kind::Bytes),
        ("peak", Kind::Bytes),
        ("setup", Kind::Seconds),
        ("all loads", Kind::Seconds),
    ];
    let row = |forecast: &Forecast| Row {
        tone: if forecast.strategy == plans.strategy {
            Tone::Main
        } else {
            Tone::Plain
        },
        cells: vec![
            Cell::Text(forecast.strategy.to_string()),
            Cell::Count(forecast.first as u64),
            Cell::Count(forecast.later as u64),
            Cell::Count(forecast.reloads as u64),
            Cell::Count(forecast.avoided as u64),
            Cell::Estimate(forecast.avoided_bytes as f64),
            Cell::Estimate(forecast.peak_bytes as f64),
            time(forecast.setup_seconds, forecast.basis),
            time(forecast.load_seconds, forecast.basis),
        ],
    };
    table(&columns, plans.forecasts.iter().map(row).collect())
}

fn table(columns: &[(&str, Kind)], rows: Vec<Row>) -> Table {
    let columns = columns.iter();
    Table {
        title: None,
        columns: columns
            .map(|(head, kind)| Column::new(*head, *kind))
            .collect(),
        rows,
        brief: Brief::Whole,
    }
}

fn time(seconds: f64, basis: Basis) -> Cell {
    match basis {
        Basis::Measured => Cell::Number(seconds),
        Basis::Guessed => Cell::Estimate(seconds),
        Basis::Unknown => Cell::Unknown,
    }
}

/// The loads of a strategy, by who asks for them.
fn loads(forecast: &Forecast) -> Section {
    let columns = [
        ("", Kind::Text),
        ("worker", Kind::Text),
        ("at", Kind::Seconds),
        ("takes", Kind::Seconds),
        ("bytes", Kind::Bytes),
    ];
    let mut rows: Vec<Row> = Vec::new();
    let mut part = None;
    for row in schedule_rows(forecast) {
        if part != Some(row.asked_by) {
            part = Some(row.asked_by);
            let name = row.asked_by.map_or("first", Dimension::name);
            rows.push(Row {
                tone: Tone::Faint,
                cells: vec![Cell::Text(name.to_owned())],
            });
        }
        rows.push(load(&row, forecast.basis));
    }
    let mut blocks = vec![Block::Table(table(&columns, rows))];
    if forecast.schedule.is_empty() {
        blocks.push(Block::Sentence(Said::new(Tone::Faint, "nothing")));
    }
    let title = format!("{} loads, in this order", forecast.strategy);
    Section::under(title, Vec::new(), blocks)
}

fn load(row: &ScheduleRow, basis: Basis) -> Row {
    let name = match row.loads {
        1 => row.name.clone(),
        loads => format!("{} ({loads} loads)", row.name),
    };
    let workers: Vec<String> = row.workers.iter().map(ToString::to_string).collect();
    // Shorter than `unknown`, which the table of strategies says already.
    let time = |seconds, basis| match time(seconds, basis) {
        Cell::Unknown => Cell::Text("?".to_owned()),
        known => known,
    };
    Row::plain(vec![
        Cell::Text(name),
        Cell::Text(workers.join(",")),
        time(row.start, basis),
        time(row.seconds, row.basis),
        Cell::Estimate(row.bytes as f64),
    ])
}

fn remarks(forecast: &Forecast) -> Vec<Block> {
    let times = match forecast.basis {
        Basis::Measured => None,
        Basis::Guessed => Some("~ is a guess by other loads of the same kind and their size"),
        Basis::Unknown => Some(
            "unknown for loads that were never timed on these files: run once, then look again; \
             until then the order counts each of them as a middling load",
        ),
    };
    let times = times.map(|words| Block::entry(Tone::Faint, "times", words));
    let chain = longest_chain_words(forecast, "->");
    let chain = chain.map(|words| Block::entry(Tone::Main, "longest chain", words));
    let avoids = (forecast.avoided > 0).then(|| {
        let words = format!(
            "{} (~{}): {}",
            count(forecast.avoided as u64, "resource", "resources"),
            display::bytes(forecast.avoided_bytes),
            avoided_words(forecast, MOST_AVOIDED)
        );
        Block::entry(Tone::Main, "avoids", words)
    });
    let columns = forecast.columns.iter();
    let columns = columns.map(|columns| Block::entry(Tone::Plain, "columns", taken_words(columns)));
    let problems = forecast.problems.iter();
    let problems = problems.map(|problem| Block::entry(Tone::Bad, "problem", problem));
    let blocks = times.into_iter().chain(chain).chain(avoids);
    let blocks = blocks.chain(columns);
    blocks.chain(problems).collect()
}
