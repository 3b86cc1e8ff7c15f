//! What the target and the scores mean, and where decisions are cut.

use super::{Catalogue, quantile_id};
use crate::event::{TaskKind, Understanding};
use crate::experiment::Model;
use crate::resource::key::ModelId;
use crate::resource::precomputed::Precomputed;
use crate::resource::scores::ScoreMeaning;
use crate::resource::table::same_value;
use crate::vocabulary::Task;

impl Catalogue {
    /// What kind of answer the target holds; a number as long as that is not known.
    pub fn task(&self) -> &Task {
        &self.core_or_default().task
    }

    /// The classes that are known without the rows at hand: the model's, those of the dataset where its
    /// target was looked at, and both codes where the positive class is one.
    pub fn known_classes(&self) -> Vec<String> {
        let model = self.bound(&self.validated());
        let classes = model.and_then(|model| model.header.signature.classes.clone());
        let mut known = classes.unwrap_or_default();
        known.extend(
            self.facts
                .target()
                .into_iter()
                .flat_map(|t| t.distinct.clone()),
        );
        if let Task::Binary { positive } = self.task() {
            let codes = ["0", "1"];
            if codes.iter().any(|code| same_value(code, positive)) {
                known.extend(codes.map(str::to_owned));
            }
        }
        known
    }

    /// What the validated model's scores mean.
    pub fn score_meaning(&self) -> ScoreMeaning {
        self.core_or_default().meaning
    }

    /// What the experiment was understood to be.
    pub fn understanding(&self) -> Understanding {
        let (task, classes) = match self.task() {
            Task::Binary { positive } => (TaskKind::Binary, vec![positive.clone()]),
            Task::MultiClass(classes) => (TaskKind::MultiClass, classes.clone()),
            Task::Regression => (TaskKind::Regression, Vec::new()),
        };
        let model = self.bound(&self.validated());
        let reading = model.and_then(|model| Some((model.reading.as_ref()?, model)));
        let score = match (self.precomputed(), reading) {
            (Some(precomputed), _) => precomputed.in_words(),
            (None, Some((reading, model))) => reading.in_words(&model.header.signature),
            (None, None) => String::new(),
        };
        let has_threshold = task == TaskKind::Binary && self.score_meaning() != ScoreMeaning::Label;
        Understanding {
            task,
            target: self.experiment.dataset.target.clone(),
            classes,
            score,
            threshold: has_threshold.then(|| self.threshold()),
            expected: self.expected().map(Precomputed::describe),
        }
    }

    /// The models of the ends of an interval around the prediction, and the share of rows that
    /// they leave outside.
    pub fn quantiles(&self) -> Option<(ModelId, ModelId, f64)> {
        let quantiles = self.experiment.model.quantiles.as_ref()?;
        let (lower, upper) = (quantile_id(&quantiles.lower), quantile_id(&quantiles.upper));
        Some((lower, upper, quantiles.alpha))
    }

    /// From this score on, a row is in the positive class.
    pub fn threshold(&self) -> f64 {
        self.threshold_for(self.score_meaning())
    }

    /// As [`threshold`](Self::threshold), for a model of its own.
    pub fn threshold_of(&self, model: &ModelId) -> f64 {
        let reading = self.bound(model).and_then(|model| model.reading.as_ref());
        let meaning = reading.map(|reading| reading.meaning);
        self.threshold_for(meaning.unwrap_or(ScoreMeaning::Probability))
    }

    /// The threshold at which a model's own label is expected to be cut; none where the user has set
    /// another.
    pub(in crate::resource) fn own_threshold(&self, model: &ModelId) -> Option<f64> {
        let usual = Model::default().threshold;
        let meaning = self.bound(model)?.reading.as_ref()?.meaning;
        let is_set = meaning == ScoreMeaning::Probability
            && self.experiment.model.threshold.to_bits() != usual.to_bits();
        (!is_set).then(|| self.threshold_for(meaning))
    }

    fn threshold_for(&self, meaning: ScoreMeaning) -> f64 {
        match meaning {
            ScoreMeaning::Probability => self.experiment.model.threshold,
            ScoreMeaning::Margin => 0.0,
            ScoreMeaning::Label | ScoreMeaning::Number => 0.5,
        }
    }

    /// Scores a row: one a class where there are several, else one.
    pub fn score_columns(&self) -> usize {
        match self.task() {
            Task::MultiClass(classes) => classes.len(),
            Task::Binary { .. } | Task::Regression => 1,
        }
    }
}
