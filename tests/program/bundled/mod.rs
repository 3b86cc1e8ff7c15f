//! The bundled experiment through the session's door: true results, honest cache figures, the same
//! answers whatever the strategy, and what a change on disk does. Models run for real; the references
//! are also held against ONNX Runtime, which must be there (`lazydebugger doctor --install-runtime`).
#![allow(
    clippy::print_stdout,
    reason = "who asks for it sees metrics beside their references"
)]

mod ahead;
mod cache;
mod columns;
mod constraints;
mod control;
mod disturbed;
mod driven;
mod inputs;
mod lazily;
mod no_labels;
mod pictures;
mod references;
mod same_answers;
mod shards;
mod soak;
mod strategies;
mod streams;
mod tuned;
mod versions;
mod wage;
mod wage_robustness;
mod watching;
mod weights;
