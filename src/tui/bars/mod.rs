//! What surrounds the panels: the head, the summary, the last message, the keys that work now.

pub(super) mod header;
pub(super) mod keys;
pub(super) mod message;
pub(super) mod savings;
pub(super) mod summary;
