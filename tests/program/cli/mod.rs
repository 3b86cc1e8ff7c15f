//! The program as a stranger meets it: what goes in wrong comes back in words and exit code 2.
//!
//! Most of these tests run models natively. Those that need ONNX Runtime find it as the program does,
//! and fail without it: `lazydebugger doctor --install-runtime` brings it.

mod backends;
mod bad_files;
mod bad_tables;
mod bad_usage;
mod baseline;
mod baseline_beside;
mod budget;
mod compare;
mod compared;
mod config;
mod demo;
pub(crate) mod desk;
mod destinations;
mod determinism;
mod gates;
mod generate;
mod lints;
mod odd_tables;
mod outputs;
mod paper;
mod parity;
mod plain;
mod plan;
mod precomputed;
mod quiet_tables;
mod recorded;
mod reports;
mod runtime;
mod shards;
mod shell;
mod shown;
mod table_memory;
mod table_types;
mod trials;
mod why;
mod zoo;
