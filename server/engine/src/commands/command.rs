//! `COMMAND`: the table of commands as replies.

use commands::{
    CommandSpec, Flags, Target, lookup,
    spec::{Access, Argument, ArgumentKind, Begin, Find, KeySpec},
    subcommand,
};
use protocol::Reply;

use super::help;
use crate::{
    call::{Answer, Call},
    engine::Engine,
    error::Error,
    getkeys::{self, Key},
    glob, key_access,
    names::{CATEGORIES, has_category, module_of, name_of},
};

const HELP: &[(&str, &str)] = &[
    ("(no subcommand)", "Details of all commands."),
    ("COUNT", "How many commands there are."),
    ("DOCS [<name> ...]", "Documentation of all or some commands."),
    ("GETKEYS <call>", "The keys of a call."),
    ("GETKEYSANDFLAGS <call>", "The keys of a call with what is done to them."),
    ("INFO [<name> ...]", "Details of all or some commands."),
    ("LIST [FILTERBY (MODULE|ACLCAT|PATTERN) <what>]", "The names of all or some commands."),
];

/// The flags of commands in the servers' order, as far as the table has them.
const FLAGS: &[(Flags, &str)] = &[
    (Flags::WRITE, "write"),
    (Flags::READONLY, "readonly"),
    (Flags::DENYOOM, "denyoom"),
    (Flags::ADMIN, "admin"),
    (Flags::PUBSUB, "pubsub"),
    (Flags::NOSCRIPT, "noscript"),
    (Flags::BLOCKING, "blocking"),
    (Flags::FAST, "fast"),
    (Flags::MAY_REPLICATE, "may_replicate"),
    (Flags::MOVABLE_KEYS, "movablekeys"),
];

fn status(text: impl Into<String>) -> Reply {
    Reply::Status(text.into().into_bytes())
}

/// True if the built-in modules document their arguments, with the arity.
pub(crate) fn modules_document(target: Target) -> bool {
    target.redis_since(8, 4)
}

/// The commands of a server.
pub(super) fn available(target: Target) -> impl Iterator<Item = &'static CommandSpec> {
    commands::all().iter().filter(move |spec| spec.is_available(target))
}

/// Subcommands that a server lists: none before 7.0.
pub(super) fn subcommands(engine: &Engine, spec: &'static CommandSpec) -> impl Iterator<Item = &'static CommandSpec> {
    let (target, told) = (engine.target, engine.since(7, 0));
    spec.subcommands.iter().filter(move |sub| told && sub.is_available(target))
}

fn key_specs(spec: &CommandSpec, target: Target) -> &'static [KeySpec] {
    spec.facts(target.family).map_or(&[], |facts| facts.keys)
}

/// First key, last key and step, which is all that the oldest clients look at.
fn legacy_range(keys: &[KeySpec]) -> (i64, i64, i64) {
    let mut range: Option<(i32, i32, i32)> = None;
    for key in keys.iter().filter(|key| !key.not_key) {
        let (Begin::Index(first), Find::Range { last, step, .. }) = (key.begin, key.find) else { continue };
        let end = if last < 0 { last } else { first + last };
        range = Some(match range {
            None => (first, end, step),
            // Specs that follow one another make one range.
            Some((from, to, step)) if to >= 0 && end >= 0 => (from.min(first), to.max(end), step),
            Some((from, _, step)) => (from.min(first), end.min(-1), step),
        });
    }
    range.map_or((0, 0, 0), |(first, last, step)| (i64::from(first), i64::from(last), i64::from(step)))
}

fn access(spec: &CommandSpec, nth: usize, key: &KeySpec) -> Reply {
    let mut words = match key.not_key {
        true => vec![status("not_key")],
        false => access_words(spec, nth, key.access),
    };
    if key.incomplete {
        words.push(status("incomplete"));
    }
    Reply::Set(words)
}

