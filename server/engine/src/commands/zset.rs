//! Sorted sets: members one by one.

use protocol::{Reply, number::to_usize};

use super::blocking;
use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, NOT_FLOAT, SYNTAX},
    value::{Bytes, Zset},
};

#[derive(Clone, Copy, Default)]
struct Conditions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
}

const NAN: &str = "ERR resulting score is not a number (NaN)";

/// Result of adding one member.
enum Added {
    No,
    Same(f64),
    New(f64),
    Changed(f64),
}

fn add_one(
    call: &mut Call<'_>,
    key: &[u8],
    member: &[u8],
    score: f64,
    incr: bool,
    it: Conditions,
) -> Result<Added, Error> {
    let old = call.read::<Zset>(key)?.and_then(|zset| zset.score(member));
    let new = match old {
        None if it.xx => return Ok(Added::No),
        None => score,
        Some(_) if it.nx => return Ok(Added::No),
        Some(old) => {
            let new = if incr { old + score } else { score };
            if new.is_nan() {
                return Err(NAN.into());
            }
            if (it.lt && new >= old) || (it.gt && new <= old) {
                return Ok(Added::No);
            }
            if new == old {
                return Ok(Added::Same(new));
            }
            new
        }
    };
    call.edit_or(key, |_| Zset::default())?;
    call.edit_with(key, |zset: &mut Zset, config| zset.insert(member, new, config))?;
    Ok(if old.is_some() { Added::Changed(new) } else { Added::New(new) })
}

/// The options of ZADD, and the index of the word behind them.
struct Options {
    conditions: Conditions,
    changed: bool,
    incr: bool,
    end: usize,
}

fn options(call: &Call<'_>) -> Options {
    let mut it = Options { conditions: Conditions::default(), changed: false, incr: false, end: 2 };
    while it.end < call.count() {
        match call.word(it.end).to_ascii_uppercase().as_slice() {
            b"NX" => it.conditions.nx = true,
            b"XX" => it.conditions.xx = true,
            b"GT" => it.conditions.gt = true,
            b"LT" => it.conditions.lt = true,
            b"CH" => it.changed = true,
            b"INCR" => it.incr = true,
            _ => break,
        }
        it.end += 1;
    }
    it
}

