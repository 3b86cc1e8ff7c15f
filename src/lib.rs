//! LazyDebugger: watch a model validation load lazily. What is loaded, what it costs, who holds it,
//! and why the cache missed.
//!
//! Command in, event out: a [`session`] takes commands and writes one append-only [`log`], and
//! everything that anyone sees is a fold over that log. The map of the house; an arrow reads "uses",
//! and all of them point down:
//!
//! ```text
//! cli                      a sub-command a file; adds the flag that helps to an error
//!  ├─> tui                 the face: panels, keys, drawing, the terminal itself
//!  ├─> report              what a report says (model) and how it is written (render)
//!  ├─> bench, generate     measuring; data sets of any size with a model that fits
//!  ├─> attach              watching a session from another terminal
//!  ├─> compare             what is different between two runs
//!  ├─> demo                eager against lazy, in processes of their own
//!  ├─> export              recordings in the formats of other tools
//!  ├─> lint                what a run wastes
//!  ├─> what_if             recorded accesses through every cache policy, at many sizes; auto-tuning
//!  └─> session             commands in, events out: the only door to the engine
//!       │                  binds as loads, plans, runs, watches files
//!       └─> dimension      the five validations
//!            └─> resource  files, tables, models, predictions: a kind a file, with key, recipe, loader
//!                 ├─> experiment   what the user asks for
//!                 ├─> inference    running a model, natively or by ONNX Runtime
//!                 ├─> metrics      the formulas: pure functions on slices
//!                 └─> engine       lazy loading itself: owners, eviction, budget, content ids
//!
//! tui, report, compare, cli ─> explain ─> ledger ─> event ─> vocabulary
//!                              words      the fold  what     what everybody names
//!                                                   happened
//! session ─> log ─> ledger, event          the one log: many readers, files, any moment of it
//! experiment, cli ─> settings              one declaration a setting
//! session, bench ─> demand_forecast        which dimensions are selected next, by what was before
//! display                                  numbers and plain text as people read them
//! child                                    programs that we start
//! files                                    what may be read; the one writer of all outputs
//! table_writer                             tables of our own making: generated data, scores
//! disk_cache                               the tier below memory: files by content id
//! shard                                    what several machines made of some rows each: merged, a tier that has all scores
//! shared_cache                             the tier below the disk: Redis, S3, and what is done when they are sick
//! ray                                      a run on several machines by Ray: its jobs over HTTP, what workers say
//! encryption                               connections to others, encrypted
//! kept_sessions                            the logs of the last sessions, kept without being asked
//! process, data_folder, history            the process; files of our own; how long loads took
//! ```
//!
//! Invariants, held by a test that reads the sources' `use` lines:
//!
//! - `engine` knows no dimension, no flag, no file system; it imports `vocabulary` only.
//! - `tui` and `report` read the log and give commands as values: they never import `session`,
//!   `resource` or `engine`.
//! - `metrics` imports nothing of ours, `vocabulary` neither; `ledger` knows events only.
//! - Everything that reads a file of the experiment is a load in the log; no event repeats state.
//! - An id is made from canonical bytes with a schema number, and from nothing else.
//!
//! To add a metric, begin in [`metrics`]; a panel, in `tui::panel`; a resource, in
//! `resource::kind`; a strategy, in [`engine::plan`]; a setting, in `settings`; a word, in
//! `explain`.

pub mod attach;
pub mod bench;
mod child;
pub mod cli;
pub mod compare;
pub mod data_folder;
pub mod demand_forecast;
pub mod demo;
pub mod dimension;
pub mod disk_cache;
mod display;
mod encryption;
pub mod engine;
pub mod event;
pub mod experiment;
pub mod explain;
pub mod export;
pub mod files;
pub mod generate;
pub mod history;
pub mod inference;
pub mod kept_sessions;
pub mod ledger;
pub mod lint;
pub mod log;
pub mod metrics;
pub mod process;
pub mod ray;
pub mod report;
pub mod resource;
pub mod session;
pub mod settings;
pub mod shard;
pub mod shared_cache;
pub mod table_writer;
pub mod tui;
pub mod vocabulary;
pub mod what_if;
