//! The content of a file, by its hash.

use std::path::Path;

use super::exactly;
use crate::engine::Loaded;
use crate::resource::{Catalogue, Resource};
use crate::vocabulary::{ContentId, Problem};
use crate::{display, engine::LoadError};

pub(in crate::resource) const BYTES: u64 = size_of::<ContentId>() as u64;

/// Reads the whole file.
pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    path: &Path,
) -> Result<Loaded<Resource>, LoadError> {
    let source = catalogue.files.source(path)?;
    if source.is_folder() {
        return Err(Problem::new("a folder, not a file").in_file(path).into());
    }
    let id = source.identify();
    let id = id.map_err(|error| Problem::new(error.to_string()).in_file(path))?;
    let detail = format!("{} hashed", display::bytes(id.stamp.bytes));
    Ok(exactly(Resource::File(id), BYTES, detail))
}
