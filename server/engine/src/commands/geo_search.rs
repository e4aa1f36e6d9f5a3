//! Places: which of them are near.

use protocol::{Reply, number::to_usize};

use super::geo::{distance_reply, place_of, place_reply, rules, unit};
use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, SYNTAX},
    value::{
        Bytes, Value, Zset,
        geo::{self, Place, Search, Shape},
    },
};

/// The command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `GEORADIUS`: the place is given.
    Radius,
    /// `GEORADIUSBYMEMBER`
    ByMember,
    /// `GEOSEARCH`
    Search,
    /// `GEOSEARCHSTORE`
    Store,
}

#[derive(Default)]
struct Options<'a> {
    center: Option<Place>,
    from_member: bool,
    from_place: bool,
    shape: Option<Shape>,
    by_box: bool,
    by_radius: bool,
    /// Metres of the unit.
    metres: f64,
    with_distance: bool,
    with_hash: bool,
    with_place: bool,
    any: bool,
    descending: Option<bool>,
    count: usize,
    store: Option<&'a [u8]>,
    store_distance: bool,
}

fn positive(call: &Call<'_>, at: usize, what: &'static str) -> Result<f64, Error> {
    call.number(call.word(at)).ok_or_else(|| what.into())
}

/// A radius and its unit, which are two words.
fn circle(call: &Call<'_>, at: usize, it: &mut Options<'_>) -> Result<(), Error> {
    let radius = positive(call, at, "ERR need numeric radius")?;
    if radius < 0.0 {
        return Err("ERR radius cannot be negative".into());
    }
    it.metres = unit(call, at + 1)?;
    it.shape = Some(Shape::Circle(radius * it.metres));
    Ok(())
}

/// A width, a height and their unit, which are three words.
fn rectangle(call: &Call<'_>, at: usize, it: &mut Options<'_>) -> Result<(), Error> {
    let width = positive(call, at, "ERR need numeric width")?;
    let height = positive(call, at + 1, "ERR need numeric height")?;
    if height < 0.0 || width < 0.0 {
        return Err("ERR height or width cannot be negative".into());
    }
    it.metres = unit(call, at + 2)?;
    it.shape = Some(Shape::Box(width * it.metres, height * it.metres));
    Ok(())
}

fn member_place(call: &mut Call<'_>, key: &[u8], member: &[u8]) -> Result<Option<Place>, Error> {
    let Some(zset) = call.read::<Zset>(key)? else { return Ok(None) };
    let score = zset.score(member);
    match score {
        Some(score) => Ok(Some(geo::place(score))),
        None if call.valkey(9, 0) => Err(Error::quoting(&[b"ERR member ", member, b" does not exist"])),
        None => Err("ERR could not decode requested zset member".into()),
    }
}

