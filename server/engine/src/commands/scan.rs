//! `SCAN` and its like.
//!
//! A cursor is how many places of the order are still to be visited, from the last place down to the first. What is added
//! comes at the end, which has been visited, and when something is removed the last element takes its place: so whatever
//! stays for the whole of a scan is told at least once, as the servers promise, without anything being kept between calls.

use protocol::{Reply, number::to_usize};

use crate::{
    call::{Answer, Call},
    double::digits,
    error::{Error, SYNTAX, WRONG_TYPE},
    glob,
    value::{Hash, Set, Value, Zset},
};

/// The types that `SCAN … TYPE` knows.
const TYPES: &[&str] = &["string", "list", "set", "zset", "hash", "stream"];

struct Options<'a> {
    count: usize,
    pattern: Option<&'a [u8]>,
    type_name: Option<&'a [u8]>,
    values: bool,
}

/// Cursor of 64 bits, read as C's `strtoull` does: a text up to its first NUL, a negative number wrapped round.
///
/// Redis 7.4 and Valkey 8.0 try a signed number first and refuse a negative one, so that only what is spelled otherwise (`-01`,
/// ` -1`) or is below -2^63 is wrapped; they refuse the empty text and take leading blanks, which the older refuse.
fn cursor(call: &Call<'_>, at: usize) -> Result<usize, Error> {
    let text = call.word(at);
    let text = text.split(|byte| *byte == 0).next().unwrap_or(text);
    let newer = call.redis(7, 4) || call.valkey(8, 0);
    let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
    let is_number = match text {
        [] => !newer,
        [b'-', b'1'..=b'9', ..] if newer => std::str::from_utf8(text).is_ok_and(|text| text.parse::<i64>().is_err()),
        [first, ..] => newer || !is_blank(first),
    };
    let start = text.iter().position(|byte| !is_blank(byte)).unwrap_or(text.len());
    let (negative, digits) = match &text[start..] {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let value = match digits {
        [] if text.is_empty() => Some(0),
        _ if digits.iter().all(u8::is_ascii_digit) => {
            std::str::from_utf8(digits).ok().and_then(|it| it.parse::<u64>().ok())
        }
        _ => None,
    };
    let value = value.filter(|_| is_number).ok_or(Error::from("ERR invalid cursor"))?;
    Ok(to_usize(if negative { value.wrapping_neg() } else { value }))
}

fn options<'a>(call: &Call<'a>, from: usize, container: bool) -> Result<Options<'a>, Error> {
    let mut options = Options { count: 10, pattern: None, type_name: None, values: true };
    let mut at = from;
    while at < call.count() {
        let has_next = at + 1 < call.count();
        if call.is(at, "COUNT") && has_next {
            let count = call.int(at + 1)?;
            if count < 1 {
                return Err(SYNTAX.into());
            }
            options.count = to_usize(count);
            at += 2;
        } else if call.is(at, "MATCH") && has_next {
            options.pattern = Some(call.word(at + 1)).filter(|pattern| *pattern != b"*");
            at += 2;
        } else if call.is(at, "TYPE") && !container && has_next {
            let name = call.word(at + 1);
            options.type_name = Some(name);
            if call.valkey(8, 0) && !TYPES.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes())) {
                return Err(format!("ERR unknown type name '{}'", String::from_utf8_lossy(name)).into());
            }
            at += 2;
        } else if call.is(at, "NOVALUES") && (call.redis(7, 4) || call.valkey(8, 0)) {
            if call.spec.id != commands::CommandId::Hscan {
                return Err("ERR NOVALUES option can only be used in HSCAN".into());
            }
            options.values = false;
            at += 1;
        } else if call.is(at, "NOSCORES") && call.valkey(8, 0) {
            if call.spec.id != commands::CommandId::Zscan {
                return Err("ERR NOSCORES option can only be used in ZSCAN".into());
            }
            options.values = false;
            at += 1;
        } else {
            return call.syntax();
        }
    }
    Ok(options)
}

