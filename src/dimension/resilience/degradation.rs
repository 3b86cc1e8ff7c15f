//! What the model loses on the alternative data, and how sure that is.

use super::{Scored, performance_row};
use crate::dimension::findings::{Findings, named, text};
use crate::event::{Bar, Figure, ReferenceLine};
use crate::metrics::classification::Performance;
use crate::metrics::standard_error::{StandardErrors, change_interval, ratio_interval};

/// Standard errors in the order of [`named`].
fn errors(errors: &StandardErrors) -> [Option<f64>; 4] {
    [errors.auc, errors.accuracy, errors.f1, errors.log_loss]
}

/// A metric of an alternative table beside that of the dataset.
struct Change {
    metric: &'static str,
    before: Option<f64>,
    now: Option<f64>,
    interval: Option<(f64, f64)>,
}

impl Change {
    fn change(&self) -> Option<f64> {
        self.now.zip(self.before).map(|(now, before)| now - before)
    }

    fn relative(&self) -> Option<f64> {
        let before = self.before.filter(|before| *before != 0.0);
        self.change()
            .zip(before)
            .map(|(change, before)| change / before)
    }
}

fn changes(base: &Scored, other: &Scored) -> [Change; 4] {
    let (before, now) = (named(&base.performance), named(&other.performance));
    let (error_before, error_now) = (errors(&base.errors), errors(&other.errors));
    [0, 1, 2, 3].map(|at| {
        let pair = |value: Option<f64>, error: Option<f64>| value.zip(error);
        let (now_sure, before_sure) = (
            pair(now[at].1, error_now[at]),
            pair(before[at].1, error_before[at]),
        );
        Change {
            metric: before[at].0,
            before: before[at].1,
            now: now[at].1,
            interval: now_sure
                .zip(before_sure)
                .map(|(now, before)| change_interval(now, before)),
        }
    })
}

/// Metrics, table and picture of the change from the dataset to every alternative.
pub(super) fn report(base: &Scored, others: &[Scored], findings: &mut Findings) {
    findings.performance("base", &base.performance);
    let mut performances = vec![performance_row(
        "dataset",
        base.labels.len(),
        &base.performance,
    )];
    let mut rows = Vec::new();
    for other in others {
        let stem = &other.name;
        findings.performance(stem, &other.performance);
        performances.push(performance_row(
            stem,
            other.labels.len(),
            &other.performance,
        ));
        for change in changes(base, other) {
            let prefix = format!("{stem}.{}.change", change.metric);
            let (low, high) = change.interval.unzip();
            findings.metric(prefix.clone(), change.change());
            findings.metric(format!("{prefix}.low"), low);
            findings.metric(format!("{prefix}.high"), high);
            findings.metric(format!("{prefix}.relative"), change.relative());
            rows.push(vec![
                text(format!("{stem} {}", change.metric.replace('_', " "))),
                change.before.into(),
                change.now.into(),
                change.change().into(),
                low.into(),
                high.into(),
                change.relative().into(),
            ]);
        }
        if findings.headline.is_none() {
            findings.headline("auc diff", format!("{stem}.auc.change"));
        }
    }
    findings.table(
        "degradation",
        "Performance on each table",
        &["table", "n", "auc", "accuracy", "f1", "log loss"],
        performances,
    );
    findings.table(
        "change",
        "Change from the dataset",
        &[
            "metric", "before", "now", "change", "95% low", "high", "relative",
        ],
        rows,
    );
    findings.figures.push(figure(base, others));
    findings.notes.push(
        "95% intervals of changes: now - before -+ 1.96 sqrt(error^2 + error^2), with the \
         standard errors of DeLong for AUC, of a share for accuracy, of multinomial counts for F1, \
         of a mean for log loss; the tables are taken as independent samples"
            .to_owned(),
    );
    score(base, others, findings);
}

fn figure(base: &Scored, others: &[Scored]) -> Figure {
    let auc = |performance: &Performance| performance.auc;
    let bars = std::iter::once(("dataset", base)).chain(others.iter().map(|o| (&*o.name, o)));
    let bars = bars.map(|(name, scored)| Bar {
        label: name.to_owned(),
        value: auc(&scored.performance),
        note: format!("n {}", crate::display::count(scored.labels.len() as u64)),
        flagged: is_worse(base, scored),
    });
    Figure::Bars {
        title: "AUC on each table".to_owned(),
        bars: bars.collect(),
        reference: auc(&base.performance).map(|value| ReferenceLine {
            value,
            label: "dataset".to_owned(),
        }),
    }
}

/// Is the AUC lower than on the dataset beyond what chance explains?
fn is_worse(base: &Scored, other: &Scored) -> bool {
    let [auc, ..] = changes(base, other);
    auc.interval.is_some_and(|(_, high)| high < 0.0)
}

/// The share of the AUC's lead over chance that is left on the alternative data that costs most.
fn score(base: &Scored, others: &[Scored], findings: &mut Findings) {
    let lead = |scored: &Scored| {
        let lead = scored.performance.auc? - 0.5;
        Some((lead, scored.errors.auc.unwrap_or(f64::NAN)))
    };
    let Some(before) = lead(base).filter(|(lead, _)| *lead > 0.0) else {
        return;
    };
    let known = others
        .iter()
        .filter_map(|other| Some((other, lead(other)?)));
    let Some((other, now)) = known.min_by(|a, b| a.1.0.total_cmp(&b.1.0)) else {
        return;
    };
    let meaning = format!(
        "share of the AUC's lead over chance, (AUC - 0.5) / (AUC on the dataset - 0.5), that is \
         left on the alternative data that costs most: {}",
        other.name
    );
    findings.score(Some(now.0 / before.0), ratio_interval(now, before), meaning);
}
