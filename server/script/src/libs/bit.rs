//! `bit`: operations on 32 bits.

use std::ffi::c_int;

use crate::lua::{Function, State, Throw, function};

/// Leaves the library's table on the stack. The fields are set in the servers' order, for `pairs` shows it.
pub(crate) fn register(state: State) {
    let functions: &[(&str, Function)] = &[
        ("tobit", function!(tobit)),
        ("bnot", function!(bnot)),
        ("band", function!(band)),
        ("bor", function!(bor)),
        ("bxor", function!(bxor)),
        ("lshift", function!(lshift)),
        ("rshift", function!(rshift)),
        ("arshift", function!(arshift)),
        ("rol", function!(rol)),
        ("ror", function!(ror)),
        ("bswap", function!(bswap)),
        ("tohex", function!(tohex)),
    ];
    state.new_table(0, functions.len());
    for (name, function) in functions {
        state.push_function(*function, 0);
        state.raw_set_str(-2, name);
    }
}

/// The low 32 bits of an argument. The number is added to one so great that what follows the point is rounded off, half to
/// even, and the bits are at the end; beyond 2^51 that leaves other bits than the number's, on the servers too.
fn bits(state: State, argument: c_int) -> Result<u32, Throw> {
    let number = state.check_number(argument)?;
    Ok((number + 6_755_399_441_055_744.0).to_bits() as u32)
}

fn give(state: State, bits: u32) -> Result<c_int, Throw> {
    state.push_number(f64::from(bits as i32));
    Ok(1)
}

fn unary(state: State, operation: fn(u32) -> u32) -> Result<c_int, Throw> {
    give(state, operation(bits(state, 1)?))
}

/// Joins all arguments. The last ones are checked first, which shows if several are wrong.
fn joined(state: State, operation: fn(u32, u32) -> u32) -> Result<c_int, Throw> {
    let mut value = bits(state, 1)?;
    for argument in (2..=state.top()).rev() {
        value = operation(value, bits(state, argument)?);
    }
    give(state, value)
}

/// Only the low five bits of the distance count.
fn shifted(state: State, operation: fn(u32, u32) -> u32) -> Result<c_int, Throw> {
    let value = bits(state, 1)?;
    give(state, operation(value, bits(state, 2)? & 31))
}

fn tobit(state: State) -> Result<c_int, Throw> {
    unary(state, |bits| bits)
}

fn bnot(state: State) -> Result<c_int, Throw> {
    unary(state, |bits| !bits)
}

fn bswap(state: State) -> Result<c_int, Throw> {
    unary(state, u32::swap_bytes)
}

fn band(state: State) -> Result<c_int, Throw> {
    joined(state, |one, other| one & other)
}

fn bor(state: State) -> Result<c_int, Throw> {
    joined(state, |one, other| one | other)
}

fn bxor(state: State) -> Result<c_int, Throw> {
    joined(state, |one, other| one ^ other)
}

fn lshift(state: State) -> Result<c_int, Throw> {
    shifted(state, |bits, by| bits << by)
}

fn rshift(state: State) -> Result<c_int, Throw> {
    shifted(state, |bits, by| bits >> by)
}

fn arshift(state: State) -> Result<c_int, Throw> {
    shifted(state, |bits, by| (bits as i32 >> by) as u32)
}

fn rol(state: State) -> Result<c_int, Throw> {
    shifted(state, u32::rotate_left)
}

fn ror(state: State) -> Result<c_int, Throw> {
    shifted(state, u32::rotate_right)
}

fn tohex(state: State) -> Result<c_int, Throw> {
    let value = bits(state, 1)?;
    let digits = if state.top() < 2 { 8 } else { bits(state, 2)? as i32 };
    let text = if digits < 0 { format!("{value:08X}") } else { format!("{value:08x}") };
    let shown = usize::try_from(digits.unsigned_abs()).map_or(8, |digits| digits.min(8));
    state.push_str(&text[8 - shown..]);
    Ok(1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn as_the_servers() {
        super::super::harness::check(include_str!("bit.cases.txt"));
    }
}
