//! `lazydebugger attach`: the terminal UI on a session that runs elsewhere on this machine.

use std::path::PathBuf;

use clap::Args;

use super::config::screen_config;
use super::output::{Failure, exit_code, left_behind};
use super::{plain, signals};
use crate::attach::{attach as attach_to, find};
use crate::tui;
use crate::tui::app_loop::{Orders, Wire};
use crate::tui::screen::Source;
use crate::tui::terminal::{Capabilities, TerminalError};

/// Arguments of `attach`.
#[derive(Args)]
pub(super) struct AttachArgs {
    /// The socket of the session [default: that of the only one]
    #[arg(value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Print a line an event in place of the screen
    #[arg(long)]
    plain: bool,
}

pub(super) fn attach(args: &AttachArgs) -> Result<u8, Failure> {
    let _ends = args.plain.then(signals::end_cleanly).transpose()?;
    let socket = match &args.socket {
        Some(path) => path.clone(),
        None => find().map_err(Failure::input)?,
    };
    let attached = attach_to(&socket).map_err(Failure::input)?;
    if args.plain {
        return plain::follow(attached.log.subscribe());
    }
    if Capabilities::is_dumb() {
        return Err(Failure::input(TerminalError::Dumb));
    }
    let capabilities = Capabilities::detect();
    let commands = attached.commands;
    let source = Source::Elsewhere {
        takes_commands: commands.is_some(),
    };
    let wire = Wire {
        events: attached.log.subscribe(),
        commands: commands.map(|(sender, obeyed)| Orders { sender, obeyed }),
        config: screen_config()?,
    };
    let left = tui::run(
        wire,
        source,
        tui::screen::Options::for_terminal(&capabilities),
        capabilities.options(),
    )
    .map_err(Failure::input)?;
    left_behind(&left)?;
    Ok(exit_code(left.exit))
}
