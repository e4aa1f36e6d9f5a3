//! Estimated sizes of keys in bytes, by which memory in use is counted and `MEMORY USAGE` replies.

use crate::value::{Value, VectorSet, stream::Id};

/// Memory of an empty server, in bytes.
pub(crate) const EMPTY: u64 = 900_000;
/// Overhead of a key beside its name and value, in bytes.
const KEY: u64 = 56;
/// Overhead of an element of a table beside its bytes.
const ELEMENT: u64 = 40;
/// Overhead of an element of a list or a stream beside its bytes.
const ITEM: u64 = 11;

/// Elements looked at by the account of memory in use, as `MEMORY USAGE` looks at five by default.
pub(crate) const SAMPLES: usize = 5;

/// The size of a collection of `count` elements, estimated from the `sizes` of a sample.
fn sampled(count: usize, samples: usize, sizes: impl Iterator<Item = u64>) -> u64 {
    let (mut seen, mut bytes) = (0u64, 0u64);
    for size in sizes.take(samples) {
        seen += 1;
        bytes += size;
    }
    if seen == 0 { 0 } else { (bytes as f64 / seen as f64 * count as f64) as u64 }
}

/// The size of a vector set by the formula of its module.
fn of_vectors(set: &VectorSet) -> u64 {
    // Beside the links there is room for those of the third of an upper layer that an element has on average.
    let links = 16 * set.links() as u64 + 8 * set.links() as u64 / 3;
    let text = |len: usize| (len as u64 + 20).next_multiple_of(8);
    let matrix = set.projection().map_or(0, |projection| 4 * (projection.input * set.dimension()) as u64);
    let element = 360 + links + set.quantization().size(set.dimension()) as u64;
    let names = sampled(set.len(), 20, set.iter().map(|(name, _)| text(name.len())));
    let attributes = set.iter().take(20).filter_map(|(_, element)| element.attributes.as_ref());
    let attributes = sampled(set.attributes().max(0) as usize, 20, attributes.map(|json| text(json.len())));
    1750 + matrix + set.len() as u64 * element + names + attributes
}

fn of_value(value: &Value, samples: usize) -> u64 {
    match value {
        Value::Text(text) => text.len() as u64,
        Value::List(list) => sampled(list.len(), samples, list.iter().rev().map(|item| item.len() as u64 + ITEM)),
        Value::Set(set) => {
            let sizes =
                (0..set.len()).rev().filter_map(|at| set.get_index(at)).map(|member| member.len() as u64 + ELEMENT);
            sampled(set.len(), samples, sizes)
        }
        Value::Hash(hash) => {
            let sizes = hash.iter().rev().map(|(name, field)| (name.len() + field.value.len()) as u64 + ELEMENT);
            sampled(hash.len(), samples, sizes)
        }
        Value::Zset(zset) => {
            let sizes = zset.iter().rev().map(|(member, _)| member.len() as u64 + 8 + ELEMENT);
            sampled(zset.len(), samples, sizes)
        }
        Value::VectorSet(set) => of_vectors(set),
        Value::Stream(stream) => {
            let sizes = stream.range(Id::MIN, Id::MAX).rev().map(|(_, entry)| {
                entry.fields.iter().map(|(field, value)| (field.len() + value.len()) as u64 + 4).sum::<u64>() + ITEM
            });
            let groups: u64 = stream.groups.values().map(|group| 200 + 48 * group.pending.len() as u64).sum();
            sampled(stream.len(), samples, sizes) + groups
        }
    }
}

/// The size of a key with its value, in bytes; `samples` elements of a collection stand for all of it.
pub(crate) fn of_key(key: &[u8], value: &Value, samples: usize) -> u64 {
    KEY + key.len() as u64 + of_value(value, samples)
}
