//! What the model loses on the alternative data, and how sure that is.

use super::{PERFORMANCE, Scored, measures_row};
use crate::dimension::findings::{Findings, p_value, text};
use crate::dimension::outcome::{Outcome, is_lower_better, words};
use crate::display;
use crate::event::{Bar, Figure, ReferenceLine};
use crate::metrics::fairness::SMALL_GROUP_ROWS;
use crate::metrics::hypothesis::holm;
use crate::metrics::standard_error::{change_interval, change_p_value, ratio_interval};

/// From this p-value down chance does not explain a loss.
const LEVEL: f64 = 0.05;

/// A metric of an alternative table beside that of the dataset, each with its standard error.
struct Change {
    metric: &'static str,
    before: Sure,
    now: Sure,
    /// That of no change, among those of all metrics on all tables that are judged; none where the table
    /// is too small for standard errors to mean much.
    adjusted: Option<f64>,
}

#[derive(Clone, Copy)]
struct Sure {
    value: Option<f64>,
    error: Option<f64>,
}

impl Sure {
    fn both(self) -> Option<(f64, f64)> {
        self.value.zip(self.error)
    }
}

impl Change {
    fn change(&self) -> Option<f64> {
        let both = self.now.value.zip(self.before.value);
        both.map(|(now, before)| now - before)
    }

    fn interval(&self) -> Option<(f64, f64)> {
        let both = self.now.both().zip(self.before.both());
        both.map(|(now, before)| change_interval(now, before))
    }

    fn relative(&self) -> Option<f64> {
        let before = self.before.value.filter(|before| *before != 0.0);
        self.change()
            .zip(before)
            .map(|(change, before)| change / before)
    }

    fn p_value(&self) -> Option<f64> {
        let (now, before) = self.now.both().zip(self.before.both())?;
        change_p_value(now, before)
    }

    /// Has it become worse beyond what chance explains, of so many that were looked at?
    fn is_worse(&self) -> bool {
        let is_loss = self.change().is_some_and(|change| {
            if is_lower_better(self.metric) {
                change > 0.0
            } else {
                change < 0.0
            }
        });
        is_loss && self.adjusted.is_some_and(|p| p <= LEVEL)
    }
}

/// Tests every metric on every table: many are looked at, and what one of them is worth depends on
/// how many (Holm 1979).
fn judge(changed: &mut [(&Scored, Vec<Change>)]) {
    let judged = |(other, changes): (&Scored, &Vec<Change>)| -> Vec<Option<f64>> {
        let p_values = changes.iter().map(Change::p_value);
        p_values.map(|p| p.filter(|_| is_judged(other))).collect()
    };
    let p_values: Vec<Option<f64>> = changed
        .iter()
        .flat_map(|(other, changes)| judged((other, changes)))
        .collect();
    let all = changed.iter_mut().flat_map(|(_, changes)| changes);
    for (change, adjusted) in all.zip(holm(&p_values)) {
        change.adjusted = adjusted;
    }
}

fn is_judged(table: &Scored) -> bool {
    table.outcome.rows() as u64 >= SMALL_GROUP_ROWS
}

/// By metric: its value on the table with its standard error.
fn sure(scored: &Scored) -> Vec<(&'static str, Sure)> {
    let errors = scored.outcome.standard_errors(&scored.scores);
    let measures = scored.measures.iter().zip(errors);
    measures
        .map(|((name, value), error)| {
            (
                *name,
                Sure {
                    value: *value,
                    error,
                },
            )
        })
        .collect()
}

