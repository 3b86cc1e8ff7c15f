//! Damaged tables: an error that names the file, or values; never a panic, and never more memory than
//! the file can fill. Where pages have checksums, the values are those of the sound file.
//!
//! The mutants are the same every time. `MUTANTS=100000` makes an evening of it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use lazydebugger::resource::Reading;
use lazydebugger::resource::source::Source;
use lazydebugger::resource::table::ColumnType;
use lazydebugger::resource::table_file::{Wanted, read_schema, read_table};
use lazydebugger::vocabulary::{Problem, TableOptions};

use crate::counting::{alone, peak_of_process};

/// Mutants of every file, where nobody asks for more.
const MUTANTS: u64 = 300;
/// What a file may cost for each of its bytes, and however small it is.
const BYTES_PER_BYTE: usize = 96;
const ALLOWANCE: usize = 64 << 20;

/// The sound files, and whether damage to their values is told by checksums.
const SEEDS: [(&str, bool); 6] = [
    ("checked.parquet", true),
    ("checked_2.parquet", true),
    ("unchecked.parquet", false),
    ("told_plain.arrow", false),
    ("told_lz4.arrow", false),
    ("stream.arrow", false),
];

/// Numbers that sizes may become.
const SIZES: [u64; 10] = [
    0,
    1,
    127,
    255,
    1 << 16,
    i32::MAX as u64,
    1 << 31,
    1 << 40,
    1 << 61,
    u64::MAX,
];

/// Numbers that look random, and are the same every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Damages some bytes before `end`.
fn damage(bytes: &mut Vec<u8>, end: usize, dice: &mut Dice) {
    let at = dice.below(end);
    match dice.below(8) {
        0..=2 => bytes[at] ^= 1 << dice.below(8),
        3 => bytes[at] = dice.next() as u8,
        4 => {
            let size = SIZES[dice.below(SIZES.len())].to_le_bytes();
            let width = [4, 8][dice.below(2)].min(end - at);
            bytes[at..at + width].copy_from_slice(&size[..width]);
        }
        5 => {
            let length = (1 + dice.below(64)).min(end);
            let (from, to) = (dice.below(end - length + 1), dice.below(end - length + 1));
            bytes.copy_within(from..from + length, to);
        }
        6 => {
            let length = (1 + dice.below(32)).min(end - at);
            let part = bytes[at..at + length].to_vec();
            bytes.splice(at..at, part);
        }
        _ => bytes.truncate(at),
    }
}

/// All that a table holds, column by column.
fn read(path: &Path) -> Result<String, Problem> {
    let options = TableOptions::default();
    let source = Source::open(path)?;
    let schema = read_schema(&source, &options)?;
    let columns = schema.columns.iter();
    let columns = columns.filter(|(_, of)| *of != ColumnType::Other);
    let wanted = columns.map(|(name, of)| {
        let reading = if of.is_numbers() {
            Reading::NUMBERS
        } else {
            Reading::NAMES
        };
        (name.clone(), reading)
    });
    let table = read_table(&source, &wanted.collect::<Vec<Wanted>>(), &options)?;
    // Missing numbers are equal in words.
    Ok(format!("{table:?}"))
}

/// Reads whatever the bytes are, and holds what comes of it against what may.
fn try_one(name: &str, bytes: &[u8]) -> Result<String, Problem> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let (read, peak) = peak_of_process(|| read(&path));
    let most = BYTES_PER_BYTE * bytes.len() + ALLOWANCE;
    assert!(peak <= most, "{name}: {peak} bytes for {}", bytes.len());
    if let Err(problem) = &read {
        let file = problem.file.as_deref().unwrap_or_default();
        assert!(file.ends_with(name), "{name}: {problem}");
        let text = problem.to_string();
        // Values and names may hold ends of lines, which those who print them take care of.
        let is_text = Path::new(name).extension().is_some_and(|e| e == "csv");
        assert!(is_text || text.lines().count() == 1, "{name}: {text}");
        for word in ["unwrap", "Option::", "slice index", "polars", "oos"] {
            assert!(!text.contains(word), "{name}: {text}");
        }
    }
    read
}

fn mutants() -> u64 {
    let asked = std::env::var("MUTANTS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(MUTANTS)
}

#[test]
fn damaged_tables_do_no_harm() {
    let _alone = alone();
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables");
    for (name, is_checked) in SEEDS {
        let sound = fs::read(tables.join(name)).unwrap();
        let expected = try_one(name, &sound).unwrap();
        let mut refused = 0;
        for mutant in 0..mutants() {
            let mut dice = Dice(mutant);
            let mut bytes = sound.clone();
            for _ in 0..=dice.below(3) {
                let end = bytes.len();
                if end > 0 {
                    damage(&mut bytes, end, &mut dice);
                }
            }
            refused += u64::from(try_one(name, &bytes).is_err());
        }
        assert!(refused > mutants() / 4, "{name}: {refused}");
        if !is_checked {
            continue;
        }
        let (end, _) = sound.last_chunk::<8>().unwrap().split_at(4);
        let footer = u32::from_le_bytes(end.try_into().unwrap()) as usize;
        let pages = sound.len() - footer - 8;
        for mutant in 0..mutants() {
            let mut dice = Dice(mutant << 32);
            let mut bytes = sound.clone();
            damage(&mut bytes, pages, &mut dice);
            if let Ok(found) = try_one(name, &bytes) {
                assert!(
                    found == expected,
                    "{name}: mutant {mutant} has other values"
                );
            }
        }
    }
}

#[test]
fn damaged_csv_files_do_no_harm() {
    let _alone = alone();
    let mut sound = "x,word,\"a, b\",flag\n".to_owned();
    for row in 0..200 {
        let flag = row % 5 == 0;
        write!(
            sound,
            "{row},\"w \"\"{}\"\"\",{},{flag}\r\n",
            row % 3,
            row % 2
        )
        .unwrap();
    }
    let sound = sound.into_bytes();
    try_one("t.csv", &sound).unwrap();
    for mutant in 0..mutants() {
        let mut dice = Dice(mutant);
        let mut bytes = sound.clone();
        for _ in 0..=dice.below(3) {
            let end = bytes.len();
            if end > 0 {
                damage(&mut bytes, end, &mut dice);
            }
        }
        // What comes of it may be another table.
        let _ = try_one("t.csv", &bytes);
    }
}