/// The places to visit at a cursor, last first, and the cursor behind them.
fn places(cursor: usize, len: usize, count: usize) -> (impl Iterator<Item = usize>, usize) {
    let end = if cursor == 0 { len } else { cursor.min(len) };
    let start = end.saturating_sub(count);
    ((start..end).rev(), start)
}

fn page(cursor: usize, found: Vec<Reply>) -> Answer {
    Ok(Reply::Array(vec![Reply::Bulk(cursor.to_string().into_bytes()), Reply::Array(found)]))
}

pub(crate) fn scan(call: &mut Call<'_>) -> Answer {
    let cursor = cursor(call, 1)?;
    let options = options(call, 2, false)?;
    let (db, now) = (*call.db, call.engine.expiry_time());
    let keyspace = &call.engine.keyspace;
    let (places, next) = places(cursor, keyspace.len(db), options.count);
    let (mut found, mut gone) = (Vec::new(), Vec::new());
    // Expired keys are deleted if they match; Redis does not look at their types, and 8.2 not even at their names.
    let any_type = !call.valkey(8, 0);
    let any_name = call.redis(8, 2) && !call.redis(8, 4);
    for (key, entry) in places.filter_map(|at| keyspace.get_index(db, at)) {
        if !options.pattern.is_none_or(|pattern| glob::matches(pattern, key)) {
            if any_name && !entry.is_live(now) {
                gone.push(key.clone());
            }
            continue;
        }
        let is = options.type_name.is_none_or(|name| name.eq_ignore_ascii_case(entry.value.type_name().as_bytes()));
        match entry.is_live(now) {
            false if is || any_type => gone.push(key.clone()),
            true if is => found.push(Reply::bulk(key)),
            _ => {}
        }
    }
    for key in gone {
        call.engine.expire_key(db, &key);
    }
    page(next, found)
}

/// Reads the cursor, key and options of a scan of one key's members, in the order in which the servers check them.
fn members<'a>(call: &mut Call<'a>, is: fn(&Value) -> bool) -> Result<Option<(usize, Options<'a>)>, Error> {
    let cursor = cursor(call, 2)?;
    match call.look_up(call.word(1)) {
        None => return Ok(None),
        Some(entry) if !is(&entry.value) => return Err(WRONG_TYPE.into()),
        Some(_) => {}
    }
    options(call, 3, true).map(|options| Some((cursor, options)))
}

/// Returns all elements at once for the compact forms, whatever the cursor.
fn whole_if(compact: bool, cursor: usize, count: usize, len: usize) -> (usize, usize) {
    if compact { (0, len) } else { (cursor, count) }
}

pub(crate) fn hscan(call: &mut Call<'_>) -> Answer {
    let Some((cursor, options)) = members(call, |value| matches!(value, Value::Hash(_)))? else {
        return page(0, vec![]);
    };
    let now = call.now();
    let Some(hash) = call.read::<Hash>(call.word(1))? else { return page(0, vec![]) };
    let compact = hash.is_compact();
    let (cursor, count) = whole_if(compact, cursor, options.count, hash.len());
    let (places, next) = places(cursor, hash.len(), count);
    let mut places: Vec<usize> = meter::collect(places);
    if compact {
        places.reverse();
    }
    let mut found = Vec::new();
    let fields = places.into_iter().filter_map(|at| hash.get_index(at));
    for (name, field) in fields.filter(|(_, field)| field.is_live(now)) {
        if options.pattern.is_none_or(|pattern| glob::matches(pattern, name)) {
            found.push(Reply::bulk(name));
            if options.values {
                found.push(Reply::bulk(&field.value));
            }
        }
    }
    page(next, found)
}

