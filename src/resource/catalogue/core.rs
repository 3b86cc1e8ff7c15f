//! The core: what the dataset and the validated model make of the experiment. All that is validated
//! rests on it, so it is drawn as soon as its facts are there, and every problem in it is told at once.

use super::facts::Unbound;
use super::labels::task_is_open;
use super::{Catalogue, problems};
use crate::experiment::Trend;
use crate::inference::{Header, ScoreKind};
use crate::resource::key::{Key, TableId};
use crate::resource::matching::missing_column;
use crate::resource::precomputed::Precomputed;
use crate::resource::predictions::MOST_TOGETHER;
use crate::resource::scores::ScoreMeaning;
use crate::resource::table::{ColumnType, list};
use crate::resource::table_file::TableSchema;
use crate::resource::task::{self, Told};
use crate::settings::nearest;
use crate::vocabulary::{Device, Grouping, Note, Problem, Problems, RunsOn, Task};

/// What the dataset and the validated model make of the experiment.
pub(super) struct Core {
    pub(super) task: Task,
    pub(super) meaning: ScoreMeaning,
    /// What a missing text becomes, where the experiment does not say and the model's encoders do.
    pub(super) missing_text: Option<String>,
    pub(super) precomputed: Option<Precomputed>,
    pub(super) expected: Option<Precomputed>,
    pub(super) notes: Vec<Note>,
}

impl Core {
    /// Stands in as long as nothing is known.
    pub(super) const fn nothing() -> Self {
        Self {
            task: Task::Regression,
            meaning: ScoreMeaning::Probability,
            missing_text: None,
            precomputed: None,
            expected: None,
            notes: Vec::new(),
        }
    }
}

impl Catalogue {
    /// Draws the core from the facts, and with it how the validated model is fed and read.
    pub(super) fn bind_core(&mut self) -> Result<Core, Unbound> {
        self.look_for_facts()?;
        let validated = self.validated();
        let dataset = self.schema_or_lack(TableId::Dataset)?;
        let mut wrong = self.check_target(dataset)?;
        wrong.extend(self.check_dataset(dataset));
        let mut notes = self.written_notes();
        let header = self.facts.header(&validated).cloned();
        let missing_text = header
            .as_deref()
            .and_then(|h| self.tell_missing_text(h, &mut notes));
        if let Some(header) = &header {
            match self.match_validated(header, &mut notes) {
                Ok(bound) => {
                    self.bound.insert(validated.clone(), Ok(bound.into()));
                    wrong.extend(self.check_constraints());
                }
                Err(found) => wrong.extend(found.0),
            }
        }
        self.use_columns();
        if !wrong.is_empty() {
            return Err(Unbound::Unsound(Problems(wrong)));
        }
        let runs_on = self.bound(&validated).map(|model| model.backend.runs_on());
        if runs_on == Some(RunsOn::OnnxRuntime) && self.facts.runtime().is_none() {
            return Err(Unbound::Lacks(vec![Key::Runtime]));
        }
        let task = self.find_task(&mut notes)?;
        if matches!(task, Task::MultiClass(_)) && !self.experiment.constraints.is_empty() {
            let cause = "constraints are of one score, and several classes have one each";
            return Err(Unbound::Unsound(problems(
                "constraints",
                [Problem::new(cause)],
            )));
        }
        let mut meaning = ScoreMeaning::Probability;
        let mut warnings = Vec::new();
        if header.is_some() {
            let reading = self.read_validated(&task, &mut notes)?;
            meaning = reading.meaning;
            warnings.extend(self.mixing_note());
            notes.extend(self.unread_note());
            notes.extend(self.device_note());
        }
        let precomputed =
            self.scores_of("model.predictions", &TableId::Scores, &task, &mut notes)?;
        let expected = self.scores_of(
            "model.expected",
            &TableId::ExpectedScores,
            &task,
            &mut notes,
        )?;
        if let Some(precomputed) = &precomputed {
            meaning = precomputed.meaning;
            if self.experiment.model.path.is_some() {
                notes.push(
                    "the scores come from the file under `predictions`: the model itself is not \
                     opened"
                        .to_owned(),
                );
            }
        }
        notes.extend(
            header
                .iter()
                .flat_map(|header| header.signature.notes.clone()),
        );
        Ok(Core {
            task,
            meaning,
            missing_text,
            precomputed,
            expected,
            notes: self
                .unlabelled_note()
                .into_iter()
                .chain(warnings.into_iter().map(Note::warning))
                .chain(notes.into_iter().map(Note::info))
                .collect(),
        })
    }

