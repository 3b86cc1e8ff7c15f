//! What a run needs on other machines: the program, its flags, and the experiment's files where they are
//! small. Larger ones must be seen there at the same paths.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory};

use super::output::{self, Failure};
use super::{Cli, destinations};
use crate::display;
use crate::experiment::Experiment;
use crate::files;
use crate::ray::Package;
use crate::settings;
use crate::vocabulary::{Dimension, Problem};

/// Files of more bytes together are not sent along: they change with the data, and travel each time.
const MOST_SENT_BYTES: u64 = 64 << 20;
/// Where the experiment lies in a package.
const FOLDER: &str = "experiment";
/// The flag without which each worker has as many threads as Ray gives it processors.
const THREADS: &str = "threads";

/// What a run needs elsewhere.
pub(super) struct Shipped {
    pub(super) program: Package,
    pub(super) run: Package,
    /// What the program is told there, the experiment's file last.
    pub(super) arguments: Vec<String>,
    /// Where it works there; none: in the package.
    pub(super) folder: Option<PathBuf>,
    /// Does nobody say how many threads a worker has?
    pub(super) sets_threads: bool,
    /// What the experiment reads.
    inputs: Vec<PathBuf>,
}

/// What this run needs on other machines. Says which files must be seen there.
pub(super) fn ship(experiment: &Experiment, dimensions: &[Dimension]) -> Result<Shipped, Failure> {
    let program = env::current_exe().map_err(Failure::input)?;
    let matches = Cli::command().get_matches();
    let (_, matches) = matches
        .subcommand()
        .ok_or_else(|| Failure::input("no command"))?;
    let given = given(matches)?;
    let inputs = destinations::all_inputs(experiment);
    let names: Vec<&str> = dimensions
        .iter()
        .map(|dimension| dimension.name())
        .collect();
    let mut arguments = vec![format!("--dimensions={}", names.join(","))];
    let sets_threads = !given.iter().any(|(flag, _)| flag == THREADS);
    arguments.extend(given.into_iter().map(|(_, words)| words));
    let sent = experiment.file.as_deref().and_then(|file| {
        let files = relocated(experiment, file, &inputs)?;
        let name = file.file_name()?.to_str()?;
        Some((files, format!("{FOLDER}/{name}")))
    });
    let (sent, folder) = if let Some((sent, file)) = sent {
        arguments.push(file);
        (sent, None)
    } else {
        let folder = env::current_dir().map_err(Failure::input)?;
        text(&folder)?;
        if let Some(file) = &experiment.file {
            arguments.push(text(&std::path::absolute(file).map_err(Failure::input)?)?);
        }
        let found = inputs.iter().filter_map(|path| fs::metadata(path).ok());
        let bytes: u64 = found.map(|metadata| metadata.len()).sum();
        output::note(&format!(
            "note: workers read the experiment's files ({}) at the same paths as here, such as {}",
            display::bytes(bytes),
            experiment.dataset.path.display()
        ));
        (Vec::new(), Some(folder))
    };
    Ok(Shipped {
        program: Package::of_program(program),
        run: Package::of_run(sent),
        arguments,
        folder,
        sets_threads,
        inputs,
    })
}

impl Shipped {
    /// The same for the same run of the same files, as far as their dates tell.
    pub(super) fn id(&self, of: u32) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        add(&of.to_le_bytes());
        for argument in &self.arguments {
            add(argument.as_bytes());
        }
        if let Some(folder) = &self.folder {
            add(folder.as_os_str().as_encoded_bytes());
        }
        let program = env::current_exe().ok();
        for path in self.inputs.iter().chain(&program) {
            add(path.as_os_str().as_encoded_bytes());
            let metadata = fs::metadata(path).ok();
            let length = metadata.as_ref().map_or(0, fs::Metadata::len);
            let modified = metadata.and_then(|metadata| metadata.modified().ok());
            let since_1970 = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            add(&length.to_le_bytes());
            add(&since_1970.map_or(0, |time| time.as_nanos()).to_le_bytes());
        }
        hasher.finalize().to_hex()[..16].to_owned()
    }
}

/// The flags of settings that stand on the command line: each by its name, and as it is written again.
fn given(matches: &ArgMatches) -> Result<Vec<(String, String)>, Failure> {
    let mut given = Vec::new();
    for argument in Cli::command()
        .find_subcommand("run")
        .into_iter()
        .flat_map(clap::Command::get_arguments)
    {
        let id = argument.get_id().as_str();
        let Some(long) = argument.get_long() else {
            continue;
        };
        let is_setting =
            settings::all().any(|setting| setting.flag.is_some_and(|flag| flag.name == long));
        if !is_setting || matches.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        if !argument.get_action().takes_values() {
            given.push((long.to_owned(), format!("--{long}")));
            continue;
        }
        for occurrence in matches.get_raw_occurrences(id).into_iter().flatten() {
            let values: Vec<&OsStr> = occurrence.collect();
            let values: Option<Vec<&str>> = values.iter().map(|value| value.to_str()).collect();
            let values = values.ok_or_else(|| no_text(long))?;
            given.push((long.to_owned(), format!("--{long}={}", values.join(","))));
        }
    }
    Ok(given)
}

fn no_text(what: &str) -> Failure {
    let cause = format!("{what} is not in UTF-8, and cannot be told to other machines");
    Problem::new(cause).remedy("rename it").into()
}

fn text(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| no_text(&path.display().to_string()))
}

/// The experiment's files under the names that they have in a package; none where they are too large, or
/// where its file names them in a way that would not find them there.
fn relocated(
    experiment: &Experiment,
    file: &Path,
    inputs: &[PathBuf],
) -> Option<Vec<(String, PathBuf)>> {
    // Flags that name other files name them from this folder.
    let by_itself = Experiment::from_file(file).ok()?;
    if destinations::all_inputs(&by_itself) != destinations::all_inputs(experiment) {
        return None;
    }
    let folder = file.parent()?;
    let words = files::read_text(file, MOST_SENT_BYTES).ok()?;
    let absolute = std::path::absolute(folder).ok()?;
    if words.contains(absolute.to_str()?) {
        return None;
    }
    let mut bytes = 0;
    let mut sent: Vec<(String, PathBuf)> = Vec::new();
    for input in inputs {
        let inside = input.strip_prefix(folder).ok()?;
        let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        if !inside.components().all(is_plain) {
            return None;
        }
        let name = format!("{FOLDER}/{}", inside.to_str()?);
        if sent.iter().any(|(known, _)| *known == name) {
            continue;
        }
        bytes += fs::metadata(input).ok()?.len();
        sent.push((name, input.clone()));
    }
    (bytes <= MOST_SENT_BYTES).then_some(sent)
}