pub(crate) fn sscan(call: &mut Call<'_>) -> Answer {
    let Some((cursor, options)) = members(call, |value| matches!(value, Value::Set(_)))? else {
        return page(0, vec![]);
    };
    let Some(set) = call.read::<Set>(call.word(1))? else { return page(0, vec![]) };
    let compact = !set.is_table();
    let (cursor, count) = whole_if(compact, cursor, options.count, set.len());
    let (places, next) = places(cursor, set.len(), count);
    let mut places: Vec<usize> = meter::collect(places);
    if compact {
        places.reverse();
    }
    let found = places
        .into_iter()
        .filter_map(|at| set.get_index(at))
        .filter(|member| options.pattern.is_none_or(|pattern| glob::matches(pattern, member)))
        .map(Reply::bulk);
    page(next, meter::collect(found))
}

/// Scores above it are kept as text: half of the largest integer of 64 bits.
const MOST_WHOLE: f64 = (i64::MAX / 2) as f64;

pub(crate) fn zscan(call: &mut Call<'_>) -> Answer {
    let Some((cursor, options)) = members(call, |value| matches!(value, Value::Zset(_)))? else {
        return page(0, vec![]);
    };
    let fits = |member: &[u8]| options.pattern.is_none_or(|pattern| glob::matches(pattern, member));
    let (has_shortest, keeps_whole) = (call.since(7, 2), call.since(7, 0));
    let Some(zset) = call.read::<Zset>(call.word(1))? else { return page(0, vec![]) };
    // A skip list's scores have 17 digits here on every server, also where its other replies have the shortest. A list that
    // is packed has kept whole numbers as such since 7.0.
    let shortest = |score: f64| {
        zset.is_compact() && (has_shortest || keeps_whole && score.fract() == 0.0 && score.abs() < MOST_WHOLE)
    };
    let (next, pairs): (usize, Vec<_>) = if zset.is_compact() {
        (
            0,
            meter::collect(
                zset.iter().filter(|(member, _)| fits(member)).map(|(member, score)| (member.clone(), score)),
            ),
        )
    } else {
        let (places, next) = places(cursor, zset.len(), options.count);
        let found = places.filter_map(|at| zset.get_index(at)).filter(|(member, _)| fits(member));
        (next, meter::collect(found.map(|(member, score)| (member.clone(), score))))
    };
    let mut found = Vec::new();
    for (member, score) in pairs {
        found.push(Reply::bulk(&member));
        if options.values {
            // Even RESP3 has the score as text here.
            found.push(Reply::bulk(digits(score, shortest(score))));
        }
    }
    page(next, found)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use commands::Target;

    use crate::Engine;

    #[test]
    fn what_stays_is_told_though_the_rest_changes() {
        let mut engine = Engine::new(Target::DEFAULT);
        let mut db = 0;
        let mut run = |line: String| {
            let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
            engine.call(&words, &mut db, false)
        };
        for n in 0..500 {
            run(format!("SET key:{n} v"));
        }
        let (mut cursor, mut seen, mut round) = (String::from("0"), HashSet::new(), 0);
        loop {
            let protocol::Reply::Array(parts) = run(format!("SCAN {cursor} COUNT 7")) else { panic!("no page") };
            let [protocol::Reply::Bulk(next), protocol::Reply::Array(keys)] = &parts[..] else { panic!("no page") };
            for key in keys {
                let protocol::Reply::Bulk(key) = key else { panic!("no key") };
                seen.insert(String::from_utf8_lossy(key).into_owned());
            }
            cursor = String::from_utf8_lossy(next).into_owned();
            if cursor == "0" {
                break;
            }
            // Odd keys go and come back, others are added.
            for n in 0..5 {
                run(format!("DEL key:{}", (round * 10 + n * 2 + 1) % 500));
                run(format!("SET new:{round}:{n} v"));
            }
            round += 1;
        }
        for n in (0..500).step_by(2) {
            assert!(seen.contains(&format!("key:{n}")), "{n}");
        }
    }
}
