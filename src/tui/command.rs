//! What a user can do, as one table: footer, help, key bindings and README all come from it.

use std::borrow::Cow;
use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::screen::{Panel, Screen};

/// An entry of the table, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each has its doc line in the table below")]
pub enum Action {
    ToggleDimension,
    ToggleAll,
    RunSelected,
    RunOne,
    Preload,
    PreloadAll,
    Unload,
    ClearCache,
    ClearAll,
    Cancel,
    NextStrategy,
    Why,
    ShowPlan,
    ShowResult,
    OpenResult,
    ToggleGroup,
    Expand,
    Collapse,
    NextResult,
    PreviousResult,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    NextPanel,
    PreviousPanel,
    Zoom,
    NextTheme,
    Copy,
    ToggleMouse,
    Redraw,
    Help,
    Quit,
}

/// Where a command's keys work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// On every panel.
    Everywhere,
    /// On these.
    On(&'static [Panel]),
}

impl Scope {
    /// Do the keys work on this panel?
    pub fn covers(self, panel: Panel) -> bool {
        match self {
            Self::Everywhere => true,
            Self::On(panels) => panels.contains(&panel),
        }
    }
}

/// The headings of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// What runs.
    Run,
    /// What is in memory.
    Memory,
    /// What is looked at.
    Look,
    /// The screen itself.
    Screen,
}

impl Heading {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 4] = [Self::Run, Self::Memory, Self::Look, Self::Screen];

    /// As shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Run => "Run",
            Self::Memory => "Load and free",
            Self::Look => "Look",
            Self::Screen => "Move and screen",
        }
    }
}

/// Why a command does nothing now, in words for the user.
pub type Refusal = Cow<'static, str>;

/// A command: what it is called, what it does, and when.
#[derive(Debug)]
pub struct Spec {
    /// Which one.
    pub action: Action,
    /// Its name in files.
    pub name: &'static str,
    /// One or two words for the footer.
    pub title: &'static str,
    /// One line.
    pub doc: &'static str,
    /// Its keys, the one to show first.
    pub keys: &'static [&'static str],
    /// Where the keys work.
    pub scope: Scope,
    /// Under which heading the help shows it.
    pub heading: Heading,
    /// Its place in the footer, from 1; zero keeps it out.
    pub footer: u8,
    /// Would it do something now? If not, why not.
    pub available: fn(&Screen) -> Result<(), Refusal>,
}

use Panel::{Cache, Dimensions, Resources, Results};

macro_rules! commands {
    ($($action:ident $name:literal $title:literal $keys:tt $scope:expr, $heading:ident $footer:literal $check:expr, $doc:literal;)*) => {
        &[$(Spec {
            action: Action::$action,
            name: $name,
            title: $title,
            doc: $doc,
            keys: &$keys,
            scope: $scope,
            heading: Heading::$heading,
            footer: $footer,
            available: $check,
        }),*]
    };
}

/// For what can be done at any time.
const ALWAYS: fn(&Screen) -> Result<(), Refusal> = |_| Ok(());

const ANYWHERE: Scope = Scope::Everywhere;
const ON_DIMENSIONS: Scope = Scope::On(&[Dimensions]);
const ON_RESOURCES: Scope = Scope::On(&[Resources]);
const ON_RESULTS: Scope = Scope::On(&[Results]);
const ON_EXPLAINED: Scope = Scope::On(&[Resources, Cache]);

