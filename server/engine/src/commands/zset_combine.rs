//! Sorted sets: union, intersection, difference.

use indexmap::IndexMap;
use protocol::{
    Reply,
    number::{parse_int, to_usize},
};

use super::{zset::scored, zset_range::of_members};
use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, NOT_INT, SYNTAX, WRONG_TYPE},
    value::{Bytes, Value, Zset},
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Union,
    Intersection,
    Difference,
}

#[derive(Clone, Copy)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn of(self, a: f64, b: f64) -> f64 {
        match self {
            // Both infinities together give nothing.
            Self::Sum => Some(a + b).filter(|sum| !sum.is_nan()).unwrap_or(0.0),
            Self::Min => {
                if b < a {
                    b
                } else {
                    a
                }
            }
            Self::Max => {
                if b > a {
                    b
                } else {
                    a
                }
            }
        }
    }
}

/// A source: its members with their scores, a plain set's counting one each.
fn source(call: &mut Call<'_>, key: &[u8]) -> Result<Vec<(Bytes, f64)>, Error> {
    call.touch(key);
    Ok(match call.look_up(key).map(|entry| &*entry.value) {
        None => Vec::new(),
        Some(Value::Zset(zset)) => meter::collect(zset.iter().map(|(member, score)| (member.clone(), score))),
        Some(Value::Set(set)) => meter::collect(set.iter().map(|member| (member, 1.0))),
        Some(_) => return Err(WRONG_TYPE.into()),
    })
}

struct Read {
    operation: Operation,
    sources: Vec<Vec<(Bytes, f64)>>,
    weights: Vec<f64>,
    aggregate: Aggregate,
    with_scores: bool,
}

/// The keys behind their count, which is the word at `at`.
fn keys<'a>(call: &Call<'a>, at: usize) -> Result<&'a [Vec<u8>], Error> {
    let count = parse_int(call.word(at)).ok_or(Error::from(NOT_INT))?;
    if count < 1 {
        return Err(if call.since(7, 0) {
            let name = call.spec.name.to_ascii_lowercase();
            format!("ERR at least 1 input key is needed for '{name}' command").into()
        } else {
            format!("ERR at least 1 input key is needed for {}", call.spec.name.to_ascii_lowercase()).into()
        });
    }
    usize::try_from(count).ok().and_then(|count| call.rest(at + 1).get(..count)).ok_or(Error::from(SYNTAX))
}

fn read(call: &mut Call<'_>, at: usize, operation: Operation, store: bool) -> Result<Read, Error> {
    let keys = keys(call, at)?;
    let sources = keys.iter().map(|key| source(call, key)).collect::<Result<Vec<_>, _>>()?;
    let mut it =
        Read { operation, weights: vec![1.0; sources.len()], sources, aggregate: Aggregate::Sum, with_scores: false };
    let mut next = at + 1 + keys.len();
    while next < call.count() {
        let left = call.count() - next - 1;
        if operation != Operation::Difference && call.is(next, "WEIGHTS") && left >= keys.len() {
            for weight in &mut it.weights {
                next += 1;
                *weight = call.number(call.word(next)).ok_or(Error::from("ERR weight value is not a float"))?;
            }
        } else if operation != Operation::Difference && call.is(next, "AGGREGATE") && left >= 1 {
            next += 1;
            it.aggregate = match call.word(next).to_ascii_uppercase().as_slice() {
                b"SUM" => Aggregate::Sum,
                b"MIN" => Aggregate::Min,
                b"MAX" => Aggregate::Max,
                _ => return Err(SYNTAX.into()),
            };
        } else if !store && call.is(next, "WITHSCORES") {
            it.with_scores = true;
        } else {
            return Err(SYNTAX.into());
        }
        next += 1;
    }
    Ok(it)
}

