//! Does a graph keep its rows apart? Told from its operators, without running it: what is not known
//! to keep them apart may mix them.

use std::collections::HashSet;

use super::walk::Walk;
use crate::inference::onnx::{Graph, Node, WireError};
use crate::inference::signature::RowMixing;

/// Each row of the result is made of that row alone, whatever the attributes.
const KEEP_APART: &[&str] = &[
    // Number by number.
    "Abs",
    "Acos",
    "Acosh",
    "Add",
    "And",
    "Asin",
    "Asinh",
    "Atan",
    "Atanh",
    "Binarizer",
    "Cast",
    "CastLike",
    "Ceil",
    "Celu",
    "Clip",
    "Cos",
    "Cosh",
    "Div",
    "Elu",
    "Equal",
    "Erf",
    "Exp",
    "Floor",
    "Gelu",
    "Greater",
    "GreaterOrEqual",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "IsInf",
    "IsNaN",
    "LeakyRelu",
    "Less",
    "LessOrEqual",
    "Log",
    "Max",
    "Mean",
    "Min",
    "Mish",
    "Mod",
    "Mul",
    "Neg",
    "Not",
    "Or",
    "PRelu",
    "Pow",
    "Reciprocal",
    "Relu",
    "Round",
    "Selu",
    "Shrink",
    "Sigmoid",
    "Sign",
    "Sin",
    "Sinh",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Sub",
    "Sum",
    "Tan",
    "Tanh",
    "ThresholdedRelu",
    "Where",
    "Xor",
    // Row by row.
    "ArrayFeatureExtractor",
    "CategoryMapper",
    "Constant",
    "ConstantOfShape",
    "DictVectorizer",
    "FeatureVectorizer",
    "Imputer",
    "LabelEncoder",
    "LinearClassifier",
    "LinearRegressor",
    "Normalizer",
    "OneHotEncoder",
    "SVMClassifier",
    "SVMRegressor",
    "Scaler",
    "Shape",
    "TreeEnsemble",
    "TreeEnsembleClassifier",
    "TreeEnsembleRegressor",
    "ZipMap",
];

/// They work along an axis, that of the columns unless said otherwise.
const ALONG_AN_AXIS: &[&str] = &[
    "Concat",
    "Hardmax",
    "LogSoftmax",
    "LpNormalization",
    "Softmax",
    "TopK",
];

/// They move values about, and combine none.
const MOVE: &[&str] = &[
    "Compress",
    "Concat",
    "Expand",
    "Gather",
    "GatherElements",
    "GatherND",
    "OneHot",
    "Pad",
    "Reshape",
    "Slice",
    "Split",
    "Tile",
    "Transpose",
];

/// May a row's result depend on other rows?
pub(super) fn mixing(graph: &Graph<'_>) -> Result<RowMixing, WireError> {
    let walk = Walk::over(graph)?;
    let initializers = graph.initializers.iter().map(|tensor| tensor.name);
    let mut constants: HashSet<&str> = initializers.collect();
    let mut found = RowMixing::Apart;
    for node in &graph.nodes {
        let is_constant = node
            .inputs
            .iter()
            .all(|i| i.is_empty() || constants.contains(i));
        if is_constant && !node.op.starts_with("Random") {
            constants.extend(&node.outputs);
        } else if !keeps_apart(node, &constants, &walk)? {
            found = found.max(if MOVE.contains(&node.op) {
                RowMixing::Moved
            } else {
                RowMixing::Combined
            });
        }
    }
    Ok(found)
}

fn keeps_apart(
    node: &Node<'_>,
    constants: &HashSet<&str>,
    walk: &Walk<'_, '_>,
) -> Result<bool, WireError> {
    if !matches!(node.domain, "" | "ai.onnx.ml") {
        return Ok(false);
    }
    let is_constant = |index: usize| {
        node.inputs
            .get(index)
            .is_some_and(|i| constants.contains(i))
    };
    Ok(match node.op {
        op if KEEP_APART.contains(&op) => true,
        // Without a word on the axis these begin with the rows.
        "ArgMax" | "ArgMin" | "Split" => is_of_columns(node.integer("axis")?),
        op if ALONG_AN_AXIS.contains(&op) => {
            let axis = node.integer("axis")?;
            axis.is_none() || is_of_columns(axis)
        }
        "Squeeze" | "Unsqueeze" => true,
        "Reshape" => is_constant(1) || node.has("shape"),
        "Gather" => is_constant(0) || is_of_columns(node.integer("axis")?),
        "MatMul" | "Gemm" => is_constant(1) && !node.flag("transA", false)?,
        "BatchNormalization" => !node.flag("training_mode", false)? && node.outputs.len() == 1,
        // Without the two further inputs it does nothing.
        "Dropout" => node.inputs.get(2).is_none_or(|mode| mode.is_empty()) && node.opset >= 7,
        "Flatten" => node.integer("axis")?.is_none_or(|axis| axis == 1),
        op if op.starts_with("Reduce") => are_of_columns(node, 1, walk)?,
        "Slice" => are_of_columns(node, 3, walk)?,
        "CumSum" => are_of_columns(node, 1, walk)?,
        "LayerNormalization" => node
            .integer("axis")?
            .is_none_or(|axis| is_of_columns(Some(axis))),
        _ => false,
    })
}

/// The axes of an operator, an attribute or a constant input: none of them is that of the rows.
fn are_of_columns(node: &Node<'_>, input: usize, walk: &Walk<'_, '_>) -> Result<bool, WireError> {
    let mut axes = node.integers("axes")?;
    if let Some(name) = node.inputs.get(input) {
        axes.extend(walk.whole_constants(name)?.unwrap_or_default());
    }
    Ok(!axes.is_empty() && axes.iter().all(|axis| is_of_columns(Some(*axis))))
}

fn is_of_columns(axis: Option<i64>) -> bool {
    axis.is_some_and(|axis| axis != 0 && axis != -2)
}