/// Flags for the access to a key and the effect on its value.
fn access_words(spec: &CommandSpec, nth: usize, access: Access) -> Vec<Reply> {
    // A module that says nothing of it is taken to do anything.
    if module_of(spec).is_some() {
        return ["RW", "access", "update"].into_iter().map(status).collect();
    }
    let effects = key_access::effects(spec.id, nth, access).iter();
    std::iter::once(key_access::kind(access)).chain(effects.copied()).map(status).collect()
}

fn typed(name: &str, fields: &[(&str, Reply)]) -> Reply {
    let fields = fields.iter().map(|(name, value)| (Reply::bulk(name), value.clone())).collect();
    Reply::Map(vec![(Reply::bulk("type"), Reply::bulk(name)), (Reply::bulk("spec"), Reply::Map(fields))])
}

fn key_spec(spec: &CommandSpec, nth: usize, key: &KeySpec) -> Reply {
    let int = |number: i32| Reply::Int(i64::from(number));
    let begin = match key.begin {
        Begin::Index(at) => typed("index", &[("index", int(at))]),
        Begin::Keyword(word, from) => typed("keyword", &[("keyword", Reply::bulk(word)), ("startfrom", int(from))]),
        Begin::Unknown => typed("unknown", &[]),
    };
    let find = match key.find {
        Find::Range { last, step, limit } => {
            typed("range", &[("lastkey", int(last)), ("keystep", int(step)), ("limit", int(limit))])
        }
        Find::KeyNum { count, first, step } => {
            typed("keynum", &[("keynumidx", int(count)), ("firstkey", int(first)), ("keystep", int(step))])
        }
        Find::Unknown => typed("unknown", &[]),
    };
    Reply::Map(vec![
        (Reply::bulk("flags"), access(spec, nth, key)),
        (Reply::bulk("begin_search"), begin),
        (Reply::bulk("find_keys"), find),
    ])
}

fn details(engine: &Engine, spec: &'static CommandSpec) -> Reply {
    let target = engine.target;
    let flags = spec.flags(target);
    let container = engine.since(7, 0) && !spec.subcommands.is_empty();
    let mut words: Vec<Reply> =
        FLAGS.iter().filter(|(flag, _)| flags.has(*flag)).map(|(_, name)| status(*name)).collect();
    if !engine.since(7, 0) && flags.has(Flags::RANDOM) {
        words.push(status("random"));
    }
    let mut arity = i64::from(spec.arity(target).unwrap_or(-2));
    if module_of(spec).is_some() {
        let first = [Flags::WRITE, Flags::READONLY, Flags::DENYOOM];
        words.insert(first.iter().filter(|flag| flags.has(**flag)).count(), status("module"));
        if !modules_document(target) {
            arity = -1;
        }
    }
    let keys = key_specs(spec, target);
    let (first, last, step) = legacy_range(keys);
    let mut parts = vec![
        Reply::bulk(name_of(spec)),
        Reply::Int(arity),
        Reply::Set(if container { vec![] } else { words }),
        Reply::Int(first),
        Reply::Int(last),
        Reply::Int(step),
        Reply::set(
            CATEGORIES
                .iter()
                .filter(|category| has_category(spec, target, category))
                .map(|category| status(format!("@{category}"))),
        ),
    ];
    if engine.since(7, 0) {
        let mut tips = Vec::new();
        for (flag, tip) in
            [(Flags::RANDOM, "nondeterministic_output"), (Flags::RANDOM_ORDER, "nondeterministic_output_order")]
        {
            if flags.has(flag) {
                tips.push(Reply::bulk(tip));
            }
        }
        parts.push(Reply::Set(tips));
        parts.push(Reply::set(keys.iter().enumerate().map(|(nth, key)| key_spec(spec, nth, key))));
        let subs: Vec<Reply> = subcommands(engine, spec).map(|sub| details(engine, sub)).collect();
        // No subcommands were a set until Valkey 9.1.
        let none = subs.is_empty() && !engine.target.valkey_since(9, 1);
        parts.push(if none { Reply::Set(subs) } else { Reply::Array(subs) });
    }
    Reply::Array(parts)
}

