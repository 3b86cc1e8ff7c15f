//! Which columns feed which model input.

use std::collections::BTreeSet;

use super::reading::Reading;
use super::table::{ColumnType, list};
use super::table_file::{TableSchema, Wanted};
use crate::inference::{ElementType, InputSpec, Signature};
use crate::settings::nearest;
use crate::vocabulary::Problem;

/// The columns that feed one model input, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPlan {
    /// What the input takes.
    pub element: ElementType,
    /// The columns, one for each of its values a row.
    pub columns: Vec<String>,
    /// Which of them the model never looks at, by place: what they hold changes no score.
    pub unread: BTreeSet<usize>,
}

impl InputPlan {
    /// The columns that the model looks at, and as what they are read.
    pub fn wanted(&self) -> impl Iterator<Item = Wanted> {
        let reading = Reading::feeding(self.element);
        self.read().map(move |name| (name.clone(), reading))
    }

    /// All columns, as if the model looked at each.
    pub(super) fn wanted_in_all(&self) -> impl Iterator<Item = Wanted> {
        let reading = Reading::feeding(self.element);
        self.columns.iter().map(move |name| (name.clone(), reading))
    }

    /// The columns that the model looks at.
    pub(super) fn read(&self) -> impl Iterator<Item = &String> {
        let columns = self.columns.iter().enumerate();
        columns.filter_map(|(place, name)| (!self.unread.contains(&place)).then_some(name))
    }

    /// The type of its values in content ids.
    pub(super) const fn element_name(&self) -> &'static str {
        match self.element {
            ElementType::Float32 => "float32",
            ElementType::Float64 => "float64",
            ElementType::Float16 => "float16",
            ElementType::Int64 => "int64",
            ElementType::Int32 => "int32",
            ElementType::Int8 => "int8",
            ElementType::Int16 => "int16",
            ElementType::Uint8 => "uint8",
            ElementType::Uint16 => "uint16",
            ElementType::Uint32 => "uint32",
            ElementType::Uint64 => "uint64",
            ElementType::Bool => "bool",
            ElementType::Text => "text",
        }
    }
}

/// Finds the columns for every input of a model, or says everything that stands against it.
///
/// A model with an input a column is matched by name. A model with one tensor takes `features`, or
/// all columns but the target; with several tensors these are dealt out by type, in order. `notes`
/// gets what was taken for granted.
pub fn match_inputs(
    signature: &Signature,
    schema: &TableSchema,
    target: &str,
    features: Option<&[String]>,
    notes: &mut Vec<String>,
) -> Result<Vec<InputPlan>, Vec<Problem>> {
    let one_value_each = signature
        .inputs
        .iter()
        .all(|i| i.width.is_none_or(|w| w == 1));
    let by_name = match signature.inputs.as_slice() {
        [only] => find_column(schema, &only.name).is_some() && only.width == Some(1),
        _ => one_value_each,
    };
    let plans = if by_name {
        match_by_name(&signature.inputs, schema, target)
    } else {
        let unsettled = signature
            .unsettled_inputs()
            .map(|input| input.name.as_str());
        let unsettled: Vec<&str> = unsettled.collect();
        deal_out(
            &signature.inputs,
            &unsettled,
            schema,
            target,
            features,
            notes,
        )
    }?;
    check_types(&signature.inputs, &plans, schema)?;
    Ok(plans)
}

fn match_by_name(
    inputs: &[InputSpec],
    schema: &TableSchema,
    target: &str,
) -> Result<Vec<InputPlan>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut plans = Vec::new();
    for input in inputs {
        match find_column(schema, &input.name) {
            Some(column) => plans.push(InputPlan {
                element: input.element,
                columns: vec![column.to_owned()],
                unread: BTreeSet::new(),
            }),
            None => problems.push(no_such_column(&input.name, schema, target)),
        }
    }
    if problems.is_empty() {
        Ok(plans)
    } else {
        Err(problems)
    }
}

/// A column of this name; letters' case and signs between words do not matter.
fn find_column<'a>(schema: &'a TableSchema, name: &str) -> Option<&'a str> {
    let exact = schema.names().find(|n| *n == name);
    exact.or_else(|| schema.names().find(|n| plain(n) == plain(name)))
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

