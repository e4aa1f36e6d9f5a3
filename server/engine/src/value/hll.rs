//! HyperLogLogs: strings with a header and 16384 registers, one a byte-packed row (dense), or as runs (sparse).
//!
//! `GET` gives the bytes of one to clients, so they are laid out as the servers do it.

/// Number of registers.
pub const REGISTERS: usize = 1 << INDEX_BITS;
const INDEX_BITS: u32 = 14;
/// Bits of the hash that are left to count zeros in.
const ZERO_BITS: usize = 64 - INDEX_BITS as usize;
/// Magic, encoding, three bytes unused, eight of a count that was computed before.
const HEADER: usize = 16;
const DENSE_LEN: usize = HEADER + REGISTERS * 6 / 8;
const DENSE: u8 = 0;
const SPARSE: u8 = 1;
/// The greatest value of a register in the sparse form.
const SPARSE_MAX: u8 = 32;
/// Bytes of the servers' hash, of no meaning.
const SEED: u64 = 0xadc8_3b19;

/// The runs of the sparse form do not cover the registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Corrupt;

/// One run of the sparse form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Run {
    /// Registers that are zero, in one byte.
    Zero(usize),
    /// Registers that are zero, in two bytes.
    LongZero(usize),
    /// Registers that are this.
    Value(u8, usize),
}

impl Run {
    fn read(bytes: &[u8]) -> Option<Self> {
        Some(match bytes {
            [first @ 0x80..=0xff, ..] => Self::Value((first >> 2 & 0x1f) + 1, usize::from(first & 3) + 1),
            [first @ 0x40..=0x7f, second, ..] => {
                Self::LongZero((usize::from(first & 0x3f) << 8 | usize::from(*second)) + 1)
            }
            // The servers read the zero behind the end of the string.
            [first @ 0x40..=0x7f] => Self::LongZero((usize::from(first & 0x3f) << 8) + 1),
            [first @ 0..=0x3f, ..] => Self::Zero(usize::from(first & 0x3f) + 1),
            _ => return None,
        })
    }

    fn zeros(len: usize) -> Self {
        if len > 64 { Self::LongZero(len) } else { Self::Zero(len) }
    }

    fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Zero(len) => out.push((len - 1) as u8),
            Self::LongZero(len) => out.extend([0x40 | ((len - 1) >> 8) as u8, (len - 1) as u8]),
            Self::Value(value, len) => out.push(0x80 | (value - 1) << 2 | (len - 1) as u8),
        }
    }

    fn size(self) -> usize {
        if matches!(self, Self::LongZero(_)) { 2 } else { 1 }
    }

    fn covers(self) -> usize {
        match self {
            Self::Zero(len) | Self::LongZero(len) | Self::Value(_, len) => len,
        }
    }

    fn value(self) -> u8 {
        if let Self::Value(value, _) = self { value } else { 0 }
    }
}

/// An empty one.
pub fn new() -> Vec<u8> {
    let mut bytes = b"HYLL\x01".to_vec();
    bytes.resize(HEADER, 0);
    Run::LongZero(REGISTERS).write(&mut bytes);
    bytes
}

/// True if a string looks like one.
pub fn is_valid(bytes: &[u8]) -> bool {
    bytes.len() >= HEADER
        && bytes.starts_with(b"HYLL")
        && (bytes[4] == SPARSE || (bytes[4] == DENSE && bytes.len() == DENSE_LEN))
}

/// True if it is in the dense form.
pub fn is_dense(bytes: &[u8]) -> bool {
    bytes.get(4) == Some(&DENSE)
}

/// The count as it was computed last, if nothing has changed since.
pub fn cached(bytes: &[u8]) -> Option<u64> {
    let count = u64::from_le_bytes(bytes.get(8..HEADER)?.try_into().ok()?);
    (count >> 63 == 0).then_some(count)
}

/// Remembers the count.
pub fn set_cached(bytes: &mut [u8], count: u64) {
    if let Some(cache) = bytes.get_mut(8..HEADER) {
        cache.copy_from_slice(&count.to_le_bytes());
    }
}

/// Notes that the count is to be computed anew.
pub fn invalidate(bytes: &mut [u8]) {
    if let Some(byte) = bytes.get_mut(HEADER - 1) {
        *byte |= 0x80;
    }
}

