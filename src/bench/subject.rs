//! A model with the rows that it is measured on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::problem;
use crate::experiment::{Experiment, bundled as bundled_experiment};
use crate::inference::{ElementType, Signature, inspect};
use crate::metrics::random::NormalStream;
use crate::resource::source::Source;
use crate::resource::table::{Column, NumberKind, Table};
use crate::resource::table_file::{Wanted, read_schema, read_table};
use crate::resource::{Feeding, InputPlan, Reading, match_inputs};
use crate::vocabulary::{Problem, Problems, TableOptions};

/// Seed of made-up rows.
const SEED: u64 = 1;

/// A model with a table that fits it.
pub struct Subject {
    /// The model's name.
    pub name: String,
    /// The model's file.
    pub model: PathBuf,
    /// What it takes and gives.
    pub signature: Signature,
    /// The columns of every input.
    pub plans: Vec<InputPlan>,
    /// What was taken for granted.
    pub notes: Vec<String>,
    table: Table,
    missing_text: String,
}

/// How a table's columns become a model's inputs.
#[derive(Clone, Debug, Default)]
pub struct ColumnChoice {
    /// The column that is no input.
    pub target: Option<String>,
    /// The columns of a model of one tensor, in order; without it, all but the target.
    pub features: Option<Vec<String>>,
    /// What a missing text becomes.
    pub missing_text: String,
}

impl Subject {
    /// A model with a table of the user's; the error tells everything that does not fit.
    pub fn of_files(model: &Path, data: &Path, choice: &ColumnChoice) -> Result<Self, Problem> {
        let signature = inspect(model).map_err(problem)?;
        let source = Source::open(data)?;
        let options = TableOptions::default();
        let schema = read_schema(&source, &options)?;
        let wanted = choice.target.iter().chain(choice.features.iter().flatten());
        for name in wanted {
            if !schema.has(name) {
                let names: Vec<&str> = schema.names().collect();
                let names = names.join(", ");
                let cause = format!("there is no column `{name}`; the columns are {names}");
                return Err(Problem::new(cause).in_file(data).in_column(name));
            }
        }
        let mut notes = Vec::new();
        let target = choice.target.as_deref().unwrap_or("");
        let features = choice.features.as_deref();
        let plans = match_inputs(&signature, &schema, target, features, &mut notes)
            .map_err(|problems| Problem::new(Problems(problems).to_string()).in_file(data))?;
        let mut columns: BTreeMap<String, Reading> = BTreeMap::new();
        for (name, reading) in plans.iter().flat_map(InputPlan::wanted) {
            let known = columns.entry(name).or_default();
            *known = known.and(reading);
        }
        let columns: Vec<Wanted> = columns.into_iter().collect();
        Ok(Self {
            name: stem(model),
            model: model.to_owned(),
            signature,
            plans,
            notes,
            table: read_table(&source, &columns, &options)?,
            missing_text: choice.missing_text.clone(),
        })
    }

    /// A model with rows out of nothing: normal numbers where it takes fractions, zeros where it
    /// takes whole numbers, `?` where it takes texts. `widths` are the columns of its inputs.
    pub(super) fn made_up(model: &Path, widths: &[usize], rows: usize) -> Result<Self, Problem> {
        let signature = inspect(model).map_err(problem)?;
        let mut columns = BTreeMap::new();
        let mut plans = Vec::new();
        for (input, width) in signature.inputs.iter().zip(widths) {
            let names: Vec<String> = (0..*width).map(|i| format!("{}.{i}", input.name)).collect();
            for name in &names {
                columns.insert(name.clone(), made_up_column(name, input.element, rows));
            }
            plans.push(InputPlan {
                element: input.element,
                columns: names,
                unread: BTreeSet::new(),
            });
        }
        Ok(Self {
            name: stem(model),
            model: model.to_owned(),
            signature,
            plans,
            notes: Vec::new(),
            table: Table::new(rows, columns),
            missing_text: String::new(),
        })
    }

