//! Filters of `CLIENT LIST` and `CLIENT KILL`.

use engine::keyspace::DATABASES;
use protocol::number::parse_int;

use crate::state::{Client, Hub};

/// Condition on a client.
#[derive(Debug)]
enum Condition {
    Ids(Vec<u64>),
    Kind(&'static str),
    Addr(Vec<u8>),
    Laddr(Vec<u8>),
    Ip(Vec<u8>),
    /// Seconds since it has connected.
    MaxAge(u64),
    /// Seconds since its last command.
    Idle(u64),
    Name(Vec<u8>),
    User(Vec<u8>),
    Db(usize),
    Flags(Vec<u8>),
    LibName(Vec<u8>),
    LibVer(Vec<u8>),
    Redirects(bool),
}

/// Conditions, all of which a client must meet.
#[derive(Default, Debug)]
pub(super) struct Filter {
    /// The conditions; true for those that must not be met.
    conditions: Vec<(bool, Condition)>,
    /// True if the caller itself is left out; `None` if the words do not say.
    pub(super) skip_me: Option<bool>,
}

/// Parses a kind of client. There is never a master or a replica here, but one may ask for them.
pub(super) fn kind(hub: &Hub, word: &[u8]) -> Result<&'static str, Vec<u8>> {
    let lower = word.to_ascii_lowercase();
    Ok(match lower.as_slice() {
        b"normal" => "normal",
        b"pubsub" => "pubsub",
        b"slave" | b"replica" => "replica",
        b"master" => "master",
        b"primary" if hub.valkey(8, 0) => "master",
        _ => {
            let mut text = b"ERR Unknown client type '".to_vec();
            text.extend_from_slice(word);
            text.push(b'\'');
            return Err(text);
        }
    })
}

/// The letters that `FLAGS` takes (Valkey 9.0).
const FLAGS: &[u8] = b"AbBcdeiIMNOPrRStTuUx";

/// A number of `MAXAGE` or `IDLE`.
fn seconds(value: &[u8], name: &str) -> Result<u64, Vec<u8>> {
    match parse_int(value) {
        None => Err(format!("ERR {name} is not an integer or out of range").into_bytes()),
        Some(seconds) if seconds <= 0 => Err(format!("ERR {name} should be greater than 0").into_bytes()),
        Some(seconds) => Ok(seconds as u64),
    }
}

fn database(value: &[u8]) -> Result<usize, Vec<u8>> {
    let db = parse_int(value).ok_or(b"ERR DB is not an integer or out of range")?;
    match usize::try_from(db).ok().filter(|db| *db < DATABASES) {
        Some(db) => Ok(db),
        None => Err(format!("ERR DB number should be between 0 and {}", DATABASES - 1).into_bytes()),
    }
}

fn unknown(what: &str, value: &[u8]) -> Vec<u8> {
    [b"ERR Unknown ", what.as_bytes(), b" found in the provided filter: ", value].concat()
}

impl Filter {
    fn of(condition: Condition) -> Self {
        Self { conditions: vec![(false, condition)], skip_me: None }
    }

    /// Only clients with these ids.
    pub(super) fn of_ids(ids: Vec<u64>) -> Self {
        Self::of(Condition::Ids(ids))
    }

    /// Only clients of this kind.
    pub(super) fn of_kind(kind: &'static str) -> Self {
        Self::of(Condition::Kind(kind))
    }

    /// Only clients from an address.
    pub(super) fn of_addr(addr: &[u8]) -> Self {
        Self::of(Condition::Addr(addr.to_vec()))
    }

    /// Reads options with their values.
    pub(super) fn read(hub: &Hub, words: &[Vec<u8>]) -> Result<Self, Vec<u8>> {
        let syntax = || b"ERR syntax error".to_vec();
        let mut it = Self::default();
        let mut rest = words;
        while let [option, value, after @ ..] = rest {
            rest = after;
            let upper = option.to_ascii_uppercase();
            if upper == b"SKIPME" {
                it.skip_me = Some(match value.to_ascii_lowercase().as_slice() {
                    b"yes" => true,
                    b"no" => false,
                    _ => return Err(syntax()),
                });
                continue;
            }
            let (negated, name) = match upper.strip_prefix(b"NOT-") {
                Some(name) if hub.valkey(9, 0) => (true, name.to_vec()),
                _ => (false, upper),
            };
            if name == b"ID" {
                let (ids, used) = ids(hub, value, rest)?;
                rest = &rest[used..];
                // Before 7.0 zero stood for no id at all.
                if !ids.is_empty() {
                    it.add(negated, Condition::Ids(ids));
                }
                continue;
            }
            let condition = Self::condition(hub, &name, value, negated)?.ok_or_else(syntax)?;
            it.add(negated, condition);
        }
        if rest.is_empty() { Ok(it) } else { Err(syntax()) }
    }

