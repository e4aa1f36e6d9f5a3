//! LZF, the compression of long strings in payloads. The packer finds the same matches as the servers' one, so that the
//! bytes are the same.

const HASH_BITS: u32 = 16;
/// Maximum distance back to a match, in bytes.
const FAR: usize = 1 << 13;
/// The longest match.
const LONGEST: usize = (1 << 8) + (1 << 3);
/// The longest run of bytes that match nothing.
const RUN: usize = 1 << 5;

/// The first two of three bytes.
fn first(input: &[u8], at: usize) -> u32 {
    u32::from(input[at]) << 8 | u32::from(input[at + 1])
}

fn next(hash: u32, input: &[u8], at: usize) -> u32 {
    hash << 8 | u32::from(input[at + 2])
}

fn slot(hash: u32) -> usize {
    ((hash >> (24 - HASH_BITS)).wrapping_sub(hash.wrapping_mul(5)) & ((1 << HASH_BITS) - 1)) as usize
}

/// Places where three bytes were last seen. The table is kept from one string to the next, for most are shorter than it:
/// places are counted on, and those below `base` belong to earlier strings.
#[derive(Default, Debug)]
pub(super) struct Packer {
    table: Vec<usize>,
    base: usize,
}

impl Packer {
    /// The input made smaller, unless it does not go into `room` bytes.
    pub(super) fn compress(&mut self, input: &[u8], room: usize) -> Option<Vec<u8>> {
        if input.len() < 4 || room == 0 {
            return None;
        }
        self.table.resize(1 << HASH_BITS, 0);
        let packed = pack(&mut self.table, self.base, input, room);
        self.base += input.len() + 1;
        packed
    }
}

fn pack(table: &mut [usize], base: usize, input: &[u8], room: usize) -> Option<Vec<u8>> {
    let len = input.len();
    // The place of the byte that holds the length of the run is filled in when the run ends.
    let mut out: Vec<u8> = vec![0];
    let mut run = 0;
    let mut at = 0;
    let mut hash = first(input, 0);
    while at + 2 < len {
        meter::tick(1);
        meter::grow(&mut out, 8);
        hash = next(hash, input, at);
        let seen = &mut table[slot(hash)];
        // The first place counts as none, for the servers' table begins as zeros.
        let reference = std::mem::replace(seen, base + at).saturating_sub(base);
        let found = reference > 0 && at - reference - 1 < FAR && input[reference..reference + 3] == input[at..at + 3];
        if !found {
            if out.len() >= room {
                return None;
            }
            run += 1;
            out.push(input[at]);
            at += 1;
            if run == RUN {
                let place = out.len() - run - 1;
                out[place] = run as u8 - 1;
                run = 0;
                out.push(0);
            }
            continue;
        }
        let offset = at - reference - 1;
        let limit = (len - at - 2).min(LONGEST);
        if out.len() + 3 + 1 >= room && out.len() - usize::from(run == 0) + 3 + 1 >= room {
            return None;
        }
        // The run ends; without one the byte for its length is taken back.
        if run > 0 {
            let place = out.len() - run - 1;
            out[place] = run as u8 - 1;
        } else {
            out.pop();
        }
        let length = match_length(input, reference, at, limit);
        let coded = length - 2;
        let high = (offset >> 8) as u8;
        if coded < 7 {
            out.push(high + ((coded as u8) << 5));
        } else {
            out.push(high + (7 << 5));
            out.push((coded - 7) as u8);
        }
        out.push(offset as u8);
        out.push(0);
        run = 0;
        at += length;
        if at + 2 >= len {
            break;
        }
        // The last two places of the match are noted too.
        at -= 2;
        hash = first(input, at);
        for _ in 0..2 {
            hash = next(hash, input, at);
            table[slot(hash)] = base + at;
            at += 1;
        }
    }
    if out.len() + 3 > room {
        return None;
    }
    while at < len {
        run += 1;
        out.push(input[at]);
        at += 1;
        if run == RUN {
            let place = out.len() - run - 1;
            out[place] = run as u8 - 1;
            run = 0;
            out.push(0);
        }
    }
    if run > 0 {
        let place = out.len() - run - 1;
        out[place] = run as u8 - 1;
    } else {
        out.pop();
    }
    Some(out)
}

/// Length of the match. The servers compare the first sixteen bytes without a look at the limit, and one more behind
/// them, so that a match may be longer than the limit by two.
fn match_length(input: &[u8], reference: usize, at: usize, limit: usize) -> usize {
    let same = |length: usize| input[reference + length] == input[at + length];
    let mut length = 2;
    if limit > 16 {
        for _ in 0..16 {
            length += 1;
            if !same(length) {
                return length;
            }
        }
    }
    loop {
        length += 1;
        if length >= limit || !same(length) {
            return length;
        }
    }
}

/// The `len` bytes that were compressed.
pub(super) fn decompress(input: &[u8], len: usize) -> Option<Vec<u8>> {
    // Three bytes can stand for 264: more is no such text, and nobody shall be made to reserve it.
    if len > input.len().saturating_mul(LONGEST / 3 + 1) {
        return None;
    }
    let mut out = meter::with_capacity(len);
    let mut at = 0;
    while let Some(&control) = input.get(at) {
        at += 1;
        meter::tick(1);
        let control = usize::from(control);
        if control < RUN {
            out.extend_from_slice(input.get(at..at + control + 1)?);
            at += control + 1;
        } else {
            let mut length = control >> 5;
            if length == 7 {
                length += usize::from(*input.get(at)?);
                at += 1;
            }
            let back = ((control & 0x1f) << 8) + usize::from(*input.get(at)?) + 1;
            at += 1;
            let start = out.len().checked_sub(back)?;
            for place in start..start + length + 2 {
                let byte = *out.get(place)?;
                out.push(byte);
            }
        }
        if out.len() > len {
            return None;
        }
    }
    (out.len() == len).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        // Taken from a real server's DUMP of sixty times the letter a.
        let mut packer = Packer::default();
        assert_eq!(packer.compress(&[b'a'; 60], 56).as_deref(), Some(&b"\x01aa\xe0\x2f\x00\x01aa"[..]));
        let mut state = 1u32;
        for round in 0..300usize {
            let text: Vec<u8> = (0..round * 7)
                .map(|_| {
                    state = state.wrapping_mul(1_103_515_245).wrapping_add(12345);
                    b'a' + (state >> 16) as u8 % if round % 2 == 0 { 3 } else { 26 }
                })
                .collect();
            if let Some(packed) = packer.compress(&text, text.len().saturating_sub(4)) {
                assert!(packed.len() <= text.len() - 4);
                assert_eq!(decompress(&packed, text.len()).as_deref(), Some(&text[..]));
            }
        }
        assert_eq!(decompress(b"\x20\x05", 3), None);
        assert_eq!(decompress(b"\x01a", 3), None);
        assert_eq!(decompress(b"\xe0", usize::MAX), None);
    }
}
