//! MessagePack to values. Arrays and maps within others are kept on a list rather than on the stack of the thread; Lua's
//! stack is used as the servers use it, for its limit ends what is nested too deep.

use protocol::number::to_usize;
use std::ffi::c_int;

use super::reserve::reserve;
use crate::lua::{Kind, State, Throw};

/// Reason why reading a value ended.
enum Fault {
    /// The input ends within it.
    Short,
    /// There is no such mark.
    Bad,
    Thrown(Throw),
}

impl From<Throw> for Fault {
    fn from(throw: Throw) -> Self {
        Self::Thrown(throw)
    }
}

/// Container being read. Its table is on the stack, with an array's index or a map's key above it.
enum Open {
    Array { at: u32, len: u32 },
    Map { left: u32, has_key: bool },
}

pub(super) fn unpack(state: State) -> Result<c_int, Throw> {
    full(state, 0, 0)
}

pub(super) fn unpack_one(state: State) -> Result<c_int, Throw> {
    let offset = state.int_or(2, 0)?;
    state.set_top(state.top().min(1));
    full(state, 1, offset)
}

pub(super) fn unpack_limit(state: State) -> Result<c_int, Throw> {
    let limit = state.check_int(2)?;
    let offset = state.int_or(3, 0)?;
    state.set_top(state.top().min(1));
    full(state, limit, offset)
}

/// Pushes all values if both are 0. Otherwise pushes the offset of what follows, −1 at the end, then at most `limit` values
/// from `offset` on.
fn full(state: State, limit: i64, offset: i64) -> Result<c_int, Throw> {
    let text = state.check_text(1)?;
    let len = text.len();
    // The messages show the low half of a number.
    let shown = offset as i32;
    let (Ok(start), Ok(most)) = (u64::try_from(offset).map(to_usize), u64::try_from(limit)) else {
        // It has the length where it says limit.
        let text = format!("Invalid request to unpack with offset of {shown} and limit of {}.", len as i32);
        return Err(state.error(text));
    };
    let Some(input) = text.get(start..) else {
        return Err(state.error(format!("Start offset {shown} greater than input length {}.", len as i32)));
    };
    let all = limit == 0 && offset == 0;
    let mut input = Input { state, rest: input };
    let mut count = 0u32;
    while !input.rest.is_empty() && (all || u64::from(count) < most) {
        input.value().map_err(|fault| match fault {
            Fault::Short => state.error("Missing bytes in input."),
            Fault::Bad => state.error("Bad data format in input."),
            Fault::Thrown(throw) => throw,
        })?;
        count += 1;
    }
    if !all {
        reserve(state, 1, "in function mp_unpack_full")?;
        let next = if input.rest.is_empty() { -1.0 } else { (len - input.rest.len()) as f64 };
        state.push_number(next);
        state.insert(2);
        count += 1;
    }
    // Lua's stack does not hold more than some thousand.
    Ok(count as c_int)
}

struct Input<'a> {
    state: State,
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Fault::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Reads a number of `len` bytes, highest first.
    fn unsigned(&mut self, len: usize) -> Result<u64, Fault> {
        Ok(self.take(len)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    fn signed(&mut self, len: usize) -> Result<i64, Fault> {
        let unused = 64 - 8 * len as u32;
        Ok((self.unsigned(len)? << unused) as i64 >> unused)
    }

    fn length(&mut self, len: usize) -> Result<u32, Fault> {
        Ok(self.unsigned(len)? as u32)
    }

    fn string(&mut self, len: u32) -> Result<Option<Open>, Fault> {
        self.state.push_bytes(self.take(len as usize)?);
        Ok(None)
    }

    fn number(&self, value: f64) -> Option<Open> {
        self.state.push_number(value);
        None
    }

    /// Pushes a value.
    fn value(&mut self) -> Result<(), Fault> {
        let state = self.state;
        let mut open: Vec<Open> = Vec::new();
        loop {
            if let Some(table) = self.single()? {
                open.push(table);
            } else if let Some(table) = open.last_mut() {
                self.store(table)?;
            }
            meter::tick(1);
            // What is full is a value of what it is in.
            loop {
                match open.last_mut() {
                    None => return Ok(()),
                    Some(Open::Array { at, len }) if *at < *len => {
                        state.push_number(f64::from(*at) + 1.0);
                        break;
                    }
                    Some(Open::Map { left: 1.., .. }) => break,
                    Some(_) => {}
                }
                open.pop();
                match open.last_mut() {
                    None => return Ok(()),
                    Some(table) => self.store(table)?,
                }
            }
        }
    }

    /// Puts the value on the top into the table that is being read.
    fn store(&self, table: &mut Open) -> Result<(), Fault> {
        let state = self.state;
        match table {
            Open::Array { at, .. } => {
                *at += 1;
                state.raw_set(-3);
            }
            Open::Map { has_key: has_key @ false, .. } => *has_key = true,
            Open::Map { left, has_key } => {
                *has_key = false;
                *left -= 1;
                // Lua itself says so, without a place.
                let why = match state.kind(-2) {
                    Kind::Nil => "table index is nil",
                    Kind::Number if state.number(-2).is_some_and(f64::is_nan) => "table index is NaN",
                    _ => {
                        state.raw_set(-3);
                        return Ok(());
                    }
                };
                state.push_str(why);
                return Err(Throw.into());
            }
        }
        Ok(())
    }

    fn array(&self, len: u32) -> Result<Option<Open>, Fault> {
        self.state.new_table(0, 0);
        reserve(self.state, 1, "in function mp_decode_to_lua_array")?;
        Ok(Some(Open::Array { at: 0, len }))
    }

    fn map(&self, len: u32) -> Option<Open> {
        self.state.new_table(0, 0);
        Some(Open::Map { left: len, has_key: false })
    }

    /// Pushes the value at the mark at hand, or the table that values follow for.
    fn single(&mut self) -> Result<Option<Open>, Fault> {
        let state = self.state;
        let mark = self.take(1)?[0];
        reserve(state, 1, "too many return values at once; use unpack_one or unpack_limit instead.")?;
        Ok(match mark {
            0x00..=0x7f => self.number(f64::from(mark)),
            0x80..=0x8f => self.map(u32::from(mark & 15)),
            0x90..=0x9f => self.array(u32::from(mark & 15))?,
            0xa0..=0xbf => self.string(u32::from(mark & 31))?,
            0xc0 => {
                state.push_nil();
                None
            }
            0xc2 | 0xc3 => {
                state.push_bool(mark == 0xc3);
                None
            }
            0xca => {
                let bits = self.length(4)?;
                self.number(f64::from(f32::from_bits(bits)))
            }
            0xcb => {
                let bits = self.unsigned(8)?;
                self.number(f64::from_bits(bits))
            }
            // The greatest come out negative: Lua's integers have a sign.
            0xcc..=0xcf => {
                let value = self.unsigned(1 << (mark - 0xcc))?;
                self.number(value as i64 as f64)
            }
            0xd0..=0xd3 => {
                let value = self.signed(1 << (mark - 0xd0))?;
                self.number(value as f64)
            }
            0xd9..=0xdb => {
                let len = self.length(1 << (mark - 0xd9))?;
                self.string(len)?
            }
            0xdc | 0xdd => {
                let len = self.length(2 << (mark - 0xdc))?;
                self.array(len)?
            }
            0xde | 0xdf => {
                let len = self.length(2 << (mark - 0xde))?;
                self.map(len)
            }
            0xe0..=0xff => self.number(f64::from(mark as i8)),
            _ => return Err(Fault::Bad),
        })
    }
}
