//! placeholder
pub mod engine;
pub mod event;
pub mod ledger;
