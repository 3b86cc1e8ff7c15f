//! What can be wrong with settings, in words.

use std::fmt;
use std::path::PathBuf;

use super::table;
use crate::vocabulary;

/// Where flags come from.
pub(crate) const COMMAND_LINE: &str = "command line";

/// Everything that is wrong with one description; never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingsError {
    /// Where the description comes from: a file, or `command line`.
    pub source: String,
    /// The problems, in reading order.
    pub problems: Vec<SettingProblem>,
}

impl std::error::Error for SettingsError {}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [problem] = self.problems.as_slice() {
            let comma = if problem.line.is_some() { ", " } else { ": " };
            return write!(f, "{}{comma}{problem}", self.source);
        }
        write!(f, "{}: {} problems", self.source, self.problems.len())?;
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingProblem {
    /// Line of the file, from 1, where one can be named.
    pub line: Option<usize>,
    /// The key with its sections, such as `dataset.target`, or the flag; empty for a whole file.
    pub key: String,
    /// What is wrong with it.
    pub kind: ProblemKind,
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, &self.kind) {
            (Some(line), ProblemKind::Syntax { column, .. }) => {
                write!(f, "line {line}, column {column}: ")?;
            }
            (Some(line), _) => write!(f, "line {line}: ")?,
            (None, _) => {}
        }
        let key = &self.key;
        match &self.kind {
            ProblemKind::UnknownKey { .. } => write!(f, "unknown key `{key}`; {}", self.kind),
            ProblemKind::Syntax { .. } | ProblemKind::File(_) => self.kind.fmt(f),
            ProblemKind::Missing { .. } => write!(f, "`{key}` {}", self.kind),
            ProblemKind::Unexpected { .. } | ProblemKind::Rule(_) => {
                write!(f, "`{key}`: {}", self.kind)
            }
        }
    }
}

/// The ways in which a key or a file can be wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProblemKind {
    /// The file breaks the rules of its format.
    #[error("not valid {format}: {message}")]
    Syntax {
        /// `TOML` or `JSON`.
        format: &'static str,
        /// Column of the line, from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// A key that nobody reads.
    #[error("{}", suggestion(near.as_deref(), known))]
    UnknownKey {
        /// The known key that is nearest by name.
        near: Option<String>,
        /// The keys that are known in its place.
        known: &'static [&'static str],
    },
    /// A key that must be there.
    #[error("is missing: give {wanted}")]
    Missing {
        /// What it stands for.
        wanted: String,
    },
    /// A value of another kind than the key takes.
    #[error("expected {expected}, found {found}{}", did_you_mean(near.as_deref()))]
    Unexpected {
        /// What the key takes.
        expected: String,
        /// What is there.
        found: String,
        /// The accepted word that is nearest.
        near: Option<String>,
    },
    /// Values that are well formed and cannot be meant.
    #[error("{0}")]
    Rule(String),
    /// The file cannot be used at all.
    #[error("{0}")]
    File(#[from] FileProblem),
}

/// Why a file cannot be an experiment.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FileProblem {
    /// There is none.
    #[error("no such file{}", did_you_mean(near.as_ref().map(|p| p.to_string_lossy()).as_deref()))]
    NotFound {
        /// A file of nearly that name in the same folder.
        near: Option<PathBuf>,
    },
    /// It is a folder.
    #[error("this is a folder; name a file in it{}",
        inside.as_ref().map_or(String::new(), |p| format!(", such as `{}`", p.display())))]
    Folder {
        /// The experiment in that folder, if there is one of the usual name.
        inside: Option<PathBuf>,
    },
    /// It is a model.
    #[error("this is a model, not an experiment: use --model, with --data and --target")]
    Model,
    /// It is a table.
    #[error("this is a table, not an experiment: use --data, with --target and --model")]
    Table,
    /// It is a recorded session.
    #[error("this is a recorded session: use `lazydebugger replay`")]
    Trace,
    /// It is not text.
    #[error("this is not UTF-8 text; save it as UTF-8")]
    NotUtf8,
    /// The operating system refuses it.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

