//! Payloads of `FUNCTION DUMP` and `FUNCTION RESTORE`: the code of the libraries, one after the other.

use commands::Target;

use super::{Reader, Refused, Writer, seal, unseal};
use crate::config::Config;

/// Stands before the code of each library.
const LIBRARY: u8 = 0xF5;

/// The libraries with these codes as one payload.
pub fn dump_libraries(codes: &[&[u8]], target: Target) -> Vec<u8> {
    let mut writer = Writer::new(true);
    for code in codes {
        writer.byte(LIBRARY);
        writer.string(code);
    }
    seal(writer.into_bytes(), target)
}

/// Returns the code of each library in a payload.
///
/// # Errors
/// The payload's footer is invalid, or it holds anything but libraries.
pub fn read_libraries(sealed: &[u8], target: Target, config: &Config) -> Result<Vec<Vec<u8>>, Refused> {
    let mut reader = Reader::new(unseal(sealed, target, config)?);
    let mut codes = Vec::new();
    while !reader.is_empty() {
        if reader.byte() != Some(LIBRARY) {
            return Err(Refused::Data);
        }
        codes.push(reader.string().ok_or(Refused::Data)?);
    }
    Ok(codes)
}
