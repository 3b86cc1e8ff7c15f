//! Whether and where a session can be watched.

use std::path::{Path, PathBuf};

use clap::Args;

use super::output::{Failure, note};
use crate::attach::{Listener, Open, listening, sockets_folder};
use crate::experiment::Experiment;
use crate::log::file::Header;
use crate::process::total_memory_bytes;
use crate::session::Session;

/// In place of a path: where `attach` looks by itself.
pub(super) const BY_ITSELF: &str = "-";

/// Arguments of commands with a session.
#[derive(Args)]
pub(super) struct ListenArgs {
    /// Those who attach may give commands, and not only look
    #[arg(long)]
    allow_commands: bool,
}

impl ListenArgs {
    /// Listens at a path, or where `attach` looks by itself.
    pub(super) fn listen(
        &self,
        at: Option<&Path>,
        session: &Session,
        experiment: &Experiment,
    ) -> Result<Listener, Failure> {
        let path = at.map_or_else(own_socket, |path| Ok(path.to_owned()));
        let open = if self.allow_commands {
            Open::ToCommand(session.commands())
        } else {
            Open::ToLookAt
        };
        let seed = experiment.engine.seed;
        let header = Header::new(&experiment.name, seed, total_memory_bytes());
        let shown = at.map_or("--listen", |_| "--listen PATH");
        path.and_then(|path| Listener::start(&path, header, session.log().clone(), open))
            .map_err(|error| Failure::input(format!("{shown}: nobody can attach: {error}")))
    }

    /// The same, where it is no harm if nobody can attach.
    pub(super) fn listen_if_possible(
        &self,
        session: &Session,
        experiment: &Experiment,
    ) -> Option<Listener> {
        let listening = self.listen(None, session, experiment);
        if let Err(failure) = &listening {
            failure.told().iter().for_each(|line| note(line));
        }
        listening.ok()
    }
}

/// The socket of this process.
fn own_socket() -> std::io::Result<PathBuf> {
    // What sessions have left that were killed goes.
    listening()?;
    let name = format!("{}.sock", std::process::id());
    Ok(sockets_folder()?.join(name))
}
