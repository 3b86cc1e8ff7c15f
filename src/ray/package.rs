//! What is uploaded, as the zip files that Ray unpacks for every worker.
//! The format: PKWARE's APPNOTE.TXT, 4.3; times and comments are left out.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::RayError;
use crate::files;
use crate::vocabulary::Problem;

/// The program in its package.
pub(super) const PROGRAM: &str = "lazydebugger";
/// The script in the package of the run.
pub(super) const SCRIPT: &str = "driver.py";
const SCRIPT_TEXT: &str = include_str!("driver.py");
/// Ray's job server takes no larger body (`DASHBOARD_CLIENT_MAX_SIZE`).
pub(super) const MOST_BYTES: u64 = 100 << 20;
/// Part of the id: raised when packages are made otherwise.
const FORMAT: &str = "lazydebugger package 1";
const CHUNK: usize = 1 << 20;

/// Files that are uploaded together, under the names that they have there. Ray keeps them by what they
/// hold: they travel once.
#[derive(Debug)]
pub struct Package {
    files: Vec<(String, PathBuf)>,
    /// Is the script with them? Else they are programs.
    has_script: bool,
}

impl Package {
    /// This program, which stays what it is from run to run.
    pub fn of_program(program: PathBuf) -> Self {
        Self {
            files: vec![(PROGRAM.to_owned(), program)],
            has_script: false,
        }
    }

    /// What else a run needs: the script, and these files.
    pub fn of_run(files: Vec<(String, PathBuf)>) -> Self {
        Self {
            files,
            has_script: true,
        }
    }

    /// The name by which Ray knows it: by what is in it.
    pub(super) fn name(&self) -> Result<String, RayError> {
        let mut hasher = blake3::Hasher::new();
        let script = if self.has_script { SCRIPT_TEXT } else { "" };
        for text in [FORMAT, script] {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        for (name, path) in &self.files {
            let mut file = open(path)?;
            let length = file.metadata();
            let length = length.map_err(|error| in_file(&error, path))?.len();
            for number in [name.len() as u64, length] {
                hasher.update(&number.to_le_bytes());
            }
            hasher.update(name.as_bytes());
            hasher
                .update_reader(&mut file)
                .map_err(|error| in_file(&error, path))?;
        }
        let id = hasher.finalize().to_hex();
        Ok(format!("_ray_pkg_{}.zip", &id[..40]))
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, RayError> {
        let mut zip = Zip::default();
        if self.has_script {
            zip.add(SCRIPT, &mut SCRIPT_TEXT.as_bytes(), 0o644)
                .map_err(|error| RayError::File(Problem::new(error.to_string())))?;
        }
        let mode = if self.has_script { 0o644 } else { 0o755 };
        for (name, path) in &self.files {
            zip.add(name, &mut open(path)?, mode)
                .map_err(|error| in_file(&error, path))?;
            if zip.bytes.len() as u64 > MOST_BYTES {
                return Err(RayError::TooLarge(zip.bytes.len() as u64 / 1_000_000));
            }
        }
        Ok(zip.finish())
    }
}

fn open(path: &Path) -> Result<File, RayError> {
    files::open(path).map_err(|error| in_file(&error, path))
}

fn in_file(error: &io::Error, path: &Path) -> RayError {
    RayError::File(Problem::new(error.to_string()).in_file(path))
}

/// A zip file in memory, far below the sizes for which it would need another format.
#[derive(Default)]
struct Zip {
    bytes: Vec<u8>,
    /// The entries once more, as the end of the file lists them.
    directory: Vec<u8>,
    entries: u16,
}

impl Zip {
    fn add(&mut self, name: &str, content: &mut dyn Read, mode: u32) -> io::Result<()> {
        let offset = self.bytes.len() as u32;
        let mut crc = Crc::new();
        // Room for the head, which says how long it came to be.
        let head = 30 + name.len();
        self.bytes.resize(self.bytes.len() + head, 0);
        let begins = self.bytes.len();
        let mut encoder = DeflateEncoder::new(&mut self.bytes, Compression::fast());
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = content.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            crc.update(&chunk[..read]);
            encoder.write_all(&chunk[..read])?;
        }
        encoder.finish()?;
        let packed = (self.bytes.len() - begins) as u32;
        let mut about = Vec::with_capacity(26);
        // Needs version 2.0, no flags, deflated, at the beginning of 1980.
        for number in [20_u16, 0, 8, 0, 0x21] {
            about.extend(number.to_le_bytes());
        }
        for number in [crc.sum(), packed, crc.amount()] {
            about.extend(number.to_le_bytes());
        }
        about.extend((name.len() as u16).to_le_bytes());
        about.extend(0_u16.to_le_bytes());
        let mut local = b"PK\x03\x04".to_vec();
        local.extend(&about);
        local.extend(name.as_bytes());
        self.bytes[begins - head..begins].copy_from_slice(&local);
        self.directory.extend(b"PK\x01\x02");
        // Made on Unix, whose modes it has.
        self.directory.extend(0x0314_u16.to_le_bytes());
        self.directory.extend(&about);
        for number in [0_u16, 0, 0] {
            self.directory.extend(number.to_le_bytes());
        }
        let is_file = 0o100_000;
        self.directory
            .extend(((is_file | mode) << 16).to_le_bytes());
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.entries += 1;
        Ok(())
    }

    fn finish(mut self) -> Vec<u8> {
        let (at, length) = (self.bytes.len() as u32, self.directory.len() as u32);
        self.bytes.extend(&self.directory);
        self.bytes.extend(b"PK\x05\x06");
        for number in [0, 0, self.entries, self.entries] {
            self.bytes.extend(number.to_le_bytes());
        }
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend(at.to_le_bytes());
        self.bytes.extend(0_u16.to_le_bytes());
        self.bytes
    }
}
