//! The settings that have flags, by section. Those of `[engine]` and `[lints]`, which the log tells as
//! well, are declared in the vocabulary.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::declare::{Setting, settings};
use super::protected::Attributes;
use super::quantiles::QuantileModels;
use super::size::Size;
use super::span::Span;
use super::value::{AnyText, On, Threads, Words};
use crate::vocabulary::{
    Backend, CachePolicy, Codec, Columns, DecimalSign, Device, Encoding, EngineSettings,
    LintSettings, ModelOutput, Preset, Separator, SharedMode, Strategy, Task, TextForm,
    engine_settings, lint_settings,
};

settings! {
    /// What is said of the rows to validate on.
    "dataset", "Dataset", DatasetGiven {
        /// The rows to validate on: .csv .parquet .arrow .feather
        path: PathBuf, flag "data" "FILE";

        /// The column to predict
        target: String, flag "target" "COLUMN";

        /// The value of the target that counts as class 1
        positive: Task, flag "positive" "VALUE", default "told from the model and the target";

        /// What a missing text becomes for the model
        missing_text: AnyText, flag "missing-text" "TEXT", default "told from the model";

        /// Words and numbers that stand for missing numbers, beside NA, null, nan and their like
        missing: Words, flag "missing" "WORDS";

        /// What stands between the values of a CSV file: one sign, or tab
        separator: Separator, flag "separator" "SIGN", default "told from the file";

        /// What stands before the fraction of a number in a CSV file
        decimal: DecimalSign, flag "decimal" "SIGN", default "told from the file";

        /// How a CSV file is encoded
        encoding: Encoding, flag "encoding" "NAME", default "utf-8, or what the file's mark says";

        /// How numbers and truth values of a table are written for an input of texts
        spelling: TextForm, flag "spelling" "TOOL", default "pandas";

        /// Other rows, for the prediction sets
        calibration: PathBuf, flag "calibration" "FILE", default "a part of the dataset";

        /// The same columns drawn from another population; may be given again
        alternative: Vec<PathBuf>, flag "alternative" "FILE";
    }
}

settings! {
    /// What is said of groups of rows.
    "", "Dataset", GroupsGiven {
        /// Columns whose groups are compared, such as sex,race,age:25,45,65 (cut points of a number)
        protected: Attributes, flag "protected" "COLUMNS";
    }
}

settings! {
    /// What is said of the model to validate.
    "model", "Model", ModelGiven {
        /// The model to validate: .onnx
        path: PathBuf, flag "model" "FILE";

        /// The model's scores, as `predict` writes them; the model is then not run
        predictions: PathBuf, flag "predictions" "FILE";

        /// Class 1 from this score on
        threshold: f64, flag "threshold" "SCORE", default "0.5";

        /// The columns that a model of one tensor takes, in order
        features: Vec<String>, flag "features" "COLUMNS", default "all but the target";

        /// What the model's output means
        output: ModelOutput, flag "model-output" "MEANING", default "told from the model";

        /// The model's output that holds the score, where its file does not show it: a name, or one
        /// column of it, such as probabilities[1]
        score_output: String, flag "score-output" "NAME", default "told from the model";

        /// Models of the ends of an interval around the prediction, for a regression
        quantiles: QuantileModels;

        /// What the library that trained the model gives for the dataset, in columns as `predict`
        /// writes them: its scores are compared with these
        expected: PathBuf, flag "parity" "FILE";
    }
}

settings! {
    /// What is said of what outlives a session.
    "cache", "Cache", CacheGiven {
        /// Keep on this disk what loads have made, for later sessions
        disk: On, flag "no-disk-cache" "", default "true";

        /// Most bytes that this takes on the disk
        disk_bytes: Size, flag "disk-cache-bytes" "SIZE",
            default "2GB, or 5% of the disk where that is less";
    }
}

settings! {
    /// What is said of a cache that several machines have in common.
    "cache.shared", "Cache", SharedGiven {
        /// A Redis or Valkey server for small values, redis://HOST:PORT or rediss://HOST:PORT
        url: String, flag "shared-cache" "URL";

        /// An S3-compatible bucket for large values, s3://NAME
        bucket: String, flag "shared-cache-bucket" "BUCKET";

        /// Where the bucket is served, such as https://minio.example:9000
        endpoint: String, flag "shared-cache-endpoint" "URL", default "that of Amazon's region";

        /// The region of the bucket
        region: String, default "us-east-1";

        /// What the names of all its entries begin with
        prefix: String, default "lazydebugger";

        /// What is done with it
        mode: SharedMode, flag "shared-cache-mode" "MODE", default "read";
    }
}

/// Makes of settings that are held as plain data what is read from files and flags, and what that comes
/// to.
macro_rules! given {
    ($(#[doc = $about:literal])+ $section:literal, $heading:literal, $given:ident, $plain:ident { $(
        $(#[doc = $doc:literal])+
        $key:ident: $kind:ty $(, flag $flag:literal $value:literal)? $(, default $told:literal)?
            => $field:ident: $held:ty = $default:expr;
    )+ }) => {
        settings! {
            $(#[doc = $about])+
            $section, $heading, $given {
                $( $(#[doc = $doc])+ $key: $kind $(, flag $flag $value)? $(, default $told)?; )+
            }
        }

        impl $given {
            /// Puts what is given in the place of what is set.
            pub(crate) fn apply(self, settings: &mut $plain) {
                $( if let Some(given) = self.$key {
                    settings.$field = <$held>::from(given);
                } )+
            }
        }
    };
}
engine_settings!(given {
    /// What is said of how the engine is set.
    "engine", "Engine", EngineGiven, EngineSettings
});
lint_settings!(given {
    /// What is said of what lints call too much.
    "lints", "Lints", LintsGiven, LintSettings
});

/// All of them, in the order in which they are told.
pub fn all() -> impl Iterator<Item = &'static Setting> {
    let sections = [
        DatasetGiven::SETTINGS,
        GroupsGiven::SETTINGS,
        ModelGiven::SETTINGS,
        EngineGiven::SETTINGS,
        LintsGiven::SETTINGS,
        CacheGiven::SETTINGS,
        SharedGiven::SETTINGS,
    ];
    sections.into_iter().flatten()
}

/// The setting of this name, such as `engine.memory_budget`.
pub fn find(name: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.name() == name)
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::{EngineGiven, EngineSettings, all};

    /// A default that is told is what holds: given as a flag it changes nothing.
    #[test]
    fn the_engine_is_set_as_the_help_says() {
        for setting in EngineGiven::SETTINGS {
            let Some((flag, told)) = setting.flag.zip(setting.default) else {
                continue;
            };
            let command = EngineGiven::augment_args(Command::new("engine"));
            let argument = format!("--{}={told}", flag.name);
            let parsed = command.try_get_matches_from(["engine", &argument]);
            let Ok(matches) = parsed else {
                // Words, and what a flag without a value says no to, are not given.
                let is_said_no_to = flag.name.starts_with("no-") && told == "true";
                let is_words = told.contains(' ') || told == "not";
                assert!(is_words || is_said_no_to, "{argument}");
                continue;
            };
            let mut engine = EngineSettings::default();
            let Ok(given) = EngineGiven::from_arg_matches(&matches) else {
                panic!("{argument} is no flag");
            };
            given.apply(&mut engine);
            assert_eq!(engine, EngineSettings::default(), "{argument}");
        }
    }

    #[test]
    fn no_two_settings_share_a_name_or_a_flag() {
        let mut names: Vec<String> = all().map(super::Setting::name).collect();
        names.extend(all().filter_map(|s| Some(format!("--{}", s.flag?.name))));
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