    /// What every experiment rests on.
    fn look_for_facts(&self) -> Result<(), Unbound> {
        let lacking = |key: &Key| !self.facts.has(key);
        let mut needed = vec![Key::Table(TableId::Dataset)];
        for id in [TableId::Scores, TableId::ExpectedScores] {
            needed.extend(self.has_table(&id).then_some(Key::Table(id)));
        }
        let validated = self.validated();
        if self.models.contains_key(&validated) {
            needed.push(Key::Header(validated));
        }
        needed.retain(lacking);
        if needed.is_empty() {
            Ok(())
        } else {
            Err(Unbound::Lacks(needed))
        }
    }

    fn check_dataset(&self, schema: &TableSchema) -> Vec<Problem> {
        let dataset = &self.experiment.dataset;
        let mut wrong = Vec::new();
        if schema.column_type(&dataset.target) == Some(ColumnType::Other) {
            let problem = not_taken(&dataset.target, schema);
            wrong.push(problem.under("dataset.target").in_file(&dataset.path));
        }
        for protected in &self.experiment.protected {
            let name = &protected.name;
            let problem = match (schema.column_type(name), &protected.grouping) {
                (None, _) => missing_column(name, schema),
                (Some(ColumnType::Other), _) => not_taken(name, schema),
                (Some(ColumnType::Text | ColumnType::Date), Grouping::CutPoints(_)) => {
                    let example = schema.text_examples.get(name);
                    let example = example.map(|text| format!(" such as {text}"));
                    let example = example.unwrap_or_default();
                    Problem::new(format!(
                        "the column holds texts{example}, so it has no cut points"
                    ))
                    .in_column(name)
                    .remedy("write \"categories\"")
                }
                _ => continue,
            };
            let key = format!("protected.{name}");
            wrong.push(problem.under(key).in_file(&dataset.path));
        }
        for trend in &self.experiment.constraints.monotone {
            let name = &trend.feature;
            let problem = match schema.column_type(name) {
                None => missing_column(name, schema),
                Some(ColumnType::Number(_)) => continue,
                Some(_) => Problem::new("a score is monotone in numbers only").in_column(name),
            };
            let key = format!("constraints.{name}");
            wrong.push(problem.under(key).in_file(&dataset.path));
        }
        wrong
    }

    /// The constraints on columns that the model does not take.
    fn check_constraints(&self) -> Vec<Problem> {
        let features = self.features();
        let trends = self.experiment.constraints.monotone.iter();
        let schema = self.schema(&TableId::Dataset);
        // What the dataset does not have has been told.
        let is_there = |name: &str| schema.is_some_and(|schema| schema.has(name));
        let strange =
            trends.filter(|trend| is_there(&trend.feature) && !features.contains(&trend.feature));
        let problem = |trend: &Trend| {
            let name = &trend.feature;
            let near = nearest(name, features.iter().map(String::as_str));
            let near = near.map(|near| format!("; did you mean `{near}`?"));
            let near = near.unwrap_or_default();
            let problem = Problem::new(format!("the model takes no column `{name}`{near}"));
            problem.under(format!("constraints.{name}"))
        };
        strange.map(problem).collect()
    }

    /// How files of text were taken to be written, where that is not as usual.
    fn written_notes(&self) -> Vec<String> {
        let tables = self.tables.iter().filter_map(|(id, path)| {
            let written = self.schema(id)?.written.as_deref()?;
            Some(format!(
                "{} is read as {written}: `separator`, `decimal` and `encoding` under [dataset] say \
                 otherwise",
                path.display()
            ))
        });
        tables.collect()
    }

    fn tell_missing_text(&self, header: &Header, notes: &mut Vec<String>) -> Option<String> {
        if self.experiment.dataset.missing_text.is_some() {
            return None;
        }
        let text = header.signature.missing_text.clone()?;
        notes.push(format!(
            "a missing text is fed as `{text}`, which the model knows: name another in \
             `missing_text` under [dataset], or with --missing-text"
        ));
        Some(text)
    }

