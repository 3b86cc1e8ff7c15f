//! Settings as files and flags give them. Each is declared once; its key in a file, its flag, its
//! line in the help and in the documentation follow from that.
//!
//! | file | what it does |
//! |---|---|
//! | [`table`] | the settings themselves |
//! | [`declare`] | what a declaration makes: keys, flags, help |
//! | [`value`], [`flag`] | kinds of values: as keys take them, as flags take them |
//! | [`protected`], [`quantiles`], [`size`], [`span`], [`word`] | kinds with rules of their own |
//! | [`source`], [`node`], [`section`] | a file's text, its tree with lines, its sections |
//! | [`problem`], [`near`] | what can be wrong, in words, and what was meant |
//! | [`markdown`] | the settings as a table for documentation |

mod declare;
mod flag;
mod markdown;
mod near;
mod node;
mod problem;
mod protected;
mod quantiles;
mod section;
mod size;
mod source;
mod span;
mod table;
mod value;
mod word;

pub use declare::{Flag, Setting};
pub use markdown::markdown_table;
pub use near::nearest;
pub(crate) use node::{Lines, Node, Value};
pub(crate) use problem::{COMMAND_LINE, Problems};
pub use problem::{FileProblem, ProblemKind, SettingProblem, SettingsError};
pub use protected::Protected;
pub use quantiles::QuantileModels;
pub(crate) use section::Section;
pub use size::{Size, SizeError};
pub(crate) use source::{content, decoded, experiment_text};
pub use span::{Span, SpanError};
pub(crate) use table::{
    CacheGiven, DatasetGiven, EngineGiven, GroupsGiven, LintsGiven, ModelGiven, SharedGiven,
};
pub use table::{all, find};
pub(crate) use value::{FromNode, Readable};
pub use word::word;
