//! `bench memory`: what a run takes in memory, and how long, under each strategy, each run in a process
//! of its own: the peak is the system's, and nothing that ran before is part of it. Lazy runs are set
//! beside the eager one of the same round.

use std::fmt::Write;
use std::process::Command;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::columns::push_columns;
use super::problem;
use super::spread::Spread;
use super::whole_run::WholeRun;
use crate::display::{bytes, seconds};
use crate::event::EngineSettings;
use crate::experiment::Experiment;
use crate::process;
use crate::resource::{Bare, LoadSettings, directly};
use crate::vocabulary::{Dimension, Problem, Problems, Strategy};

/// What stands for decoding and scoring alone, beside the names of strategies.
pub const BARE: &str = "bare";

/// What is run in a round: the first is what the others are set beside.
const ROUND: [Strategy; 4] = [
    Strategy::Eager,
    Strategy::EagerCore,
    Strategy::Adaptive,
    Strategy::LazyAll,
];

/// The whole table.
#[derive(Clone, Debug, Serialize)]
pub struct MemoryTable {
    /// Times that everything was measured.
    pub rounds: usize,
    /// The dimensions of each run.
    pub dimensions: Vec<Dimension>,
    /// What the runs had in common; its strategy says nothing.
    pub settings: EngineSettings,
    /// A line a strategy, eager first.
    pub strategies: Vec<StrategyMemory>,
    /// What the validated model's scores of the dataset cannot do without, where they can be streamed;
    /// the least of all rounds.
    pub bare: Option<Bare>,
}

/// One strategy beside eager.
#[derive(Clone, Debug, Serialize)]
pub struct StrategyMemory {
    /// Which.
    pub strategy: Strategy,
    /// From the start of the process to the end of the run.
    pub seconds: Spread,
    /// The most memory that the process had, by the system.
    pub peak_rss_bytes: Spread,
    /// What it had before it read anything.
    pub baseline_rss_bytes: Spread,
    /// The most that resources took together, by estimate, with what loads worked with.
    pub peak_estimated_bytes: Spread,
    /// Seconds, as a share of the eager run's of the same round.
    pub seconds_of_eager: Spread,
    /// The peak, as a share of the eager run's of the same round.
    pub peak_of_eager: Spread,
    /// Resources loaded.
    pub loads: u64,
    /// How long the load of the validated model's scores of the dataset took.
    pub scores_seconds: Option<Spread>,
}

/// What one run took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct MemoryOfRun {
    scores_seconds: Option<f64>,
    seconds: f64,
    peak_rss_bytes: u64,
    baseline_rss_bytes: u64,
    peak_estimated_bytes: u64,
    loads: u64,
}

impl MemoryOfRun {
    /// Runs these dimensions in this process, which should have done nothing else.
    pub fn measure_here(
        experiment: Experiment,
        dimensions: &[Dimension],
        strategy: Strategy,
    ) -> Result<Self, Problems> {
        let mut experiment = experiment;
        experiment.engine.strategy = strategy;
        let scores = format!("predictions:{}@dataset", experiment.model.name);
        let run = WholeRun::of_dimensions(experiment, dimensions)?;
        let start = process::start();
        let memory = &run.ledger.memory;
        let now = process::MemoryMeter::default().sample();
        Ok(Self {
            seconds: start.began.elapsed().as_secs_f64(),
            peak_rss_bytes: now.peak_rss_bytes,
            baseline_rss_bytes: start.memory.rss_bytes,
            peak_estimated_bytes: memory.peak_estimated_bytes,
            loads: run.ledger.resources().iter().map(|r| r.loads).sum(),
            scores_seconds: run
                .ledger
                .resource(&scores.as_str().into())
                .and_then(|scores| scores.load_seconds),
        })
    }
}

/// What the scores of the dataset cannot do without, measured in this process.
pub fn bare_here(experiment: Experiment) -> Result<Option<Bare>, Problems> {
    let threads = experiment.engine.threads;
    let settings = LoadSettings::of(&experiment);
    let mut catalogue = directly::understand(experiment, settings)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(problem)?;
    let measured = pool.install(|| Bare::measure(&mut catalogue));
    measured.map_err(Problems::from)
}

