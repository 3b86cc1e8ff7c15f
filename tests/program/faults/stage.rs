//! An experiment in a folder of its own, the program that is run on it, and what must hold after.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use lazydebugger::log::file::{TraceError, read};
use polars_io::prelude::{IpcWriter, ParquetReader, SerReader, SerWriter};
use serde_json::Value;
use tempfile::TempDir;

use super::chance::Chance;

/// Busy machines take their time; what takes longer hangs.
const PATIENCE: Duration = Duration::from_mins(3);
/// Kilobytes that the program may map: nothing here needs nearly as much, whatever a file claims.
const MOST_KILOBYTES: u64 = 24 << 20;

/// What tables are written as.
pub(super) const FORMATS: [&str; 3] = ["csv", "parquet", "arrow"];
/// The report, the recording, and what stands there before.
pub(super) const REPORT: &str = "out.json";
pub(super) const TRACE: &str = "out.jsonl";
const OLD: &[u8] = b"what was there before\n";
/// What the program says.
const SAID: [&str; 2] = ["stdout", "stderr"];
/// Where it keeps files of its own.
const DATA: &str = "data";
const SWEEP: &str = r#"{"variants": [
    {"name": "one", "model": "boosted_trees.onnx", "parameters": {"trees": 1}},
    {"name": "two", "model": "small.onnx", "parameters": {"trees": 2}}]}"#;

/// A folder with an experiment.
pub(super) struct Stage {
    folder: TempDir,
    /// What each input was.
    inputs: BTreeMap<PathBuf, Vec<u8>>,
}

