//! The five validations: what each needs, and what it finds in it. A validation never loads
//! anything and never waits: it is run once everything that it named is resident.

pub mod baseline;
mod fairness;
mod findings;
mod gates;
mod hyperparameters;
mod intersections;
mod outcome;
pub mod preset;
mod resilience;
mod robustness;
mod uncertainty;
mod unknowable;
pub mod working;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

pub use findings::Findings;
pub use gates::judge;
use outcome::Outcome;

use crate::resource::table::Table;
use crate::resource::{
    Catalogue, ColumnSet, Key, ModelId, ProtectedAttribute, Resource, ScoreMeaning, TableId,
    Unbound,
};
use crate::vocabulary::{Dimension, Note, Preset, Problem, Problems, Task};

/// Names the code that makes findings: another one may find otherwise in the same resources.
pub const FORMULAS: &str = env!("LAZYDEBUGGER_FORMULAS");

/// Loaded resources by key.
pub struct Resolved(HashMap<Key, Arc<Resource>>);

impl Resolved {
    /// From keys and their values, in the same order.
    pub fn new(keys: Vec<Key>, values: Vec<Arc<Resource>>) -> Self {
        Self(keys.into_iter().zip(values).collect())
    }

    /// Was all of it there when it was looked at? What came of it does not count otherwise.
    pub fn check_whole(&self, catalogue: &Catalogue) -> Result<(), Problem> {
        let mut all = self.0.iter();
        all.try_for_each(|(key, value)| catalogue.check_whole(key, value))
    }

    fn get(&self, key: &Key) -> Result<&Resource, Problem> {
        let value = self.0.get(key).map(Arc::as_ref);
        value.ok_or_else(|| Problem::new(format!("{key} was not asked for")))
    }

    /// The columns of a table that were asked for.
    fn table(&self, id: &TableId) -> Result<Table, Problem> {
        let keys = self.0.iter();
        let parts =
            keys.filter(|(key, _)| matches!(key, Key::Columns { table, .. } if table == id));
        let parts = parts.map(|(_, value)| value.as_columns());
        Table::join(parts.collect::<Result<Vec<_>, _>>()?)
    }

    fn scores(&self, key: &Key) -> Result<Vec<f64>, Problem> {
        Ok(self.get(key)?.as_predictions()?.scores_f64())
    }

    /// The protected attributes of the dataset, if there are any.
    fn protected(&self) -> Result<&[ProtectedAttribute], Problem> {
        self.protected_in(TableId::Dataset)
    }

    /// The protected attributes of a table.
    fn protected_in(&self, table: TableId) -> Result<&[ProtectedAttribute], Problem> {
        self.get(&Key::ProtectedAttributes(table))?.as_protected()
    }
}

/// What a validation works on.
pub struct Inputs<'a> {
    /// The experiment and its resources.
    pub catalogue: &'a Catalogue,
    /// How thorough to be.
    pub preset: Preset,
    /// Seed of everything random.
    pub seed: u64,
    /// What was loaded for it.
    pub resolved: &'a Resolved,
}

impl Inputs<'_> {
    /// What the rows of a table turned out to be.
    fn outcome(&self, id: &TableId) -> Result<Outcome, Problem> {
        let dataset = self.resolved.table(&TableId::Dataset).ok();
        let table = self.resolved.table(id)?;
        self.catalogue.outcome(id, &table, dataset.as_ref())
    }

    /// Has a table labels?
    fn has_labels(&self, id: &TableId) -> Result<bool, Problem> {
        if *id == TableId::Dataset {
            return Ok(self.catalogue.is_labelled(id));
        }
        let table = self.resolved.table(id)?;
        Ok(table
            .column(&self.catalogue.experiment.dataset.target)
            .is_ok())
    }

    /// Which rows of a table are in the positive class, for a binary classifier.
    fn labels(&self, id: &TableId) -> Result<Vec<bool>, Problem> {
        match self.outcome(id)? {
            Outcome::Binary { labels, .. } => Ok(labels),
            _ => Err(Problem::new(
                "the target holds more than two classes, or a number",
            )),
        }
    }

    /// The validated model's scores for a table as the model gives them, of which there is no copy.
    fn scores_held(&self, id: TableId) -> Result<Arc<Vec<f32>>, Problem> {
        let key = Key::predictions(self.catalogue.validated(), id);
        Ok(self.resolved.get(&key)?.as_predictions()?.scores())
    }

    /// The validated model's scores for a table, row by row.
    fn scores(&self, id: TableId) -> Result<Vec<f64>, Problem> {
        let key = Key::predictions(self.catalogue.validated(), id);
        self.resolved.scores(&key)
    }
}

