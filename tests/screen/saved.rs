//! The screen as a picture: `S` saves one, and the README shows one.

use std::fs;
use std::path::{Path, PathBuf};

use lazydebugger::tui::app_loop::{App, Flow};

use crate::shown::Shown;

const SESSION: &str = include_str!("../fixtures/adult_session.jsonl");
const SIZE: (u16, u16) = (120, 40);

/// The words of a picture, as a browser shows them.
fn words(svg: &str) -> String {
    let texts = svg.split("<text ").skip(1);
    let texts = texts.filter_map(|text| text.split_once('>')?.1.split_once("</text>"));
    let texts: String = texts.map(|(words, _)| words).collect();
    texts.replace("&lt;", "<").replace("&amp;", "&")
}

/// What is to be saved, under this name.
fn saved(shown: &Shown, name: &str) -> String {
    match &shown.last {
        Flow::Save {
            name: given,
            content,
        } if given == name => String::from_utf8(content.clone()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_ending_of_the_name_says_how_the_screen_is_saved() {
    let shown = Shown::live(SIZE, SESSION, f64::INFINITY);
    let text = shown.text();
    let shown = shown.keys("S tab enter");
    assert_eq!(saved(&shown, "lazydebugger.txt"), text);
    let shown = shown.keys("S tab tab enter");
    let ansi = saved(&shown, "lazydebugger.ans");
    let mut terminal = vt100::Parser::new(SIZE.1, SIZE.0, 0);
    terminal.process(ansi.trim_end_matches('\n').replace('\n', "\r\n").as_bytes());
    let read_back = terminal.screen().contents();
    let rows =
        |text: &str| -> Vec<String> { text.lines().map(|row| row.trim_end().to_owned()).collect() };
    assert_eq!(rows(&read_back), rows(&text));
    assert!(ansi.contains("\x1b[") && ansi.ends_with("\x1b[m\n"));
    // Typed, taken back, and not saved under a name that says nothing.
    let shown = shown.keys("S backspace backspace backspace enter");
    assert_eq!(shown.last, Flow::Continue);
    let shown = shown.keys("t x t enter");
    assert_eq!(saved(&shown, "lazydebugger.txt"), text);
    let shown = shown.keys("S esc");
    assert_eq!(shown.text(), text);
}

#[test]
fn the_screen_is_saved_with_every_word_on_it() {
    let shown = Shown::live(SIZE, SESSION, f64::INFINITY);
    let text = shown.text();
    let mut shown = shown.keys("S enter");
    let svg = &saved(&shown, "lazydebugger.svg");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    let squeezed = |text: &str| text.replace(char::is_whitespace, "");
    assert_eq!(squeezed(&words(svg)), squeezed(&text));
    // Nothing but what is escaped could end a text.
    let tags = svg.matches('<').count();
    let known = ["<svg ", "</svg>", "<rect ", "<text ", "</text>"];
    let counted: usize = known.iter().map(|tag| svg.matches(tag).count()).sum();
    assert_eq!(tags, counted);
    shown.screen.on_saved(Ok(PathBuf::from("lazydebugger.svg")));
    let said = shown.screen.message().unwrap().text;
    assert_eq!(said, "the screen is in lazydebugger.svg");
    shown.screen.on_saved(Err("no space".to_owned()));
    let said = shown.screen.message().unwrap().text;
    assert_eq!(said, "the screen could not be saved: no space");
}

/// Another look of the screen makes another picture: `UPDATE_PICTURES=1 cargo test --test screen`.
#[test]
fn the_picture_of_the_readme_is_what_the_screen_shows() {
    let shown = Shown::live(SIZE, SESSION, f64::INFINITY).keys("S enter");
    let svg = &saved(&shown, "lazydebugger.svg");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/screen.svg");
    if std::env::var_os("UPDATE_PICTURES").is_some() {
        fs::write(&path, svg).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap();
    assert!(kept == *svg, "docs/screen.svg is not the screen");
}
