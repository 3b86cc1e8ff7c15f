//! What is wrong with a part, or with parts that are to be merged.

use std::io;

use crate::vocabulary::Problem;

/// Why a part cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// It cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is not a part.
    #[error("this is no part of a run: it does not begin as one")]
    NoPart,
    /// It is one of another version.
    #[error("this part is of format {0}, and this version reads format {known}", known = super::part::FORMAT)]
    Format(u32),
    /// It is cut short or was changed.
    #[error("this part is damaged: {0}")]
    Damaged(&'static str),
}

impl From<PartError> for Problem {
    fn from(error: PartError) -> Self {
        let problem = Self::new(error.to_string());
        match error {
            PartError::Io(_) => problem,
            PartError::NoPart => problem.remedy("name files that `run --shard` has written"),
            PartError::Format(_) => problem.remedy("run its shard again with this version"),
            PartError::Damaged(_) => problem.remedy("copy it again, or run its shard again"),
        }
    }
}
