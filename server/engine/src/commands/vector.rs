//! Vector sets (Redis 8.0). In Redis they are a module built in, whose errors and signals differ from those of other commands.

mod arguments;
mod filter;
mod json;
mod operand;
mod range;
mod search;

use protocol::Reply;

pub(crate) use range::{vrandmember, vrange};
pub(crate) use search::vsim;

use self::arguments::vector_argument;
use crate::{
    call::{Answer, Call},
    error::Error,
    value::vectors::{Arithmetic, DEFAULT_LINKS, MAX_LINKS, Projection, Quantization, VectorSet},
};

/// Candidates for links that an insertion looks at by default.
const INSERT_EFFORT: i64 = 200;
/// Largest `EF`.
const MAX_EFFORT: i64 = 1_000_000;

const INVALID_VECTOR: &str = "ERR invalid vector specification";

/// The error for a count of words: a module's command is named as the module names it, in capitals.
fn wrong_count(name: &str) -> Error {
    format!("ERR wrong number of arguments for '{name}' command").into()
}

/// A vector set that a command opens to write. Modules signal a key that they open so, whatever comes of the command.
fn open<'a>(call: &'a mut Call<'_>, key: &[u8]) -> Result<Option<&'a mut VectorSet>, Error> {
    call.signal(key);
    call.edit::<VectorSet>(key)
}

/// Arithmetic with which the server computes distances.
pub(super) fn arithmetic(call: &Call<'_>) -> Arithmetic {
    if call.redis(8, 4) { Arithmetic::Wide } else { Arithmetic::Scalar }
}

/// A number that may be none, whose sign modules do not write.
fn double(call: &Call<'_>, number: f64) -> Reply {
    call.score(if number.is_nan() { f64::NAN } else { number })
}

/// Options of `VADD`.
struct Options<'a> {
    quantization: Quantization,
    links: i64,
    effort: i64,
    attributes: Option<&'a [u8]>,
    optimistic: bool,
}

fn options<'a>(call: &Call<'a>, from: usize) -> Result<Options<'a>, Error> {
    let mut options = Options {
        quantization: Quantization::Integers,
        links: DEFAULT_LINKS as i64,
        effort: INSERT_EFFORT,
        attributes: None,
        optimistic: false,
    };
    let mut at = from;
    while at < call.count() {
        let has_next = at + 1 < call.count();
        if call.is(at, "CAS") {
            options.optimistic = true;
        } else if call.is(at, "EF") && has_next {
            at += 1;
            options.effort = call.int_or(at, "ERR invalid EF")?;
            if !(1..=MAX_EFFORT).contains(&options.effort) {
                return Err("ERR invalid EF".into());
            }
        } else if call.is(at, "M") && has_next {
            at += 1;
            options.links = call.int_or(at, "ERR invalid M")?;
            if !(4..=MAX_LINKS as i64).contains(&options.links) {
                return Err("ERR invalid M".into());
            }
        } else if call.is(at, "SETATTR") && has_next {
            at += 1;
            options.attributes = Some(call.word(at));
        } else if call.is(at, "NOQUANT") {
            options.quantization = Quantization::None;
        } else if call.is(at, "BIN") {
            options.quantization = Quantization::Bits;
        } else if call.is(at, "Q8") {
            options.quantization = Quantization::Integers;
        } else {
            return Err("ERR invalid option after element".into());
        }
        at += 1;
    }
    Ok(options)
}