/// The command or, with a bar between, the subcommand of a name.
pub(super) fn by_name(engine: &Engine, name: &[u8]) -> Option<&'static CommandSpec> {
    let target = engine.target;
    match name.iter().position(|byte| *byte == b'|') {
        Some(bar) if engine.since(7, 0) => {
            let container = lookup(&name[..bar]).filter(|spec| spec.is_available(target))?;
            subcommand(container, &name[bar + 1..]).filter(|sub| sub.is_available(target))
        }
        Some(_) => None,
        None => lookup(name).filter(|spec| spec.is_available(target)),
    }
}

pub(crate) fn all(call: &mut Call<'_>) -> Answer {
    Ok(Reply::array(available(call.engine.target).map(|spec| details(call.engine, spec))))
}

pub(crate) fn info(call: &mut Call<'_>) -> Answer {
    if call.count() == 2 && call.since(7, 0) {
        return all(call);
    }
    let one = |name: &Vec<u8>| by_name(call.engine, name).map_or(Reply::Nil, |spec| details(call.engine, spec));
    Ok(Reply::array(call.rest(2).iter().map(one)))
}

pub(crate) fn count(call: &mut Call<'_>) -> Answer {
    // 6.2 counted the two words by which it knew that a browser had been led to it.
    let browser = if call.since(7, 0) { 0 } else { 2 };
    Ok(Reply::Int(available(call.engine.target).count() as i64 + browser))
}

pub(crate) fn list(call: &mut Call<'_>) -> Answer {
    let what = call.word(4);
    let target = call.engine.target;
    let fits: Box<dyn Fn(&'static CommandSpec) -> bool> = match call.count() {
        2 => Box::new(|_| true),
        5 if call.is(2, "FILTERBY") && call.is(3, "MODULE") => {
            Box::new(|spec| module_of(spec).is_some_and(|module| module.as_bytes() == what))
        }
        5 if call.is(2, "FILTERBY") && call.is(3, "ACLCAT") => {
            let category = String::from_utf8_lossy(what).to_ascii_lowercase();
            Box::new(move |spec| {
                // A container has the categories of no command.
                spec.subcommands.is_empty() && has_category(spec, target, &category)
            })
        }
        5 if call.is(2, "FILTERBY") && call.is(3, "PATTERN") => {
            let pattern = what.to_ascii_lowercase();
            Box::new(move |spec| glob::matches(&pattern, name_of(spec).to_ascii_lowercase().as_bytes()))
        }
        _ => return call.syntax(),
    };
    let all = available(target).flat_map(|spec| std::iter::once(spec).chain(subcommands(call.engine, spec)));
    Ok(Reply::array(all.filter(|spec| fits(spec)).map(|spec| Reply::bulk(name_of(spec)))))
}

fn argument(argument: &Argument) -> Reply {
    let kind = match argument.kind {
        ArgumentKind::String => "string",
        ArgumentKind::Integer => "integer",
        ArgumentKind::Double => "double",
        ArgumentKind::Key => "key",
        ArgumentKind::Pattern => "pattern",
        ArgumentKind::UnixTime => "unix-time",
        ArgumentKind::Token => "pure-token",
        ArgumentKind::OneOf => "oneof",
        ArgumentKind::Block => "block",
    };
    let mut fields = vec![(Reply::bulk("name"), Reply::bulk(argument.name)), (Reply::bulk("type"), Reply::bulk(kind))];
    if !argument.token.is_empty() {
        fields.push((Reply::bulk("token"), Reply::bulk(argument.token)));
    }
    if let Some(since) = argument.since {
        fields.push((Reply::bulk("since"), Reply::bulk(format!("{since}.0"))));
    }
    let flags: Vec<Reply> =
        [(argument.optional, "optional"), (argument.multiple, "multiple"), (argument.multiple_token, "multiple_token")]
            .into_iter()
            .filter(|(set, _)| *set)
            .map(|(_, name)| status(name))
            .collect();
    if !flags.is_empty() {
        fields.push((Reply::bulk("flags"), Reply::Set(flags)));
    }
    if !argument.args.is_empty() {
        let parts = argument.args.iter().map(self::argument).collect();
        fields.push((Reply::bulk("arguments"), Reply::Array(parts)));
    }
    Reply::Map(fields)
}

