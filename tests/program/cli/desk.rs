//! A folder to work in, and the program to run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use lazydebugger::inference::runtime::{Outcome as FoundAs, search};
use serde_json::Value;
use tempfile::TempDir;

/// Rows of the small table.
const ROWS: usize = 60;

/// What the program did.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let outcome = Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        };
        for panic in ["panicked", "RUST_BACKTRACE", "internal error"] {
            assert!(!outcome.stderr.contains(panic), "{}", outcome.stderr);
            assert!(!outcome.stdout.contains(panic), "{}", outcome.stdout);
        }
        assert!(!outcome.stdout.contains(":NaN") && !outcome.stdout.contains(": NaN"));
        outcome
    }

    /// Nothing but words: exit code 2, an empty stdout, and `words` on stderr.
    pub(crate) fn refuses(&self, what: &str, words: &[&str]) {
        assert_eq!(self.code, Some(2), "{what}: {}", self.stderr);
        assert_eq!(self.stdout, "", "{what}");
        for word in words {
            let stderr = &self.stderr;
            assert!(stderr.contains(word), "{what}: no {word:?} in {stderr:?}");
        }
        assert_harmless(&self.stderr);
    }

    /// It came to this exit code; gives the JSON report.
    pub(crate) fn report(&self, code: i32) -> Value {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// No character that a terminal would obey.
pub(crate) fn assert_harmless(text: &str) {
    let control = text.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(control, None, "{text:?}");
}

/// A temporary folder with a small table of numbers in it, `good.csv`.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self(TempDir::new().unwrap());
        desk.write("good.csv", table(|_, _| {}));
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// An experiment's file: a dataset and a model, then `more`.
    pub(crate) fn experiment(&self, data: &Path, model: &Path, more: &str) -> PathBuf {
        let text = format!(
            "[dataset]\npath = '{}'\ntarget = 'income'\npositive = '>50K'\nmissing_text = '?'\n\
             [model]\npath = '{}'\n{more}\n",
            data.display(),
            model.display(),
        );
        self.write("experiment.toml", text)
    }

    /// Runs the program in the folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with(arguments, |_| {})
    }

    pub(crate) fn run_with(
        &self,
        arguments: &[&str],
        change: impl FnOnce(&mut Command),
    ) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
        command.args(arguments);
        self.prepare(&mut command);
        change(&mut command);
        Outcome::of(&command.output().unwrap())
    }

    /// Lets a program work in the folder and keep its own files there. ONNX Runtime, which may be
    /// in the user's data folder, is named.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command
            .current_dir(self.0.path())
            .env("LAZYDEBUGGER_DATA_DIR", self.path("data"))
            // A test that is about what earlier runs have left says so.
            .env("LAZYDEBUGGER_CACHE_DIR", "")
            // Tests run in CI, too, and are no part of its summary.
            .env_remove("GITHUB_STEP_SUMMARY");
        if let Some(library) = library() {
            command.env("ORT_DYLIB_PATH", library);
        }
    }

    /// `check` and `run` refuse alike.
    pub(crate) fn refuses(&self, what: &str, arguments: &[&str], words: &[&str]) {
        let check = [&["check"], arguments].concat();
        self.run(&check).refuses(what, words);
        let run = [&["run", "--format", "json"], arguments].concat();
        self.run(&run).refuses(what, words);
    }

    /// The JSON report of `run`.
    pub(crate) fn report(&self, code: i32, arguments: &[&str]) -> Value {
        let run = [&["run", "--format", "json"], arguments].concat();
        self.run(&run).report(code)
    }
}

/// The flags that name a dataset of the Adult columns and a model.
pub(crate) fn flags<'a>(data: &'a str, model: &'a str) -> Vec<&'a str> {
    let target = ["--target", "income", "--positive", ">50K"];
    [&["--data", data, "--model", model], &target[..]].concat()
}

/// A file of the zoo.
pub(crate) fn zoo(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/zoo")
        .join(name)
}

/// A logistic regression on the columns of the small table.
pub(crate) fn logistic() -> String {
    text(&zoo("skl_lr_strlabel.onnx"))
}

/// A model on the columns of the small table with an operator that only ONNX Runtime has.
pub(crate) fn uncovered() -> String {
    text(&zoo("einsum.onnx"))
}

/// Gradient-boosted trees on the columns of the small table: they take missing numbers.
pub(crate) fn trees() -> String {
    text(&zoo("xgb_onnxmltools.onnx"))
}

/// The bundled experiment.
pub(crate) fn adult() -> String {
    text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/adult/experiment.toml"))
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// The small table: header first, `change`d line by line.
pub(crate) fn table(change: impl FnMut(usize, &mut Vec<String>)) -> String {
    changed("adult_500_ordinal.csv", 1, change)
}

/// As [`table`], with texts in it and a row number in front.
pub(crate) fn table_of_texts(change: impl FnMut(usize, &mut Vec<String>)) -> String {
    changed("adult_500.csv", 0, change)
}

fn changed(name: &str, from: usize, mut change: impl FnMut(usize, &mut Vec<String>)) -> String {
    let whole = std::fs::read_to_string(zoo(name)).unwrap();
    let lines = whole.lines().take(ROWS + 1).enumerate().map(|(row, line)| {
        let mut fields: Vec<String> = line.split(',').skip(from).map(str::to_owned).collect();
        change(row, &mut fields);
        fields.join(",") + "\n"
    });
    lines.collect()
}

/// The ONNX Runtime that the program would use here.
pub(crate) fn library() -> Option<&'static Path> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        let places = search().into_iter();
        let mut used = places.filter(|place| place.outcome == FoundAs::Used);
        used.find_map(|place| place.path)
    };
    LIBRARY.get_or_init(find).as_deref()
}

/// Fails where there is no ONNX Runtime, for tests of models that only it runs.
pub(crate) fn needs_runtime() {
    assert!(
        lazydebugger::inference::runtime::is_available(),
        "these tests need ONNX Runtime: fetch it with `lazydebugger doctor --install-runtime`"
    );
}
