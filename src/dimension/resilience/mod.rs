//! Resilience: how far the alternative data lies from the dataset, feature by feature, what the
//! model loses on it, and how the model does on the rows that it gets most wrong.

mod other_tasks;

use crate::dimension::findings::{Findings, named, text};
use crate::dimension::{Inputs, Validation, lacks_model, preset};
use crate::event::{Bar, Cell, Figure, Preset, ReferenceLine};
use crate::experiment::Task;
use crate::metrics::classification::Performance;
use crate::metrics::drift::{
    ColumnDrift, NumericSample, PSI_DRIFTED, align_categories, categorical_drift, numeric_drift,
};
use crate::metrics::worst_case::{ResidualOrder, worst_subset};
use crate::resource::table::{Column, MISSING};
use crate::resource::{Catalogue, Key, TableId};

pub(super) struct Resilience;

impl Validation for Resilience {
    fn needs(&self, catalogue: &Catalogue, _: Preset) -> Result<Vec<Key>, String> {
        let model = catalogue.validated();
        let features = catalogue.features();
        let columns = |id: &TableId| {
            let mut keys = catalogue.outcomes(id);
            keys.extend(catalogue.columns(id, &features));
            keys.sort();
            keys.dedup();
            keys
        };
        let mut keys = columns(&TableId::Dataset);
        keys.push(Key::predictions(model.clone(), TableId::Dataset));
        let before = keys.len();
        for id in alternatives(catalogue) {
            keys.extend(columns(&id));
            keys.push(Key::predictions(model.clone(), id));
        }
        if keys.len() == before {
            return Err(
                "no alternative data: name it in `alternative` under [dataset], or with \
                        --alternative"
                    .to_owned(),
            );
        }
        if let Some(reason) =
            lacks_model(catalogue, "alternative data ask the model about new rows")
        {
            return Err(reason);
        }
        Ok(keys)
    }

    fn declares(&self, key: &Key) -> bool {
        matches!(
            key,
            Key::Table(TableId::Dataset | TableId::Alternative(_))
                | Key::Columns {
                    table: TableId::Dataset | TableId::Alternative(_),
                    ..
                }
                | Key::Predictions {
                    table: TableId::Dataset,
                    disturbance: None,
                    ..
                }
        )
    }

    fn evaluate(&self, inputs: &Inputs<'_>) -> Result<Findings, String> {
        if !matches!(inputs.catalogue.task, Task::Binary { .. }) {
            return other_tasks::evaluate(inputs);
        }
        let labels = inputs.labels(&TableId::Dataset)?;
        let scores = inputs.scores(TableId::Dataset)?;
        let threshold = inputs.catalogue.threshold();
        let base = Performance::measure(&labels, &scores, threshold);
        let mut findings = Findings::default();
        findings.performance("base", &base);
        let mut degradation = vec![performance_row("dataset", labels.len(), &base)];
        for id in alternatives(inputs.catalogue) {
            let TableId::Alternative(stem) = &id else {
                continue;
            };
            let there = inputs.labels(&id)?;
            let scores = inputs.scores(id.clone())?;
            let performance = Performance::measure(&there, &scores, threshold);
            findings.performance(stem, &performance);
            for ((name, now), (_, before)) in named(&performance).into_iter().zip(named(&base)) {
                let change = now.zip(before).map(|(now, before)| now - before);
                findings.metric(format!("{stem}.{name}.change"), change);
            }
            degradation.push(performance_row(stem, there.len(), &performance));
            drift(inputs, &id, stem, &mut findings)?;
            if findings.headline.is_none() {
                findings.headline("auc diff", format!("{stem}.auc.change"));
            }
        }
        findings.table(
            "degradation",
            "Performance on each table",
            &["table", "n", "auc", "accuracy", "f1", "log loss"],
            degradation,
        );
        worst_rows(&labels, &scores, threshold, &mut findings);
        Ok(findings)
    }
}

fn alternatives(catalogue: &Catalogue) -> Vec<TableId> {
    let ids = catalogue.tables().map(|(id, _)| id.clone());
    ids.filter(|id| matches!(id, TableId::Alternative(_)))
        .collect()
}

fn performance_row(name: &str, n: usize, performance: &Performance) -> Vec<Cell> {
    let mut row = vec![text(name), Cell::Count(n as u64)];
    row.extend(named(performance).map(|(_, value)| Cell::from(value)));
    row
}