fn options<'a>(call: &mut Call<'a>, form: Form, key: &[u8], stores: bool) -> Result<Options<'a>, Error> {
    let searching = matches!(form, Form::Search | Form::Store);
    let mut it = Options { metres: 1.0, ..Options::default() };
    let mut at = match form {
        Form::Radius => {
            it.center = Some(place_of(call, 2)?);
            circle(call, 4, &mut it)?;
            6
        }
        Form::ByMember => {
            it.center = member_place(call, key, call.word(2))?;
            if it.center.is_some() {
                circle(call, 3, &mut it)?;
            }
            5
        }
        Form::Search => 2,
        Form::Store => {
            it.store = Some(call.word(1));
            3
        }
    };
    let mut by_polygon = false;
    while at < call.count() {
        let more = call.count() - at - 1;
        match call.word(at).to_ascii_uppercase().as_slice() {
            b"WITHDIST" => it.with_distance = true,
            b"WITHHASH" => it.with_hash = true,
            b"WITHCOORD" => it.with_place = true,
            b"ANY" => it.any = true,
            b"ASC" => it.descending = Some(false),
            b"DESC" => it.descending = Some(true),
            b"COUNT" if more > 0 => {
                at += 1;
                let count = call.int(at)?;
                it.count = Some(count).filter(|count| *count > 0).map(to_usize).ok_or("ERR COUNT must be > 0")?;
            }
            word @ (b"STORE" | b"STOREDIST") if more > 0 && stores && !searching => {
                it.store_distance = word == b"STOREDIST";
                at += 1;
                it.store = Some(call.word(at));
            }
            b"STOREDIST" if form == Form::Store => it.store_distance = true,
            b"FROMMEMBER" if more > 0 && searching && !it.from_place && !by_polygon => {
                at += 1;
                if let Some(place) = member_place(call, key, call.word(at))? {
                    it.center = Some(place);
                }
                it.from_member = true;
            }
            b"FROMLONLAT" if more > 1 && searching && !it.from_member && !by_polygon => {
                it.center = Some(place_of(call, at + 1)?);
                it.from_place = true;
                at += 2;
            }
            b"BYRADIUS" if more > 1 && searching && !it.by_box && !by_polygon => {
                circle(call, at + 1, &mut it)?;
                it.by_radius = true;
                at += 2;
            }
            b"BYBOX" if more > 2 && searching && !it.by_radius && !by_polygon => {
                rectangle(call, at + 1, &mut it)?;
                it.by_box = true;
                at += 3;
            }
            b"BYPOLYGON"
                if more > 0
                    && searching
                    && !it.by_radius
                    && !it.by_box
                    && !it.from_place
                    && !it.from_member
                    && call.valkey(9, 0) =>
            {
                at += polygon(call, at + 1, &mut it)?;
                by_polygon = true;
            }
            _ => return Err(SYNTAX.into()),
        }
        at += 1;
    }
    check(call, &it, form, by_polygon)?;
    Ok(it)
}

/// Reads a count of corners and the corners. Returns the number of words.
fn polygon(call: &Call<'_>, at: usize, it: &mut Options<'_>) -> Result<usize, Error> {
    let count =
        call.int(at).ok().filter(|count| i32::try_from(*count).is_ok()).ok_or("ERR invalid number of vertices")?;
    // The same is said where there are fewer corners than were announced.
    let there = (call.count() - at - 1) / 2;
    let count = usize::try_from(count)
        .ok()
        .filter(|count| (3..=there).contains(count))
        .ok_or("ERR GEOSEARCH BYPOLYGON must have at least 3 vertices")?;
    let corners = (0..count).map(|nth| place_of(call, at + 1 + 2 * nth)).collect::<Result<_, _>>()?;
    it.shape = Some(Shape::Polygon(corners));
    Ok(1 + 2 * count)
}

/// Rejects options that exclude each other.
fn check(call: &Call<'_>, it: &Options<'_>, form: Form, by_polygon: bool) -> Result<(), Error> {
    if it.store.is_some() && (it.with_distance || it.with_hash || it.with_place) {
        if !call.since(7, 0) {
            return Err(
                "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORDS options".into(),
            );
        }
        let who = if form == Form::Store { "GEOSEARCHSTORE" } else { "STORE option in GEORADIUS" };
        return Err(format!("ERR {who} is not compatible with WITHDIST, WITHHASH and WITHCOORD options").into());
    }
    let searching = matches!(form, Form::Search | Form::Store);
    if searching && !(it.from_member || it.from_place || by_polygon) {
        let text = b"ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ";
        return Err(Error::quoting(&[text, call.word(0)]));
    }
    if searching && it.shape.is_none() {
        let text: &[u8] = match call.valkey(9, 0) {
            true => b"ERR exactly one of BYRADIUS, BYBOX and BYPOLYGON can be specified for ",
            false => b"ERR exactly one of BYRADIUS and BYBOX can be specified for ",
        };
        return Err(Error::quoting(&[text, call.word(0)]));
    }
    if it.any && it.count == 0 {
        return Err("ERR the ANY argument requires COUNT argument".into());
    }
    Ok(())
}

