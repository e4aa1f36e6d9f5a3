//! Slots of a cluster and the nodes that serve them.

use commands::key_slot;
use protocol::Reply;

use crate::{
    Endpoint, Refusal,
    address::endpoint,
    functions::{bytes, field},
};

/// A range of slots with its nodes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SlotRange {
    /// First and last slot.
    pub slots: (u16, u16),
    /// The master.
    pub master: Endpoint,
    /// Its replicas.
    pub replicas: Vec<Endpoint>,
}

/// Slots of a cluster.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Topology {
    /// The ranges that are served, by their slots.
    pub ranges: Vec<SlotRange>,
}

/// Last slot of a cluster.
const LAST_SLOT: u16 = commands::SLOTS - 1;

fn number(reply: Option<&Reply>) -> Option<u16> {
    match reply {
        Some(Reply::Int(value)) => u16::try_from(*value).ok(),
        _ => None,
    }
}

/// A node's place. A node that does not know its address tells none: then it is that by which it was reached.
fn place(host: &[u8], port: u16, host_of_asked: &str) -> Endpoint {
    let host = String::from_utf8_lossy(host).into_owned();
    let host = if host.is_empty() || host == "?" { host_of_asked.to_owned() } else { host };
    Endpoint::Tcp(host, port)
}

impl Topology {
    /// Reads the reply to CLUSTER SLOTS. `asked` is the host of the node that sent it.
    pub fn of_slots(reply: &Reply, asked: &str) -> Self {
        let Reply::Array(rows) = reply else { return Self::default() };
        let node = |reply: &Reply| match reply {
            Reply::Array(parts) => Some(place(bytes(parts.first()), number(parts.get(1))?, asked)),
            _ => None,
        };
        let range = |row: &Reply| {
            let Reply::Array(parts) = row else { return None };
            let mut nodes = parts.get(2..)?.iter().filter_map(node);
            let slots = (number(parts.first())?, number(parts.get(1))?);
            Some(SlotRange { slots, master: nodes.next()?, replicas: nodes.collect() })
        };
        Self::sorted(rows.iter().filter_map(range).collect())
    }

    /// Reads the reply to CLUSTER SHARDS, for users who may call that alone.
    pub fn of_shards(reply: &Reply, asked: &str, tls: bool) -> Self {
        let Reply::Array(shards) = reply else { return Self::default() };
        let mut ranges = Vec::new();
        for shard in shards {
            let (Some(Reply::Array(slots)), Some(Reply::Array(nodes))) = (field(shard, "slots"), field(shard, "nodes"))
            else {
                continue;
            };
            let node = |reply: &Reply| {
                let port = if tls { field(reply, "tls-port") } else { field(reply, "port") };
                let host = match bytes(field(reply, "endpoint")) {
                    b"" | b"?" => bytes(field(reply, "ip")),
                    endpoint => endpoint,
                };
                let is_well = matches!(bytes(field(reply, "health")), b"online" | b"");
                let is_master = bytes(field(reply, "role")) == b"master";
                Some((is_master, is_well, place(host, number(port)?, asked)))
            };
            let nodes: Vec<_> = nodes.iter().filter_map(node).collect();
            let Some((_, _, master)) = nodes.iter().find(|(is_master, is_well, _)| *is_master && *is_well) else {
                continue;
            };
            let replicas = nodes.iter().filter(|(is_master, is_well, _)| !is_master && *is_well);
            let replicas: Vec<_> = replicas.map(|(.., place)| place.clone()).collect();
            for two in slots.chunks_exact(2) {
                if let (Some(first), Some(last)) = (number(two.first()), number(two.get(1))) {
                    ranges.push(SlotRange { slots: (first, last), master: master.clone(), replicas: replicas.clone() });
                }
            }
        }
        Self::sorted(ranges)
    }

    fn sorted(mut ranges: Vec<SlotRange>) -> Self {
        ranges.sort_by_key(|range| range.slots);
        Self { ranges }
    }

    /// The range of a slot; none if no node serves it.
    pub fn range(&self, slot: u16) -> Option<&SlotRange> {
        self.ranges.iter().find(|range| (range.slots.0..=range.slots.1).contains(&slot))
    }

    /// The masters, each once.
    pub fn masters(&self) -> Vec<Endpoint> {
        let mut masters: Vec<Endpoint> = Vec::new();
        for range in &self.ranges {
            if !masters.contains(&range.master) {
                masters.push(range.master.clone());
            }
        }
        masters
    }

    /// The ranges of slots that no node serves.
    pub fn gaps(&self) -> Vec<(u16, u16)> {
        let mut gaps = Vec::new();
        let mut next = 0;
        for range in &self.ranges {
            if range.slots.0 > next {
                gaps.push((next, range.slots.0 - 1));
            }
            next = range.slots.1.saturating_add(1).max(next);
        }
        if next <= LAST_SLOT {
            gaps.push((next, LAST_SLOT));
        }
        gaps
    }
}

