//! `bench overhead`: what lazy loading costs when nothing can be avoided. All five dimensions are run
//! under each strategy in turns, each time in a fresh session with cold caches, and every lazy run is
//! set beside the eager one of the same round. Eager runs twice a round: its distance from itself is
//! what this machine cannot tell apart. What the session's own thread works is set beside eager's as
//! well: all the work that lazy loading adds is on it, since loads and computations are the same, and
//! its processor time differs far less from run to run than the time of a whole run does. What is lost
//! where loads overlap less shows in the time of the whole run only.

use serde::Serialize;

use super::columns::push_columns;
use super::spread::{Spread, median_interval};
use super::whole_run::WholeRun;
use crate::display::seconds;
use crate::event::EngineSettings;
use crate::experiment::Experiment;
use crate::vocabulary::{Problems, Strategy};

/// What lazy loading may cost of the eager run's time.
pub const TARGET: f64 = 0.005;

/// The whole table.
#[derive(Clone, Debug, Serialize)]
pub struct OverheadTable {
    /// Times that everything was measured.
    pub rounds: usize,
    /// Cores of the machine.
    pub cores: usize,
    /// What the runs had in common; its strategy says nothing.
    pub settings: EngineSettings,
    /// A line a strategy, eager itself first.
    pub strategies: Vec<StrategyMeasured>,
}

/// One strategy beside eager.
#[derive(Clone, Debug, Serialize)]
pub struct StrategyMeasured {
    /// Which.
    pub strategy: Strategy,
    /// From the session's opening to the end of the run.
    pub seconds: Spread,
    /// Until everything that the strategy loads first is there.
    pub setup_seconds: Spread,
    /// Events of a run.
    pub events: usize,
    /// Resources loaded.
    pub loads: u64,
    /// What the session's own thread worked of that: requests, plans, events, samples of memory; the
    /// loads and computations are others' work. Unknown where the system does not tell.
    pub bookkeeping_seconds: Option<Spread>,
    /// That over the eager run's of the same round, as a share of all of the eager run's seconds.
    pub bookkeeping_overhead: Option<Spread>,
    /// Where the median of these lies with 95% confidence.
    pub bookkeeping_interval: Option<(f64, f64)>,
    /// Seconds over the eager run's of the same round, as a share of it.
    pub overhead: Spread,
    /// Where the median of these lies with 95% confidence; unknown with fewer than six rounds.
    pub interval: Option<(f64, f64)>,
}

/// One run.
struct Measured {
    seconds: f64,
    setup_seconds: f64,
    bookkeeping_seconds: Option<f64>,
    events: usize,
    loads: u64,
}

/// What is run in a round: the first is what all are compared with.
const ROUND: [Strategy; 5] = [
    Strategy::Eager,
    Strategy::Eager,
    Strategy::LazyAll,
    Strategy::EagerCore,
    Strategy::Adaptive,
];

/// Measures every strategy; `progress` hears what is under way.
pub fn measure(
    experiment: &Experiment,
    rounds: usize,
    progress: &mut dyn FnMut(&str),
) -> Result<OverheadTable, Problems> {
    // What the first run finds is not what the others find: files not yet in the page cache.
    run(experiment, Strategy::Eager)?;
    let mut measured: [Vec<Measured>; ROUND.len()] = Default::default();
    for round in 0..rounds {
        progress(&format!("round {} of {rounds}", round + 1));
        // Each goes first, and after each other, equally often.
        for turn in 0..ROUND.len() {
            let which = (round + turn) % ROUND.len();
            measured[which].push(run(experiment, ROUND[which])?);
        }
    }
    let [eager, others @ ..] = &measured;
    let strategies = ROUND[1..].iter().zip(others);
    let strategies = strategies.filter_map(|(strategy, runs)| compare(*strategy, runs, eager));
    Ok(OverheadTable {
        rounds,
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        settings: experiment.engine.clone(),
        strategies: strategies.collect(),
    })
}

