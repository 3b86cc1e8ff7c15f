//! The lazy engine, played step by step: `toy` is what it loads, `world` is what happens to it, and
//! `watch` checks after every step what must always hold.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]
#![allow(clippy::expect_used, reason = "a test that fails may panic")]

mod below;
mod budget;
mod caching;
mod changes;
mod content;
mod disk;
mod expecting;
mod golden;
mod interleavings;
mod knowing;
mod known;
mod log;
mod older_entries;
mod packing;
mod passes;
mod plans;
mod pools;
mod prefetch;
mod property;
mod reading;
mod reasons;
mod simulated;
mod toy;
mod twins;
mod watch;
mod watching;
mod what_if;
mod world;
