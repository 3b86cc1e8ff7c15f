//! Both models on rows of like features: where the candidate has got worse first.

use std::collections::BTreeMap;

use super::super::findings::{p_value, text};
use super::super::outcome::Outcome;
use super::rows::{Decision, Rows, flips};
use crate::event::{BaselineComparison, Cell, ResultTable};
use crate::metrics::hypothesis::benjamini_hochberg;
use crate::metrics::paired::change::{Change, Spread};
use crate::metrics::paired::means::mean_change;
use crate::metrics::slice_line::Predicate;
use crate::resource::table::Table;
use crate::resource::{Catalogue, Key, TableId, WorstSlices, slice_rows, slices_by_feature};
use crate::vocabulary::Problem;

/// More are in nobody's mind.
const MOST_LISTED: usize = 50;

/// The columns that tell the slices apart, where the dataset's are held.
pub fn columns(catalogue: &Catalogue) -> Vec<Key> {
    if catalogue.are_features_surveyed() {
        return Vec::new();
    }
    catalogue.columns(&TableId::Dataset, &catalogue.features())
}

/// A slice, and what has become of it.
struct Compared {
    name: String,
    n: usize,
    change: Change,
    /// Whose worst it is.
    worst_of: &'static str,
    adjusted: Option<f64>,
}

/// Adds the change in each slice by one feature, and in those in which either model errs most; none where
/// the columns were not asked for.
pub(super) fn report(rows: &Rows<'_>, found: &mut BaselineComparison) -> Result<(), Problem> {
    if columns(rows.inputs.catalogue).is_empty() {
        return Ok(());
    }
    let measured = Measured::of(rows);
    let mut compared = by_feature(rows, &measured)?;
    compared.extend(worst(rows, &measured)?);
    let sign = if measured.is_error() { -1.0 } else { 1.0 };
    let loss = |one: &Compared| sign * one.change.delta();
    compared.sort_by(|a, b| loss(a).total_cmp(&loss(b)));
    compared.truncate(MOST_LISTED);
    let lines = compared.iter().map(Compared::line);
    let table = ResultTable {
        title: format!("Change of {} by slice, the worst first", measured.words()),
        columns: measured.columns(),
        rows: lines.collect(),
        best: None,
    };
    found.tables.insert("slices".to_owned(), table);
    Ok(())
}

/// What of a row is compared.
enum Measured {
    /// Is it decided rightly?
    Decisions(Vec<Decision>),
    /// How far is each model off?
    Errors(Vec<f64>, Vec<f64>),
}

impl Measured {
    fn of(rows: &Rows<'_>) -> Self {
        match rows.decisions() {
            Some(decisions) => Self::Decisions(decisions),
            None => Self::Errors(
                rows.outcome.residuals(rows.was),
                rows.outcome.residuals(&rows.now),
            ),
        }
    }

    fn change(&self, places: &[u32]) -> Option<Change> {
        let pick = |errors: &[f64]| -> Vec<f64> {
            places.iter().map(|row| errors[*row as usize]).collect()
        };
        match self {
            Self::Decisions(decisions) => {
                let decided = places.iter().map(|row| &decisions[*row as usize]);
                Change::of_flips(flips(decided))
            }
            Self::Errors(was, now) => mean_change(&pick(was), &pick(now)),
        }
    }

    fn is_error(&self) -> bool {
        matches!(self, Self::Errors(..))
    }

    fn words(&self) -> &'static str {
        match self {
            Self::Decisions(_) => "accuracy",
            Self::Errors(..) => "mean absolute error",
        }
    }

    fn columns(&self) -> Vec<String> {
        let counts: &[&str] = match self {
            Self::Decisions(_) => &["lost", "gained", "accuracy"],
            Self::Errors(..) => &["MAE"],
        };
        let (before, after) = (["slice", "n"], ["low", "high", "p", "p of all", "worst of"]);
        let all = before.iter().chain(counts).chain(&after);
        all.map(|name| (*name).to_owned()).collect()
    }
}

impl Compared {
    fn line(&self) -> Vec<Cell> {
        let mut line = vec![text(self.name.clone()), Cell::Count(self.n as u64)];
        if let Spread::Rows(flips) = &self.change.spread {
            line.push(Cell::Count(flips.right_to_wrong));
            line.push(Cell::Count(flips.wrong_to_right));
        }
        let ends = self.change.interval();
        line.extend([
            Cell::Number(self.change.delta()),
            ends.map(|ends| ends.low).into(),
            ends.map(|ends| ends.high).into(),
            p_value(self.change.p_value()),
            p_value(self.adjusted),
            text(self.worst_of),
        ]);
        line
    }
}

/// Every slice by one feature, corrected for their number.
fn by_feature(rows: &Rows<'_>, measured: &Measured) -> Result<Vec<Compared>, Problem> {
    let catalogue = rows.inputs.catalogue;
    let slices = slices_by_feature(&table(rows)?, &catalogue.features())?.into_iter();
    let compared = slices.filter_map(|(name, places)| {
        Some(Compared {
            name,
            n: places.len(),
            change: measured.change(&places)?,
            worst_of: "",
            adjusted: None,
        })
    });
    let mut compared: Vec<Compared> = compared.collect();
    let p_values: Vec<Option<f64>> = compared.iter().map(|one| one.change.p_value()).collect();
    for (one, adjusted) in compared.iter_mut().zip(benjamini_hochberg(&p_values)) {
        one.adjusted = adjusted;
    }
    Ok(compared)
}

/// The slices by several features in which either model errs most. They were picked by the same rows, so
/// each is corrected for all that could have been.
fn worst(rows: &Rows<'_>, measured: &Measured) -> Result<Vec<Compared>, Problem> {
    let features = rows.inputs.catalogue.sliced_features();
    let mut slices: BTreeMap<Vec<Predicate>, (String, &str)> = BTreeMap::new();
    let mut possible = 1.0;
    let outcome_was = rows.outcome_was();
    let both: [(&str, &Outcome, &[f64]); 2] = [
        ("this run", &rows.outcome, &rows.now),
        ("the baseline", &outcome_was, rows.was),
    ];
    for (whose, outcome, scores) in both {
        let errors = outcome.row_errors(scores);
        let worst = WorstSlices::find_held(table(rows)?, &features, errors)?;
        let Some(found) = worst.found else {
            continue;
        };
        possible = found.possible;
        for (name, slice) in worst.names.into_iter().zip(found.slices) {
            let is_new = slice.predicates.len() > 1 && slice.same_rows.is_none();
            if is_new {
                let known = slices.entry(slice.predicates).or_insert((name, whose));
                if known.1 != whose {
                    known.1 = "both";
                }
            }
        }
    }
    let predicates: Vec<Vec<Predicate>> = slices.keys().cloned().collect();
    let places = slice_rows(&table(rows)?, &features, &predicates)?;
    let compared = slices.into_values().zip(places);
    let compared = compared.filter_map(|((name, worst_of), places)| {
        let change = measured.change(&places)?;
        Some(Compared {
            name,
            n: places.len(),
            adjusted: change.p_value().map(|p| (p * possible).min(1.0)),
            change,
            worst_of,
        })
    });
    Ok(compared.collect())
}

fn table(rows: &Rows<'_>) -> Result<Table, Problem> {
    rows.inputs.resolved.table(&TableId::Dataset)
}
