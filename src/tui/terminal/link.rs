//! How far the terminal is behind us. Over a network, kernel and tunnel take in far more than the link
//! carries: a frame that is written is not yet a frame that is seen. So each frame ends there with a
//! question (DSR, `CSI 5 n`), which the terminal answers once it has shown what came before. The next
//! frame waits for that: never is there more than one under way. The answers tell how fast the link is,
//! too, and so how much of a frame it carries in a moment: a key does not wait for longer.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Are you well?
pub(super) const ASK: &[u8] = b"\x1b[5n";
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// The same as long as there has been none: perhaps there never will be.
const FIRST_PATIENCE: Duration = Duration::from_millis(700);
/// A terminal that has never answered so many questions is asked no more.
const MOST_UNANSWERED: u32 = 2;
/// The time over which bytes are counted.
const WINDOW: Duration = Duration::from_secs(1);

/// How long a frame may take on its way, beside the way itself.
const MOMENT: f64 = 0.055;
/// A frame may have so many bytes on any link: the row of the cursor, and some more.
const LEAST_BYTES: usize = 400;

/// What the link does, for people.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkFigures {
    /// How long the last frame took to make.
    pub frame: Duration,
    /// Bytes written within the last second.
    pub bytes_a_second: usize,
    /// From writing the last frame that was answered to its answer; none where none is asked for.
    pub lag: Option<Duration>,
}

/// What has been asked, and what has been written.
#[derive(Debug)]
pub(super) struct Link {
    asks: bool,
    /// When the question was asked that waits for its answer.
    asked: Option<Instant>,
    has_answered: bool,
    unanswered: u32,
    lag: Option<Duration>,
    /// Bytes of the frame that waits for its answer.
    bytes: usize,
    speed: Speed,
    frame: Duration,
    written: VecDeque<(Instant, usize)>,
}

impl Link {
    pub(super) fn new(is_remote: bool) -> Self {
        Self {
            asks: is_remote,
            asked: None,
            has_answered: false,
            unanswered: 0,
            lag: None,
            bytes: 0,
            speed: Speed::default(),
            frame: Duration::ZERO,
            written: VecDeque::new(),
        }
    }

    /// About how many bytes a frame may have. Where nothing is asked nothing is known, and all goes out.
    pub(super) fn most_bytes(&self) -> usize {
        self.speed
            .most_bytes()
            .filter(|_| self.asks)
            .unwrap_or(usize::MAX)
    }

    /// What a frame ends with.
    pub(super) fn question(&self) -> &'static [u8] {
        if self.asks { ASK } else { b"" }
    }

    /// A frame of so many bytes has been made since `began`, and goes out now.
    pub(super) fn sent(&mut self, began: Instant, now: Instant, bytes: usize) {
        self.frame = now.saturating_duration_since(began);
        self.bytes = bytes;
        self.written.push_back((now, bytes));
        self.forget(now);
        if self.asks {
            self.asked = Some(now);
        }
    }

    fn forget(&mut self, now: Instant) {
        let is_old = |(at, _): &mut (Instant, usize)| now.saturating_duration_since(*at) > WINDOW;
        while self.written.front_mut().is_some_and(is_old) {
            self.written.pop_front();
        }
    }

    /// The terminal has answered.
    pub(super) fn answered(&mut self, now: Instant) {
        self.has_answered = true;
        self.unanswered = 0;
        if let Some(asked) = self.asked.take() {
            let lag = now.saturating_duration_since(asked);
            self.lag = Some(lag);
            self.speed.note(self.bytes, lag);
        }
    }

    /// Until when the next frame waits, if it does.
    pub(super) fn busy_until(&mut self, now: Instant) -> Option<Instant> {
        let patience = if self.has_answered {
            PATIENCE
        } else {
            FIRST_PATIENCE
        };
        let until = self.asked? + patience;
        if now < until {
            return Some(until);
        }
        self.asked = None;
        self.unanswered += 1;
        if !self.has_answered && self.unanswered >= MOST_UNANSWERED {
            self.asks = false;
        }
        None
    }

    /// Is an answer still to come, from a terminal that answers?
    pub(super) fn is_awaited(&self) -> bool {
        self.asked.is_some() && (self.has_answered || self.unanswered == 0)
    }

    pub(super) fn figures(&mut self, now: Instant) -> LinkFigures {
        self.forget(now);
        LinkFigures {
            frame: self.frame,
            bytes_a_second: self.written.iter().map(|(_, bytes)| bytes).sum(),
            lag: self.lag,
        }
    }
}

