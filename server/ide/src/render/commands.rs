//! Commands and the words of their calls.

use std::fmt::Write as _;

use commands::{
    CommandSpec, Family, Flags, Target,
    bind::Role,
    reply::ReplyCase,
    spec::{Argument, ArgumentKind},
};
use semantic::{CommandCall, Constant};

use super::text::slot;
use crate::{File, at};

/// A word of a command call.
pub(crate) fn word(file: &File, call: &CommandCall, nth: usize) -> Option<String> {
    let constant = call.words.get(nth).and_then(|&expr| file.script.constant(expr));
    let key = constant.as_ref().and_then(Constant::as_bytes);
    let role = call.binding.roles.get(nth)?;
    of_role(role, at::spec(call), &call.replies, key.as_deref(), &file.options.targets)
}

/// The meaning of a word to its command; `text` is its text, where that is known.
pub(crate) fn of_role(
    role: &Role,
    spec: Option<&'static CommandSpec>,
    replies: &[&ReplyCase],
    text: Option<&[u8]>,
    targets: &[Target],
) -> Option<String> {
    match role {
        Role::Command | Role::Subcommand => Some(command(spec?, replies, targets)),
        Role::Token(token) => option(spec?, token),
        Role::Key(access) => {
            let what = match access {
                commands::spec::Access::Read => "read",
                commands::spec::Access::ReadWrite => "changed",
                commands::spec::Access::Overwrite => "overwritten",
                commands::spec::Access::Remove => "removed",
            };
            let mut out = format!("Key, {what} by {}", spec.map_or("the command", |spec| spec.name));
            if let Some(key) = text {
                let _ = write!(out, "\n\n{}", slot(key));
            }
            Some(out)
        }
        Role::NumKeys => Some("How many keys follow".to_owned()),
        Role::Value(name) => {
            let spec = spec?;
            let mut out = format!("`{name}` of {}", spec.name);
            let meaning = spec.values(name).iter().find(|(word, _)| Some(word.as_bytes()) == text);
            if let Some((_, meaning)) = meaning {
                let _ = write!(out, "\n\n{meaning}");
            }
            Some(out)
        }
        Role::Unknown => None,
    }
}

/// An option of a command, with its meaning and the servers that have it where not all do.
pub(crate) fn option(spec: &'static CommandSpec, token: &str) -> Option<String> {
    let facts = [spec.redis, spec.valkey].into_iter().flatten();
    let argument = facts.filter_map(|facts| find_token(facts.args, token)).next()?;
    let mut out = format!("```\n{}\n```\n", commands::usage(std::slice::from_ref(argument)).trim_matches(['[', ']']));
    if let Some(meaning) = spec.option(token) {
        let _ = writeln!(out, "{meaning}\n");
    }
    let _ = write!(out, "Option of {}{}", spec.name, since(spec, token));
    Some(out)
}

/// The options of a command with their meanings, as a list in the order of its grammar; empty if it has none.
pub(crate) fn options(spec: &'static CommandSpec) -> String {
    fn tokens(args: &'static [Argument], found: &mut Vec<&'static str>) {
        for arg in args {
            if !arg.token.is_empty() && !found.contains(&arg.token) {
                found.push(arg.token);
            }
            tokens(arg.args, found);
        }
    }
    let mut found = Vec::new();
    for facts in [spec.redis, spec.valkey].into_iter().flatten() {
        tokens(facts.args, &mut found);
    }
    let mut out = String::new();
    for token in found {
        let since = since(spec, token);
        let since = since.strip_prefix(": ").map(|since| format!(" ({since})")).unwrap_or_default();
        let _ = writeln!(out, "- `{token}`{since}: {}", spec.option(token).unwrap_or_default());
    }
    out
}