/// VADD key [REDUCE dim] FP32 vector | VALUES num value [value ...] element [CAS] [NOQUANT | Q8 | BIN]
/// [EF build-exploration-factor] [SETATTR attributes] [M numlinks]
pub(crate) fn vadd(call: &mut Call<'_>) -> Answer {
    if call.count() < 5 {
        return Err(wrong_count("VADD"));
    }
    let key = call.word(1);
    let argument = vector_argument(call, 2, true).ok_or(INVALID_VECTOR)?;
    let (vector, reduced) = (argument.numbers, argument.reduced);
    if argument.end >= call.count() {
        return Err(wrong_count("VADD"));
    }
    let name = call.word(argument.end);
    let options = options(call, argument.end + 1)?;
    let (quantization, links, dimension) = (options.quantization, options.links as usize, vector.len());
    let alone = call.in_script || call.engine.in_transaction;
    if let Some(set) = open(call, key)? {
        check(set, &options, dimension, reduced)?;
        let vector = match set.projection() {
            Some(projection) => projection.apply(&vector, set.dimension()),
            None => vector,
        };
        let new = set.insert(name, set.quantize(&vector), options.attributes, options.effort as usize);
        // An insertion in a thread of its own, as Redis makes it outside of scripts and transactions, forgets to count the attributes.
        if new && options.optimistic && !alone && options.attributes.is_some() {
            set.forget_attributes();
        }
        call.engine.dirty += u64::from(new);
        return Ok(Reply::Bool(new));
    }
    let uid = call.engine.next_vector_set();
    let projection = reduced.map(|_| Projection::new(dimension));
    let dimension = reduced.unwrap_or(dimension);
    let vector = projection.as_ref().map_or_else(|| vector.clone(), |it| it.apply(&vector, dimension));
    let arithmetic = arithmetic(call);
    let set = call.edit_or(key, |_| VectorSet::new(uid, dimension, quantization, links, projection))?;
    set.arithmetic = arithmetic;
    set.insert(name, set.quantize(&vector), options.attributes, options.effort as usize);
    call.engine.dirty += 1;
    Ok(Reply::Bool(true))
}

/// Checks that a vector and its options go with a set.
fn check(set: &VectorSet, options: &Options<'_>, dimension: usize, reduced: Option<usize>) -> Result<(), Error> {
    if set.quantization() != options.quantization {
        return Err("ERR asked quantization mismatch with existing vector set".into());
    }
    if set.links() != options.links as usize {
        return Err("ERR asked M value mismatch with existing vector set".into());
    }
    let given = if set.projection().is_some() { reduced.unwrap_or(0) } else { dimension };
    if given != set.dimension() {
        return Err(mismatch(dimension, set.dimension()));
    }
    match set.projection() {
        None if reduced.is_some() => Err("ERR cannot add projection to existing set without projection".into()),
        Some(projection) if projection.input != dimension => Err(projection_mismatch(dimension, projection.input)),
        _ => Ok(()),
    }
}

fn mismatch(given: usize, dimension: usize) -> Error {
    format!("ERR Vector dimension mismatch - got {given} but set has {dimension}").into()
}

fn projection_mismatch(given: usize, input: usize) -> Error {
    format!("ERR Input dimension mismatch for projection - got {given} but projection expects {input}").into()
}

/// VREM key element
pub(crate) fn vrem(call: &mut Call<'_>) -> Answer {
    let (key, name) = (call.word(1), call.word(2));
    let Some(set) = open(call, key)? else { return Ok(Reply::Bool(false)) };
    if !set.remove(name) {
        return Ok(Reply::Bool(false));
    }
    if set.is_empty() {
        // Without the event `del`.
        call.delete(key);
    }
    call.engine.dirty += 1;
    Ok(Reply::Bool(true))
}

/// VSETATTR key element json
pub(crate) fn vsetattr(call: &mut Call<'_>) -> Answer {
    let (key, name, attributes) = (call.word(1), call.word(2), call.word(3));
    let found = open(call, key)?.is_some_and(|set| set.set_attributes(name, attributes));
    call.engine.dirty += u64::from(found);
    Ok(Reply::Bool(found))
}

/// VGETATTR key element
pub(crate) fn vgetattr(call: &mut Call<'_>) -> Answer {
    let (key, name) = (call.word(1), call.word(2));
    let element = call.read::<VectorSet>(key)?.and_then(|set| set.get(name));
    Ok(element.and_then(|element| element.attributes.as_ref()).map_or(Reply::Nil, Reply::bulk))
}

