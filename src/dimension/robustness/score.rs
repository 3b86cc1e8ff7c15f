//! Robustness in one number, and the metric that stands for it in lists.

use super::super::preset::SCORE_LEVEL;
use super::Study;
use super::levels::Curve;
use crate::dimension::findings::Findings;
use crate::dimension::outcome::Outcome;

/// What is left under the disturbance that costs most: of classes, of the AUC's lead over chance; of
/// numbers, of exactness (baseline RMSE over RMSE).
pub(super) fn report(curves: &[Curve], study: &Study<'_>, findings: &mut Findings) {
    let first = study.outcome.first_name();
    if let Some(curve) = curves.first() {
        let metric = format!("{}.{SCORE_LEVEL}.{first}.mean", curve.family.name());
        findings.headline(format!("{first}@{SCORE_LEVEL}"), metric);
    }
    let Some(baseline) = study.baseline.first().and_then(|(_, value)| *value) else {
        return;
    };
    let is_number = matches!(study.outcome, Outcome::Numbers(_));
    if !is_number && baseline <= 0.5 {
        return;
    }
    let kept = |now: f64| {
        if is_number {
            baseline / now
        } else {
            (now - 0.5) / (baseline - 0.5)
        }
    };
    let at_level = curves
        .iter()
        .filter_map(|curve| Some((curve.family, curve.first_at(SCORE_LEVEL)?)));
    let worst = at_level.min_by(|a, b| kept(a.1.mean).total_cmp(&kept(b.1.mean)));
    let Some((family, first)) = worst else {
        return;
    };
    let interval = first.interval.map(|(low, high)| {
        let (a, b) = (kept(low), kept(high));
        (a.min(b), a.max(b))
    });
    let what = match study.outcome {
        Outcome::Binary { .. } => {
            "share of the AUC's lead over chance, (AUC - 0.5) / (baseline AUC - 0.5), that is left"
        }
        Outcome::Classes { .. } => {
            "share of the macro AUC's lead over chance, (AUC - 0.5) / (baseline AUC - 0.5), that is \
             left"
        }
        Outcome::Numbers(_) => "baseline RMSE / RMSE",
    };
    let meaning = format!(
        "{what} under the worst of the disturbances at level {SCORE_LEVEL}: {}",
        family.words()
    );
    findings.score(Some(kept(first.mean)), interval, meaning);
}