/// The servers that have an option, where some that have the command do not: `: since Redis 8.4, not in Valkey`.
fn since(spec: &CommandSpec, token: &str) -> String {
    let (mut since, mut lacking) = (Vec::new(), Vec::new());
    for family in [Family::Redis, Family::Valkey] {
        let Some(facts) = spec.facts(family) else { continue };
        let first = Target::KNOWN.iter().find(|target| target.family == family).map(|target| target.version);
        match spec.option_since(token, family) {
            None => lacking.push(family.title()),
            Some(version) if version > facts.since && Some(version) > first => {
                since.push(format!("{} {version}", family.title()));
            }
            Some(_) => {}
        }
    }
    let mut parts = Vec::new();
    if !since.is_empty() {
        parts.push(format!("since {}", since.join(", ")));
    }
    if !lacking.is_empty() {
        parts.push(format!("not in {}", lacking.join(" and ")));
    }
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
}

/// Everything about a command.
pub(crate) fn command(spec: &CommandSpec, replies: &[&ReplyCase], targets: &[Target]) -> String {
    let newest = targets.iter().rev().find_map(|&target| Some((target, spec.facts(target.family)?)));
    let facts = newest.map(|(_, facts)| facts).or_else(|| spec.any_facts());
    let mut out = String::new();
    if let Some(facts) = facts {
        let _ = writeln!(out, "```\n{}\n```", format!("{} {}", spec.name, commands::usage(facts.args)).trim_end());
    }
    let _ = writeln!(out, "{}", spec.summary);
    if !spec.replies.is_empty() {
        let cases: Vec<&ReplyCase> = if replies.is_empty() { spec.replies.iter().collect() } else { replies.to_vec() };
        out.push_str("\n**Reply**\n");
        let single = cases.len() == 1;
        for case in cases {
            let when = match (single, case.when) {
                (true, _) | (_, []) => String::new(),
                (false, when) => format!("with {}: ", when.join(", ")),
            };
            let _ = write!(out, "- {when}in Lua {}; clients get {}", case.resp2.in_lua(false), case.resp2);
            if case.resp3 != case.resp2 {
                let _ = write!(out, ", under RESP3 {}", case.resp3);
            }
            out.push('\n');
        }
    }
    let mut lines: Vec<String> = Vec::new();
    let since: Vec<String> = [(Family::Redis, spec.redis), (Family::Valkey, spec.valkey)]
        .into_iter()
        .filter_map(|(family, facts)| Some(format!("{} {}", family_name(family), facts?.since)))
        .collect();
    lines.push(format!("**Since** {}", since.join(", ")));
    if let Some(facts) = facts.filter(|facts| !facts.complexity.is_empty()) {
        lines.push(format!("**Complexity** {}", facts.complexity));
    }
    let flags = targets.last().map(|&target| spec.flags(target)).unwrap_or_default();
    let told: Vec<&str> = [
        (Flags::WRITE, "writes"),
        (Flags::READONLY, "reads"),
        (Flags::DENYOOM, "refused when memory is full"),
        (Flags::NOSCRIPT, "not allowed from scripts"),
        (Flags::BLOCKING, "does not block in a script"),
        (Flags::RANDOM, "replies differ from run to run"),
        (Flags::RANDOM_ORDER, "in no fixed order"),
    ]
    .into_iter()
    .filter(|(flag, _)| flags.has(*flag))
    .map(|(_, text)| text)
    .collect();
    if !told.is_empty() {
        lines.push(told.join(" · "));
    }
    let _ = writeln!(out, "\n{}", lines.join("  \n"));
    for &target in targets {
        if !spec.is_available(target) {
            let _ = writeln!(out, "\n**Not in {target}**");
        }
    }
    if let Some((target, (since, instead))) =
        targets.iter().find_map(|&target| Some((target, spec.deprecated(target)?)))
    {
        let _ = write!(out, "\n**Deprecated** since {} {since}", family_name(target.family));
        if !instead.is_empty() {
            let _ = write!(out, ": use {instead}");
        }
        out.push('\n');
    }
    out
}

const fn family_name(family: Family) -> &'static str {
    match family {
        Family::Redis => "Redis",
        Family::Valkey => "Valkey",
    }
}

fn find_token(args: &'static [Argument], token: &str) -> Option<&'static Argument> {
    args.iter().find_map(|arg| {
        if arg.token == token {
            return Some(arg);
        }
        let inner = find_token(arg.args, token);
        // `EX seconds` is told whole.
        if inner.is_some() && arg.kind == ArgumentKind::Block { Some(arg) } else { inner }
    })
}
