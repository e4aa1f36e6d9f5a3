//! The servers' compact forms as bytes: listpacks, ziplists before 7.0, sets of integers, and the zipmaps of long ago.

use protocol::number::parse_int;

/// Makes room for a text with what is around it.
fn make_room(out: &mut Vec<u8>, len: usize) {
    const AROUND: usize = 32;
    meter::tick(1 + len / 64);
    meter::grow(out, len + AROUND);
}

/// A listpack that is being written.
pub(super) struct Listpack {
    out: Vec<u8>,
    count: usize,
}

impl Listpack {
    pub(super) fn new() -> Self {
        Self { out: vec![0; 6], count: 0 }
    }

    /// Bytes with what is still to come for an end.
    pub(super) fn size(&self) -> usize {
        self.out.len() + 1
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn push(&mut self, text: &[u8]) {
        make_room(&mut self.out, text.len());
        match parse_int(text) {
            Some(number) => self.push_int(number),
            None => {
                let start = self.out.len();
                match text.len() {
                    len @ 0..=63 => self.out.push(0x80 | len as u8),
                    len @ 64..=4095 => self.out.extend([0xE0 | (len >> 8) as u8, len as u8]),
                    len => {
                        self.out.push(0xF0);
                        self.out.extend((len as u32).to_le_bytes());
                    }
                }
                self.out.extend_from_slice(text);
                self.finish(start);
            }
        }
    }

    pub(super) fn push_int(&mut self, number: i64) {
        make_room(&mut self.out, 0);
        let start = self.out.len();
        match number {
            0..=127 => self.out.push(number as u8),
            -4096..=4095 => {
                let bits = (number & 0x1FFF) as u16;
                self.out.extend([0xC0 | (bits >> 8) as u8, bits as u8]);
            }
            -32_768..=32_767 => {
                self.out.push(0xF1);
                self.out.extend((number as i16).to_le_bytes());
            }
            -8_388_608..=8_388_607 => {
                self.out.push(0xF2);
                self.out.extend(&(number as i32).to_le_bytes()[..3]);
            }
            -2_147_483_648..=2_147_483_647 => {
                self.out.push(0xF3);
                self.out.extend((number as i32).to_le_bytes());
            }
            _ => {
                self.out.push(0xF4);
                self.out.extend(number.to_le_bytes());
            }
        }
        self.finish(start);
    }

    /// Writes the length of the entry behind it, so that it can be walked from the end.
    fn finish(&mut self, start: usize) {
        let len = self.out.len() - start;
        let groups = backlen_size(len);
        for group in (0..groups).rev() {
            let bits = (len >> (7 * group)) as u8 & 0x7F;
            self.out.push(if group + 1 == groups { bits } else { bits | 0x80 });
        }
        self.count += 1;
    }

    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.out.push(0xFF);
        let size = self.out.len() as u32;
        self.out[..4].copy_from_slice(&size.to_le_bytes());
        let count = u16::try_from(self.count).unwrap_or(u16::MAX);
        self.out[4..6].copy_from_slice(&count.to_le_bytes());
        self.out
    }
}

fn backlen_size(len: usize) -> usize {
    match len {
        0..=127 => 1,
        128..=16_382 => 2,
        16_383..=2_097_150 => 3,
        2_097_151..=268_435_454 => 4,
        _ => 5,
    }
}

/// The entries of a listpack.
pub(super) fn read_listpack(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (head, mut rest) = bytes.split_at_checked(6)?;
    if u32::from_le_bytes(head[..4].try_into().ok()?) as usize != bytes.len() {
        return None;
    }
    let count = u16::from_le_bytes(head[4..].try_into().ok()?);
    let mut entries = Vec::new();
    loop {
        let (&first, behind) = rest.split_first()?;
        if first == 0xFF {
            let counted = count == u16::MAX || usize::from(count) == entries.len();
            return (behind.is_empty() && counted).then_some(entries);
        }
        let int = |number: i64| number.to_string().into_bytes();
        let text = |skip: usize, len: usize| Some((behind.get(skip..skip.checked_add(len)?)?.to_vec(), 1 + skip + len));
        let (entry, len) = match first {
            0x00..=0x7F => (int(i64::from(first)), 1),
            0x80..=0xBF => text(0, usize::from(first & 0x3F))?,
            0xC0..=0xDF => {
                let bits = u16::from(first & 0x1F) << 8 | u16::from(*behind.first()?);
                (int(i64::from((bits << 3) as i16 >> 3)), 2)
            }
            0xE0..=0xEF => text(1, usize::from(first & 0x0F) << 8 | usize::from(*behind.first()?))?,
            0xF0 => text(4, u32::from_le_bytes(*behind.first_chunk()?) as usize)?,
            0xF1 => (int(i64::from(i16::from_le_bytes(*behind.first_chunk()?))), 3),
            0xF2 => (int(int24(*behind.first_chunk()?)), 4),
            0xF3 => (int(i64::from(i32::from_le_bytes(*behind.first_chunk()?))), 5),
            0xF4 => (int(i64::from_le_bytes(*behind.first_chunk()?)), 9),
            _ => return None,
        };
        entries.push(entry);
        rest = rest.get(len + backlen_size(len)..)?;
    }
}

