//! Keys, fields and members that the script has seen to be there. A reply of a key that is there lacks nothing,
//! but that of a field or a member only where this field or member is there.

use commands::{
    bind::{Binding, Role},
    spec::Access,
};
use syntax::ExprId;

use super::{
    interpreter::Interpreter,
    observed::{Reads, Subject},
    state::{Held, Slot, State},
    types::Types,
};
use crate::Constant;

impl Interpreter<'_> {
    /// Notes the facts that a call reads; and, when it writes, those that hold from now on.
    pub(super) fn note_key(&mut self, expr: ExprId, words: &[ExprId], binding: &Binding) {
        let (Some(spec), Some((at, access))) = (binding.spec, binding.keys().next()) else { return };
        let Some(&word) = words.get(at) else { return };
        let key = self.word(word);
        let key_fact = self.fact(Subject::Key(key.clone()));
        let items: Vec<Vec<u8>> = binding
            .roles
            .iter()
            .zip(words)
            .filter(|(role, _)| matches!(role, Role::Value("field" | "member" | "element")))
            .map(|(_, &word)| self.word(word))
            .collect();
        let are_told = items.iter().all(|item| item.starts_with(b"'"));
        let removed = match &*items {
            [item] => Some(self.fact(Subject::Removed(key.clone(), item.clone()))),
            _ => None,
        };
        let is_removal = matches!(spec.name, "HDEL" | "HGETDEL" | "ZREM" | "SREM");
        let items: Vec<Slot> = items.into_iter().map(|item| self.fact(Subject::Item(key.clone(), item))).collect();
        let record = self.fact(Subject::Record(key.clone()));
        let length = self.fact(Subject::Length(key.clone()));
        // What a write does not do is not for want of the key: `SET … NX`.
        if !is_there_after(spec.name) {
            let (mut shows, mut needs) = (vec![key_fact], Vec::new());
            match spec.name {
                // Who asks for several keys at once means them all.
                "EXISTS" => {
                    let others: Vec<Vec<u8>> =
                        binding.keys().filter_map(|(at, _)| Some(self.word(*words.get(at)?))).collect();
                    shows.extend(others.into_iter().map(|key| self.fact(Subject::Key(key))));
                }
                "HGET" | "HMGET" => {
                    shows.push(record);
                    needs.push(record);
                }
                "LINDEX" => needs.extend([key_fact, length]),
                _ if is_of_item(spec.name) || is_removal => {}
                _ => needs.push(key_fact),
            }
            if is_of_item(spec.name)
                && let [item] = *items
            {
                shows.push(item);
                needs.push(item);
                // Its removal shows that it was there, but not what is read behind that.
                if let Some(removed) = removed.filter(|_| !is_removal) {
                    needs.push(removed);
                    self.state.set(removed, State::NOTHING);
                }
            }
            if let Some(removed) = removed.filter(|_| is_removal) {
                shows = vec![removed];
            }
            let needs_all = if spec.name == "HMGET" && !binding.roles.contains(&Role::Unknown) {
                items.clone()
            } else {
                Vec::new()
            };
            self.reads.insert(expr, Reads { key: key_fact, shows, needs, needs_all });
        }
        let holds = Held { id: Types::NIL, activation: 0 };
        if spec.name == "LLEN" {
            self.state.set(length, holds);
        }
        if is_there_after(spec.name) && access != Access::Remove {
            self.state.set(key_fact, holds);
            for &item in &items {
                self.state.set(item, holds);
            }
            // Fields that cannot be told are written too.
            if spec.name.starts_with('H') && (items.is_empty() || !are_told || binding.roles.contains(&Role::Unknown)) {
                self.state.set(record, holds);
            }
        } else if matches!(spec.name, "DEL" | "UNLINK" | "GETDEL") {
            let all: Vec<Slot> =
                self.facts.iter().filter(|(subject, _)| subject.is_of(&key)).map(|(_, &fact)| fact).collect();
            for fact in all {
                self.state.set(fact, State::NOTHING);
            }
        } else if is_removal {
            for &item in &items {
                self.state.set(item, State::NOTHING);
            }
        }
    }

    /// The text of a word, by which it is known again.
    fn word(&self, word: ExprId) -> Vec<u8> {
        let script = self.script;
        match script.constant(word) {
            Some(Constant::String(text)) => [b"'", &*text].concat(),
            _ => script.text(script.resolve(word)).iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect(),
        }
    }

    fn fact(&mut self, subject: Subject) -> Slot {
        if let Some(&fact) = self.facts.get(&subject) {
            return fact;
        }
        let fact = self.state.add_slot();
        self.facts.insert(subject, fact);
        fact
    }

    /// True if the script has seen that the reply to a call lacks nothing.
    pub(super) fn is_seen(&self, call: ExprId) -> bool {
        let holds = |fact: &Slot| self.state.get(*fact) != State::NOTHING;
        self.reads.get(&call).is_some_and(|reads| {
            reads.needs.iter().any(holds) || !reads.needs_all.is_empty() && reads.needs_all.iter().all(holds)
        })
    }

    /// Notes that the reply to a call lacks nothing: the data that it reads is there.
    pub(super) fn see(&mut self, call: ExprId) {
        let Some(reads) = self.reads.get(&call) else { return };
        for fact in reads.shows.clone() {
            self.state.set(fact, Held { id: Types::NIL, activation: 0 });
        }
    }
}

/// True if a reply is of a field or a member: that the key is there says nothing of it.
fn is_of_item(name: &str) -> bool {
    matches!(
        name,
        "HGET"
            | "HMGET"
            | "HEXISTS"
            | "HSTRLEN"
            | "HGETEX"
            | "HGETDEL"
            | "ZSCORE"
            | "ZMSCORE"
            | "ZRANK"
            | "ZREVRANK"
            | "SISMEMBER"
            | "SMISMEMBER"
            | "LPOS"
            | "GEODIST"
            | "GEOHASH"
            | "GEOPOS"
    )
}

/// True if the key exists after the command, whether it existed before or not.
fn is_there_after(name: &str) -> bool {
    matches!(
        name,
        "SET"
            | "SETEX"
            | "PSETEX"
            | "SETNX"
            | "GETSET"
            | "APPEND"
            | "SETBIT"
            | "SETRANGE"
            | "HSET"
            | "HMSET"
            | "HSETNX"
            | "LPUSH"
            | "RPUSH"
            | "SADD"
            | "ZADD"
            | "XADD"
            | "PFADD"
            | "GEOADD"
    ) || name.starts_with("INCR")
        || name.starts_with("DECR")
        || name.starts_with("HINCR")
        || name.starts_with("ZINCR")
}
