//! The pieces of the format: lengths, strings, times.

use protocol::number::parse_int;

use super::lzf;

/// Writes the pieces.
#[derive(Debug)]
pub struct Writer {
    out: Vec<u8>,
    compresses: bool,
    packer: lzf::Packer,
}

/// Strings up to this many bytes are not worth compressing.
const SHORT: usize = 20;

impl Writer {
    /// Nothing yet; `compresses` is the setting `rdbcompression`.
    pub fn new(compresses: bool) -> Self {
        Self { out: Vec::new(), compresses, packer: lzf::Packer::default() }
    }

    /// Returns the bytes written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// A byte.
    pub fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        meter::tick(1 + bytes.len() / 64);
        meter::grow(&mut self.out, bytes.len());
        self.out.extend_from_slice(bytes);
    }

    /// A length, or any number that is mostly small.
    pub fn len(&mut self, len: u64) {
        match len {
            0..=63 => self.byte(len as u8),
            64..=16_383 => self.raw(&(len as u16 | 0x4000).to_be_bytes()),
            _ if len <= u64::from(u32::MAX) => {
                self.byte(0x80);
                self.raw(&(len as u32).to_be_bytes());
            }
            _ => {
                self.byte(0x81);
                self.raw(&len.to_be_bytes());
            }
        }
    }

    /// A string: as a small integer if it is one, compressed if that helps.
    pub fn string(&mut self, text: &[u8]) {
        if text.len() <= 11
            && let Some(number) = parse_int(text)
        {
            if let Ok(number) = i8::try_from(number) {
                return self.raw(&[0xC0, number as u8]);
            }
            if let Ok(number) = i16::try_from(number) {
                self.byte(0xC1);
                return self.raw(&number.to_le_bytes());
            }
            if let Ok(number) = i32::try_from(number) {
                self.byte(0xC2);
                return self.raw(&number.to_le_bytes());
            }
        }
        if self.compresses
            && text.len() > SHORT
            && let Some(packed) = self.packer.compress(text, text.len() - 4)
        {
            self.byte(0xC3);
            self.len(packed.len() as u64);
            self.len(text.len() as u64);
            return self.raw(&packed);
        }
        self.len(text.len() as u64);
        self.raw(text);
    }

    /// A time in milliseconds.
    pub fn millis(&mut self, time: i64) {
        self.raw(&time.to_le_bytes());
    }

    /// A floating-point number.
    pub fn double(&mut self, value: f64) {
        self.raw(&value.to_le_bytes());
    }
}

/// Reads the pieces; nothing where the bytes end too early or make no sense.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// True if all was read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// A byte.
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Some bytes.
    pub fn raw(&mut self, len: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(bytes)
    }

    /// An array of bytes.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.raw(N)?.try_into().ok()
    }

    /// A length, or, as an error, the encoding of a string.
    fn len_or_encoding(&mut self) -> Option<Result<u64, u8>> {
        meter::tick(1);
        let first = self.byte()?;
        Some(Ok(match first {
            0x00..=0x3F => u64::from(first),
            0x40..=0x7F => u64::from(u16::from_be_bytes([first & 0x3F, self.byte()?])),
            0x80 => u64::from(u32::from_be_bytes(self.array()?)),
            0x81 => u64::from_be_bytes(self.array()?),
            0xC0..=0xFF => return Some(Err(first & 0x3F)),
            _ => return None,
        }))
    }

    /// A length, or any number that is mostly small.
    pub fn len(&mut self) -> Option<u64> {
        self.len_or_encoding()?.ok()
    }

    /// A string.
    pub fn string(&mut self) -> Option<Vec<u8>> {
        let number = |number: i64| Some(number.to_string().into_bytes());
        match self.len_or_encoding()? {
            Ok(len) => self.raw(usize::try_from(len).ok()?).map(meter::copy),
            Err(0) => number(i64::from(self.byte()? as i8)),
            Err(1) => number(i64::from(i16::from_le_bytes(self.array()?))),
            Err(2) => number(i64::from(i32::from_le_bytes(self.array()?))),
            Err(3) => {
                let packed = usize::try_from(self.len()?).ok()?;
                let len = usize::try_from(self.len()?).ok()?;
                lzf::decompress(self.raw(packed)?, len)
            }
            Err(_) => None,
        }
    }

    /// A time in milliseconds.
    pub fn millis(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    /// A floating-point number.
    pub fn double(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }
}
