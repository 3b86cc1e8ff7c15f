//! Files that are mapped, and cut short while they are.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use lazydebugger::files::Map;
use lazydebugger::resource::Reading;
use lazydebugger::resource::source::Source;
use lazydebugger::resource::table_file::read_table;
use lazydebugger::vocabulary::TableOptions;
use polars_core::prelude::{Column, DataFrame, NamedFrom, Series};
use polars_io::prelude::{IpcWriter, SerWriter};

const ROWS: usize = 100_000;

#[test]
fn what_is_gone_of_a_map_reads_as_zeros_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ones");
    std::fs::write(&path, vec![1; 1 << 20]).unwrap();
    let map = Map::of(&File::open(&path).unwrap()).unwrap();
    let other = Map::of(&File::open(&path).unwrap()).unwrap();
    assert_eq!(map[..4096], [1; 4096]);
    let file = File::options().write(true).open(&path).unwrap();
    file.set_len(1 << 16).unwrap();
    assert_eq!(map.check(), Ok(()), "nobody has looked there");
    assert_eq!(map[(1 << 16) - 1], 1);
    assert_eq!(map[1 << 17], 0);
    assert!(map.check().is_err());
    assert_eq!(other.check(), Ok(()), "each for itself");
    drop(map);
    assert_eq!(other[(1 << 20) - 1], 0);
    assert!(other.check().is_err());
    // A place that is used again knows nothing of who was there before.
    let map = Map::of(&File::open(&path).unwrap()).unwrap();
    assert_eq!(map.check(), Ok(()));
    assert_eq!(map.len(), 1 << 16);
}

#[test]
fn a_mapped_column_says_that_its_file_was_cut_short() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.arrow");
    let values: Vec<f64> = (0..ROWS).map(|row| row as f64).collect();
    let columns = vec![Column::from(Series::new("x".into(), values))];
    let mut frame = DataFrame::new(ROWS, columns).unwrap();
    IpcWriter::new(File::create(&path).unwrap())
        .finish(&mut frame)
        .unwrap();
    let source = Source::open(&path).unwrap();
    let wanted = [("x".to_owned(), Reading::NUMBERS)];
    let table = read_table(&source, &wanted, &TableOptions::default()).unwrap();
    assert_eq!(table.mapped_bytes(), (ROWS * 8) as u64);
    let sum = || table.numbers("x").unwrap().iter().sum::<f64>();
    let whole = sum();
    assert_eq!(table.check_whole(), Ok(()));
    let file = File::options().write(true).open(&path).unwrap();
    file.set_len(8192).unwrap();
    assert!(sum() < whole);
    assert!(table.check_whole().is_err());
}

/// Other faults are as fatal as ever, also where maps are guarded.
#[test]
fn a_bus_error_of_somebody_else_ends_the_process() {
    const CHILD: &str = "LAZYDEBUGGER_TEST_BUS_ERROR";
    if std::env::var_os(CHILD).is_some() {
        let file = File::open(std::env::current_exe().unwrap()).unwrap();
        let map = Map::of(&file).unwrap();
        assert!(!map.is_empty());
        // Sent, not caused by a map: it arrives before this returns, if it returns.
        signal_hook::low_level::raise(signal_hook::consts::SIGBUS).unwrap();
        std::process::exit(0);
    }
    let name = "safety::mapped::a_bus_error_of_somebody_else_ends_the_process";
    let mut child = Command::new(std::env::current_exe().unwrap());
    let ended = child.args(["--exact", name]).env(CHILD, "1").output();
    assert_eq!(ended.unwrap().status.signal(), Some(7));
}
