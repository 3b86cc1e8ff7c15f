//! Seeing to it that models can be run: asking whether to fetch ONNX Runtime when it is not there.

use std::io::{self, BufRead, IsTerminal, Write};

use super::output::{Failure, ProgressLine, note};
use crate::event::Backend;
use crate::inference::INSTALL_COMMAND;
use crate::inference::runtime::{InstallStep, install, install_size, is_available, open_now};

/// Asks whether to fetch the runtime when there is none. Without a terminal to ask on, it says
/// which command fetches it.
pub(super) fn ensure(backend: Backend) -> Result<(), Failure> {
    if backend == Backend::Native || is_available() {
        return Ok(());
    }
    // Nothing is there to be opened: asked all the same, for the reason.
    let Err(error) = open_now() else {
        return Ok(());
    };
    let what = "ONNX Runtime, the library that runs models, is not on this machine";
    let interactive = io::stdin().is_terminal() && io::stderr().is_terminal();
    if !interactive || !error.can_be_installed() {
        return Err(Failure::input(error));
    }
    let size = install_size().map(|bytes| format!(" ({} MB)", bytes / 1_000_000));
    let _ = write!(
        io::stderr(),
        "{what}.\nFetch it now through Python's pip{}? [Y/n] ",
        size.unwrap_or_default()
    );
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    let agreed = matches!(answer.trim(), "" | "y" | "Y" | "yes") && read.is_ok_and(|n| n > 0);
    if !agreed {
        return Err(Failure::input(format!(
            "nothing can be run without it; later, `{INSTALL_COMMAND}` fetches it"
        )));
    }
    fetch()
}

/// Fetches the runtime, with progress.
pub(super) fn fetch() -> Result<(), Failure> {
    let mut line = ProgressLine::new();
    let result = install(&mut |step| match step {
        InstallStep::Downloading { bytes, total } => line.show(&format!(
            "downloading ONNX Runtime: {:.1} of {:.1} MB",
            bytes as f64 / 1e6,
            total as f64 / 1e6
        )),
        InstallStep::Checking => line.show("checking its digest"),
        InstallStep::Unpacking => line.show("unpacking"),
        InstallStep::Done => {}
    });
    line.clear();
    let path = result.map_err(Failure::input)?;
    note(&format!("ONNX Runtime is in {}", path.display()));
    Ok(())
}
