//! What the targets of `fuzz/` begin with comes in by the doors that they try.

use std::fs;
use std::path::Path;

use super::doors;

/// Does it come in?
type Door = fn(&[u8]) -> bool;

const DOORS: [(&str, Door); 7] = [
    ("parquet", |bytes| doors::table(bytes, "parquet")),
    ("arrow", |bytes| doors::table(bytes, "arrow")),
    ("csv", |bytes| doors::table(bytes, "csv")),
    ("experiment", doors::experiment),
    ("sweep", doors::sweep),
    ("trace", doors::trace),
    ("native_model", doors::model),
];

#[test]
fn the_seeds_of_each_target_come_in_and_what_is_no_seed_does_not() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let targets = fuzz.join("fuzz_targets").read_dir().unwrap().count();
    assert_eq!(targets, DOORS.len());
    for (name, door) in DOORS {
        assert!(fuzz.join(format!("fuzz_targets/{name}.rs")).is_file());
        let seeds: Vec<_> = fuzz.join("seeds").join(name).read_dir().unwrap().collect();
        assert!(!seeds.is_empty(), "{name} has no seed");
        for seed in seeds {
            let path = seed.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            assert!(door(&bytes), "{}", path.display());
            assert!(!door(b""), "{name}");
        }
    }
}
