//! Calls of scripts in programs that give fewer keys or arguments than the script needs.

use host::{Count, Given, ScriptCall};
use semantic::{Needs, Site, SiteTarget};
use text::TextRange;

use crate::rule::declare_rule;
use crate::{Context, Edit, Finding, Sink};

declare_rule! {
    /// ## What it does
    /// Reports calls of scripts in programs that give fewer keys or arguments than the script reads without asking for them, a
    /// count of keys that is larger than the number of words behind it, a word in the place of the count, and objects that lack a
    /// property for one of the script's `@names` (StackExchange.Redis). It speaks where
    /// both sides are certain: the script is known, and the words stand in the call.
    ///
    /// ## Why it is bad
    /// What is not given is nil in the script, which stops it, or is written as nothing. A count that is too large is refused:
    /// `Number of keys can't be greater than number of args`.
    ///
    /// ## Example
    /// ```python
    /// TAKE = "return redis.call('DECRBY', KEYS[1], ARGV[1])"
    /// r.eval(TAKE, 0, "stock:1", 2)
    /// ```
    ///
    /// ```ts
    /// const TAKE = `return redis.call('DECRBY', KEYS[1], ARGV[1])`;
    /// await redis.eval(TAKE, 1, 'stock:1');
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// TAKE = "return redis.call('DECRBY', KEYS[1], ARGV[1])"
    /// r.eval(TAKE, 1, "stock:1", 2)
    /// ```
    code: "call-arity",
    group: Hosts,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for site in context.script.sites.iter() {
        let needs = match &site.target {
            SiteTarget::Script { needs, path, .. } => Some((needs, path.as_str())),
            _ => None,
        };
        if !counts(sink, site) {
            continue;
        }
        properties(sink, site);
        if let Some((needs, path)) = needs {
            words(sink, &site.call, needs, path);
        }
    }
}

/// Reports `@names` of the script for which the call's object has no property.
fn properties(sink: &mut Sink<'_>, site: &Site) {
    let SiteTarget::Script { lacks, path, .. } = &site.target else { return };
    let Some(name) = lacks.first() else { return };
    sink.report(
        site.call.name,
        format!("the script has `@{name}`, and the object has no `{name}`: the client refuses the call"),
    )
    .help(format!("give the object a property `{name}`: see {path}"));
}

/// Reports a count that cannot be; false if there is one.
fn counts(sink: &mut Sink<'_>, site: &Site) -> bool {
    let call = &site.call;
    let Some(count) = &call.count else { return true };
    let place = count_place(call).unwrap_or(call.name);
    // Only what is a script for certain takes a count there.
    let is_known = !matches!(site.target, SiteTarget::Unknown);
    if count.is_text && is_known {
        let finding = sink
            .report(count.range, "a word stands where the number of keys belongs")
            .help("write the number of keys behind the script, then the keys, then the arguments");
        if let Some(number) = missing_count(site) {
            let separator = if call.has_commas { ", " } else { " " };
            let edit = Edit::replace(TextRange::at(count.range.start), format!("{number}{separator}"));
            finding.fix(format!("Count {}", keys(i64::from(number))), vec![edit]);
        }
        return false;
    }
    let Some(number) = count.number else { return true };
    if number < 0 {
        sink.report(place, format!("{number} is no number of keys: the server refuses it"));
        return false;
    }
    if let Given::Exactly(total) = call.total
        && i64::from(total) < number
    {
        sink.report(
            place,
            format!("{} counted, and {} behind: the server refuses the call", keys(number), given(total)),
        );
        return false;
    }
    true
}

/// The number of keys, if the count is all that is missing: the words of the call are as many as the script reads.
fn missing_count(site: &Site) -> Option<u32> {
    let SiteTarget::Script { needs, .. } = &site.target else { return None };
    let Given::Exactly(behind) = site.call.total else { return None };
    let (number, given) = (needs.all_keys?, behind + 1);
    let fits = given >= number + needs.args && needs.all_args.is_none_or(|all| given <= number + all);
    fits.then_some(number)
}

