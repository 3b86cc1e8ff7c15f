//! Plans of the bundled experiment: what each strategy loads, when, and which one is advised.

mod golden;
mod settings;
mod timed;

use std::path::Path;
use std::sync::Arc;

use lazydebugger::experiment::Experiment;
use lazydebugger::history::History;
use lazydebugger::resource::{ColumnSet, Key, LoadSettings, ModelId, TableId, bind};
use lazydebugger::session::{self, Planner};

fn experiment() -> Experiment {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/adult/experiment.toml");
    let mut experiment = Experiment::from_file(&file).unwrap();
    experiment.engine.threads = 2;
    experiment
}

fn planner_of(experiment: Experiment, history: History) -> Planner {
    let settings = experiment.engine.clone();
    let load_settings = LoadSettings::of(&experiment);
    let catalogue = Arc::new(bind(experiment, load_settings).unwrap());
    Planner::new(catalogue, &settings, history)
}

fn planner() -> Planner {
    planner_of(experiment(), History::of_this_session())
}

/// Two letters for a resource, so that a plan fits on a line.
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
            (_, ColumnSet::All) => panic!("no table here is a CSV file"),
        },
        Key::Model(ModelId::Validated(_)) => "M",
        Key::Model(ModelId::Alternative(_)) => "Mo",
        Key::Model(ModelId::Variant(_)) => "Mv",
        Key::Model(ModelId::Quantile(_)) | Key::Parity => {
            panic!("this experiment names no quantiles and expects no scores")
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
        Key::ProtectedAttributes => "A",
        Key::Hyperparameters => "H",
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
