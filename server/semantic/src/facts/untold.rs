//! What came with a version though the servers' own grammar does not date it: found by running some 1,800 calls on nine servers.

use commands::{CommandId, Family, Target, Version};

use super::world::{Seen, World};

/// Words of a call that older servers refuse.
pub(super) struct Untold {
    /// What is shown: `XADD with an id like 5-*`.
    pub text: String,
    /// The first Redis that takes it; none if no Redis does.
    redis: Option<Version>,
    /// The first Valkey that does.
    valkey: Option<Version>,
}

impl Untold {
    /// Whether a server refuses it.
    pub(super) fn lacks(&self, target: Target) -> bool {
        let since = match target.family {
            Family::Redis => self.redis,
            Family::Valkey => self.valkey,
        };
        since.is_none_or(|since| target.version < since)
    }
}

const fn since(major: u8, minor: u8) -> Option<Version> {
    Some(Version::new(major, minor))
}

/// What of a call came later than its command.
pub(super) fn of(world: &World<'_>, seen: &Seen<'_>) -> Option<Untold> {
    use CommandId as Id;
    let spec = seen.spec?;
    let words: Vec<Vec<u8>> = (1..seen.call.words.len())
        .filter_map(|at| world.values.texts(seen.part, seen.word(at)?))
        .filter_map(|mut all| if all.len() == 1 { all.pop() } else { None })
        .collect();
    let word = |list: &[&'static str]| {
        list.iter().copied().find(|known| words.iter().any(|word| word.eq_ignore_ascii_case(known.as_bytes())))
    };
    let with = |word: &str, redis, valkey| Some(Untold { text: format!("{} with {word}", spec.name), redis, valkey });
    match spec.id {
        Id::Bitop => with(word(&["DIFF", "DIFF1", "ANDOR", "ONE"])?, since(8, 2), None),
        Id::Geosearch | Id::Geosearchstore => with(word(&["BYPOLYGON"])?, None, since(9, 0)),
        Id::Hsetex if seen.binding.has_token("NX") => with("NX", None, since(9, 1)),
        Id::Hsetex if seen.binding.has_token("XX") => with("XX", None, since(9, 1)),
        // Before 7.0 the old value could not be asked for together with NX.
        Id::Set if seen.binding.has_token("NX") && seen.binding.has_token("GET") => {
            with("NX and GET", since(7, 0), since(7, 2))
        }
        Id::Xadd => match word(&["KEEPREF", "DELREF", "ACKED"]) {
            Some(word) if seen.binding.has_token(word) => with(word, since(8, 2), None),
            _ if words.iter().any(|word| word.len() > 2 && word.ends_with(b"-*")) => {
                with("an id like `5-*`", since(7, 0), since(7, 2))
            }
            _ => None,
        },
        Id::Xtrim => with(word(&["KEEPREF", "DELREF", "ACKED"])?, since(8, 2), None),
        Id::Xread | Id::Xreadgroup => {
            if word(&["BLOCK"]).is_some() {
                with("BLOCK from scripts", since(7, 4), since(8, 0))
            } else if words.last().is_some_and(|last| last == b"+") {
                with("the id `+`", since(7, 4), since(8, 0))
            } else {
                None
            }
        }
        Id::XgroupCreate | Id::XgroupSetid => with(word(&["ENTRIESREAD"])?, since(7, 0), since(7, 2)),
        _ => None,
    }
}
