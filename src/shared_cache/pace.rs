//! How fast a server is, by what it has taken: the time of an answer, and of a byte.

/// Bytes below which the time of an answer says nothing of the time of a byte.
const MANY_BYTES: u64 = 64 << 10;
/// Answers before which nothing is known.
const FEW: u32 = 3;
/// The share of the newest answer in what is known.
const NEWEST: f64 = 0.2;

/// What is known of a server's speed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    answers: u32,
    latency: f64,
    seconds_a_byte: Option<f64>,
}

impl Pace {
    /// Takes that so many bytes went one way or the other in so many seconds.
    pub(super) fn took(&mut self, bytes: u64, seconds: f64) {
        if bytes >= MANY_BYTES {
            let a_byte = (seconds - self.latency).max(0.0) / bytes as f64;
            self.seconds_a_byte = Some(mixed(self.seconds_a_byte, a_byte));
            return;
        }
        self.latency = mixed((self.answers > 0).then_some(self.latency), seconds);
        self.answers = self.answers.saturating_add(1);
    }

    /// How long so many bytes will take, in seconds: 0 as long as that is not known.
    pub(super) fn expected(&self, bytes: u64) -> f64 {
        if self.answers < FEW {
            return 0.0;
        }
        self.latency + self.seconds_a_byte.unwrap_or(0.0) * bytes as f64
    }
}

fn mixed(known: Option<f64>, newest: f64) -> f64 {
    known.map_or(newest, |known| known + (newest - known) * NEWEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_the_time_of_an_answer_from_that_of_a_byte() {
        let mut pace = Pace::default();
        assert_eq!(pace.expected(1 << 30), 0.0);
        for _ in 0..10 {
            pace.took(100, 0.010);
        }
        pace.took(1_000_000, 0.110);
        assert!((pace.expected(0) - 0.010).abs() < 1e-9);
        assert!((pace.expected(2_000_000) - 0.210).abs() < 1e-6);
    }
}
