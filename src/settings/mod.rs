//! Settings as files and flags give them: reading sections of a file, sizes as people write them,
//! names that are nearly right, and everything that can be wrong, in words.

mod near;
mod node;
mod problem;
mod section;
mod size;
mod source;
mod word;

pub use near::nearest;
pub(crate) use node::{Lines, Node, Value};
pub(crate) use problem::Problems;
pub use problem::{ExperimentErrors, FileProblem, Problem, ProblemKind};
pub(crate) use section::{AnyText, FromNode, Label, Section, Word, read};
pub use size::{Size, SizeError};
pub(crate) use source::{experiment_text, text};
pub use word::word;
