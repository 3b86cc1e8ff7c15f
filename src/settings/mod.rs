//! Settings as files and flags give them.

mod word;

pub use word::word;