    /// What the target holds: what the experiment says, or what model and target tell.
    fn find_task(&self, notes: &mut Vec<String>) -> Result<Task, Unbound> {
        let dataset = &self.experiment.dataset;
        if self.labelled_table().is_none() {
            return self.task_without_labels();
        }
        if self.is_detector() {
            let Some(values) = self.facts.target() else {
                return Err(Unbound::Lacks(vec![Key::TargetValues]));
            };
            task::check_detected(&dataset.target, values).map_err(|problem| {
                let problem = problem.under("dataset.target");
                Unbound::from(problem.in_file(&dataset.path))
            })?;
        }
        if let Some(task) = &dataset.task {
            return Ok(task.clone());
        }
        let Some(values) = self.facts.target() else {
            return Err(Unbound::Lacks(vec![Key::TargetValues]));
        };
        let told = match (self.schema(&TableId::Scores), self.bound(&self.validated())) {
            (Some(scores), _) => Told::File(scores),
            (None, Some(model)) => Told::Model(&model.header.signature),
            (None, None) => return Err(Problem::new("there is neither a model nor scores").into()),
        };
        task::tell(&told, &dataset.target, values, notes).map_err(|problem| {
            problem
                .under("dataset.target")
                .in_file(&dataset.path)
                .into()
        })
    }

    /// What the target would hold: what the experiment says, or a model that can predict numbers only.
    fn task_without_labels(&self) -> Result<Task, Unbound> {
        let model = self.bound(&self.validated());
        let score = model.map(|model| model.header.signature.score);
        match (&self.experiment.dataset.task, score) {
            (Some(task), _) => Ok(task.clone()),
            (None, Some(ScoreKind::Regression { .. })) => Ok(Task::Regression),
            (None, _) => Err(task_is_open()),
        }
    }

    /// Does the validated model tell outliers from the rest?
    fn is_detector(&self) -> bool {
        let model = self.bound(&self.validated());
        model.is_some_and(|model| model.header.signature.is_detector)
    }

    /// A file of scores: that which stands in for the model, or that which is expected of it.
    fn scores_of(
        &self,
        key: &str,
        id: &TableId,
        task: &Task,
        notes: &mut Vec<String>,
    ) -> Result<Option<Precomputed>, Unbound> {
        let (Some(path), Some(scores)) = (self.tables.get(id), self.schema(id)) else {
            return Ok(None);
        };
        let rows = self.schema_or_lack(TableId::Dataset)?.rows;
        let output = self.experiment.model.output;
        let found = Precomputed::find(path, scores, task, output, notes);
        let found = found.and_then(|found| found.check_rows(rows).map(|()| found));
        match found {
            Ok(found) => Ok(Some(found)),
            Err(problem) => Err(Unbound::Unsound(problems(key, [problem.in_file(path)]))),
        }
    }
}

/// That a column is of a type that is neither numbers nor texts.
fn not_taken(name: &str, schema: &TableSchema) -> Problem {
    Problem::new(format!(
        "the column is of type {}, which is neither numbers nor texts",
        schema.type_name(name)
    ))
    .in_column(name)
    .remedy("convert it to one of these")
}

impl Catalogue {
    /// That the validated model never looks at some of its columns, where that is so.
    fn unread_note(&self) -> Option<String> {
        let unread = self.never_looked_at(&self.validated());
        let all = self.features().len();
        (!unread.is_empty()).then(|| {
            format!(
                "the model never looks at {} of its {all} columns ({}): they are not read for it",
                unread.len(),
                list(&unread)
            )
        })
    }

    /// That the validated model makes no use of the device that was asked for, where that is so.
    pub fn device_note(&self) -> Option<String> {
        let validated = self.validated();
        let runs_natively = self.bound(&validated)?.backend.runs_on() == RunsOn::Native;
        let device = self.settings.device;
        (device != Device::Cpu && runs_natively).then(|| {
            format!(
                "the model runs natively, which is on the processor: nothing of it lives on {device} \
                 (backend = \"onnxruntime\" has it run there)"
            )
        })
    }

    /// Says that rows are not scored each by itself, where a trial of the validated model has shown
    /// that.
    pub fn mixing_note(&self) -> Option<String> {
        let model = self.bound(&self.validated())?;
        let change = model.mixing?;
        Some(match model.header.signature.fixed_batch() {
            Some(batch) => format!(
                "the scores of a row depend on the {batch} rows of its batch (by up to {change:.1e} in a \
                 trial): they hold for these rows in this order, and not for a row by itself"
            ),
            None => format!(
                "the scores of a row depend on the rows beside it (by up to {change:.1e} in a trial; \
                 dynamic quantisation and normalisation by the batch do that): each table is scored in \
                 one batch, up to {MOST_TOGETHER} rows of it at a time, and a row by itself scores \
                 otherwise"
            ),
        })
    }
}