/// All commands, in the order of the help.
#[rustfmt::skip]
pub static COMMANDS: &[Spec] = commands! {
    ToggleDimension "toggle_dimension" "toggle" ["space"] ON_DIMENSIONS, Run 1 Screen::can_toggle, "Select or deselect the dimension under the cursor.";
    ToggleAll "toggle_all" "all/none" ["a"] ANYWHERE, Run 3 Screen::can_toggle_all, "Select all dimensions, or none.";
    RunSelected "run_selected" "run" ["r"] ANYWHERE, Run 2 Screen::can_run, "Run the selected dimensions.";
    RunOne "run_one" "rerun" ["R"] ANYWHERE, Run 4 Screen::can_run_one, "Run the dimension under the cursor, selected or not.";
    Cancel "cancel" "cancel" ["x"] ANYWHERE, Run 1 Screen::can_cancel, "Stop what is under way at its next chunk.";
    NextStrategy "next_strategy" "strategy" ["s"] ANYWHERE, Run 7 Screen::can_command, "Next strategy: eager-core, lazy-all, adaptive, eager.";
    Preload "preload" "preload" ["p"] ON_RESOURCES, Memory 1 Screen::can_preload, "Load what is under the cursor, and keep it.";
    Unload "unload" "unload" ["u"] ON_RESOURCES, Memory 2 Screen::can_unload, "Free what is under the cursor.";
    PreloadAll "preload_all" "preload all" ["P"] ANYWHERE, Memory 0 Screen::can_command, "Load what the selected dimensions need, or else all.";
    ClearCache "clear_cache" "clear cache" ["c"] ANYWHERE, Memory 8 Screen::can_clear_cache, "Empty the prediction cache.";
    ClearAll "clear_all" "clear all" ["C"] ANYWHERE, Memory 9 Screen::can_clear_all, "Free every resource and empty the cache.";
    Why "why" "why" ["enter"] ON_EXPLAINED, Look 3 Screen::can_explain, "Why it was loaded, who asked, who holds it.";
    ShowPlan "show_plan" "plan" ["v"] ANYWHERE, Look 7 Screen::can_show_plan, "What each strategy would load, when, at what cost.";
    OpenResult "open_result" "result" ["enter"] ON_DIMENSIONS, Look 5 ALWAYS, "Results of the dimension under the cursor.";
    ShowResult "show_result" "results" ["1", "2", "3", "4", "5"] ANYWHERE, Look 0 ALWAYS, "Look at the results of dimension 1 to 5.";
    NextResult "next_result" "next" ["right", "l"] ON_RESULTS, Look 3 ALWAYS, "Results of the next dimension.";
    PreviousResult "previous_result" "previous" ["left", "h"] ON_RESULTS, Look 0 ALWAYS, "Results of the previous dimension.";
    ToggleGroup "toggle_group" "fold" ["space"] ON_RESOURCES, Look 4 Screen::can_fold, "Open or fold the group under the cursor.";
    Expand "expand" "open" ["right", "l"] ON_RESOURCES, Look 0 ALWAYS, "Open the group, or step into it.";
    Collapse "collapse" "fold" ["left", "h"] ON_RESOURCES, Look 0 ALWAYS, "Fold the group, or step out of it.";
    Up "up" "up" ["up", "k"] ANYWHERE, Screen 0 ALWAYS, "One row up.";
    Down "down" "down" ["down", "j"] ANYWHERE, Screen 0 ALWAYS, "One row down.";
    PageUp "page_up" "page up" ["ctrl-u", "pageup"] ANYWHERE, Screen 0 ALWAYS, "Half a page up.";
    PageDown "page_down" "page down" ["ctrl-d", "pagedown"] ANYWHERE, Screen 0 ALWAYS, "Half a page down.";
    Top "top" "top" ["g", "home"] ANYWHERE, Screen 0 ALWAYS, "First row.";
    Bottom "bottom" "bottom" ["G", "end"] ANYWHERE, Screen 0 ALWAYS, "Last row; the lookups then follow what happens.";
    NextPanel "next_panel" "panel" ["tab"] ANYWHERE, Screen 6 ALWAYS, "Next panel.";
    PreviousPanel "previous_panel" "panel" ["shift-tab"] ANYWHERE, Screen 0 ALWAYS, "Previous panel.";
    Zoom "zoom" "zoom" ["z"] ANYWHERE, Screen 10 ALWAYS, "The panel over the whole screen, and back.";
    NextTheme "next_theme" "theme" ["t"] ANYWHERE, Screen 0 Screen::can_change_theme, "Next theme: dark, light, terminal.";
    Copy "copy" "copy" ["y"] ON_RESOURCES, Screen 0 Screen::can_copy, "Copy the resource's name and content id.";
    ToggleMouse "toggle_mouse" "mouse" ["m"] ANYWHERE, Screen 0 ALWAYS, "Mouse on or off; off lets the terminal select text.";
    Redraw "redraw" "redraw" ["ctrl-l"] ANYWHERE, Screen 0 ALWAYS, "Draw everything anew.";
    Help "help" "help" ["?"] ANYWHERE, Screen 11 ALWAYS, "All keys.";
    Quit "quit" "quit" ["q", "ctrl-c"] ANYWHERE, Screen 12 ALWAYS, "Leave; asks while a run goes on.";
};

