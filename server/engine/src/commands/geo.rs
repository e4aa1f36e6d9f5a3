//! Places: adding them, and what is asked about single ones.

use protocol::Reply;
use rustc_hash::FxHashSet;

use super::zset;
use crate::{
    call::{Answer, Call},
    error::{Error, NOT_FLOAT, SYNTAX},
    value::{
        Zset,
        geo::{self, LATITUDE, LONGITUDE, Place, Rules},
    },
};

/// Measuring rules of the server's version.
pub(super) fn rules(call: &Call<'_>) -> Rules {
    Rules { meridians: call.since(7, 2), bent: call.since(7, 0) }
}

/// Two words that are a longitude and a latitude.
pub(super) fn place_of(call: &Call<'_>, at: usize) -> Result<Place, Error> {
    let number = |at| call.number(call.word(at)).ok_or(Error::from(NOT_FLOAT));
    let (longitude, latitude) = (number(at)?, number(at + 1)?);
    if longitude.abs() > LONGITUDE || latitude.abs() > LATITUDE {
        return Err(
            format!("ERR invalid longitude,latitude pair {},{}", fixed(longitude, 6), fixed(latitude, 6)).into()
        );
    }
    Ok((longitude, latitude))
}

fn fixed(value: f64, digits: usize) -> String {
    match value.is_finite() {
        true => format!("{value:.digits$}"),
        false if value > 0.0 => "inf".to_owned(),
        false => "-inf".to_owned(),
    }
}

/// Number of metres a unit has.
pub(super) fn unit(call: &Call<'_>, at: usize) -> Result<f64, Error> {
    let lower = call.word(at).to_ascii_lowercase();
    if !call.since(7, 0) && lower != call.word(at) {
        return Err("ERR unsupported unit provided. please use m, km, ft, mi".into());
    }
    match lower.as_slice() {
        b"m" => Ok(1.0),
        b"km" => Ok(1000.0),
        b"ft" => Ok(0.3048),
        b"mi" => Ok(1609.34),
        _ if !call.since(7, 0) => Err("ERR unsupported unit provided. please use m, km, ft, mi".into()),
        _ => Err("ERR unsupported unit provided. please use M, KM, FT, MI".into()),
    }
}

/// A distance, with four decimals.
pub(super) fn distance_reply(distance: f64) -> Reply {
    Reply::bulk(fixed(distance, 4))
}

/// A place with all digits that its coordinates have, up to 17 decimals; in Redis 8 with as few as will do.
pub(super) fn place_reply(call: &Call<'_>, (longitude, latitude): Place) -> Reply {
    let number = |value: f64| {
        if call.redis(8, 0) {
            return call.score(value);
        }
        let text = format!("{value:.17}");
        Reply::Double(text.trim_end_matches('0').trim_end_matches('.').to_owned())
    };
    Reply::Array(vec![number(longitude), number(latitude)])
}

pub(crate) fn geoadd(call: &mut Call<'_>) -> Answer {
    let options = call
        .rest(2)
        .iter()
        .take_while(|word| [&b"NX"[..], b"XX", b"CH"].iter().any(|option| word.eq_ignore_ascii_case(option)));
    let at = 2 + options.count();
    let is = |option: &[u8]| call.words[2..at].iter().any(|word| word.eq_ignore_ascii_case(option));
    if !(call.count() - at).is_multiple_of(3) || (is(b"NX") && is(b"XX")) {
        return Err(SYNTAX.into());
    }
    let mut words = call.words[..at].to_vec();
    for start in (at..call.count()).step_by(3) {
        words.push(geo::score(place_of(call, start)?).to_string().into_bytes());
        words.push(call.word(start + 2).to_vec());
    }
    zset::zadd(&mut Call {
        engine: call.engine,
        spec: call.spec,
        words: &words,
        db: call.db,
        resp3: call.resp3,
        in_script: call.in_script,
        reads: call.reads,
        looked_up: None,
        used: FxHashSet::default(),
    })
}

/// The places of the words from a place on; none where there is no such member.
fn places(call: &mut Call<'_>, members: &[Vec<u8>]) -> Result<Vec<Option<Place>>, Error> {
    let zset = call.read::<Zset>(call.word(1))?;
    Ok(meter::collect(members.iter().map(|member| zset.and_then(|zset| zset.score(member)).map(geo::place))))
}

pub(crate) fn geopos(call: &mut Call<'_>) -> Answer {
    let places = places(call, call.rest(2))?;
    Ok(Reply::array(places.into_iter().map(|place| place.map_or(Reply::NilArray, |place| place_reply(call, place)))))
}

pub(crate) fn geohash(call: &mut Call<'_>) -> Answer {
    let places = places(call, call.rest(2))?;
    let name = |place: Option<Place>| place.map_or(Reply::Nil, |place| Reply::bulk(geo::name(place)));
    Ok(Reply::array(places.into_iter().map(name)))
}

pub(crate) fn geodist(call: &mut Call<'_>) -> Answer {
    let metres = match call.count() {
        4 => 1.0,
        5 => unit(call, 4)?,
        _ => return call.syntax(),
    };
    let places = places(call, &call.words[2..4])?;
    let [Some(a), Some(b)] = places[..] else { return Ok(Reply::Nil) };
    Ok(distance_reply(geo::distance(a, b, rules(call).meridians) / metres))
}
