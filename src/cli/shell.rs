//! What a shell and a reader of manuals want: completions and man pages, made from the arguments
//! themselves.

use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory, value_parser};
use clap_complete::Shell;

use super::Cli;
use super::output::{self, Failure};
use crate::files;
use crate::vocabulary::Problem;

const NAME: &str = "lazydebugger";

/// Arguments of `completions`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  lazydebugger completions bash > ~/.local/share/bash-completion/completions/lazydebugger
  lazydebugger completions zsh > \"${fpath[1]}/_lazydebugger\"
  lazydebugger completions fish > ~/.config/fish/completions/lazydebugger.fish")]
pub(super) struct CompletionsArgs {
    /// For which shell
    #[arg(value_parser = value_parser!(Shell))]
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  lazydebugger man | man -l -
  lazydebugger man --output-dir ~/.local/share/man/man1")]
pub(super) struct ManArgs {
    /// Write a page for the program and one for each command, nested ones too, into this folder [default: the page of
    /// the program to stdout]
    #[arg(long, value_name = "FOLDER")]
    output_dir: Option<PathBuf>,
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), NAME, &mut script);
    output::bytes(&script)?;
    Ok(0)
}

pub(super) fn man(args: &ManArgs) -> Result<u8, Failure> {
    let mut command = Cli::command();
    command.build();
    let Some(folder) = &args.output_dir else {
        output::bytes(&page(command).map_err(Failure::input)?)?;
        return Ok(0);
    };
    let mut open = vec![&command];
    while let Some(command) = open.pop() {
        let subcommands = command.get_subcommands();
        open.extend(subcommands.filter(|sub| sub.get_name() != "help"));
        let name = command.get_display_name().unwrap_or(NAME);
        let path = folder.join(format!("{name}.1"));
        page(command.clone())
            .and_then(|page| files::write_whole(&path, &page))
            .map_err(|error| Failure::from(Problem::new(error.to_string()).in_file(&path)))?;
    }
    Ok(0)
}

fn page(command: clap::Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    Ok(page)
}
