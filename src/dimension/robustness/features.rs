//! One feature at a time: what the model loses when it is permuted, and under noise on it alone.

use super::super::preset::{RobustnessEffort, SCORE_LEVEL};
use super::levels::{add_repeats, interval_cells};
use super::{Calm, Features, noise_on, permutation, repeats_of};
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, text};
use crate::event::{Bar, Cell, Figure};
use crate::metrics::classification::{auc, decide, flip_rate};
use crate::metrics::repeats::Repeats;

/// What one feature costs.
struct FeatureCost<'f> {
    feature: &'f str,
    /// Baseline AUC less AUC.
    drop: Option<Repeats>,
    flips: Option<Repeats>,
}

fn cost<'f>(
    calm: &Calm,
    feature: &'f str,
    repeats: impl Iterator<Item = Result<Vec<f64>, String>>,
) -> Result<FeatureCost<'f>, String> {
    let (mut drops, mut flips) = (Vec::new(), Vec::new());
    for scores in repeats {
        let scores = scores?;
        let now = auc(&calm.labels, &scores);
        drops.push(calm.performance.auc.zip(now).map(|(base, now)| base - now));
        flips.push(flip_rate(&calm.decisions, &decide(&scores, calm.threshold)));
    }
    Ok(FeatureCost {
        feature,
        drop: Repeats::of(drops),
        flips: Repeats::of(flips),
    })
}

/// The costliest first.
fn sort(costs: &mut [FeatureCost<'_>]) {
    let size = |cost: &FeatureCost<'_>| cost.drop.map_or(f64::NEG_INFINITY, |r| r.mean);
    costs.sort_by(|a, b| size(b).total_cmp(&size(a)));
}

fn bars(costs: &[FeatureCost<'_>]) -> Vec<Bar> {
    let bars = costs.iter().map(|cost| Bar {
        label: cost.feature.to_owned(),
        value: cost.drop.map(|r| r.mean),
        note: match cost.drop.and_then(|r| r.interval) {
            Some((low, high)) => format!("{low:.4} to {high:.4}"),
            None => String::new(),
        },
        flagged: false,
    });
    bars.collect()
}

fn rows(costs: &[FeatureCost<'_>]) -> Vec<Vec<Cell>> {
    let rows = costs.iter().map(|cost| {
        let [low, high] = interval_cells(cost.drop);
        vec![
            text(cost.feature),
            Cell::from(cost.drop.map(|r| r.mean)),
            low,
            high,
            Cell::from(cost.drop.and_then(|r| r.std)),
            Cell::from(cost.flips.map(|r| r.mean)),
        ]
    });
    rows.collect()
}

const HEADS: [&str; 6] = ["feature", "auc drop", "95% low", "high", "std", "flip rate"];

/// Permutation importance: the drop of the AUC when a feature's values change places (Breiman 2001;
/// Fisher, Rudin & Dominici 2019).
pub(super) fn permutations(
    inputs: &Inputs<'_>,
    calm: &Calm,
    effort: &RobustnessEffort,
    features: &Features,
    findings: &mut Findings,
) -> Result<(), String> {
    if effort.permutation_repeats == 0 {
        return Ok(());
    }
    let costs = features.all().map(|feature| {
        let kind = permutation(feature);
        let repeats = repeats_of(inputs, &kind, effort.permutation_repeats);
        cost(calm, feature, repeats)
    });
    let mut costs = costs.collect::<Result<Vec<_>, _>>()?;
    sort(&mut costs);
    for FeatureCost { feature, drop, .. } in &costs {
        let prefix = format!("permutation_importance.{feature}");
        add_repeats(&prefix, *drop, true, findings);
    }
    findings.figures.push(Figure::Bars {
        title: "Drop of the AUC when a feature is permuted".to_owned(),
        bars: bars(&costs),
        reference: None,
    });
    let title = "Permutation importance (drop of the AUC)";
    findings.table("permutation_importance", title, &HEADS, rows(&costs));
    Ok(())
}

/// Gaussian noise on one numeric feature at a time.
pub(super) fn one_at_a_time(
    inputs: &Inputs<'_>,
    calm: &Calm,
    effort: &RobustnessEffort,
    features: &Features,
    findings: &mut Findings,
) -> Result<(), String> {
    if effort.one_feature_repeats == 0 || features.quantities.is_empty() {
        return Ok(());
    }
    let costs = features.quantities.iter().map(|feature| {
        let kind = noise_on(feature);
        let repeats = repeats_of(inputs, &kind, effort.one_feature_repeats);
        cost(calm, feature, repeats)
    });
    let mut costs = costs.collect::<Result<Vec<_>, _>>()?;
    sort(&mut costs);
    for cost in &costs {
        let prefix = format!("one_feature.{}.{SCORE_LEVEL}", cost.feature);
        add_repeats(&format!("{prefix}.auc_drop"), cost.drop, true, findings);
        let flips = cost.flips.map(|r| r.mean);
        findings.metric(format!("{prefix}.flip_rate.mean"), flips);
    }
    findings.figures.push(Figure::Bars {
        title: format!("Drop of the AUC under noise on one feature (level {SCORE_LEVEL})"),
        bars: bars(&costs),
        reference: None,
    });
    let title = format!("Gaussian noise on one feature at a time (level {SCORE_LEVEL})");
    findings.table("one_feature", title, &HEADS, rows(&costs));
    Ok(())
}
