//! Files that are not what their names say.

use std::io::Read;

use super::Format;
use crate::resource::source::Source;
use crate::vocabulary::Problem;

/// That a file can be the table that its name says it is.
pub(super) fn check(source: &Source, format: Format) -> Result<(), Problem> {
    if source.is_folder() {
        return Err(Problem::new("a folder, not a table").remedy("name a file in it"));
    }
    if source.bytes().is_ok_and(|bytes| bytes == 0) {
        return Err(Problem::new("the file is empty").remedy("export or download it again"));
    }
    disguised(source, format).map_or(Ok(()), Err)
}

/// What begins like something else than its name says.
fn disguised(source: &Source, format: Format) -> Option<Problem> {
    let mut start = [0; 64];
    let length = source.reader().read(&mut start).ok()?;
    let start = start[..length].to_ascii_lowercase();
    let begins = |with: &[u8]| start.starts_with(with);
    let (cause, remedy) = if begins(b"version https://git-lfs") {
        (
            "a git-lfs pointer, not the table itself",
            "run `git lfs pull`",
        )
    } else if begins(b"par1") && format != Format::Parquet {
        ("this is a Parquet file", "give it the extension .parquet")
    } else if begins(b"arrow1") && format != Format::Arrow {
        ("this is an Arrow file", "give it the extension .arrow")
    } else if begins(b"fea1") {
        (
            "this is a Feather file of version 1",
            "save it as version 2",
        )
    } else if begins(b"<!doctype") || begins(b"<html") || begins(b"<?xml") {
        (
            "this is a page or XML document (a download that went wrong, perhaps), not a table",
            "get the table itself",
        )
    } else if begins(b"pk\x03\x04") {
        (
            "this is a ZIP archive or an Excel workbook",
            "unpack it, or save the sheet as CSV",
        )
    } else if begins(b"\x1f\x8b") || begins(b"\x28\xb5\x2f\xfd") {
        ("this is a compressed file", "unpack it first")
    } else if format != Format::Csv && (begins(b"\xff\xfe") || begins(b"\xfe\xff")) {
        ("this is UTF-16 text", "give it the extension .csv")
    } else {
        return None;
    };
    Some(Problem::new(cause).remedy(remedy))
}
