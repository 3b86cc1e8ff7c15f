//! Other people's files and ours: what may be read, and the one way in which anything is written.
//!
//! Reading ([`open`], [`read_whole`]) takes regular files only: a pipe would be waited for, and a
//! device has no end. Writing ([`Output`]) never touches what is there: the new file is made beside
//! the old one under a name that nobody can have taken, and takes its place when it is whole.
//!
//! What is too large to be read is mapped ([`Map`]), and stays harmless when the file is cut short.
//!
//! *Invariant: no other room creates, truncates or renames a file.*

mod input;
mod lock;
mod map;
mod output;
mod place;
mod private;

pub use input::{Unreadable, open, read_text, read_whole};
pub use lock::Lock;
pub use map::{Gone, Map, Plain, bytes_of, fill_gap};
pub use output::{Output, check, remove_unfinished, sweep, write_whole};
pub use place::is_same;
pub use private::{create_private_folder, disk_bytes, open_private, set_aside};
