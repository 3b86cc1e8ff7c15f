//! Which commands would do something now, and why the others would not, in words for the user.

use super::Screen;
use crate::ledger::ResourceRecord;
use crate::tui::command::Refusal;
use crate::vocabulary::ResourceKind;

type Answer = Result<(), Refusal>;

fn unless(refused: bool, why_not: &'static str) -> Answer {
    if refused { Err(why_not.into()) } else { Ok(()) }
}

impl Screen {
    pub(in crate::tui) fn can_command(&self) -> Answer {
        unless(self.is_replay(), "replay: nothing to run here")
    }

    pub(in crate::tui) fn can_toggle(&self) -> Answer {
        self.can_command()?;
        match &self.ledger.dimension(self.dimension()).unavailable {
            Some(reason) => Err(format!("{}: {reason}", self.dimension()).into()),
            None => Ok(()),
        }
    }

    pub(in crate::tui) fn can_toggle_all(&self) -> Answer {
        self.can_command()
    }

    pub(in crate::tui) fn can_run(&self) -> Answer {
        self.can_command()?;
        unless(
            self.ledger.active_run().is_some(),
            "a run goes on: x cancels it",
        )?;
        unless(
            self.ledger.selected().is_empty(),
            "nothing selected: press space or a",
        )
    }

    pub(in crate::tui) fn can_run_one(&self) -> Answer {
        self.can_toggle()?;
        unless(
            self.ledger.active_run().is_some(),
            "a run goes on: x cancels it",
        )
    }

    pub(in crate::tui) fn can_cancel(&self) -> Answer {
        self.can_command()?;
        unless(!self.ledger.is_busy(), "nothing is under way")?;
        let cancelling = self.ledger.active_run().is_some_and(|run| run.cancelling);
        unless(cancelling, "it is being cancelled already")
    }

    pub(super) fn under_cursor(&self) -> impl Iterator<Item = &ResourceRecord> {
        let members = self.tree.selected().map_or(&[][..], |row| &row.members);
        members
            .iter()
            .filter_map(|i| self.ledger.resources().get(*i))
    }

    pub(in crate::tui) fn can_preload(&self) -> Answer {
        self.can_command()?;
        let all_there = self
            .under_cursor()
            .all(|r| r.is_resident() || r.state.is_under_way());
        unless(all_there, "it is loaded already")
    }

    pub(in crate::tui) fn can_unload(&self) -> Answer {
        self.can_command()?;
        let any_there = self.under_cursor().any(ResourceRecord::is_resident);
        unless(!any_there, "it is not loaded")
    }

    pub(in crate::tui) fn can_copy(&self) -> Answer {
        unless(self.under_cursor().count() != 1, "choose one resource")
    }

    pub(in crate::tui) fn can_clear_cache(&self) -> Answer {
        self.can_command()?;
        let cached = |r: &&ResourceRecord| r.kind == ResourceKind::Predictions && r.is_resident();
        unless(
            self.ledger.resources().iter().find(cached).is_none(),
            "the prediction cache is empty",
        )
    }

    pub(in crate::tui) fn can_clear_all(&self) -> Answer {
        self.can_command()?;
        let any_there = self
            .ledger
            .resources()
            .iter()
            .any(ResourceRecord::is_resident);
        unless(!any_there, "nothing is loaded")
    }

    pub(in crate::tui) fn can_explain(&self) -> Answer {
        unless(self.explained().is_none(), "nothing to explain here")
    }

    pub(in crate::tui) fn can_show_plan(&self) -> Answer {
        unless(self.ledger.plans.is_none(), "no plan has been made")
    }

    pub(in crate::tui) fn can_fold(&self) -> Answer {
        let group = self.tree.selected().is_some_and(|row| row.id.is_group());
        unless(!group, "not a group: enter explains it")
    }

    pub(in crate::tui) fn can_change_theme(&self) -> Answer {
        unless(!self.options.colours, "this terminal has no colours")
    }
}
