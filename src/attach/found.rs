//! Where sessions listen that were not told where.

use std::fs;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use crate::data_folder::data_folder;
use crate::files::create_private_folder;
use crate::log::file::TraceError;

/// Why no session is watched.
#[derive(Debug, thiserror::Error)]
pub enum Unattached {
    /// Nobody listens.
    #[error("no session listens; `lazydebugger run --listen` and the terminal UI do")]
    Nobody,
    /// Several do.
    #[error("several sessions listen; name one: {0}")]
    Several(String),
    /// Nobody answers there.
    #[error("{path}: no session answers: {error}")]
    Silent {
        /// The socket.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// It is no session that answers.
    #[error(transparent)]
    Garbled(#[from] TraceError),
}

/// The folder of the sockets of this user's sessions, made if it is missing.
pub fn sockets_folder() -> io::Result<PathBuf> {
    let data = data_folder().ok_or(io::ErrorKind::NotFound)?;
    fs::create_dir_all(&data)?;
    let folder = data.join("sessions");
    create_private_folder(&folder)?;
    Ok(folder)
}

/// The sockets at which sessions listen. Those that were left by sessions that were killed are taken
/// away.
pub fn listening() -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(sockets_folder()?)?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_socket = |path: &PathBuf| path.extension().is_some_and(|ext| ext == "sock");
    let mut listening: Vec<PathBuf> = paths.filter(is_socket).filter(|p| answers(p)).collect();
    listening.sort();
    Ok(listening)
}

/// The socket of the one session that listens.
pub fn find() -> Result<PathBuf, Unattached> {
    match listening().unwrap_or_default().as_slice() {
        [] => Err(Unattached::Nobody),
        [one] => Ok(one.clone()),
        several => {
            let names: Vec<String> = several.iter().map(|p| p.display().to_string()).collect();
            Err(Unattached::Several(names.join(", ")))
        }
    }
}

fn answers(path: &Path) -> bool {
    let answer = UnixStream::connect(path);
    if answer.is_err() {
        let _ = fs::remove_file(path);
    }
    answer.is_ok()
}
