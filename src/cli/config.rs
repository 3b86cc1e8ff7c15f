//! `lazydebugger config`: the user's own settings of the screen.

use std::path::PathBuf;

use clap::Args;

use super::output::{self, Failure};
use crate::data_folder::config_file;
use crate::tui::config::ConfigFile;
use crate::vocabulary::Problem;

/// Arguments of `config`.
#[derive(Args)]
pub(super) struct ConfigArgs {
    /// Print all settings of the screen, as a file of them would say it
    #[arg(long)]
    print: bool,
    /// Print the keys of all commands as a table
    #[arg(long, conflicts_with = "print")]
    keys: bool,
}

pub(super) fn config(args: &ConfigArgs) -> Result<u8, Failure> {
    let file = screen_config()?;
    let known = file.as_ref().map(ConfigFile::config);
    let config = known.cloned().unwrap_or_default();
    if args.print {
        output::data(&config.text())?;
    } else if args.keys {
        output::data(&config.keymap.markdown())?;
    } else {
        let file = file.ok_or_else(|| Failure::input(no_place()))?;
        let path = file.path().display();
        let words = if file.path().exists() {
            format!("{path}: nothing is wrong with it\n")
        } else {
            format!("{path}: there is none; `lazydebugger config --print` shows what it may say\n")
        };
        output::data(&words)?;
    }
    Ok(0)
}

/// The user's settings of the screen; none where there is no place for them.
pub(super) fn screen_config() -> Result<Option<ConfigFile>, Failure> {
    let open = |path: PathBuf| ConfigFile::open(path).map_err(Failure::from);
    config_file().map(open).transpose()
}

fn no_place() -> Problem {
    Problem::new("there is no folder for the settings of the screen")
        .remedy("set LAZYDEBUGGER_DATA_DIR to a folder of yours")
}
