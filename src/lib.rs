//! LazyDebugger: watch a model validation load lazily. What is loaded, what it costs, who holds it,
//! and why the cache missed.
//!
//! Command in, event out: a [`session`] takes commands and writes an append-only log of events, and
//! everything that anyone sees is a fold over that log. The map of the house, top floor first; an
//! arrow reads "uses", and all of them point down:
//!
//! ```text
//! cli                      one file per sub-command
//!  ├─> tui                 the face: screen state, keys, panels, the terminal itself
//!  ├─> report              a run's outcome as text and JSON
//!  ├─> bench               measuring: the paper's tables; models by resource and inference, whole
//!  │                       runs by a session
//!  ├─> generate            data sets of any size with a model that fits: by metrics and engine's
//!  │                       content ids
//!  └─> session             commands in, events out: the only door to the engine; its planner
//!       │                  tells what each strategy would load, and which one fits
//!       └─> dimension      the five validations
//!            └─> resource  tables, models, predictions: a key, a loader, a size each
//!                 ├─> experiment   what the user asks for
//!                 ├─> inference    running a model, natively or by ONNX Runtime
//!                 └─> engine       lazy loading itself, free of machine learning
//! (`check`, `predict` and `doctor` have nothing to watch: they ask resource and inference directly)
//! log                      the one log of a session: many readers, older events and recordings on disk,
//!                          any moment of it
//! ledger                   the fold that tui and report share; it knows events only
//! display                  numbers and names as people read them, and plain text in columns
//! data_folder              where the program keeps files of its own
//! history                  how long loads took in earlier sessions
//! metrics                  the formulas: pure functions on slices
//! event                    the vocabulary: every command and every event
//! ```
//!
//! `event`, `display`, `data_folder` and `metrics` import nothing of ours; `inference`, `engine`,
//! `experiment`, `history` and `ledger` import these only, and `log` these and `ledger`. To add a metric, begin in [`metrics`]; a
//! panel, in `tui::view`; a resource, in [`resource`]; a strategy, in [`engine::plan`].

pub mod bench;
pub mod cli;
pub mod data_folder;
pub mod dimension;
mod display;
pub mod engine;
pub mod event;
pub mod experiment;
pub mod generate;
pub mod history;
pub mod inference;
pub mod ledger;
pub mod log;
pub mod metrics;
pub mod process;
pub mod report;
pub mod resource;
pub mod session;
pub mod settings;
pub mod tui;
pub mod vocabulary;
