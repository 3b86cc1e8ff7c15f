//! What the README says of the keys is what the program does.

use std::fs;
use std::path::Path;

use lazydebugger::tui::command;

#[test]
fn the_readme_lists_the_keys() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(path).unwrap();
    let (_, rest) = readme.split_once("<!-- keys: begin -->\n").unwrap();
    let (table, _) = rest.split_once("<!-- keys: end -->").unwrap();
    assert_eq!(table, command::markdown());
}
