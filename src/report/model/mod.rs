//! What a report says, decided once from the ledger: no width, no colour, no printing. A
//! [`RunReport`] holds what programs read; a [`Document`] says the same to people, in sections.

mod baseline;
mod dimension;
mod document;
mod highlights;
mod plan;
mod subject;
mod table;
mod usage;
mod verdict;
mod words;

pub use baseline::BASELINE;
pub use dimension::DimensionReport;
pub use document::{Block, Document, Entry, Heading, Said, Section};
pub use plan::Plans;
pub use table::{Brief, Cell, Column, Kind, Row, Table};
pub use usage::MemoryFigures;

use std::time::Instant;

use crate::event::{BaselineComparison, DimensionStatus, GateResult, TOOL};
use crate::explain::Tone;
use crate::explain::results::change_words;
use crate::ledger::{CacheFigures, FallbackRecord, Ledger, LoadTimes, Timings};
use crate::vocabulary::Dimension;

/// Everything that is known of the last run, and of what was found before it.
#[derive(Clone, Debug)]
pub struct RunReport<'l> {
    /// What it is read from: the experiment, the settings, the resources.
    pub ledger: &'l Ledger,
    /// The dimensions that ran or were to run, in running order.
    pub dimensions: Vec<DimensionReport<'l>>,
    /// The prediction cache.
    pub cache: CacheFigures,
    /// Memory.
    pub memory: MemoryFigures,
    /// How long a user waited for what.
    pub timings: Timings,
    /// Since when somebody waits for this report; none for one of a recording.
    pub waited_for_since: Option<Instant>,
    /// The loads of the last run against the clock.
    pub loads: Option<LoadTimes>,
    /// How it stands to the run that it was held against.
    pub baseline: Option<&'l BaselineComparison>,
    /// Was everything loaded first because the strategy could not make its plan?
    pub fallback: Option<&'l FallbackRecord>,
}

impl<'l> RunReport<'l> {
    /// The report of everything that `ledger` knows.
    pub fn of(ledger: &'l Ledger) -> Self {
        let all = Dimension::ALL.into_iter();
        let run = ledger.runs.last();
        Self {
            ledger,
            dimensions: all
                .filter_map(|dimension| DimensionReport::of(ledger, dimension))
                .collect(),
            cache: ledger.cache(),
            memory: MemoryFigures::of(ledger),
            timings: ledger.timings(),
            waited_for_since: None,
            loads: ledger.load_times(),
            baseline: ledger.baseline.as_ref(),
            fallback: run.and_then(|run| run.fallback.as_ref()),
        }
    }

    /// The same, for somebody who has waited since this moment, that of the start of the process.
    #[must_use]
    pub fn waited_for_since(mut self, start: Instant) -> Self {
        self.waited_for_since = Some(start);
        self
    }

    /// Until the last event; where somebody waits for the report, until now.
    pub fn total_seconds(&self) -> f64 {
        let waited = self.waited_for_since.map(|start| start.elapsed());
        waited.map_or(self.timings.total_seconds, |waited| waited.as_secs_f64())
    }

    /// The gates of all dimensions, and those on the way from the baseline.
    pub fn gates(&self) -> impl Iterator<Item = &'l GateResult> {
        let dimensions = self.dimensions.iter().flat_map(DimensionReport::gates);
        dimensions.chain(self.baseline.iter().flat_map(|found| &found.gates))
    }

    /// How far a gate's metric has moved since the baseline, where there is one.
    pub fn change_since(&self, gate: &GateResult) -> Option<String> {
        change_words(self.baseline?, &gate.metric)
    }

    /// 0: all is well; 1: a gate failed; 2: something could not run; 130: the run was cancelled.
    pub fn exit_code(&self) -> u8 {
        let Some(run) = self.ledger.runs.last() else {
            return 2;
        };
        if run.cancelled {
            return 130;
        }
        let any = |status| self.dimensions.iter().any(|d| d.status == status);
        if run.is_active() || any(DimensionStatus::Error) {
            return 2;
        }
        let gate_failed = self.gates().any(|gate| !gate.passed);
        u8::from(gate_failed || any(DimensionStatus::Failed))
    }

    /// The same for people.
    pub fn document(&self) -> Document {
        let mut sections = vec![subject::section(self.ledger)];
        if self.dimensions.is_empty() {
            let nothing = Block::Sentence(Said::new(Tone::Plain, "Nothing ran."));
            sections.push(Section::plain(vec![nothing]));
        }
        sections.extend(self.dimensions.iter().map(DimensionReport::section));
        sections.extend(self.baseline.map(baseline::section));
        sections.extend(self.gates_section());
        sections.push(usage::section(self));
        let experiment = self.ledger.experiment.as_ref();
        Document {
            title: experiment.map_or_else(String::new, |e| e.name.clone()),
            tool: TOOL,
            sections,
        }
    }

    fn gates_section(&self) -> Option<Section> {
        let gates: Vec<&GateResult> = self.gates().collect();
        let failed = gates.iter().filter(|gate| !gate.passed).count();
        let verdict = match failed {
            0 => Said::new(Tone::Good, format!("all {} passed", gates.len())),
            _ => Said::new(Tone::Bad, format!("{failed} of {} FAILED", gates.len())),
        };
        let blocks = gates.iter().map(|gate| Block::Gate((*gate).clone()));
        (!gates.is_empty()).then(|| Section::under("Gates", vec![verdict], blocks.collect()))
    }
}
