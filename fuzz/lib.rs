//! What reading and running a model takes of the library, and nothing else.
#![allow(dead_code, missing_docs, unused_imports)]

#[path = "../src/event/backend.rs"]
mod backend;
#[path = "../src/data_folder.rs"]
pub mod data_folder;
#[path = "../src/inference/mod.rs"]
pub mod inference;

pub mod event {
    pub use super::backend::*;
}
