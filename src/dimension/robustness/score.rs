//! Robustness in one number, and the metric that stands for it in lists.

use super::super::preset::SCORE_LEVEL;
use super::Study;
use super::levels::Curve;
use crate::dimension::findings::Findings;
use crate::dimension::outcome::words;

/// What is left under the disturbance that costs most: see [`Outcome::kept`].
///
/// [`Outcome::kept`]: crate::dimension::outcome::Outcome::kept
pub(super) fn report(curves: &[Curve], study: &Study<'_>, findings: &mut Findings) {
    let first = study.outcome.first_name();
    if let Some(curve) = curves.first() {
        let metric = format!("{}.{SCORE_LEVEL}.{first}.mean", curve.family.name());
        findings.headline(format!("{first}@{SCORE_LEVEL}"), metric);
    }
    let Some(baseline) = study.baseline.first().and_then(|(_, value)| *value) else {
        return;
    };
    // The interval is that of the repeats, so no standard error is asked for.
    let kept = |now: f64| {
        let [upper, lower] = study.outcome.kept((baseline, 0.0), (now, 0.0))?;
        Some(upper.0 / lower.0)
    };
    let at_level = curves.iter().filter_map(|curve| {
        let now = curve.first_at(SCORE_LEVEL)?;
        Some((curve.family, now, kept(now.mean)?))
    });
    let Some((family, now, value)) = at_level.min_by(|a, b| a.2.total_cmp(&b.2)) else {
        return;
    };
    let interval = now.interval.map(|ends| {
        // An interval of RMSE may reach below 0; towards 0 the ratio grows past 1, the highest score.
        let end = |end: f64| kept(end).unwrap_or(1.0);
        let (a, b) = (end(ends.0), end(ends.1));
        (a.min(b), a.max(b))
    });
    let meaning = format!(
        "{} under the worst of the disturbances at level {SCORE_LEVEL}: {}",
        study
            .outcome
            .kept_words(&format!("baseline {}", words(first))),
        family.words()
    );
    findings.score(Some(value), interval, meaning);
}
