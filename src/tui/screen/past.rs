//! Looking back: every panel shows what the log said at a moment of the past, and the session goes on
//! unseen. What was kept for it goes when the screen is back at now.

use super::{Scene, Screen, TICK};
use crate::event::{Event, EventKind};
use crate::ledger::Ledger;
use crate::log::{Log, ReadBackError, Timeline};
use crate::tui::app_loop::Flow;
use crate::tui::command::Action;
use crate::tui::draw::PastView;
use crate::tui::layout::PanelName;
use crate::tui::panel::Step;
use crate::vocabulary::{Note, ResourceName};

/// Speeds of playing, as powers of two: a quarter to 64 times.
const SPEEDS: std::ops::RangeInclusive<i32> = -2..=6;

/// A moment of the past.
#[derive(Debug)]
pub(super) struct Past {
    timeline: Timeline,
    moment: Ledger,
    /// Seconds since the session began: while it plays, also between two events.
    clock: f64,
    is_playing: bool,
}

impl Past {
    fn of(log: Log) -> Result<Self, ReadBackError> {
        let mut timeline = Timeline::of(log);
        timeline.catch_up()?;
        Ok(Self {
            timeline,
            moment: Ledger::default(),
            clock: 0.0,
            is_playing: false,
        })
    }

    fn go_to(&mut self, seq: u64) -> Result<(), ReadBackError> {
        self.moment = self.timeline.ledger_at(seq)?.clone();
        self.clock = self.moment.now;
        Ok(())
    }

    /// Goes on by so many seconds.
    fn go_on(&mut self, seconds: f64) -> Result<(), ReadBackError> {
        self.clock += seconds;
        let (next, clock) = (self.moment.events, self.clock);
        let later = self.timeline.first_from(next, |event| event.t > clock)?;
        let last = later.unwrap_or(u64::MAX).saturating_sub(1);
        if last >= next {
            self.moment = self.timeline.ledger_at(last)?.clone();
        }
        Ok(())
    }
}

impl Scene {
    /// What the log said at the moment that is looked at.
    pub(super) fn shown(&self) -> &Ledger {
        let past = self.past.as_ref();
        past.map_or(&self.ledger, |past| &past.moment)
    }

    /// Where the screen stands, if that is not at now.
    pub(super) fn past_view(&self) -> Option<PastView> {
        let past = self.past.as_ref()?;
        Some(PastView {
            events: self.ledger.events,
            now: past.clock,
            speed: past.is_playing.then(|| speed(self.speed)),
        })
    }

    pub(super) fn plays(&self) -> bool {
        self.past.as_ref().is_some_and(|past| past.is_playing)
    }
}

fn speed(power: i32) -> f64 {
    2_f64.powi(power)
}

fn starts_a_run(event: &Event) -> bool {
    matches!(event.kind, EventKind::RunStarted { .. })
}

/// Which moment is looked for.
enum Target {
    /// That of this event.
    Event(u64),
    /// The last before the present one at which this is true.
    Before(Box<dyn Fn(&Event) -> bool>),
    /// The first after it.
    After(Box<dyn Fn(&Event) -> bool>),
    /// That at so many seconds.
    Time(f64),
}

impl Screen {
    /// Does one of the commands that move through time.
    pub(super) fn travel(&mut self, action: Action) -> Flow {
        // As many events as the moment has seen: the last has the number before.
        let seen = self.scene.shown().events;
        match action {
            Action::EarlierEvent => self.look_at(&Target::Event(seen.saturating_sub(2))),
            Action::LaterEvent => self.look_at(&Target::Event(seen)),
            Action::EarlierRun => self.look_at(&Target::Before(Box::new(starts_a_run))),
            Action::LaterRun => self.look_at(&Target::After(Box::new(starts_a_run))),
            Action::EarlierAccess | Action::LaterAccess => self.look_at_access(action),
            Action::Play => self.play(),
            Action::Faster => self.change_speed(1),
            Action::Slower => self.change_speed(-1),
            _ => self.back_to_now(),
        }
        Flow::Continue
    }

    /// Shows what happens now again.
    pub(super) fn back_to_now(&mut self) {
        if self.scene.past.take().is_some() {
            self.follow();
        }
    }

    /// Lets the panels take in what is shown.
    pub(super) fn follow(&mut self) {
        for name in PanelName::ALL {
            self.panels.get_mut(name).follow(self.scene.shown());
        }
    }

