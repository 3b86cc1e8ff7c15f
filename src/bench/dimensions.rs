//! `bench dimensions`: how long each dimension takes under each preset, loads included, in fresh
//! sessions with cold caches.

use serde::Serialize;

use super::columns::push_columns;
use super::spread::Spread;
use super::whole_run::WholeRun;
use crate::display::{bytes, seconds};
use crate::event::EngineSettings;
use crate::experiment::Experiment;
use crate::vocabulary::{Dimension, Preset, Problems};

/// What the bundled experiment is to be within, on two cores.
const TARGET_SECONDS: [(Preset, f64); 2] = [(Preset::Quick, 0.9), (Preset::Medium, 5.0)];

/// The whole table.
#[derive(Clone, Debug, Serialize)]
pub struct DimensionsTable {
    /// Times that everything was measured.
    pub rounds: usize,
    /// What the runs had in common; the preset says nothing.
    pub settings: EngineSettings,
    /// A line a preset.
    pub presets: Vec<PresetMeasured>,
}

/// One preset.
#[derive(Clone, Debug, Serialize)]
pub struct PresetMeasured {
    /// Which.
    pub preset: Preset,
    /// From the session's opening to the end of the run.
    pub seconds: Spread,
    /// Each dimension by itself; none for one that is not applicable.
    pub dimensions: Vec<(Dimension, Option<Spread>)>,
    /// Resources loaded.
    pub loads: u64,
    /// The process's peak so far.
    pub peak_rss_bytes: u64,
}

/// Measures every preset, the quickest first; `progress` hears what is under way.
pub fn measure(
    experiment: &Experiment,
    presets: &[Preset],
    rounds: usize,
    progress: &mut dyn FnMut(&str),
) -> Result<DimensionsTable, Problems> {
    let mut measured = Vec::new();
    for preset in presets {
        let mut runs = Vec::new();
        for round in 0..rounds {
            progress(&format!("{preset}, round {} of {rounds}", round + 1));
            let mut experiment = experiment.clone();
            experiment.engine.preset = *preset;
            runs.push(WholeRun::of(experiment)?);
        }
        measured.extend(sum_up(*preset, &runs));
    }
    Ok(DimensionsTable {
        rounds,
        settings: experiment.engine.clone(),
        presets: measured,
    })
}

fn sum_up(preset: Preset, runs: &[WholeRun]) -> Option<PresetMeasured> {
    let last = runs.last()?;
    let of = |dimension: Dimension| {
        let outcomes = runs
            .iter()
            .filter_map(|run| run.ledger.dimension(dimension).outcome.as_ref());
        (
            dimension,
            Spread::of(outcomes.map(|outcome| outcome.seconds)),
        )
    };
    Some(PresetMeasured {
        preset,
        seconds: Spread::of(runs.iter().map(|run| run.seconds))?,
        dimensions: Dimension::ALL.map(of).to_vec(),
        loads: last.ledger.resources().iter().map(|r| r.loads).sum(),
        peak_rss_bytes: last.ledger.memory.latest.map_or(0, |m| m.peak_rss_bytes),
    })
}

/// The table as text.
pub fn text(table: &DimensionsTable) -> String {
    let mut text = format!(
        "all dimensions, {}, {} threads, {} rounds, cold caches; medians\n",
        table.settings.strategy, table.settings.threads, table.rounds
    );
    if cfg!(debug_assertions) {
        text.push_str("a debug build: its times say little\n");
    }
    text.push('\n');
    let mut head = vec!["preset".to_owned(), "loads".to_owned()];
    head.extend(Dimension::ALL.iter().map(ToString::to_string));
    head.extend(["total", "least", "peak RSS", "on the bundled data"].map(str::to_owned));
    let mut lines = vec![head];
    lines.extend(table.presets.iter().map(line));
    push_columns(&mut text, &lines);
    text
}

fn line(measured: &PresetMeasured) -> Vec<String> {
    let mut cells = vec![measured.preset.to_string(), measured.loads.to_string()];
    cells.extend(
        measured.dimensions.iter().map(|(_, spread)| {
            spread.map_or_else(|| "-".to_owned(), |spread| seconds(spread.median))
        }),
    );
    let mut targets = TARGET_SECONDS.iter();
    let target = targets.find(|(preset, _)| *preset == measured.preset);
    cells.extend([
        seconds(measured.seconds.median),
        seconds(measured.seconds.min),
        bytes(measured.peak_rss_bytes),
        target.map_or_else(
            || "-".to_owned(),
            |(_, within)| format!("within {}", seconds(*within)),
        ),
    ]);
    cells
}
