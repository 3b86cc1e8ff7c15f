//! The rows that the model gets most wrong, rows far from the middle of the data, and the cluster
//! of like rows in which it does worst.

use super::super::preset::{CLUSTERS, OUTER_ALPHAS, ResilienceEffort, WORST_ALPHAS};
use super::Scored;
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, named, text};
use crate::event::{Cell, CurvePoint, Figure, Series};
use crate::metrics::classification::Performance;
use crate::metrics::clusters::{ClusterSearch, Clusters};
use crate::metrics::outliers::outer_order;
use crate::metrics::worst_case::{ResidualOrder, worst_subset};
use crate::resource::TableId;
use crate::resource::table::{Column, NumberKind, Table};

pub(super) fn report(
    inputs: &Inputs<'_>,
    base: &Scored,
    effort: ResilienceEffort,
    findings: &mut Findings,
) -> Result<(), String> {
    let table = inputs.resolved.table(&TableId::Dataset)?;
    let quantities = quantities(inputs, &table)?;
    let columns: Vec<&[f64]> = quantities.iter().map(|(_, values)| *values).collect();
    worst_rows(base, findings);
    if columns.is_empty() {
        return Ok(());
    }
    outer_rows(base, &columns, findings);
    let search = ClusterSearch {
        clusters: CLUSTERS,
        rows: effort.cluster_rows,
        rounds: effort.cluster_rounds,
        seed: inputs.seed,
    };
    if let Some(clusters) = search.find(&columns) {
        let names: Vec<&str> = quantities.iter().map(|(name, _)| name.as_str()).collect();
        worst_cluster(base, &clusters, &names, findings);
    }
    Ok(())
}

/// The features that are numbers and no truth values.
fn quantities<'t>(
    inputs: &Inputs<'_>,
    table: &'t Table,
) -> Result<Vec<(String, &'t [f64])>, String> {
    let mut found: Vec<(String, &[f64])> = Vec::new();
    for name in inputs.catalogue.features() {
        let is_quantity = match table.column(&name)? {
            Column::Numbers { kind, .. } => *kind != NumberKind::Boolean,
            Column::Texts { .. } => false,
        };
        if is_quantity && found.iter().all(|(known, _)| *known != name) {
            let values = table.numbers(&name)?;
            found.push((name, values));
        }
    }
    Ok(found)
}

/// Performance on some of the rows.
fn of_rows(base: &Scored, rows: &[u32]) -> Performance {
    let labels: Vec<bool> = rows.iter().map(|row| base.labels[*row as usize]).collect();
    let scores: Vec<f64> = rows.iter().map(|row| base.scores[*row as usize]).collect();
    Performance::measure(&labels, &scores, base.threshold)
}

fn share(alpha: f64) -> String {
    format!("{:.0}%", 100.0 * alpha)
}

fn worst_rows(base: &Scored, findings: &mut Findings) {
    let order = ResidualOrder::new(&base.labels, &base.scores);
    let (mut rows, mut curve) = (Vec::new(), Vec::new());
    for alpha in WORST_ALPHAS {
        let worst = worst_subset(&base.labels, &base.scores, &order, alpha, base.threshold);
        let rest = of_rows(base, order.rest(alpha));
        let prefix = format!("worst.{alpha:?}");
        for (name, value) in named(&worst.performance) {
            let name = if name == "log_loss" {
                "mean_log_loss"
            } else {
                name
            };
            findings.metric(format!("{prefix}.{name}"), value);
        }
        findings.metric(format!("{prefix}.mean_residual"), worst.mean_residual);
        findings.metric(format!("{prefix}.rest.accuracy"), rest.accuracy);
        findings.metric(format!("{prefix}.rest.log_loss"), rest.log_loss);
        rows.push(vec![
            text(format!("worst {}", share(alpha))),
            Cell::Count(worst.n as u64),
            worst.performance.log_loss.into(),
            worst.mean_residual.into(),
            worst.performance.accuracy.into(),
            rest.log_loss.into(),
            rest.accuracy.into(),
        ]);
        curve.extend(worst.performance.log_loss.map(|y| point(alpha, y)));
    }
    curve.extend(base.performance.log_loss.map(|y| point(1.0, y)));
    findings.table(
        "worst",
        "The rows that the model gets most wrong",
        &[
            "rows",
            "n",
            "mean log loss",
            "mean |y - p|",
            "accuracy",
            "log loss of the rest",
            "accuracy",
        ],
        rows,
    );
    findings.figures.push(Figure::Curves {
        title: "Mean log loss of the worst rows (tail mean)".to_owned(),
        x_label: "share of the rows".to_owned(),
        y_label: "mean log loss".to_owned(),
        series: vec![Series {
            name: "mean log loss".to_owned(),
            points: curve,
        }],
    });
    findings.notes.push(
        "on the worst rows accuracy and AUC are 0 by construction up to the error rate: read the \
         mean log loss"
            .to_owned(),
    );
}

