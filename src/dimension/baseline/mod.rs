//! A run held against an earlier one, its baseline: how far each metric has moved and how sure that is,
//! which rows are decided wrongly now, and whether that is within what the user allows.
//!
//! With the baseline's scores of the same rows everything is compared row by row. Without them there
//! are two samples, and wider intervals; which of both it is, and why, is always said.

mod coverage;
mod flips;
mod further;
mod gates;
mod groups;
mod measures;
mod paired;
mod rows;
mod slices;
mod unpaired;

pub use further::{Further, parts};
pub use slices::columns as slice_columns;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::Inputs;
use super::findings::{p_value, text};
use crate::event::{BaselineComparison, Cell, ResultTable, ScoredRows};
use crate::experiment::BaselineGates;
use crate::metrics::hypothesis::benjamini_hochberg;
use crate::metrics::paired::change::Change;
use crate::vocabulary::{ContentId, Dimension, Note, Problem};

/// The metrics of each dimension, by name.
pub type Metrics = BTreeMap<Dimension, BTreeMap<String, Option<f64>>>;

/// An earlier run, as it tells of itself.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// What the user calls it: its file, or the number of its session.
    pub name: String,
    /// The column that it predicted.
    pub target: String,
    /// The score from which on a row was thought to be in the positive class.
    pub threshold: Option<f64>,
    /// What its scores stand for; none where it has not told.
    pub scored: Option<ScoredRows>,
    /// What it found.
    pub metrics: Metrics,
    /// Its model's file with what that held, where it ran one.
    pub model_file: Option<(PathBuf, ContentId)>,
    /// The file that described it.
    pub experiment: Option<PathBuf>,
}

/// What is there to hold it against.
pub struct Held<'a> {
    /// The baseline.
    pub baseline: &'a Baseline,
    /// The baseline's scores for the rows of this run, row by row; or why there are none.
    pub scores: Result<Arc<Vec<f64>>, String>,
    /// What this run has found.
    pub metrics: &'a Metrics,
    /// How many rows it has.
    pub rows: Option<u64>,
    /// What has moved beside the rows of the dataset as they are: see [`Further`].
    pub further: Vec<Moved>,
    /// Parts of it of which the baseline's scores are not there.
    pub unknown: usize,
}

/// A metric that has moved.
#[derive(Clone, Debug)]
pub struct Moved {
    /// `dimension.metric`.
    name: String,
    change: Change,
}

/// What has become of the baseline. `inputs` are the rows and scores of this run, where there are any.
pub fn compare(
    held: &Held<'_>,
    inputs: Option<&Inputs<'_>>,
    gates: &BaselineGates,
) -> Result<BaselineComparison, Problem> {
    let mut found = BaselineComparison {
        name: held.baseline.name.clone(),
        paired_rows: None,
        unpaired: None,
        metrics: BTreeMap::new(),
        tables: BTreeMap::new(),
        notes: Vec::new(),
        gates: Vec::new(),
    };
    let mut moved = match (&held.scores, inputs) {
        (Ok(scores), Some(inputs)) => {
            let rows = paired::rows(held, inputs, scores)?;
            found.paired_rows = Some(rows.outcome.rows() as u64);
            flips::report(&rows, &mut found);
            let dimensions: BTreeSet<Dimension> = held.metrics.keys().copied().collect();
            if dimensions.contains(&Dimension::Robustness) {
                slices::report(&rows, &mut found)?;
            }
            let mut moved = paired::moved(&rows, &dimensions);
            let mut more = held.further.clone();
            coverage::moved(&rows, held, &mut more);
            let all = more.len();
            more.retain(|one| held.is_as_told(one));
            found.notes.extend(doubts(held.unknown, all - more.len()));
            moved.extend(more);
            let losses = further::losses(&moved);
            moved.extend(losses);
            moved
        }
        (Err(why), _) => {
            found.unpaired = Some(why.clone());
            found.notes.push(Note::warning(format!(
                "not compared row by row: {why}. So the runs are two samples that vary independently, \
                 which makes the intervals wider, and there are no flips to count"
            )));
            unpaired::moved(held, inputs)?
        }
        (Ok(_), None) => Vec::new(),
    };
    moved.retain(|moved| held.now(&moved.name).is_some());
    found.notes.extend(held.without_rows());
    held.put_metrics(&moved, &mut found);
    found.tables.insert("changes".to_owned(), table(&moved));
    gates::judge(gates, held, &moved, &mut found);
    Ok(found)
}

