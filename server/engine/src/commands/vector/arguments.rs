//! A vector among the words of a call.

use protocol::number::parse_int;

use crate::{call::Call, value::vectors::MAX_DIMENSION};

/// A vector as it was given.
pub(super) struct VectorArgument {
    pub(super) numbers: Vec<f32>,
    /// Dimension of `REDUCE`.
    pub(super) reduced: Option<usize>,
    /// Index of the word behind it.
    pub(super) end: usize,
}

/// Reads `[REDUCE dim] FP32 vector | VALUES num value [value ...]`; nothing if it is none.
pub(super) fn vector_argument(call: &Call<'_>, from: usize, reducible: bool) -> Option<VectorArgument> {
    let mut at = from;
    let mut reduced = None;
    if reducible && call.is(at, "REDUCE") && at + 2 < call.count() {
        // Servers keep the number in 32 bits, where 0 is none.
        reduced = Some(parse_int(call.word(at + 1)).filter(|dimension| *dimension > 0)? as u32 as usize);
        reduced = reduced.filter(|dimension| *dimension > 0);
        at += 2;
    }
    let (numbers, end) = if call.is(at, "FP32") {
        let (numbers, rest) = call.words.get(at + 1)?.as_chunks::<4>();
        if !rest.is_empty() {
            return None;
        }
        (numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(), at + 2)
    } else if call.is(at, "VALUES") {
        let count =
            usize::try_from(parse_int(call.words.get(at + 1)?)?).ok().filter(|count| *count <= MAX_DIMENSION)?;
        let words = call.words.get(at + 2..at + 2 + count)?;
        let numbers: Option<Vec<f32>> = words.iter().map(|word| Some(call.number(word)? as f32)).collect();
        (numbers?, at + 2 + count)
    } else {
        return None;
    };
    // Servers take a `REDUCE` to more dimensions too, without a limit.
    let fits = [Some(numbers.len()), reduced].iter().flatten().all(|dimension| (1..=MAX_DIMENSION).contains(dimension));
    fits.then_some(VectorArgument { numbers, reduced, end })
}