/// The runs of the sparse form.
pub fn runs(bytes: &[u8]) -> impl Iterator<Item = Run> + '_ {
    let mut at = HEADER;
    std::iter::from_fn(move || {
        let run = Run::read(bytes.get(at..)?)?;
        at += run.size();
        Some(run)
    })
}

fn hash(element: &[u8]) -> u64 {
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    let mix = |k: u64| {
        let k = k.wrapping_mul(M);
        (k ^ k >> 47).wrapping_mul(M)
    };
    let mut hash = SEED ^ (element.len() as u64).wrapping_mul(M);
    let mut chunks = element.chunks_exact(8);
    for chunk in &mut chunks {
        let word = chunk.iter().rev().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
        hash = (hash ^ mix(word)).wrapping_mul(M);
    }
    let rest = chunks.remainder();
    if !rest.is_empty() {
        let word = rest.iter().rev().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
        hash = (hash ^ word).wrapping_mul(M);
    }
    hash = (hash ^ hash >> 47).wrapping_mul(M);
    hash ^ hash >> 47
}

/// The register of an element and the value that it asks for.
fn place(element: &[u8]) -> (usize, u8) {
    let hash = hash(element);
    let rest = hash >> INDEX_BITS | 1 << ZERO_BITS;
    ((hash as usize) & (REGISTERS - 1), rest.trailing_zeros() as u8 + 1)
}

fn dense_get(registers: &[u8], at: usize) -> u8 {
    let (byte, bit) = (at * 6 / 8, at * 6 % 8);
    let next = registers.get(byte + 1).copied().unwrap_or(0);
    ((u16::from(registers[byte]) | u16::from(next) << 8) >> bit) as u8 & 63
}

fn dense_set(registers: &mut [u8], at: usize, value: u8) -> bool {
    if dense_get(registers, at) >= value {
        return false;
    }
    let (byte, bit) = (at * 6 / 8, at * 6 % 8);
    let mask = 63u16 << bit;
    let bits = u16::from(value) << bit;
    registers[byte] = registers[byte] & !(mask as u8) | bits as u8;
    if mask >> 8 != 0 {
        registers[byte + 1] = registers[byte + 1] & !((mask >> 8) as u8) | (bits >> 8) as u8;
    }
    true
}

/// All registers.
///
/// # Errors
/// The runs do not cover them.
pub fn registers(bytes: &[u8]) -> Result<Vec<u8>, Corrupt> {
    if is_dense(bytes) {
        return Ok((0..REGISTERS).map(|at| dense_get(&bytes[HEADER..], at)).collect());
    }
    let mut all = Vec::with_capacity(REGISTERS);
    for run in runs(bytes) {
        if all.len() + run.covers() > REGISTERS {
            return Err(Corrupt);
        }
        all.resize(all.len() + run.covers(), run.value());
    }
    if all.len() == REGISTERS { Ok(all) } else { Err(Corrupt) }
}

/// Makes it dense.
///
/// # Errors
/// The runs do not cover the registers.
pub fn make_dense(bytes: &mut Vec<u8>) -> Result<(), Corrupt> {
    if is_dense(bytes) {
        return Ok(());
    }
    let all = registers(bytes)?;
    bytes.clear();
    bytes.extend_from_slice(b"HYLL");
    bytes.resize(DENSE_LEN, 0);
    for (at, value) in all.iter().enumerate().filter(|(_, value)| **value > 0) {
        dense_set(&mut bytes[HEADER..], at, *value);
    }
    Ok(())
}

/// Adds an element. Returns true if a register changed. It becomes dense rather than longer than `max_sparse` bytes.
///
/// # Errors
/// The runs do not cover the registers.
pub fn add(bytes: &mut Vec<u8>, element: &[u8], max_sparse: usize) -> Result<bool, Corrupt> {
    let (at, value) = place(element);
    raise(bytes, at, value, max_sparse)
}

