//! How far the target and the scores of an alternative table have moved.

use super::drift::HEADS;
use crate::dimension::findings::Findings;
use crate::metrics::drift::{NumericSample, numeric_drift};
use crate::resource::Moved;

/// Drift of the target, where both tables have labels, and of the scores as they were on the dataset and
/// are now, where a row has one.
pub(super) fn report(
    target: Option<&Moved>,
    stem: &str,
    scores: Option<(&NumericSample, &[f64])>,
    findings: &mut Findings,
) {
    let of_scores;
    let mut answers: Vec<(&str, &Moved)> = target
        .map(|target| ("target", target))
        .into_iter()
        .collect();
    if let Some((before, now)) = scores {
        let drift = numeric_drift(before, &NumericSample::new(now));
        of_scores = Moved::of_numbers(drift);
        answers.push(("score", &of_scores));
    }
    for (name, moved) in &answers {
        let drift = &moved.drift;
        let mut values = vec![
            ("psi", drift.psi),
            ("js", drift.js_distance),
            ("tv", drift.total_variation),
            ("p_value", drift.p_value()),
        ];
        if moved.is_number {
            values.extend([
                ("ks", drift.ks),
                ("wasserstein", drift.wasserstein),
                ("wasserstein_normed", drift.wasserstein_normed),
            ]);
        }
        for (metric, value) in values {
            findings.metric(format!("{stem}.{name}.{metric}"), value);
        }
    }
    if answers.is_empty() {
        return;
    }
    let rows = answers.iter();
    let rows = rows.map(|(name, moved)| moved.row(name, moved.drift.p_value()));
    let mut heads = HEADS;
    (heads[0], heads[2]) = ("answer", "p");
    let title = format!("Drift of target and scores of {stem}");
    findings.table(format!("answers.{stem}"), title, &heads, rows.collect());
}
