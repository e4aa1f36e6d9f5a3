//! Sorted sets: ranges by rank, score and name.

use std::ops::Range;

use commands::Target;
use protocol::{Reply, number::strtod};

use super::{list::range_of, zset::scored};
use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, NOT_INT, SYNTAX},
    value::{Bytes, Value, Zset},
};

/// A range of scores.
#[derive(Clone, Copy)]
struct Scores {
    min: f64,
    max: f64,
    min_open: bool,
    max_open: bool,
}

fn scores(call: &Call<'_>, min: &[u8], max: &[u8]) -> Result<Scores, Error> {
    let bound = |word: &[u8]| {
        let (open, digits) = match word {
            [b'(', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        bound(call, digits).map(|value| (value, open)).ok_or(Error::from("ERR min or max is not a float"))
    };
    let ((min, min_open), (max, max_open)) = (bound(min)?, bound(max)?);
    Ok(Scores { min, max, min_open, max_open })
}

/// An end of a range, as a C string: nothing is zero, and no number is too great. Up to Redis 7.4 and Valkey 9.0 `strtod`
/// read it, which passes over blanks and knows hexadecimal numbers.
fn bound(call: &Call<'_>, digits: &[u8]) -> Option<f64> {
    let by_strtod = !call.redis(8, 0) && !call.valkey(9, 1);
    let digits = digits.split(|byte| *byte == 0).next().unwrap_or_default();
    if digits.is_empty() {
        return Some(0.0);
    }
    let blanks = digits.iter().take_while(|byte| matches!(byte, b' ' | 9..=13)).count();
    let digits = if by_strtod { &digits[blanks..] } else { digits };
    if !by_strtod && digits.iter().any(|byte| matches!(byte, b'x' | b'X')) {
        return None;
    }
    strtod(digits).filter(|value| !value.is_nan())
}

impl Scores {
    fn range(&self, zset: &Zset) -> Range<usize> {
        let below = |score: f64| if self.min_open { score <= self.min } else { score < self.min };
        let within = |score: f64| if self.max_open { score < self.max } else { score <= self.max };
        let start = zset.count_before(|score, _| below(score));
        let end = zset.count_before(|score, _| within(score));
        start..end.max(start)
    }
}

/// One end of a range of names.
#[derive(Clone, Copy, PartialEq)]
enum Name<'a> {
    First,
    Last,
    At(&'a [u8]),
    Beside(&'a [u8]),
}

fn names<'a>(min: &'a [u8], max: &'a [u8]) -> Result<(Name<'a>, Name<'a>), Error> {
    let bound = |word: &'a [u8]| match word {
        b"-" => Ok(Name::First),
        b"+" => Ok(Name::Last),
        [b'[', name @ ..] => Ok(Name::At(name)),
        [b'(', name @ ..] => Ok(Name::Beside(name)),
        _ => Err(Error::from("ERR min or max not valid string range item")),
    };
    Ok((bound(min)?, bound(max)?))
}

fn range_of_names(zset: &Zset, (min, max): (Name<'_>, Name<'_>), reverse: bool) -> Range<usize> {
    let before = |member: &[u8]| match min {
        Name::First => false,
        Name::Last => true,
        Name::At(name) => member < name,
        Name::Beside(name) => member <= name,
    };
    let within = |member: &[u8]| match max {
        Name::First => false,
        Name::Last => true,
        Name::At(name) => member <= name,
        Name::Beside(name) => member < name,
    };
    let names = || zset.iter().map(|(member, _)| &**member);
    let mut scores = zset.iter().map(|(_, score)| score);
    let mixed = scores.next() != scores.next_back();
    if !mixed {
        let start = zset.count_before(|_, member| before(member));
        return start..zset.count_before(|_, member| within(member)).max(start);
    }
    // With scores that differ the names are in no order, and what comes out depends on how the server walks: it looks at the
    // last and the first, and then goes from one to the next. In a skip list it may pass some, by its random levels.
    if names().next_back().is_none_or(before) || !names().next().is_some_and(within) {
        return 0..0;
    }
    if reverse {
        let end = match zset.is_compact() {
            true => zset.len() - names().rev().take_while(|member| !within(member)).count(),
            false => names().take_while(|member| within(member)).count(),
        };
        let count = names().rev().skip(zset.len() - end).take_while(|member| !before(member)).count();
        return end - count..end;
    }
    let start = names().take_while(|member| before(member)).count();
    start..start + names().skip(start).take_while(|member| within(member)).count()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Rank,
    Score,
    Name,
}

/// A range as given to a command.
struct Wanted<'a> {
    by: By,
    reverse: bool,
    from: &'a [u8],
    to: &'a [u8],
    limit: Option<(i64, i64)>,
}