    /// The same rows over and over, `rows` in all.
    #[must_use]
    pub fn repeated(self, rows: usize) -> Self {
        let old = self.table.rows;
        let columns = self.table.columns().map(|(name, column)| {
            let column = match column {
                Column::Numbers { values, kind } => Column::Numbers {
                    values: (0..rows).map(|row| values[row % old]).collect(),
                    kind: *kind,
                },
                Column::Texts { categories, codes } => Column::Texts {
                    categories: categories.clone(),
                    codes: (0..rows).map(|row| codes[row % old]).collect(),
                },
            };
            (name.to_owned(), column)
        });
        Self {
            table: Table::new(rows, columns.collect()),
            ..self
        }
    }

    /// Rows in all.
    pub fn rows(&self) -> usize {
        self.table.rows
    }

    /// The columns of every input.
    pub(super) fn widths(&self) -> Vec<usize> {
        self.plans.iter().map(|plan| plan.columns.len()).collect()
    }

    /// The rows on their way into the model.
    pub fn feeding(&self) -> Result<Feeding<'_>, Problem> {
        Feeding::new(&self.table, &self.plans, &self.missing_text)
    }
}

fn made_up_column(name: &str, element: ElementType, rows: usize) -> Column {
    match element {
        ElementType::Text => Column::Texts {
            categories: vec!["?".to_owned()],
            codes: vec![0; rows],
        },
        ElementType::Float32 | ElementType::Float64 | ElementType::Float16 => {
            let mut values = vec![0.0; rows];
            NormalStream::new(SEED, name, 0).fill(0, &mut values);
            Column::Numbers {
                values: values.into_iter().collect(),
                kind: NumberKind::Float,
            }
        }
        _ => Column::Numbers {
            values: std::iter::repeat_n(0.0, rows).collect(),
            kind: NumberKind::Integer,
        },
    }
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    stem.to_string_lossy().into_owned()
}

/// The bundled experiment.
pub(super) fn bundled_adult() -> Result<Experiment, Problem> {
    let file = bundled_experiment().map_err(problem)?;
    Experiment::from_file(&file).map_err(problem)
}

/// The columns of a bundled table that feed a model.
pub(super) fn bundled_choice(adult: &Experiment) -> ColumnChoice {
    ColumnChoice {
        target: Some(adult.dataset.target.clone()),
        features: None,
        missing_text: adult.dataset.missing_text.clone().unwrap_or_default(),
    }
}

/// The bundled models on the bundled table, repeated to so many rows.
pub fn bundled(rows: usize) -> Result<Vec<Subject>, Problem> {
    let adult = bundled_adult()?;
    let choice = bundled_choice(&adult);
    let alternatives = adult.alternative_models.iter().map(|model| &model.path);
    let models = adult.model.path.iter().chain(alternatives);
    models
        .map(|path| Ok(Subject::of_files(path, &adult.dataset.path, &choice)?.repeated(rows)))
        .collect()
}

/// The models of a folder that take one input of floats, on made-up rows, by name.
pub fn in_folder(folder: &Path, rows: usize) -> Result<Vec<Subject>, Problem> {
    let at = |error: std::io::Error| Problem::new(error.to_string()).in_file(folder);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(at)? {
        let path = entry.map_err(at)?.path();
        if path.extension().is_some_and(|e| e == "onnx") {
            paths.push(path);
        }
    }
    paths.sort_unstable();
    let mut subjects = Vec::new();
    for path in paths {
        let signature = inspect(&path).map_err(problem)?;
        let [input] = signature.inputs.as_slice() else {
            continue;
        };
        if let (ElementType::Float32, Some(width)) = (input.element, input.width) {
            subjects.push(Subject::made_up(&path, &[width], rows)?);
        }
    }
    if subjects.is_empty() {
        let cause = "there is no .onnx file with one input of float32 in it";
        return Err(Problem::new(cause).in_file(folder));
    }
    Ok(subjects)
}
