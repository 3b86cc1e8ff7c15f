//! What collections take on the heap, counted as their allocator is asked for it.

use std::collections::HashMap;

use crate::inference::onnx::Numbers;

/// A text's bytes.
pub(super) fn text(text: &String) -> usize {
    text.capacity()
}

/// A list's places, used or not.
pub(super) fn list<T>(list: &Vec<T>) -> usize {
    list.capacity() * size_of::<T>()
}

/// A list of texts with the texts.
pub(super) fn texts(all: &Vec<String>) -> usize {
    list(all) + all.iter().map(text).sum::<usize>()
}

/// What a constant keeps.
pub(super) fn numbers(numbers: &Numbers) -> usize {
    match numbers {
        Numbers::F32(v) | Numbers::F16(v) => list(v),
        Numbers::F64(v) => list(v),
        Numbers::I64(v) => list(v),
        Numbers::Bool(v) => list(v),
        Numbers::Text(v) => texts(v),
    }
}

/// A table's places: the standard library's has a power of two of them, of which it fills seven
/// eighths, a byte for each beside it and sixteen bytes more.
pub(super) fn table<K, V>(table: &HashMap<K, V>) -> usize {
    const GROUP: usize = 16;
    let places = match table.capacity() {
        0 => return 0,
        1..4 => 4,
        4..8 => 8,
        most => most * 8 / 7,
    };
    let entries = (places * size_of::<(K, V)>()).next_multiple_of(GROUP);
    entries + places + GROUP
}
