//! Elements by their names, and elements at random.

use protocol::{Reply, number::parse_int};

use crate::{
    call::{Answer, Call},
    commands::set::random_places,
    value::{Bytes, vectors::VectorSet},
};

/// An end of a range of names.
enum Bound<'a> {
    Lowest,
    Highest,
    Inclusive(&'a [u8]),
    Exclusive(&'a [u8]),
}

impl<'a> Bound<'a> {
    fn parse(word: &'a [u8]) -> Option<Self> {
        match word {
            b"-" => Some(Self::Lowest),
            b"+" => Some(Self::Highest),
            [b'[', name @ ..] if !name.is_empty() => Some(Self::Inclusive(name)),
            [b'(', name @ ..] if !name.is_empty() => Some(Self::Exclusive(name)),
            _ => None,
        }
    }
}

/// VRANGE key start end [count]
pub(crate) fn vrange(call: &mut Call<'_>) -> Answer {
    if call.count() > 5 {
        return Err(super::wrong_count("VRANGE"));
    }
    let count = if call.count() == 5 { call.int_or(4, "ERR invalid COUNT value")? } else { -1 };
    let start = Bound::parse(call.word(2)).ok_or("ERR invalid start range format")?;
    let end = Bound::parse(call.word(3)).ok_or("ERR invalid end range format")?;
    if matches!(start, Bound::Highest) || matches!(end, Bound::Lowest) {
        return Err("ERR '-' can only be used as first argument, '+' only as second".into());
    }
    let key = call.word(1);
    let Some(set) = call.read::<VectorSet>(key)? else { return Ok(Reply::Array(Vec::new())) };
    let after = |name: &[u8]| match start {
        Bound::Inclusive(bound) => name >= bound,
        Bound::Exclusive(bound) => name > bound,
        _ => true,
    };
    let before = |name: &[u8]| match end {
        Bound::Inclusive(bound) => name <= bound,
        Bound::Exclusive(bound) => name < bound,
        _ => true,
    };
    let names = set.iter().inspect(|_| meter::tick(1)).map(|(name, _)| name);
    let mut names: Vec<&Bytes> = meter::collect(names.filter(|name| after(name) && before(name)));
    names.sort_unstable();
    let names = names.into_iter().take(usize::try_from(count).unwrap_or(usize::MAX));
    Ok(Reply::Array(meter::collect(names.map(Reply::bulk))))
}

/// VRANDMEMBER key [count]
pub(crate) fn vrandmember(call: &mut Call<'_>) -> Answer {
    if call.count() > 3 {
        return Err(super::wrong_count("VRANDMEMBER"));
    }
    let key = call.word(1);
    let count = match call.count() {
        2 => None,
        _ => Some(parse_int(call.word(2)).ok_or("ERR COUNT value is not an integer")?),
    };
    // Without a look at the key.
    if count == Some(0) {
        return Ok(Reply::Array(Vec::new()));
    }
    let len = call.read::<VectorSet>(key)?.map_or(0, VectorSet::len);
    let places = random_places(call, len, count.unwrap_or(1));
    let set = call.read::<VectorSet>(key)?;
    let mut names = places.into_iter().filter_map(|at| set?.get_index(at)).map(|(name, _)| Reply::bulk(name));
    Ok(match count {
        None => names.next().unwrap_or(Reply::Nil),
        Some(_) => Reply::Array(meter::collect(names)),
    })
}
