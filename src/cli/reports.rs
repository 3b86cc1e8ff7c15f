//! In which forms a run is reported, and where to: each file by its ending, and the summary of a CI job
//! where the job has a place for it.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::output::{self, Failure};
use crate::files;
use crate::report::{RunReport, TextOptions};
use crate::vocabulary::Problem;

/// Where GitHub's runners want the summary of a job, which they show with it.
const JOB_SUMMARY: &str = "GITHUB_STEP_SUMMARY";
/// Stands for stdout.
const STDOUT: &str = "-";

/// Arguments of reports.
#[derive(Args)]
pub(super) struct ReportArgs {
    /// How to report, where the file's ending does not tell [default: text]
    #[arg(long, value_enum)]
    format: Option<ReportFormat>,
    /// Where to report, by its ending: .txt, .json, .xml (JUnit), .md or .html; - is stdout; may be
    /// given several times [default: stdout]
    #[arg(long, value_name = "FILE")]
    output: Vec<PathBuf>,
}

/// A form of a report.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For CI servers: JUnit XML, a test case for each dimension and gate
    Junit,
    /// For a comment on a pull request: at most 60 kB
    Markdown,
    /// For a browser: one file with pictures, at most 300 kB
    Html,
    /// The head of the Markdown: verdict, gates, and how each dimension ended
    Summary,
}

impl ReportFormat {
    fn of_ending(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "txt" => Self::Text,
            "json" => Self::Json,
            "xml" => Self::Junit,
            "md" | "markdown" => Self::Markdown,
            "html" | "htm" => Self::Html,
            _ => return None,
        })
    }
}

impl ReportArgs {
    /// The files that will be written, each with the flag that names it.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let files = self.output.iter().filter(|path| !is_stdout(path));
        files.map(|path| ("--output", path.as_path()))
    }

    /// The one file that will be written, where there is one and no form was asked for.
    pub(super) fn only_file(&self) -> Option<&Path> {
        match self.output.as_slice() {
            [path] if !is_stdout(path) && self.format.is_none() => Some(path),
            _ => None,
        }
    }

    /// Does somebody read the text report on the terminal?
    pub(super) fn is_read_here(&self) -> bool {
        self.on_stdout() == Some(ReportFormat::Text)
    }

    /// In what form stdout gets it, if it does.
    fn on_stdout(&self) -> Option<ReportFormat> {
        let is_wanted = self.output.is_empty() || self.output.iter().any(|path| is_stdout(path));
        is_wanted.then(|| self.format.unwrap_or(ReportFormat::Text))
    }

    /// A file's own ending tells, unless it is the only one and a form was asked for.
    fn format_of(&self, path: &Path) -> ReportFormat {
        let told = ReportFormat::of_ending(path);
        let asked = self.format;
        let form = if self.output.len() == 1 {
            asked.or(told)
        } else {
            told.or(asked)
        };
        form.unwrap_or(ReportFormat::Text)
    }

    /// Begins the report for stdout, if it `may` have it, and for all files; what else the JSON report
    /// is to hold stands in `beside`.
    pub(super) fn begin<'r>(
        &'r self,
        report: &'r RunReport<'r>,
        beside: &[(&str, Value)],
        may_use_stdout: bool,
    ) -> Begun<'r> {
        let files = self.output.iter().filter(|path| !is_stdout(path));
        let files = files.map(|path| {
            let draft = Draft::begin(self.format_of(path), report, beside);
            (path.as_path(), draft)
        });
        let on_stdout = self.on_stdout();
        Begun {
            report,
            files: files.collect(),
            stdout: on_stdout
                .filter(|_| may_use_stdout)
                .map(|form| Draft::begin(form, report, beside)),
            is_for_files_only: on_stdout.is_none(),
        }
    }
}

/// A report in all its forms, up to what only the end tells: how long it took.
pub(super) struct Begun<'r> {
    report: &'r RunReport<'r>,
    files: Vec<(&'r Path, Draft)>,
    stdout: Option<Draft>,
    is_for_files_only: bool,
}

impl Begun<'_> {
    /// Writes it, with the time until now. A file that cannot be written hinders no other.
    pub(super) fn write(self) -> Result<(), Failure> {
        let mut failed = None;
        let mut is_told = false;
        for (path, draft) in self.files {
            let text = draft.end(self.report, false);
            if let Err(error) = files::write_whole(path, text.as_bytes()) {
                let mut cause = error.to_string();
                if self.is_for_files_only && !is_told {
                    // What was computed is not lost.
                    output::data(&text)?;
                    is_told = true;
                    cause.push_str("; the report is on standard output instead");
                }
                let problem = Problem::new(cause).in_file(path);
                failed.get_or_insert(Failure::from(problem));
            }
        }
        if let Some(draft) = self.stdout {
            output::data(&draft.end(self.report, true))?;
        }
        failed.map_or(Ok(()), Err)
    }
}

/// A report in one form, as far as it can be written before its end.
struct Draft {
    form: ReportFormat,
    /// JSON but for the timings; nothing in the other forms, none of which tells them as finely.
    begun: String,
}

impl Draft {
    fn begin(form: ReportFormat, report: &RunReport<'_>, beside: &[(&str, Value)]) -> Self {
        if form != ReportFormat::Json {
            return Self {
                form,
                begun: String::new(),
            };
        }
        let mut whole = report.json_but_timings();
        for (name, value) in beside {
            whole[*name] = value.clone();
        }
        let begun = output::json(&whole);
        Self { form, begun }
    }

    fn end(self, report: &RunReport<'_>, is_stdout: bool) -> String {
        match self.form {
            ReportFormat::Text => report.text(TextOptions {
                width: output::width(),
                colour: is_stdout && output::is_colourful(),
            }),
            ReportFormat::Json => {
                output::json_with(self.begun, &json!({ "timings": report.timings_json() }))
            }
            ReportFormat::Junit => report.junit(),
            ReportFormat::Markdown => report.markdown(),
            ReportFormat::Html => report.html(),
            ReportFormat::Summary => report.summary(),
        }
    }
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new(STDOUT)
}

/// Adds the summary to that of the CI job, if this is one, and not to a file that the run `reads`. That it
/// cannot be changes nothing else.
pub(super) fn summarise_job(report: &RunReport<'_>, reads: impl Fn(&Path) -> bool) {
    let Some(path) = env::var_os(JOB_SUMMARY).filter(|path| !path.is_empty()) else {
        return;
    };
    let path = PathBuf::from(path);
    let appended = if reads(&path) {
        Err(io::Error::other("the run reads this file"))
    } else {
        append(&path, &report.summary())
    };
    if let Err(error) = appended {
        let name = path.display();
        output::note(&format!(
            "note: {JOB_SUMMARY} is {name}, which was not written: {error}"
        ));
    }
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    // Neither a device nor a pipe, whatever the variable says.
    if path.exists() && !path.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(text.as_bytes())
}
