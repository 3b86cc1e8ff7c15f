//! Both models on rows of like features: where the candidate has got worse first.

use super::super::findings::{p_value, text};
use super::paired::Rows;
use crate::event::{BaselineComparison, Cell, ResultTable};
use crate::metrics::hypothesis::benjamini_hochberg;
use crate::metrics::paired::change::Change;
use crate::metrics::paired::flips::Flips;
use crate::resource::{Catalogue, Key, TableId, slices_by_feature};
use crate::vocabulary::{Dimension, Problem};

/// More are in nobody's mind.
const MOST_LISTED: usize = 50;

/// The columns that tell the slices apart, where the dataset's are held.
pub fn columns(catalogue: &Catalogue) -> Vec<Key> {
    if catalogue.are_features_surveyed() {
        return Vec::new();
    }
    catalogue.columns(&TableId::Dataset, &catalogue.features())
}

/// Adds the change of accuracy in each slice by one feature; none of numbers, nor where the columns were
/// not asked for.
pub(super) fn report(rows: &Rows<'_>, found: &mut BaselineComparison) -> Result<(), Problem> {
    let catalogue = rows.inputs.catalogue;
    let Some(decisions) = rows.decisions().filter(|_| rows.has(Dimension::Robustness)) else {
        return Ok(());
    };
    if columns(catalogue).is_empty() {
        return Ok(());
    }
    let table = rows.inputs.resolved.table(&TableId::Dataset)?;
    let slices = slices_by_feature(&table, &catalogue.features())?.into_iter();
    let changes = slices.filter_map(|(name, places)| {
        let decided = places.iter().map(|row| decisions[*row as usize]);
        let flips = Flips::of(decided.map(|d| (d.was_right(), d.is_right())));
        Some((name, flips, Change::of_flips(flips)?))
    });
    let mut changes: Vec<(String, Flips, Change)> = changes.collect();
    changes.sort_by(|a, b| a.2.delta().total_cmp(&b.2.delta()));
    let p_values: Vec<Option<f64>> = changes.iter().map(|(.., c)| c.p_value()).collect();
    let adjusted = benjamini_hochberg(&p_values);
    let rows = changes.iter().zip(adjusted).take(MOST_LISTED);
    let rows = rows.map(|((name, flips, change), adjusted)| {
        let ends = change.interval();
        vec![
            text(name.clone()),
            Cell::Count(flips.n()),
            Cell::Count(flips.right_to_wrong),
            Cell::Count(flips.wrong_to_right),
            Cell::Number(change.delta()),
            ends.map(|ends| ends.low).into(),
            ends.map(|ends| ends.high).into(),
            p_value(change.p_value()),
            p_value(adjusted),
        ]
    });
    let columns = [
        "slice", "n", "lost", "gained", "accuracy", "low", "high", "p", "p of all",
    ];
    let table = ResultTable {
        title: "Change of accuracy by slice, the worst first".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        best: None,
    };
    found.tables.insert("slices".to_owned(), table);
    Ok(())
}