/// The members of a range, in the order asked for; all is checked before the key is looked at.
fn members(call: &mut Call<'_>, key: &[u8], wanted: &Wanted<'_>) -> Result<Vec<(Bytes, f64)>, Error> {
    let int = |word: &[u8]| super::string::int(word).ok_or(Error::from(NOT_INT));
    // By score and name a reversed range has its ends exchanged.
    let (low, high) = if wanted.reverse { (wanted.to, wanted.from) } else { (wanted.from, wanted.to) };
    let ranks = if wanted.by == By::Rank { Some((int(wanted.from)?, int(wanted.to)?)) } else { None };
    let by_score = if wanted.by == By::Score { Some(scores(call, low, high)?) } else { None };
    let by_name = if wanted.by == By::Name { Some(names(low, high)?) } else { None };
    let target = call.engine.target;
    let counts_back = target == Target::redis(7, 4) || target.valkey_since(8, 0);
    let Some(zset) = call.read::<Zset>(key)? else { return Ok(Vec::new()) };
    let mut range = match (ranks, by_score, by_name) {
        (Some((start, end)), _, _) => {
            let range = range_of(zset.len(), start, end);
            if wanted.reverse { zset.len() - range.end..zset.len() - range.start } else { range }
        }
        (_, Some(scores), _) => scores.range(zset),
        (_, _, Some(names)) => range_of_names(zset, names, wanted.reverse),
        _ => 0..0,
    };
    if let Some((offset, count)) = wanted.limit {
        let from_end = || usize::try_from(offset.unsigned_abs()).ok().and_then(|back| range.len().checked_sub(back));
        let skip = match usize::try_from(offset) {
            Ok(skip) => skip.min(range.len()),
            // A skip list of Redis 7.4 and of Valkey is gone through from the other end of the range.
            Err(_) if counts_back && !zset.is_compact() => from_end().unwrap_or(range.len()),
            Err(_) => range.len(),
        };
        let take = usize::try_from(count).unwrap_or(usize::MAX).min(range.len() - skip);
        range = if wanted.reverse {
            range.end - skip - take..range.end - skip
        } else {
            range.start + skip..range.start + skip + take
        };
    }
    let found = zset.range(range).map(|(member, score)| (member.clone(), score));
    Ok(if wanted.reverse { meter::collect(found.rev()) } else { meter::collect(found) })
}

/// Reads `min max` from `at` on and the options behind them.
fn wanted<'a>(
    call: &Call<'a>,
    at: usize,
    mut by: Option<By>,
    mut reverse: Option<bool>,
    store: bool,
) -> Result<(Wanted<'a>, bool), Error> {
    let (mut limit, mut with_scores) = (None, false);
    let mut next = at + 2;
    while next < call.count() {
        if !store && call.is(next, "WITHSCORES") {
            with_scores = true;
        } else if call.is(next, "LIMIT") && next + 2 < call.count() {
            limit = Some((call.int(next + 1)?, call.int(next + 2)?));
            next += 2;
        } else if reverse.is_none() && call.is(next, "REV") {
            reverse = Some(true);
        } else if by.is_none() && call.is(next, "BYLEX") {
            by = Some(By::Name);
        } else if by.is_none() && call.is(next, "BYSCORE") {
            by = Some(By::Score);
        } else {
            return Err(SYNTAX.into());
        }
        next += 1;
    }
    let by = by.unwrap_or(By::Rank);
    // A limit of −1 items is none.
    if limit.is_some_and(|(_, count)| count != -1) && by == By::Rank {
        return Err("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX".into());
    }
    if with_scores && by == By::Name {
        return Err("ERR syntax error, WITHSCORES not supported in combination with BYLEX".into());
    }
    let limit = if by == By::Rank { None } else { limit };
    let wanted = Wanted { by, reverse: reverse.unwrap_or(false), from: call.word(at), to: call.word(at + 1), limit };
    Ok((wanted, with_scores))
}

