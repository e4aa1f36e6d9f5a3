//! `struct`: values as the bytes of a C structure, after a format.

use std::ffi::c_int;

use protocol::number::to_usize;

use crate::lua::{Function, State, Throw, function, to_int};

/// Maximum size of an integer, in bytes.
const LONGEST_INTEGER: usize = 32;
/// Alignment of values where the format asks for it without a number.
const NATIVE_ALIGNMENT: i32 = 8;

/// Leaves the library's table on the stack.
pub(crate) fn register(state: State) {
    let functions: &[(&str, Function)] =
        &[("pack", function!(pack)), ("unpack", function!(unpack)), ("size", function!(size))];
    state.new_table(0, functions.len());
    for (name, function) in functions {
        state.push_function(*function, 0);
        state.raw_set_str(-2, name);
    }
}

/// A format, and what its options have set so far.
struct Format<'a> {
    state: State,
    /// Up to its first zero byte.
    rest: &'a [u8],
    big_endian: bool,
    alignment: usize,
}

impl<'a> Format<'a> {
    fn new(state: State, text: &'a [u8]) -> Self {
        let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
        Self { state, rest: &text[..end], big_endian: false, alignment: 1 }
    }

    /// The next option with the size that it has by itself.
    fn next(&mut self) -> Result<Option<(u8, usize)>, Throw> {
        let Some((option, rest)) = self.rest.split_first() else { return Ok(None) };
        self.rest = rest;
        let size = match option {
            b'b' | b'B' | b'x' => 1,
            b'h' | b'H' => 2,
            b'f' => 4,
            b'l' | b'L' | b'T' | b'd' => 8,
            b'c' => self.count(1)? as usize,
            b'i' | b'I' => {
                let size = self.count(4)?;
                if size as usize > LONGEST_INTEGER {
                    let text = format!("integral size {size} is larger than limit of {LONGEST_INTEGER}");
                    return Err(self.state.error(text));
                }
                size as usize
            }
            _ => 0,
        };
        Ok(Some((*option, size)))
    }

    /// The number that follows, not negative; `default` if there is none.
    fn count(&mut self, default: i32) -> Result<i32, Throw> {
        if !self.rest.first().is_some_and(u8::is_ascii_digit) {
            return Ok(default);
        }
        let mut value = 0i32;
        while let Some((digit @ b'0'..=b'9', rest)) = self.rest.split_first() {
            value = value
                .checked_mul(10)
                .and_then(|value| value.checked_add(i32::from(digit - b'0')))
                .ok_or_else(|| self.state.error("integral size overflow"))?;
            self.rest = rest;
        }
        Ok(value)
    }

    /// Number of bytes before a value.
    fn padding(&self, at: u64, option: u8, size: usize) -> u64 {
        if size == 0 || option == b'c' {
            return 0;
        }
        // An integer may have a size that is no power of two: the mask is what the servers use all the same.
        let size = size.min(self.alignment) as u64;
        size.wrapping_sub(at & (size - 1)) & (size - 1)
    }

    /// An option that changes how those after it count.
    fn control(&mut self, option: u8) -> Result<(), Throw> {
        match option {
            b' ' => {}
            b'>' => self.big_endian = true,
            b'<' => self.big_endian = false,
            b'!' => {
                let alignment = self.count(NATIVE_ALIGNMENT)?;
                if alignment <= 0 || !(alignment as usize).is_power_of_two() {
                    return Err(self.state.error(format!("alignment {alignment} is not a power of 2")));
                }
                self.alignment = alignment as usize;
            }
            _ => {
                let text = [b"invalid format option '", &[option][..], b"'"].concat();
                return Err(self.state.argument_error(1, text));
            }
        }
        Ok(())
    }

    /// Bytes in the order of the format, given with the lowest first.
    fn ordered(&self, bytes: &mut [u8]) {
        if self.big_endian {
            bytes.reverse();
        }
    }
}

/// A number as the processor casts it to an integer without a sign, a negative one by way of the integer with a sign.
fn to_unsigned(value: f64) -> u64 {
    const HALF: f64 = 9_223_372_036_854_775_808.0;
    if value >= HALF { (to_int(value - HALF) as u64) ^ (1 << 63) } else { to_int(value) as u64 }
}

