//! The keys that a script touches, and its access to them.

use commands::{CommandId, CommandSpec, spec::Access};

use super::{
    Reason,
    world::{Seen, World},
};
use crate::values::{KeySource, Template};

/// A key that a script touches.
#[derive(Clone, PartialEq, Debug)]
pub struct KeyFact {
    /// Pieces of the key.
    pub template: Template,
    /// Origin of the key.
    pub source: KeySource,
    /// True if it is read.
    pub read: bool,
    /// True if it is written.
    pub write: bool,
    /// True if it is deleted as a whole.
    pub delete: bool,
    /// The data types that the commands want, in the order of the script.
    pub types: Vec<&'static str>,
    /// Its first access, with the command.
    pub first: Reason,
}

pub(super) fn of(world: &World<'_>) -> Vec<KeyFact> {
    let mut found: Vec<KeyFact> = Vec::new();
    for seen in &world.calls {
        for key in world.values.keys(seen.part, &seen.call.words, &seen.binding) {
            for template in key.templates {
                add(world, &mut found, seen, template, key.access);
            }
        }
    }
    found
}

fn add(world: &World<'_>, found: &mut Vec<KeyFact>, seen: &Seen<'_>, template: Template, access: Access) {
    let types = seen.spec.and_then(CommandSpec::data_type);
    let at = found.iter().position(|fact| fact.template == template).unwrap_or_else(|| {
        let source = template.source();
        let first = world.reason(seen.part, seen.call.call, seen.shown());
        let (read, write, delete) = (false, false, false);
        found.push(KeyFact { template, source, read, write, delete, types: Vec::new(), first });
        found.len() - 1
    });
    let fact = &mut found[at];
    match access {
        Access::Read => fact.read = true,
        Access::ReadWrite | Access::Overwrite => fact.write = true,
        Access::Remove => fact.delete = true,
    }
    // GETDEL and RENAME also tell what was there.
    fact.read |= matches!(seen.spec.map(|spec| spec.id), Some(CommandId::Getdel | CommandId::Getset));
    fact.types.extend(types.filter(|it| !fact.types.contains(it)));
}

#[cfg(test)]
mod tests {

    use crate::facts::test_support::*;

    fn keys(source: &str) -> Vec<String> {
        facts(source)
            .keys
            .iter()
            .map(|key| {
                let does = [(key.read, " read"), (key.write, " write"), (key.delete, " delete")];
                let does: String = does.iter().filter(|(does, _)| *does).map(|(_, text)| *text).collect();
                format!("{}{does} {} {}", key.template, key.types.join("/"), key.source.as_str()).replace("  ", " ")
            })
            .collect()
    }

    #[test]
    fn how_keys_are_made() {
        assert_eq!(
            keys(
                "local lock = KEYS[1] .. ':lock'\nredis.call('SET', lock, 1)\nredis.call('GET', lock)\nredis.call('DEL', KEYS[1])"
            ),
            ["KEYS[1] .. ':lock' read write string built", "KEYS[1] delete keys"]
        );
        assert_eq!(keys("redis.call('GET', '{' .. KEYS[1] .. '}:x')"), ["'{' .. KEYS[1] .. '}:x' read string built"]);
        assert_eq!(
            keys("redis.call('HGET', string.format('%s:%d', ARGV[1], 7), 'f')"),
            ["ARGV[1] .. ':7' read hash argument"]
        );
        assert_eq!(keys("redis.call('GET', 'config')"), ["'config' read string constant"]);
        assert_eq!(
            keys("local id = redis.call('LPOP', KEYS[1])\nredis.call('DEL', KEYS[2] .. id)"),
            ["KEYS[1] write list keys", "KEYS[2] .. ⟨reply of LPOP⟩ delete built"]
        );
        assert_eq!(keys("redis.call('GET', KEYS[1]:rep(2))"), ["⟨KEYS[1]:rep(2)⟩ read string unknown"]);
        assert_eq!(
            keys("local o = cjson.decode(ARGV[2])\nredis.call('GET', o.key)"),
            ["⟨.key of ARGV[2]⟩ read string argument"]
        );
    }