fn show(call: &mut Call<'_>, by: Option<By>, reverse: Option<bool>) -> Answer {
    let (wanted, with_scores) = wanted(call, 2, by, reverse, false)?;
    let found = members(call, call.word(1), &wanted)?;
    Ok(scored(call, found, with_scores))
}

pub(crate) fn zrange(call: &mut Call<'_>) -> Answer {
    show(call, None, None)
}

pub(crate) fn zrevrange(call: &mut Call<'_>) -> Answer {
    show(call, Some(By::Rank), Some(true))
}

pub(crate) fn zrangebyscore(call: &mut Call<'_>) -> Answer {
    show(call, Some(By::Score), Some(false))
}

pub(crate) fn zrevrangebyscore(call: &mut Call<'_>) -> Answer {
    show(call, Some(By::Score), Some(true))
}

pub(crate) fn zrangebylex(call: &mut Call<'_>) -> Answer {
    show(call, Some(By::Name), Some(false))
}

pub(crate) fn zrevrangebylex(call: &mut Call<'_>) -> Answer {
    show(call, Some(By::Name), Some(true))
}

/// The sorted set of these members.
pub(super) fn of_members(call: &Call<'_>, members: &[(Bytes, f64)]) -> Value {
    let mut zset = Zset::default();
    for (member, score) in members {
        zset.insert(member, *score, &call.engine.config);
    }
    Value::Zset(zset)
}

pub(crate) fn zrangestore(call: &mut Call<'_>) -> Answer {
    // 6.2 looked the source up as a command that writes.
    call.reads = call.since(7, 0);
    let (wanted, _) = wanted(call, 3, None, None, true)?;
    let found = members(call, call.word(2), &wanted)?;
    let mut value = of_members(call, &found);
    if let Value::Zset(zset) = &mut value
        && wanted.by != By::Rank
        && call.since(7, 2)
        && !call.redis(7, 4)
        && !call.valkey(8, 0)
    {
        // Redis 7.2 did not know how many would come, and made ready for many.
        zset.make_table();
    }
    call.store(call.word(1), value, Class::Zset, "zrangestore");
    Ok(Reply::Int(found.len() as i64))
}

pub(crate) fn zcount(call: &mut Call<'_>) -> Answer {
    let scores = scores(call, call.word(2), call.word(3))?;
    Ok(Reply::Int(call.read::<Zset>(call.word(1))?.map_or(0, |zset| scores.range(zset).len()) as i64))
}

pub(crate) fn zlexcount(call: &mut Call<'_>) -> Answer {
    let names = names(call.word(2), call.word(3))?;
    Ok(Reply::Int(call.read::<Zset>(call.word(1))?.map_or(0, |zset| range_of_names(zset, names, false).len()) as i64))
}

fn remove(call: &mut Call<'_>, by: By) -> Answer {
    let key = call.word(1);
    let wanted = Wanted { by, reverse: false, from: call.word(2), to: call.word(3), limit: None };
    let found = members(call, key, &wanted)?;
    if !found.is_empty()
        && let Some(zset) = call.edit::<Zset>(key)?
    {
        for (member, _) in &found {
            zset.remove(member);
        }
        let event = match by {
            By::Rank => "zremrangebyrank",
            By::Score => "zremrangebyscore",
            By::Name => "zremrangebylex",
        };
        call.changed(key, Class::Zset, event, found.len());
        call.drop_if_empty(key);
    }
    Ok(Reply::Int(found.len() as i64))
}

pub(crate) fn zremrangebyrank(call: &mut Call<'_>) -> Answer {
    remove(call, By::Rank)
}

pub(crate) fn zremrangebyscore(call: &mut Call<'_>) -> Answer {
    remove(call, By::Score)
}

pub(crate) fn zremrangebylex(call: &mut Call<'_>) -> Answer {
    remove(call, By::Name)
}