fn documentation(engine: &Engine, spec: &'static CommandSpec) -> Reply {
    let target = engine.target;
    if let Some(module) = module_of(spec).filter(|_| !modules_document(target)) {
        return Reply::Map(vec![
            (Reply::bulk("group"), Reply::bulk("module")),
            (Reply::bulk("module"), Reply::bulk(module)),
        ]);
    }
    let mut fields = vec![(Reply::bulk("summary"), Reply::bulk(spec.summary))];
    let Some(facts) = spec.facts(target.family) else { return Reply::Map(fields) };
    fields.push((Reply::bulk("since"), Reply::bulk(format!("{}.0", facts.since))));
    let module = module_of(spec);
    fields.push((Reply::bulk("group"), Reply::bulk(if module.is_some() { "module" } else { spec.group })));
    fields.extend(module.map(|module| (Reply::bulk("module"), Reply::bulk(module))));
    if !facts.complexity.is_empty() {
        fields.push((Reply::bulk("complexity"), Reply::bulk(facts.complexity)));
    }
    if let Some((since, instead)) = spec.deprecated(target) {
        fields.push((Reply::bulk("doc_flags"), Reply::Set(vec![status("deprecated")])));
        fields.push((Reply::bulk("deprecated_since"), Reply::bulk(format!("{since}.0"))));
        fields.push((Reply::bulk("replaced_by"), Reply::bulk(instead)));
    }
    let args: Vec<Reply> =
        facts.args.iter().filter(|arg| arg.since.is_none_or(|since| since <= target.version)).map(argument).collect();
    if !args.is_empty() {
        fields.push((Reply::bulk("arguments"), Reply::Array(args)));
    }
    let subs: Vec<_> =
        subcommands(engine, spec).map(|sub| (Reply::bulk(name_of(sub)), documentation(engine, sub))).collect();
    if !subs.is_empty() {
        fields.push((Reply::bulk("subcommands"), Reply::Map(subs)));
    }
    Reply::Map(fields)
}

pub(crate) fn docs(call: &mut Call<'_>) -> Answer {
    let engine = &*call.engine;
    let one = |spec: &'static CommandSpec| (Reply::bulk(name_of(spec)), documentation(engine, spec));
    Ok(Reply::Map(match call.count() {
        2 => available(engine.target).map(one).collect(),
        _ => call.rest(2).iter().filter_map(|name| by_name(engine, name)).map(one).collect(),
    }))
}

/// Words before the call in `COMMAND GETKEYS`.
const BEFORE: usize = 2;

/// The keys of the call that COMMAND is given, by their places among all words.
fn keys_of(call: &Call<'_>) -> Result<Vec<Key>, Error> {
    let found = getkeys::of_words(call.engine.target, call.rest(BEFORE))?;
    Ok(found.into_iter().map(|key| Key { at: key.at + BEFORE, ..key }).collect())
}

pub(crate) fn get_keys(call: &mut Call<'_>) -> Answer {
    let keys = keys_of(call)?;
    Ok(Reply::array(keys.into_iter().map(|key| Reply::bulk(call.word(key.at)))))
}

pub(crate) fn get_keys_and_flags(call: &mut Call<'_>) -> Answer {
    let keys = keys_of(call)?;
    let one = |key: Key| {
        let flags = key.access.map_or(Vec::new(), |access| access_words(key.spec, key.nth, access));
        Reply::Array(vec![Reply::bulk(call.word(key.at)), Reply::Set(flags)])
    };
    Ok(Reply::array(keys.into_iter().map(one)))
}

pub(crate) fn help(call: &mut Call<'_>) -> Answer {
    help::reply(call, HELP)
}
