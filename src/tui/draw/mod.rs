//! What pictures are made with: text that fits, rows of cells, frames, tables, curves, signs, colours.

pub(super) mod figure;
pub(super) mod frame;
pub(super) mod glyphs;
pub(super) mod lines;
pub(super) mod pen;
pub(super) mod plot;
pub(super) mod result_row;
pub(super) mod signs;
pub(super) mod svg;
pub(super) mod table;
pub(super) mod text;
pub mod theme;
pub(super) mod treemap;
pub(super) mod view;

pub(super) use pen::Pen;
pub use result_row::ResultRow;
pub(super) use view::{PastView, View};