fn int24(bytes: [u8; 3]) -> i64 {
    i64::from(i32::from_le_bytes([0, bytes[0], bytes[1], bytes[2]]) >> 8)
}

/// A ziplist that is being written.
pub(super) struct Ziplist {
    out: Vec<u8>,
    last: usize,
    count: usize,
}

impl Ziplist {
    pub(super) fn new() -> Self {
        Self { out: vec![0; 10], last: 10, count: 0 }
    }

    pub(super) fn size(&self) -> usize {
        self.out.len() + 1
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn push(&mut self, text: &[u8]) {
        make_room(&mut self.out, text.len());
        let before = if self.count == 0 { 0 } else { self.out.len() - self.last };
        self.last = self.out.len();
        match before {
            0..=253 => self.out.push(before as u8),
            _ => {
                self.out.push(0xFE);
                self.out.extend((before as u32).to_le_bytes());
            }
        }
        match parse_int(text) {
            Some(number @ 0..=12) => self.out.push(0xF1 + number as u8),
            Some(number @ -128..=127) => self.out.extend([0xFE, number as u8]),
            Some(number @ -32_768..=32_767) => {
                self.out.push(0xC0);
                self.out.extend((number as i16).to_le_bytes());
            }
            Some(number @ -8_388_608..=8_388_607) => {
                self.out.push(0xF0);
                self.out.extend(&(number as i32).to_le_bytes()[..3]);
            }
            Some(number @ -2_147_483_648..=2_147_483_647) => {
                self.out.push(0xD0);
                self.out.extend((number as i32).to_le_bytes());
            }
            Some(number) => {
                self.out.push(0xE0);
                self.out.extend(number.to_le_bytes());
            }
            None => {
                match text.len() {
                    len @ 0..=63 => self.out.push(len as u8),
                    len @ 64..=16_383 => self.out.extend([0x40 | (len >> 8) as u8, len as u8]),
                    len => {
                        self.out.push(0x80);
                        self.out.extend((len as u32).to_be_bytes());
                    }
                }
                self.out.extend_from_slice(text);
            }
        }
        self.count += 1;
    }

    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.out.push(0xFF);
        let size = self.out.len() as u32;
        self.out[..4].copy_from_slice(&size.to_le_bytes());
        self.out[4..8].copy_from_slice(&(self.last as u32).to_le_bytes());
        let count = u16::try_from(self.count).unwrap_or(u16::MAX);
        self.out[8..10].copy_from_slice(&count.to_le_bytes());
        self.out
    }
}

/// The entries of a ziplist.
pub(super) fn read_ziplist(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (head, mut rest) = bytes.split_at_checked(10)?;
    if u32::from_le_bytes(head[..4].try_into().ok()?) as usize != bytes.len() {
        return None;
    }
    let count = u16::from_le_bytes(head[8..].try_into().ok()?);
    let mut entries = Vec::new();
    loop {
        let (&first, behind) = rest.split_first()?;
        if first == 0xFF {
            let counted = count == u16::MAX || usize::from(count) == entries.len();
            return (behind.is_empty() && counted).then_some(entries);
        }
        let body = if first == 0xFE { behind.get(4..)? } else { behind };
        let (&kind, data) = body.split_first()?;
        let int = |number: i64| number.to_string().into_bytes();
        let text = |skip: usize, len: usize| Some((data.get(skip..skip.checked_add(len)?)?.to_vec(), skip + len));
        let (entry, len) = match kind {
            0x00..=0x3F => text(0, usize::from(kind))?,
            0x40..=0x7F => text(1, usize::from(kind & 0x3F) << 8 | usize::from(*data.first()?))?,
            0x80 => text(4, u32::from_be_bytes(*data.first_chunk()?) as usize)?,
            0xC0 => (int(i64::from(i16::from_le_bytes(*data.first_chunk()?))), 2),
            0xD0 => (int(i64::from(i32::from_le_bytes(*data.first_chunk()?))), 4),
            0xE0 => (int(i64::from_le_bytes(*data.first_chunk()?)), 8),
            0xF0 => (int(int24(*data.first_chunk()?)), 3),
            0xF1..=0xFD => (int(i64::from(kind - 0xF1)), 0),
            0xFE => (int(i64::from(*data.first()? as i8)), 1),
            _ => return None,
        };
        entries.push(entry);
        rest = data.get(len..)?;
    }
}

