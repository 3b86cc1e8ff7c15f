//! What a user can do, as one table: footer, help, keymap and README all come from it.

use std::borrow::Cow;

use super::layout::PanelName;

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
    ClearDisk,
    Cancel,
    NextStrategy,
    Why,
    ShowPlan,
    ShowTimeline,
    ShowWhatIf,
    AutoTune,
    ShowLints,
    ShowLink,
    ShowMap,
    ShowGraph,
    ShowPalette,
    ShowMoment,
    ShowResult,
    OpenResult,
    OpenRow,
    ToggleGroup,
    Expand,
    Collapse,
    NextResult,
    PreviousResult,
    Find,
    Sort,
    SortOtherWay,
    Evictor,
    JumpBack,
    Follow,
    Pin,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    EarlierEvent,
    LaterEvent,
    EarlierRun,
    LaterRun,
    EarlierAccess,
    LaterAccess,
    Play,
    Faster,
    Slower,
    Now,
    NextPanel,
    PreviousPanel,
    Zoom,
    NextTheme,
    Copy,
    ToggleMouse,
    SaveScreen,
    Redraw,
    Help,
    Quit,
}

impl Action {
    /// Does it move the screen through time?
    pub const fn travels(self) -> bool {
        matches!(
            self,
            Self::EarlierEvent
                | Self::LaterEvent
                | Self::EarlierRun
                | Self::LaterRun
                | Self::EarlierAccess
                | Self::LaterAccess
                | Self::Play
                | Self::Faster
                | Self::Slower
                | Self::Now
        )
    }
}

/// Where a command applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// On every panel.
    Everywhere,
    /// On these, which carry it out.
    On(&'static [PanelName]),
}

impl Scope {
    /// Does it apply on this panel?
    pub fn covers(self, panel: PanelName) -> bool {
        match self {
            Self::Everywhere => true,
            Self::On(panels) => panels.contains(&panel),
        }
    }

    /// Is there a panel on which both apply?
    pub fn overlaps(self, other: Self) -> bool {
        let mut panels = PanelName::ALL.into_iter();
        panels.any(|panel| self.covers(panel) && other.covers(panel))
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
    /// What was.
    Time,
    /// The screen itself.
    Screen,
}

impl Heading {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 5] = [
        Self::Run,
        Self::Memory,
        Self::Look,
        Self::Time,
        Self::Screen,
    ];

    /// Do those under it change the session?
    pub const fn gives_commands(self) -> bool {
        matches!(self, Self::Run | Self::Memory)
    }

    /// As shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Run => "Run",
            Self::Memory => "Load and free",
            Self::Look => "Look",
            Self::Time => "Look back",
            Self::Screen => "Move and screen",
        }
    }
}

/// Why a command does nothing now, in words for the user.
pub type Refusal = Cow<'static, str>;

/// Would a command do something now? If not, why not.
pub type Answer = Result<(), Refusal>;

/// Refuses with these words, if it is to be refused.
pub(super) fn unless(refused: bool, why_not: impl Into<Refusal>) -> Answer {
    if refused { Err(why_not.into()) } else { Ok(()) }
}

/// A command: what it is called and what it does. Its keys are the [`Keymap`](super::keymap)'s;
/// whether it would do something now, the screen and its panels tell.
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
    /// Where it applies.
    pub scope: Scope,
    /// Under which heading the help shows it.
    pub heading: Heading,
    /// Its place in the footer, from 1; zero keeps it out.
    pub footer: u8,
}

impl Spec {
    /// The entry of a command.
    pub fn of(action: Action) -> &'static Self {
        let entry = COMMANDS.iter().find(|spec| spec.action == action);
        // A test holds that the table has them all.
        entry.unwrap_or(&COMMANDS[0])
    }
}

use PanelName::{Cache, Dimensions, Events, Resources, Results};

macro_rules! commands {
    ($($action:ident $name:literal $title:literal $scope:expr, $heading:ident $footer:literal $doc:literal;)*) => {
        &[$(Spec {
            action: Action::$action,
            name: $name,
            title: $title,
            doc: $doc,
            scope: $scope,
            heading: Heading::$heading,
            footer: $footer,
        }),*]
    };
}

