//! The tables of the documentation are those of the program. `UPDATE_DOCS=1 cargo test --test program
//! docs` writes them anew.

use std::fs;
use std::path::Path;

use lazydebugger::dimension::{preset, working};
use lazydebugger::settings;
use lazydebugger::tui::keymap::Keymap;

/// Holds what stands between the marks of a table against what the program says.
fn check(page: &str, mark: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = fs::read_to_string(&path).unwrap();
    let (begin, end) = (
        format!("<!-- {mark}: begin -->\n"),
        format!("<!-- {mark}: end -->"),
    );
    let (before, rest) = text.split_once(&begin).unwrap();
    let (found, after) = rest.split_once(&end).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, format!("{before}{begin}{table}{end}{after}")).unwrap();
    } else {
        assert_eq!(found, table, "{page}: UPDATE_DOCS=1 writes it anew");
    }
}

#[test]
fn the_keys_are_those_of_the_screen() {
    check("docs/using.md", "keys", &Keymap::default().markdown());
}

#[test]
fn the_settings_are_those_that_are_read() {
    check("docs/using.md", "settings", &settings::markdown_table());
}

#[test]
fn the_presets_do_what_they_say() {
    check("docs/dimensions.md", "presets", &preset::markdown());
}

#[test]
fn what_dimensions_work_with_is_what_is_counted() {
    check("docs/performance.md", "working", &working::markdown());
}

#[test]
fn the_readme_is_an_entrance() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let words = fs::read_to_string(path).unwrap().split_whitespace().count();
    assert!(words <= 900, "{words} words");
}