    #[test]
    fn through_functions_and_files() {
        assert_eq!(
            keys(
                "local function key(name) return KEYS[1] .. ':' .. name end\nredis.call('GET', key('a'))\nredis.call('SET', key('b'), 1)"
            ),
            ["KEYS[1] .. ':a' read string built", "KEYS[1] .. ':b' write string built"]
        );
        assert_eq!(
            keys(
                "-- @include part.lua\nreturn put(KEYS[3] .. ':x')\n--- file: part.lua\nlocal function put(k) return redis.call('SET', k, 1) end\n"
            ),
            ["KEYS[3] .. ':x' write string built"]
        );
        assert_eq!(
            keys("local key = KEYS[1]\nfor i = 1, 3 do key = key .. ':' .. i redis.call('GET', key) end"),
            ["⟨key⟩ read string unknown"]
        );
    }

    #[test]
    fn through_functions_in_tables() {
        let made = ["'p:' .. ARGV[1] read string argument"];
        for source in [
            "local M = {} function M.key(id) return 'p:' .. id end redis.call('GET', M.key(ARGV[1]))",
            "local M = { key = function(id) return 'p:' .. id end } redis.call('GET', M.key(ARGV[1]))",
            "local M = {} function M:key(id) return 'p:' .. id end redis.call('GET', M:key(ARGV[1]))",
            "local M = {} function M.key(self, id) return 'p:' .. id end redis.call('GET', M:key(ARGV[1]))",
            "local M = {} function M:key(id) return 'p:' .. id end redis.call('GET', M.key(M, ARGV[1]))",
            "local M = {} function M.get(k) return redis.call('GET', k) end M.get('p:' .. ARGV[1])",
            "local M = {} function M.run(...) return redis.call(...) end M.run('GET', 'p:' .. ARGV[1])",
            "local M = {} function M:run(...) return redis.call(...) end M:run('GET', 'p:' .. ARGV[1])",
            "-- @include m.lua\nredis.call('GET', M.key(ARGV[1]))\n--- file: m.lua\nlocal M = {}\nfunction M.key(id) return 'p:' .. id end\n",
            "-- @include m.lua\nredis.call('GET', M:key(ARGV[1]))\n--- file: m.lua\nlocal M = {}\nfunction M:key(id) return 'p:' .. id end\n",
            "-- @include m.lua\nM.get('p:' .. ARGV[1])\n--- file: m.lua\nlocal M = {}\nfunction M.get(k) return redis.call('GET', k) end\n",
        ] {
            assert_eq!(keys(source), made, "{source}");
        }
        assert_eq!(
            keys(
                "#!lua name=l\nlocal M = {}\nfunction M.get(keys) return redis.call('GET', keys[1]) end\nredis.register_function('get', M.get)"
            ),
            ["KEYS[1] read string keys"]
        );
        // The field may be another function.
        assert_eq!(
            keys("local M = {} function M.key(id) return id end M.key = other redis.call('GET', M.key(KEYS[1]))"),
            ["⟨M.key(KEYS[1])⟩ read string unknown"]
        );
    }

    #[test]
    fn lists_of_keys() {
        assert_eq!(keys("redis.call('DEL', unpack(KEYS))"), ["KEYS[…] delete keys"]);
        assert_eq!(
            keys("redis.call('SUNION', 'a', unpack(ARGV))"),
            ["'a' read set constant", "ARGV[…] read set argument"]
        );
        assert_eq!(
            keys("redis.call('ZUNIONSTORE', KEYS[1], #KEYS - 1, unpack(KEYS, 2))"),
            ["KEYS[1] write sorted set keys", "KEYS[…] read sorted set keys"]
        );
        assert_eq!(keys("redis.call('SADD', KEYS[1], unpack(ARGV))"), ["KEYS[1] write set keys"]);
        assert_eq!(keys("for _, key in ipairs(KEYS) do redis.call('DEL', key) end"), ["KEYS[…] delete keys"]);
    }
}
