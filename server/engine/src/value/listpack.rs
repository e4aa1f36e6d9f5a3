//! How many bytes the servers' compact form takes, for it decides when a value leaves that form.

use protocol::number::parse_int;

/// What an empty listpack takes, in bytes.
pub const EMPTY: usize = 7;

/// What a text takes in a listpack, in bytes: integers are kept as such.
pub fn entry(text: &[u8]) -> usize {
    let data = match parse_int(text) {
        Some(0..=127) => 1,
        Some(-4096..=4095) => 2,
        Some(-32_768..=32_767) => 3,
        Some(-8_388_608..=8_388_607) => 4,
        Some(-2_147_483_648..=2_147_483_647) => 5,
        Some(_) => 9,
        None => match text.len() {
            0..=63 => 1 + text.len(),
            64..=4095 => 2 + text.len(),
            _ => 5 + text.len(),
        },
    };
    data + match data {
        0..=127 => 1,
        128..=16_382 => 2,
        16_383..=2_097_150 => 3,
        2_097_151..=268_435_454 => 4,
        _ => 5,
    }
}
