//! Keeps everybody else off the screen: what libraries and panics of other threads print is
//! collected in a file while the UI is up, and shown when the terminal is the user's again.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt;

use super::sys;

/// The most that is shown afterwards; the end says most.
const SHOWN_BYTES: u64 = 64 * 1024;

/// Standard output and standard error while they lead to a file.
#[derive(Debug)]
pub(super) struct Capture {
    file: File,
    redirected: Vec<(RawFd, OwnedFd)>,
}

impl Capture {
    /// Redirects standard output, and standard error if that is a terminal too.
    pub(super) fn start() -> io::Result<Self> {
        let file = match sys::scratch_file() {
            Ok(file) => File::from(file),
            Err(_) => File::options().write(true).open("/dev/null")?,
        };
        let mut redirected = vec![(
            libc::STDOUT_FILENO,
            sys::redirect(libc::STDOUT_FILENO, file.as_fd())?,
        )];
        if io::stderr().is_terminal() {
            redirected.push((
                libc::STDERR_FILENO,
                sys::redirect(libc::STDERR_FILENO, file.as_fd())?,
            ));
        }
        Ok(Self { file, redirected })
    }

    /// Where it is collected.
    pub(super) fn file(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Undoes the redirection and returns what was collected.
    pub(super) fn finish(self) -> Vec<u8> {
        let _ = io::stdout().flush();
        for (target, original) in &self.redirected {
            // Only a descriptor that is not open can make this fail.
            let _ = sys::point(*target, original.as_fd());
        }
        let written = self.file.metadata().map_or(0, |m| m.len());
        let length = written.min(SHOWN_BYTES);
        let mut collected = vec![0; length as usize];
        match self.file.read_exact_at(&mut collected, written - length) {
            Ok(()) => collected,
            Err(_) => Vec::new(),
        }
    }
}
