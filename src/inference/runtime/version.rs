//! Which version a library has, told from its name or its package without opening it.

use std::path::Path;

/// The versions that are fine, in words.
pub const FINE_VERSIONS: &str = "1.24 or newer";
const OLDEST: (u32, u32) = (1, 24);

/// The version of the library at this path, if something beside it tells.
pub(super) fn of_library(path: &Path) -> Option<String> {
    // A link such as `libonnxruntime.so` says less than the file that it leads to.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    in_name(&real)
        .or_else(|| in_name(path))
        .or_else(|| of_package(path))
}

/// Whether a version is known to be too old. What cannot be read is left for the library to say.
pub(super) fn is_too_old(version: &str) -> bool {
    numbers(version).is_some_and(|found| found < OLDEST)
}

/// For choosing the newest of several.
pub(super) fn order(version: &str) -> Vec<u32> {
    version
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}

fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// `libonnxruntime.so.1.31.1`, `libonnxruntime.1.31.1.dylib`
fn in_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let version: Vec<&str> = name
        .split('.')
        .filter(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    (version.len() >= 2).then(|| version.join("."))
}

/// Python's packages name theirs in a folder beside: `onnxruntime-1.31.1.dist-info`.
fn of_package(path: &Path) -> Option<String> {
    let packages = path.parent()?.parent()?.parent()?;
    packages.read_dir().ok()?.flatten().find_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let (package, version) = name.strip_suffix(".dist-info")?.split_once('-')?;
        package
            .starts_with("onnxruntime")
            .then(|| version.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_version() {
        for (name, version) in [
            ("/lib/libonnxruntime.so.1.31.1", Some("1.31.1")),
            ("/lib/libonnxruntime.so.1.21", Some("1.21")),
            ("/lib/libonnxruntime.1.31.1.dylib", Some("1.31.1")),
            ("/lib/libonnxruntime.so.1", None),
            ("/lib/libonnxruntime.so", None),
        ] {
            assert_eq!(in_name(Path::new(name)).as_deref(), version, "{name}");
        }
    }

    #[test]
    fn versions_from_1_24_are_fine() {
        for (version, too_old) in [
            ("1.23.2", true),
            ("0.9", true),
            ("1.24.0", false),
            ("1.31.1", false),
            ("2.0", false),
            ("next", false),
        ] {
            assert_eq!(is_too_old(version), too_old, "{version}");
        }
    }
}
