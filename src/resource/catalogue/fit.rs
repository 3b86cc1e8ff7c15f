//! How models are fed and read: their headers fitted to the dataset's schema.

use std::sync::Arc;

use super::facts::Unbound;
use super::{BoundModel, Catalogue, problems};
use crate::inference::{self, Doubt, Header};
use crate::resource::key::{Key, ModelId, TableId};
use crate::resource::kind::score_sample::{self, RowTrial};
use crate::resource::matching::{InputPlan, match_inputs};
use crate::resource::scores::ScoreReading;
use crate::resource::table_file::Wanted;
use crate::vocabulary::{BackendChoice, ModelOutput, Problem, Problems, RunsOn, Task};

impl Catalogue {
    /// How the validated model is fed.
    pub(super) fn match_validated(
        &self,
        header: &Arc<Header>,
        notes: &mut Vec<String>,
    ) -> Result<BoundModel, Problems> {
        self.match_model(&self.validated(), header, notes)
            .map_err(|found| problems("model.path", found.0))
    }

    fn match_model(
        &self,
        id: &ModelId,
        header: &Arc<Header>,
        notes: &mut Vec<String>,
    ) -> Result<BoundModel, Problems> {
        let path = self.model_path(id)?;
        let backend = inference::choose(path, header, self.settings.backend);
        let backend = backend.map_err(|error| Problem::new(error.to_string()));
        let backend = match self.refused.get(id) {
            Some(reason) => Ok(BackendChoice::Uncovered {
                what: vec![reason.clone()],
            }),
            None => backend,
        };
        let Some(dataset) = self.facts.schema(&TableId::Dataset) else {
            return Err(Problem::new("the dataset is not known").into());
        };
        let target = &self.experiment.dataset.target;
        if !dataset.has(target)
            && !matches!(self.check_target(dataset), Ok(wrong) if wrong.is_empty())
        {
            // With a wrong target every model looks wrong; what is wrong has been told.
            return Err(Problems(backend.err().into_iter().collect()));
        }
        if let Some(doubt) = &header.signature.doubt {
            let problem = doubted(doubt).in_file(path);
            return Err(Problems(
                backend.err().into_iter().chain([problem]).collect(),
            ));
        }
        let features = self.experiment.model.features.as_deref();
        let inputs = match_inputs(&header.signature, dataset, target, features, notes);
        let inputs = inputs.map_err(|found| {
            let found = found.into_iter().map(|problem| problem.in_file(path));
            Problems(found.collect())
        });
        match (inputs, backend) {
            (Ok(mut inputs), Ok(backend)) if backend.runs_on() == RunsOn::Native => {
                for (input, column) in &header.unread {
                    inputs[*input].unread.insert(*column);
                }
                Ok(BoundModel {
                    header: header.clone(),
                    inputs,
                    backend,
                    reading: None,
                    mixing: None,
                })
            }
            (Ok(inputs), Ok(backend)) => Ok(BoundModel {
                header: header.clone(),
                inputs,
                backend,
                reading: None,
                mixing: None,
            }),
            (inputs, backend) => {
                let uncovered = backend.err().into_iter();
                let unfit = inputs.err().into_iter().flat_map(|found| found.0);
                Err(Problems(uncovered.chain(unfit).collect()))
            }
        }
    }

    /// How the validated model's scores are read, once the task is known.
    pub(super) fn read_validated(
        &mut self,
        task: &Task,
        notes: &mut Vec<String>,
    ) -> Result<ScoreReading, Unbound> {
        let id = self.validated();
        let Some(model) = self.bound(&id).cloned() else {
            return Err(Problem::new("the model is not known").into());
        };
        let reading = self.read_model(&id, &model, task, notes)?;
        let reading = reading.map_err(|problem| {
            let problem = match self.model_path(&id) {
                Ok(path) => problem.in_file(path),
                Err(_) => problem,
            };
            Unbound::Unsound(problems("model.path", [problem]))
        })?;
        let bound = BoundModel {
            reading: Some(reading.clone()),
            mixing: self.mixing(&id),
            ..model
        };
        self.bound.insert(id, Ok(Arc::new(bound)));
        Ok(reading)
    }

