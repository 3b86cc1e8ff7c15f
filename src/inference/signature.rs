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
    /// The one column of the scores that is read, where the user has named it.
    pub score_column: Option<usize>,
    /// Why it is not clear that these outputs are the scores of the task, where it is not.
    pub doubt: Option<Doubt>,
    /// Whether the model tells outliers, -1, from the rest, 1.
    pub is_detector: bool,
    /// Whether a row's scores may depend on the rows beside it, as far as the operators show it.
    pub row_mixing: RowMixing,
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
    /// The external data files, each once, as the model names them: relative to its folder.
    pub external_data: Vec<String>,
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

    /// The inputs that leave their width open, with nothing in the graph that settles it: token ids,
    /// for instance.
    pub fn unsettled_inputs(&self) -> impl Iterator<Item = &InputSpec> {
        let open = self.inputs.iter().filter(|input| input.width.is_none());
        open.filter(|input| !input.is_settled)
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
    /// Whether something in the graph, such as its weights, wants just so many columns.
    pub is_settled: bool,
}

/// Whether a graph keeps its rows apart, as far as its operators show it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowMixing {
    /// Every operator is known to make each row of that row alone.
    #[default]
    Apart,
    /// Some move values to other places: what follows may combine those of several rows.
    Moved,
    /// Some may combine the values of several rows, or are not known.
    Combined,
}

/// Why a model's outputs may not be what a validation takes them for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Doubt {
    /// Several outputs could be the score, and none is called so.
    Several {
        /// Their names.
        outputs: Vec<String>,
    },
    /// It answers several questions a row.
    SeveralLabels {
        /// The output that shows it.
        output: String,
    },
    /// It sorts rows into clusters that it made up itself.
    Clusters,
    /// Its classifier has no classes: some libraries write other models in that form.
    NoClasses,
    /// All that it gives are its own inputs.
    OnlyInputs,
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Several { outputs } => {
                let names: Vec<String> = outputs.iter().map(|name| format!("`{name}`")).collect();
                write!(f, "each of its outputs {} could be the score", names.join(", "))
            }
            Self::SeveralLabels { output } => write!(
                f,
                "it answers several questions a row (see its output `{output}`), and a validation is \
                 about one"
            ),
            Self::Clusters => f.write_str(
                "it sorts rows into clusters of its own, which are no classes of a target",
            ),
            Self::NoClasses => f.write_str(
                "its classifier names no classes, so it is none: some libraries write regressions of \
                 several numbers, such as a mean and a variance, in this form",
            ),
            Self::OnlyInputs => f.write_str("all that it gives are its own inputs, unchanged"),
        }
    }
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
    /// 8-bit integer: give [`InputBlock::I64`](super::InputBlock::I64), which is converted; so with all
    /// that follow but bool and text. A number beyond the type's range is refused.
    Int8,
    /// 16-bit integer.
    Int16,
    /// 8-bit integer without a sign.
    Uint8,
    /// 16-bit integer without a sign.
    Uint16,
    /// 32-bit integer without a sign.
    Uint32,
    /// 64-bit integer without a sign.
    Uint64,
    /// [`InputBlock::Bool`](super::InputBlock::Bool).
    Bool,
    /// [`InputBlock::Text`](super::InputBlock::Text).
    Text,
}

impl ElementType {
    /// Bytes of a value in the block that it is fed in; of a text, of its code.
    pub const fn bytes_fed(self) -> u64 {
        match self {
            Self::Float32 | Self::Float16 | Self::Int32 | Self::Text => 4,
            Self::Bool => 1,
            _ => 8,
        }
    }

    /// From `TensorProto.DataType`.
    pub(super) fn from_onnx(code: i64) -> Option<Self> {
        Some(match code {
            1 => Self::Float32,
            2 => Self::Uint8,
            3 => Self::Int8,
            4 => Self::Uint16,
            5 => Self::Int16,
            12 => Self::Uint32,
            13 => Self::Uint64,
            6 => Self::Int32,
            7 => Self::Int64,
            8 => Self::Text,
            9 => Self::Bool,
            10 => Self::Float16,
            11 => Self::Float64,
            _ => return None,
        })
    }

    /// The whole numbers that it holds, where it is a type of these.
    pub fn whole_range(self) -> Option<std::ops::RangeInclusive<i64>> {
        Some(match self {
            Self::Int8 => i8::MIN.into()..=i8::MAX.into(),
            Self::Int16 => i16::MIN.into()..=i16::MAX.into(),
            Self::Int32 => i32::MIN.into()..=i32::MAX.into(),
            Self::Int64 => i64::MIN..=i64::MAX,
            Self::Uint8 => 0..=u8::MAX.into(),
            Self::Uint16 => 0..=u16::MAX.into(),
            Self::Uint32 => 0..=u32::MAX.into(),
            Self::Uint64 => 0..=i64::MAX,
            Self::Float32 | Self::Float64 | Self::Float16 | Self::Bool | Self::Text => return None,
        })
    }

    /// Whether it is given as 64-bit integers, and converted.
    pub(super) fn is_narrowed(self) -> bool {
        !matches!(self, Self::Int64 | Self::Int32) && self.whole_range().is_some()
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
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
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
