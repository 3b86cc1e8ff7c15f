//! The schema that writers of Arrow leave in a Parquet file: where it is damaged, other readers refuse
//! the file, and types would be guessed here.

use polars_parquet::read::FileMetadata;

use crate::resource::table_file::arrow_schema::is_message;

/// The key that it goes by.
const KEY: &str = "ARROW:schema";

/// Is there none, or one that makes sense?
pub(super) fn is_sound(metadata: &FileMetadata) -> bool {
    let mut pairs = metadata.key_value_metadata().iter().flatten();
    let Some(written) = pairs.find(|pair| pair.key == KEY) else {
        return true;
    };
    let bytes = written.value.as_deref().and_then(decoded);
    bytes.is_some_and(|bytes| is_message(&bytes))
}

/// The bytes that a text in base 64 stands for.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut bits) = (0_u32, 0);
    for sign in text.bytes() {
        let value = match sign {
            b'A'..=b'Z' => sign - b'A',
            b'a'..=b'z' => sign - b'a' + 26,
            b'0'..=b'9' => sign - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        word = (word << 6 | u32::from(value)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn texts_in_base_64_are_bytes() {
        assert_eq!(decoded("").as_deref(), Some(&b""[..]));
        assert_eq!(decoded("Zm9vYmFy").as_deref(), Some(&b"foobar"[..]));
        assert_eq!(decoded("/+8=").as_deref(), Some(&[0xff, 0xef][..]));
        assert_eq!(decoded("Zm9v*mFy"), None);
    }
}