fn point(x: f64, y: f64) -> CurvePoint {
    CurvePoint {
        x,
        y,
        low: y,
        high: y,
    }
}

fn outer_rows(base: &Scored, columns: &[&[f64]], findings: &mut Findings) {
    let order = outer_order(columns);
    let rows = OUTER_ALPHAS.map(|alpha| {
        let outer = &order[..(alpha * order.len() as f64).floor() as usize];
        let performance = of_rows(base, outer);
        findings.performance(&format!("outer.{alpha:?}"), &performance);
        super::performance_row(
            &format!("outer {}", share(alpha)),
            outer.len(),
            &performance,
        )
    });
    findings.table(
        "outer",
        "The rows farthest from the means of the numeric features",
        &["rows", "n", "auc", "accuracy", "f1", "log loss"],
        rows.to_vec(),
    );
}

/// Of the clusters with enough rows, the one with the largest mean log loss counts.
fn worst_cluster(base: &Scored, clusters: &Clusters, names: &[&str], findings: &mut Findings) {
    let least = 30.max(base.labels.len() / 100);
    let mut found = Vec::new();
    for (cluster, centre) in clusters.centres.iter().enumerate() {
        let of_row = (0u32..).zip(&clusters.of_row);
        let rows: Vec<u32> = of_row
            .filter(|(_, c)| usize::from(**c) == cluster)
            .map(|(row, _)| row)
            .collect();
        if rows.len() >= least {
            let performance = of_rows(base, &rows);
            found.push((describe(centre, names), rows.len(), performance));
        }
    }
    let loss = |performance: &Performance| performance.log_loss.unwrap_or(f64::NEG_INFINITY);
    found.sort_by(|a, b| loss(&b.2).total_cmp(&loss(&a.2)));
    let Some((what, n, performance)) = found.first() else {
        return;
    };
    findings.metric("worst_cluster.n", *n as f64);
    findings.performance("worst_cluster", performance);
    findings.notes.push(format!(
        "the worst of {CLUSTERS} clusters of like rows (k-means on the numeric features, \
         standardised) is {what}, in standard deviations from the mean"
    ));
    let rows = found.iter();
    let rows = rows.map(|(what, n, p)| super::performance_row(what, *n, p));
    findings.table(
        "clusters",
        "Clusters of like rows, the worst first",
        &["cluster", "n", "auc", "accuracy", "f1", "log loss"],
        rows.collect(),
    );
}

/// Where a cluster lies farthest from the middle.
fn describe(centre: &[f64], names: &[&str]) -> String {
    let mut places: Vec<(&str, f64)> = names.iter().copied().zip(centre.iter().copied()).collect();
    places.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let told = places.iter().take(2);
    let told = told.map(|(name, z)| format!("{name} {z:+.1}"));
    told.collect::<Vec<_>>().join(", ")
}