fn changes(base: &[(&'static str, Sure)], other: &Scored) -> Vec<Change> {
    let both = base.iter().zip(sure(other));
    both.map(|((metric, before), (_, now))| Change {
        metric,
        before: *before,
        now,
        adjusted: None,
    })
    .collect()
}

/// Metrics, table and picture of the change from the dataset to every alternative.
pub(super) fn report(base: &Scored, others: &[&Scored], findings: &mut Findings) {
    findings.measures("base", &base.measures);
    let rows = base.outcome.rows();
    let mut performances = vec![measures_row("dataset", rows, &base.measures)];
    let sure_base = sure(base);
    let mut changed: Vec<(&Scored, Vec<Change>)> = others
        .iter()
        .map(|other| (*other, changes(&sure_base, other)))
        .collect();
    judge(&mut changed);
    let mut rows = Vec::new();
    for (other, changes) in &changed {
        let stem = &other.name;
        findings.measures(stem, &other.measures);
        performances.push(measures_row(stem, other.outcome.rows(), &other.measures));
        for change in changes {
            let prefix = format!("{stem}.{}.change", change.metric);
            let (low, high) = change.interval().unzip();
            findings.metric(prefix.clone(), change.change());
            findings.metric(format!("{prefix}.low"), low);
            findings.metric(format!("{prefix}.high"), high);
            findings.metric(format!("{prefix}.relative"), change.relative());
            findings.metric(format!("{prefix}.adjusted_p_value"), change.adjusted);
            rows.push(vec![
                text(format!("{stem} {}", change.metric.replace('_', " "))),
                change.before.value.into(),
                change.now.value.into(),
                change.change().into(),
                low.into(),
                high.into(),
                change.relative().into(),
                p_value(change.adjusted),
            ]);
        }
    }
    let first = base.outcome.first_name();
    if let Some(other) = others.first() {
        // Eight letters fit a narrow screen.
        let words = if first.len() > 3 { "chg" } else { "diff" };
        let metric = format!("{}.{first}.change", other.name);
        findings.headline(format!("{first} {words}"), metric);
    }
    let heads = base.heads("table");
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let title = "Performance on each table";
    findings.table(PERFORMANCE, title, &heads, performances);
    if others.is_empty() {
        return;
    }
    findings.table(
        "change",
        "Change from the dataset",
        &[
            "metric",
            "before",
            "now",
            "change",
            "95% low",
            "high",
            "relative",
            "adjusted p",
        ],
        rows,
    );
    findings.figures.push(figure(base, &changed));
    for (other, changes) in &changed {
        warn_of_loss(&other.name, changes, findings);
    }
    findings.note(format!(
        "95% intervals of changes: now - before -+ 1.96 sqrt(error^2 + error^2), with the standard \
         errors of {}; the tables are taken as independent samples",
        match base.outcome {
            Outcome::Binary { .. } => {
                "DeLong for AUC, of a share for accuracy, of multinomial counts for F1, of a mean \
                 for log loss"
            }
            Outcome::Classes { .. } => {
                "a share for accuracy, of a mean for log loss, by the delta method for macro AUC \
                 and F1"
            }
            Outcome::Numbers(_) => "a mean for MAE, by the delta method for RMSE and R2",
        }
    ));
    let tests = changed.iter().flat_map(|(_, changes)| changes);
    let tests = tests.filter(|change| change.adjusted.is_some()).count();
    findings.note(format!(
        "a loss is beyond chance at 5% by the z-test of its change, corrected by Holm for the {tests} \
         metrics of all tables that are judged; the intervals are those of each change alone"
    ));
    for other in others.iter().filter(|other| !is_judged(other)) {
        if other.outcome.rows() == 0 {
            findings.warn(format!(
                "{}: it has no rows, so its metrics and its drift are undefined",
                other.name
            ));
            continue;
        }
        findings.note(format!(
            "{}: {} rows, fewer than {SMALL_GROUP_ROWS}, are too few to judge a loss by",
            other.name,
            other.outcome.rows()
        ));
    }
    score(&changed, &base.outcome, findings);
}

/// Warns of the metrics that are worse beyond chance.
fn warn_of_loss(name: &str, changes: &[Change], findings: &mut Findings) {
    let worse = changes.iter().filter(|change| change.is_worse());
    let worse = worse.filter_map(|change| {
        let (low, high) = change.interval()?;
        let (low, high) = (display::metric(low), display::metric(high));
        let metric = words(change.metric);
        let by = display::metric(change.change()?);
        Some(format!("{metric} by {by} ({low} to {high})"))
    });
    let worse: Vec<String> = worse.collect();
    if !worse.is_empty() {
        findings.warn(format!("{name}: worse beyond chance: {}", worse.join(", ")));
    }
}

fn figure(base: &Scored, changed: &[(&Scored, Vec<Change>)]) -> Figure {
    let first = |scored: &Scored| scored.measures.first().and_then(|(_, value)| *value);
    let bar = |name: &str, scored: &Scored, flagged: bool| Bar {
        label: name.to_owned(),
        value: first(scored),
        interval: None,
        note: format!("n {}", display::count(scored.outcome.rows() as u64)),
        flagged,
    };
    let mut bars = vec![bar("dataset", base, false)];
    bars.extend(changed.iter().map(|(other, changes)| {
        let flagged = changes.first().is_some_and(Change::is_worse);
        bar(&other.name, other, flagged)
    }));
    Figure::Bars {
        title: format!("{} on each table", words(base.outcome.first_name())),
        bars,
        reference: first(base).map(|value| ReferenceLine {
            value,
            label: "dataset".to_owned(),
        }),
        from: 0.0,
    }
}

/// What is left on the alternative data that costs most: see [`Outcome::kept`].
fn score(changed: &[(&Scored, Vec<Change>)], outcome: &Outcome, findings: &mut Findings) {
    let kept = |change: &Change| {
        let unknown = |sure: Sure| Some((sure.value?, sure.error.unwrap_or(f64::NAN)));
        let (before, now) = (unknown(change.before)?, unknown(change.now)?);
        let [upper, lower] = outcome.kept(before, now)?;
        Some((upper.0 / lower.0, ratio_interval(upper, lower)))
    };
    let known = changed.iter().filter_map(|(other, changes)| {
        let (value, interval) = kept(changes.first()?)?;
        Some((*other, value, interval))
    });
    let Some((other, value, interval)) = known.min_by(|a, b| a.1.total_cmp(&b.1)) else {
        return;
    };
    let before = format!("{} on the dataset", words(outcome.first_name()));
    let meaning = format!(
        "{} on the alternative data that costs most: {}",
        outcome.kept_words(&before),
        other.name
    );
    findings.score(Some(value), interval, meaning);
}
