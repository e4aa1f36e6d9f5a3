//! Values of Lua made of replies, and replies made of values of Lua.

mod to_lua;
mod to_reply;

use commands::Target;
use protocol::number::{format_g, format_shortest, push_int, small_int};

pub(crate) use to_lua::{push_error, push_reply};
pub(crate) use to_reply::{c_text, clean_error, reply};

/// Writes the text of a number that is given to a command.
pub(crate) fn push_number_text(out: &mut Vec<u8>, value: f64, target: Target) {
    match small_int(value) {
        Some(int) => push_int(out, int),
        None => out.extend_from_slice(number_text(value, target).as_bytes()),
    }
}

/// The text of a number that is given to a command: with 17 digits, from 7.2 on with as few as will do.
fn number_text(value: f64, target: Target) -> String {
    if !target.since(7, 2) {
        return format_g(value, 17);
    }
    let int = value as i64;
    // 7.2 has the short digits and not yet the way around them for integers.
    if target != Target::redis(7, 2)
        && target != Target::valkey(7, 2)
        && int as f64 == value
        && value.abs() <= 4_611_686_018_427_387_904.0
    {
        return int.to_string();
    }
    format_shortest(value)
}
