//! The keys that a script touches, and how.

use commands::{
    CommandId, CommandSpec, Target,
    bind::Role,
    spec::{Access, Begin, Find, KeySpec},
};

use syntax::Tree;

use super::{
    Part, Reason,
    template::{Piece, Template},
    value::templates,
    world::{Seen, World},
};
use crate::Script;

/// Where a key comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeySource {
    /// It is an element of KEYS.
    Declared,
    /// It is built of an element of KEYS.
    Built,
    /// It is an element of ARGV, or built of such.
    Argument,
    /// It is written in the script.
    Constant,
    /// It is a reply, or built of one.
    Reply,
    /// Not told.
    Unknown,
}

impl KeySource {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "keys",
            Self::Built => "built",
            Self::Argument => "argument",
            Self::Constant => "constant",
            Self::Reply => "reply",
            Self::Unknown => "unknown",
        }
    }
}

/// A key that a script touches.
#[derive(Clone, PartialEq, Debug)]
pub struct KeyFact {
    /// What it is made of.
    pub template: Template,
    /// Where it comes from.
    pub source: KeySource,
    /// Whether it is read.
    pub read: bool,
    /// Whether it is written.
    pub write: bool,
    /// Whether it is deleted as a whole.
    pub delete: bool,
    /// The data types that the commands want, in the order of the script.
    pub types: Vec<&'static str>,
    /// Where it is touched first, with the command.
    pub first: Reason,
}

/// A key of a call.
#[derive(Clone, PartialEq, Debug)]
pub struct KeyWord {
    /// The call, by its place in [`Script::calls`].
    pub call: usize,
    /// The word of it.
    pub word: usize,
    /// What it may be made of.
    pub templates: Vec<Template>,
}

/// What the keys of all calls of a script are made of, as far as this one file tells.
pub fn key_words(script: &Script, targets: &[Target]) -> Vec<KeyWord> {
    let parts = [Part { path: "", script }];
    let start: Vec<(usize, syntax::FunctionId)> = match &script.library {
        None => vec![(0, Tree::CHUNK)],
        Some(library) => library.registrations.iter().filter_map(|it| Some((0, it.callback?))).collect(),
    };
    let world = World::new(&parts, &start, targets);
    let mut found = Vec::new();
    for (at, call) in script.calls.iter().enumerate() {
        for (word, _) in call.binding.keys() {
            if let Some(&expr) = call.words.get(word) {
                found.push(KeyWord { call: at, word, templates: templates(&world, 0, expr) });
            }
        }
    }
    found
}

pub(super) fn of(world: &World<'_>) -> Vec<KeyFact> {
    let mut found: Vec<KeyFact> = Vec::new();
    for seen in &world.calls {
        let Some(spec) = seen.spec else { continue };
        for (at, access) in seen.binding.keys() {
            if let Some(word) = seen.word(at) {
                for template in templates(world, seen.part, word) {
                    add(world, &mut found, seen, template, access);
                }
            }
        }
        for (template, access) in untold(world, seen, spec) {
            add(world, &mut found, seen, template, access);
        }
    }
    found
}

fn add(world: &World<'_>, found: &mut Vec<KeyFact>, seen: &Seen<'_>, template: Template, access: Access) {
    let types = seen.spec.and_then(CommandSpec::data_type);
    let at = found.iter().position(|fact| fact.template == template).unwrap_or_else(|| {
        let source = source(&template);
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

/// Keys among words whose number is not known: `unpack(KEYS)`, or keys behind a count that is computed.
fn untold(world: &World<'_>, seen: &Seen<'_>, spec: &CommandSpec) -> Vec<(Template, Access)> {
    let mut found = Vec::new();
    let script = world.script(seen.part);
    let words = &seen.call.words;
    let Some(facts) = spec.any_facts() else { return found };
    let many = words.len().checked_sub(1).filter(|&last| script.may_be_several(words[last]));
    for keys in facts.keys.iter().filter(|keys| !keys.not_key) {
        let KeySpec { access, begin, find, .. } = *keys;
        let from = match (begin, find) {
            (Begin::Index(at), Find::Range { last, .. }) if last != 0 => usize::try_from(at).ok(),
            (Begin::Index(at), Find::KeyNum { count, first, .. }) => {
                let count = words.get((at + count).max(0) as usize);
                let told = count.is_some_and(|&count| script.constant(count).is_some());
                (!told).then(|| (at + first).max(0) as usize)
            }
            (Begin::Index(at), Find::Range { .. }) if many.is_some_and(|many| many <= at.max(0) as usize) => {
                usize::try_from(at).ok()
            }
            // SORT's BY and GET, MIGRATE's KEYS: by a pattern or behind an option.
            (Begin::Keyword(word, _), _) if World::has_token(seen, word) => Some(words.len()),
            _ => None,
        };
        let Some(from) = from else { continue };
        let counted = matches!(find, Find::KeyNum { .. });
        for (at, &word) in words.iter().enumerate() {
            let is_last = Some(at) == many;
            // Behind a computed count the words up to the first option are keys.
            let hidden = (is_last && at + 1 >= from.min(words.len())) || (counted && at >= from);
            if !hidden || seen.binding.roles.get(at).is_some_and(|role| matches!(role, Role::Key(_) | Role::Token(_))) {
                if counted && at >= from && !is_last {
                    break;
                }
                continue;
            }
            found.extend(several(world, seen.part, word).into_iter().map(|template| (template, access)));
        }
    }
    let by_pattern = |token: &str| World::has_token(seen, token);
    if matches!(spec.id, CommandId::Sort | CommandId::SortRo) && (by_pattern("BY") || by_pattern("GET")) {
        found.push((Template(vec![Piece::Unknown("the patterns of SORT".to_owned())]), Access::Read));
    }
    found
}

/// The values of an expression that may stand for several.
fn several(world: &World<'_>, part: usize, word: syntax::ExprId) -> Vec<Template> {
    let script = world.script(part);
    if let syntax::ExprKind::Call(call) = &script.tree()[word].kind
        && matches!(script.api(call.callee), Some(crate::ApiPath::Global("unpack")))
        && let Some(&table) = call.args.first()
    {
        let piece = match (script.is_keys(table), script.is_argv(table)) {
            (true, _) => Some(Piece::Key(None)),
            (_, true) => Some(Piece::Argument(None)),
            _ => None,
        };
        if let Some(piece) = piece {
            return vec![Template(vec![piece])];
        }
    }
    templates(world, part, word)
}

impl Template {
    /// Where a key of this make comes from.
    pub fn source(&self) -> KeySource {
        source(self)
    }
}

fn source(template: &Template) -> KeySource {
    fn leaf(piece: &Piece) -> &Piece {
        match piece {
            Piece::Within(inner, _) => leaf(inner),
            piece => piece,
        }
    }
    let pieces = &template.0;
    if let [Piece::Key(_)] = pieces[..] {
        return KeySource::Declared;
    }
    let any = |test: fn(&Piece) -> bool| pieces.iter().any(|piece| test(leaf(piece)));
    if pieces.iter().any(|piece| matches!(piece, Piece::Key(_))) {
        KeySource::Built
    } else if any(|piece| matches!(piece, Piece::Reply(_))) {
        KeySource::Reply
    } else if any(|piece| matches!(piece, Piece::Argument(_))) {
        KeySource::Argument
    } else if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
        KeySource::Constant
    } else {
        KeySource::Unknown
    }
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
