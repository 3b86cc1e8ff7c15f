//! The rows that the model gets most wrong, rows far from the middle of the data, and the cluster
//! of like rows in which it does worst.

use super::super::preset::{CLUSTERS, OUTER_ALPHAS, ResilienceEffort, WORST_ALPHAS};
use super::{Scored, measure, measures_row};
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, curve_point, text};
use crate::dimension::outcome::{Measures, Outcome};
use crate::event::{Cell, Figure, Series};
use crate::metrics::clusters::ClusterSearch;
use crate::metrics::worst_case::ResidualOrder;
use crate::resource::{Key, TableId, UnusualRows};
use crate::vocabulary::Problem;

/// The unusual rows of a dataset that is too large to be held.
pub(super) fn unusual_rows(effort: ResilienceEffort) -> Key {
    Key::UnusualRows {
        clusters: CLUSTERS,
        rows: effort.cluster_rows,
        rounds: effort.cluster_rounds,
    }
}

pub(super) fn report(
    inputs: &Inputs<'_>,
    base: &Scored,
    effort: ResilienceEffort,
    findings: &mut Findings,
) -> Result<(), Problem> {
    let (rows, rounds) = (effort.cluster_rows, effort.cluster_rounds);
    let found;
    // Where the dataset is too large to be held, they are known already.
    let unusual = if let Ok(resource) = inputs.resolved.get(&unusual_rows(effort)) {
        resource.as_unusual_rows()?
    } else {
        let table = inputs.resolved.table(&TableId::Dataset)?;
        let search = ClusterSearch {
            clusters: CLUSTERS,
            rows,
            rounds,
            seed: inputs.seed,
        };
        let features = inputs.catalogue.distinct_features();
        found = UnusualRows::find_held(table, &features, search)?;
        &found
    };
    worst_rows(base, findings);
    if unusual.quantities.is_empty() {
        return Ok(());
    }
    outer_rows(base, &unusual.outer, findings);
    if !unusual.centres.is_empty() {
        worst_cluster(base, unusual, findings);
    }
    Ok(())
}

fn share(alpha: f64) -> String {
    format!("{:.0}%", 100.0 * alpha)
}

/// How the worst rows are told of: by the mean loss, and by one metric more.
struct Words {
    /// The loss whose mean is looked at: a metric.
    loss: &'static str,
    /// The same, in words.
    spoken: &'static str,
    /// The residual by which rows are the worst ones.
    residual: &'static str,
    /// Another metric.
    other: &'static str,
}

impl Words {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Binary { .. } => Self {
                loss: "log_loss",
                spoken: "log loss",
                residual: "|y - p|",
                other: "accuracy",
            },
            Outcome::Classes { .. } => Self {
                loss: "log_loss",
                spoken: "log loss",
                residual: "1 - p",
                other: "accuracy",
            },
            Outcome::Numbers(_) => Self {
                loss: "mae",
                spoken: "absolute error",
                residual: "|y - f|",
                other: "rmse",
            },
        }
    }
}