/// One of the five validations.
trait Validation {
    /// What it asks for, or why it cannot be answered for this experiment.
    fn needs(&self, catalogue: &Catalogue, preset: Preset) -> Result<Vec<Key>, Problem>;
    /// Does the paper's table name this resource for it? If not, the need is a derived one.
    fn declares(&self, key: &Key) -> bool;
    /// What it finds, once all that it asked for is resident.
    fn evaluate(&self, inputs: &Inputs<'_>) -> Result<Findings, Problem>;
}

fn validation(dimension: Dimension) -> &'static dyn Validation {
    match dimension {
        Dimension::Robustness => &robustness::Robustness,
        Dimension::Fairness => &fairness::Fairness,
        Dimension::Uncertainty => &uncertainty::Uncertainty,
        Dimension::Resilience => &resilience::Resilience,
        Dimension::Hyperparameters => &hyperparameters::Hyperparameters,
    }
}

/// Why it is not known what a dimension asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// These must be loaded first: they settle it.
    Lacks(Vec<Key>),
    /// It cannot be answered for this experiment; the remedy says what would change that.
    Unanswerable(Problem),
    /// The experiment and its files do not fit together.
    Unsound(Problems),
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lacks(keys) => {
                let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
                write!(f, "it cannot be told without {}", names.join(", "))
            }
            Self::Unanswerable(reason) => reason.fmt(f),
            Self::Unsound(problems) => problems.fmt(f),
        }
    }
}

impl From<Unbound> for Unmet {
    fn from(unbound: Unbound) -> Self {
        match unbound {
            Unbound::Lacks(keys) => Self::Lacks(keys),
            Unbound::Unsound(problems) => Self::Unsound(problems),
        }
    }
}

/// What a dimension asks for, or why that is not known.
pub fn needs(
    dimension: Dimension,
    catalogue: &Catalogue,
    preset: Preset,
) -> Result<Vec<Key>, Unmet> {
    catalogue.ready()?;
    let variants = Key::Hyperparameters;
    if dimension == Dimension::Hyperparameters
        && catalogue.experiment.hyperparameters.is_some()
        && !catalogue.knows(&variants)
    {
        return Err(Unmet::Lacks(vec![variants]));
    }
    let keys = validation(dimension).needs(catalogue, preset);
    let mut keys = keys.map_err(Unmet::Unanswerable)?;
    let is_labelled = catalogue.is_labelled(&TableId::Dataset);
    let scores_models = keys
        .iter()
        .any(|key| matches!(key, Key::Predictions { .. }));
    // These two say themselves what they tell without labels.
    let is_free = matches!(dimension, Dimension::Resilience | Dimension::Fairness);
    if !is_free && scores_models {
        catalogue.need_labels().map_err(Unmet::Unanswerable)?;
    }
    // A validation of a wrongly exported model is worth nothing: whoever looks at its scores looks
    // at this too.
    let scores = Key::predictions(catalogue.validated(), TableId::Dataset);
    if is_labelled && catalogue.expected().is_some() && keys.contains(&scores) {
        keys.push(Key::Parity);
    }
    Ok(keys)
}

/// Does the dimension name this resource itself, or does the need follow from another?
pub fn declares(dimension: Dimension, key: &Key) -> bool {
    validation(dimension).declares(key)
}

/// What a dimension finds.
pub fn evaluate(dimension: Dimension, inputs: &Inputs<'_>) -> Result<Findings, Problem> {
    let mut findings = validation(dimension).evaluate(inputs)?;
    if dimension != Dimension::Hyperparameters {
        // Variants are models of their own.
        unknowable::strike(&mut findings, inputs.catalogue.score_meaning());
    }
    if let Ok(resource) = inputs.resolved.get(&Key::Parity)
        && let Ok(parity) = resource.as_parity()
        && !parity.is_good()
    {
        findings.notes.insert(0, Note::warning(parity.to_string()));
    }
    findings.note(preset_note(dimension, inputs));
    let validated = Key::predictions(inputs.catalogue.validated(), TableId::Dataset);
    let mixing = inputs.catalogue.mixing_note();
    let mixing = mixing.filter(|_| inputs.resolved.get(&validated).is_ok());
    for note in mixing.into_iter().chain(label_notes(inputs)) {
        findings.warn(note);
    }
    findings.notes(missing_values_notes(inputs));
    findings.notes(quiet_notes(inputs));
    findings.notes(undefined_note(&findings));
    Ok(findings)
}

