//! Which clients `CLIENT LIST` and `CLIENT KILL` mean.

use protocol::number::parse_int;

use super::Client;
use crate::hub::Hub;

/// What a client must be to be meant; what is not given does not matter.
#[derive(Default, Debug)]
pub(super) struct Filter {
    ids: Vec<u64>,
    kind: Option<&'static str>,
    addr: Option<Vec<u8>>,
    laddr: Option<Vec<u8>>,
    max_age: Option<u64>,
    name: Option<Vec<u8>>,
    db: Option<usize>,
    /// Whether the caller itself is left out.
    pub(super) skip_me: Option<bool>,
}

/// The kinds of client. There is never a master or a replica here, but one may ask for them.
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

impl Filter {
    /// Only clients with these ids.
    pub(super) fn of_ids(ids: Vec<u64>) -> Self {
        Self { ids, ..Self::default() }
    }

    /// Only clients of this kind.
    pub(super) fn of_kind(kind: &'static str) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }

    /// Only clients from an address.
    pub(super) fn of_addr(addr: &[u8]) -> Self {
        Self { addr: Some(addr.to_vec()), ..Self::default() }
    }

    /// Reads pairs of an option and its value.
    pub(super) fn read(hub: &Hub, words: &[Vec<u8>]) -> Result<Self, Vec<u8>> {
        let syntax = || b"ERR syntax error".to_vec();
        let mut it = Self::default();
        let mut rest = words;
        while let [option, value, after @ ..] = rest {
            rest = after;
            match option.to_ascii_uppercase().as_slice() {
                b"ID" => match parse_int(value) {
                    Some(id) if id > 0 => it.ids.push(id as u64),
                    _ if hub.valkey(8, 1) => return Err(syntax()),
                    None if !hub.since(7, 0) => return Err(b"ERR value is not an integer or out of range".to_vec()),
                    Some(_) if !hub.since(7, 0) => it.ids.push(u64::MAX),
                    _ => return Err(b"ERR client-id should be greater than 0".to_vec()),
                },
                b"TYPE" => it.kind = Some(kind(hub, value)?),
                b"ADDR" => it.addr = Some(value.clone()),
                b"LADDR" => it.laddr = Some(value.clone()),
                b"USER" if value == b"default" => {}
                b"USER" => {
                    let mut text = b"ERR No such user '".to_vec();
                    text.extend_from_slice(value);
                    text.push(b'\'');
                    return Err(text);
                }
                b"SKIPME" if value.eq_ignore_ascii_case(b"yes") => it.skip_me = Some(true),
                b"SKIPME" if value.eq_ignore_ascii_case(b"no") => it.skip_me = Some(false),
                b"MAXAGE" if hub.redis(7, 4) || hub.valkey(8, 0) => match parse_int(value) {
                    None => return Err(b"ERR maxage is not an integer or out of range".to_vec()),
                    Some(age) if age <= 0 => return Err(b"ERR maxage should be greater than 0".to_vec()),
                    Some(age) => it.max_age = Some(age as u64),
                },
                b"NAME" if hub.valkey(9, 0) => it.name = Some(value.clone()),
                b"DB" if hub.valkey(9, 0) => {
                    it.db = Some(parse_int(value).and_then(|db| usize::try_from(db).ok()).ok_or_else(syntax)?);
                }
                _ => return Err(syntax()),
            }
        }
        if rest.is_empty() { Ok(it) } else { Err(syntax()) }
    }

    /// Whether a client is meant.
    pub(super) fn takes(&self, client: &Client) -> bool {
        (self.ids.is_empty() || self.ids.contains(&client.link.id))
            && self.kind.is_none_or(|kind| kind == client.kind())
            && self.addr.as_ref().is_none_or(|addr| *addr == client.peer.to_string().into_bytes())
            && self.laddr.as_ref().is_none_or(|addr| *addr == client.local.to_string().into_bytes())
            && self.max_age.is_none_or(|age| client.since.elapsed().as_secs() >= age)
            && self.name.as_ref().is_none_or(|name| *name == client.name)
            && self.db.is_none_or(|db| db == client.db)
    }
}
