//! The command line: one file per sub-command, with its arguments and its few lines of glue.

mod attach;
mod baseline;
mod bench;
mod cache;
mod check;
mod closing;
mod compare;
mod compare_backends;
mod config;
mod demo;
mod destinations;
mod doctor;
mod earlier;
mod examples;
mod explore;
mod export;
mod generate;
mod interrupts;
mod kept_session;
mod listening;
mod loading;
mod merge;
mod on_ray;
mod output;
mod plain;
mod plan;
mod predict;
mod replay;
mod reports;
mod run;
mod runtime;
mod shard;
mod shell;
mod shipping;
mod signals;
mod tuning;
mod whatif;
mod why;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::display::marked;
use crate::experiment::{Experiment, Overrides, bundled};
use crate::inference::answer_trials;
use crate::process;
use crate::tui::terminal::heed_fatal_signals;
use output::Failure;

/// Watch a model validation load lazily: what is loaded, what it costs, who holds it, and why the
/// cache missed.
///
/// Without a sub-command it opens the terminal UI; without an experiment, on the bundled one.
#[derive(Parser)]
#[command(name = "lazydebugger", version, args_conflicts_with_subcommands = true)]
#[command(after_help = examples::PROGRAM)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    explore: explore::ExploreArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Run dimensions without a screen and report; exit 1 when a gate fails, 2 when it cannot run
    Run(run::RunArgs),
    /// Merge the parts of a run that was done in shards, and report as `run` does
    Merge(merge::MergeArgs),
    /// Plan a run in shards, for several machines
    Shard(shard::ShardArgs),
    /// Write the model's scores for the dataset to a file
    #[command(after_help = examples::PREDICT)]
    Predict(predict::PredictArgs),
    /// Look for problems in the experiment and its files; nothing is loaded, unless --parity asks
    /// whether the model says what its training library says (exit 1 if not)
    #[command(after_help = examples::CHECK)]
    Check(ExperimentArgs),
    /// Show what each strategy would load, in what order and at what cost; nothing is loaded
    #[command(after_help = examples::PLAN)]
    Plan(plan::PlanArgs),
    /// Show eager over lazy, side by side, both really run on generated data
    #[command(after_help = examples::DEMO)]
    Demo(demo::DemoArgs),
    /// Open the terminal UI on a session that runs in another terminal
    #[command(after_help = examples::ATTACH)]
    Attach(attach::AttachArgs),
    /// Open the terminal UI on a recorded session
    #[command(after_help = examples::REPLAY)]
    Replay(replay::ReplayArgs),
    /// Show what is different between two runs, by their reports or recordings
    #[command(after_help = examples::COMPARE)]
    Compare(compare::CompareArgs),
    /// Write a recorded session in the format of another tool
    #[command(after_help = examples::EXPORT)]
    Export(export::ExportArgs),
    /// Show what another cache policy or size would have saved, by the accesses of a recording
    #[command(after_help = examples::WHATIF)]
    Whatif(whatif::WhatIfArgs),
    /// Explain a resource of a recorded session: why it was loaded, missed, gone, slow or large
    #[command(after_help = examples::WHY)]
    Why(why::WhyArgs),
    /// Write a data set of any size with a model that fits it, and its experiment
    #[command(after_help = examples::GENERATE)]
    Generate(generate::GenerateArgs),
    /// Show what was found on this machine: ONNX Runtime, terminal, cores, memory, folders
    #[command(after_help = examples::DOCTOR)]
    Doctor(doctor::DoctorArgs),
    /// Look after what is kept on this disk for later sessions, and ask why an entry was not used
    #[command(after_help = examples::CACHE)]
    Cache(cache::CacheArgs),
    /// Look after the keys and colours of the screen: where their file is, and what it may say
    #[command(after_help = examples::CONFIG)]
    Config(config::ConfigArgs),
    /// Measure the tables of the documentation on this machine
    #[command(after_help = examples::BENCH)]
    Bench(bench::BenchArgs),
    /// Write a shell's completions to stdout
    Completions(shell::CompletionsArgs),
    /// Write the manual
    Man(shell::ManArgs),
}

/// What to validate.
#[derive(Args)]
struct ExperimentArgs {
    /// The experiment's file [default: the bundled Adult experiment]
    #[arg(value_name = "EXPERIMENT.toml")]
    experiment: Option<PathBuf>,
    #[command(flatten)]
    overrides: Overrides,
}

impl ExperimentArgs {
    /// The experiment that the arguments describe.
    fn resolve(&self) -> Result<Experiment, Failure> {
        let from_flags = self.overrides.describe_an_experiment();
        let file = match &self.experiment {
            Some(path) => path.clone(),
            None if from_flags => return Ok(Experiment::from_overrides(&self.overrides)?),
            None => bundled().map_err(Failure::input)?,
        };
        let experiment = Experiment::from_file(&file);
        Ok(experiment.and_then(|experiment| experiment.with(&self.overrides))?)
    }
}

/// Runs the program; its exit code is 0, 1 (a gate failed), 2 (it could not run) or 130
/// (interrupted), and 128 plus the signal that ended it.
pub fn main() -> ! {
    // A trial of a model is no command: it ends here, with none of what follows.
    answer_trials();
    // Before anything else: what follows is measured against it.
    process::start();
    heed_fatal_signals();
    signals::survive_file_limits();
    output::leave(match Cli::try_parse() {
        Ok(cli) => perform(cli.command, &cli.explore),
        Err(refusal) => told(&refusal),
    })
}

fn perform(command: Option<Command>, explore: &explore::ExploreArgs) -> Result<u8, Failure> {
    let Some(command) = command else {
        return explore::explore(explore);
    };
    // Those with a session, or a screen, answer signals in their own way.
    let has_no_session = !matches!(
        command,
        Command::Run(_) | Command::Merge(_) | Command::Replay(_) | Command::Attach(_)
    );
    let _ends = has_no_session.then(signals::end_cleanly).transpose()?;
    match command {
        Command::Run(args) => run::run(&args),
        Command::Merge(args) => merge::merge(&args),
        Command::Shard(args) => shard::shard(&args),
        Command::Predict(args) => predict::predict(&args),
        Command::Check(args) => check::check(&args),
        Command::Plan(args) => plan::plan(&args),
        Command::Demo(args) => demo::demo(&args),
        Command::Attach(args) => attach::attach(&args),
        Command::Replay(args) => replay::replay(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Export(args) => export::export(&args),
        Command::Whatif(args) => whatif::whatif(&args),
        Command::Why(args) => why::why(&args),
        Command::Generate(args) => generate::generate(&args),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Cache(args) => cache::cache(&args),
        Command::Config(args) => config::config(&args),
        Command::Bench(args) => bench::bench(&args),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
    }
}

/// Says why the arguments are not followed, or what was asked for in place of that: help.
fn told(refusal: &clap::Error) -> Result<u8, Failure> {
    let mut text = refusal.render().to_string();
    for argument in std::env::args_os().skip(1) {
        let argument = argument.to_string_lossy();
        let shown = marked(&argument);
        if shown != argument {
            text = text.replace(&*argument, &shown);
        }
    }
    if refusal.use_stderr() {
        text.trim_end().lines().for_each(output::note);
    } else {
        output::data(&text)?;
    }
    Ok(u8::try_from(refusal.exit_code()).unwrap_or(output::COULD_NOT_RUN))
}