const ANYWHERE: Scope = Scope::Everywhere;
const ON_DIMENSIONS: Scope = Scope::On(&[Dimensions]);
const ON_RESOURCES: Scope = Scope::On(&[Resources]);
const ON_RESULTS: Scope = Scope::On(&[Results]);
const ON_EXPLAINED: Scope = Scope::On(&[Resources, Cache, Events]);
const ON_EVENTS: Scope = Scope::On(&[Events]);
const ON_LISTS: Scope = Scope::On(&[Resources, Cache, Results, Events]);
const ON_SORTED: Scope = Scope::On(&[Resources, Results]);

/// All commands, in the order of the help.
#[rustfmt::skip]
pub static COMMANDS: &[Spec] = commands! {
    ToggleDimension "toggle_dimension" "toggle" ON_DIMENSIONS, Run 1 "Select or deselect the dimension under the cursor.";
    ToggleAll "toggle_all" "all/none" ANYWHERE, Run 3 "Select all dimensions, or none.";
    RunSelected "run_selected" "run" ANYWHERE, Run 2 "Run the selected dimensions, or use what is known.";
    RunOne "run_one" "rerun" ANYWHERE, Run 4 "Compute the dimension under the cursor anew.";
    Cancel "cancel" "cancel" ANYWHERE, Run 1 "Stop what is under way at its next chunk.";
    NextStrategy "next_strategy" "strategy" ANYWHERE, Run 7 "Next strategy: eager-core, lazy-all, adaptive, eager.";
    Preload "preload" "preload" ON_RESOURCES, Memory 1 "Load what is under the cursor, and keep it.";
    Unload "unload" "unload" ON_RESOURCES, Memory 2 "Free what is under the cursor.";
    PreloadAll "preload_all" "preload all" ANYWHERE, Memory 0 "Load what the selected dimensions need, or else all.";
    ClearCache "clear_cache" "clear cache" ANYWHERE, Memory 8 "Empty the prediction cache.";
    ClearAll "clear_all" "clear all" ANYWHERE, Memory 9 "Free every resource and empty the cache.";
    ClearDisk "clear_disk" "clear disk" ANYWHERE, Memory 0 "Forget what is kept on the disk for later sessions.";
    Why "why" "why" ON_EXPLAINED, Look 3 "Why it was loaded, who asked, who holds it.";
    ShowPlan "show_plan" "plan" ANYWHERE, Look 7 "What each strategy would load, when, at what cost.";
    ShowTimeline "show_timeline" "timeline" ANYWHERE, Look 8 "Loads, work, memory and requests over time.";
    ShowWhatIf "show_what_if" "what if" ANYWHERE, Look 0 "What other caches would have saved; enter applies.";
    AutoTune "auto_tune" "auto-tune" ANYWHERE, Look 0 "Settings by what was measured; enter applies.";
    ShowLints "show_lints" "waste" ANYWHERE, Look 0 "What the session wastes, with the evidence.";
    ShowLink "show_link" "link" ANYWHERE, Screen 0 "Time of a frame, bytes a second, lag; or not.";
    ShowMap "show_map" "map" ANYWHERE, Look 0 "What is held, each as large as its bytes.";
    ShowGraph "show_graph" "graph" ANYWHERE, Look 0 "What it is made from, and what is made from it.";
    ShowPalette "show_palette" "commands" ANYWHERE, Screen 13 "Everything that can be done, by name.";
    OpenResult "open_result" "result" ON_DIMENSIONS, Look 5 "Results of the dimension under the cursor.";
    OpenRow "open_row" "open" ON_RESULTS, Look 2 "What the row means, its interval, what it was.";
    ShowResult "show_result" "results" ANYWHERE, Look 0 "Look at the results of dimension 1 to 5.";
    NextResult "next_result" "next" ON_RESULTS, Look 3 "Results of the next dimension.";
    PreviousResult "previous_result" "previous" ON_RESULTS, Look 0 "Results of the previous dimension.";
    ToggleGroup "toggle_group" "fold" ON_RESOURCES, Look 4 "Open or fold the group under the cursor.";
    Expand "expand" "open" ON_RESOURCES, Look 0 "Open the group, or step into it.";
    Collapse "collapse" "fold" ON_RESOURCES, Look 0 "Fold the group, or step out of it.";
    Find "find" "find" ON_LISTS, Look 5 "Filter: miss, >10MB, by:fairness, any other word.";
    Sort "sort" "sort" ON_SORTED, Look 0 "Sort by the next column; after the last by none.";
    SortOtherWay "sort_other_way" "reverse" ON_SORTED, Look 0 "Sort the other way round.";
    Evictor "evictor" "evictor" ON_EXPLAINED, Look 0 "From what was evicted to what needed the room.";
    JumpBack "jump_back" "back" ANYWHERE, Look 0 "Back to where the last jump began.";
    Follow "follow" "follow" ON_EXPLAINED, Look 0 "The cursor goes along with what happens; or not.";
    Pin "pin" "pin" ANYWHERE, Look 0 "Compare with this run from now on; or no more.";
    ShowMoment "show_moment" "look back" ON_EVENTS, Time 2 "Every panel shows the moment of this event.";
    EarlierEvent "earlier_event" "back" ANYWHERE, Time 0 "One event back: every panel shows that moment.";
    LaterEvent "later_event" "on" ANYWHERE, Time 0 "One event on.";
    EarlierRun "earlier_run" "run before" ANYWHERE, Time 0 "Back to the last start of a run.";
    LaterRun "later_run" "run after" ANYWHERE, Time 0 "On to the next start of a run.";
    EarlierAccess "earlier_access" "asked before" ANYWHERE, Time 0 "Back to the last request for what is selected.";
    LaterAccess "later_access" "asked after" ANYWHERE, Time 0 "On to the next request for what is selected.";
    Play "play" "play" ANYWHERE, Time 0 "Play on from there, or the last run; or stop.";
    Faster "faster" "faster" ANYWHERE, Time 0 "Play twice as fast, up to 64 times.";
    Slower "slower" "slower" ANYWHERE, Time 0 "Play half as fast, down to a quarter.";
    Now "now" "now" ANYWHERE, Time 1 "Back to now.";
    Up "up" "up" ANYWHERE, Screen 0 "One row up.";
    Down "down" "down" ANYWHERE, Screen 0 "One row down.";
    PageUp "page_up" "page up" ANYWHERE, Screen 0 "Half a page up.";
    PageDown "page_down" "page down" ANYWHERE, Screen 0 "Half a page down.";
    Top "top" "top" ANYWHERE, Screen 0 "First row.";
    Bottom "bottom" "bottom" ANYWHERE, Screen 0 "Last row; the lookups then follow what happens.";
    NextPanel "next_panel" "panel" ANYWHERE, Screen 6 "Next panel.";
    PreviousPanel "previous_panel" "panel" ANYWHERE, Screen 0 "Previous panel.";
    Zoom "zoom" "zoom" ANYWHERE, Screen 10 "The panel over the whole screen, and back.";
    NextTheme "next_theme" "theme" ANYWHERE, Screen 0 "Next theme; the palette has them by name.";
    Copy "copy" "copy" ON_RESOURCES, Screen 0 "Copy the resource's name and content id.";
    ToggleMouse "toggle_mouse" "mouse" ANYWHERE, Screen 0 "Mouse on or off; off lets the terminal select text.";
    SaveScreen "save_screen" "save" ANYWHERE, Screen 0 "Save the screen: a picture, text, or with colours.";
    Redraw "redraw" "redraw" ANYWHERE, Screen 0 "Draw everything anew.";
    Help "help" "help" ANYWHERE, Screen 11 "All keys.";
    Quit "quit" "quit" ANYWHERE, Screen 12 "Leave; asks while a run goes on.";
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_the_table_in_one_place() {
        // The last of the actions, so that their numbers are those before it.
        for number in 0..=Action::Quit as usize {
            let entries = COMMANDS.iter().filter(|s| s.action as usize == number);
            assert_eq!(entries.count(), 1, "action {number}");
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