pub(crate) fn zadd(call: &mut Call<'_>) -> Answer {
    let Options { conditions: it, changed, incr, end } = options(call);
    let pairs = call.rest(end);
    if pairs.is_empty() || pairs.len() % 2 == 1 {
        return Err(SYNTAX.into());
    }
    if it.nx && it.xx {
        return Err("ERR XX and NX options at the same time are not compatible".into());
    }
    if (it.nx && (it.gt || it.lt)) || (it.gt && it.lt) {
        return Err("ERR GT, LT, and/or NX options at the same time are not compatible".into());
    }
    if incr && pairs.len() > 2 {
        return Err("ERR INCR option supports a single increment-element pair".into());
    }
    let scores: Vec<f64> =
        pairs.chunks(2).map(|pair| call.number(&pair[0]).ok_or(Error::from(NOT_FLOAT))).collect::<Result<_, _>>()?;
    let key = call.word(1);
    call.read::<Zset>(key)?;
    let large = pairs.len() / 2 > to_usize(call.engine.config.zset_entries)
        || pairs.chunks(2).any(|pair| pair[1].len() > to_usize(call.engine.config.zset_value));
    if large && call.valkey(8, 0) && (!it.xx || call.exists(key)) {
        // Valkey looks at all members before it chooses a form.
        call.edit_or(key, |_| Zset::default())?.make_table();
    }
    let (mut new, mut updated, mut last, mut failed) = (0, 0, None, None);
    for (pair, score) in pairs.chunks(2).zip(scores) {
        match add_one(call, key, &pair[1], score, incr, it) {
            Ok(Added::No) => {}
            Ok(Added::Same(score)) => last = Some(score),
            Ok(Added::New(score)) => {
                new += 1;
                last = Some(score);
            }
            Ok(Added::Changed(score)) => {
                updated += 1;
                last = Some(score);
            }
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    report_added(call, key, incr, new + updated);
    if let Some(error) = failed {
        return Err(error);
    }
    if incr {
        return Ok(last.map_or(Reply::Nil, |score| call.score(score)));
    }
    Ok(Reply::Int(if changed { new + updated } else { new } as i64))
}

/// Reports that members were added, or their scores changed.
fn report_added(call: &mut Call<'_>, key: &[u8], incr: bool, count: usize) {
    if count > 0 {
        call.changed(key, Class::Zset, if incr { "zincr" } else { "zadd" }, count);
    }
}

pub(crate) fn zincrby(call: &mut Call<'_>) -> Answer {
    // It is read as ZADD is: an option leaves no pair of an increment and a member.
    if options(call).end > 2 {
        return call.syntax();
    }
    let (key, by, member) = (call.word(1), call.double(2)?, call.word(3));
    let added = add_one(call, key, member, by, true, Conditions::default())?;
    report_added(call, key, true, usize::from(matches!(added, Added::New(_) | Added::Changed(_))));
    match added {
        Added::Same(score) | Added::New(score) | Added::Changed(score) => Ok(call.score(score)),
        Added::No => Ok(Reply::Nil),
    }
}

pub(crate) fn zrem(call: &mut Call<'_>) -> Answer {
    let (key, members) = (call.word(1), call.rest(2));
    if call.read::<Zset>(key)?.is_none_or(|zset| !members.iter().any(|member| zset.score(member).is_some())) {
        return Ok(Reply::Int(0));
    }
    let gone =
        call.edit::<Zset>(key)?.map_or(0, |zset| members.iter().filter(|member| zset.remove(member).is_some()).count());
    call.changed(key, Class::Zset, "zrem", gone);
    call.drop_if_empty(key);
    Ok(Reply::Int(gone as i64))
}

pub(crate) fn zcard(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(call.read::<Zset>(call.word(1))?.map_or(0, Zset::len) as i64))
}

pub(crate) fn zscore(call: &mut Call<'_>) -> Answer {
    let member = call.word(2);
    let score = call.read::<Zset>(call.word(1))?.and_then(|zset| zset.score(member));
    Ok(score.map_or(Reply::Nil, |score| call.score(score)))
}

pub(crate) fn zmscore(call: &mut Call<'_>) -> Answer {
    let members = call.rest(2);
    let zset = call.read::<Zset>(call.word(1))?;
    let scores: Vec<_> = meter::collect(members.iter().map(|member| zset.and_then(|zset| zset.score(member))));
    Ok(Reply::array(scores.into_iter().map(|score| score.map_or(Reply::Nil, |score| call.score(score)))))
}

fn rank(call: &mut Call<'_>, reverse: bool) -> Answer {
    let with_score = call.count() == 4;
    if call.count() > 4 || (with_score && !(call.is(3, "WITHSCORE") && call.since(7, 2))) {
        return if call.count() == 4 && call.since(7, 2) { call.syntax() } else { call.wrong_count() };
    }
    let member = call.word(2);
    let found = call.read::<Zset>(call.word(1))?.and_then(|zset| {
        let rank = zset.rank(member)?;
        Some((if reverse { zset.len() - 1 - rank } else { rank }, zset.score(member)?))
    });
    Ok(match found {
        None if with_score => Reply::NilArray,
        None => Reply::Nil,
        Some((rank, score)) if with_score => Reply::Array(vec![Reply::Int(rank as i64), call.score(score)]),
        Some((rank, _)) => Reply::Int(rank as i64),
    })
}

pub(crate) fn zrank(call: &mut Call<'_>) -> Answer {
    rank(call, false)
}

pub(crate) fn zrevrank(call: &mut Call<'_>) -> Answer {
    rank(call, true)
}

/// Members with their scores, in pairs where RESP3 has them and one behind the other where not.
pub(super) fn scored(call: &Call<'_>, members: Vec<(Bytes, f64)>, with_scores: bool) -> Reply {
    let mut replies = Vec::with_capacity(members.len());
    for (member, score) in members {
        match (with_scores, call.resp3) {
            (false, _) => replies.push(Reply::bulk(member)),
            (true, true) => replies.push(Reply::Array(vec![Reply::bulk(member), call.score(score)])),
            (true, false) => replies.extend([Reply::bulk(member), call.score(score)]),
        }
    }
    Reply::Array(replies)
}

/// Takes up to `count` members from an end; none where there is no key.
fn take(call: &mut Call<'_>, key: &[u8], highest: bool, count: usize) -> Result<Option<Vec<(Bytes, f64)>>, Error> {
    if call.read::<Zset>(key)?.is_none() {
        return Ok(None);
    }
    let Some(zset) = call.edit::<Zset>(key)? else { return Ok(None) };
    let members: Vec<(Bytes, f64)> = if highest {
        meter::collect(zset.iter().rev().take(count).map(|(member, score)| (member.clone(), score)))
    } else {
        meter::collect(zset.iter().take(count).map(|(member, score)| (member.clone(), score)))
    };
    for (member, _) in &members {
        zset.remove(member);
    }
    if !members.is_empty() {
        call.changed(key, Class::Zset, if highest { "zpopmax" } else { "zpopmin" }, members.len());
        call.drop_if_empty(key);
    }
    Ok(Some(members))
}

fn pop(call: &mut Call<'_>, highest: bool) -> Answer {
    let key = call.word(1);
    if call.count() > 3 {
        return Err(SYNTAX.into());
    }
    let with_count = call.count() == 3;
    let count = if with_count {
        match call.since(7, 0) {
            true => call.int_in(2, 0..=i64::MAX)?,
            // Before 7.0 a count below one was answered without a look at the key.
            false => match call.int(2)? {
                ..=0 => return Ok(Reply::Array(Vec::new())),
                count => count,
            },
        }
    } else {
        1
    };
    let members = take(call, key, highest, to_usize(count))?.unwrap_or_default();
    if !with_count {
        // One member alone is no pair of pairs, not even in RESP3.
        let flat =
            meter::collect(members.into_iter().flat_map(|(member, score)| [Reply::bulk(member), call.score(score)]));
        return Ok(Reply::Array(flat));
    }
    Ok(scored(call, members, true))
}

pub(crate) fn zpopmin(call: &mut Call<'_>) -> Answer {
    pop(call, false)
}

pub(crate) fn zpopmax(call: &mut Call<'_>) -> Answer {
    pop(call, true)
}

fn blocking_pop(call: &mut Call<'_>, highest: bool) -> Answer {
    let last = call.count() - 1;
    blocking::timeout(call, last)?;
    for key in &call.rest(1)[..last - 1] {
        if let Some((member, score)) = take(call, key, highest, 1)?.and_then(|members| members.into_iter().next()) {
            return Ok(Reply::Array(vec![Reply::bulk(key), Reply::bulk(member), call.score(score)]));
        }
    }
    call.nil_array()
}

pub(crate) fn bzpopmin(call: &mut Call<'_>) -> Answer {
    blocking_pop(call, false)
}

pub(crate) fn bzpopmax(call: &mut Call<'_>) -> Answer {
    blocking_pop(call, true)
}

fn pop_of_many(call: &mut Call<'_>, from: usize) -> Answer {
    let keys = blocking::keys(call, from)?;
    let side = from + 1 + keys.len();
    let highest = call.is(side, "MAX");
    if !highest && !call.is(side, "MIN") {
        return call.syntax();
    }
    let count = blocking::count(call, side + 1)?;
    if from > 1 {
        // The timeout is before the rest, and looked at last.
        blocking::timeout(call, 1)?;
    }
    for key in keys {
        if let Some(members) = take(call, key, highest, count)? {
            let pair = |(member, score): (Bytes, f64)| Reply::Array(vec![Reply::bulk(member), call.score(score)]);
            let members = meter::collect(members.into_iter().map(pair));
            return Ok(Reply::Array(vec![Reply::bulk(key), Reply::Array(members)]));
        }
    }
    call.nil_array()
}

pub(crate) fn zmpop(call: &mut Call<'_>) -> Answer {
    pop_of_many(call, 1)
}

pub(crate) fn bzmpop(call: &mut Call<'_>) -> Answer {
    pop_of_many(call, 2)
}

pub(crate) fn zrandmember(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    if call.count() > 2 {
        super::set::random_count(call, 2, false)?;
    }
    if call.count() > 4 || (call.count() == 4 && !call.is(3, "WITHSCORES")) {
        return call.syntax();
    }
    let with_scores = call.count() == 4;
    let count = if call.count() > 2 { Some(super::set::random_count(call, 2, with_scores)?) } else { None };
    let len = call.read::<Zset>(key)?.map_or(0, Zset::len);
    let places = super::set::random_places(call, len, count.unwrap_or(1));
    let members: Vec<(Bytes, f64)> = call.read::<Zset>(key)?.map_or(Vec::new(), |zset| {
        let get = |at| zset.get_index(at).map(|(member, score)| (member.clone(), score));
        meter::collect(places.into_iter().filter_map(get))
    });
    match count {
        None => Ok(members.first().map_or(Reply::Nil, |(member, _)| Reply::bulk(member))),
        Some(_) => Ok(scored(call, members, with_scores)),
    }
}
