//! Resilience: how far the alternative data lies from the dataset, feature by feature, what the
//! model loses on it, whether prediction sets still cover, and how the model does on its worst rows,
//! on unusual rows and in the worst cluster of like rows. Tables need no labels: what the model can be
//! expected to do there is estimated.

mod answers;
mod calibrated;
mod coverage;
mod degradation;
mod drift;
mod estimate;
mod tables;
mod worst;

use super::preset::ResilienceEffort;
use crate::dimension::findings::{Findings, text};
use crate::dimension::outcome::Measures;
use crate::dimension::{Inputs, Validation, need_model};
use crate::event::Cell;
use crate::metrics::drift::NumericSample;
use crate::resource::{Catalogue, Key, TableId};
use crate::vocabulary::{Preset, Problem};
use tables::{Scored, Seen, alternatives};

/// The table of the performance on every table.
const PERFORMANCE: &str = "degradation";

pub(super) struct Resilience;

impl Validation for Resilience {
    fn needs(&self, catalogue: &Catalogue, preset: Preset) -> Result<Vec<Key>, Problem> {
        let model = catalogue.validated();
        let features = catalogue.features();
        let is_surveyed = catalogue.are_features_surveyed();
        let columns = |id: &TableId| {
            let mut keys = catalogue.outcomes(id);
            if !is_surveyed {
                keys.extend(catalogue.columns(id, &features));
            }
            keys.sort();
            keys.dedup();
            keys
        };
        let mut keys = columns(&TableId::Dataset);
        keys.push(Key::predictions(model.clone(), TableId::Dataset));
        for id in alternatives(catalogue) {
            keys.extend(columns(&id));
            keys.push(Key::predictions(model.clone(), id));
        }
        keys.extend(estimate::needs(catalogue));
        if alternatives(catalogue).is_empty() {
            let problem = Problem::new("no alternative data");
            let problem = problem.remedy("name it in `alternative` under [dataset]");
            return Err(problem.setting("dataset.alternative"));
        }
        need_model(catalogue, "alternative data ask the model about new rows")?;
        if is_surveyed {
            keys.push(Key::Drift);
            let is_labelled = catalogue.is_labelled(&TableId::Dataset);
            keys.extend(is_labelled.then(|| worst::unusual_rows(ResilienceEffort::of(preset))));
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

    fn evaluate(&self, inputs: &Inputs<'_>) -> Result<Findings, Problem> {
        let effort = ResilienceEffort::of(inputs.preset);
        let base = Seen::of(inputs, TableId::Dataset)?;
        let others = alternatives(inputs.catalogue).into_iter();
        let others = others.map(|id| Seen::of(inputs, id));
        let others: Vec<Seen> = others.collect::<Result<_, _>>()?;
        let labelled: Vec<&Scored> = others.iter().filter_map(Seen::labelled).collect();
        let mut findings = Findings::default();
        if let Some(base) = base.labelled() {
            degradation::report(base, &labelled, &mut findings);
        }
        estimate::report(inputs, &base, &others, &mut findings)?;
        let ids: Vec<TableId> = others.iter().map(|other| other.id().clone()).collect();
        let has_one_score = inputs.catalogue.score_columns() == 1;
        let scores = has_one_score.then(|| NumericSample::new(base.scores()));
        for (other, drift) in others.iter().zip(drift::TableDrift::of(inputs, &ids)?) {
            drift::features(&drift, other.name(), &mut findings);
            let both = scores.as_ref().map(|scores| (scores, other.scores()));
            answers::report(drift.target.as_ref(), other.name(), both, &mut findings);
        }
        if let Some(base) = base.labelled() {
            coverage::report(inputs, base, &labelled, &mut findings);
            worst::report(inputs, base, effort, &mut findings)?;
        }
        let target = &inputs.catalogue.experiment.dataset.target;
        findings.notes(others.iter().filter_map(Seen::unlabelled).map(|other| {
            format!(
                "{}: it has no column `{target}`, so how well the model does there, and how far the \
                 target has moved, is not known",
                other.name
            )
        }));
        Ok(findings)
    }
}

fn measures_row(name: &str, n: usize, measures: &Measures) -> Vec<Cell> {
    let mut row = vec![text(name), Cell::Count(n as u64)];
    row.extend(measures.iter().map(|(_, value)| Cell::from(*value)));
    row
}

/// A metric out of several by its name.
fn measure(measures: &Measures, name: &str) -> Option<f64> {
    measures.iter().find(|(own, _)| *own == name)?.1
}
