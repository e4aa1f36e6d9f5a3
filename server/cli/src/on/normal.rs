//! Replies of several servers, reduced to what matters: which differ?

use commands::{Flags, Target};
use protocol::Reply;
use remote::code;
use script::Failure;
use semantic::{
    Script,
    facts::{self, Verdict},
};

/// Facts on a script's replies that its text tells.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Nature {
    /// It calls commands whose replies come in no order: SMEMBERS, HKEYS.
    unordered: bool,
    /// It calls commands whose replies are pairs in no order: HGETALL.
    paired: bool,
    /// Reasons why the same data may give another reply: TIME, RANDOMKEY.
    pub random: Vec<String>,
}

impl Nature {
    /// Reads a script, put together.
    pub(super) fn of(code: &[u8], target: Target) -> Self {
        let mut script = Script::new(code.into(), None);
        script.bind_commands(&[target]);
        let mut nature = Self::default();
        for facts in facts::of(&[facts::Part::new("script", &script)], &[target]) {
            for command in &facts.commands {
                nature.unordered |= command.spec.flags(target).has(Flags::RANDOM_ORDER);
                nature.paired |= matches!(command.spec.name, "HGETALL" | "HRANDFIELD");
                if command.spec.flags(target).has(Flags::RANDOM) {
                    nature.random.push(command.spec.name.to_owned());
                }
            }
            if matches!(facts.deterministic.verdict, Verdict::No) {
                nature.random.extend(facts.deterministic.reasons.iter().map(|reason| reason.text.clone()));
            }
            // A command whose name is computed may be any.
            nature.unordered |= !facts.unknown.is_empty();
        }
        nature.random.dedup();
        nature
    }
}

/// True if two replies are the same, but for the words in which servers put their errors, for addresses of Lua values, for the
/// kind of nothing, and for the order of replies that have none.
pub(super) fn same(a: &Reply, b: &Reply, nature: &Nature) -> bool {
    normal(a, nature) == normal(b, nature)
}

/// A reply in the form that is compared.
fn normal(reply: &Reply, nature: &Nature) -> Reply {
    let all = |items: &[Reply]| items.iter().map(|item| normal(item, nature)).collect::<Vec<_>>();
    match reply {
        Reply::Error(text) => Reply::Error(error(text)),
        Reply::Bulk(text) => Reply::Bulk(without_addresses(text)),
        Reply::Status(text) => Reply::Status(without_addresses(text)),
        Reply::NilArray => Reply::Nil,
        Reply::Set(items) => Reply::Set(sorted(all(items))),
        Reply::Map(pairs) => {
            let mut pairs: Vec<_> =
                pairs.iter().map(|(key, value)| (normal(key, nature), normal(value, nature))).collect();
            pairs.sort_by_cached_key(|pair| format!("{pair:?}"));
            Reply::Map(pairs)
        }
        Reply::Array(items) if nature.paired && items.len() % 2 == 0 => {
            let items = all(items);
            let pairs = items.chunks_exact(2).map(|two| Reply::Array(two.to_vec())).collect();
            Reply::Array(sorted(pairs))
        }
        Reply::Array(items) if nature.unordered => Reply::Array(sorted(all(items))),
        Reply::Array(items) => Reply::Array(all(items)),
        Reply::Attributed { reply, .. } => normal(reply, nature),
        other => other.clone(),
    }
}

fn sorted(mut items: Vec<Reply>) -> Vec<Reply> {
    items.sort_by_cached_key(|item| format!("{item:?}"));
    items
}

/// An error by its line and its code; one without a code of its own by its text, without what servers put around it.
fn error(text: &[u8]) -> Vec<u8> {
    let line = remote::line(text).unwrap_or(0);
    match code(text) {
        b"ERR" => {
            let message = String::from_utf8_lossy(text).into_owned();
            let failure = Failure { message, line: None, callers: Vec::new(), stopped: false };
            let reason = without_addresses(failure.reason().as_bytes());
            let reason = reason.strip_prefix(b"ERR ").unwrap_or(&reason);
            // "Unknown" was "unknown" before, and the like.
            let words = String::from_utf8_lossy(reason).trim_end_matches('.').to_lowercase();
            format!("ERR {words} at {line}").into_bytes()
        }
        code => [code, format!(" at {line}").as_bytes()].concat(),
    }
}

/// `table: 0x55d0` and its kin, with dots in place of the address.
fn without_addresses(text: &[u8]) -> Vec<u8> {
    const MARKS: [&[u8]; 4] = [b"table: 0x", b"function: 0x", b"thread: 0x", b"userdata: 0x"];
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(mark)) {
            out.extend_from_slice(mark);
            rest = &rest[mark.len()..];
            let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
            rest = &rest[digits..];
            out.extend_from_slice(b"...");
        } else {
            out.push(*first);
            rest = behind;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nature(code: &str) -> Nature {
        Nature::of(code.as_bytes(), Target::DEFAULT)
    }

    fn bulks(all: &[&str]) -> Reply {
        Reply::bulks(all)
    }

    #[test]
    fn order_counts_where_there_is_one() {
        let plain = nature("return redis.call('LRANGE', KEYS[1], 0, -1)");
        assert!(!same(&bulks(&["a", "b"]), &bulks(&["b", "a"]), &plain));
        let set = nature("return redis.call('SMEMBERS', KEYS[1])");
        assert!(same(&bulks(&["a", "b"]), &bulks(&["b", "a"]), &set));
        assert!(!same(&bulks(&["a", "b"]), &bulks(&["b", "b"]), &set));
        let hash = nature("return redis.call('HGETALL', KEYS[1])");
        assert!(same(&bulks(&["a", "1", "b", "2"]), &bulks(&["b", "2", "a", "1"]), &hash));
        assert!(!same(&bulks(&["a", "1", "b", "2"]), &bulks(&["b", "1", "a", "2"]), &hash));
        assert_eq!(nature("return redis.call('TIME')").random.first().map(String::as_str), Some("TIME"));
        assert_eq!(plain.random, Vec::<String>::new());
    }

    #[test]
    fn errors_in_the_words_of_each_server() {
        let nature = Nature::default();
        let same = |a: &str, b: &str| same(&Reply::error(a), &Reply::error(b), &nature);
        let old =
            "ERR Error running script (call to f_1e01): @user_script:2: user_script:2: attempt to index a nil value";
        let new = "ERR user_script:2: attempt to index a nil value script: 1e01, on @user_script:2.";
        let valkey = "ERR user_script:2: attempt to index a nil value script: on @user_script:2.";
        assert!(same(old, new) && same(new, valkey));
        assert!(!same(new, &valkey.replace(":2", ":3")));
        assert!(!same(new, &new.replace("nil", "table")));
        assert!(same("OOM command not allowed", "OOM command not allowed when used memory"));
        assert!(!same("OOM x", "READONLY x"));
    }

    #[test]
    fn addresses_and_nothing() {
        let nature = Nature::default();
        assert!(same(&Reply::bulk("a table: 0x55d0cafe b"), &Reply::bulk("a table: 0x1 b"), &nature));
        assert!(!same(&Reply::bulk("a table: 0x55d0cafe b"), &Reply::bulk("a table: 0x1 c"), &nature));
        assert!(same(&Reply::Nil, &Reply::NilArray, &nature));
        assert!(!same(&Reply::Nil, &Reply::Int(0), &nature));
    }
}
