//! One feature at a time: what the model loses when it is permuted, and under noise on it alone.

use super::super::preset::SCORE_LEVEL;
use super::levels::{add_repeats, interval_cells};
use super::{Study, noise_on, permutation};
use crate::dimension::findings::{Findings, text};
use crate::dimension::outcome::{is_lower_better, words};
use crate::event::{Bar, Cell, Figure};
use crate::metrics::repeats::Repeats;
use crate::resource::DisturbanceKind;
use crate::vocabulary::Problem;

/// What one feature costs.
struct FeatureCost<'f> {
    feature: &'f str,
    /// How much worse the first metric is.
    loss: Option<Repeats>,
    flips: Option<Repeats>,
}

/// What every feature costs under a disturbance of it alone, the costliest first.
fn costs<'f>(
    study: &Study<'_>,
    features: impl Iterator<Item = &'f String>,
    disturb: fn(&str) -> DisturbanceKind,
) -> Result<Vec<FeatureCost<'f>>, Problem> {
    let costs = features.map(|feature| cost(study, feature, &disturb(feature)));
    let mut costs = costs.collect::<Result<Vec<_>, _>>()?;
    let size = |cost: &FeatureCost<'_>| cost.loss.map_or(f64::NEG_INFINITY, |r| r.mean);
    costs.sort_by(|a, b| size(b).total_cmp(&size(a)));
    Ok(costs)
}

fn cost<'f>(
    study: &Study<'_>,
    feature: &'f str,
    kind: &DisturbanceKind,
) -> Result<FeatureCost<'f>, Problem> {
    let baseline = study.baseline.first().and_then(|(_, value)| *value);
    let sign = if rises(study) { 1.0 } else { -1.0 };
    let (mut losses, mut flips) = (Vec::new(), Vec::new());
    for scores in study.repeats_of(kind) {
        let scores = scores?;
        let now = study.outcome.first(&scores);
        losses.push(baseline.zip(now).map(|(base, now)| sign * (now - base)));
        flips.push(study.outcome.flip_rate(&study.scores, &scores));
    }
    Ok(FeatureCost {
        feature,
        loss: Repeats::of(losses),
        flips: Repeats::of(flips),
    })
}

/// Is the loss a rise of the first metric, or a drop?
fn rises(study: &Study<'_>) -> bool {
    is_lower_better(study.outcome.first_name())
}

fn change(study: &Study<'_>) -> &'static str {
    if rises(study) { "rise" } else { "drop" }
}

/// The picture and the table of what the features cost.
fn show(
    study: &Study<'_>,
    costs: &[FeatureCost<'_>],
    (name, title, bars_title): (&str, String, String),
    findings: &mut Findings,
) {
    let bars = costs.iter().map(|cost| Bar {
        label: cost.feature.to_owned(),
        value: cost.loss.map(|r| r.mean),
        interval: cost.loss.and_then(|r| r.interval),
        note: match cost.loss.and_then(|r| r.interval) {
            Some((low, high)) => format!("{low:.4} to {high:.4}"),
            None => String::new(),
        },
        flagged: false,
    });
    let has_intervals = costs
        .iter()
        .any(|cost| cost.loss.is_some_and(|r| r.interval.is_some()));
    let bars_title = if has_intervals {
        bars_title
    } else {
        format!("{bars_title}, once: no interval")
    };
    findings.figures.push(Figure::Bars {
        title: bars_title,
        bars: bars.collect(),
        reference: None,
        from: 0.0,
    });
    let loss = format!("{} {}", study.outcome.first_name(), change(study));
    let mut columns = vec!["feature", &loss, "95% low", "high", "std"];
    if study.decides() {
        columns.push("flip rate");
    }
    let rows = costs.iter().map(|cost| {
        let mut row = vec![text(cost.feature), Cell::from(cost.loss.map(|r| r.mean))];
        row.extend(interval_cells(cost.loss));
        row.push(cost.loss.and_then(|r| r.std).into());
        if study.decides() {
            row.push(cost.flips.map(|r| r.mean).into());
        }
        row
    });
    findings.table(name, title, &columns, rows.collect());
}

/// Permutation importance: how much worse the first metric is when a feature's values change places
/// (Breiman 2001; Fisher, Rudin & Dominici 2019).
pub(super) fn permutations(study: &Study<'_>, findings: &mut Findings) -> Result<(), Problem> {
    if study.effort.permutation_repeats == 0 {
        return Ok(());
    }
    let costs = costs(study, study.features.all(), permutation)?;
    for FeatureCost { feature, loss, .. } in &costs {
        let prefix = format!("permutation_importance.{feature}");
        add_repeats(&prefix, *loss, true, findings);
    }
    let what = format!("of the {}", words(study.outcome.first_name()));
    let title = format!("Permutation importance ({} {what})", change(study));
    let bars = format!("{} {what} when a feature is permuted", capital(study));
    show(
        study,
        &costs,
        ("permutation_importance", title, bars),
        findings,
    );
    Ok(())
}

/// Gaussian noise on one numeric feature at a time.
pub(super) fn one_at_a_time(study: &Study<'_>, findings: &mut Findings) -> Result<(), Problem> {
    if study.effort.one_feature_repeats == 0 || study.features.quantities.is_empty() {
        return Ok(());
    }
    let costs = costs(study, study.features.quantities.iter(), noise_on)?;
    let loss = format!("{}_{}", study.outcome.first_name(), change(study));
    for cost in &costs {
        let prefix = format!("one_feature.{}.{SCORE_LEVEL}", cost.feature);
        add_repeats(&format!("{prefix}.{loss}"), cost.loss, true, findings);
        if study.decides() {
            let flips = cost.flips.map(|r| r.mean);
            findings.metric(format!("{prefix}.flip_rate.mean"), flips);
        }
    }
    let title = format!("Gaussian noise on one feature at a time (level {SCORE_LEVEL})");
    let bars = format!(
        "{} of the {} under noise on one feature (level {SCORE_LEVEL})",
        capital(study),
        words(study.outcome.first_name())
    );
    show(study, &costs, ("one_feature", title, bars), findings);
    Ok(())
}

fn capital(study: &Study<'_>) -> &'static str {
    if rises(study) { "Rise" } else { "Drop" }
}
