//! `lazydebugger run --shard`, and `lazydebugger shard`: a run in shards, for several machines.

use std::path::Path;
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::interrupts::Interrupts;
use super::output::{self, Failure};
use super::run::{self, CourseArgs, Made};
use super::{ExperimentArgs, destinations, runtime};
use crate::display;
use crate::experiment::Experiment;
use crate::history::History;
use crate::report;
use crate::resource::{LoadSettings, directly};
use crate::session::Planner;
use crate::settings::word;
use crate::shard::{Manifest, PartWriter, ShardPlan};
use crate::vocabulary::{Dimension, Problem, Runner, Shard};

const EXAMPLES: &str = "\
Examples:
  lazydebugger shard plan --shards 16 experiment.toml       which rows each shard scores, and how large its part is
  lazydebugger run --shard 3/16 --output part-3.lzd experiment.toml
  lazydebugger merge part-*.lzd                             the report of the whole run
  lazydebugger shard manifest --for slurm --shards 16 experiment.toml > run.sh";

/// Arguments of `shard`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ShardArgs {
    #[command(subcommand)]
    command: ShardCommand,
}

#[derive(Subcommand)]
enum ShardCommand {
    /// Show which rows each shard of a run scores, and how large its part is at most
    Plan(Box<ShardPlanArgs>),
    /// Write a file for what runs the shards, to read, to change and to hand over
    Manifest(ManifestArgs),
}

#[derive(Args)]
struct ManifestArgs {
    /// What runs the shards
    #[arg(long = "for", value_parser = word::<Runner>(), value_name = "RUNNER")]
    runner: Runner,
    /// How many shards
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(Shard::MOST)))]
    shards: u32,
    /// The experiment's file, as those who run it see it
    #[arg(value_name = "EXPERIMENT.toml")]
    experiment: String,
    /// What every shard and the merge are told besides
    #[arg(last = true, value_name = "FLAGS")]
    flags: Vec<String>,
}

#[derive(Args)]
struct ShardPlanArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,
    /// How many shards
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(Shard::MOST)))]
    shards: u32,
    /// Dimensions of the run, separated by commas [default: all]
    #[arg(long, value_parser = word::<Dimension>(), value_delimiter = ',', value_name = "A,B")]
    dimensions: Vec<Dimension>,
}

pub(super) fn shard(args: &ShardArgs) -> Result<u8, Failure> {
    match &args.command {
        ShardCommand::Plan(args) => plan(args),
        ShardCommand::Manifest(args) => manifest(args),
    }
}

fn manifest(args: &ManifestArgs) -> Result<u8, Failure> {
    let manifest = Manifest {
        experiment: &args.experiment,
        shards: args.shards,
        flags: &args.flags,
    };
    output::data(&manifest.text(args.runner)?)?;
    Ok(0)
}

fn plan(args: &ShardPlanArgs) -> Result<u8, Failure> {
    let experiment = args.experiment.resolve()?;
    let dimensions = run::all_unless_named(&args.dimensions);
    let plan = plan_of(experiment, &dimensions, args.shards)?;
    output::data(&plan.text())?;
    Ok(0)
}

/// What each of so many shards would do.
pub(super) fn plan_of(
    experiment: Experiment,
    dimensions: &[Dimension],
    shards: u32,
) -> Result<ShardPlan, Failure> {
    let settings = experiment.engine.clone();
    let load_settings = LoadSettings::of(&experiment);
    let mut catalogue = directly::understand(experiment, load_settings)?;
    for problem in directly::know_everything(&mut catalogue) {
        output::note(&format!("warning: {problem}"));
    }
    let planner = Planner::new(Arc::new(catalogue), &settings, History::in_data_folder());
    let scored = planner.scored(dimensions);
    Ok(ShardPlan::of(&planner.catalogue, &scored, shards))
}

/// Runs a shard, and leaves its part.
pub(super) fn run_shard(
    args: &CourseArgs,
    experiment: &Experiment,
    shard: Shard,
) -> Result<u8, Failure> {
    let Some(path) = args.part() else {
        let problem = Problem::new("a shard leaves a part, in one file, and no report");
        let remedy = format!(
            "give `--output part-{}.lzd`, and no --format",
            shard.number()
        );
        return Err(problem.remedy(remedy).into());
    };
    let mut interrupts = Interrupts::listen()?;
    destinations::check(&args.destinations(), experiment, &[])?;
    let dimensions = args.dimensions();
    loop {
        let recorder = args.record(experiment)?;
        let file = experiment.file.as_deref();
        let writer = PartWriter::create(path, shard, file, &dimensions);
        let writer = Arc::new(writer.map_err(|error| in_file(&error, path))?);
        let made = Made {
            part: Some(writer.clone()),
            ..Made::default()
        };
        let running = (&*dimensions, made, None);
        let (ledger, ending) = run::work(args, experiment, running, recorder, interrupts)?;
        if let Some(refusal) = &ledger.refused {
            ending.wait();
            runtime::settle(refusal)?;
            interrupts = Interrupts::listen()?;
            continue;
        }
        run::tell(&ledger, false);
        let code = report::exit_code(&ledger);
        let has_failed = code > 1;
        let written = (!has_failed).then(|| writer.finish());
        let is_traced = ending.wait();
        let Some(written) = written else {
            return Ok(code);
        };
        let written = written.map_err(|error| in_file(&error, path))?;
        let (all, head) = (
            display::bytes(written.bytes),
            display::bytes(written.head_bytes),
        );
        output::note(&format!(
            "{}: shard {shard}, {} predictions, {all}, of which {head} are no scores",
            path.display(),
            written.predictions
        ));
        return Ok(if is_traced { 0 } else { output::COULD_NOT_RUN });
    }
}

fn in_file(error: &std::io::Error, path: &Path) -> Failure {
    Problem::new(error.to_string()).in_file(path).into()
}
