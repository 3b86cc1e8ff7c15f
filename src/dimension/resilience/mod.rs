//! Resilience: how far the alternative data lies from the dataset, feature by feature, what the
//! model loses on it, whether prediction sets still cover, and how the model does on its worst rows,
//! on unusual rows and in the worst cluster of like rows.

mod answers;
mod coverage;
mod degradation;
mod drift;
mod other_tasks;
mod worst;

use super::preset::ResilienceEffort;
use crate::dimension::findings::{Findings, named, text};
use crate::dimension::{Inputs, Validation, lacks_model};
use crate::event::{Cell, Preset};
use crate::experiment::Task;
use crate::metrics::classification::Performance;
use crate::metrics::drift::NumericSample;
use crate::metrics::standard_error::StandardErrors;
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
        let effort = ResilienceEffort::of(inputs.preset);
        let base = Scored::of(inputs, TableId::Dataset)?;
        let others = alternatives(inputs.catalogue).into_iter();
        let others = others.map(|id| Scored::of(inputs, id));
        let others: Vec<Scored> = others.collect::<Result<_, _>>()?;
        let mut findings = Findings::default();
        degradation::report(&base, &others, &mut findings);
        let ids: Vec<TableId> = others.iter().map(|other| other.id.clone()).collect();
        let scores = NumericSample::new(&base.scores);
        for (other, drift) in others.iter().zip(drift::TableDrift::of(inputs, &ids)?) {
            drift::features(&drift, &other.name, &mut findings);
            let both = Some((&scores, &*other.scores));
            answers::report(&drift.target, &other.name, both, &mut findings);
        }
        coverage::report(inputs, &base, &others, &mut findings);
        worst::report(inputs, &base, effort, &mut findings)?;
        Ok(findings)
    }
}

fn alternatives(catalogue: &Catalogue) -> Vec<TableId> {
    let ids = catalogue.tables().map(|(id, _)| id.clone());
    ids.filter(|id| matches!(id, TableId::Alternative(_)))
        .collect()
}

/// A table with its outcomes and scores.
struct Scored {
    id: TableId,
    /// What its metrics begin with.
    name: String,
    labels: Vec<bool>,
    scores: Vec<f64>,
    threshold: f64,
    performance: Performance,
    errors: StandardErrors,
}

impl Scored {
    fn of(inputs: &Inputs<'_>, id: TableId) -> Result<Self, String> {
        let labels = inputs.labels(&id)?;
        let scores = inputs.scores(id.clone())?;
        let threshold = inputs.catalogue.threshold();
        Ok(Self {
            name: match &id {
                TableId::Alternative(stem) => stem.to_string(),
                TableId::Dataset | TableId::Calibration => "base".to_owned(),
            },
            id,
            performance: Performance::measure(&labels, &scores, threshold),
            errors: StandardErrors::measure(&labels, &scores, threshold),
            labels,
            scores,
            threshold,
        })
    }
}

fn performance_row(name: &str, n: usize, performance: &Performance) -> Vec<Cell> {
    let mut row = vec![text(name), Cell::Count(n as u64)];
    row.extend(named(performance).map(|(_, value)| Cell::from(value)));
    row
}
