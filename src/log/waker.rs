//! How a reader that sleeps hears of events.

use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};

/// The end that wakes; a copy wakes the same reader.
#[derive(Debug)]
pub(super) struct Waker {
    /// Is there a sign that has not been taken away? To ask costs the writer next to nothing, as
    /// opposed to giving another one.
    is_given: AtomicBool,
    sign: Sender<()>,
}

impl Waker {
    /// One that has woken already, and what it wakes by.
    pub(super) fn new() -> (Self, Receiver<()>) {
        let (sign, wake) = bounded(1);
        let waker = Self {
            is_given: AtomicBool::new(false),
            sign,
        };
        waker.wake();
        (waker, wake)
    }

    /// Gives a sign unless there is one.
    pub(super) fn wake(&self) {
        if !self.is_given.load(Ordering::SeqCst) {
            self.is_given.store(true, Ordering::SeqCst);
            let _ = self.sign.try_send(());
        }
    }

    /// Takes the sign away. What happened before is to be looked at after this: whoever wakes from
    /// now on gives another one.
    pub(super) fn rest(&self, wake: &Receiver<()>) {
        let _ = wake.try_recv();
        self.is_given.store(false, Ordering::SeqCst);
    }
}
