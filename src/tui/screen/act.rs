//! What the commands do: most are for the session, others for a panel, the rest for the screen.

use super::Screen;
use crate::event::Command;
use crate::tui::app_loop::Flow;
use crate::tui::command::{Action, Scope, Spec};
use crate::tui::draw::View;
use crate::tui::layout::PanelName;
use crate::tui::overlay::{Overlay, offered};
use crate::tui::panel::list::Move;
use crate::tui::panel::{Panel, Step};
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
            Action::ShowTimeline => self.lay_over(Overlay::Timeline { whole: false }),
            Action::ShowResult => {
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
            Action::Zoom => self.scene.zoomed = !self.scene.zoomed,
            Action::NextTheme => self.next_theme(),
            Action::Help => self.lay_over(Overlay::Help),
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
            Step::Focus(panel) => self.focus_on(panel),
            Step::Explain(name, lookup) => self.lay_over(Overlay::Why { name, lookup }),
            Step::Copy { text, of } => {
                self.remark(Note::info(format!("copied {of}")));
                return Flow::Copy(text);
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
    fn turn_to(&mut self, dimension: Dimension) {
        self.panels
            .dimensions
            .turn_to(dimension, &self.scene.ledger);
    }

    fn focus_beside(&mut self, places: usize) {
        let at = self.focus() as usize + places;
        self.focus_on(PanelName::ALL[at % PanelName::ALL.len()]);
    }

    fn next_theme(&mut self) {
        let options = &mut self.scene.options;
        options.theme = options.theme.next();
        self.scene.theme = options.theme();
        let name = options.theme.name();
        self.remark(Note::info(format!("theme {name}")));
    }
}

fn give(command: Command) -> Flow {
    Flow::Give(vec![command])
}
