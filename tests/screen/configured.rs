//! Keys and colours of the user's own.

use lazydebugger::event::Command;
use lazydebugger::tui::app_loop::App;
use lazydebugger::tui::config::{Config, ConfigFile};
use lazydebugger::tui::screen::{Options, Screen, Source};
use lazydebugger::tui::theme::ThemeName;
use ratatui::style::Color;

use crate::shown::Shown;

const SESSION: &str = include_str!("../fixtures/adult_session.jsonl");
const LARGE: (u16, u16) = (200, 60);
const FIRST_RUN_DONE: f64 = 9.0;

fn configured(text: &str) -> Config {
    Config::parse(text, "config.toml").unwrap()
}

fn shown(config: Config) -> Shown {
    let options = Options {
        theme: ThemeName::Dark,
        colours: true,
        unicode: true,
    };
    let screen = Screen::new(options, Source::Session).with_config(config);
    Shown::new(screen, LARGE, SESSION, FIRST_RUN_DONE)
}

#[test]
fn the_screen_is_as_the_file_says() {
    let config = configured(
        "theme = \"light\"\n[colours]\nbackground = \"#010203\"\n[keys]\nrun_selected = \"f5\"\n",
    );
    let shown = shown(config);
    assert_eq!(shown.buffer()[(1, 1)].bg, Color::Rgb(1, 2, 3));
    shown.find("f5 run");
    let shown = shown.keys("r f5");
    assert_eq!(shown.given(), [Command::RunSelected]);
}

#[test]
fn it_is_read_again_when_it_has_changed_and_what_is_wrong_is_said() {
    let mut shown = shown(Config::default()).keys("t");
    shown.screen.on_config(Ok(configured(
        "theme = \"terminal\"\n[keys]\nzoom = \"f7\"\n",
    )));
    shown.draw();
    assert_eq!(
        shown.screen.message().unwrap().text,
        "the settings of the screen were read again"
    );
    assert_eq!(shown.buffer()[(1, 1)].bg, Color::Reset);
    shown.find("f7 zoom");
    let wrong = Config::parse("\nthem = 1", "config.toml");
    shown.screen.on_config(wrong);
    shown.draw();
    let said = shown.screen.message().unwrap().text;
    assert_eq!(
        said,
        "config.toml, line 2: unknown key `them`; did you mean `theme`?"
    );
    // What was in force stays so.
    shown.find("f7 zoom");
}

#[test]
fn a_file_need_not_be_there_and_is_noticed_when_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let mut file = ConfigFile::open(path.clone()).unwrap();
    assert_eq!(file.config(), &Config::default());
    assert!(file.changed().is_none());
    std::fs::write(&path, "theme = \"mono\"").unwrap();
    let changed = file.changed().unwrap().unwrap();
    assert_eq!(changed.theme, Some(ThemeName::Mono));
    assert!(file.changed().is_none());
    std::fs::write(&path, "theme = \"mon\"  # a longer file").unwrap();
    assert!(file.changed().unwrap().is_err());
    assert_eq!(
        file.config().theme,
        Some(ThemeName::Mono),
        "what was right stays"
    );
    std::fs::remove_file(&path).unwrap();
    assert_eq!(file.changed().unwrap().unwrap(), Config::default());
}

#[test]
fn the_palette_changes_what_goes_on() {
    for (typed, expected) in [
        ("s t r a t e g y space l a z y", "SetStrategy"),
        ("p r e s e t space f u l l", "SetPreset(Full)"),
        (
            "c a c h e space s i z e space 6 4 M B",
            "SetCacheBytes(64000000)",
        ),
        (
            "m e m o r y space b u d g e t space 2 G B",
            "SetMemoryBudget(Some(2000000000))",
        ),
        ("b u d g e t space n o n e", "SetMemoryBudget(None)"),
        ("c l e a r space d i s k", ""),
    ] {
        let shown = shown(Config::default()).keys(&format!(": {typed} enter"));
        let given: Vec<String> = shown.given().iter().map(|c| format!("{c:?}")).collect();
        assert!(given.join(" ").starts_with(expected), "{typed}: {given:?}");
        assert!(shown.screen.overlay().is_none());
    }
    let shown = shown(Config::default()).keys(": t h e m e space m o n o enter");
    assert_eq!(shown.buffer()[(1, 1)].bg, Color::Reset);
    // What has to be typed after it is asked for.
    let shown = shown.keys(": c a c h e space s i z e enter");
    shown.find(":cache size ");
    assert_eq!(shown.given(), []);
}

#[test]
fn help_is_searched_by_words_and_by_key() {
    let by_words = shown(Config::default()).keys("? / s t r a t e g y");
    by_words.find("Next strategy");
    assert!(!by_words.text().contains("Draw everything anew"));
    let by_key = shown(Config::default()).keys("? / c t r l - o");
    by_key.find("Back to where the last jump began");
    let by_letter = shown(Config::default()).keys("? / z");
    by_letter.find("The panel over the whole screen");
    assert!(!by_letter.text().contains("Next panel"));
}