    /// Returns the condition of an option, or `None` if the server has no such option.
    fn condition(hub: &Hub, name: &[u8], value: &[u8], negated: bool) -> Result<Option<Condition>, Vec<u8>> {
        let newest = hub.valkey(9, 0);
        Ok(Some(match name {
            b"TYPE" => Condition::Kind(kind(hub, value)?),
            b"ADDR" => Condition::Addr(value.to_vec()),
            b"LADDR" => Condition::Laddr(value.to_vec()),
            b"USER" if hub.users.get(value).is_some() => Condition::User(value.to_vec()),
            b"USER" => return Err([b"ERR No such user '", value, b"'"].concat()),
            b"MAXAGE" if !negated && (hub.redis(7, 4) || hub.valkey(8, 0)) => {
                Condition::MaxAge(seconds(value, "maxage")?)
            }
            b"IDLE" if !negated && newest => Condition::Idle(seconds(value, "idle")?),
            b"NAME" if newest => Condition::Name(value.to_vec()),
            b"DB" if newest => Condition::Db(database(value)?),
            b"IP" if newest => Condition::Ip(value.to_vec()),
            b"LIB-NAME" if newest => Condition::LibName(value.to_vec()),
            b"LIB-VER" if newest => Condition::LibVer(value.to_vec()),
            b"FLAGS" if newest => match value.iter().all(|letter| FLAGS.contains(letter)) {
                true => Condition::Flags(value.to_vec()),
                false => return Err(unknown("flags", value)),
            },
            b"CAPA" if newest => match value.iter().all(|letter| *letter == b'r') {
                true => Condition::Redirects(!value.is_empty()),
                false => return Err(unknown("capa", value)),
            },
            _ => return Ok(None),
        }))
    }

    /// Adds a condition in the place of an earlier one of its kind.
    fn add(&mut self, negated: bool, condition: Condition) {
        let same = |known: &(bool, Condition)| {
            known.0 == negated && std::mem::discriminant(&known.1) == std::mem::discriminant(&condition)
        };
        match (self.conditions.iter_mut().find(|known| same(known)), condition) {
            (Some((_, Condition::Ids(ids))), Condition::Ids(more)) => ids.extend(more),
            (Some(known), condition) => known.1 = condition,
            (None, condition) => self.conditions.push((negated, condition)),
        }
    }

    /// Returns true if a client meets all conditions.
    pub(super) fn takes(&self, client: &Client) -> bool {
        self.conditions.iter().all(|(negated, condition)| condition.fits(client) != *negated)
    }
}

/// Returns the ids after `ID`, and how many further words they take: since Valkey 8.1 there may be several.
fn ids(hub: &Hub, first: &[u8], rest: &[Vec<u8>]) -> Result<(Vec<u64>, usize), Vec<u8>> {
    let too_low = || b"ERR client-id should be greater than 0".to_vec();
    match parse_int(first) {
        Some(id) if id > 0 => {
            let mut ids = vec![id as u64];
            if hub.valkey(8, 1) {
                for id in rest.iter().map_while(|word| parse_int(word)) {
                    ids.push(u64::try_from(id).ok().filter(|id| *id > 0).ok_or_else(too_low)?);
                }
            }
            let used = ids.len() - 1;
            Ok((ids, used))
        }
        Some(_) if hub.valkey(8, 1) => Err(too_low()),
        None if hub.valkey(8, 1) => Err(b"ERR syntax error".to_vec()),
        None if !hub.since(7, 0) => Err(b"ERR value is not an integer or out of range".to_vec()),
        Some(0) if !hub.since(7, 0) => Ok((Vec::new(), 0)),
        Some(_) if !hub.since(7, 0) => Ok((vec![u64::MAX], 0)),
        _ => Err(too_low()),
    }
}

impl Condition {
    fn fits(&self, client: &Client) -> bool {
        let is = |text: String, wanted: &[u8]| text.as_bytes() == wanted;
        match self {
            Self::Ids(ids) => ids.contains(&client.link.id),
            Self::Kind(kind) => *kind == client.kind(),
            Self::Addr(addr) => is(client.peer.to_string(), addr),
            Self::Laddr(addr) => is(client.local.to_string(), addr),
            Self::Ip(ip) => is(client.peer.ip().to_string(), ip),
            Self::MaxAge(age) => client.since.elapsed().as_secs() >= *age,
            Self::Idle(idle) => client.last.elapsed().as_secs() >= *idle,
            Self::Name(name) => *name == client.name,
            Self::User(user) => *user == client.user,
            Self::Db(db) => *db == client.db,
            Self::Flags(letters) => {
                let flags = super::info::flags(client);
                letters.iter().all(|letter| flags.as_bytes().contains(letter))
            }
            Self::LibName(name) => *name == client.lib_name,
            Self::LibVer(version) => *version == client.lib_ver,
            Self::Redirects(redirects) => client.capa || !redirects,
        }
    }
}
