//! `lazydebugger check`: every problem of an experiment at once.

use std::fmt::Write;
use std::sync::Arc;

use super::output::{self, Failure};
use super::{ExperimentArgs, loading, runtime};
use crate::display::marked;
use crate::explain::experiment::task_in_words;
use crate::history::History;
use crate::inference::Signature;
use crate::resource::table::list;
use crate::resource::{Catalogue, Key, LoadSettings, ScoreMeaning, TableId, conversion, directly};
use crate::session::Planner;
use crate::vocabulary::{Problem, Task};

pub(super) fn check(args: &ExperimentArgs) -> Result<u8, Failure> {
    let experiment = args.resolve()?;
    let settings = experiment.engine.clone();
    let load_settings = LoadSettings::of(&experiment);
    let (mut catalogue, found) = directly::look_over(experiment, load_settings);
    // Files can be checked where nothing can run them.
    let (lacking, wrong): (Vec<Problem>, Vec<Problem>) =
        found.into_iter().partition(runtime::is_missing);
    if !wrong.is_empty() {
        return Err(Failure::problems(wrong));
    }
    let planner = Planner::new(
        Arc::new(catalogue.clone()),
        &settings,
        History::of_this_session(),
    );
    let mut problems = planner.preload_problems();
    if problems.is_empty() && lacking.is_empty() {
        problems = directly::value_problems(&catalogue);
    }
    if !problems.is_empty() {
        return Err(Failure::problems(problems));
    }
    output::data(&summary(&catalogue, &lacking))?;
    if lacking.is_empty() {
        parity(&mut catalogue)
    } else {
        Ok(0)
    }
}

/// Runs the model where the experiment names what is expected of it.
fn parity(catalogue: &mut Catalogue) -> Result<u8, Failure> {
    if catalogue.expected().is_none() {
        return Ok(0);
    }
    let loaded = loading::load(catalogue, &[Key::Parity])?;
    let found = loaded.get(&Key::Parity).map(|parity| parity.as_parity());
    let Some(Ok(found)) = found else {
        return Ok(0);
    };
    output::data(&format!("{}\n", marked(&format!("  parity: {found}"))))?;
    Ok(u8::from(!found.is_good()))
}

/// What was found; without what `lacking` says nothing can be said of the task and the score.
fn summary(catalogue: &Catalogue, lacking: &[Problem]) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", marked(&line));
    };
    line(format!("{}: no problems found", catalogue.experiment.name));
    for (id, path) in catalogue.tables() {
        let (Some(schema), Some(used)) = (catalogue.schema(id), catalogue.used_columns(id)) else {
            continue;
        };
        let rows = schema.rows.map(|rows| format!("{rows} rows, "));
        line(format!(
            "  {id}: {}{} of {} columns used ({})",
            rows.unwrap_or_default(),
            used.all().count(),
            schema.columns.len(),
            path.display()
        ));
    }
    for (id, path) in catalogue.models() {
        let Some(model) = catalogue.bound(id) else {
            continue;
        };
        line(format!(
            "  {}: {} ({})",
            Key::Model(id.clone()),
            describe(&model.header.signature),
            path.display()
        ));
        line(format!("    backend: {}", model.backend));
        let unread = catalogue.never_looked_at(id);
        if !unread.is_empty() {
            let all: usize = model.inputs.iter().map(|input| input.columns.len()).sum();
            line(format!(
                "    never looks at {} of its {all} columns: {}",
                unread.len(),
                unread.join(", ")
            ));
        }
        if let Some(schema) = catalogue.schema(&TableId::Dataset) {
            let form = catalogue.experiment.dataset.tables.spelling;
            for fed in conversion::describe(model, schema, form) {
                line(format!("    {fed}"));
            }
        }
    }
    if let Some(precomputed) = catalogue.precomputed() {
        line(format!("  predictions: {}", precomputed.describe()));
    }
    let understanding = catalogue.understanding();
    if catalogue.ready().is_ok() {
        line(format!("  task: {}", task_in_words(&understanding)));
        line(format!("  score: {}", understanding.score));
        if let Some(label) = label_line(catalogue) {
            line(format!("  label: {label}"));
        }
    }
    if understanding.expected.is_none() {
        line(
            "  parity: unknown; --parity FILE compares the scores with those of the training library"
                .to_owned(),
        );
    }
    for (id, _) in catalogue.tables() {
        let what = if catalogue.has_many_rows(id) {
            "rows of"
        } else if catalogue.has_much_text(id) {
            "texts of"
        } else {
            continue;
        };
        line(format!(
            "  note: the {what} {id} are too many to be looked at before a run, which does so"
        ));
    }
    let notes = catalogue.notes().iter().map(|note| note.text.clone());
    for note in notes.chain(lacking.iter().map(ToString::to_string)) {
        line(format!("  note: {note}"));
    }
    text
}

/// What becomes of the model's own label, where it gives one beside its scores.
fn label_line(catalogue: &Catalogue) -> Option<String> {
    let model = catalogue.bound(&catalogue.validated())?;
    let signature = &model.header.signature;
    let label = signature.label_output.as_deref()?;
    let is_beside = !signature.score_outputs.is_empty()
        && catalogue.score_meaning() != ScoreMeaning::Label
        && *catalogue.task() != Task::Regression;
    is_beside.then(|| {
        format!("{label}, the model's own; compared with the score, which is what decides here")
    })
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
