//! placeholder
pub mod cli;
pub mod dimension;
pub mod engine;
pub mod event;
pub mod experiment;
pub mod inference;
pub mod ledger;
pub mod metrics;
pub mod resource;
pub mod report;
pub mod session;
pub mod trace;
#[path = "tui_tmp.rs"]
pub mod tui;
