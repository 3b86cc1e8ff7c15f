//! The program from its experiment files to its reports, through its command line and through the
//! session's door; and what is written about it.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![allow(clippy::expect_used, reason = "a failed expect is a failed test")]

mod arrows;
#[cfg(unix)]
mod attach;
mod bundled;
mod cli;
mod demand;
mod docs;
#[cfg(target_os = "linux")]
mod engines;
mod experiment;
mod faults;
#[path = "../inference/forest.rs"]
mod forest;
mod forgotten;
mod history;
mod kept;
mod plans;
mod report;
mod safety;
mod shared;
mod table_writer;
mod trace;
#[allow(dead_code, reason = "forests need a part of it only")]
#[path = "../inference/writer.rs"]
mod writer;