/// A set of integers, each as wide as the widest needs.
pub(super) fn write_ints(ints: &[i64]) -> Vec<u8> {
    let width = ints.iter().fold(2u32, |width, int| {
        width.max(match *int {
            -32_768..=32_767 => 2,
            -2_147_483_648..=2_147_483_647 => 4,
            _ => 8,
        })
    });
    let mut out = width.to_le_bytes().to_vec();
    out.extend((ints.len() as u32).to_le_bytes());
    for int in ints {
        out.extend_from_slice(&int.to_le_bytes()[..width as usize]);
    }
    out
}

/// The members of a set of integers.
pub(super) fn read_ints(bytes: &[u8]) -> Option<Vec<i64>> {
    let (width, rest) = bytes.split_first_chunk::<4>()?;
    let (count, rest) = rest.split_first_chunk::<4>()?;
    let (width, count) = (u32::from_le_bytes(*width) as usize, u32::from_le_bytes(*count) as usize);
    if ![2, 4, 8].contains(&width) || count.checked_mul(width)? != rest.len() {
        return None;
    }
    let ints: Vec<i64> = rest
        .chunks(width)
        .map(|chunk| {
            let sign = if chunk.last().is_some_and(|byte| byte & 0x80 != 0) { 0xFF } else { 0 };
            let mut all = [sign; 8];
            all[..width].copy_from_slice(chunk);
            i64::from_le_bytes(all)
        })
        .collect();
    ints.windows(2).all(|two| two[0] < two[1]).then_some(ints)
}

/// The fields and values of a zipmap, which servers before 2.6 wrote.
pub(super) fn read_zipmap(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    fn len<'a>(rest: &mut &'a [u8]) -> Option<usize> {
        let (&first, behind): (&u8, &'a [u8]) = rest.split_first()?;
        *rest = behind;
        match first {
            0..=253 => Some(usize::from(first)),
            254 => {
                let (len, behind) = behind.split_first_chunk::<4>()?;
                *rest = behind;
                // Servers refuse a short length in the long form since CVE-2026-25243.
                Some(u32::from_le_bytes(*len) as usize).filter(|len| *len >= 254)
            }
            255 => None,
        }
    }
    let mut rest = bytes.get(1..)?;
    let mut entries = Vec::new();
    while *rest.first()? != 0xFF {
        let (field, behind) = {
            let len = len(&mut rest)?;
            rest.split_at_checked(len)?
        };
        rest = behind;
        let size = len(&mut rest)?;
        let (&free, behind) = rest.split_first()?;
        let (value, behind) = behind.split_at_checked(size)?;
        rest = behind.get(usize::from(free)..)?;
        entries.extend([field.to_vec(), value.to_vec()]);
    }
    (rest.len() == 1).then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let long = "x".repeat(70_000);
        let middle = "y".repeat(300);
        let texts = [
            "",
            "0",
            "12",
            "13",
            "127",
            "128",
            "-1",
            "-4096",
            "4095",
            "-4097",
            "32767",
            "-32769",
            "8388607",
            "-8388609",
            "2147483647",
            "2147483648",
            "-9223372036854775808",
            "text",
            &middle,
            &long,
            "007",
        ];
        let (mut listpack, mut ziplist) = (Listpack::new(), Ziplist::new());
        for text in texts {
            listpack.push(text.as_bytes());
            ziplist.push(text.as_bytes());
        }
        let (listpack, ziplist) = (listpack.into_bytes(), ziplist.into_bytes());
        let expected: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        assert_eq!(read_listpack(&listpack), Some(expected.clone()));
        assert_eq!(read_ziplist(&ziplist), Some(expected));
        // No piece of either is one.
        for cut in (0..listpack.len().min(400)).chain([listpack.len() - 1]) {
            assert_eq!(read_listpack(&listpack[..cut]), None);
            assert_eq!(read_ziplist(&ziplist[..cut.min(ziplist.len() - 1)]), None);
        }
        for ints in [vec![-3, 4], vec![-40_000, 0], vec![1, 1 << 40]] {
            assert_eq!(read_ints(&write_ints(&ints)), Some(ints));
        }
        assert_eq!(read_ints(&[2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0]), None);
    }
}
