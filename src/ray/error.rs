//! What can go wrong with a run by Ray, in words.

use std::fmt::Write;
use std::io;
use std::path::PathBuf;

use serde::Deserialize;

use crate::vocabulary::{Problem, Shard};

/// No more failed shards are told of one by one.
const SHOWN: usize = 4;
/// The same again is what helps: parts that are there are not made again.
const AGAIN: &str = "what is done is kept: the same command runs only what is missing";

/// Why a run by Ray gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum RayError {
    /// Nobody answers.
    #[error("Ray cannot be reached at {url}: {why}")]
    Unreachable {
        /// Where.
        url: String,
        /// Why not.
        why: &'static str,
    },
    /// Somebody answers who is not Ray's job server.
    #[error("what answers at {0} is not Ray's job server")]
    NotRay(String),
    /// It wants a token, and we have none.
    #[error("Ray at {0} lets nobody in without a token, and none is set")]
    NoToken(String),
    /// It wants another token.
    #[error("Ray at {0} does not accept the token that is set")]
    WrongToken(String),
    /// The file that is to have the token cannot be read.
    #[error("the file of RAY_AUTH_TOKEN_PATH cannot be read: {error}")]
    TokenFile {
        /// Which one.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// It refuses something.
    #[error("Ray refuses to {what}: {words}")]
    Refused {
        /// What it was asked to do.
        what: &'static str,
        /// What it says.
        words: String,
    },
    /// The package is larger than Ray takes.
    #[error("the program and the experiment's files come to {0} MB packed, and Ray takes {max} MB", max = super::package::MOST_BYTES / 1_000_000)]
    TooLarge(u64),
    /// Something to upload cannot be read, or a part cannot be written.
    #[error("{0}")]
    File(Problem),
    /// The job ended without having said so.
    #[error("the script of Ray's job {job} ended before its shards did: {words}")]
    Ended {
        /// Which one.
        job: String,
        /// What Ray says, and what the script said last.
        words: String,
        /// How many parts are there, of how many.
        done: (usize, u32),
    },
    /// The job was stopped by somebody else.
    #[error("Ray's job {job} was stopped by somebody else; {} of {} parts are there", done.0, done.1)]
    Stopped {
        /// Which one.
        job: String,
        /// How many parts are there, of how many.
        done: (usize, u32),
    },
    /// We were interrupted, and have stopped the job.
    #[error("interrupted; Ray's job {job} is stopped, and {} of {} parts are there", done.0, done.1)]
    Interrupted {
        /// Which one.
        job: String,
        /// How many parts are there, of how many.
        done: (usize, u32),
    },
    /// Ray is lost in the middle of it.
    #[error("Ray's job {job} cannot be followed any more: {why}; {} of {} parts are there", done.0, done.1)]
    Lost {
        /// Which one.
        job: String,
        /// Why.
        why: String,
        /// How many parts are there, of how many.
        done: (usize, u32),
    },
    /// Some shards have left no part.
    #[error("{}", failures(.failed))]
    Shards {
        /// Which ones, and why.
        failed: Vec<(Shard, ShardFailure, String)>,
    },
}

/// Why a shard has left no part, though it was tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShardFailure {
    /// The program says so: another machine would say the same.
    Program,
    /// The program was killed, whoever ran it.
    Killed,
    /// Its worker or its machine was lost too often.
    Lost,
    /// Ray had no room for the part.
    Full,
}

fn failures(failed: &[(Shard, ShardFailure, String)]) -> String {
    let mut text = String::new();
    for (shard, why, words) in failed.iter().take(SHOWN) {
        let what = match why {
            ShardFailure::Program => "failed",
            ShardFailure::Killed => "was killed, each time that it was tried",
            ShardFailure::Lost => "was lost with its worker, each time that it was tried",
            ShardFailure::Full => "has made its part, and Ray's object store has no room for it",
        };
        let gap = if text.is_empty() { "" } else { "; " };
        let _ = write!(text, "{gap}shard {shard} {what}: {words}");
    }
    if let Some(more @ 1..) = failed.len().checked_sub(SHOWN) {
        let _ = write!(text, "; and {more} more");
    }
    text
}

impl RayError {
    /// What to do about it.
    fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::Unreachable { .. } | Self::NotRay(_) => {
                "name the address of its dashboard, which `ray start --head` prints, and see that it was \
                 installed with its job server: pip install 'ray[default]'"
                    .to_owned()
            }
            Self::NoToken(_) => {
                "set RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH; `ray get-auth-token` on its head prints it"
                    .to_owned()
            }
            Self::WrongToken(_) => {
                "set RAY_AUTH_TOKEN to what `ray get-auth-token` prints on its head".to_owned()
            }
            Self::TokenFile { .. } => "name a file that has the token, or set RAY_AUTH_TOKEN".to_owned(),
            Self::TooLarge(_) => {
                "put the experiment's files where all workers see them at the same paths".to_owned()
            }
            Self::Ended { done, .. } => {
                format!("{} of {} parts are there; {AGAIN}", done.0, done.1)
            }
            Self::Stopped { .. } | Self::Interrupted { .. } | Self::Lost { .. } => AGAIN.to_owned(),
            Self::Shards { failed } => match failed.first().map(|(_, why, _)| why) {
                Some(ShardFailure::Full) => format!(
                    "start Ray with a larger --object-store-memory, or name with --parts a folder that \
                     all workers see; {AGAIN}"
                ),
                Some(ShardFailure::Killed | ShardFailure::Lost) => {
                    format!("give workers more memory, or the run more shards; else, {AGAIN}")
                }
                _ => return None,
            },
            Self::Refused { .. } | Self::File(_) => return None,
        })
    }
}

impl From<RayError> for Problem {
    fn from(error: RayError) -> Self {
        let remedy = error.remedy();
        let problem = match error {
            RayError::File(problem) => return problem,
            RayError::TokenFile { ref path, .. } => Self::new(error.to_string()).in_file(path),
            _ => Self::new(error.to_string()),
        };
        match remedy {
            Some(remedy) => problem.remedy(remedy),
            None => problem,
        }
    }
}