/// What the answers say of the link: frames of more bytes take longer. Bytes and seconds.
#[derive(Debug, Default)]
struct Speed {
    /// The frame that was answered fastest, which took little but the way itself.
    fastest: Option<(f64, f64)>,
    /// One of the largest, of which chance is the smallest part.
    largest: Option<(f64, f64)>,
}

impl Speed {
    fn note(&mut self, bytes: usize, lag: Duration) {
        let frame = (bytes as f64, lag.as_secs_f64());
        if self.fastest.is_none_or(|fastest| frame.1 < fastest.1) {
            self.fastest = Some(frame);
        }
        if self
            .largest
            .is_none_or(|largest| 2.0 * frame.0 >= largest.0)
        {
            self.largest = Some(frame);
        }
    }

    fn most_bytes(&self) -> Option<usize> {
        let (fastest, largest) = self.fastest.zip(self.largest)?;
        // As if the way itself took no time: the link is as fast as that at least.
        let at_least = (fastest.0 / fastest.1).max(largest.0 / largest.1);
        let (more, longer) = (largest.0 - fastest.0, largest.1 - fastest.1);
        let speed = if more > 0.0 && longer > 0.0 {
            at_least.max(more / longer)
        } else {
            at_least
        };
        Some(LEAST_BYTES.max((speed * MOMENT) as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_waits_for_the_answer_to_the_one_before_it() {
        let start = Instant::now();
        let mut link = Link::new(true);
        assert_eq!(link.busy_until(start), None);
        link.sent(start, start, 1_000);
        let soon = start + Duration::from_millis(80);
        assert_eq!(link.busy_until(soon), Some(start + FIRST_PATIENCE));
        link.answered(soon);
        assert_eq!(link.busy_until(soon), None);
        let figures = link.figures(soon);
        assert_eq!(figures.lag, Some(Duration::from_millis(80)));
        assert_eq!(figures.bytes_a_second, 1_000);
        assert_eq!(link.figures(start + 2 * WINDOW).bytes_a_second, 0);
    }

    #[test]
    fn a_terminal_that_never_answers_is_not_waited_for_for_ever() {
        let mut now = Instant::now();
        let mut link = Link::new(true);
        for _ in 0..MOST_UNANSWERED {
            assert_eq!(link.question(), ASK);
            link.sent(now, now, 10);
            now += FIRST_PATIENCE;
            assert_eq!(link.busy_until(now), None);
        }
        link.sent(now, now, 10);
        assert_eq!((link.question(), link.busy_until(now)), (&b""[..], None));
    }

    #[test]
    fn a_frame_has_as_many_bytes_as_the_link_carries_in_a_moment() {
        // Bytes a second, and seconds of the way.
        for (speed, way, least, most) in [
            (8e3, 0.0, 400, 480),
            (8e3, 0.1, 400, 480),
            (64e3, 0.0, 3_000, 4_000),
            (1e7, 0.15, 100_000, usize::MAX),
        ] {
            let mut now = Instant::now();
            let mut link = Link::new(true);
            assert_eq!(link.most_bytes(), usize::MAX, "nothing is known yet");
            for bytes in [8_000, 300, 1_200, 400, 3_000, 120] {
                link.sent(now, now, bytes);
                now += Duration::from_secs_f64(way + bytes as f64 / speed);
                link.answered(now);
                assert!(link.most_bytes() >= LEAST_BYTES);
            }
            assert!(
                (least..=most).contains(&link.most_bytes()),
                "{speed}: {}",
                link.most_bytes()
            );
        }
    }

    #[test]
    fn here_nothing_is_asked() {
        let now = Instant::now();
        let mut link = Link::new(false);
        link.sent(now, now, 10);
        assert_eq!((link.question(), link.busy_until(now)), (&b""[..], None));
        assert!(!link.is_awaited());
    }
}
