//! The rules of `ACL SETUSER`.

use commands::{CommandId, CommandSpec, Target, lookup, subcommand};
use protocol::number::parse_int;

use super::{
    User,
    error::RuleError,
    selector::{KeyPattern, Selector},
    user::Sanitize,
};
use crate::names::{CATEGORIES, has_category};

/// Joins the words of each selector in parentheses, since 7.0.
///
/// # Errors
/// The text of the error: a parenthesis is not closed.
pub(crate) fn joined(target: Target, words: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, Vec<u8>> {
    let mut out: Vec<Vec<u8>> = Vec::new();
    let mut open: Option<Vec<u8>> = None;
    for word in words {
        match &mut open {
            Some(text) => {
                text.push(b' ');
                text.extend_from_slice(word);
            }
            None if word.starts_with(b"(") && target.since(7, 0) => open = Some(word.clone()),
            None => out.push(word.clone()),
        }
        if open.as_ref().is_some_and(|text| text.ends_with(b")")) {
            out.extend(open.take());
        }
    }
    match open {
        None => Ok(out),
        Some(text) => {
            let first = text.split(|byte| *byte == b' ').next().unwrap_or_default();
            Err([b"ERR Unmatched parenthesis in acl selector starting at '", first, b"'."].concat())
        }
    }
}

/// Applies a rule to a user. `all_channels`: true if new selectors may use all channels.
///
/// # Errors
/// The reason why the rule is refused.
pub(crate) fn apply(target: Target, all_channels: bool, user: &mut User, rule: &[u8]) -> Result<(), RuleError> {
    let new_selector = || Selector::new(all_channels);
    if rule.eq_ignore_ascii_case(b"reset") {
        let sanitize = Sanitize::Yes;
        *user = User::new(&user.name, target, all_channels);
        user.sanitize = if target.valkey_since(9, 1) { Sanitize::Unset } else { sanitize };
        return Ok(());
    }
    if user.apply(rule, target)? {
        return Ok(());
    }
    if target.since(7, 0) {
        if rule.eq_ignore_ascii_case(b"clearselectors") {
            user.selectors.truncate(1);
            return Ok(());
        }
        if let Some(inner) = rule.strip_prefix(b"(") {
            let inner = inner.strip_suffix(b")").ok_or(RuleError::Syntax)?;
            let mut selector = new_selector();
            for rule in inner.split(|byte| *byte == b' ').filter(|rule| !rule.is_empty()) {
                apply_to_selector(target, &mut selector, rule)?;
            }
            user.selectors.push(selector);
            return Ok(());
        }
    }
    apply_to_selector(target, &mut user.selectors[0], rule)
}

fn apply_to_selector(target: Target, selector: &mut Selector, rule: &[u8]) -> Result<(), RuleError> {
    let lower = rule.to_ascii_lowercase();
    match lower.as_slice() {
        b"allkeys" | b"~*" => {
            selector.all_keys = true;
            selector.keys.clear();
        }
        b"resetkeys" => {
            selector.all_keys = false;
            selector.keys.clear();
        }
        b"allchannels" | b"&*" => {
            selector.all_channels = true;
            selector.channels.clear();
        }
        b"resetchannels" => {
            selector.all_channels = false;
            selector.channels.clear();
        }
        b"allcommands" | b"+@all" => selector.allow_everything(),
        b"nocommands" | b"-@all" => selector.allow_nothing(),
        b"alldbs" if target.valkey_since(9, 1) => selector.databases = None,
        b"resetdbs" if target.valkey_since(9, 1) => selector.databases = Some(Default::default()),
        _ => match rule {
            [b'~', pattern @ ..] => key(selector, pattern, true, true)?,
            [b'%', rest @ ..] if target.since(7, 0) => {
                let at = rest.iter().position(|byte| *byte == b'~').ok_or(RuleError::Syntax)?;
                let (mut read, mut write) = (false, false);
                for letter in &rest[..at] {
                    match letter.to_ascii_uppercase() {
                        b'R' if !read => read = true,
                        b'W' if !write => write = true,
                        _ => return Err(RuleError::Syntax),
                    }
                }
                if !read && !write {
                    return Err(RuleError::Syntax);
                }
                key(selector, &rest[at + 1..], read, write)?;
            }
            [b'&', pattern @ ..] => channel(selector, pattern)?,
            [b'+', name @ ..] => command(target, selector, name, true)?,
            [b'-', name @ ..] => command(target, selector, name, false)?,
            _ if target.valkey_since(9, 1) && lower.starts_with(b"db=") => databases(selector, &rule[3..])?,
            _ => return Err(RuleError::Syntax),
        },
    }
    Ok(())
}

fn has_blanks(text: &[u8]) -> bool {
    text.iter().any(|byte| byte.is_ascii_whitespace() || *byte == 0)
}

fn key(selector: &mut Selector, pattern: &[u8], read: bool, write: bool) -> Result<(), RuleError> {
    if selector.all_keys {
        return Err(RuleError::KeyAfterAll);
    }
    if has_blanks(pattern) {
        return Err(RuleError::Syntax);
    }
    if pattern == b"*" && read && write {
        selector.all_keys = true;
        selector.keys.clear();
        return Ok(());
    }
    match selector.keys.iter_mut().find(|known| known.pattern == pattern) {
        Some(known) => {
            known.read |= read;
            known.write |= write;
        }
        None => selector.keys.push(KeyPattern { pattern: pattern.to_vec(), read, write }),
    }
    Ok(())
}

fn channel(selector: &mut Selector, pattern: &[u8]) -> Result<(), RuleError> {
    if selector.all_channels {
        return Err(RuleError::ChannelAfterAll);
    }
    if has_blanks(pattern) {
        return Err(RuleError::Syntax);
    }
    if !selector.channels.iter().any(|known| known == pattern) {
        selector.channels.push(pattern.to_vec());
    }
    Ok(())
}

fn databases(selector: &mut Selector, list: &[u8]) -> Result<(), RuleError> {
    let mut numbers = std::collections::BTreeSet::new();
    for number in list.split(|byte| *byte == b',') {
        let number = parse_int(number).ok_or(RuleError::Syntax)?;
        if i32::try_from(number).is_err() || number < 0 {
            return Err(RuleError::DatabaseRange);
        }
        numbers.insert(number);
    }
    selector.databases = Some(numbers);
    Ok(())
}

/// `+name`, `+name|sub`, `+@category` and their like with a minus.
fn command(target: Target, selector: &mut Selector, name: &[u8], on: bool) -> Result<(), RuleError> {
    let text = std::str::from_utf8(name).map_err(|_| RuleError::UnknownCommand)?;
    if let Some(category) = text.strip_prefix('@') {
        let category = category.to_ascii_lowercase();
        if !CATEGORIES.contains(&category.as_str()) {
            return Err(RuleError::UnknownCommand);
        }
        set_category(target, selector, &category, on);
        remember(selector, &format!("@{category}"), on);
        return Ok(());
    }
    let (first, rest) = match text.split_once('|') {
        None => (text, None),
        Some((first, rest)) => (first, Some(rest)),
    };
    let spec = lookup(first.as_bytes()).filter(|spec| spec.is_available(target)).ok_or(RuleError::UnknownCommand)?;
    let Some(rest) = rest else {
        selector.set(spec, on);
        remember(selector, text, on);
        return Ok(());
    };
    if rest.is_empty() {
        return Err(RuleError::Syntax);
    }
    if target.since(7, 0) && !spec.subcommands.is_empty() {
        let (sub, more) = rest.split_once('|').map_or((rest, false), |(sub, _)| (sub, true));
        let sub = subcommand(spec, sub.as_bytes()).filter(|sub| sub.is_available(target));
        let sub = sub.ok_or(RuleError::UnknownCommand)?;
        if more {
            return Err(RuleError::FirstArgOfSubcommand);
        }
        selector.set_one(sub.id, on);
        remember(selector, text, on);
        return Ok(());
    }
    // A first argument can only be allowed.
    if !on {
        return Err(RuleError::UnknownCommand);
    }
    if !selector.allows(spec.id) {
        let args = selector.first_args.entry(spec.id as u16).or_default();
        if !args.iter().any(|known| known.eq_ignore_ascii_case(rest.as_bytes())) {
            args.push(rest.as_bytes().to_vec());
        }
    }
    remember(selector, text, on);
    Ok(())
}

/// Allows all commands of a category, or takes that back. A container stands for all of its subcommands.
pub(super) fn set_category(target: Target, selector: &mut Selector, category: &str, on: bool) {
    for spec in of_category(target, category) {
        selector.set(spec, on);
    }
}

/// The commands, containers and subcommands of a category.
pub(crate) fn of_category<'a>(target: Target, category: &'a str) -> impl Iterator<Item = &'static CommandSpec> + 'a {
    let all = commands::all().iter().filter(move |spec| spec.is_available(target));
    all.flat_map(move |spec| {
        let subs = if target.since(7, 0) { spec.subcommands } else { &[] };
        std::iter::once(spec).chain(subs.iter().filter(move |sub| sub.is_available(target)))
    })
    .filter(move |spec| is_of_category(target, spec, category))
}