/// The one slot of the keys; none without keys.
///
/// # Errors
/// Two keys are in different slots.
pub fn slot_of(keys: &[Vec<u8>]) -> Result<Option<u16>, Refusal> {
    let Some((first, rest)) = keys.split_first() else { return Ok(None) };
    let slot = key_slot(first);
    let shown = |key: &[u8]| String::from_utf8_lossy(key).into_owned();
    for (nth, key) in (2..).zip(rest) {
        let other = key_slot(key);
        if other != slot {
            return Err(Refusal::CrossSlot(Some([(1, shown(first), slot), (nth, shown(key), other)])));
        }
    }
    Ok(Some(slot))
}

/// A redirection: `MOVED 3999 127.0.0.1:6381`, `ASK 3999 127.0.0.1:6381`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Redirection {
    /// True for ASK, which is about this one call.
    pub once: bool,
    pub slot: u16,
    pub to: Endpoint,
}

impl Redirection {
    /// Reads an error; none for others. An empty host is that of the node that sent it.
    pub(crate) fn read(reply: &Reply, asked: &str) -> Option<Self> {
        let Reply::Error(text) = reply else { return None };
        let text = std::str::from_utf8(text).ok()?;
        let mut words = text.split(' ');
        let once = match words.next()? {
            "MOVED" => false,
            "ASK" => true,
            _ => return None,
        };
        let slot = words.next()?.parse().ok()?;
        let to = words.next()?;
        // An IPv6 address stands without brackets.
        let (host, port) = to.rsplit_once(':')?;
        let bracketed = if host.contains(':') { format!("[{host}]:{port}") } else { to.to_owned() };
        let to = match host {
            "" | "?" => Endpoint::Tcp(asked.to_owned(), port.parse().ok()?),
            _ => endpoint(&bracketed).ok()?,
        };
        Some(Self { once, slot, to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(host: &str, port: u16) -> Endpoint {
        Endpoint::Tcp(host.to_owned(), port)
    }

    fn row(first: i64, last: i64, nodes: &[(&str, i64)]) -> Reply {
        let node =
            |(host, port): &(&str, i64)| Reply::Array(vec![Reply::bulk(host), Reply::Int(*port), Reply::bulk("id")]);
        let parts = [Reply::Int(first), Reply::Int(last)].into_iter().chain(nodes.iter().map(node));
        Reply::Array(parts.collect())
    }

    #[test]
    fn slots_and_their_nodes() {
        let reply = Reply::Array(vec![
            row(5461, 10000, &[("10.0.0.2", 1), ("10.0.0.5", 2)]),
            row(0, 5460, &[("", 1)]),
            row(12000, 16383, &[("?", 3)]),
        ]);
        let topology = Topology::of_slots(&reply, "seed");
        assert_eq!(topology.masters(), [tcp("seed", 1), tcp("10.0.0.2", 1), tcp("seed", 3)]);
        assert_eq!(topology.range(5461).map(|range| &range.replicas[..]), Some(&[tcp("10.0.0.5", 2)][..]));
        assert_eq!(topology.range(11000), None);
        assert_eq!(topology.gaps(), [(10001, 11999)]);
        assert_eq!(Topology::default().gaps(), [(0, 16383)]);
    }

    #[test]
    fn keys_of_one_slot() {
        let keys = |all: &[&str]| all.iter().map(|key| key.as_bytes().to_vec()).collect::<Vec<_>>();
        assert_eq!(slot_of(&[]), Ok(None));
        assert_eq!(slot_of(&keys(&["{a}1", "{a}2", "a"])), Ok(Some(15495)));
        let wanted = [(1, "a".to_owned(), 15495), (3, "b".to_owned(), 3300)];
        assert_eq!(slot_of(&keys(&["a", "{a}", "b"])), Err(Refusal::CrossSlot(Some(wanted))));
    }

    #[test]
    fn redirections() {
        let read = |text: &str| Redirection::read(&Reply::error(text), "seed").map(|it| (it.once, it.slot, it.to));
        assert_eq!(read("MOVED 3999 127.0.0.1:6381"), Some((false, 3999, tcp("127.0.0.1", 6381))));
        assert_eq!(read("ASK 3999 h:1"), Some((true, 3999, tcp("h", 1))));
        assert_eq!(read("MOVED 3999 :6381"), Some((false, 3999, tcp("seed", 6381))));
        assert_eq!(read("MOVED 3999 ::1:6381"), Some((false, 3999, tcp("::1", 6381))));
        for text in ["MOVED", "MOVED x 1:1", "MOVED 1 h", "ERR MOVED 1 h:1", "MOVED 99999 h:1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
