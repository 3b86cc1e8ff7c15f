//! Strikes out what a model's answers cannot tell: labels alone rank nothing, and margins are no
//! probabilities. What is left of the numbers would look like any other.

use super::Findings;
use crate::event::Cell;
use crate::resource::ScoreMeaning;

const LOG_LOSS: [&str; 2] = ["log_loss", "mean_log_loss"];
const RANKING: [&str; 3] = ["auc", "auc_difference", "permutation_importance"];

/// Leaves undefined what scores of this meaning cannot tell, and says so.
pub(super) fn strike(findings: &mut Findings, meaning: ScoreMeaning) {
    let (ranks, why) = match meaning {
        ScoreMeaning::Probability | ScoreMeaning::Number => return,
        ScoreMeaning::Margin => (true, "margins are no probabilities: there is no log loss"),
        ScoreMeaning::Label => (
            false,
            "the model gives labels only, which rank nothing: there is no AUC and no log loss",
        ),
    };
    let is_struck = |word: &str| LOG_LOSS.contains(&word) || (!ranks && RANKING.contains(&word));
    let mut struck = false;
    for (name, value) in &mut findings.metrics {
        if name.split('.').any(is_struck) {
            *value = None;
            struck = true;
        }
    }
    if !struck {
        return;
    }
    for table in findings.tables.values_mut() {
        // Tables of many metrics name them in their rows.
        for row in &mut table.rows {
            let is_row_struck = matches!(
                row.first(),
                Some(Cell::Text(name)) if is_struck(&name.replace(' ', "_"))
            );
            let numbers = row.iter_mut().filter(|cell| !matches!(cell, Cell::Text(_)));
            numbers
                .filter(|_| is_row_struck)
                .for_each(|cell| *cell = Cell::Undefined);
        }
        for (place, head) in table.columns.iter().enumerate() {
            let first = head.split(' ').next().unwrap_or_default();
            if is_struck(&head.replace(' ', "_")) || is_struck(first) {
                let cells = table.rows.iter_mut().filter_map(|row| row.get_mut(place));
                cells.for_each(|cell| *cell = Cell::Undefined);
            }
        }
    }
    findings.note(why.to_owned());
    if ranks {
        return;
    }
    findings
        .figures
        .retain(|figure| !figure.title().contains("AUC"));
    if findings
        .score
        .as_ref()
        .is_some_and(|s| s.meaning.contains("AUC"))
    {
        findings.score = None;
        findings.metrics.remove("score");
    }
    if let Some((words, metric)) = findings.headline.take() {
        let other = metric.replace("auc", "accuracy");
        let is_there = findings.metrics.contains_key(&other);
        findings.headline = is_there.then(|| (words.replace("auc", "acc"), other));
    }
}
