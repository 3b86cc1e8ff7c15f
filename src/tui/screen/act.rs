//! What the commands do: most are for the session, others for a panel, the rest for the screen.

use super::Screen;
use crate::event::Command;
use crate::explain::differences::pinned_words;
use crate::tui::app_loop::Flow;
use crate::tui::command::{Action, Scope, Spec};
use crate::tui::draw::View;
use crate::tui::layout::PanelName;
use crate::tui::overlay::{Choice, Overlay, offered};
use crate::tui::panel::list::Move;
use crate::tui::panel::{Panel, Step, can_command};
use crate::vocabulary::{Dimension, Note};

impl Screen {
    /// Does what a command says, or says why not; `nth` of its keys was pressed.
    pub(super) fn obey(&mut self, action: Action, nth: usize) -> Flow {
        match self.available(action) {
            Ok(()) => self.perform(action, nth),
            Err(why_not) => {
                self.remark(Note::warning(why_not));
                Flow::Continue
            }
        }
    }

    fn perform(&mut self, action: Action, nth: usize) -> Flow {
        if action == Action::Find {
            self.begin_to_find();
            return Flow::Continue;
        }
        if let Scope::On(_) = Spec::of(action).scope {
            return self.on_panel(self.focus(), |panel, view| panel.perform(action, view));
        }
        match action {
            Action::ToggleAll => return give(Command::ToggleAll),
            Action::RunSelected => return give(Command::RunSelected),
            Action::RunOne => return give(Command::Run(self.dimension())),
            Action::PreloadAll => return give(Command::PreloadAll),
            Action::ClearCache => return give(Command::ClearCache),
            Action::ClearAll => return give(Command::ClearAll),
            Action::ClearDisk => return give(Command::ClearDisk),
            Action::Cancel => return give(Command::Cancel),
            Action::NextStrategy => return give(Command::NextStrategy),
            Action::ToggleMouse => return Flow::ToggleMouse,
            Action::SaveScreen => self.lay_over(Overlay::Save { name: offered() }),
            Action::Redraw => return Flow::Repaint,
            Action::ShowPlan => self.lay_over(Overlay::Plan),
            Action::ShowWhatIf => self.ask_what_if(),
            Action::AutoTune => self.ask_for_tuning(),
            Action::ShowLints => self.lay_over(Overlay::Lints { at: 0 }),
            Action::ShowLink => {
                self.scene.shows_link = !self.scene.shows_link;
                let shown = if self.scene.shows_link { "" } else { "not " };
                let words = format!("what the link to the terminal does is {shown}shown");
                self.remark(Note::info(words));
            }
            Action::ShowTimeline => self.lay_over(Overlay::Timeline { whole: false }),
            Action::ShowResult => {
                self.leave_a_trail();
                self.turn_to(Dimension::ALL[nth.min(Dimension::ALL.len() - 1)]);
                self.focus_on(PanelName::Results);
            }
            Action::Up => return self.go(Move::By(-1)),
            Action::Down => return self.go(Move::By(1)),
            Action::PageUp => return self.go(Move::By(-self.half_page())),
            Action::PageDown => return self.go(Move::By(self.half_page())),
            Action::Top => return self.go(Move::Top),
            Action::Bottom => return self.go(Move::Bottom),
            Action::NextPanel => self.focus_beside(1),
            Action::PreviousPanel => self.focus_beside(PanelName::ALL.len() - 1),
            Action::Pin => self.pin(),
            Action::JumpBack => return self.jump_back(),
            Action::Zoom => self.scene.zoomed = !self.scene.zoomed,
            Action::NextTheme => self.next_theme(),
            Action::Help => self.lay_over(Overlay::Help { search: None }),
            Action::ShowMap => self.lay_over(Overlay::Map),
            Action::ShowGraph => match self.under_cursor() {
                Some(name) => self.lay_over(Overlay::Graph { name, at: 0 }),
                None => self.remark(Note::info("no resource is under the cursor")),
            },
            Action::ShowPalette => self.lay_over(Overlay::Palette {
                typed: String::new(),
                at: 0,
            }),
            Action::Quit => {
                if self.is_replay() || self.scene.ledger.active_run().is_none() {
                    return Flow::Quit;
                }
                self.lay_over(Overlay::ConfirmQuit);
            }
            action if action.travels() => return self.travel(action),
            _ => {}
        }
        Flow::Continue
    }

