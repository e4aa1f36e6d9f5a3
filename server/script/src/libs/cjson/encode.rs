//! Values to JSON. Tables within tables are kept on a list rather than on the stack of the thread; Lua's stack is used as the
//! servers use it, for its limit ends what the depth's limit lets pass.

use protocol::number::{format_g, push_int, small_int};

use super::{
    super::to_c_int,
    settings::{ARRAY_MARK, Setting, Settings},
};
use crate::lua::{Kind, State, Throw};

/// A table that is being written; it is on the stack, an object's key above it, the value on top.
enum Open {
    Array { written: i32, len: i32 },
    Object { is_empty: bool },
}

/// The value on the top as JSON.
pub(super) fn encode(state: State, settings: &Settings) -> Result<Vec<u8>, Throw> {
    let mut writer = Writer { state, settings, out: Vec::new() };
    let mut open: Vec<Open> = Vec::new();
    loop {
        // Whether a value is done and still on the stack.
        let mut done = true;
        if let Some(table) = writer.value(open.len())? {
            open.push(table);
            done = false;
        }
        loop {
            if done && !open.is_empty() {
                state.pop(1);
            }
            match open.last_mut() {
                None => return Ok(writer.out),
                Some(Open::Array { written, len }) if *written < *len => {
                    writer.comma(*written == 0);
                    *written += 1;
                    state.raw_get_at(-1, *written);
                    break;
                }
                Some(Open::Array { .. }) => writer.out.push(b']'),
                Some(Open::Object { is_empty }) => {
                    if state.next(-2) {
                        writer.comma(std::mem::take(is_empty));
                        writer.key()?;
                        break;
                    }
                    writer.out.push(b'}');
                }
            }
            open.pop();
            done = true;
        }
    }
}

/// The bytes that are not written as they are.
const ESCAPED: [bool; 256] = {
    let mut escaped = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        escaped[byte] = byte < 32 || byte == 127 || matches!(byte as u8, b'"' | b'/' | b'\\');
        byte += 1;
    }
    escaped
};

struct Writer<'a> {
    state: State,
    settings: &'a Settings,
    out: Vec<u8>,
}