fn worst_rows(base: &Scored, findings: &mut Findings) {
    let words = Words::of(&base.outcome);
    let is_number = matches!(base.outcome, Outcome::Numbers(_));
    let residuals = base.outcome.residuals(&base.scores);
    let order = ResidualOrder::new(&residuals);
    let (mut rows, mut curve) = (Vec::new(), Vec::new());
    for alpha in WORST_ALPHAS {
        let (worst, rest) = (order.worst(alpha), order.rest(alpha));
        let (n, mean_residual) = (worst.len(), order.mean_residual(alpha));
        let (worst, rest) = (base.of_rows(worst), base.of_rows(rest));
        let prefix = format!("worst.{alpha:?}");
        for (name, value) in &worst {
            let name = match *name {
                "log_loss" => "mean_log_loss",
                name => name,
            };
            findings.metric(format!("{prefix}.{name}"), *value);
        }
        findings.metric(format!("{prefix}.mean_residual"), mean_residual);
        for name in [words.other, words.loss] {
            let value = measure(&rest, name);
            findings.metric(format!("{prefix}.rest.{name}"), value);
        }
        let loss = measure(&worst, words.loss);
        let mut row = vec![
            text(format!("worst {}", share(alpha))),
            Cell::Count(n as u64),
            loss.into(),
        ];
        if !is_number {
            row.push(mean_residual.into());
        }
        row.push(measure(&worst, words.other).into());
        row.push(measure(&rest, words.loss).into());
        row.push(measure(&rest, words.other).into());
        rows.push(row);
        curve.extend(loss.map(|y| curve_point(alpha, y)));
    }
    curve.extend(measure(&base.measures, words.loss).map(|y| curve_point(1.0, y)));
    let loss = format!("mean {}", words.spoken);
    let residual = format!("mean {}", words.residual);
    let of_rest = format!("{} of the rest", words.spoken);
    let mut heads = vec!["rows", "n", &loss];
    if !is_number {
        // Of numbers the residual is the loss.
        heads.push(&residual);
    }
    heads.extend([words.other, &of_rest, words.other]);
    let title = "The rows that the model gets most wrong";
    findings.table("worst", title, &heads, rows);
    findings.figures.push(Figure::Curves {
        title: format!("Mean {} of the worst rows (tail mean)", words.spoken),
        x_label: "share of the rows".to_owned(),
        y_label: loss.clone(),
        series: vec![Series {
            name: loss,
            points: curve,
        }],
        level: None,
        place: None,
    });
    let note = match base.outcome {
        // Wrong decisions are the rows with |y - p| from 0.5 on.
        Outcome::Binary { threshold: 0.5, .. } => Some(
            "on the worst rows accuracy and AUC are 0 by construction up to the error rate: read \
             the mean log loss",
        ),
        Outcome::Binary { .. } | Outcome::Classes { .. } => Some(
            "accuracy and AUC say little on rows chosen by their error: read the mean log loss",
        ),
        Outcome::Numbers(_) => None,
    };
    findings.notes(note.map(str::to_owned));
}

fn outer_rows(base: &Scored, order: &[u32], findings: &mut Findings) {
    let rows = OUTER_ALPHAS.map(|alpha| {
        let outer = &order[..(alpha * order.len() as f64).floor() as usize];
        let measures = base.of_rows(outer);
        findings.measures(&format!("outer.{alpha:?}"), &measures);
        measures_row(&format!("outer {}", share(alpha)), outer.len(), &measures)
    });
    let heads = base.heads("rows");
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let title = "The rows farthest from the means of the numeric features";
    findings.table("outer", title, &heads, rows.to_vec());
}

/// Of the clusters with enough rows, the one with the largest mean loss counts.
fn worst_cluster(base: &Scored, unusual: &UnusualRows, findings: &mut Findings) {
    let least = 30.max(base.outcome.rows() / 100);
    let mut found = Vec::new();
    for (cluster, centre) in unusual.centres.iter().enumerate() {
        let of_row = (0u32..).zip(&unusual.cluster_of);
        let rows: Vec<u32> = of_row
            .filter(|(_, c)| usize::from(**c) == cluster)
            .map(|(row, _)| row)
            .collect();
        if rows.len() >= least {
            let what = describe(centre, &unusual.quantities);
            found.push((what, rows.len(), base.of_rows(&rows)));
        }
    }
    let loss = Words::of(&base.outcome).loss;
    let loss = |measures: &Measures| measure(measures, loss).unwrap_or(f64::NEG_INFINITY);
    found.sort_by(|a, b| loss(&b.2).total_cmp(&loss(&a.2)));
    let Some((what, n, measures)) = found.first() else {
        return;
    };
    findings.metric("worst_cluster.n", *n as f64);
    findings.measures("worst_cluster", measures);
    findings.note(format!(
        "the worst of {CLUSTERS} clusters of like rows (k-means on the numeric features, \
         standardised) is {what}, in standard deviations from the mean"
    ));
    let rows = found.iter();
    let rows = rows.map(|(what, n, measures)| measures_row(what, *n, measures));
    let heads = base.heads("cluster");
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let title = "Clusters of like rows, the worst first";
    findings.table("clusters", title, &heads, rows.collect());
}

/// Where a cluster lies farthest from the middle.
fn describe(centre: &[f64], names: &[String]) -> String {
    let names = names.iter().map(String::as_str);
    let mut places: Vec<(&str, f64)> = names.zip(centre.iter().copied()).collect();
    places.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let told = places.iter().take(2);
    let told = told.map(|(name, z)| format!("{name} {z:+.1}"));
    told.collect::<Vec<_>>().join(", ")
}
