//! `lazydebugger check`: every problem of an experiment at once.

use std::fmt::Write;
use std::sync::Arc;

use super::output::{self, COULD_NOT_RUN, Failure};
use super::{ExperimentArgs, loading};
use crate::experiment::Experiment;
use crate::history::History;
use crate::inference::Signature;
use crate::resource::table::list;
use crate::resource::table_file::read_table;
use crate::resource::{Catalogue, Key, LoadSettings, bind};
use crate::session::Planner;

pub(super) fn check(args: &ExperimentArgs) -> Result<u8, Failure> {
    let experiment = args.resolve()?;
    let problems = match inspect(experiment) {
        Ok(catalogue) => {
            let problems = target_problems(&catalogue);
            if problems.is_empty() {
                output::data(&output::harmless(&summary(&catalogue)))?;
                return parity(&catalogue);
            }
            problems
        }
        Err(problems) => problems,
    };
    Err(Failure {
        code: COULD_NOT_RUN,
        message: problems.join("\nlazydebugger: "),
    })
}

/// Runs the model where the experiment names what is expected of it.
fn parity(catalogue: &Catalogue) -> Result<u8, Failure> {
    if catalogue.expected.is_none() {
        return Ok(0);
    }
    loading::see_to_runtime(catalogue)?;
    let loaded = loading::load(catalogue, &[Key::Parity])?;
    let found = loaded.get(&Key::Parity).map(|parity| parity.as_parity());
    let Some(Ok(found)) = found else {
        return Ok(0);
    };
    output::data(&format!("  parity: {found}\n"))?;
    Ok(u8::from(!found.is_good()))
}

fn inspect(experiment: Experiment) -> Result<Arc<Catalogue>, Vec<String>> {
    let settings = experiment.engine.clone();
    let load_settings = LoadSettings::of(&experiment);
    let catalogue = bind(experiment, load_settings).map_err(|problems| problems.0)?;
    let catalogue = Arc::new(catalogue);
    let planner = Planner::new(catalogue.clone(), &settings, History::of_this_session());
    match planner.preload_problems() {
        none if none.is_empty() => Ok(catalogue),
        problems => Err(problems),
    }
}

/// What only the values of the target column can tell.
fn target_problems(catalogue: &Catalogue) -> Vec<String> {
    let target = &catalogue.experiment.dataset.target;
    let read = |path: &std::path::Path| {
        let table = read_table(path, std::slice::from_ref(target))?;
        catalogue
            .check_target(&table)
            .map_err(|error| format!("{}: {error}", path.display()))
    };
    let tables = catalogue.tables();
    tables
        .filter_map(|(_, source)| read(&source.path).err())
        .collect()
}

fn summary(catalogue: &Catalogue) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    };
    line(format!("{}: no problems found", catalogue.experiment.name));
    for (id, source) in catalogue.tables() {
        let rows = source.schema.rows.map(|rows| format!("{rows} rows, "));
        line(format!(
            "  {id}: {}{} of {} columns used ({})",
            rows.unwrap_or_default(),
            source.columns.all().count(),
            source.schema.columns.len(),
            source.path.display()
        ));
    }
    for (id, model) in catalogue.models() {
        line(format!(
            "  {}: {} ({})",
            Key::Model(id.clone()),
            describe(&model.signature),
            model.path.display()
        ));
        line(format!("    backend: {}", model.backend));
    }
    if let Some(precomputed) = &catalogue.precomputed {
        line(format!("  predictions: {}", precomputed.describe()));
    }
    let understanding = catalogue.understanding();
    line(format!("  task: {}", understanding.task_in_words()));
    line(format!("  score: {}", understanding.score));
    if understanding.expected.is_none() {
        line(
            "  parity: unknown; --parity FILE compares the scores with those of the training library"
                .to_owned(),
        );
    }
    for note in &catalogue.notes {
        line(format!("  note: {note}"));
    }
    if let Some(missing) = catalogue.missing_runtime(catalogue.models()) {
        line(format!("  note: {missing}"));
    }
    text
}

fn describe(signature: &Signature) -> String {
    let plural = |count: usize, noun: &str| {
        let ending = if count == 1 { "" } else { "s" };
        format!("{count} {noun}{ending}")
    };
    let mut parts = vec![plural(signature.inputs.len(), "input")];
    if let Some(classes) = &signature.classes {
        parts.push(format!("classes {}", list(classes)));
    }
    parts.push(plural(signature.node_count, "node"));
    if !signature.producer.is_empty() {
        parts.push(format!("by {}", signature.producer));
    }
    parts.join(", ")
}
