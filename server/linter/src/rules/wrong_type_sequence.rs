//! One key used as two data types.

use commands::{Flags, bind::Role, spec::Access};
use rustc_hash::FxHashMap;
use semantic::{
    CommandCall,
    values::{KeyWord, Template},
};
use syntax::{BlockId, StmtId, Tree};
use text::TextRange;

use crate::rule::declare_rule;
use crate::{CallKey, Context, Sink, helpers::command_problems::word_range};

declare_rule! {
    /// ## What it does
    /// Reports a command on a key that an earlier command in the same run of statements used as another data type.
    ///
    /// ## Why it is bad
    /// The second call fails: `WRONGTYPE Operation against a key holding the wrong kind of value`.
    ///
    /// ## Example
    /// ```lua
    /// redis.call('LPUSH', KEYS[1], ARGV[1])
    /// return redis.call('GET', KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// redis.call('LPUSH', KEYS[1], ARGV[1])
    /// return redis.call('LINDEX', KEYS[1], 0)
    /// ```
    code: "wrong-type-sequence",
    group: Commands,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

/// A command's access to a key.
struct Use {
    kind: &'static str,
    name: &'static str,
    range: TextRange,
    block: BlockId,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    // A script that asks for a key's type, or that catches errors, knows what it does.
    let asks = context.script.calls.iter().any(|call| matches!(call.name(), Some("TYPE" | "OBJECT ENCODING")));
    if asks {
        return;
    }
    // Of each key the first use as each type; there are few.
    let mut uses: FxHashMap<&Template, Vec<Use>> = FxHashMap::default();
    for CallKey { call, key: KeyWord { word, access, templates } } in context.keys() {
        let call = &context.script.calls[*call];
        // The same throughout a run.
        let [key] = &templates[..] else { continue };
        let is_word = matches!(call.binding.roles.get(*word), Some(Role::Key(_)));
        let Some(spec) = call.binding.spec.filter(|_| is_word && key.is_one()) else { continue };
        let changes_type = matches!(access, Access::Overwrite | Access::Remove) || spec.group == "generic";
        if changes_type || overwrites(spec.name) {
            if context.targets.iter().any(|&target| spec.flags(target).has(Flags::WRITE)) {
                uses.remove(key);
            }
            continue;
        }
        let Some(kind) = spec.data_type() else { continue };
        let block = context.script.scopes.block_of(context.script.scopes.stmt_of(call.call));
        let range = word_range(context, call, *word);
        let uses = uses.entry(key).or_default();
        let before = uses.iter().find(|used| used.kind != kind);
        match before.filter(|used| runs_before(context, used, call)) {
            Some(used) => {
                sink.report(
                    range,
                    format!("{} wants a {kind}, but {} used this key as a {}", spec.name, used.name, used.kind),
                )
                .related(used.range, format!("{} wants a {}", used.name, used.kind));
            }
            None if uses.iter().all(|used| used.kind != kind) => {
                uses.push(Use { kind, name: spec.name, range, block });
            }
            None => {}
        }
    }
}

/// Commands that set a key whatever type it had.
fn overwrites(name: &str) -> bool {
    matches!(name, "SET" | "SETEX" | "PSETEX" | "MSET" | "RESTORE" | "COPY" | "RENAME")
}

/// True if the earlier use surely runs before the call, in the same function: its block is around the call.
fn runs_before(context: &Context<'_>, used: &Use, call: &CommandCall) -> bool {
    let script = context.script;
    if script.scopes.function_of(call.call) != Tree::CHUNK {
        return false;
    }
    let mut stmt: Option<StmtId> = Some(script.scopes.stmt_of(call.call));
    while let Some(at) = stmt {
        let block = script.scopes.block_of(at);
        if block == used.block {
            return used.range.end <= context.range(call.call).start;
        }
        stmt = script.scopes.stmt_of_block(block);
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn sure_sequences_only() {
        check(
            "wrong-type-sequence",
            "
local key = KEYS[1]
redis.call('HSET', key, 'a', 1)
if ARGV[1] then
  redis.call('ZADD', KEYS[1], 1, 'a')
                   --^^^^^^^ warning[wrong-type-sequence]: ZADD wants a sorted set, but HSET used this key as a hash
end
redis.call('DEL', key)
redis.call('SADD', key, 'a')
if ARGV[2] then redis.call('LPUSH', KEYS[2], 1) else redis.call('INCR', KEYS[2]) end
",
        );
    }
}
