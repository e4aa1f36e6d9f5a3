//! Sizes in the servers' compact form, which decide when a value leaves that form.

use protocol::number::parse_int;

/// Size of an empty listpack, in bytes.
pub const EMPTY: usize = 7;

/// Size of a text in a listpack, in bytes. Integers are stored as such.
pub fn entry(text: &[u8]) -> usize {
    match parse_int(text) {
        Some(value) => int(value),
        None => with_length(match text.len() {
            0..=63 => 1 + text.len(),
            64..=4095 => 2 + text.len(),
            _ => 5 + text.len(),
        }),
    }
}

/// Size of an integer in a listpack, in bytes.
pub fn int(value: i64) -> usize {
    with_length(match value {
        0..=127 => 1,
        -4096..=4095 => 2,
        -32_768..=32_767 => 3,
        -8_388_608..=8_388_607 => 4,
        -2_147_483_648..=2_147_483_647 => 5,
        _ => 9,
    })
}

/// Size of an entry with `data` bytes of data. Their length follows them, so that one can walk backwards.
fn with_length(data: usize) -> usize {
    data + match data {
        0..=127 => 1,
        128..=16_382 => 2,
        16_383..=2_097_150 => 3,
        2_097_151..=268_435_454 => 4,
        _ => 5,
    }
}
