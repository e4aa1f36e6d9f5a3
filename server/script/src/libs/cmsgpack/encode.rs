//! Values to MessagePack.

use std::ffi::c_int;

use super::reserve::reserve;
use crate::lua::{Kind, State, Throw, to_int};

/// Tables this deep are written as nil, so that those that have themselves in them come to an end.
const DEEPEST: u32 = 16;

pub(super) fn pack(state: State) -> Result<c_int, Throw> {
    let count = state.top();
    if count == 0 {
        return Err(state.argument_error(0, "MessagePack pack needs input."));
    }
    if !state.reserve(count) {
        return Err(state.argument_error(0, "Too many arguments for MessagePack pack."));
    }
    let mut out = Vec::new();
    for argument in 1..=count {
        state.push_value(argument);
        value(state, &mut out, 0)?;
    }
    state.push_bytes(&out);
    Ok(1)
}

/// Writes the value on the top and takes it.
fn value(state: State, out: &mut Vec<u8>, depth: u32) -> Result<(), Throw> {
    // Room for what is no string: a mark and eight bytes.
    meter::tick(1);
    meter::grow(out, 16);
    match state.kind(-1) {
        Kind::String => string(state.string(-1).unwrap_or_default(), out),
        Kind::Bool => out.push(if state.truth(-1) { 0xc3 } else { 0xc2 }),
        Kind::Number => number(state.number(-1).unwrap_or_default(), out),
        Kind::Table if depth < DEEPEST => {
            // Its items need no more room than that.
            reserve(state, 4, "in function mp_encode_lua_table_as_map")?;
            match array_len(state) {
                Some(len) => array(state, len, out, depth + 1)?,
                None => map(state, out, depth + 1)?,
            }
        }
        _ => out.push(0xc0),
    }
    state.pop(1);
    Ok(())
}

fn string(bytes: &[u8], out: &mut Vec<u8>) {
    meter::tick(bytes.len() / 64);
    meter::grow(out, bytes.len() + 8);
    match bytes.len() {
        len @ 0..32 => out.push(0xa0 | len as u8),
        len @ ..=0xff => out.extend_from_slice(&[0xd9, len as u8]),
        len => head(len, [0xda, 0xdb], out),
    }
    out.extend_from_slice(bytes);
}

/// A length of two bytes or four, behind the mark for it.
fn head(len: usize, [short, long]: [u8; 2], out: &mut Vec<u8>) {
    if len <= 0xffff {
        out.push(short);
        out.extend_from_slice(&(len as u16).to_be_bytes());
    } else {
        out.push(long);
        out.extend_from_slice(&(len as u32).to_be_bytes());
    }
}

fn number(value: f64, out: &mut Vec<u8>) {
    let int = to_int(value);
    // What fits an integer is written as one, even −0; 2^63 does not fit, though the cast brings it to an integer.
    if value.is_finite() && int as f64 == value {
        return integer(int, out);
    }
    let short = value as f32;
    if f64::from(short) == value {
        out.push(0xca);
        out.extend_from_slice(&short.to_be_bytes());
    } else {
        out.push(0xcb);
        out.extend_from_slice(&value.to_be_bytes());
    }
}

fn integer(value: i64, out: &mut Vec<u8>) {
    let bytes = value.to_be_bytes();
    let (mark, len) = match value {
        -32..=127 => return out.push(value as u8),
        128..=0xff => (0xcc, 1),
        0x100..=0xffff => (0xcd, 2),
        0x1_0000..=0xffff_ffff => (0xce, 4),
        0x1_0000_0000.. => (0xcf, 8),
        -0x80.. => (0xd0, 1),
        -0x8000.. => (0xd1, 2),
        -0x8000_0000.. => (0xd2, 4),
        _ => (0xd3, 8),
    };
    out.push(mark);
    out.extend_from_slice(&bytes[8 - len..]);
}

/// Number of items of the table on the top if its keys are 1 to that number.
fn array_len(state: State) -> Option<i32> {
    let (mut count, mut max) = (0i32, 0i32);
    state.push_nil();
    while state.next(-2) {
        state.pop(1);
        match state.number(-1) {
            Some(key) if key > 0.0 && f64::from(key as i32) == key => {
                max = max.max(key as i32);
                count = count.wrapping_add(1);
            }
            _ => {
                state.pop(1);
                return None;
            }
        }
    }
    (count == max).then_some(count)
}

fn array(state: State, len: i32, out: &mut Vec<u8>, depth: u32) -> Result<(), Throw> {
    match len {
        0..=15 => out.push(0x90 | len as u8),
        _ => head(len as usize, [0xdc, 0xdd], out),
    }
    for at in 1..=len {
        state.raw_get_at(-1, at);
        value(state, out, depth)?;
    }
    Ok(())
}

fn map(state: State, out: &mut Vec<u8>, depth: u32) -> Result<(), Throw> {
    let mut len = 0usize;
    state.push_nil();
    while state.next(-2) {
        state.pop(1);
        len += 1;
    }
    match len {
        0..=15 => out.push(0x80 | len as u8),
        _ => head(len, [0xde, 0xdf], out),
    }
    state.push_nil();
    while state.next(-2) {
        state.push_value(-2);
        value(state, out, depth)?;
        value(state, out, depth)?;
    }
    Ok(())
}