/// Drift of every feature of the validated model.
fn drift(
    inputs: &Inputs<'_>,
    id: &TableId,
    stem: &str,
    findings: &mut Findings,
) -> Result<(), String> {
    let base = inputs.resolved.table(&TableId::Dataset)?;
    let alternative = inputs.resolved.table(id)?;
    let mut drifts: Vec<(String, ColumnDrift)> = Vec::new();
    for feature in inputs.catalogue.features() {
        let drift = column_drift(base.column(&feature)?, alternative.column(&feature)?);
        for (metric, value) in [
            ("psi", drift.psi),
            ("js", drift.js_distance),
            ("tv", drift.total_variation),
        ] {
            findings.metric(format!("{stem}.{metric}.{feature}"), value);
        }
        if matches!(base.column(&feature)?, Column::Numbers { .. }) {
            for (metric, value) in [
                ("ks", drift.ks),
                ("wasserstein", drift.wasserstein),
                ("wasserstein_normed", drift.wasserstein_normed),
            ] {
                findings.metric(format!("{stem}.{metric}.{feature}"), value);
            }
        }
        drifts.push((feature, drift));
    }
    let judged: Vec<bool> = drifts.iter().filter_map(|(_, d)| d.is_drifted()).collect();
    let drifted = judged.iter().filter(|d| **d).count();
    let share = (!judged.is_empty()).then(|| drifted as f64 / judged.len() as f64);
    findings.metric(format!("{stem}.drifted_share"), share);
    let psi = |drift: &ColumnDrift| drift.psi.unwrap_or(f64::NEG_INFINITY);
    drifts.sort_by(|(_, a), (_, b)| psi(b).total_cmp(&psi(a)));
    let rows = drifts.iter().map(|(feature, drift)| {
        vec![
            text(feature),
            drift.psi.into(),
            drift.ks.into(),
            drift.wasserstein_normed.into(),
            drift.js_distance.into(),
            drift.total_variation.into(),
        ]
    });
    findings.table(
        format!("drift.{stem}"),
        format!("Drift of {stem} against the dataset"),
        &["feature", "psi", "ks", "w1 / std", "js", "tv"],
        rows.collect(),
    );
    let bars = drifts.iter().map(|(feature, drift)| Bar {
        label: feature.clone(),
        value: drift.psi,
        note: String::new(),
        flagged: drift.is_drifted() == Some(true),
    });
    findings.figures.push(Figure::Bars {
        title: format!("Drift of {stem} (PSI)"),
        bars: bars.collect(),
        reference: Some(ReferenceLine {
            value: PSI_DRIFTED,
            label: "drifted".to_owned(),
        }),
    });
    Ok(())
}

fn column_drift(base: &Column, alternative: &Column) -> ColumnDrift {
    if let (Column::Numbers { values: base, .. }, Column::Numbers { values: other, .. }) =
        (base, alternative)
    {
        return numeric_drift(&NumericSample::new(base), &NumericSample::new(other));
    }
    let [base, other] = align_categories(&counts(base), &counts(alternative));
    categorical_drift(&base, &other)
}

/// Rows of each category; missing ones are a category of their own.
fn counts(column: &Column) -> Vec<(Option<String>, u64)> {
    let (names, codes) = column.categories();
    let mut rows = vec![0_u64; names.len() + 1];
    for code in codes {
        let slot = if code == MISSING {
            names.len()
        } else {
            code as usize
        };
        rows[slot] += 1;
    }
    let names = names.into_iter().map(Some).chain([None]);
    names.zip(rows).filter(|(_, rows)| *rows > 0).collect()
}

fn worst_rows(labels: &[bool], scores: &[f64], threshold: f64, findings: &mut Findings) {
    let order = ResidualOrder::new(labels, scores);
    let mut rows = Vec::new();
    for alpha in preset::WORST_ALPHAS {
        let worst = worst_subset(labels, scores, &order, alpha, threshold);
        let performance = &worst.performance;
        for (name, value) in named(performance) {
            let name = if name == "log_loss" {
                "mean_log_loss"
            } else {
                name
            };
            findings.metric(format!("worst.{alpha:?}.{name}"), value);
        }
        rows.push(performance_row(
            &format!("worst {:.0}%", 100.0 * alpha),
            worst.n,
            performance,
        ));
    }
    findings.table(
        "worst",
        "The rows that the model gets most wrong",
        &["rows", "n", "auc", "accuracy", "f1", "mean log loss"],
        rows,
    );
    findings.notes.push(
        "on the worst rows accuracy and AUC are 0 by construction up to the error rate: read the \
         mean log loss"
            .to_owned(),
    );
}
