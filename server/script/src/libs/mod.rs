//! The libraries that the servers add to Lua, a file each; `register` leaves the library's table on the stack.

pub(crate) mod bit;
pub(crate) mod cjson;
pub(crate) mod cmsgpack;
mod strtod;
pub(crate) mod structs;

#[cfg(test)]
mod harness;

use crate::lua::{State, Throw};

/// As many bytes as a library's function builds at most, whatever the limit of the VM.
const LONGEST: usize = 1 << 30;

/// The error of a VM without memory.
fn out_of_memory(state: State) -> Throw {
    state.refuse();
    state.push_bytes(b"not enough memory");
    Throw
}

/// Raises an error if `len` bytes beside those of the VM are too many.
fn check_room(state: State, len: usize) -> Result<(), Throw> {
    if len > LONGEST || len > state.room() { Err(out_of_memory(state)) } else { Ok(()) }
}

/// What the processor makes of a number that is cast to a C `int`.
fn to_c_int(value: f64) -> i32 {
    if value > -2_147_483_649.0 && value < 2_147_483_648.0 { value as i32 } else { i32::MIN }
}
