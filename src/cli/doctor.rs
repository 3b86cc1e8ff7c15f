//! `lazydebugger doctor`: what was found on this machine.

use std::env;
use std::fmt::Write;
use std::io::{self, IsTerminal};

use clap::Args;

use super::compare_backends::CompareArgs;
use super::output::{self, COULD_NOT_RUN, Failure};
use super::runtime;
use crate::data_folder::data_folder;
use crate::display::marked;
use crate::event::TOOL;
use crate::inference::INSTALL_COMMAND;
use crate::inference::runtime::{Outcome, open_now, search};
use crate::process::total_memory_bytes;
use crate::tui::terminal::Capabilities;
use crate::tui::terminal::ColourDepth;

/// Variables of others that change what the program does.
const OTHERS: [&str; 8] = [
    "COLORTERM",
    "GITHUB_STEP_SUMMARY",
    "HOME",
    "NO_COLOR",
    "ORT_DYLIB_PATH",
    "SSH_CONNECTION",
    "TERM",
    "XDG_CACHE_HOME",
];

/// Arguments of `doctor`.
#[derive(Args)]
pub(super) struct DoctorArgs {
    /// Fetch ONNX Runtime through Python's pip, check it, and keep it in the data folder
    #[arg(long)]
    install_runtime: bool,
    /// The same for a bug report: nothing of it names a folder, a file or a secret of yours
    #[arg(long, conflicts_with = "install_runtime")]
    report: bool,
    #[command(flatten)]
    compare: CompareArgs,
}

/// Who reads it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// Who sits at the machine.
    Here,
    /// Anybody: paths are left out.
    Anybody,
}

pub(super) fn doctor(args: &DoctorArgs) -> Result<u8, Failure> {
    if args.install_runtime {
        runtime::fetch()?;
    }
    if let Some(result) = args.compare.run() {
        return result;
    }
    let reader = if args.report {
        Reader::Anybody
    } else {
        Reader::Here
    };
    let mut text = String::new();
    if reader == Reader::Anybody {
        describe_program(&mut text);
    }
    let is_fine = describe_runtime(&mut text, reader);
    describe_terminal(&mut text);
    describe_machine(&mut text, reader);
    output::data(&text)?;
    Ok(if is_fine { 0 } else { COULD_NOT_RUN })
}

fn line(text: &mut String, name: &str, value: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  {name:<30}{}", marked(value));
}

/// What was built, and what it was told by the environment: names, no values.
fn describe_program(text: &mut String) {
    let _ = writeln!(text, "{TOOL}");
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    let built = format!("{} {}, {profile}", env::consts::ARCH, env::consts::OS);
    line(text, "built for", &built);
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let is_ours =
        |name: &String| name.starts_with("LAZYDEBUGGER_") || OTHERS.contains(&name.as_str());
    let mut names: Vec<String> = names.filter(is_ours).collect();
    names.sort();
    let names = if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    };
    line(text, "variables that are set", &names);
    text.push('\n');
}

/// False when there is a library, or a setting of one, that does not work. That there is none is
/// fine: models that are covered natively do without.
fn describe_runtime(text: &mut String, reader: Reader) -> bool {
    text.push_str("ONNX Runtime (only for models that are not covered natively)\n");
    let candidates = search();
    for candidate in &candidates {
        let version = candidate.version.as_ref().map(|v| format!(" ({v})"));
        let version = version.unwrap_or_default();
        let place = match (reader, &candidate.path) {
            (Reader::Anybody, _) => format!("{}{version}", without_path(&candidate.outcome)),
            (Reader::Here, Some(path)) => {
                format!("{}: {}{version}", candidate.outcome, path.display())
            }
            (Reader::Here, None) => candidate.outcome.to_string(),
        };
        line(text, &candidate.place.to_string(), &place);
    }
    let found = candidates.iter().any(|c| c.outcome == Outcome::Used);
    // Only opening it tells whether a file is what its name says.
    let opened = open_now();
    match &opened {
        // Where its file does not tell the version, its name is its path.
        Ok(name) if reader == Reader::Anybody && name.contains(std::path::MAIN_SEPARATOR) => {
            line(text, "opens as", "ONNX Runtime, of unknown version");
        }
        Ok(name) => line(text, "opens as", name),
        Err(error) if error.can_be_installed() && !found => {
            line(text, "to fetch it", INSTALL_COMMAND);
            return true;
        }
        Err(error) if reader == Reader::Here => line(text, "does not open", &error.to_string()),
        Err(_) => line(text, "opens", "no"),
    }
    opened.is_ok()
}

fn without_path(outcome: &Outcome) -> String {
    match outcome {
        Outcome::NotFound(_) => "none".to_owned(),
        Outcome::Wrong(_) => "cannot be used".to_owned(),
        Outcome::Used | Outcome::WrongVersion { .. } | Outcome::Skipped => outcome.to_string(),
    }
}

fn describe_terminal(text: &mut String) {
    text.push_str("\nTerminal\n");
    let capabilities = Capabilities::detect();
    let (columns, rows) = crossterm::terminal::size().unwrap_or((0, 0));
    let yes_no = |yes: bool| if yes { "yes" } else { "no" };
    line(
        text,
        "stdout is a terminal",
        yes_no(io::stdout().is_terminal()),
    );
    line(text, "size", &format!("{columns}x{rows} (at least 60x16)"));
    line(text, "colours", colours(capabilities.depth));
    line(
        text,
        "characters",
        if capabilities.unicode {
            "Unicode"
        } else {
            "ASCII"
        },
    );
    line(text, "over SSH", yes_no(capabilities.ssh));
}

fn colours(depth: ColourDepth) -> &'static str {
    match depth {
        ColourDepth::None => "none",
        ColourDepth::Ansi16 => "16",
        ColourDepth::Ansi256 => "256",
        ColourDepth::True => "true colour",
    }
}

fn describe_machine(text: &mut String, reader: Reader) {
    text.push_str("\nMachine\n");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    line(text, "cores", &cores.to_string());
    if let Some(bytes) = total_memory_bytes() {
        line(text, "memory", &format!("{:.1} GB", bytes as f64 / 1e9));
    }
    let folder = data_folder().map(|folder| match reader {
        Reader::Here => folder.display().to_string(),
        Reader::Anybody if folder.is_dir() => "there".to_owned(),
        Reader::Anybody => "not made yet".to_owned(),
    });
    line(
        text,
        "data folder",
        &folder.unwrap_or_else(|| "none".to_owned()),
    );
}
