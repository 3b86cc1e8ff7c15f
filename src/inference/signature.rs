//! What a model takes and gives, as its file says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything that the file tells about a model, read without a runtime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signature {
    /// In the order in which [`Model::run`](super::Model::run) wants the blocks.
    pub inputs: Vec<InputSpec>,
    /// The class names in the order of the score columns, where the graph holds them. Integer
    /// classes are their decimal text.
    pub classes: Option<Vec<String>>,
    /// What the scores are.
    pub score: ScoreKind,
    /// The word for what is missing, where the graph's encoders of texts know just one such word.
    pub missing_text: Option<String>,
    /// The output that holds the predicted class.
    pub label_output: Option<String>,
    /// The outputs that hold the scores: usually one, several when each class has its own.
    pub score_outputs: Vec<String>,
    /// Operator sets: domain (`ai.onnx`, `ai.onnx.ml`) and version.
    pub opsets: Vec<(String, i64)>,
    /// The program that wrote the file, with its version.
    pub producer: String,
    /// Nodes in the main graph.
    pub node_count: usize,
    /// How often each operator occurs; those outside the default domain carry their domain.
    pub operators: BTreeMap<String, usize>,
    /// The model file and its external data files together.
    pub file_bytes: u64,
    /// What the user should know, a sentence each.
    pub notes: Vec<String>,
}

impl Signature {
    /// The number of rows that a run must have, where the export has fixed it.
    pub fn fixed_batch(&self) -> Option<usize> {
        self.inputs.iter().find_map(|input| input.fixed_batch)
    }

    /// How many columns the scores are expected to have. Declarations are sometimes wrong: what
    /// counts in the end is [`ScoreBlock::columns`](super::ScoreBlock::columns).
    pub fn score_columns(&self) -> usize {
        match self.score {
            ScoreKind::PerClass { columns, .. } => columns,
            ScoreKind::Single { .. } => 1,
            ScoreKind::LabelsOnly => 0,
            ScoreKind::Regression { targets } => targets,
        }
    }

    pub(super) fn has_maps(&self) -> bool {
        matches!(self.score, ScoreKind::PerClass { zip_map: true, .. })
    }

    /// Whether the weight of the model is in tree ensembles.
    pub fn is_tree_ensemble(&self) -> bool {
        self.operators.keys().any(|op| op.contains("TreeEnsemble"))
    }
}

/// One input of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputSpec {
    /// The name in the graph: often the column's.
    pub name: String,
    /// The type of its elements.
    pub element: ElementType,
    /// Columns a row; `None` where the file leaves it open.
    pub width: Option<usize>,
    /// The number of rows that a run must have, where the export has fixed it.
    pub fixed_batch: Option<usize>,
    /// Dimensions that the graph declares: 2, or 1 for an input without a column dimension.
    pub rank: usize,
}

/// The type of an input's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ElementType {
    /// 32-bit float: [`InputBlock::F32`](super::InputBlock::F32).
    Float32,
    /// 64-bit float: [`InputBlock::F64`](super::InputBlock::F64).
    Float64,
    /// 16-bit float: give [`InputBlock::F32`](super::InputBlock::F32), which is converted.
    Float16,
    /// 64-bit integer: [`InputBlock::I64`](super::InputBlock::I64).
    Int64,
    /// 32-bit integer: [`InputBlock::I32`](super::InputBlock::I32).
    Int32,
    /// [`InputBlock::Bool`](super::InputBlock::Bool).
    Bool,
    /// [`InputBlock::Text`](super::InputBlock::Text).
    Text,
}

impl ElementType {
    /// From `TensorProto.DataType`.
    pub(super) fn from_onnx(code: i64) -> Option<Self> {
        Some(match code {
            1 => Self::Float32,
            6 => Self::Int32,
            7 => Self::Int64,
            8 => Self::Text,
            9 => Self::Bool,
            10 => Self::Float16,
            11 => Self::Float64,
            _ => return None,
        })
    }

    /// Whether a score can be of this type.
    pub(super) fn is_float(self) -> bool {
        matches!(self, Self::Float32 | Self::Float64 | Self::Float16)
    }
}

impl std::fmt::Display for ElementType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Float16 => "float16",
            Self::Int64 => "int64",
            Self::Int32 => "int32",
            Self::Bool => "bool",
            Self::Text => "text",
        })
    }
}

/// What a model's scores are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ScoreKind {
    /// One column a class.
    PerClass {
        /// How many, as far as the file tells.
        columns: usize,
        /// What the numbers mean.
        scale: ScoreScale,
        /// Whether the file wraps them in a map a row (ZipMap), as sklearn's exporter does by default.
        zip_map: bool,
    },
    /// One number a row: the score of the positive class, or, where the target is a number and the
    /// graph does not say, its value.
    Single {
        /// What the number means.
        scale: ScoreScale,
    },
    /// Only the predicted class: metrics that need probabilities do not apply.
    LabelsOnly,
    /// Numbers a row that are the prediction itself.
    Regression {
        /// How many.
        targets: usize,
    },
}

/// What a score means, as far as the graph shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreScale {
    /// In [0, 1]; cut at one half.
    Probability,
    /// The input of a sigmoid or softmax that the graph leaves out; cut at 0.
    Logit,
    /// A distance from a decision boundary, such as a linear SVM's; cut at 0. It ranks, and is not
    /// a probability.
    Margin,
    /// The graph does not tell.
    Unknown,
}
