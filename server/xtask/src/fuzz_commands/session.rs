//! A connection to a server and an engine, which run the same calls.

use anyhow::Result;
use commands::Target;
use protocol::{Reply, resp};
use script::Server as Embedded;

use super::{
    agree::{self, How},
    generate::KEYS,
};
use crate::{
    resp::Client,
    servers::{self, Server},
};

/// A difference between the server and the engine.
pub(super) struct Difference {
    /// Index of the call; behind the last for a call that compared what was left.
    pub(super) nth: usize,
    pub(super) call: Vec<Vec<u8>>,
    pub(super) theirs: Reply,
    pub(super) ours: Reply,
}

impl Difference {
    /// Signature of the difference: mostly the same for differences of one cause.
    pub(super) fn signature(&self) -> String {
        let short = |reply: &Reply| match reply {
            Reply::Error(text) => String::from_utf8_lossy(&text[..text.len().min(60)]).into_owned(),
            Reply::Status(text) => String::from_utf8_lossy(text).into_owned(),
            Reply::Bulk(text) if text.len() < 12 => String::from_utf8_lossy(text).into_owned(),
            Reply::Nil | Reply::NilArray => "nil".to_owned(),
            Reply::Int(_) => "int".to_owned(),
            Reply::Bulk(_) => "bulk".to_owned(),
            _ => "several".to_owned(),
        };
        let name = String::from_utf8_lossy(self.call.first().map_or(&[][..], Vec::as_slice)).to_ascii_uppercase();
        format!("{name}: {} | {}", short(&self.theirs), short(&self.ours))
    }
}

/// A connection and its protocol.
pub(super) struct Session {
    client: Client,
    pub(super) target: Target,
    pub(super) resp3: bool,
}

fn words(call: &[&[u8]]) -> Vec<Vec<u8>> {
    call.iter().map(|word| word.to_vec()).collect()
}

impl Session {
    pub(super) fn new(server: &Server, resp3: bool) -> Result<Self> {
        let mut client = Client::connect(server.socket())?;
        let target = servers::target_of(&mut client)?;
        client.raw(&words(&[b"HELLO", if resp3 { b"3" } else { b"2" }]))?;
        Ok(Self { client, target, resp3 })
    }

    /// Runs the calls on both, on empty keyspaces. Returns the first difference in replies or in the final keyspaces.
    pub(super) fn run(&mut self, calls: &[Vec<Vec<u8>>]) -> Result<Option<Difference>> {
        // Before 7.0 the second is an error.
        let mut all = vec![words(&[b"FLUSHALL"]), words(&[b"FUNCTION", b"FLUSH", b"SYNC"])];
        let before = all.len();
        all.extend_from_slice(calls);
        all.extend(KEYS.iter().map(|key| words(&[b"TYPE", key])));
        let mut theirs = self.client.pipeline_raw(&all)?;
        let types = theirs.split_off(calls.len() + before);
        let mut last = Vec::new();
        for (key, kind) in KEYS.iter().zip(&types) {
            last.extend(self.look_at(key, kind));
        }
        theirs.extend(self.client.pipeline_raw(&last)?);
        let mut engine = Embedded::new(self.target);
        let mut db = 0;
        for (nth, (call, theirs)) in calls.iter().chain(&last).zip(&theirs[before..]).enumerate() {
            // What was stored from a hash table has its order.
            let tables = calls.iter().any(|call| call[0].to_ascii_uppercase().ends_with(b"STORE"))
                || agree::how(call, true, self.resp3) != How::Exact
                    && call.iter().skip(1).take(12).any(|word| self.is_table(&mut engine, word));
            let ours = engine.call(call, &mut db, self.resp3);
            let mut encoded = Vec::new();
            resp::encode(&ours, self.resp3, &mut encoded);
            if encoded == *theirs {
                continue;
            }
            let decode = |bytes: &[u8]| resp::decode(bytes).ok().flatten().map_or(Reply::Nil, |(reply, _)| reply);
            let (theirs, ours) = (decode(theirs), decode(&encoded));
            let how = agree::how(call, tables, self.resp3);
            if how == How::Exact || !agree::agree(&theirs, &ours, how) {
                return Ok(Some(Difference { nth, call: call.clone(), theirs, ours }));
            }
        }
        Ok(None)
    }

    fn is_table(&self, engine: &mut Embedded, key: &[u8]) -> bool {
        KEYS.contains(&key) && {
            let reply = engine.call(&words(&[b"OBJECT", b"ENCODING", key]), &mut 0, self.resp3);
            matches!(reply, Reply::Bulk(text) if text == b"hashtable" || text == b"skiplist")
        }
    }

    /// The calls that show all of a key.
    fn look_at(&self, key: &[u8], kind: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut all = vec![words(&[b"TYPE", key])];
        if kind.starts_with(b"+none") {
            return all;
        }
        all.push(words(&[b"OBJECT", b"ENCODING", key]));
        all.push(words(&[b"PTTL", key]));
        all.extend(match kind {
            b"+string\r\n" => vec![words(&[b"GET", key])],
            b"+list\r\n" => vec![words(&[b"LRANGE", key, b"0", b"-1"])],
            b"+set\r\n" => vec![words(&[b"SMEMBERS", key])],
            b"+zset\r\n" => vec![words(&[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"])],
            b"+hash\r\n" => vec![words(&[b"HGETALL", key])],
            b"+stream\r\n" => vec![words(&[b"XRANGE", key, b"-", b"+"]), words(&[b"XINFO", b"STREAM", key, b"FULL"])],
            _ => vec![],
        });
        all
    }
}
