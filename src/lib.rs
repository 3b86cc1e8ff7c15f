//! placeholder
pub mod dimension;
pub mod engine;
pub mod event;
pub mod experiment;
pub mod inference;
pub mod ledger;
pub mod metrics;
pub mod resource;
pub mod session;