/// True if a command is of a category. Before 7.0 a container was one command, with the categories of all it contains.
pub(crate) fn is_of_category(target: Target, spec: &CommandSpec, category: &str) -> bool {
    use CommandId as Id;
    let has = |spec: &CommandSpec| has_category(spec, target, category);
    let old = !target.since(7, 0);
    if !spec.subcommands.is_empty() {
        // Of the containers the servers have but these in categories of their own.
        return match (spec.id, category) {
            _ if old => has(spec) || spec.subcommands.iter().any(has),
            (_, "slow") => true,
            (Id::Command, "connection") => true,
            _ => false,
        };
    }
    match (spec.id, category) {
        (Id::Asking | Id::Readonly | Id::Readwrite | Id::Select | Id::Wait, "keyspace") if old => true,
        (Id::Asking | Id::Readonly | Id::Readwrite | Id::Select | Id::Wait, "connection") if old => false,
        (Id::Role, "admin") | (Id::Quit, _) if old => false,
        (Id::Wait | Id::Waitaof, "blocking") => target.since(7, 4),
        _ => has(spec),
    }
}

/// The commands that have a permission of their own: since 7.0 subcommands in the place of their containers.
pub(super) fn commands_of(target: Target) -> impl Iterator<Item = &'static CommandSpec> {
    let all = commands::all().iter().filter(move |spec| spec.is_available(target));
    all.flat_map(move |spec| {
        let subs = if target.since(7, 0) { spec.subcommands } else { &[] };
        let own = subs.is_empty().then_some(spec);
        own.into_iter().chain(subs.iter().filter(move |sub| sub.is_available(target)))
    })
}

/// Adds a rule to those that are shown, in the place of one that it repeats or contains.
fn remember(selector: &mut Selector, name: &str, on: bool) {
    let name = name.to_ascii_lowercase();
    let within = |known: &str| known == name || known.strip_prefix(&name).is_some_and(|rest| rest.starts_with('|'));
    selector.rules.retain(|(_, known)| !within(known));
    selector.rules.push((on, name));
}
