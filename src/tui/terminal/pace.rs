//! How often the screen is drawn.

use std::time::{Duration, Instant};

/// Frames that show what the engine did keep this distance, which leaves room for answers to keys.
const BACKGROUND: Duration = Duration::from_millis(50);
/// The same over a network: four frames a second.
const BACKGROUND_FAR: Duration = Duration::from_millis(250);
/// Mean distance of frames.
const MEAN: Duration = Duration::from_millis(38);
/// Frames that may follow each other at once after a pause.
const BURST: u32 = 4;

/// Allows at most 30 frames in any second, and answers the first keys after a pause at once.
///
/// This is a leaky bucket: `debt_until` is when all the frames drawn so far have been paid for.
#[derive(Debug)]
pub(crate) struct Pace {
    debt_until: Instant,
    last: Option<Instant>,
    background: Duration,
}

impl Pace {
    pub(crate) const fn new(now: Instant, is_remote: bool) -> Self {
        Self {
            debt_until: now,
            last: None,
            background: if is_remote {
                BACKGROUND_FAR
            } else {
                BACKGROUND
            },
        }
    }

    /// When the next frame may be drawn; an urgent one answers an input.
    pub(crate) fn due(&self, is_urgent: bool) -> Instant {
        let Some(last) = self.last else {
            return self.debt_until;
        };
        let allowed = self
            .debt_until
            .checked_sub(MEAN * (BURST - 1))
            .unwrap_or(last);
        if is_urgent {
            allowed
        } else {
            allowed.max(last + self.background)
        }
    }

    /// A frame was drawn.
    pub(crate) fn drawn(&mut self, now: Instant) {
        self.debt_until = self.debt_until.max(now) + MEAN;
        self.last = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times in milliseconds at which frames are drawn when there is always one to draw.
    fn frames(is_urgent: bool, is_remote: bool, end_ms: u64) -> Vec<u128> {
        let start = Instant::now();
        let mut pace = Pace::new(start, is_remote);
        let mut drawn = Vec::new();
        let mut now = start;
        loop {
            now = now.max(pace.due(is_urgent));
            if now >= start + Duration::from_millis(end_ms) {
                return drawn;
            }
            pace.drawn(now);
            drawn.push((now - start).as_millis());
        }
    }

    #[test]
    fn no_second_has_more_than_thirty_frames() {
        for is_urgent in [false, true] {
            let drawn = frames(is_urgent, false, 5_000);
            for (i, first) in drawn.iter().enumerate() {
                let within = drawn[i..].iter().filter(|t| **t < first + 1_000).count();
                assert!(within <= 30, "{within} frames in a second");
            }
            assert!(drawn.len() >= 95, "only {} frames in 5 s", drawn.len());
        }
    }

    #[test]
    fn over_a_network_what_the_engine_does_is_shown_four_times_a_second() {
        let drawn = frames(false, true, 5_000);
        assert!(
            (18..=21).contains(&drawn.len()),
            "{} frames in 5 s",
            drawn.len()
        );
        assert!(
            frames(true, true, 5_000).len() >= 95,
            "keys are answered as ever"
        );
    }

    #[test]
    fn a_key_is_answered_at_once_while_the_engine_draws_all_the_time() {
        let start = Instant::now();
        let mut pace = Pace::new(start, false);
        let mut now = start;
        for _ in 0..100 {
            now = now.max(pace.due(false));
            pace.drawn(now);
        }
        let key = now + Duration::from_millis(1);
        assert!(pace.due(true) <= key);
        assert!(pace.due(false) > key);
    }
}
