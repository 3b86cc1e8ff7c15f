//! placeholder
pub mod event;
pub mod ledger;