impl Read {
    /// The members in the order of their scores.
    fn members(self, call: &Call<'_>) -> Vec<(Bytes, f64)> {
        let mut sources: Vec<_> = self.sources.iter().zip(&self.weights).collect();
        // Scores are added from the smallest source to the largest, which shows in their last digits.
        if self.operation != Operation::Difference {
            sources.sort_by_key(|(source, _)| source.len());
        }
        let weighted = |at: usize, weight: f64, score: f64| {
            let score = score * weight;
            // In an intersection no number is made zero only together with the others.
            let first = at == 0 || self.operation != Operation::Intersection;
            if score.is_nan() && first { 0.0 } else { score }
        };
        let mut found: IndexMap<Bytes, (f64, usize)> = IndexMap::new();
        for (at, (source, weight)) in sources.into_iter().enumerate() {
            for (member, score) in source {
                let score = weighted(at, *weight, *score);
                match found.get_mut(member) {
                    Some((old, seen)) => {
                        *old = self.aggregate.of(*old, score);
                        *seen += 1;
                    }
                    None if self.operation == Operation::Union || at == 0 => {
                        if found.len() == found.capacity() {
                            let more = found.len().max(8);
                            let bytes = more * 2 * size_of::<(Bytes, (f64, usize))>();
                            meter::reserve(bytes, || found.try_reserve(more).is_ok());
                        }
                        found.insert(member.clone(), (score, 1));
                    }
                    None => {}
                }
            }
        }
        let all = self.sources.len();
        let mut zset = Zset::default();
        zset.make_table();
        for (member, (score, seen)) in found {
            let stays = match self.operation {
                Operation::Union => true,
                Operation::Intersection => seen == all,
                Operation::Difference => seen == 1,
            };
            if stays {
                zset.insert(&member, score, &call.engine.config);
            }
        }
        meter::collect(zset.iter().map(|(member, score)| (member.clone(), score)))
    }
}

fn show(call: &mut Call<'_>, operation: Operation) -> Answer {
    let read = read(call, 1, operation, false)?;
    let with_scores = read.with_scores;
    let members = read.members(call);
    Ok(scored(call, members, with_scores))
}

fn store(call: &mut Call<'_>, operation: Operation) -> Answer {
    // 6.2 looked keys up as a command that writes.
    call.reads = call.since(7, 0);
    let members = read(call, 2, operation, true)?.members(call);
    let value = of_members(call, &members);
    let event = match operation {
        Operation::Union => "zunionstore",
        Operation::Intersection => "zinterstore",
        Operation::Difference => "zdiffstore",
    };
    call.store(call.word(1), value, Class::Zset, event);
    Ok(Reply::Int(members.len() as i64))
}

pub(crate) fn zunion(call: &mut Call<'_>) -> Answer {
    show(call, Operation::Union)
}

pub(crate) fn zinter(call: &mut Call<'_>) -> Answer {
    show(call, Operation::Intersection)
}

pub(crate) fn zdiff(call: &mut Call<'_>) -> Answer {
    show(call, Operation::Difference)
}

pub(crate) fn zunionstore(call: &mut Call<'_>) -> Answer {
    store(call, Operation::Union)
}

pub(crate) fn zinterstore(call: &mut Call<'_>) -> Answer {
    store(call, Operation::Intersection)
}

pub(crate) fn zdiffstore(call: &mut Call<'_>) -> Answer {
    store(call, Operation::Difference)
}

pub(crate) fn zintercard(call: &mut Call<'_>) -> Answer {
    let keys = keys(call, 1)?;
    let sources = keys.iter().map(|key| source(call, key)).collect::<Result<Vec<_>, _>>()?;
    let (mut limit, mut at) = (usize::MAX, 2 + keys.len());
    while at < call.count() {
        if !call.is(at, "LIMIT") || at + 1 >= call.count() {
            return call.syntax();
        }
        let given = parse_int(call.word(at + 1)).filter(|limit| *limit >= 0).ok_or("ERR LIMIT can't be negative")?;
        limit = if given == 0 { usize::MAX } else { to_usize(given) };
        at += 2;
    }
    let weights = vec![1.0; sources.len()];
    let read =
        Read { operation: Operation::Intersection, sources, weights, aggregate: Aggregate::Sum, with_scores: false };
    let count = read.members(call).len();
    Ok(Reply::Int(count.min(limit) as i64))
}