/// Raises a register to a value. Returns true if it changed.
///
/// # Errors
/// The runs do not cover the registers.
pub fn raise(bytes: &mut Vec<u8>, at: usize, value: u8, max_sparse: usize) -> Result<bool, Corrupt> {
    if !is_dense(bytes) {
        if value <= SPARSE_MAX
            && let Some(changed) = raise_sparse(bytes, at, value, max_sparse)?
        {
            return Ok(changed);
        }
        let cache: Vec<u8> = bytes[8..HEADER].to_vec();
        make_dense(bytes)?;
        bytes[8..HEADER].copy_from_slice(&cache);
    }
    Ok(dense_set(&mut bytes[HEADER..], at, value))
}

/// Raises a register of the sparse form; nothing where there is no room.
fn raise_sparse(bytes: &mut Vec<u8>, index: usize, value: u8, max: usize) -> Result<Option<bool>, Corrupt> {
    let (mut at, mut first, mut previous) = (HEADER, 0, HEADER);
    let run = loop {
        let run = bytes.get(at..).and_then(Run::read).ok_or(Corrupt)?;
        if index < first + run.covers() {
            break run;
        }
        previous = at;
        at += run.size();
        first += run.covers();
    };
    if run.value() >= value {
        return Ok(Some(false));
    }
    let last = first + run.covers() - 1;
    let part = |len: usize| match run {
        Run::Value(old, _) => Run::Value(old, len),
        _ => Run::zeros(len),
    };
    let mut split = Vec::with_capacity(5);
    if index > first {
        part(index - first).write(&mut split);
    }
    Run::Value(value, 1).write(&mut split);
    if index < last {
        part(last - index).write(&mut split);
    }
    let longer = split.len() > run.size();
    if longer && bytes.len() + split.len() - run.size() > max {
        return Ok(None);
    }
    // The last run may be cut short.
    let end = (at + run.size()).min(bytes.len());
    bytes.splice(at..end, split);
    merge(bytes, previous);
    invalidate(bytes);
    Ok(Some(true))
}

/// Makes neighbours of the same value one run, where they are few enough; looks at five runs from a place on.
fn merge(bytes: &mut Vec<u8>, mut at: usize) {
    for _ in 0..5 {
        let Some(run) = bytes.get(at..).and_then(Run::read) else { break };
        if let Run::Value(value, len) = run
            && let Some(Run::Value(same, more)) = bytes.get(at + 1..).and_then(Run::read)
            && value == same
            && len + more <= 4
        {
            let mut one = Vec::with_capacity(1);
            Run::Value(value, len + more).write(&mut one);
            bytes.splice(at..at + 2, one);
        } else {
            at += run.size();
        }
    }
}

/// Number of elements that were added, estimated from the registers (Ertl's improved raw estimator).
pub fn count(registers: &[u8]) -> u64 {
    let mut histogram = [0u32; 64];
    for value in registers {
        histogram[usize::from(value & 63)] += 1;
    }
    let m = REGISTERS as f64;
    let mut z = m * tau((m - f64::from(histogram[ZERO_BITS + 1])) / m);
    for count in histogram[1..=ZERO_BITS].iter().rev() {
        z += f64::from(*count);
        z *= 0.5;
    }
    z += m * sigma(f64::from(histogram[0]) / m);
    (0.721_347_520_444_481_7 * m * m / z).round() as u64
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if before == z {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if before == z {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_count_the_same() {
        let (mut sparse, mut dense) = (new(), new());
        assert!(make_dense(&mut dense).is_ok());
        for n in 0..3000u32 {
            let element = n.to_string();
            let changed = add(&mut sparse, element.as_bytes(), 3000);
            assert_eq!(changed, add(&mut dense, element.as_bytes(), 3000));
            if n == 100 {
                assert!(!is_dense(&sparse) && sparse.len() < 500);
            }
        }
        assert!(is_dense(&sparse));
        assert_eq!(registers(&sparse), registers(&dense));
        let counted = registers(&sparse).map(|all| count(&all));
        assert!(counted.is_ok_and(|count| (2900..3100).contains(&count)));
    }

    #[test]
    fn broken_runs_are_told() {
        let mut broken = new();
        broken.truncate(17);
        // A run that is cut short ends in a zero byte.
        assert_eq!(registers(&broken), Err(Corrupt));
        assert!(add(&mut broken, b"a", 3000).is_ok());
        broken.truncate(16);
        assert_eq!(add(&mut broken, b"a", 3000), Err(Corrupt));
        assert!(!is_valid(b"HYLL"));
    }
}
