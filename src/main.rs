//! Start here: parse the command line, hand over to one command.

fn main() {
    lazydebugger::cli::main()
}