fn no_such_column(name: &str, schema: &TableSchema, target: &str) -> Problem {
    let others = schema.names().filter(|n| *n != target);
    Problem::new(match nearest(name, others) {
        Some(near) => {
            format!("the model's input `{name}` matches no column; the nearest is `{near}`")
        }
        None => format!(
            "the model's input `{name}` matches no column; the columns are {}",
            list(&schema.names().collect::<Vec<_>>())
        ),
    })
}

fn deal_out(
    inputs: &[InputSpec],
    unsettled: &[&str],
    schema: &TableSchema,
    target: &str,
    features: Option<&[String]>,
    notes: &mut Vec<String>,
) -> Result<Vec<InputPlan>, Vec<Problem>> {
    let names = match features {
        Some(features) => named(features, schema)?,
        None if !unsettled.is_empty() => {
            let cause = format!(
                "the model leaves open how many features its input {} takes, and nothing in it settles \
                 that (so it is with token ids): that the table's columns fit would be a guess",
                list(unsettled)
            );
            return Err(vec![Problem::new(cause).remedy(NAME_FEATURES)]);
        }
        None => all_but(target, inputs, schema, notes),
    };
    if let Some(plans) = features.and_then(|_| in_order(inputs, &names, schema)) {
        return Ok(plans);
    }
    let is_text = |name: &String| match inputs {
        [only] => only.element == ElementType::Text,
        _ => schema.column_type(name) == Some(ColumnType::Text),
    };
    let (mut texts, mut numbers): (Vec<String>, Vec<String>) = names.into_iter().partition(is_text);
    let mut plans = Vec::new();
    let mut problems = Vec::new();
    for input in inputs {
        let pool = if input.element == ElementType::Text {
            &mut texts
        } else {
            &mut numbers
        };
        let available = pool.len();
        let wanted = input.width.unwrap_or(available);
        if wanted > available || (inputs.len() == 1 && wanted != available) {
            problems.push(wrong_width(&input.name, wanted, pool));
            continue;
        }
        plans.push(InputPlan {
            element: input.element,
            columns: pool.drain(..wanted).collect(),
            unread: BTreeSet::new(),
        });
    }
    let left: Vec<String> = numbers.into_iter().chain(texts).collect();
    if problems.is_empty() && !left.is_empty() {
        let cause = format!(
            "the model's {} inputs leave {} of the table's columns over ({}), so which feed them \
             is a guess",
            inputs.len(),
            left.len(),
            list(&left)
        );
        problems.push(Problem::new(cause).remedy(NAME_FEATURES));
    }
    if problems.is_empty() {
        Ok(plans)
    } else {
        Err(problems)
    }
}

/// Columns that the user has named, dealt out in their order, where their types do not tell: digits
/// of a CSV file may be texts.
fn in_order(
    inputs: &[InputSpec],
    names: &[String],
    schema: &TableSchema,
) -> Option<Vec<InputPlan>> {
    let are_texts = |name: &&String| schema.column_type(name) == Some(ColumnType::Text);
    let texts = names.iter().filter(are_texts).count();
    let takes_text = |input: &&InputSpec| input.element == ElementType::Text;
    let wanted: Option<usize> = inputs.iter().map(|input| input.width).sum();
    let of_texts: Option<usize> = inputs.iter().filter(takes_text).map(|i| i.width).sum();
    let is_told_by_type = inputs.len() == 1 || of_texts == Some(texts);
    if !schema.are_types_told_by_values || is_told_by_type || wanted != Some(names.len()) {
        return None;
    }
    let mut rest = names;
    let plans = inputs.iter().map(|input| {
        let (columns, others) = rest.split_at(input.width.unwrap_or(0));
        rest = others;
        InputPlan {
            element: input.element,
            columns: columns.to_vec(),
            unread: BTreeSet::new(),
        }
    });
    Some(plans.collect())
}

const NAME_FEATURES: &str = "name the right ones, in order, in `features` under [model]";

/// The columns that the user names.
fn named(features: &[String], schema: &TableSchema) -> Result<Vec<String>, Vec<Problem>> {
    let missing = features.iter().filter(|f| !schema.has(f));
    let problems: Vec<Problem> = missing
        .map(|name| {
            let mut problem = missing_column(name, schema);
            problem.cause = format!("in `features` under [model]: {}", problem.cause);
            problem
        })
        .collect();
    if problems.is_empty() {
        Ok(features.to_vec())
    } else {
        Err(problems)
    }
}

