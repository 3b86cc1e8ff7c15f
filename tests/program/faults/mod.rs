//! Faults and attacks that nobody has written down one by one: a family each, made up from numbers.
//!
//! Together they take two minutes; `LAZYDEBUGGER_FAULTS_SECONDS=36000` makes a night of it. Whatever
//! happens, the program neither panics nor hangs, ends with an exit code that the documentation
//! knows, leaves its inputs alone, and what it writes is whole or as it was. An attack that finds
//! something says how it is played again.
#![allow(
    clippy::print_stdout,
    reason = "how often, and how to play it again, is for whoever asks"
)]

mod chance;
mod damaged;
mod doors;
mod full_disk;
mod running;
mod seeds;
mod special_files;
mod stage;
mod texts;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use chance::Chance;

/// Families that share the time.
const FAMILIES: u32 = 6;
/// Time for all of them, in seconds.
const SECONDS: u64 = 120;
/// Attacks that are played however little time there is.
const LEAST: u64 = 4;

/// A number from the environment.
fn asked(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}: {text:?}")))
}

/// Plays attacks of a family for as long as it has time.
fn play(family: &str, attack: impl Fn(&mut Chance)) {
    let seconds = asked("LAZYDEBUGGER_FAULTS_SECONDS").unwrap_or(SECONDS);
    let seed = asked("LAZYDEBUGGER_FAULTS_SEED").unwrap_or(1);
    let only = asked("LAZYDEBUGGER_FAULTS_ATTACK");
    let until = Instant::now() + Duration::from_secs(seconds) / FAMILIES;
    let mut number = only.unwrap_or(0);
    loop {
        let played = catch_unwind(AssertUnwindSafe(|| {
            attack(&mut Chance::of(seed, family, number));
        }));
        if let Err(panic) = played {
            println!(
                "attack {number} of {family}: LAZYDEBUGGER_FAULTS_SEED={seed} \
                 LAZYDEBUGGER_FAULTS_ATTACK={number} plays it again"
            );
            resume_unwind(panic);
        }
        number += 1;
        if only.is_some() || (number >= LEAST && Instant::now() >= until) {
            println!("{number} attacks of {family}");
            return;
        }
    }
}