impl Stage {
    /// With tables of this format.
    pub(super) fn new(format: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in made(format) {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let stage = Self {
            folder,
            inputs: BTreeMap::new(),
        };
        stage.write("sweep.json", SWEEP);
        let text = fs::read_to_string(stage.path("experiment.toml")).unwrap();
        let swept = text.replace("trials.csv", "sweep.json");
        stage.write("swept.toml", swept);
        stage.watched()
    }

    /// One of the formats.
    pub(super) fn of_any_format(chance: &mut Chance) -> Self {
        Self::new(chance.one_of(&FORMATS))
    }

    /// Takes note of what the inputs are now.
    pub(super) fn watched(mut self) -> Self {
        let written = [SAID[0], SAID[1], REPORT, TRACE].map(|name| self.path(name));
        self.inputs.clear();
        for entry in self.folder.path().read_dir().unwrap().flatten() {
            let path = entry.path();
            if entry.file_type().unwrap().is_file() && !written.contains(&path) {
                let bytes = fs::read(&path).unwrap();
                self.inputs.insert(path, bytes);
            }
        }
        self
    }

    /// The attack changes this file itself.
    pub(super) fn gives_up(&mut self, name: &str) {
        self.inputs.remove(&self.path(name));
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// The table that is validated on.
    pub(super) fn table(&self) -> String {
        let is_it = |name: &&str| self.path(name).exists();
        let names = ["test.csv", "test.parquet", "test.arrow"];
        names.into_iter().find(is_it).unwrap().to_owned()
    }

    /// Puts something in the place of outputs, now and then.
    pub(super) fn with_old_outputs(&self, chance: &mut Chance) {
        for name in [REPORT, TRACE] {
            if chance.once_in(2) {
                self.write(name, OLD);
            }
        }
    }

    /// Starts the program, with limits of a shell's `ulimit` on top.
    pub(super) fn start(&self, limits: &str, arguments: &[&str]) -> Running {
        let script = format!("ulimit -v {MOST_KILOBYTES} && {limits} exec \"$@\"");
        let [stdout, stderr] = SAID.map(|name| File::create(self.path(name)).unwrap());
        let child = Command::new("/bin/sh")
            .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_lazydebugger")])
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            // Neither Python nor ONNX Runtime: what they do is not ours to answer for.
            .env("PATH", "")
            .env("ORT_DYLIB_PATH", self.path("none"))
            .env("LAZYDEBUGGER_DATA_DIR", self.path(DATA))
            .env("LAZYDEBUGGER_CACHE_DIR", "")
            .env("TMPDIR", self.folder.path())
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .unwrap();
        Running::of(child)
    }

    /// Runs the program to its end, and looks at what it has left.
    pub(super) fn run(&self, arguments: &[&str]) -> Ended {
        let ended = self.start("", arguments).wait();
        self.holds(&ended, &[0, 1, 2]);
        ended
    }

    /// What must hold, whatever has happened.
    pub(super) fn holds(&self, ended: &Ended, codes: &[i32]) {
        let said = self.said();
        let code = ended.code();
        assert!(codes.contains(&code), "exit code {code}: {said}");
        for word in [
            "panicked",
            "RUST_BACKTRACE",
            "internal error",
            "failed inside",
        ] {
            assert!(!said.contains(word), "{said}");
        }
        assert_harmless(&said);
        if code == 2 {
            assert!(!said.trim().is_empty(), "exit code 2 without a word");
        }
        for (path, before) in &self.inputs {
            let now = fs::read(path).ok();
            assert!(
                now.as_ref() == Some(before),
                "{} has changed",
                path.display()
            );
        }
        self.outputs_are_whole_or_old();
        // Who is killed, or hears of a signal before it heeds any, cannot clear away.
        if ended.0.signal().is_none() {
            self.nothing_is_left_over();
        }
    }

    /// All that the program has said.
    pub(super) fn said(&self) -> String {
        let said = SAID.map(|name| fs::read(self.path(name)).unwrap_or_default());
        said.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .join("\n")
    }

    fn outputs_are_whole_or_old(&self) {
        let report = self.path(REPORT);
        if report.is_file() {
            let bytes = fs::read(&report).unwrap();
            let is_whole = serde_json::from_slice::<Value>(&bytes).is_ok();
            assert!(
                is_whole || bytes == OLD,
                "half a report: {} bytes",
                bytes.len()
            );
        }
        let trace = self.path(TRACE);
        if trace.is_file() && fs::read(&trace).unwrap() != OLD {
            // One that replaces nothing can be followed from its beginning.
            match read(&trace) {
                Ok(_) | Err(TraceError::Empty { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn nothing_is_left_over(&self) {
        for entry in self.folder.path().read_dir().unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap_or_default();
            assert!(!name.contains(".part"), "{name} is left");
        }
    }
}

/// No character that a terminal would obey, or that hides what a line says.
pub(super) fn assert_harmless(text: &str) {
    const HIDING: [char; 9] = [
        '\u{ad}',
        '\u{61c}',
        '\u{200b}',
        '\u{200e}',
        '\u{202e}',
        '\u{2028}',
        '\u{2066}',
        '\u{feff}',
        '\u{e0041}',
    ];
    let found = text
        .chars()
        .find(|c| (c.is_control() && *c != '\n') || HIDING.contains(c));
    assert_eq!(found, None, "{text:?}");
}

/// Names and bytes of files.
type Files = Vec<(OsString, Vec<u8>)>;

/// An experiment with everything, made once for each format.
fn made(format: &str) -> &'static Files {
    static MADE: [OnceLock<Files>; FORMATS.len()] = [const { OnceLock::new() }; FORMATS.len()];
    let at = FORMATS.iter().position(|known| *known == format).unwrap();
    MADE[at].get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        // Arrow is not made to order.
        let written = if format == "arrow" { "parquet" } else { format };
        let made = Command::new(env!("CARGO_BIN_EXE_lazydebugger"))
            .args(["generate", "--rows", "300", "--features", "4", "--force"])
            .args(["--format", written, "--output"])
            .arg(folder.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        if format == "arrow" {
            to_arrow(folder.path());
        }
        let files = folder.path().read_dir().unwrap().flatten();
        let files = files.map(|file| (file.file_name(), fs::read(file.path()).unwrap()));
        files.collect()
    })
}

/// Puts the Parquet tables of a folder into Arrow files, for its experiment too.
fn to_arrow(folder: &Path) {
    for name in ["test", "calibration", "shifted"] {
        let parquet = folder.join(format!("{name}.parquet"));
        let reader = ParquetReader::new(File::open(&parquet).unwrap());
        let mut table = reader.finish().unwrap();
        let arrow = File::create(folder.join(format!("{name}.arrow"))).unwrap();
        IpcWriter::new(arrow).finish(&mut table).unwrap();
        fs::remove_file(parquet).unwrap();
    }
    let experiment = folder.join("experiment.toml");
    let text = fs::read_to_string(&experiment).unwrap();
    fs::write(experiment, text.replace(".parquet", ".arrow")).unwrap();
}

/// How the program ended.
pub(super) struct Ended(ExitStatus);

impl Ended {
    /// As a shell counts.
    pub(super) fn code(&self) -> i32 {
        let signal = || self.0.signal().map(|number| 128 + number);
        self.0.code().or_else(signal).unwrap_or(-1)
    }
}

/// The program while it runs.
pub(super) struct Running {
    pub(super) id: u32,
    ended: Receiver<ExitStatus>,
}

impl Running {
    fn of(mut child: Child) -> Self {
        let id = child.id();
        let (sender, ended) = channel();
        thread::spawn(move || {
            let _ = sender.send(child.wait().unwrap());
        });
        Self { id, ended }
    }

    /// Lets it run for so long, or to its end; has it ended?
    pub(super) fn run_for(&self, time: Duration) -> Option<Ended> {
        match self.ended.recv_timeout(time) {
            Ok(status) => Some(Ended(status)),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("nobody waits for it"),
        }
    }

    pub(super) fn wait(&self) -> Ended {
        self.run_for(PATIENCE).unwrap_or_else(|| {
            self.signal("KILL");
            panic!("it does not end");
        })
    }

    pub(super) fn signal(&self, name: &str) {
        // One that has ended meanwhile does not mind.
        let _ = Command::new("kill")
            .args([&format!("-{name}"), &self.id.to_string()])
            .stderr(Stdio::null())
            .status();
    }
}