/// All columns but the target and, where the model takes just so many fewer, those that number the
/// rows.
fn all_but(
    target: &str,
    inputs: &[InputSpec],
    schema: &TableSchema,
    notes: &mut Vec<String>,
) -> Vec<String> {
    let all = schema.names().filter(|n| *n != target).map(str::to_owned);
    let (index, all): (Vec<String>, Vec<String>) = all.partition(|n| schema.index.contains(n));
    if !index.is_empty() {
        notes.push(format!(
            "{} is the index of the table that pandas wrote, and left out",
            list(&index)
        ));
    }
    let wanted: Option<usize> = inputs.iter().map(|i| i.width).sum();
    let (numbering, others): (Vec<String>, Vec<String>) =
        all.iter().cloned().partition(|name| numbers_rows(name));
    if numbering.is_empty() || wanted != Some(others.len()) {
        return all;
    }
    notes.push(format!(
        "the model takes {} features a row: {} is taken for a row number and left out",
        others.len(),
        list(&numbering)
    ));
    others
}

/// Names that row numbers and keys have; pandas writes its index without a name.
fn numbers_rows(name: &str) -> bool {
    let plain = plain(name);
    matches!(
        plain.as_str(),
        "" | "id" | "index" | "row" | "rownumber" | "unnamed0"
    ) || name.to_lowercase().ends_with("_id")
}

fn wrong_width(input: &str, wanted: usize, pool: &[String]) -> Problem {
    let cause = format!(
        "the model's input `{input}` takes {wanted} features a row, and the table has {} for it ({})",
        pool.len(),
        list(pool)
    );
    Problem::new(cause).remedy(NAME_FEATURES)
}

/// Says that a column is missing, with the nearest name.
pub(super) fn missing_column(name: &str, schema: &TableSchema) -> Problem {
    let cause = match nearest(name, schema.names()) {
        Some(near) => format!("there is no column `{name}`; did you mean `{near}`?"),
        None => format!(
            "there is no column `{name}`; the columns are {}",
            list(&schema.names().collect::<Vec<_>>())
        ),
    };
    Problem::new(cause).in_column(name)
}

fn check_types(
    inputs: &[InputSpec],
    plans: &[InputPlan],
    schema: &TableSchema,
) -> Result<(), Vec<Problem>> {
    let feeds = |column: &&String, element| {
        let column_type = schema.column_type(column);
        column_type.is_none_or(|t| t.feeds(element))
    };
    let mut problems = Vec::new();
    for (input, plan) in inputs.iter().zip(plans) {
        let columns = plan.columns.iter();
        let unfit: Vec<&String> = columns.filter(|c| !feeds(c, input.element)).collect();
        let (texts, others): (Vec<&String>, Vec<&String>) = unfit
            .into_iter()
            .partition(|name| schema.column_type(name) == Some(ColumnType::Text));
        problems.extend(others.iter().map(|name| not_fed(name, schema, input)));
        let Some(first) = texts.first() else {
            continue;
        };
        let example = schema.text_examples.get(*first);
        let example = example.map(|text| format!(" such as {text}"));
        let (noun, verb) = if texts.len() == 1 {
            ("column", "holds")
        } else {
            ("columns", "hold")
        };
        let cause = format!(
            "the {noun} {} {verb} texts{}, and the model's input `{}` takes {}",
            list(&texts),
            example.unwrap_or_default(),
            input.name,
            input.element
        );
        let remedy = "leave missing numbers empty, and encode texts as for training";
        problems.push(Problem::new(cause).in_column(first.as_str()).remedy(remedy));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// That a column of neither numbers nor texts cannot feed an input.
fn not_fed(name: &str, schema: &TableSchema, input: &InputSpec) -> Problem {
    Problem::new(format!(
        "the column `{name}` is of type {}, and the model's input `{}` takes {}",
        schema.type_name(name),
        input.name,
        input.element
    ))
    .in_column(name)
    .remedy("write it into the table as the model was trained on it")
}
