//! Any bytes as a Parquet file: its schema, and every column.
#![no_main]

#[path = "../../tests/program/faults/doors.rs"]
#[allow(dead_code, reason = "a door for each target")]
mod doors;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    doors::table(bytes, "parquet");
});
