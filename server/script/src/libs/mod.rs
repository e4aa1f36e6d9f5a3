//! The libraries that the servers add to Lua, a file each; `register` leaves the library's table on the stack.

pub(crate) mod bit;
pub(crate) mod cjson;
pub(crate) mod cmsgpack;
mod strtod;
pub(crate) mod structs;

#[cfg(test)]
mod harness;

/// What the processor makes of a number that is cast to a C `int`.
fn to_c_int(value: f64) -> i32 {
    if value > -2_147_483_649.0 && value < 2_147_483_648.0 { value as i32 } else { i32::MIN }
}