/// The place of the count, if it stands in the call: a client may take it where the command is defined.
fn count_place(call: &ScriptCall) -> Option<TextRange> {
    call.count.as_ref().map(|count| count.range).filter(|&range| call.range.contains_range(range))
}

/// Reports keys and arguments that a script needs and a call does not give.
fn words(sink: &mut Sink<'_>, call: &ScriptCall, needs: &Needs, path: &str) {
    let (Given::Exactly(keys_given), args_given) = (call.keys.given, call.args.given) else {
        // Keys by name; the arguments may be a list.
        return arguments(sink, call, needs, path, 0);
    };
    if keys_given < needs.keys {
        let missing = needs.keys;
        let place = match call.count {
            Some(_) => count_place(call).unwrap_or(call.name),
            None => call.keys.range,
        };
        let place = if place.is_empty() { call.name } else { place };
        let finding =
            sink.report(place, format!("the script reads KEYS[{missing}], and {} given", are(keys_given, "key")));
        let words = match args_given {
            Given::Exactly(it) => it,
            _ => 0,
        };
        match &call.count {
            Some(count) if count_place(call).is_some() && keys_given + words >= missing => {
                recount(finding, count, missing)
                    .help(format!("count {}, as {path} reads them", keys(i64::from(missing))))
            }
            _ => finding.help(format!("give {missing} {}: see {path}", if missing == 1 { "key" } else { "keys" })),
        };
        return;
    }
    // Keys beyond those that the script reads may be meant for arguments.
    let spare = needs.all_keys.map_or(0, |all| keys_given.saturating_sub(all));
    arguments(sink, call, needs, path, spare);
}

fn arguments(sink: &mut Sink<'_>, call: &ScriptCall, needs: &Needs, path: &str, spare: u32) {
    let Given::Exactly(args_given) = call.args.given else { return };
    if args_given >= needs.args {
        return;
    }
    let missing = needs.args;
    let place = match (call.args.range.is_empty(), count_place(call)) {
        (false, _) => call.args.range,
        (true, Some(count)) if spare > 0 => count,
        _ => call.name,
    };
    let message = format!("the script reads ARGV[{missing}], and {} given", are(args_given, "argument"));
    let finding = sink.report(place, message);
    if spare > 0 && args_given + spare >= missing {
        let read = needs.all_keys.unwrap_or_default();
        let finding = match &call.count {
            Some(count) if count_place(call).is_some() => recount(finding, count, read),
            _ => finding,
        };
        finding.help(format!("count {}: {path} reads no more, and what follows are arguments", keys(i64::from(read))));
    } else if call.keys.words.iter().chain(&call.args.words).any(|it| it.is_joined) {
        finding.help("two strings stand side by side: write a comma between them");
    } else {
        finding.help(format!("give {missing} {}: see {path}", if missing == 1 { "argument" } else { "arguments" }));
    }
}

/// Offers another count; one that stands elsewhere has a meaning there too.
fn recount<'a>(finding: Finding<'a>, count: &Count, number: u32) -> Finding<'a> {
    match count.stands_there {
        true => finding
            .fix(format!("Count {}", keys(i64::from(number))), vec![Edit::replace(count.range, number.to_string())]),
        false => finding,
    }
}

fn keys(count: i64) -> String {
    if count == 1 { "1 key".to_owned() } else { format!("{count} keys") }
}

fn given(count: u32) -> String {
    match count {
        0 => "no words stand".to_owned(),
        1 => "1 word stands".to_owned(),
        count => format!("{count} words stand"),
    }
}

/// "1 key is", "no arguments are".
fn are(count: u32, what: &str) -> String {
    match count {
        0 => format!("no {what}s are"),
        1 => format!("1 {what} is"),
        count => format!("{count} {what}s are"),
    }
}
