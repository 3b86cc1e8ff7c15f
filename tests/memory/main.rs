//! What models and predictions take, to the byte. A binary of its own: its allocator counts, which
//! would slow down every other test and be disturbed by it.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod any_model;
mod counting;
mod damaged;
mod damaged_tables;
mod mutation;
mod native;
mod prediction;
mod working;