fn suggestion(near: Option<&str>, known: &[&str]) -> String {
    match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}

/// Problems as they are found.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<SettingProblem>);

impl Problems {
    pub(crate) fn add(&mut self, line: Option<usize>, key: impl Into<String>, kind: ProblemKind) {
        let key = key.into();
        self.0.push(SettingProblem { line, key, kind });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `value` when nothing was wrong, else all that was, by line.
    pub(crate) fn or<T>(mut self, source: &str, value: T) -> Result<T, SettingsError> {
        if self.0.is_empty() {
            return Ok(value);
        }
        self.0.sort_by_key(|p| p.line.unwrap_or(usize::MAX));
        Err(SettingsError {
            source: source.to_owned(),
            problems: self.0,
        })
    }
}

impl SettingsError {
    /// All of it in one line, for where there is no room for more.
    pub fn in_one_line(&self) -> String {
        if self.problems.len() < 2 {
            return self.to_string();
        }
        let problems: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
        let (count, problems) = (problems.len(), problems.join("; "));
        format!("{}: {count} problems: {problems}", self.source)
    }

    /// One problem with the whole of a file.
    pub(crate) fn file(source: &str, problem: FileProblem) -> Self {
        Self::of_file(source, None, problem.into())
    }

    /// The place from which a file is not JSON.
    pub(crate) fn json(source: &str, error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let message = text.split(" at line ").next().unwrap_or_default();
        let kind = ProblemKind::Syntax {
            format: "JSON",
            column: error.column(),
            message: message.to_owned(),
        };
        Self::of_file(source, Some(error.line()), kind)
    }

    fn of_file(source: &str, line: Option<usize>, kind: ProblemKind) -> Self {
        let problem = SettingProblem {
            line,
            key: String::new(),
            kind,
        };
        Self {
            source: source.to_owned(),
            problems: vec![problem],
        }
    }
}

impl From<SettingsError> for vocabulary::Problems {
    fn from(error: SettingsError) -> Self {
        let file = (error.source != COMMAND_LINE).then_some(error.source);
        let problems = error.problems.into_iter();
        Self(problems.map(|p| p.in_file(file.as_deref())).collect())
    }
}

impl SettingProblem {
    fn in_file(self, file: Option<&str>) -> vocabulary::Problem {
        let (cause, remedy) = self.kind.parts();
        let cause = match self.line {
            Some(line) => format!("line {line}: {cause}"),
            None => cause,
        };
        vocabulary::Problem {
            setting: table::find(&self.key).map(|setting| setting.name().into()),
            key: (!self.key.is_empty()).then(|| self.key.into()),
            file: file.map(Into::into),
            remedy: remedy.map(Into::into),
            ..vocabulary::Problem::new(cause)
        }
    }
}

impl ProblemKind {
    /// What is wrong, and what to do about it where more than that can be said.
    fn parts(&self) -> (String, Option<String>) {
        let meant = |near: &str| format!("did you mean `{near}`?");
        match self {
            Self::UnknownKey { near, known } => {
                let remedy = suggestion(near.as_deref(), known);
                ("unknown key".to_owned(), Some(remedy))
            }
            Self::Missing { wanted } => ("is missing".to_owned(), Some(format!("give {wanted}"))),
            Self::Unexpected {
                expected,
                found,
                near,
            } => (
                format!("expected {expected}, found {found}"),
                near.as_deref().map(meant),
            ),
            Self::File(FileProblem::NotFound { near }) => {
                let near = near.as_ref().map(|near| near.to_string_lossy());
                ("no such file".to_owned(), near.as_deref().map(meant))
            }
            Self::Syntax { .. } | Self::Rule(_) | Self::File(_) => (self.to_string(), None),
        }
    }
}
