//! Files for nobody but the user, in a folder of ours: links in it are not followed, whoever made them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// The mode of a folder that is for its owner alone.
const PRIVATE_FOLDER: u32 = 0o700;

/// Makes a folder that only the user can look into, unless it is there. What stands in its place and
/// is no folder, such as a link to one, is an error.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(PRIVATE_FOLDER).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if fs::symlink_metadata(path)?.is_dir() {
                Ok(())
            } else {
                Err(ErrorKind::NotADirectory.into())
            }
        }
        made => made,
    }
}

/// Opens a regular file to read; a link is an error.
pub fn open_private(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_NOFOLLOW)
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(ErrorKind::InvalidInput.into())
    }
}

/// Gives a file of ours another name, in the place of what has it.
pub fn set_aside(path: &Path, to: &Path) -> io::Result<()> {
    fs::rename(path, to)
}

/// The size of the disk that a folder lies on.
#[expect(unsafe_code, reason = "the standard library does not tell")]
pub fn disk_bytes(folder: &Path) -> io::Result<u64> {
    let path = std::ffi::CString::new(folder.as_os_str().as_bytes())?;
    let mut told = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the path ends with a zero, and there is room for the answer.
    if unsafe { libc::statvfs(path.as_ptr(), told.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call has succeeded, so it has written the answer.
    let told = unsafe { told.assume_init() };
    #[allow(
        clippy::unnecessary_cast,
        clippy::useless_conversion,
        reason = "how wide they are depends on the system"
    )]
    let (blocks, size) = (told.f_blocks as u64, told.f_frsize as u64);
    Ok(blocks.saturating_mul(size))
}