impl Held<'_> {
    /// A metric of this run, by `dimension.metric`.
    fn now(&self, name: &str) -> Option<f64> {
        value(self.metrics, name)
    }

    /// The same of the baseline.
    fn was(&self, name: &str) -> Option<f64> {
        value(&self.baseline.metrics, name)
    }

    /// What the baseline has told of a metric, if only that it is undefined.
    fn told_was(&self, name: &str) -> Option<&Option<f64>> {
        told(&self.baseline.metrics, name)
    }

    /// The same of this run.
    fn told_now(&self, name: &str) -> Option<&Option<f64>> {
        told(self.metrics, name)
    }

    /// Do the baseline's scores make what it has told? Not by another threshold, or of another split.
    fn is_as_told(&self, moved: &Moved) -> bool {
        let was = moved.change.was;
        let known = self.was(&moved.name);
        known.is_none_or(|known| (known - was).abs() <= 1e-9 * known.abs().max(1.0))
    }

    /// What both runs have a value of, as `dimension.metric`.
    fn in_both(&self) -> impl Iterator<Item = (String, f64, f64)> {
        let all = self.metrics.iter();
        all.flat_map(move |(dimension, metrics)| {
            metrics.keys().filter_map(move |metric| {
                let name = format!("{dimension}.{metric}");
                let (was, now) = (self.was(&name)?, self.now(&name)?);
                Some((name, was, now))
            })
        })
    }

    /// What is compared by its change alone whatever the baseline has kept, where there is any of it.
    fn without_rows(&self) -> Option<Note> {
        let is_of = |name: &str, word: &str| name.split('.').any(|part| part == word);
        let any = |word: &str| self.in_both().any(|(name, ..)| is_of(&name, word));
        let importances = any("permutation_importance") || any("one_feature");
        let told = [(importances, "importances"), (any("psi"), "drift")];
        let told: Vec<&str> = told
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, what)| *what)
            .collect();
        (!told.is_empty()).then(|| {
            Note::info(format!(
                "the change alone is told of {}: runs keep no scores of single features disturbed, and drift \
                 is of columns, not of scores",
                told.join(" and ")
            ))
        })
    }

    fn put_metrics(&self, moved: &[Moved], found: &mut BaselineComparison) {
        let metrics = &mut found.metrics;
        for (name, was, now) in self.in_both() {
            metrics.insert(format!("{name}.was"), Some(was));
            metrics.insert(format!("{name}.delta"), Some(now - was));
        }
        for Moved { name, change } in moved {
            let ends = change.interval();
            for (what, value) in [
                ("was", Some(change.was)),
                ("delta", Some(change.delta())),
                ("delta_low", ends.map(|ends| ends.low)),
                ("delta_high", ends.map(|ends| ends.high)),
                ("p", change.p_value()),
            ] {
                let value = value.filter(|value| value.is_finite());
                metrics.insert(format!("{name}.{what}"), value);
            }
        }
    }
}

fn value(metrics: &Metrics, name: &str) -> Option<f64> {
    *told(metrics, name)?
}

fn told<'m>(metrics: &'m Metrics, name: &str) -> Option<&'m Option<f64>> {
    let (dimension, metric) = name.split_once('.')?;
    let all = metrics.iter().find(|(d, _)| d.name() == dimension)?;
    all.1.get(metric)
}

/// What is not compared row by row although the rows of the dataset are.
fn doubts(unknown: usize, otherwise: usize) -> Vec<Note> {
    let mut notes = Vec::new();
    if unknown > 0 {
        notes.push(Note::info(format!(
            "the change alone is told of some disturbances, tables or other models ({unknown}): the baseline \
             has scored nothing like them, its scores are kept no more, or they are too many to be held"
        )));
    }
    if otherwise > 0 {
        notes.push(Note::info(format!(
            "the change alone is told of some metrics ({otherwise}): the baseline has cut or split its scores \
             otherwise"
        )));
    }
    notes
}

/// Is it of all rows of the dataset as they are?
fn is_of_all_rows(name: &str) -> bool {
    let Some((dimension, metric)) = name.split_once('.') else {
        return false;
    };
    let metric = metric.strip_prefix(match dimension {
        "robustness" => "baseline.",
        "resilience" => "base.",
        _ => "",
    });
    metric.is_some_and(|metric| !metric.contains('.'))
}

/// What has moved, with its p-value and that as corrected for all.
type Tested<'m> = (&'m Moved, (Option<f64>, Option<f64>));

/// What is of all rows first, and of the rest what is surest.
fn table(moved: &[Moved]) -> ResultTable {
    let p_values: Vec<Option<f64>> = moved.iter().map(|one| one.change.p_value()).collect();
    let adjusted = benjamini_hochberg(&p_values);
    let mut rows: Vec<Tested<'_>> = moved
        .iter()
        .zip(p_values.into_iter().zip(adjusted))
        .collect();
    rows.sort_by(|(a, (p, _)), (b, (q, _))| {
        let sure = |p: &Option<f64>| p.unwrap_or(f64::INFINITY);
        match (is_of_all_rows(&a.name), is_of_all_rows(&b.name)) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => sure(p).total_cmp(&sure(q)),
        }
    });
    let rows = rows
        .into_iter()
        .map(|(Moved { name, change }, (p, adjusted))| {
            let ends = change.interval();
            vec![
                text(name.clone()),
                Cell::Number(change.was),
                Cell::Number(change.now),
                Cell::Number(change.delta()),
                ends.map(|ends| ends.low).into(),
                ends.map(|ends| ends.high).into(),
                p_value(p),
                p_value(adjusted),
            ]
        });
    ResultTable {
        title: "Changes, with 95% intervals: of all rows first, then the surest".to_owned(),
        columns: [
            "metric", "was", "is", "change", "low", "high", "p", "p of all",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: rows.collect(),
        best: None,
    }
}
