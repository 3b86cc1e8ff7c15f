//! What a label can be, told from the last few operators that make it.

use std::collections::BTreeSet;

use super::walk::Walk;
use crate::inference::onnx::WireError;

/// The labels of models that tell outliers, -1, from the rest, 1, in order.
pub(super) const OF_DETECTORS: [&str; 2] = ["-1", "1"];
/// Longer chains than exporters end a detector with; every step may branch.
const MAX_STEPS: usize = 8;
/// More values than the label of a detector has on its way; they multiply with every step.
const MAX_VALUES: usize = 16;

/// Is the label -1 or 1 by the way it is computed, as that of a model that detects outliers?
pub(super) fn are_of_detector(walk: &Walk<'_, '_>, label: &str) -> Result<bool, WireError> {
    let values = values(walk, label, MAX_STEPS)?;
    Ok(values.is_some_and(|values| {
        values.contains(&-1) && values.contains(&1) && values.iter().all(|v| (-1..=1).contains(v))
    }))
}

/// The few whole numbers that a value can be; `None` where they are many, or not known.
fn values(
    walk: &Walk<'_, '_>,
    name: &str,
    steps: usize,
) -> Result<Option<BTreeSet<i64>>, WireError> {
    let found = made_values(walk, name, steps)?;
    Ok(found.filter(|values| values.len() <= MAX_VALUES))
}

fn made_values(
    walk: &Walk<'_, '_>,
    name: &str,
    steps: usize,
) -> Result<Option<BTreeSet<i64>>, WireError> {
    if let Some(constant) = walk.whole_constant(name)? {
        return Ok(Some(BTreeSet::from([constant])));
    }
    let Some(node) = walk.maker(name).filter(|_| steps > 0) else {
        return Ok(None);
    };
    let of_input = |index: usize| {
        let input = node.inputs.get(index);
        input.map_or(Ok(None), |input| values(walk, input, steps - 1))
    };
    let each_pair = |combine: fn(i64, i64) -> i64| {
        let (Some(left), Some(right)) = (of_input(0)?, of_input(1)?) else {
            return Ok(None);
        };
        let pairs = left
            .iter()
            .flat_map(|a| right.iter().map(move |b| combine(*a, *b)));
        Ok(Some(pairs.collect()))
    };
    match node.op {
        "Identity" | "Cast" | "Reshape" | "Squeeze" | "Unsqueeze" | "Flatten" => of_input(0),
        "Sign" => Ok(Some(BTreeSet::from([-1, 0, 1]))),
        "Less" | "LessOrEqual" | "Greater" | "GreaterOrEqual" | "Equal" | "Not" | "And" | "Or" => {
            Ok(Some(BTreeSet::from([0, 1])))
        }
        "Mul" => each_pair(i64::saturating_mul),
        "Add" => each_pair(i64::saturating_add),
        "Sub" => each_pair(i64::saturating_sub),
        "Neg" => Ok(of_input(0)?.map(|values| values.iter().map(|v| v.saturating_neg()).collect())),
        "Where" => Ok(match (of_input(1)?, of_input(2)?) {
            (Some(a), Some(b)) => Some(a.union(&b).copied().collect()),
            _ => None,
        }),
        _ => Ok(None),
    }
}