/// What the preset made of the dimension.
fn preset_note(dimension: Dimension, inputs: &Inputs<'_>) -> String {
    let preset = inputs.preset;
    let words = match dimension {
        Dimension::Robustness => robustness::words(inputs.catalogue, preset),
        other => preset::words(other, preset),
    };
    format!("preset {preset}: {words}; seed {}", inputs.seed)
}

/// The paper's common part of its table: model, dataset and predictions of the validated model.
fn is_core(key: &Key) -> bool {
    matches!(
        key,
        Key::Table(TableId::Dataset)
            | Key::Columns {
                table: TableId::Dataset,
                set: ColumnSet::Outcome | ColumnSet::All,
            }
            | Key::Model(ModelId::Validated(_))
            | Key::Predictions {
                model: ModelId::Validated(_),
                table: TableId::Dataset,
                ..
            }
    )
}

/// Refuses a model that gives no probabilities, for a dimension that is about them.
fn need_probabilities(catalogue: &Catalogue) -> Result<(), Problem> {
    let gives = match catalogue.score_meaning() {
        ScoreMeaning::Probability | ScoreMeaning::Number => return Ok(()),
        ScoreMeaning::Margin => "margins, which are no probabilities",
        ScoreMeaning::Label => "labels only",
    };
    let remedy = "export it with probabilities, or set `output` under [model]";
    Err(Problem::new(format!("the model gives {gives}")).remedy(remedy))
}

/// Refuses scores from a file, for a dimension that asks the model itself: `what` says for what.
fn need_model(catalogue: &Catalogue, what: &str) -> Result<(), Problem> {
    if !catalogue.is_precomputed() {
        return Ok(());
    }
    let cause = format!("{what}, and the scores come from a file");
    let remedy = "name the model in `path` under [model], and leave `predictions` out";
    Err(Problem::new(cause).remedy(remedy))
}

/// Names what is null in the report, and why such a thing is.
fn undefined_note(findings: &Findings) -> Option<String> {
    const SHOWN: usize = 5;
    let undefined = findings.metrics.iter().filter(|(_, value)| value.is_none());
    let names: Vec<&str> = undefined.map(|(name, _)| name.as_str()).collect();
    let more = match names.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown = names[..names.len().min(SHOWN)].join(", ");
    let why = "a rate without rows to divide by, an AUC of one class, too few rows, the spread of \
               one repeat, or values that are not finite";
    (!names.is_empty()).then(|| format!("undefined ({why}): {shown}{more}"))
}

/// Names the tables whose target has one value only: much is undefined on them.
fn quiet_notes(inputs: &Inputs<'_>) -> Vec<String> {
    let target = &inputs.catalogue.experiment.dataset.target;
    if *inputs.catalogue.task() == Task::Regression {
        return Vec::new();
    }
    let tables = inputs.catalogue.tables().map(|(id, _)| id);
    let notes = tables.filter_map(|id| {
        let only = inputs.resolved.table(id).ok()?.only_value(target)?;
        Some(format!(
            "{id}: `{target}` is `{only}` in every row: what takes rows of several classes, such as AUC, \
             is undefined there"
        ))
    });
    notes.collect()
}

/// Counts the rows that the validated model labels otherwise than its scores, table by table.
fn label_notes(inputs: &Inputs<'_>) -> Vec<String> {
    let validated = inputs.catalogue.validated();
    let tables = inputs.catalogue.tables().map(|(id, _)| id);
    let notes = tables.filter_map(|id| {
        let key = Key::predictions(validated.clone(), id.clone());
        let predictions = inputs.resolved.get(&key).ok()?.as_predictions().ok()?;
        predictions.label_note().map(|note| format!("{id}: {note}"))
    });
    notes.collect()
}

/// Names the numbers that are missing, table by table, and the rule that is applied to them.
fn missing_values_notes(inputs: &Inputs<'_>) -> Vec<String> {
    let tables = inputs.catalogue.tables().map(|(id, _)| id);
    let notes = tables.filter_map(|id| {
        // Validated model first, then the others by name: the order of the keys.
        let keys = inputs.resolved.0.iter();
        let of_table = keys.filter(
            |(key, _)| matches!(key, Key::Predictions { table, disturbance: None, .. } if table == id),
        );
        let (_, predictions) = of_table.min_by_key(|(key, _)| *key)?;
        let missing = predictions.as_predictions().ok()?.missing.iter();
        let columns: Vec<String> = missing.map(|(name, n)| format!("{name} ({n})")).collect();
        let rule = "missing numbers reach the model as NaN and are left out of means and drift";
        (!columns.is_empty()).then(|| format!("{id}: {rule}: {}", columns.join(", ")))
    });
    notes.collect()
}
