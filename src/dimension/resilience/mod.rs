//! Resilience: how far the alternative data lies from the dataset, feature by feature, what the
//! model loses on it, whether prediction sets still cover, and how the model does on its worst rows,
//! on unusual rows and in the worst cluster of like rows.

mod answers;
mod coverage;
mod degradation;
mod drift;
mod worst;

use super::preset::ResilienceEffort;
use crate::dimension::findings::{Findings, text};
use crate::dimension::outcome::{Measures, Outcome, pick};
use crate::dimension::{Inputs, Validation, need_model};
use crate::event::Cell;
use crate::metrics::drift::NumericSample;
use crate::resource::{Catalogue, Key, TableId};
use crate::vocabulary::{Preset, Problem};

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
        let before = keys.len();
        for id in alternatives(catalogue) {
            keys.extend(columns(&id));
            keys.push(Key::predictions(model.clone(), id));
        }
        if keys.len() == before {
            let problem = Problem::new("no alternative data");
            let problem = problem.remedy("name it in `alternative` under [dataset]");
            return Err(problem.setting("dataset.alternative"));
        }
        need_model(catalogue, "alternative data ask the model about new rows")?;
        if is_surveyed {
            keys.push(Key::Drift);
            keys.push(worst::unusual_rows(ResilienceEffort::of(preset)));
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
        let base = Scored::of(inputs, TableId::Dataset)?;
        let others = alternatives(inputs.catalogue).into_iter();
        let others = others.map(|id| Scored::of(inputs, id));
        let others: Vec<Scored> = others.collect::<Result<_, _>>()?;
        let mut findings = Findings::default();
        degradation::report(&base, &others, &mut findings);
        let ids: Vec<TableId> = others.iter().map(|other| other.id.clone()).collect();
        let has_one_score = base.outcome.columns() == 1;
        let scores = has_one_score.then(|| NumericSample::new(&base.scores));
        for (other, drift) in others.iter().zip(drift::TableDrift::of(inputs, &ids)?) {
            drift::features(&drift, &other.name, &mut findings);
            let both = scores.as_ref().map(|scores| (scores, &*other.scores));
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
    outcome: Outcome,
    scores: Vec<f64>,
    measures: Measures,
}

impl Scored {
    fn of(inputs: &Inputs<'_>, id: TableId) -> Result<Self, Problem> {
        let outcome = inputs.outcome(&id)?;
        let scores = inputs.scores(id.clone())?;
        Ok(Self {
            name: match &id {
                TableId::Alternative(stem) => stem.to_string(),
                _ => "base".to_owned(),
            },
            id,
            measures: outcome.performance(&scores),
            outcome,
            scores,
        })
    }

    /// The metrics on some of the rows.
    fn of_rows(&self, rows: &[u32]) -> Measures {
        let scores = pick(&self.scores, self.outcome.columns(), rows);
        self.outcome.of_rows(rows).performance(&scores)
    }

    /// The heads of a table of [`measures_row`]s.
    fn heads(&self, first: &'static str) -> Vec<String> {
        let names = self.measures.iter().map(|(name, _)| name.replace('_', " "));
        let first = [first, "n"].map(str::to_owned).into_iter();
        first.chain(names).collect()
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
