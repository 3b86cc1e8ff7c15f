//! What can go wrong in this room, in words that a user can act on.

use std::path::PathBuf;

use crate::vocabulary::Device;

/// The one command that brings ONNX Runtime; every error about a missing or unfit library ends with it.
pub const INSTALL_COMMAND: &str = "lazydebugger doctor --install-runtime";

/// Why a model could not be inspected, opened or run, or the runtime not be found or installed.
///
/// It can be cloned, since everybody who waits for one load gets the same error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InferenceError {
    /// There is nothing at the path.
    #[error("{}: no such file; check the path", path.display())]
    NotFound {
        /// The model file.
        path: PathBuf,
    },
    /// The path names a folder.
    #[error("{}: is a folder, not a file; name the .onnx file in it", path.display())]
    IsFolder {
        /// The model file.
        path: PathBuf,
    },
    /// The operating system would not let us read it.
    #[error("{}: cannot be read: {reason}", path.display())]
    Unreadable {
        /// The model file.
        path: PathBuf,
        /// The operating system's words.
        reason: String,
    },
    /// 0 bytes.
    #[error("{}: the file is empty (0 bytes); export or download the model again", path.display())]
    Empty {
        /// The model file.
        path: PathBuf,
    },
    /// Larger than protobuf allows.
    #[error(
        "{}: the file has {bytes} bytes, more than the {limit} that an ONNX file can have; keep the weights in an external data file",
        path.display()
    )]
    TooLarge {
        /// The model file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
        /// The most that is read.
        limit: u64,
    },
    /// Batches of so many rows that no run can hold one.
    #[error(
        "{}: the export has fixed the batch at {batch} rows, for which there is no room; export it with a free batch dimension",
        path.display()
    )]
    HugeBatch {
        /// The model file.
        path: PathBuf,
        /// Its batch.
        batch: usize,
    },
    /// It starts like a model and ends too early.
    #[error(
        "{}: the file is truncated: it ends in the middle of the model, after {bytes} bytes; copy or download it again",
        path.display()
    )]
    Truncated {
        /// The model file.
        path: PathBuf,
        /// How much of it there is.
        bytes: u64,
    },
    /// Something else under the name of a model.
    #[error("{}: not an ONNX file: {found}; export the model to ONNX and name that file", path.display())]
    NotOnnx {
        /// The model file.
        path: PathBuf,
        /// What it looks like instead.
        found: String,
    },
    /// A git-lfs pointer in the model's place.
    #[error(
        "{}: a git-lfs pointer, not the model itself{}; run `git lfs pull`",
        path.display(),
        size.map_or(String::new(), |bytes| format!(" (which has {bytes} bytes)"))
    )]
    LfsPointer {
        /// The model file.
        path: PathBuf,
        /// The model's real length, as the pointer says.
        size: Option<u64>,
    },
    /// Made for a later operator set than any known runtime has.
    #[error(
        "{}: needs opset {found} of {domain}, newer than the supported {newest}; export it again with a target opset of {newest} or less",
        path.display()
    )]
    OpsetTooNew {
        /// The model file.
        path: PathBuf,
        /// The operator domain, such as `ai.onnx`.
        domain: String,
        /// The version that the file asks for.
        found: i64,
        /// The newest version that runs.
        newest: i64,
    },
    /// Written in a version of the format that nobody here knows yet.
    #[error(
        "{}: is written in version {found} of the ONNX format, newer than the {newest} that is known here; export it again with an older version of the onnx package",
        path.display()
    )]
    FormatTooNew {
        /// The model file.
        path: PathBuf,
        /// The version that the file names.
        found: i64,
        /// The newest version that is known.
        newest: i64,
    },
    /// An input that no table can feed.
    #[error(
        "{}: not a model for tables: input `{input}` has {rank} dimensions, and a table gives 2 (rows and columns)",
        path.display()
    )]
    NotTabular {
        /// The model file.
        path: PathBuf,
        /// The input's name.
        input: String,
        /// Its number of dimensions.
        rank: usize,
    },
    /// An input of a type that no column has.
    #[error(
        "{}: input `{input}` wants {found}, which a table cannot give; export the model with number or text inputs",
        path.display()
    )]
    UnsupportedInput {
        /// The model file.
        path: PathBuf,
        /// The input's name.
        input: String,
        /// The type.
        found: String,
    },
    /// Inputs fixed to different numbers of rows.
    #[error(
        "{}: its inputs are fixed to different numbers of rows ({batches}); export it with a free batch dimension",
        path.display()
    )]
    MixedBatch {
        /// The model file.
        path: PathBuf,
        /// The numbers of rows.
        batches: String,
    },
    /// No input at all.
    #[error("{}: the model has no inputs, so a table cannot be fed to it", path.display())]
    NoInputs {
        /// The model file.
        path: PathBuf,
    },
    /// No output that holds labels or scores.
    #[error(
        "{}: none of the outputs ({found}) holds labels, probabilities or a number a row",
        path.display()
    )]
    NoUsableOutput {
        /// The model file.
        path: PathBuf,
        /// The outputs' names and types.
        found: String,
    },
    /// An output that the user named and the model lacks.
    #[error("{}: there is no output `{wanted}`; the outputs are {available}", path.display())]
    UnknownOutput {
        /// The model file.
        path: PathBuf,
        /// The name that was asked for.
        wanted: String,
        /// The names that are there.
        available: String,
    },
    /// Weights in a second file that is not there.
    #[error(
        "{}: its weights are in a second file that is missing: {}; put it beside the model",
        path.display(),
        missing.display()
    )]
    ExternalDataMissing {
        /// The model file.
        path: PathBuf,
        /// The file with the weights.
        missing: PathBuf,
    },
    /// Weights in a second file that has been cut short.
    #[error(
        "{}: its weights file {} is truncated: {bytes} bytes, and the model needs {needed}; copy or download it again",
        path.display(),
        data.display()
    )]
    ExternalDataTruncated {
        /// The model file.
        path: PathBuf,
        /// The file with the weights.
        data: PathBuf,
        /// Its length.
        bytes: u64,
        /// The length that the model needs.
        needed: u64,
    },
    /// Weights in a second file that is none of the model's.
    #[error(
        "{}: it names weights that are not in its own folder: {location}; put them beside the model, and export it again",
        path.display()
    )]
    ExternalDataOutside {
        /// The model file.
        path: PathBuf,
        /// The file with the weights, as the model names it.
        location: String,
    },
    /// Values that are made of themselves.
    #[error("{}: its graph runs in circles: {circle}; export the model again", path.display())]
    Circular {
        /// The model file.
        path: PathBuf,
        /// The values.
        circle: String,
    },
    /// A value that nobody could tell from another.
    #[error(
        "{}: not a valid model: the value `{value}` is made twice; export the model again",
        path.display()
    )]
    MadeTwice {
        /// The model file.
        path: PathBuf,
        /// Its name.
        value: String,
    },
    /// An attribute that the standard does not know.
    #[error(
        "{}: operator {operator} has no attribute `{attribute}` in this opset (it has {known}), so what it means would be a guess; export the model again",
        path.display()
    )]
    UnknownAttribute {
        /// The model file.
        path: PathBuf,
        /// The operator.
        operator: String,
        /// The name that is not known.
        attribute: String,
        /// Those that are.
        known: String,
    },
    /// An attribute of a type that the standard does not give it.
    #[error(
        "{}: the attribute `{attribute}` of operator {operator} is not {wanted}, as the standard wants it; export the model again",
        path.display()
    )]
    AttributeType {
        /// The model file.
        path: PathBuf,
        /// The operator.
        operator: String,
        /// The attribute.
        attribute: String,
        /// What it has to be.
        wanted: &'static str,
    },
    /// The runtime would not take a file that looked fine.
    #[error("{}: {engine} does not accept this model: {reason}", path.display())]
    Refused {
        /// The model file.
        path: PathBuf,
        /// The engine and its version.
        engine: String,
        /// The runtime's words.
        reason: String,
    },
    /// The library has no provider for the device that was asked for.
    #[error("{engine} has no CUDA provider, so nothing runs on {device}")]
    NoProvider {
        /// The library and its version.
        engine: String,
        /// What was asked for.
        device: Device,
    },
    /// A trial in a process of its own has shown that the runtime cannot be given it.
    #[error(
        "{}: {engine} was tried on this model in a process of its own, and {what}; export it again in another form, or in one that the native backend runs{}",
        path.display(),
        remembered.as_ref().map_or(String::new(), |file| format!(
            " (this is remembered in {}: without that file it is tried again)",
            file.display()
        ))
    )]
    Untamed {
        /// The model file.
        path: PathBuf,
        /// The engine and its version.
        engine: String,
        /// What it did.
        what: String,
        /// The file that keeps this, where there is one.
        remembered: Option<PathBuf>,
    },
    /// It was to be run natively, and cannot be.
    #[error(
        "{}: the native backend does not cover it: {reason}; with `backend = \"auto\"` (or --backend auto) ONNX Runtime runs it",
        path.display()
    )]
    Uncovered {
        /// The model file.
        path: PathBuf,
        /// What is not covered.
        reason: String,
    },
    /// The caller's data do not fit the model's inputs.
    #[error("{}: input `{input}` wants {wanted}, and was given {given}", path.display())]
    Feed {
        /// The model file.
        path: PathBuf,
        /// The input's name.
        input: String,
        /// What the model takes.
        wanted: String,
        /// What it got.
        given: String,
    },
    /// A run that failed, or gave what cannot be read.
    #[error("{}: the model failed on these rows: {reason}", path.display())]
    Run {
        /// The model file.
        path: PathBuf,
        /// What happened.
        reason: String,
    },
    /// No library anywhere.
    #[error("ONNX Runtime was not found ({tried}); install it with `{INSTALL_COMMAND}`")]
    RuntimeMissing {
        /// Where it was looked for, and why each place gave nothing.
        tried: String,
    },
    /// Libraries, but none that fits.
    #[error(
        "ONNX Runtime {found} at {} is too old: {wanted} is needed; install a fitting one with `{INSTALL_COMMAND}`",
        path.display()
    )]
    RuntimeVersion {
        /// The library.
        path: PathBuf,
        /// Its version.
        found: String,
        /// Which versions are fine.
        wanted: String,
    },
    /// `ORT_DYLIB_PATH` is set and wrong. It is never passed over: the user meant it.
    #[error(
        "ORT_DYLIB_PATH is set to {}, which {reason}; correct it, or unset it and install ONNX Runtime with `{INSTALL_COMMAND}`",
        path.display()
    )]
    RuntimeSetting {
        /// The variable's value.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The library was opened and would not start.
    #[error("ONNX Runtime at {} would not start: {reason}; install another with `{INSTALL_COMMAND}`", path.display())]
    RuntimeStart {
        /// The library.
        path: PathBuf,
        /// Its words.
        reason: String,
    },
    /// ONNX Runtime could not be installed; nothing was changed.
    #[error("ONNX Runtime was not installed: {reason}; {remedy}")]
    Install {
        /// What failed.
        reason: String,
        /// What to do.
        remedy: String,
    },
}

impl InferenceError {
    /// Whether [`install`](super::runtime::install()) would put it right: where a person is asked
    /// anything at all, this is when.
    pub fn can_be_installed(&self) -> bool {
        matches!(
            self,
            Self::RuntimeMissing { .. } | Self::RuntimeVersion { .. }
        )
    }
}