fn compare(strategy: Strategy, runs: &[Measured], eager: &[Measured]) -> Option<StrategyMeasured> {
    let pairs = || runs.iter().zip(eager);
    let overheads: Vec<f64> = pairs()
        .map(|(run, e)| run.seconds / e.seconds - 1.0)
        .collect();
    let more = pairs().map(|(run, e)| {
        let more = run.bookkeeping_seconds? - e.bookkeeping_seconds?;
        Some(more / e.seconds)
    });
    let more: Option<Vec<f64>> = more.collect();
    let more = more.unwrap_or_default();
    let last = runs.last()?;
    Some(StrategyMeasured {
        strategy,
        seconds: Spread::of(runs.iter().map(|run| run.seconds))?,
        setup_seconds: Spread::of(runs.iter().map(|run| run.setup_seconds))?,
        bookkeeping_seconds: Spread::of(runs.iter().filter_map(|run| run.bookkeeping_seconds)),
        events: last.events,
        loads: last.loads,
        bookkeeping_interval: median_interval(&more),
        bookkeeping_overhead: Spread::of(more),
        interval: median_interval(&overheads),
        overhead: Spread::of(overheads)?,
    })
}

/// Runs all dimensions in a session of its own.
fn run(experiment: &Experiment, strategy: Strategy) -> Result<Measured, Problems> {
    let mut experiment = experiment.clone();
    experiment.engine.strategy = strategy;
    let run = WholeRun::of(experiment)?;
    Ok(Measured {
        seconds: run.seconds,
        setup_seconds: run.setup_seconds,
        bookkeeping_seconds: run.bookkeeping_seconds,
        events: run.ledger.events as usize,
        loads: run.ledger.resources().iter().map(|r| r.loads).sum(),
    })
}

/// The table as text.
pub fn text(table: &OverheadTable) -> String {
    let settings = &table.settings;
    let threads = settings.threads;
    let mut text = format!(
        "all dimensions, preset {}, {threads} of {} cores, {} rounds in turns, cold caches; medians\n",
        settings.preset, table.cores, table.rounds
    );
    if cfg!(debug_assertions) {
        text.push_str("a debug build: its times say little\n");
    }
    text.push('\n');
    let header = [
        "strategy",
        "loads",
        "events",
        "setup",
        "total",
        "bookkeeping",
        "over eager",
        "95% of the median",
        "total over eager",
        "95% of the median",
        "target",
    ];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    lines.extend(table.strategies.iter().map(line));
    push_columns(&mut text, &lines);
    text.push_str(
        "\neager is set beside itself: what differs there is the machine\nbookkeeping is processor \
         time of the session's own thread, over eager as a share of the whole eager run\n",
    );
    text
}

fn line(measured: &StrategyMeasured) -> Vec<String> {
    let percent = |share: f64| format!("{:+.2}%", 100.0 * share);
    let none = || "-".to_owned();
    let bookkeeping = measured.bookkeeping_seconds.map(|s| s.median);
    let interval = |interval: Option<(f64, f64)>| {
        interval.map_or_else(none, |(low, high)| {
            format!("{} to {}", percent(low), percent(high))
        })
    };
    let is_within = |(_, high): (f64, f64)| high <= TARGET;
    let is_above = |(low, _): (f64, f64)| low > TARGET;
    let target = match (measured.strategy, measured.interval) {
        (Strategy::Eager, _) => "-",
        (_, Some(total)) if is_within(total) => "met",
        (_, Some(total)) if is_above(total) => "NOT met",
        (_, None) => "too few rounds to tell",
        _ if measured.bookkeeping_interval.is_some_and(is_within) => "met by the bookkeeping",
        _ if measured.bookkeeping_interval.is_some_and(is_above) => "NOT met",
        _ => "lost in the noise",
    };
    vec![
        measured.strategy.to_string(),
        measured.loads.to_string(),
        measured.events.to_string(),
        seconds(measured.setup_seconds.median),
        seconds(measured.seconds.median),
        bookkeeping.map_or_else(none, |s| format!("{:.1} ms", 1e3 * s)),
        measured
            .bookkeeping_overhead
            .map_or_else(none, |s| percent(s.median)),
        interval(measured.bookkeeping_interval),
        percent(measured.overhead.median),
        interval(measured.interval),
        target.to_owned(),
    ]
}
