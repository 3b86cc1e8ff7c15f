//! The breaker: a server that does not answer is not asked again until a trial, which nobody waits
//! for, has found it well.

use std::time::{Duration, Instant};

/// How long a server is left alone after its first failure; twice as long after each trial that fails, and
/// after each failure soon after one that did not.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest that it is left alone.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// After so many answers it is well again, whatever it was before.
const WELL: u32 = 16;
/// An answer that takes longer is slow.
pub(super) const SLOW: Duration = Duration::from_millis(100);
/// The most that is waited in slow answers that save nothing.
const MOST_WASTED: Duration = Duration::from_secs(1);

/// Whether a server may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It may.
    Go,
    /// It does not answer, and this is why.
    Refused(String),
    /// As before, but it is time for a trial.
    Trial(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// It answers.
    Closed,
    /// It is left alone until then.
    Open { until: Instant },
    /// A trial is on its way.
    HalfOpen,
}

/// A breaker. It knows no clock: moments are told.
#[derive(Debug)]
pub(super) struct Breaker {
    state: State,
    pause: Duration,
    reason: String,
    wasted: Duration,
    /// Answers since it failed last.
    good: u32,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            state: State::Closed,
            pause: FIRST_PAUSE,
            reason: String::new(),
            wasted: Duration::ZERO,
            good: WELL,
        }
    }
}

impl Breaker {
    /// Why the server is not asked, if it is not.
    pub(super) fn reason(&self) -> Option<&str> {
        (self.state != State::Closed).then_some(&*self.reason)
    }

    pub(super) fn admit(&mut self, now: Instant) -> Admission {
        match self.state {
            State::Closed => Admission::Go,
            State::Open { until } if now >= until => {
                self.state = State::HalfOpen;
                Admission::Trial(self.reason.clone())
            }
            State::Open { .. } | State::HalfOpen => Admission::Refused(self.reason.clone()),
        }
    }

    /// It has failed to answer: nobody else is to wait for the same.
    pub(super) fn failed(&mut self, now: Instant, reason: String) {
        // Of several who waited at the same time, only the first has something to tell.
        if matches!(self.state, State::Open { .. }) {
            return;
        }
        self.pause = if self.good < WELL {
            (self.pause * 2).min(LONGEST_PAUSE)
        } else {
            FIRST_PAUSE
        };
        self.good = 0;
        self.wasted = Duration::ZERO;
        self.state = State::Open {
            until: now + self.pause,
        };
        self.reason = reason;
    }

    /// It has answered, after so long.
    pub(super) fn answered(&mut self, now: Instant, after: Duration) {
        if self.state != State::Closed {
            return;
        }
        if after < SLOW {
            self.good = self.good.saturating_add(1);
            return;
        }
        self.wasted += after;
        if self.wasted > MOST_WASTED {
            self.failed(now, "it answers too slowly to save anything".to_owned());
        }
    }

    /// What it gave would have taken so long to make.
    pub(super) fn saved(&mut self, time: Duration) {
        self.wasted = self.wasted.saturating_sub(time);
    }

    /// A trial is over, after so long.
    pub(super) fn tried(&mut self, now: Instant, after: Duration, failure: Option<String>) {
        match failure {
            None if after < SLOW => self.state = State::Closed,
            None => self.failed(now, self.reason.clone()),
            Some(reason) => self.failed(now, reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_at_once_and_closes_after_a_trial() {
        let begin = Instant::now();
        let mut breaker = Breaker::default();
        assert_eq!(breaker.admit(begin), Admission::Go);
        breaker.failed(begin, "refused".to_owned());
        assert_eq!(
            breaker.admit(begin),
            Admission::Refused("refused".to_owned())
        );
        assert_eq!(breaker.reason(), Some("refused"));
        let later = begin + FIRST_PAUSE;
        assert_eq!(breaker.admit(later), Admission::Trial("refused".to_owned()));
        // One trial at a time.
        assert_eq!(
            breaker.admit(later),
            Admission::Refused("refused".to_owned())
        );
        breaker.tried(later, Duration::ZERO, None);
        assert_eq!(breaker.admit(later), Admission::Go);
        assert_eq!(breaker.reason(), None);
        // It is well for whoever looks whether it is, and for nobody else.
        breaker.failed(later, "silent".to_owned());
        let soon = later + FIRST_PAUSE;
        assert_eq!(breaker.admit(soon), Admission::Refused("silent".to_owned()));
        let later = later + 2 * FIRST_PAUSE;
        assert_eq!(breaker.admit(later), Admission::Trial("silent".to_owned()));
        breaker.tried(later, Duration::ZERO, None);
        for _ in 0..WELL {
            breaker.answered(later, Duration::ZERO);
        }
        breaker.failed(later, "cut".to_owned());
        assert_eq!(
            breaker.admit(later + FIRST_PAUSE),
            Admission::Trial("cut".to_owned())
        );
    }

    #[test]
    fn a_trial_that_fails_doubles_the_pause_up_to_a_limit() {
        let mut now = Instant::now();
        let mut breaker = Breaker::default();
        breaker.failed(now, "silent".to_owned());
        let mut pause = FIRST_PAUSE;
        for _ in 0..12 {
            assert!(matches!(
                breaker.admit(now + pause / 2),
                Admission::Refused(_)
            ));
            now += pause;
            assert!(matches!(breaker.admit(now), Admission::Trial(_)));
            breaker.tried(now, Duration::ZERO, Some("silent".to_owned()));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        assert_eq!(pause, LONGEST_PAUSE);
    }

    #[test]
    fn slow_answers_open_it_unless_they_save_more() {
        let now = Instant::now();
        let slow = Duration::from_millis(400);
        let mut breaker = Breaker::default();
        for _ in 0..20 {
            breaker.answered(now, slow);
            breaker.saved(Duration::from_secs(3));
            assert_eq!(breaker.admit(now), Admission::Go);
        }
        for _ in 0..20 {
            breaker.answered(now, SLOW / 2);
        }
        assert_eq!(breaker.admit(now), Admission::Go);
        for _ in 0..3 {
            breaker.answered(now, slow);
        }
        assert!(matches!(breaker.admit(now), Admission::Refused(_)));
        // As slow as before is not well.
        let later = now + FIRST_PAUSE;
        assert!(matches!(breaker.admit(later), Admission::Trial(_)));
        breaker.tried(later, slow, None);
        assert!(matches!(breaker.admit(later), Admission::Refused(_)));
    }
}
