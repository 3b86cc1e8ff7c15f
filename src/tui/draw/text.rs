//! Text that is short enough to show: measured, cut to a width, wrapped.

pub(in crate::tui) use crate::display::layout::{fit, fit_middle, fit_words, width, wrap};
