//! What is known of the constraints on the validated model's score.

use std::sync::Arc;

use super::{exactly, file};
use crate::engine::{LoadContext, LoadError, Loaded, Recipe};
use crate::inference::SumOfTrees;
use crate::resource::constraints::{CheckedConstraints, Subject, is_number};
use crate::resource::matching::InputPlan;
use crate::resource::table_file::{Wanted, describe_options, read_first_rows};
use crate::resource::{Catalogue, Key, Resource, TableId};
use crate::vocabulary::Problem;

/// Rows of the dataset that are gone through, the first.
const ROWS: usize = 100_000;
/// Of what is found, about.
pub(in crate::resource) const BYTES: u64 = 1 << 12;

pub(in crate::resource) fn inputs(catalogue: &Catalogue) -> Vec<Key> {
    let model = catalogue.validated();
    let mut inputs = vec![Key::Model(model.clone()), Key::Table(TableId::Dataset)];
    inputs.extend(catalogue.model_path(&model).ok().map(file));
    inputs.extend(catalogue.table_path(&TableId::Dataset).ok().map(file));
    inputs
}

pub(in crate::resource) fn recipe(catalogue: &Catalogue) -> Recipe {
    let plans = catalogue.bound(&catalogue.validated());
    let plans = plans.iter().flat_map(|model| &model.inputs);
    let columns: Vec<&String> = plans.flat_map(|plan| &plan.columns).collect();
    let recipe = Recipe::new("constraints")
        .with("constraints", catalogue.experiment.constraints.lines())
        .with("columns", columns)
        .with("missing text", catalogue.missing_text());
    describe_options(&catalogue.table_options(&TableId::Dataset), recipe)
}

/// Bytes that the rows take while they are gone through.
pub(in crate::resource) fn working_bytes(catalogue: &Catalogue) -> u64 {
    let rows = catalogue.rows(&TableId::Dataset).unwrap_or(ROWS).min(ROWS) as u64;
    let columns = catalogue.features().len() as u64 + 2;
    rows.saturating_mul(columns)
        .saturating_mul(size_of::<f64>() as u64)
}

pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    inputs: &[Arc<Resource>],
    context: &LoadContext<'_>,
) -> Result<Loaded<Resource>, LoadError> {
    let id = catalogue.validated();
    let model = inputs.iter().find_map(|input| input.as_model().ok());
    let bound = catalogue.bound(&id);
    let (Some(model), Some(bound)) = (model, bound) else {
        return Err(Problem::new("constraints need a model").into());
    };
    let reading = bound.reading.as_ref();
    let reading = reading.ok_or_else(|| Problem::new("how the score is read is not known"))?;
    let columns: Vec<Wanted> = bound
        .inputs
        .iter()
        .flat_map(InputPlan::wanted_in_all)
        .collect();
    let source = catalogue
        .files
        .source(catalogue.table_path(&TableId::Dataset)?)?;
    let options = catalogue.table_options(&TableId::Dataset);
    let table = read_first_rows(&source, &columns, ROWS, &options)?;
    let trends = &catalogue.experiment.constraints.monotone;
    for trend in trends {
        if !is_number(table.column(&trend.feature)?) {
            let cause = format!(
                "`{}` holds texts: a score is monotone in numbers only",
                trend.feature
            );
            let problem = Problem::new(cause).in_column(&trend.feature);
            return Err(problem
                .under(format!("constraints.{}", trend.feature))
                .into());
        }
    }
    let path = catalogue.model_path(&id)?;
    let bytes = catalogue
        .files
        .source(path)?
        .read_whole()
        .map_err(|error| Problem::new(error.to_string()).in_file(path))?;
    let subject = Subject {
        model,
        plans: &bound.inputs,
        reading,
        missing_text: catalogue.missing_text(),
        table: &table,
        trees: SumOfTrees::read(path, &bytes, &bound.header.signature),
    };
    let checked: CheckedConstraints = subject.check(trends, || context.cancel.check())?;
    let count = |wanted: fn(&CheckedConstraints) -> usize| wanted(&checked);
    let proven = count(|all| {
        all.monotone
            .iter()
            .filter(|one| one.verdict.value() > 0.0)
            .count()
    });
    let detail = format!("{proven} of {} proven", trends.len());
    Ok(exactly(Resource::Constraints(checked), BYTES, detail))
}
