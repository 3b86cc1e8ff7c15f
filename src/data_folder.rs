//! Where the program keeps files of its own.

use std::env;
use std::path::PathBuf;

/// `LAZYDEBUGGER_DATA_DIR`, else the system's place for a user's data; none where neither is known.
pub fn data_folder() -> Option<PathBuf> {
    match env::var_os("LAZYDEBUGGER_DATA_DIR") {
        Some(folder) if !folder.is_empty() => Some(folder.into()),
        _ => Some(dirs::data_local_dir()?.join("lazydebugger")),
    }
}

/// Where the user's own settings of the screen are: in the folder of `LAZYDEBUGGER_DATA_DIR`, else in
/// the system's place for a user's settings; none where neither is known.
pub fn config_file() -> Option<PathBuf> {
    let folder = match env::var_os("LAZYDEBUGGER_DATA_DIR") {
        Some(folder) if !folder.is_empty() => folder.into(),
        _ => dirs::config_dir()?.join("lazydebugger"),
    };
    Some(folder.join("config.toml"))
}