    /// Lets a panel do something, and does what it asks for.
    pub(super) fn on_panel(
        &mut self,
        name: PanelName,
        act: impl FnOnce(&mut dyn Panel, &View<'_>) -> Step,
    ) -> Flow {
        let dimension = self.dimension();
        let step = act(self.panels.get_mut(name), &self.scene.view(dimension));
        match step {
            Step::Done => {}
            Step::Give(commands) => return Flow::Give(commands),
            Step::Do(action) => return self.obey(action, 0),
            Step::Show(dimension) => self.turn_to(dimension),
            Step::Focus(panel) => {
                self.leave_a_trail();
                self.focus_on(panel);
            }
            Step::Jump(panel, spot) => return self.jump_to(panel, &spot),
            Step::Open(row) => self.lay_over(Overlay::Row { dimension, row }),
            Step::LookAt(seq) => self.look_at_event(seq),
            Step::Say(note) => self.remark(note),
            Step::Explain(name, lookup) => self.lay_over(Overlay::Why { name, lookup }),
            Step::Copy { text, of } => {
                self.remark(Note::info(format!("copied {of}")));
                return Flow::Copy(text);
            }
        }
        Flow::Continue
    }

    /// Does what was chosen from the palette. A command of a panel is done on that panel.
    pub(super) fn choose(&mut self, choice: Choice) -> Flow {
        self.scene.overlay = None;
        match choice {
            Choice::Give(command) => {
                let view = self.view();
                match can_command(&view) {
                    Ok(()) => return give(command),
                    Err(why_not) => self.remark(Note::warning(why_not)),
                }
            }
            Choice::Theme(theme) if self.scene.options.colours => self.wear(theme),
            // It stays where it is typed.
            Choice::Type(_) => {}
            Choice::Theme(_) => self.remark(Note::warning("this terminal has no colours")),
            Choice::Do(action) => {
                if let Scope::On(panels) = Spec::of(action).scope
                    && !panels.contains(&self.focus())
                    && let Some(panel) = panels.first()
                {
                    self.focus_on(*panel);
                    // What it does is laid out only when it is next drawn.
                    self.settle(self.scene.layout.area);
                }
                return self.obey(action, 0);
            }
        }
        Flow::Continue
    }

    fn go(&mut self, to: Move) -> Flow {
        self.go_in(self.focus(), to)
    }

    /// Moves the cursor of a panel.
    pub(super) fn go_in(&mut self, panel: PanelName, to: Move) -> Flow {
        self.on_panel(panel, |panel, view| {
            panel.go(to, view);
            Step::Done
        })
    }

    fn half_page(&self) -> isize {
        let placed = self.scene.layout.place_of(self.focus());
        placed.map_or(1, |placed| {
            isize::from((placed.inner().height / 2).max(1) as i16)
        })
    }

    /// Shows a dimension because the user asked for it.
    pub(super) fn turn_to(&mut self, dimension: Dimension) {
        self.panels.dimensions.turn_to(dimension);
    }

    fn focus_beside(&mut self, places: usize) {
        let at = self.focus() as usize + places;
        self.focus_on(PanelName::ALL[at % PanelName::ALL.len()]);
    }

    /// Compares with what is shown from now on, or no more.
    fn pin(&mut self) {
        let words = if let Some(pinned) = self.scene.pinned.take() {
            format!("no longer compared with {}", pinned_words(&pinned))
        } else {
            let pinned = self.scene.shown().clone();
            let words = format!("compared with {} from now on", pinned_words(&pinned));
            self.scene.pinned = Some(Box::new(pinned));
            words
        };
        self.remark(Note::info(words));
    }

    fn next_theme(&mut self) {
        self.wear(self.scene.options.theme.next());
    }
}

fn give(command: Command) -> Flow {
    Flow::Give(vec![command])
}
