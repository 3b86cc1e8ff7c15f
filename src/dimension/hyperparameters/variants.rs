//! The variants and their scores: the best, the spread, the table.

use super::settings::words;
use crate::dimension::findings::{Findings, text};
use crate::event::Cell;
use crate::experiment::{Direction, ParameterValue, Sweep};

/// A longer list of variants is shown from the best down, as far as this.
const MOST_ROWS: usize = 30;

pub(super) fn describe(sweep: &Sweep, scores: &[Option<f64>], findings: &mut Findings) {
    for (variant, score) in sweep.variants.iter().zip(scores) {
        findings.metric(format!("score.{}", variant.name), *score);
    }
    let defined: Vec<f64> = scores.iter().copied().flatten().collect();
    let low = defined.iter().copied().reduce(f64::min);
    let high = defined.iter().copied().reduce(f64::max);
    let lower_is_better = sweep.direction == Some(Direction::Minimize);
    let best = if lower_is_better { low } else { high };
    findings.metric("best", best);
    findings.metric("spread", high.zip(low).map(|(high, low)| high - low));
    findings.headline(format!("best {}", sweep.score), "best");
    let winner = scores.iter().position(|s| s.is_some() && *s == best);
    if let Some((variant, best)) = winner.map(|w| &sweep.variants[w]).zip(best) {
        let settings = variant.parameters.iter();
        let settings: Vec<String> = settings
            .map(|(name, value)| format!("{name} {}", words(value)))
            .collect();
        findings.note(format!(
            "best by {}: {} ({best:.4}): {}",
            sweep.score,
            variant.name,
            settings.join(", ")
        ));
    }
    table(sweep, scores, lower_is_better, findings);
}

fn table(sweep: &Sweep, scores: &[Option<f64>], lower_is_better: bool, findings: &mut Findings) {
    let parameters = sweep.variants.first().map(|v| &v.parameters);
    let parameters = parameters.into_iter().flatten();
    let names = parameters.map(|(name, _)| name.as_str());
    let columns: Vec<&str> = ["variant", sweep.score.as_str()]
        .into_iter()
        .chain(names)
        .collect();
    let all = scores.len();
    let worth = |row: &usize| {
        let score = scores[*row].unwrap_or(f64::NAN);
        if lower_is_better { score } else { -score }
    };
    let mut order: Vec<usize> = (0..all).collect();
    // NaN, a variant without a score, comes last.
    order.sort_by(|a, b| worth(a).total_cmp(&worth(b)));
    order.truncate(MOST_ROWS);
    let title = if all > MOST_ROWS {
        format!("Best {MOST_ROWS} of {all} variants by {}", sweep.score)
    } else {
        format!("Variants by {}, the best first", sweep.score)
    };
    let rows = order.iter().map(|row| {
        let variant = &sweep.variants[*row];
        let mut cells = vec![text(&variant.name), Cell::from(scores[*row])];
        cells.extend(variant.parameters.iter().map(|(_, value)| cell(value)));
        cells
    });
    let has_best = order.first().is_some_and(|row| scores[*row].is_some());
    let rows = rows.collect();
    findings.table("variants", title, &columns, rows).best = has_best.then_some(0);
}

fn cell(value: &ParameterValue) -> Cell {
    match value {
        ParameterValue::Number(number) if number.fract() == 0.0 && *number >= 0.0 => {
            Cell::Count(*number as u64)
        }
        // Written out: a column of numbers would round what is very small to nothing.
        value => text(words(value)),
    }
}
