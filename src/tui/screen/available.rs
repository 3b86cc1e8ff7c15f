//! Which commands would do something now, and why the others would not, in words for the user.

use super::Screen;
use crate::ledger::ResourceRecord;
use crate::tui::command::{Action, Answer, COMMANDS, Scope, Spec, unless};
use crate::tui::draw::View;
use crate::tui::panel::can_command;
use crate::tui::panel::dimensions::can_choose;

impl Screen {
    /// Would a command do something now? If not, why not. Those of panels ask the panel that has the
    /// focus.
    pub fn available(&self, action: Action) -> Answer {
        let view = self.view();
        match Spec::of(action).scope {
            Scope::Everywhere => {
                let has_trail = !self.scene.trail.is_empty();
                available(action, &view, self.scene.options.colours, has_trail)
            }
            Scope::On(_) => self.panels.get(self.focus()).available(action, &view),
        }
    }

    /// The commands that the footer shows: those that would do something now, the most useful first.
    pub fn footer(&self) -> Vec<&'static Spec> {
        let has_key = |spec: &&Spec| !self.scene.keymap.keys(spec.action).is_empty();
        let mut shown: Vec<_> = COMMANDS
            .iter()
            .filter(|spec| spec.footer > 0 && spec.scope.covers(self.focus()))
            .filter(|spec| self.available(spec.action).is_ok())
            .filter(has_key)
            .collect();
        shown.sort_by_key(|spec| spec.footer);
        shown
    }
}

fn available(action: Action, view: &View<'_>, has_colours: bool, has_trail: bool) -> Answer {
    let ledger = view.ledger;
    let run = ledger.active_run();
    let key = |action| view.key(action);
    let no_run = || {
        let cancel = key(Action::Cancel);
        unless(run.is_some(), format!("a run goes on: {cancel} cancels it"))
    };
    match action {
        Action::Pin => {
            let has_run = ledger.runs.last().is_some_and(|run| !run.is_active());
            let can_pin = has_run || view.pinned.is_some();
            unless(!can_pin, "no run has ended that could be pinned")
        }
        Action::JumpBack => unless(!has_trail, "no jump to go back from"),
        Action::ToggleAll | Action::PreloadAll | Action::NextStrategy => can_command(view),
        Action::RunSelected => {
            can_command(view)?;
            no_run()?;
            let (one, all) = (key(Action::ToggleDimension), key(Action::ToggleAll));
            let words = format!("nothing selected: press {one} or {all}");
            unless(ledger.selected().is_empty(), words)
        }
        Action::RunOne => {
            can_choose(view)?;
            no_run()
        }
        Action::Cancel => {
            can_command(view)?;
            unless(!ledger.is_busy(), "nothing is under way")?;
            let is_cancelling = run.is_some_and(|run| run.cancelling);
            unless(is_cancelling, "it is being cancelled already")
        }
        Action::ClearCache => {
            can_command(view)?;
            let cached = |r: &ResourceRecord| r.is_cached_kind() && r.is_resident();
            let is_empty = !ledger.resources().iter().any(cached);
            unless(is_empty, "the prediction cache is empty")
        }
        Action::ClearAll => {
            can_command(view)?;
            let any_there = ledger.resources().iter().any(ResourceRecord::is_spare);
            unless(!any_there, "nothing is loaded")
        }
        Action::ClearDisk => {
            can_command(view)?;
            unless(ledger.tiers().is_empty(), "nothing is kept on the disk")
        }
        // In the footer only where it is of use.
        Action::Now => unless(view.past.is_none(), "this is now"),
        Action::LaterEvent | Action::LaterRun | Action::LaterAccess => unless(
            view.past.is_none(),
            "this is now: there is nothing later yet",
        ),
        Action::ShowTimeline => unless(view.live.spans.is_empty(), "nothing has been loaded yet"),
        Action::ShowPlan => unless(ledger.plans.is_none(), "no plan has been made"),
        Action::NextTheme => unless(!has_colours, "this terminal has no colours"),
        _ => Ok(()),
    }
}