    fn look_at(&mut self, target: &Target) {
        let was_now = self.scene.past.is_none();
        match self.try_to_look_at(target) {
            Ok(true) if was_now => {
                let key = |action| self.scene.keymap.hint(action);
                let words = format!(
                    "looking back: {} {} event, {} {} run, {} {} access, {} plays, {} goes back to now",
                    key(Action::EarlierEvent),
                    key(Action::LaterEvent),
                    key(Action::EarlierRun),
                    key(Action::LaterRun),
                    key(Action::EarlierAccess),
                    key(Action::LaterAccess),
                    key(Action::Play),
                    key(Action::Now),
                );
                self.remark(Note::info(words));
            }
            Ok(true) => {}
            Ok(false) => self.remark(Note::info("there is no such moment")),
            Err(error) => self.remark(Note::error(error.to_string())),
        }
    }

    /// False where there is no such moment.
    fn try_to_look_at(&mut self, target: &Target) -> Result<bool, ReadBackError> {
        let Some(log) = self.scene.log.clone() else {
            return Ok(false);
        };
        let seen = self.scene.shown().events;
        let mut past = match self.scene.past.take() {
            Some(past) => past,
            None => Past::of(log)?,
        };
        let timeline = &past.timeline;
        let found = match target {
            Target::Event(seq) => Some(*seq),
            Target::Before(is_it) => timeline.last_before(seen.saturating_sub(1), is_it)?,
            Target::After(is_it) => timeline.first_from(seen, is_it)?,
            Target::Time(seconds) => {
                let later = timeline.first_from(0, |event| event.t > *seconds)?;
                Some(later.map_or(u64::MAX, |seq| seq.saturating_sub(1)))
            }
        };
        let is_now = |seq: u64| seq.saturating_add(1) >= self.scene.ledger.events;
        if let Some(seq) = found.filter(|seq| !is_now(*seq)) {
            past.go_to(seq)?;
            past.is_playing = false;
            self.scene.past = Some(past);
        } else if found.is_none() && past.moment.events > 0 {
            // It stays where it is.
            self.scene.past = Some(past);
        }
        self.follow();
        Ok(found.is_some())
    }

    /// Shows the moment at so many seconds.
    pub(super) fn look_at_time(&mut self, seconds: f64) {
        self.look_at(&Target::Time(seconds));
        // Between two events, the moment is where it was asked for.
        if let Some(past) = &mut self.scene.past {
            past.clock = seconds;
        }
    }

    /// Shows the moment of an event.
    pub(super) fn look_at_event(&mut self, seq: u64) {
        self.look_at(&Target::Event(seq));
    }

    fn look_at_access(&mut self, action: Action) {
        let Some(name) = self.under_cursor() else {
            self.remark(Note::info("no resource is under the cursor"));
            return;
        };
        let asks = move |event: &Event| matches!(&event.kind, EventKind::Requested { name: asked, .. } if *asked == name);
        self.look_at(&match action {
            Action::EarlierAccess => Target::Before(Box::new(asks)),
            _ => Target::After(Box::new(asks)),
        });
    }

    /// The resource under the cursor: what would be explained.
    pub(super) fn under_cursor(&mut self) -> Option<ResourceName> {
        let view = self.scene.view(self.dimension());
        let panel = match view.focus {
            panel @ (PanelName::Cache | PanelName::Events) => panel,
            _ => PanelName::Resources,
        };
        match self.panels.get_mut(panel).perform(Action::Why, &view) {
            Step::Explain(name, _) => Some(name),
            _ => None,
        }
    }

    /// Plays on from the moment that is looked at, or the last run from its start; or stops.
    fn play(&mut self) {
        if self.scene.past.is_none() {
            self.look_at(&Target::Before(Box::new(starts_a_run)));
        }
        if let Some(past) = &mut self.scene.past {
            past.is_playing = !past.is_playing;
        }
    }

    fn change_speed(&mut self, by: i32) {
        let power = (self.scene.speed + by).clamp(*SPEEDS.start(), *SPEEDS.end());
        self.scene.speed = power;
        self.remark(Note::info(format!("speed {}x", speed(power))));
    }

    /// Plays for as long as a tick takes; at its end it is now.
    pub(super) fn play_on(&mut self) {
        let seconds = TICK.as_secs_f64() * speed(self.scene.speed);
        let events = self.scene.ledger.events;
        let Some(past) = &mut self.scene.past else {
            return;
        };
        match past.go_on(seconds) {
            Ok(()) if past.moment.events >= events => self.back_to_now(),
            Ok(()) => self.follow(),
            Err(error) => {
                self.back_to_now();
                self.remark(Note::error(error.to_string()));
            }
        }
    }
}
