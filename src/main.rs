//! Start here: parse the command line, hand over to one command.

use std::process::ExitCode;

fn main() -> ExitCode {
    lazydebugger::cli::main()
}
