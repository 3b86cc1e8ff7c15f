//! What becomes of a column on its way into a model, in words.

use super::catalogue::BoundModel;
use super::reading::Reading;
use super::table::{ColumnType, NumberKind};
use super::table_file::TableSchema;
use crate::inference::ElementType;
use crate::vocabulary::TextForm;

/// Every column that a model takes: the input that it feeds, as which type, after which conversion.
pub fn describe(model: &BoundModel, schema: &TableSchema, form: TextForm) -> Vec<String> {
    let inputs = model.header.signature.inputs.iter().zip(&model.inputs);
    let lines = inputs.flat_map(|(input, plan)| {
        plan.columns.iter().map(move |column| {
            let becomes = becomes(column, plan.element, schema, form);
            format!("`{}` <- column `{column}`: {becomes}", input.name)
        })
    });
    lines.collect()
}

fn becomes(column: &str, element: ElementType, schema: &TableSchema, form: TextForm) -> String {
    let column_type = schema.column_type(column).unwrap_or(ColumnType::Other);
    let type_name = schema.type_name(column);
    if schema.are_types_told_by_values {
        return match element {
            ElementType::Text => "text, as it stands in the file".to_owned(),
            element => format!("parsed as {}", numbers(element)),
        };
    }
    match (element, column_type) {
        (ElementType::Text, ColumnType::Number(_)) => {
            format!("{type_name}, written as {form} writes it")
        }
        (ElementType::Text, ColumnType::Date) => format!("{type_name}, written as 2024-02-29"),
        (ElementType::Text, _) => format!("{type_name}, as text"),
        (element, ColumnType::Number(NumberKind::Boolean)) => {
            format!("{type_name}, as {element} 0 and 1")
        }
        (element, ColumnType::Number(_)) if type_name.starts_with("decimal") => {
            format!("{type_name}, as the nearest {}", numbers(element))
        }
        (element, _) => format!("{type_name}, as {}", numbers(element)),
    }
}

fn numbers(element: ElementType) -> String {
    if Reading::feeding(element).is_whole() {
        format!("{element}, whole numbers only")
    } else {
        element.to_string()
    }
}