impl Writer<'_> {
    fn refuse(&self, index: i32, why: &str) -> Throw {
        self.state.error(format!("Cannot serialise {}: {why}", self.state.kind(index).name()))
    }

    fn comma(&mut self, first: bool) {
        if !first {
            self.out.push(b',');
        }
    }

    /// Writes the value on the top, but for a table's items.
    fn value(&mut self, depth: usize) -> Result<Option<Open>, Throw> {
        let state = self.state;
        meter::tick(1);
        // Room for what is no string: a number, a comma and a bracket.
        meter::grow(&mut self.out, 64);
        match state.kind(-1) {
            Kind::String => self.string(state.string(-1).unwrap_or_default()),
            Kind::Number => self.number(-1)?,
            Kind::Bool => self.out.extend_from_slice(if state.truth(-1) { b"true" } else { b"false" }),
            Kind::Nil => self.out.extend_from_slice(b"null"),
            Kind::LightUserdata if state.pointer(-1).is_null() => self.out.extend_from_slice(b"null"),
            Kind::Table => return self.table(depth + 1).map(Some),
            _ => return Err(self.refuse(-1, "type not supported")),
        }
        Ok(None)
    }

    fn table(&mut self, depth: usize) -> Result<Open, Throw> {
        let most = usize::try_from(self.settings.get(Setting::EncodeDepth)).unwrap_or(0);
        if depth > most || !self.state.reserve(3) {
            return Err(self.state.error(format!("Cannot serialise, excessive nesting ({depth})")));
        }
        let len = self.array_len()?;
        if len > 0 || (len == 0 && self.is_marked()) {
            self.out.push(b'[');
            return Ok(Open::Array { written: 0, len });
        }
        self.out.push(b'{');
        self.state.push_nil();
        Ok(Open::Object { is_empty: true })
    }

    /// True if the table on the top was decoded as an array by a server that marks them.
    fn is_marked(&self) -> bool {
        if !Settings::has_mark(self.state) || !self.state.metatable(-1) {
            return false;
        }
        self.state.raw_get_str(-1, ARRAY_MARK);
        let marked = self.state.truth(-1);
        self.state.pop(2);
        marked
    }

    /// The greatest key of the table on the top if it is an array, −1 if not.
    fn array_len(&self) -> Result<i32, Throw> {
        let state = self.state;
        let (mut max, mut items) = (0i32, 0i32);
        state.push_nil();
        while state.next(-2) {
            state.pop(1);
            match state.number(-1) {
                Some(key) if key >= 1.0 && key.floor() == key => {
                    if key > f64::from(max) {
                        max = to_c_int(key);
                    }
                    items = items.wrapping_add(1);
                }
                _ => {
                    state.pop(1);
                    return Ok(-1);
                }
            }
        }
        let (ratio, safe) = (self.settings.get(Setting::SparseRatio), self.settings.get(Setting::SparseSafe));
        if ratio > 0 && max > items.wrapping_mul(ratio) && max > safe {
            if !self.settings.is_on(Setting::SparseConvert) {
                return Err(self.refuse(-1, "excessively sparse array"));
            }
            return Ok(-1);
        }
        Ok(max)
    }

    /// Writes the key below the top.
    fn key(&mut self) -> Result<(), Throw> {
        match self.state.kind(-2) {
            Kind::Number => {
                self.out.push(b'"');
                self.number(-2)?;
                self.out.push(b'"');
            }
            Kind::String => self.string(self.state.string(-2).unwrap_or_default()),
            _ => return Err(self.refuse(-2, "table key must be a number or string")),
        }
        self.out.push(b':');
        Ok(())
    }

    fn number(&mut self, index: i32) -> Result<(), Throw> {
        let value = self.state.number(index).unwrap_or_default();
        let precision = usize::try_from(self.settings.get(Setting::Precision)).unwrap_or(1);
        if !value.is_finite() {
            match self.settings.get(Setting::EncodeInvalid) {
                0 => return Err(self.refuse(index, "must not be NaN or Inf")),
                1 if value.is_nan() => self.out.extend_from_slice(b"nan"),
                1 => self.out.extend_from_slice(if value > 0.0 { b"inf" } else { b"-inf" }),
                _ => self.out.extend_from_slice(b"null"),
            }
            return Ok(());
        }
        // Most numbers are integers that all digits are written of.
        if let Some(int) = small_int(value).filter(|_| precision >= 8) {
            push_int(&mut self.out, int);
        } else if value.abs() < 10f64.powi(precision as i32)
            && value == value.trunc()
            && (value != 0.0 || value.is_sign_positive())
        {
            push_int(&mut self.out, value as i64);
        } else {
            self.out.extend_from_slice(format_g(value, precision).as_bytes());
        }
        Ok(())
    }

    fn string(&mut self, bytes: &[u8]) {
        // A quote, and what follows a key or a value.
        const AROUND: usize = 8;
        meter::tick(bytes.len() / 64);
        meter::grow(&mut self.out, bytes.len() + AROUND);
        self.out.push(b'"');
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| ESCAPED[usize::from(*byte)]) {
            self.out.extend_from_slice(&rest[..at]);
            meter::grow(&mut self.out, rest.len() + AROUND);
            let letter = match rest[at] {
                8 => b'b',
                b'\t' => b't',
                b'\n' => b'n',
                12 => b'f',
                b'\r' => b'r',
                byte @ (b'"' | b'/' | b'\\') => byte,
                byte => {
                    self.out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                    0
                }
            };
            if letter != 0 {
                self.out.extend_from_slice(&[b'\\', letter]);
            }
            rest = &rest[at + 1..];
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
    }
}