/// VCARD key
pub(crate) fn vcard(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    Ok(Reply::Int(call.read::<VectorSet>(key)?.map_or(0, VectorSet::len) as i64))
}

/// VDIM key
pub(crate) fn vdim(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    let set = call.read::<VectorSet>(key)?.ok_or("ERR key does not exist")?;
    Ok(Reply::Int(set.dimension() as i64))
}

/// VISMEMBER key element
pub(crate) fn vismember(call: &mut Call<'_>) -> Answer {
    let (key, name) = (call.word(1), call.word(2));
    Ok(Reply::Bool(call.read::<VectorSet>(key)?.is_some_and(|set| set.get(name).is_some())))
}

/// VEMB key element [RAW]
pub(crate) fn vemb(call: &mut Call<'_>) -> Answer {
    let (key, name) = (call.word(1), call.word(2));
    let raw = call.count() > 3;
    if (3..call.count()).any(|at| !call.is(at, "RAW")) {
        return Err("ERR invalid option".into());
    }
    let Some(set) = call.read::<VectorSet>(key)? else { return Ok(Reply::Nil) };
    let (quantization, dimension) = (set.quantization(), set.dimension());
    let Some(vector) = set.get(name).map(|element| element.vector.clone()) else { return Ok(Reply::Nil) };
    if !raw {
        let numbers = vector.to_floats(dimension);
        return Ok(Reply::Array(numbers.iter().map(|number| double(call, f64::from(*number))).collect()));
    }
    let mut parts = vec![
        Reply::Status(quantization.name().into()),
        Reply::Bulk(vector.to_bytes()),
        double(call, f64::from(vector.norm)),
    ];
    if quantization == Quantization::Integers {
        parts.push(double(call, f64::from(vector.range)));
    }
    Ok(Reply::Array(parts))
}

/// VINFO key
pub(crate) fn vinfo(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    let Some(set) = call.read::<VectorSet>(key)? else { return call.nil_array() };
    let fields = [
        ("quant-type", Reply::Status(set.quantization().name().into())),
        ("hnsw-m", Reply::Int(set.links() as i64)),
        ("vector-dim", Reply::Int(set.dimension() as i64)),
        ("projection-input-dim", Reply::Int(set.projection().map_or(0, |it| it.input as i64))),
        ("size", Reply::Int(set.len() as i64)),
        // Servers draw the layers of an element at random; here there is the bottom one alone.
        ("max-level", Reply::Int(0)),
        ("attributes-count", Reply::Int(set.attributes())),
        ("vset-uid", Reply::Int(set.uid as i64)),
        ("hnsw-max-node-uid", Reply::Int(set.last_id() as i64)),
    ];
    Ok(Reply::Map(fields.into_iter().map(|(name, value)| (Reply::Status(name.into()), value)).collect()))
}

/// VLINKS key element [WITHSCORES]
pub(crate) fn vlinks(call: &mut Call<'_>) -> Answer {
    let (key, name) = (call.word(1), call.word(2));
    let with_scores = call.count() == 4;
    if call.count() > 4 || (with_scores && !call.is(3, "WITHSCORES")) {
        return Err(wrong_count("VLINKS"));
    }
    let Some(set) = call.read::<VectorSet>(key)? else { return Ok(Reply::Nil) };
    let Some(element) = set.get(name) else { return Ok(Reply::Nil) };
    let links = element.links.clone();
    if !with_scores {
        return Ok(Reply::Array(vec![Reply::bulks(&links)]));
    }
    let scores: Vec<f32> = links.iter().map(|link| set.similarity_between(name, link)).collect();
    let pairs = links.iter().zip(scores).map(|(link, score)| (Reply::bulk(link), double(call, f64::from(score))));
    Ok(Reply::Array(vec![Reply::Map(pairs.collect())]))
}