fn pack(state: State) -> Result<c_int, Throw> {
    let mut format = Format::new(state, state.check_text(1)?);
    // Behind the last argument the servers have a nil of their own, which shows where one is missing.
    state.push_nil();
    let mut argument = 1;
    let mut out = Vec::new();
    while let Some((option, size)) = format.next()? {
        let padding = to_usize(format.padding(out.len() as u64, option, size));
        // A `c` has a size before it is known whether its text is that long.
        let taken = if option == b'c' { padding } else { padding.saturating_add(size) };
        meter::tick(1 + taken / 64);
        meter::grow(&mut out, taken.saturating_add(8));
        out.resize(out.len() + padding, 0);
        let from = out.len();
        match option {
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' => {
                argument += 1;
                let value = to_unsigned(state.check_number(argument)?);
                // What is beyond eight bytes is zero, of negative numbers too.
                out.extend_from_slice(&value.to_le_bytes()[..size.min(8)]);
                out.resize(from + size, 0);
                format.ordered(&mut out[from..]);
            }
            b'x' => out.push(0),
            b'f' => {
                argument += 1;
                out.extend_from_slice(&(state.check_number(argument)? as f32).to_le_bytes());
                format.ordered(&mut out[from..]);
            }
            b'd' => {
                argument += 1;
                out.extend_from_slice(&state.check_number(argument)?.to_le_bytes());
                format.ordered(&mut out[from..]);
            }
            b'c' | b's' => {
                argument += 1;
                let text = state.check_text(argument)?;
                let size = if size == 0 { text.len() } else { size };
                let Some(text) = text.get(..size) else {
                    // The servers name the argument after it.
                    return Err(state.argument_error(argument + 1, "string too short"));
                };
                meter::grow(&mut out, text.len() + 1);
                out.extend_from_slice(text);
                if option == b's' {
                    out.push(0);
                }
            }
            _ => format.control(option)?,
        }
    }
    state.push_bytes(&out);
    Ok(1)
}

/// The integer of some bytes with the lowest first; only the low eight count.
fn integer(bytes: &[u8], signed: bool) -> f64 {
    let mut low = [0; 8];
    let len = bytes.len().min(8);
    low[..len].copy_from_slice(&bytes[..len]);
    let value = u64::from_le_bytes(low);
    if !signed {
        return value as f64;
    }
    // The sign's bit is where the size says, the distance being taken as the processor does.
    let mask = u64::MAX.wrapping_shl((bytes.len() as u32).wrapping_mul(8).wrapping_sub(1));
    (if value & mask != 0 { value | mask } else { value }) as i64 as f64
}

fn unpack(state: State) -> Result<c_int, Throw> {
    let mut format = Format::new(state, state.check_text(1)?);
    let data = state.check_text(2)?;
    let start = state.int_or(3, 1)?;
    // The servers look at it as a number without a sign: below 0 it is only far behind the end.
    let Some(mut at) = (start as u64).checked_sub(1) else {
        return Err(state.argument_error(3, "offset must be 1 or greater"));
    };
    let mut count = 0;
    while let Some((option, size)) = format.next()? {
        at = at.wrapping_add(format.padding(at, option, size));
        let part = |at: u64, size: u64| {
            at.checked_add(size)
                .and_then(|end| data.get(to_usize(at)..to_usize(end)))
                .ok_or_else(|| state.argument_error(2, "data string too short"))
        };
        let mut bytes = part(at, size as u64)?;
        if !state.reserve(2) {
            return Err(state.error("stack overflow (too many results)"));
        }
        let mut taken = size as u64;
        match option {
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' => {
                let mut buffer = [0; LONGEST_INTEGER];
                let buffer = &mut buffer[..size];
                buffer.copy_from_slice(bytes);
                format.ordered(buffer);
                state.push_number(integer(buffer, option.is_ascii_lowercase()));
                count += 1;
            }
            b'x' => {}
            b'f' => {
                let mut buffer = [0; 4];
                buffer.copy_from_slice(bytes);
                format.ordered(&mut buffer);
                state.push_number(f64::from(f32::from_le_bytes(buffer)));
                count += 1;
            }
            b'd' => {
                let mut buffer = [0; 8];
                buffer.copy_from_slice(bytes);
                format.ordered(&mut buffer);
                state.push_number(f64::from_le_bytes(buffer));
                count += 1;
            }
            b'c' => {
                if size == 0 {
                    let Some(size) = state.to_number(-1).filter(|_| count > 0) else {
                        return Err(state.error("format 'c0' needs a previous size"));
                    };
                    state.pop(1);
                    count -= 1;
                    taken = to_unsigned(size);
                    bytes = part(at, taken)?;
                }
                state.push_bytes(bytes);
                count += 1;
            }
            b's' => {
                let rest = part(at, 0).map(|_| &data[to_usize(at)..])?;
                let Some(len) = rest.iter().position(|byte| *byte == 0) else {
                    return Err(state.error("unfinished string in data"));
                };
                state.push_bytes(&rest[..len]);
                taken = len as u64 + 1;
                count += 1;
            }
            _ => format.control(option)?,
        }
        at += taken;
    }
    state.push_number(at.wrapping_add(1) as i64 as f64);
    Ok(count + 1)
}

fn size(state: State) -> Result<c_int, Throw> {
    let mut format = Format::new(state, state.check_text(1)?);
    let mut at = 0u64;
    while let Some((option, size)) = format.next()? {
        at = at.wrapping_add(format.padding(at, option, size));
        if option == b's' || (option == b'c' && size == 0) {
            let option = if option == b's' { "s" } else { "c0" };
            return Err(state.argument_error(1, format!("option '{option}' has no fixed size")));
        }
        // Letters that are no options pass here.
        if !option.is_ascii_alphanumeric() {
            format.control(option)?;
        }
        at = at.wrapping_add(size as u64);
    }
    state.push_number(at as f64);
    Ok(1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn as_the_servers() {
        super::super::harness::check(include_str!("structs.cases.txt"));
    }
}
