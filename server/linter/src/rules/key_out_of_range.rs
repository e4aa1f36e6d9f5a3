//! Keys beyond those that the script is given.

use semantic::Needs;

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{header, server_tables},
};

declare_rule! {
    /// ## What it does
    /// Reports `KEYS[3]` where the comment at the file's top gives two keys and the script leaves one of them unread, and
    /// indices that no list has: `KEYS[0]`, `KEYS[-1]`. A number at the end of the file's name (`take-2.lua`) counts too where
    /// the names of its folder tell the keys, and so do several calls of a script in a string of a program, if all agree and only the program
    /// around it can call it. A comment that only lacks the keys that follow is left to `header-mismatch`.
    ///
    /// ## Why it is bad
    /// The value is nil, and a command that gets it fails: `Lua redis lib command arguments must be strings or integers`.
    ///
    /// ## Example
    /// ```lua
    /// -- KEYS[1] from
    /// -- KEYS[2] to
    /// return redis.call('SMOVE', KEYS[1], KEYS[3], ARGV[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// -- KEYS[1] from
    /// -- KEYS[2] to
    /// return redis.call('SMOVE', KEYS[1], KEYS[2], ARGV[1])
    /// ```
    code: "key-out-of-range",
    group: Keys,
    level: Error,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    let keys: u32 = script.environment.included_keys.indices.iter().map(|(index, _)| *index).max().unwrap_or(0);
    let given = match script.named_keys() {
        Some(count) => Some((count, format!("the file's name gives {}", keys_text(count)))),
        None => script
            .header
            .key_count()
            .filter(|&count| !script.is_fragment() && !header::is_behind(context, count))
            .map(|count| (count, format!("the comment at the top names {}", keys_text(count)))),
    };
    let given = given.or_else(|| by_callers(context));
    server_tables::report_out_of_range(context, sink, "KEYS", &script.keys, given.as_ref());
    if let Some((count, why)) = given
        && keys > count
        && script.named_keys().is_some()
        && let Some((index, path)) = script.environment.included_keys.indices.iter().next_back()
    {
        let range = script.includes.first().map_or(text::TextRange::at(0), |include| include.range);
        sink.report(range, format!("`{path}` reads KEYS[{index}], but {why}"));
    }
}

/// The number of keys that all callers give, if the script reads more without asking for them. Of one call alone its own finding,
/// `call-arity`, says enough: where several agree the mistake is probably the script's.
fn by_callers(context: &Context<'_>) -> Option<(u32, String)> {
    let script = context.script;
    let agree = script.callers.filter(|it| it.count > 1 && !script.is_fragment());
    let callers = agree.filter(|it| Needs::of(script).keys > it.keys)?;
    Some((callers.keys, format!("{} give {}", header::callers_text(callers), keys_text(callers.keys))))
}

fn keys_text(count: u32) -> String {
    match count {
        0 => "no key".to_owned(),
        1 => "1 key".to_owned(),
        count => format!("{count} keys"),
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn against_name_and_header() {
        check(
            "key-out-of-range",
            "
local a = KEYS[0]
        --^^^^^^^ error[key-out-of-range]: there is no `KEYS[0]`: the first is `KEYS[1]`
local b = KEYS[-1]
        --^^^^^^^^ error[key-out-of-range]: there is no `KEYS[-1]`: the first is `KEYS[1]`
return KEYS[7], KEYS[#KEYS]
",
        );
        check(
            "key-out-of-range",
            "
-- KEYS[1] the stock
-- KEYS[2] the shelf
return redis.call('SMOVE', KEYS[1], KEYS[3], ARGV[1])
                                  --^^^^^^^ error[key-out-of-range]: there is no `KEYS[3]`: the comment at the top names 2 keys
",
        );
        check(
            "key-out-of-range",
            "
-- KEYS[1] the stock
return redis.call('SMOVE', KEYS[1], KEYS[3], ARGV[1])
                                  --^^^^^^^ error[key-out-of-range]: there is no `KEYS[3]`: the comment at the top names 1 key
",
        );
        // The comment is older than the script.
        check("key-out-of-range", "-- KEYS[1] from\nreturn redis.call('SMOVE', KEYS[1], KEYS[2], ARGV[1])\n");
        for name in ["take-2.lua", "utf-8.lua", "rate-limit-60.lua", "report-2026-03.lua", "take-1.lua"] {
            check_with("key-out-of-range", "return KEYS[2]\n", &crate::Options::default(), Some(name));
            // `take-2.lua` agrees with the script, so the key that it does not read is one too many.
            if name != "take-2.lua" {
                check_with("unused-key", "return KEYS[2]\n", &crate::Options::default(), Some(name));
            }
        }
    }
}
