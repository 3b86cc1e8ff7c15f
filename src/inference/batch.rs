//! A batch on its way into a model: does it fit what the model takes?

use std::path::Path;

use super::InputBlock;
use super::error::InferenceError;
use super::signature::{ElementType, Signature};

/// Refuses blocks that do not fit the inputs.
pub(super) fn check(
    path: &Path,
    signature: &Signature,
    rows: usize,
    inputs: &[InputBlock<'_>],
) -> Result<(), InferenceError> {
    let refused = |input: &str, wanted: String, given: String| {
        Err(InferenceError::Feed {
            path: path.into(),
            input: input.to_owned(),
            wanted,
            given,
        })
    };
    if let Some(missing) = signature.inputs.get(inputs.len()) {
        return refused(&missing.name, "a block of values".into(), "none".into());
    }
    for (spec, block) in signature.inputs.iter().zip(inputs) {
        let given = kind(block);
        let fits = given == spec.element
            || (given == ElementType::Float32 && spec.element == ElementType::Float16)
            || (given == ElementType::Int64 && spec.element.is_narrowed());
        if !fits {
            return refused(&spec.name, spec.element.to_string(), given.to_string());
        }
        if let (InputBlock::I64(values), true, Some(range)) = (
            block,
            spec.element.is_narrowed(),
            spec.element.whole_range(),
        ) && let Some(beyond) = values.iter().find(|value| !range.contains(value))
        {
            return refused(&spec.name, spec.element.to_string(), beyond.to_string());
        }
        if let InputBlock::Categories { texts, codes } = block
            // No early end: whole registers of codes are looked at.
            && codes.iter().fold(false, |any, code| any | (*code as usize >= texts.len()))
        {
            let wanted = format!("codes below {}", texts.len());
            return refused(&spec.name, wanted, "a larger one".into());
        }
        let is_whole = match spec.width {
            Some(width) => rows.checked_mul(width) == Some(block.len()),
            None => rows == 0 || (block.len().is_multiple_of(rows) && !block.is_empty()),
        };
        if !is_whole {
            let width = spec.width.map_or("some".into(), |width| width.to_string());
            return refused(
                &spec.name,
                format!("{rows} rows of {width} values"),
                format!("{} values", block.len()),
            );
        }
    }
    Ok(())
}

fn kind(block: &InputBlock<'_>) -> ElementType {
    match block {
        InputBlock::F32(_) | InputBlock::F32Columns(_) => ElementType::Float32,
        InputBlock::F64(_) => ElementType::Float64,
        InputBlock::I64(_) => ElementType::Int64,
        InputBlock::I32(_) => ElementType::Int32,
        InputBlock::Bool(_) => ElementType::Bool,
        InputBlock::Text(_) | InputBlock::Categories { .. } => ElementType::Text,
    }
}

/// Do values of this shape lie otherwise than row by row? One long list of them, standing or lying, is
/// in order: some exports write one.
pub(super) fn is_across_rows(shape: &[usize], rows: usize) -> bool {
    match shape {
        [] | [_] => false,
        [first, rest @ ..] => {
            let inner: usize = rest.iter().product();
            let is_flat = inner == 1 || (*first == 1 && inner == rows);
            *first != rows && !is_flat
        }
    }
}
