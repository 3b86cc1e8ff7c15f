//! The accesses to the prediction cache, for cache simulators.

use std::collections::HashMap;
use std::fmt::Write;

use crate::what_if::RecordedAccess;

/// As a table with the columns `t,key,bytes,cost_us`: seconds, content id, bytes, and microseconds that
/// it took to make the entry. `whatif` reads it.
pub fn csv(accesses: &[RecordedAccess]) -> String {
    let mut text = "t,key,bytes,cost_us\n".to_owned();
    for access in accesses {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:.6},{},{},{}",
            access.seconds, access.content, access.bytes, access.cost_us
        );
    }
    text
}

/// As libCacheSim's `oracleGeneral`: 24 bytes an access, little-endian: seconds (u32), entry (u64), bytes
/// (u32), and the number of the next access to the same entry (i64), -1 if there is none. Entries are
/// numbered from 1 in the order of first accesses; sizes beyond 32 bits are written as the largest.
pub fn oracle_general(accesses: &[RecordedAccess]) -> Vec<u8> {
    let mut next = HashMap::new();
    let mut nexts = vec![-1_i64; accesses.len()];
    for (place, access) in accesses.iter().enumerate().rev() {
        if let Some(later) = next.insert(access.content, place) {
            // Accesses are counted from 1.
            nexts[place] = later as i64 + 1;
        }
    }
    let mut entries = HashMap::new();
    let mut rows = Vec::with_capacity(24 * accesses.len());
    for (access, next) in accesses.iter().zip(nexts) {
        let number = entries.len() as u64 + 1;
        let entry: u64 = *entries.entry(access.content).or_insert(number);
        let bytes = u32::try_from(access.bytes).unwrap_or(u32::MAX);
        rows.extend((access.seconds as u32).to_le_bytes());
        rows.extend(entry.to_le_bytes());
        rows.extend(bytes.to_le_bytes());
        rows.extend(next.to_le_bytes());
    }
    rows
}
