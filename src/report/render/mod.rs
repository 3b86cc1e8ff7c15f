//! A report as text, JSON, JUnit, Markdown and HTML. Nothing is decided here but how it looks.

mod html;
mod json;
mod junit;
mod markdown;
mod page;
mod plan_json;
mod text;

pub(super) use html::html;
pub(super) use json::{json_but_timings, timings_json};
pub(super) use junit::junit;
pub(super) use markdown::{markdown, summary};
pub(super) use plan_json::plan_json;
pub use text::TextOptions;
pub(super) use text::text;