/// What a new process of this program prints that is called as this one was, with `only` something.
fn of_process<T: DeserializeOwned>(only: &str) -> Result<T, Problem> {
    let told = |cause: &str| Problem::new(format!("{only} cannot be measured: {cause}"));
    let program = std::env::current_exe().map_err(|error| told(&error.to_string()))?;
    let output = Command::new(program)
        .args(std::env::args_os().skip(1))
        .args(["--only", only])
        .output()
        .map_err(|error| told(&error.to_string()))?;
    if !output.status.success() {
        return Err(told(String::from_utf8_lossy(&output.stderr).trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| told(&error.to_string()))
}

/// Measures every strategy in turns; `progress` hears what is under way.
pub fn measure(
    settings: &EngineSettings,
    dimensions: &[Dimension],
    rounds: usize,
    progress: &mut dyn FnMut(&str),
) -> Result<MemoryTable, Problem> {
    let mut measured: [Vec<MemoryOfRun>; ROUND.len()] = Default::default();
    let mut bare = Vec::new();
    for round in 0..rounds {
        // Each goes first equally often.
        for turn in 0..ROUND.len() {
            let which = (round + turn) % ROUND.len();
            progress(&format!(
                "{}, round {} of {rounds}",
                ROUND[which],
                round + 1
            ));
            measured[which].push(of_process(ROUND[which].name())?);
        }
        progress(&format!("{BARE}, round {} of {rounds}", round + 1));
        bare.push(of_process::<Option<Bare>>(BARE)?);
    }
    let bare = bare.into_iter().flatten();
    let sum = |bare: &Bare| bare.decode_seconds + bare.score_seconds;
    let eager = &measured[0];
    let strategies = ROUND.iter().zip(&measured);
    let strategies = strategies.map(|(strategy, runs)| compare(*strategy, runs, eager));
    Ok(MemoryTable {
        rounds,
        dimensions: dimensions.to_vec(),
        settings: settings.clone(),
        strategies: strategies
            .collect::<Option<_>>()
            .ok_or_else(|| problem("nothing was measured"))?,
        bare: bare.min_by(|a, b| sum(a).total_cmp(&sum(b))),
    })
}

fn compare(
    strategy: Strategy,
    runs: &[MemoryOfRun],
    eager: &[MemoryOfRun],
) -> Option<StrategyMemory> {
    let of = |part: fn(&MemoryOfRun) -> f64| Spread::of(runs.iter().map(part));
    let beside = |part: fn(&MemoryOfRun) -> f64| {
        let pairs = runs.iter().zip(eager);
        Spread::of_ratios(pairs.map(|(run, eager)| (part(run), part(eager))))
    };
    Some(StrategyMemory {
        strategy,
        seconds: of(|run| run.seconds)?,
        peak_rss_bytes: of(|run| run.peak_rss_bytes as f64)?,
        baseline_rss_bytes: of(|run| run.baseline_rss_bytes as f64)?,
        peak_estimated_bytes: of(|run| run.peak_estimated_bytes as f64)?,
        seconds_of_eager: beside(|run| run.seconds)?,
        peak_of_eager: beside(|run| run.peak_rss_bytes as f64)?,
        loads: runs.last()?.loads,
        scores_seconds: Spread::of(runs.iter().filter_map(|run| run.scores_seconds)),
    })
}

/// The table as text.
pub fn text(table: &MemoryTable) -> String {
    let names: Vec<&str> = table.dimensions.iter().map(|d| d.name()).collect();
    let settings = &table.settings;
    let mut text = format!(
        "{}, preset {}, {} threads, {} rounds in turns, each run a process of its own; medians\n",
        names.join(", "),
        settings.preset,
        settings.threads,
        table.rounds
    );
    if cfg!(debug_assertions) {
        text.push_str("a debug build: its times say little\n");
    }
    text.push('\n');
    let head = [
        "strategy",
        "loads",
        "peak RSS",
        "of eager",
        "before",
        "resources",
        "seconds",
        "of eager",
        "scores",
    ];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    lines.extend(table.strategies.iter().map(line));
    push_columns(&mut text, &lines);
    if let Some(bare) = &table.bare {
        let (decode, score) = (bare.decode_seconds, bare.score_seconds);
        let _ = writeln!(
            text,
            "\nthe scores of the dataset cannot do without {} of decoding and {} of scoring: {} together",
            seconds(decode),
            seconds(score),
            seconds(decode + score)
        );
    }
    text.push_str(
        "\npeak RSS is the system's figure for the process; before is what it had before it read \
         anything;\nresources is the most that they took together, by estimate\n",
    );
    text
}

fn line(measured: &StrategyMemory) -> Vec<String> {
    let size = |spread: Spread| bytes(spread.median as u64);
    let share = |spread: Spread| format!("{:.0}%", 100.0 * spread.median);
    vec![
        measured.strategy.to_string(),
        measured.loads.to_string(),
        size(measured.peak_rss_bytes),
        share(measured.peak_of_eager),
        size(measured.baseline_rss_bytes),
        size(measured.peak_estimated_bytes),
        seconds(measured.seconds.median),
        share(measured.seconds_of_eager),
        measured
            .scores_seconds
            .map_or_else(|| "-".to_owned(), |s| seconds(s.median)),
    ]
}
