//! The libraries that the servers add to Lua, a file each; `register` leaves the library's table on the stack.

pub(crate) mod bit;
pub(crate) mod cjson;
pub(crate) mod cmsgpack;
mod strtod;
pub(crate) mod structs;

#[cfg(test)]
mod harness;

/// Casts a number to a C `int` as the processor does: `i32::MIN` if it is out of range.
fn to_c_int(value: f64) -> i32 {
    if value > -2_147_483_649.0 && value < 2_147_483_648.0 { value as i32 } else { i32::MIN }
}
