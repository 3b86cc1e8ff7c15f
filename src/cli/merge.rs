//! `lazydebugger merge`: the report of a run that was done in shards.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::ExperimentArgs;
use super::output::{self, Failure};
use super::run::{self, CourseArgs, Made};
use crate::experiment::{Experiment, Overrides};
use crate::shard::Parts;
use crate::vocabulary::{Choice, Dimension, Preset, Problem};

const EXAMPLES: &str = "\
Examples:
  lazydebugger merge part-*.lzd                             the report, as `run` makes it
  lazydebugger merge --output report.html part-*.lzd
  lazydebugger merge --experiment here/experiment.toml part-*.lzd

The experiment's tables and the files of its models must be there: what is computed from scores needs the
tables, and that the parts are of these models is seen by their files. No model is opened for scores that
are in the parts.";

/// Arguments of `merge`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct MergeArgs {
    /// The parts of all shards, in any order
    #[arg(required = true, value_name = "PART")]
    parts: Vec<PathBuf>,
    /// The experiment's file [default: the one that the first shard was run with]
    #[arg(long, value_name = "EXPERIMENT.toml")]
    experiment: Option<PathBuf>,
    #[command(flatten)]
    overrides: Overrides,
    #[command(flatten)]
    course: CourseArgs,
}

pub(super) fn merge(args: &MergeArgs) -> Result<u8, Failure> {
    let parts = Parts::open(&args.parts)?;
    for retried in &parts.retried {
        let file = retried.display();
        output::note(&format!(
            "note: {file} is left out: another part says the same"
        ));
    }
    let experiment = experiment(args, &parts)?;
    let dimensions = dimensions(&args.course, &parts)?;
    let made = Made {
        part: None,
        parts: Some(Arc::new(parts)),
        baseline: args.course.baseline()?,
        remote: None,
    };
    run::report_on(&args.course, &experiment, &dimensions, &made)
}

/// The experiment of the parts: what was said of it where the shards were run must be said again, but for
/// preset and seed.
fn experiment(args: &MergeArgs, parts: &Parts) -> Result<Experiment, Failure> {
    let named = args.experiment.clone();
    let file = named.or_else(|| {
        let is_of_flags = args.overrides.describe_an_experiment();
        parts.file().filter(|_| !is_of_flags).map(PathBuf::from)
    });
    if let Some(file) = file.as_deref().filter(|file| !file.exists()) {
        let problem = Problem::new("there is no such file").in_file(file);
        let remedy = "say with --experiment where the experiment of the shards is here";
        return Err(problem.remedy(remedy).into());
    }
    let resolve = |overrides: Overrides| {
        let experiment = ExperimentArgs {
            experiment: file.clone(),
            overrides,
        };
        experiment.resolve()
    };
    let mut experiment = resolve(args.overrides.clone())?;
    let Some(file) = &file else {
        return Ok(with_settings_of(experiment, None, parts));
    };
    let unchanged = Experiment::from_file(file)?;
    experiment = with_settings_of(experiment, Some(&unchanged), parts);
    Ok(experiment)
}

/// Takes preset and seed from the parts, unless they were given.
fn with_settings_of(
    mut experiment: Experiment,
    unchanged: Option<&Experiment>,
    parts: &Parts,
) -> Experiment {
    let engine = &mut experiment.engine;
    let usual = unchanged.map(|experiment| &experiment.engine);
    let preset = parts.told("preset").and_then(Preset::named);
    if let Some(preset) = preset.filter(|_| usual.is_none_or(|usual| usual.preset == engine.preset))
    {
        engine.preset = preset;
    }
    let seed = parts.told("seed").and_then(|seed| seed.parse().ok());
    if let Some(seed) = seed.filter(|_| usual.is_none_or(|usual| usual.seed == engine.seed)) {
        engine.seed = seed;
    }
    experiment
}

/// The dimensions of the parts, or those of them that were named.
fn dimensions(args: &CourseArgs, parts: &Parts) -> Result<Vec<Dimension>, Failure> {
    let all = parts.dimensions();
    if args.are_all_dimensions() {
        return Ok(all);
    }
    let dimensions = args.dimensions();
    if let Some(other) = dimensions.iter().find(|dimension| !all.contains(dimension)) {
        let names: Vec<String> = all.iter().map(ToString::to_string).collect();
        let cause = format!("the parts are of {}, and not of {other}", names.join(", "));
        let problem = Problem::new(cause);
        return Err(problem.remedy("run the shards with it, too").into());
    }
    Ok(dimensions)
}
