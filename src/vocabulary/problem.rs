//! What stands in the way, in parts: where, what is wrong, what to do.

use std::fmt::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// A cause is not much longer than this: the value at fault may be a whole file.
const MOST_CAUSE_BYTES: usize = 8_000;

/// Something that stands in the way of what was asked.
///
/// Each face puts the parts together in its own way: in full, or with the cause first where there
/// is little room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// The setting that it is about, such as `dataset.target`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Box<str>>,
    /// The file that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Box<str>>,
    /// The column of that file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<Box<str>>,
    /// The row, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// What is wrong, with the value at fault: names column and row where it has them.
    pub cause: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Box<str>>,
    /// The setting that would help, such as `engine.memory_budget`: a face may name its flag or key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<Box<str>>,
}

impl Problem {
    /// Something is wrong.
    pub fn new(cause: impl Into<String>) -> Self {
        let mut cause = cause.into();
        if cause.len() > MOST_CAUSE_BYTES {
            let whole = cause.len();
            cause.truncate(cause.floor_char_boundary(MOST_CAUSE_BYTES));
            let left_out = whole - cause.len();
            // Writing to a string cannot fail.
            let _ = write!(cause, " [... {left_out} bytes more]");
        }
        Self {
            cause,
            ..Self::default()
        }
    }

    /// In this file; one that is named already stays.
    #[must_use]
    pub fn in_file(mut self, file: &Path) -> Self {
        self.file
            .get_or_insert_with(|| file.display().to_string().into());
        self
    }

    /// In this column.
    #[must_use]
    pub fn in_column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into().into_boxed_str());
        self
    }

    /// In this row, counted from 0.
    #[must_use]
    pub fn in_row(mut self, row: usize) -> Self {
        self.row = Some(row as u64);
        self
    }

    /// Under this key of the settings.
    #[must_use]
    pub fn under(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into().into_boxed_str());
        self
    }

    /// This is what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into().into_boxed_str());
        self
    }

    /// This setting would help.
    #[must_use]
    pub fn setting(mut self, setting: impl Into<String>) -> Self {
        self.setting = Some(setting.into().into_boxed_str());
        self
    }

    /// For narrow places: the file by its name alone, then the cause.
    pub fn short(&self) -> String {
        let file = self.file.as_deref().map(Path::new);
        match file.and_then(Path::file_name) {
            Some(name) => format!("{}: {}", name.to_string_lossy(), self.cause),
            None => self.cause.clone(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in [&self.key, &self.file].into_iter().flatten() {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.cause)?;
        match &self.remedy {
            Some(remedy) => write!(f, ": {remedy}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

/// Everything that stands in the way at once; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl From<String> for Problem {
    fn from(cause: String) -> Self {
        Self::new(cause)
    }
}

impl From<&str> for Problem {
    fn from(cause: &str) -> Self {
        Self::new(cause)
    }
}

impl From<Problem> for String {
    fn from(problem: Problem) -> Self {
        problem.to_string()
    }
}
