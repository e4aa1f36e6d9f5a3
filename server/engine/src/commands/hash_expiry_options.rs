//! Times and options that the commands on fields that expire have on all servers.

use super::expiry::{Expiry, invalid};
use crate::{call::Call, error::Error};

/// Times beyond this cannot be kept, in milliseconds.
const LATEST: i64 = (1 << 46) - 1;

/// Reads the expiry of fields from the word at `at`. Zero is a time, too.
pub(super) fn time(call: &Call<'_>, expiry: Expiry, at: usize) -> Result<i64, Error> {
    let value = call.int(at)?;
    if value < 0 {
        return Err(match call.redis(7, 4) {
            true => "ERR invalid expire time, must be >= 0".into(),
            false => invalid(call),
        });
    }
    expiry.at(value, call.now()).filter(|time| *time <= LATEST).ok_or_else(|| invalid(call))
}

/// Options of `HGETEX` and `HSETEX` before `FIELDS`, and the fields.
#[derive(Default)]
pub(super) struct Options<'a> {
    pub(super) time: Option<i64>,
    pub(super) persist: bool,
    pub(super) keep: bool,
    pub(super) only_new: bool,
    pub(super) only_old: bool,
    /// True if the key must be there, or must not (Valkey 9.1).
    pub(super) key: Option<bool>,
    pub(super) fields: &'a [Vec<u8>],
}
