//! `lazydebugger plan`: what each strategy would load; nothing is.

use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::ExperimentArgs;
use super::output::{self, Failure};
use super::run::all_unless_named;
use crate::history::History;
use crate::report::{Plans, TextOptions, plan_json, plan_text};
use crate::resource::{LoadSettings, directly};
use crate::session::{Planner, demand_forecast};
use crate::settings::word;
use crate::vocabulary::Dimension;

/// Arguments of `plan`.
#[derive(Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,
    /// Dimensions to plan for, separated by commas [default: all]
    #[arg(long, value_parser = word::<Dimension>(), value_delimiter = ',', value_name = "A,B")]
    dimensions: Vec<Dimension>,
    /// How to show it; `--strategy` chooses the one that the text shows load by load
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn plan(args: &PlanArgs) -> Result<u8, Failure> {
    let experiment = args.experiment.resolve()?;
    let settings = experiment.engine.clone();
    let load_settings = LoadSettings::of(&experiment);
    let mut dimensions = all_unless_named(&args.dimensions);
    let mut catalogue = directly::understand(experiment, load_settings)?;
    for problem in directly::know_everything(&mut catalogue) {
        output::note(&format!("warning: {problem}"));
    }
    let planner = Planner::new(Arc::new(catalogue), &settings, History::in_data_folder());
    let problems = planner.preload_problems();
    if !problems.is_empty() {
        return Err(Failure::problems(problems));
    }
    for note in (planner.history.notes.iter()).chain(&planner.catalogue.device_note()) {
        output::note(&format!("note: {note}"));
    }
    dimensions.retain(|dimension| match planner.needs(*dimension) {
        Ok(_) => true,
        Err(unmet) => {
            output::note(&format!("note: {dimension} is left out: {unmet}"));
            false
        }
    });
    let (forecasts, advice) = planner.compare(&dimensions);
    let plans = Plans {
        experiment: planner.catalogue.experiment.name.clone(),
        dimensions,
        workers: settings.threads,
        strategy: settings.strategy,
        forecasts,
        advice,
        demand: demand_forecast(&planner),
    };
    output::data(&match args.format {
        Format::Text => plan_text(
            &plans,
            TextOptions {
                width: output::width(),
                colour: output::is_colourful(),
            },
        ),
        Format::Json => output::json(&plan_json(&plans)),
    })?;
    Ok(0)
}