    /// How a model's scores are read; an outer error where a sample of them must be seen first.
    fn read_model(
        &self,
        id: &ModelId,
        model: &BoundModel,
        task: &Task,
        notes: &mut Vec<String>,
    ) -> Result<Result<ScoreReading, Problem>, Unbound> {
        let mut output = self.output_of(id);
        if self.takes_sample(id, model, task) {
            let Some(sample) = self.facts.sample(id) else {
                return Err(Unbound::Lacks(vec![Key::ScoreSample(id.clone())]));
            };
            if let RowTrial::Random(change) = sample.rows {
                return Ok(Err(Problem::new(format!(
                    "the model gives the same rows other scores every time (by up to {change:.1e} in a \
                     trial): it draws random numbers, or was exported in training mode"
                ))
                .remedy("export it in evaluation mode, without dropout or sampling")));
            }
            if let Some((meaning, how)) = &sample.meaning
                && self.is_meaning_open(id, model, task)
            {
                notes.push(how.clone());
                output = Some(*meaning);
            }
        }
        Ok(ScoreReading::find(
            &model.header.signature,
            task,
            output,
            notes,
        ))
    }

    /// The output that the user names for a model's score.
    pub(in crate::resource) fn score_output(&self, id: &ModelId) -> Option<&str> {
        let named = self.experiment.model.score_output.as_deref();
        named.filter(|_| matches!(id, ModelId::Validated(_)))
    }

    fn output_of(&self, id: &ModelId) -> Option<ModelOutput> {
        let is_validated = matches!(id, ModelId::Validated(_));
        self.experiment.model.output.filter(|_| is_validated)
    }

    fn takes_sample(&self, id: &ModelId, model: &BoundModel, task: &Task) -> bool {
        self.is_meaning_open(id, model, task)
            || score_sample::tries_rows(&model.header.signature, model.backend.runs_on())
    }

    fn is_meaning_open(&self, id: &ModelId, model: &BoundModel, task: &Task) -> bool {
        self.output_of(id).is_none()
            && *task != Task::Regression
            && score_sample::settles_meaning(&model.header.signature)
    }

    /// How far a row's scores depend on the rows beside it, where they do.
    fn mixing(&self, id: &ModelId) -> Option<f32> {
        match self.facts.sample(id)?.rows {
            RowTrial::Mixed(change) => Some(change),
            RowTrial::Apart | RowTrial::Random(_) => None,
        }
    }

    /// Does a sample of this model's scores settle what they mean?
    pub(in crate::resource) fn needs_sample(&self, id: &ModelId) -> bool {
        let model = self.bound(id);
        self.core.is_ok() && model.is_some_and(|model| self.takes_sample(id, model, self.task()))
            || self.facts.sample(id).is_some()
    }

    /// Fits all other models whose headers are known.
    pub(super) fn bind_others(&mut self) {
        if self.core.is_err() {
            return;
        }
        let task = self.task().clone();
        for id in self.models.keys().cloned().collect::<Vec<_>>() {
            let Some(header) = self.facts.header(&id).cloned() else {
                continue;
            };
            if matches!(id, ModelId::Validated(_)) {
                continue;
            }
            let bound = self.bind_model(&id, &header, &task);
            if let Ok(bound) = &bound {
                let columns: Vec<Wanted> =
                    bound.inputs.iter().flat_map(InputPlan::wanted).collect();
                self.add_columns(&id, &columns);
            }
            self.bound.insert(id, bound.map(Arc::new));
        }
    }

    fn bind_model(
        &self,
        id: &ModelId,
        header: &Arc<Header>,
        task: &Task,
    ) -> Result<BoundModel, Problem> {
        let mut notes = Vec::new();
        let mut bound = self.match_model(id, header, &mut notes).map_err(in_one)?;
        if let Ok(reading) = self.read_model(id, &bound, task, &mut notes) {
            let path = self.model_path(id)?;
            bound.reading = Some(reading.map_err(|problem| problem.in_file(path))?);
            bound.mixing = self.mixing(id);
        }
        Ok(bound)
    }
}

/// What is not clear about a model's outputs, and what would make it clear.
fn doubted(doubt: &Doubt) -> Problem {
    let remedy = match doubt {
        Doubt::Several { .. } => "name it in `score_output` under [model]",
        Doubt::SeveralLabels { .. } => {
            "export a model of the one target, or name the column that is its score in `score_output` \
             under [model], such as \"probabilities[0]\""
        }
        Doubt::Clusters => "export a model of the target",
        Doubt::NoClasses => {
            "export it in a form that says what its numbers are, or name the column that is the \
             prediction in `score_output` under [model]"
        }
        Doubt::OnlyInputs => "export the whole model, with what it predicts",
    };
    Problem::new(format!(
        "which of the model's outputs is the score cannot be told: {doubt}"
    ))
    .remedy(remedy)
}

/// All problems of a model as one.
fn in_one(Problems(found): Problems) -> Problem {
    let mut found = found.into_iter();
    let mut first = found.next().unwrap_or_default();
    for more in found {
        first.cause = format!("{}; {}", first.cause, more.cause);
    }
    first
}
