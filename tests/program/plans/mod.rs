//! Plans of the bundled experiment: what each strategy loads, when, and which one is advised.

mod cut;
mod golden;
mod settings;
mod timed;

use std::path::Path;
use std::sync::Arc;

use lazydebugger::experiment::Experiment;
use lazydebugger::history::History;
use lazydebugger::resource::directly::{inspect, understand};
use lazydebugger::resource::{Catalogue, ColumnSet, Key, LoadSettings, ModelId, TableId};
use lazydebugger::session::Planner;

fn experiment() -> Experiment {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/adult/experiment.toml");
    let mut experiment = Experiment::from_file(&file).unwrap();
    experiment.engine.threads = 2;
    experiment
}

fn planner_with(catalogue: Catalogue, history: History) -> Planner {
    let settings = catalogue.experiment.engine.clone();
    Planner::new(Arc::new(catalogue), &settings, history)
}

/// Plans with everything known that the files say of themselves.
fn planner_of(experiment: Experiment, history: History) -> Planner {
    let settings = LoadSettings::of(&experiment);
    planner_with(inspect(experiment, settings).unwrap(), history)
}

fn planner() -> Planner {
    planner_of(experiment(), History::of_this_session())
}

/// Plans as a session begins: no more is known than the dataset's schema and the model's header.
fn planner_at_first() -> Planner {
    let experiment = experiment();
    let settings = LoadSettings::of(&experiment);
    let catalogue = understand(experiment, settings).unwrap();
    planner_with(catalogue, History::of_this_session())
}

/// A few letters for a resource, so that a plan fits on a line.
fn code(key: &Key) -> &'static str {
    match key {
        Key::Table(TableId::Dataset) => "D",
        Key::Table(TableId::Calibration) => "Dc",
        Key::Table(TableId::Alternative(_)) => "Da",
        Key::Columns { table, set } => match (table, set) {
            (TableId::Dataset, ColumnSet::Outcome) => "Do",
            (TableId::Dataset, ColumnSet::Protected) => "Dp",
            (TableId::Dataset, ColumnSet::Features) => "Df",
            (TableId::Calibration, ColumnSet::Outcome) => "Dco",
            (TableId::Calibration, ColumnSet::Protected) => "Dcp",
            (TableId::Calibration, ColumnSet::Features) => "Dcf",
            (TableId::Alternative(_), ColumnSet::Outcome) => "Dao",
            (TableId::Alternative(_), ColumnSet::Protected) => "Dap",
            (TableId::Alternative(_), ColumnSet::Features) => "Daf",
            _ => panic!("no table here is a CSV file, and no model takes more than the others"),
        },
        Key::Table(TableId::Scores) => "Ds",
        Key::Model(ModelId::Validated(_)) => "M",
        Key::Model(ModelId::Alternative(_)) => "Mo",
        Key::Model(ModelId::Variant(_)) => "Mv",
        Key::File(_) => "F",
        Key::Header(ModelId::Validated(_)) => "T",
        Key::Header(ModelId::Alternative(_)) => "To",
        Key::Header(ModelId::Variant(_)) => "Tv",
        Key::Model(ModelId::Quantile(_))
        | Key::Header(ModelId::Quantile(_))
        | Key::Table(TableId::ExpectedScores)
        | Key::Parity => panic!("this experiment names no quantiles and expects no scores"),
        Key::TargetValues | Key::ScoreSample(_) | Key::Runtime => {
            panic!("this experiment says what its target and its scores are, and runs natively")
        }
        Key::Statistics(_) | Key::Drift | Key::WorstSlices | Key::UnusualRows { .. } => {
            panic!("the tables are small enough to be held")
        }
        Key::Predictions {
            disturbance: Some(_),
            ..
        } => "Pn",
        Key::Predictions {
            model: ModelId::Variant(_),
            ..
        } => "Pv",
        Key::Predictions {
            table: TableId::Calibration,
            ..
        } => "Pc",
        Key::Predictions {
            table: TableId::Alternative(_),
            ..
        } => "Pa",
        Key::Predictions { .. } => "P",
        Key::ProtectedAttributes(_) => "A",
        Key::Hyperparameters => "H",
        Key::Constraints => "K",
    }
}

fn codes(keys: &[Key]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for key in keys {
        match counts.iter_mut().find(|(known, _)| *known == code(key)) {
            Some((_, count)) => *count += 1,
            None => counts.push((code(key), 1)),
        }
    }
    let told = counts.into_iter().map(|(code, count)| match count {
        1 => code.to_owned(),
        count => format!("{code}x{count}"),
    });
    told.collect::<Vec<_>>().join(" ")
}
