//! The keys of a server, read by SCAN: bounded by a number and a time, and never all at once.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use protocol::Reply;

use crate::{Error, Session, Stop, functions::bytes};

/// Keys that one SCAN looks at.
const COUNT: &str = "250";

/// A key of a server, without its value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key {
    /// Its name.
    pub name: Vec<u8>,
    /// Its type, as TYPE tells: `string`, `hash`.
    pub kind: String,
    /// Time until it expires; none if it does not.
    pub ttl: Option<Duration>,
}

/// Keys of a server.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Keys {
    /// Keys that were found, sorted.
    pub keys: Vec<Key>,
    /// Number of all keys of the database, of all masters of a cluster, by DBSIZE.
    pub total: u64,
    /// True if not all were looked at: there are more than asked for, or the time was over.
    pub partial: bool,
}

impl Session {
    /// Reads at most `most` keys within a time, by SCAN, TYPE and PTTL, which write nothing: of a cluster, from one master after
    /// the other. SCAN blocks the server no longer than a look at some hundred keys.
    ///
    /// # Errors
    /// The user may not call these, or a connection breaks.
    pub fn keys(&mut self, pattern: Option<&str>, most: usize, time: Duration, stop: &Stop) -> Result<Keys, Error> {
        let deadline = Instant::now() + time;
        let mut found = Keys::default();
        for place in self.masters() {
            let connection = self.connection(&place)?;
            match connection.call(&["DBSIZE"])? {
                Reply::Int(count) => found.total += u64::try_from(count).unwrap_or(0),
                Reply::Error(text) => return Err(connection.refused(&text, "DBSIZE")),
                _ => {}
            }
            let mut names = Vec::new();
            // While the server moves keys between tables, SCAN may tell one twice.
            let mut seen = HashSet::new();
            let mut cursor = b"0".to_vec();
            loop {
                let mut words: Vec<&[u8]> = vec![b"SCAN", &cursor, b"COUNT", COUNT.as_bytes()];
                if let Some(pattern) = pattern {
                    words.extend([&b"MATCH"[..], pattern.as_bytes()]);
                }
                let (next, page) = match connection.call(&words)? {
                    Reply::Error(text) => return Err(connection.refused(&text, "SCAN")),
                    Reply::Array(parts) => match &parts[..] {
                        [next, Reply::Array(page)] => (bytes(Some(next)).to_vec(), page.clone()),
                        _ => (b"0".to_vec(), Vec::new()),
                    },
                    _ => (b"0".to_vec(), Vec::new()),
                };
                for key in &page {
                    let name = bytes(Some(key)).to_vec();
                    if seen.insert(name.clone()) {
                        names.push(name);
                    }
                }
                cursor = next;
                let is_full = found.keys.len() + names.len() >= most;
                let is_over = Instant::now() >= deadline || stop.is_stopped();
                if cursor == b"0" {
                    found.partial |= found.keys.len() + names.len() > most;
                    break;
                }
                if is_full || is_over {
                    found.partial = true;
                    break;
                }
            }
            names.truncate(most - found.keys.len());
            let calls: Vec<Vec<&[u8]>> =
                names.iter().flat_map(|name| [vec![&b"TYPE"[..], &name[..]], vec![&b"PTTL"[..], &name[..]]]).collect();
            let replies = connection.call_all(&calls)?;
            for (name, told) in names.into_iter().zip(replies.chunks_exact(2)) {
                if let Reply::Error(text) = &told[0] {
                    return Err(connection.refused(text, "TYPE"));
                }
                let kind = String::from_utf8_lossy(bytes(Some(&told[0]))).into_owned();
                // It has expired meanwhile.
                if kind == "none" {
                    continue;
                }
                let ttl = match told[1] {
                    Reply::Int(millis) => u64::try_from(millis).ok().map(Duration::from_millis),
                    _ => None,
                };
                found.keys.push(Key { name, kind, ttl });
            }
            if found.keys.len() >= most {
                break;
            }
        }
        found.keys.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }
}