/// The command that a key stands for on a panel, and which of its keys it was.
pub fn find(key: KeyEvent, panel: Panel) -> Option<(&'static Spec, usize)> {
    COMMANDS
        .iter()
        .filter(|spec| spec.scope.covers(panel))
        .find_map(|spec| {
            let nth = spec.keys.iter().position(|text| is_key(text, key))?;
            Some((spec, nth))
        })
}

/// The commands that the footer shows: those that would do something now, the most useful first.
pub fn footer(screen: &Screen) -> Vec<&'static Spec> {
    let mut shown: Vec<_> = COMMANDS
        .iter()
        .filter(|spec| spec.footer > 0 && spec.scope.covers(screen.focus()))
        .filter(|spec| (spec.available)(screen).is_ok())
        .collect();
    shown.sort_by_key(|spec| spec.footer);
    shown
}

/// The table of keys as Markdown, for the README.
pub fn markdown() -> String {
    let mut table = String::from("| key | where | what it does |\n|---|---|---|\n");
    for spec in COMMANDS {
        let keys: Vec<_> = spec.keys.iter().map(|key| format!("`{key}`")).collect();
        let place = match spec.scope {
            Scope::Everywhere => "everywhere".to_owned(),
            Scope::On(panels) => {
                let titles: Vec<_> = panels.iter().map(|p| p.title().to_lowercase()).collect();
                titles.join(", ")
            }
        };
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| {} | {place} | {} |", keys.join(" "), spec.doc);
    }
    table
}

/// The key of a name such as `ctrl-d`, `shift-tab`, `space` or `R`.
pub fn key(name: &str) -> Option<KeyEvent> {
    let (modifiers, name) = match name.split_once('-') {
        Some(("ctrl", rest)) => (KeyModifiers::CONTROL, rest),
        Some(("shift", rest)) => (KeyModifiers::SHIFT, rest),
        _ => (KeyModifiers::NONE, name),
    };
    let code = match name {
        "tab" if modifiers == KeyModifiers::SHIFT => KeyCode::BackTab,
        "space" => KeyCode::Char(' '),
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        _ => {
            let mut chars = name.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => KeyCode::Char(c),
                _ => return None,
            }
        }
    };
    Some(KeyEvent::new(code, modifiers))
}

/// Terminals differ in whether they report the shift of `R` and of the back tab.
fn is_key(name: &str, pressed: KeyEvent) -> bool {
    key(name).is_some_and(|key| {
        let shift = KeyModifiers::SHIFT;
        key.code == pressed.code && key.modifiers - shift == pressed.modifiers - shift
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_can_be_read() {
        for spec in COMMANDS {
            for name in spec.keys {
                assert!(key(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn no_key_stands_for_two_commands_on_one_panel() {
        for panel in Panel::ALL {
            let mut seen = Vec::new();
            for spec in COMMANDS.iter().filter(|s| s.scope.covers(panel)) {
                for name in spec.keys {
                    assert!(!seen.contains(name), "{name} twice on {panel:?}");
                    seen.push(*name);
                }
            }
        }
    }

    #[test]
    fn names_are_unique_and_docs_are_sentences() {
        for (i, spec) in COMMANDS.iter().enumerate() {
            assert!(
                COMMANDS[i + 1..]
                    .iter()
                    .all(|other| other.name != spec.name)
            );
            assert!(
                spec.doc.ends_with('.') && spec.doc.len() <= 53,
                "{}",
                spec.doc
            );
        }
    }
}
