//! Model files are understood and run, by ONNX Runtime and natively, and give the same.
//!
//! Most of these tests need ONNX Runtime and find it as the program does. Without it they fail:
//! `lazydebugger doctor --install-runtime` brings it.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod cage;
mod compiled;
mod constraints;
mod differential;
mod files;
mod forest;
mod header;
mod long_texts;
mod more;
mod native;
mod native_trees;
mod native_zoo;
mod noise_fixture;
mod sound;
mod unread;
mod work;
mod writer;
mod zoo;
