//! A Python process that answers line by line, in JSON: what other libraries take is timed in it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::child::{Group, Scratch};
use crate::vocabulary::Problem;

/// The process, and the empty folder that it works in.
pub(super) struct Python {
    program: PathBuf,
    /// What is said when it has stopped.
    needs: &'static str,
    process: Child,
    // Closed first when this ends: that is what the process waits for.
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    _group: Group,
}

impl Python {
    /// Starts a script; `needs` tells what it needs, for when it stops.
    pub(super) fn start(
        program: &Path,
        script: &str,
        arguments: &[&Path],
        scratch: &Scratch,
        needs: &'static str,
    ) -> Result<Self, Problem> {
        let at = |error: std::io::Error| Problem::new(error.to_string()).in_file(program);
        let empty = scratch.path().join("empty");
        fs::create_dir_all(&empty).map_err(at)?;
        let mut process = Command::new(named(program))
            .args(["-I", "-c", script])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .current_dir(empty)
            .process_group(0)
            .spawn()
            .map_err(|error| Problem::new(format!("{error}; check --python")).in_file(program))?;
        let group = Group::of(process.id());
        let (Some(requests), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(stopped(program, needs));
        };
        Ok(Self {
            program: program.to_owned(),
            needs,
            process,
            requests: Some(requests),
            answers: BufReader::new(answers),
            _group: group,
        })
    }

    /// What it answers to a request.
    pub(super) fn ask<T: DeserializeOwned>(&mut self, request: &Value) -> Result<T, Problem> {
        let written = match &mut self.requests {
            Some(requests) => writeln!(requests, "{request}").and_then(|()| requests.flush()),
            None => Ok(()),
        };
        written.map_err(|_| stopped(&self.program, self.needs))?;
        self.read()
    }

    /// Its next line.
    pub(super) fn read<T: DeserializeOwned>(&mut self) -> Result<T, Problem> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        if read.is_ok_and(|bytes| bytes > 0) {
            serde_json::from_str(&line)
                .map_err(|error| Problem::new(format!("{error}: {line}")).in_file(&self.program))
        } else {
            Err(stopped(&self.program, self.needs))
        }
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        drop(self.requests.take());
        let _ = self.process.wait();
    }
}

/// A name alone is looked for on the PATH; a path holds wherever the process works.
fn named(python: &Path) -> PathBuf {
    match python.components().count() {
        0 | 1 => python.to_owned(),
        _ => std::path::absolute(python).unwrap_or_else(|_| python.to_owned()),
    }
}

fn stopped(python: &Path, needs: &str) -> Problem {
    let cause = format!("it has stopped; Python's words are above. It needs the packages {needs}");
    Problem::new(cause).in_file(python)
}
