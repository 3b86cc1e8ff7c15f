//! What the screen shows and does, on a terminal that is a buffer and in a real one.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[cfg(unix)]
mod app_loop;
mod comparing;
mod configured;
mod debugger;
mod figures;
mod finding;
mod hands;
mod link;
mod machines;
mod past;
#[cfg(unix)]
mod pty;
mod saved;
mod screens;
mod shown;
#[cfg(unix)]
mod terminal;
mod time_left;
mod truth;
mod tuning;
mod views;