/// A place that was found.
struct Found {
    member: Bytes,
    score: f64,
    place: Place,
    distance: f64,
}

fn search(zset: &Zset, search: &Search, limit: usize) -> Vec<Found> {
    let mut found = Vec::new();
    for cell in search.cells() {
        let (min, max) = cell.scores();
        let start = zset.count_before(|score, _| score < min);
        for (member, score) in zset.range(start..zset.len()).take_while(|(_, score)| *score < max) {
            let place = geo::place(score);
            if let Some(distance) = search.finds(place) {
                found.push(Found { member: member.clone(), score, place, distance });
                if found.len() == limit {
                    return found;
                }
            }
        }
    }
    found
}

fn run(call: &mut Call<'_>, form: Form, stores: bool) -> Answer {
    let key = call.word(if form == Form::Store { 2 } else { 1 });
    call.reads = true;
    call.read::<Zset>(key)?;
    let it = options(call, form, key, stores)?;
    let rules = rules(call);
    let Some(zset) = call.read::<Zset>(key)? else {
        return Ok(match it.store {
            Some(to) => {
                call.delete_notifying(to);
                Reply::Int(0)
            }
            None => Reply::Array(Vec::new()),
        });
    };
    let Some(shape) = it.shape else { return Err(SYNTAX.into()) };
    let mut around = Search { center: it.center.unwrap_or_default(), shape, rules };
    around.find_center();
    let limit = if it.any { it.count } else { usize::MAX };
    let mut found = search(zset, &around, limit);
    // Without an order a count would be of no use: the nearest come first.
    let order = it.descending.or((it.count > 0 && !it.any).then_some(false));
    match order {
        Some(false) => found.sort_by(|a, b| a.distance.total_cmp(&b.distance)),
        Some(true) => found.sort_by(|a, b| b.distance.total_cmp(&a.distance)),
        None => {}
    }
    if it.count > 0 {
        found.truncate(it.count);
    }
    if let Some(to) = it.store {
        let mut zset = Zset::default();
        for one in &found {
            let score = if it.store_distance { one.distance / it.metres } else { one.score };
            zset.insert(&one.member, score, &call.engine.config);
        }
        let event = if form == Form::Store { "geosearchstore" } else { "georadiusstore" };
        call.store(to, Value::Zset(zset), Class::Zset, event);
        call.engine.dirty += (found.len() as u64).saturating_sub(1);
        return Ok(Reply::Int(found.len() as i64));
    }
    let replies = found.into_iter().map(|one| {
        let mut parts = vec![Reply::bulk(&one.member)];
        if it.with_distance {
            parts.push(distance_reply(one.distance / it.metres));
        }
        if it.with_hash {
            parts.push(Reply::Int(one.score as i64));
        }
        if it.with_place {
            parts.push(place_reply(call, one.place));
        }
        if parts.len() > 1 { Reply::Array(parts) } else { Reply::bulk(&one.member) }
    });
    Ok(Reply::array(replies))
}

pub(crate) fn georadius(call: &mut Call<'_>) -> Answer {
    run(call, Form::Radius, true)
}

pub(crate) fn georadius_ro(call: &mut Call<'_>) -> Answer {
    run(call, Form::Radius, false)
}

pub(crate) fn georadiusbymember(call: &mut Call<'_>) -> Answer {
    run(call, Form::ByMember, true)
}

pub(crate) fn georadiusbymember_ro(call: &mut Call<'_>) -> Answer {
    run(call, Form::ByMember, false)
}

pub(crate) fn geosearch(call: &mut Call<'_>) -> Answer {
    run(call, Form::Search, false)
}

pub(crate) fn geosearchstore(call: &mut Call<'_>) -> Answer {
    run(call, Form::Store, true)
}
