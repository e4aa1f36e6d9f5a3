//! Times in another unit than the command takes.

use semantic::{ApiPath, CallForm, CommandCall, Init};
use syntax::{BinaryOp, ExprId, ExprKind, StmtKind};

use commands::bind::Role;

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::command_problems};

/// Locals that a value is followed through.
const MAX_STEPS: usize = 8;

declare_rule! {
    /// ## What it does
    /// Reports a time that is in milliseconds or microseconds by its name or its comment where the command takes seconds, and the
    /// other way round: `EXPIRE` of `ttl_ms`, `PEXPIRE` of `ttl_seconds`.
    ///
    /// ## Why it is bad
    /// The key lives a thousand times as long as it should, or ends at once. Else the name or the comment is wrong.
    ///
    /// ## Example
    /// ```lua
    /// local window_ms = tonumber(ARGV[1])
    /// return redis.call('EXPIRE', KEYS[1], window_ms)
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local window_ms = tonumber(ARGV[1])
    /// return redis.call('PEXPIRE', KEYS[1], window_ms)
    /// ```
    code: "time-unit",
    group: Commands,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Microseconds => "microseconds",
        }
    }

    /// The only unit in a name or a comment. `half_second` is a time in an unknown unit.
    fn of_text(text: &str) -> Option<Self> {
        let mut found = None;
        for word in words(text) {
            let unit = match word.to_ascii_lowercase().as_str() {
                "ms" | "msec" | "msecs" | "milli" | "millis" | "milliseconds" => Self::Milliseconds,
                "usec" | "usecs" | "micro" | "micros" | "microseconds" => Self::Microseconds,
                // A rate.
                "per" => return None,
                "sec" | "secs" | "seconds" => Self::Seconds,
                _ => continue,
            };
            if found.is_some_and(|known| known != unit) {
                return None;
            }
            found = Some(unit);
        }
        found
    }
}

/// The words of a text, also those of names like `ttl_ms` and `ttlMs`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).flat_map(|part| {
        let bytes = part.as_bytes();
        let humps = (1..bytes.len()).filter(|&at| bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase());
        let mut ends: Vec<usize> = humps.collect();
        ends.push(bytes.len());
        let mut start = 0;
        ends.into_iter().map(move |end| &part[std::mem::replace(&mut start, end)..end])
    })
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for call in context.script.calls.iter().filter(|call| !matches!(call.form, CallForm::Wrapper(_))) {
        for (at, &word) in call.words.iter().enumerate() {
            let takes = match call.binding.roles.get(at) {
                Some(Role::Value("seconds" | "unix-time-seconds")) => Unit::Seconds,
                Some(Role::Value("milliseconds" | "unix-time-milliseconds")) => Unit::Milliseconds,
                _ => continue,
            };
            let Some((unit, who)) = said(context, word).filter(|(unit, _)| *unit != takes) else { continue };
            let what = taker(context, call, at);
            let finding = sink.report(
                command_problems::word_range(context, call, at),
                format!("{what} takes {}, and {who} says {}", takes.name(), unit.name()),
            );
            let other = call.name().and_then(in_other_unit).filter(|_| unit != Unit::Microseconds);
            match other.and_then(|other| Some((other, command_problems::replace_word(context, call, 0, other)?))) {
                Some((other, (_, edit))) => {
                    finding
                        .help(format!("{other} takes {}", unit.name()))
                        .fix(format!("Replace by {other}"), vec![edit]);
                }
                None => {
                    finding.help("convert it, or correct the name");
                }
            }
        }
    }
}

/// The command or the option that a time is for.
fn taker(context: &Context<'_>, call: &CommandCall, at: usize) -> String {
    let name = call.name().unwrap_or("the command");
    let option = at.checked_sub(1).filter(|&at| at > 0).and_then(|at| context.script.constant_string(call.words[at]));
    match option.map(|option| option.to_ascii_uppercase()).as_deref() {
        Some(option @ (b"EX" | b"PX" | b"EXAT" | b"PXAT")) => format!("{} of {name}", String::from_utf8_lossy(option)),
        _ => name.to_owned(),
    }
}

/// The command that takes milliseconds for seconds, or seconds for milliseconds.
fn in_other_unit(name: &str) -> Option<&'static str> {
    Some(match name {
        "EXPIRE" => "PEXPIRE",
        "EXPIREAT" => "PEXPIREAT",
        "SETEX" => "PSETEX",
        "PEXPIRE" => "EXPIRE",
        "PEXPIREAT" => "EXPIREAT",
        "PSETEX" => "SETEX",
        "HEXPIRE" => "HPEXPIRE",
        "HEXPIREAT" => "HPEXPIREAT",
        "HPEXPIRE" => "HEXPIRE",
        "HPEXPIREAT" => "HEXPIREAT",
        _ => return None,
    })
}

/// The unit that a value has by what the script says of it, and who says so. A value that is computed has none.
fn said(context: &Context<'_>, expr: ExprId) -> Option<(Unit, String)> {
    let (script, tree) = (context.script, context.tree());
    let mut at = expr;
    for _ in 0..MAX_STEPS {
        at = plain(context, at);
        let name = match &tree[at].kind {
            ExprKind::Name(name) | ExprKind::Field { name, .. } => name,
            ExprKind::Index { base, key } => return said_at_top(context, *base, *key),
            _ => return None,
        };
        let shown = name.as_str(context.source());
        if let Some(unit) = Unit::of_text(shown) {
            return Some((unit, format!("`{shown}`")));
        }
        let local = script.scopes.local_of(at)?;
        if let Some(unit) = script.scopes[local].stmt.and_then(|_| commented(context, local)) {
            return Some((unit, format!("the comment on `{shown}`")));
        }
        let Some(Init::Expr(value)) = script.scopes.fixed(local) else { return None };
        at = value;
    }
    None
}

/// The value behind `tonumber`, `tostring` and constant defaults.
fn plain(context: &Context<'_>, expr: ExprId) -> ExprId {
    let (script, tree) = (context.script, context.tree());
    match &tree[expr].kind {
        ExprKind::Paren(inner) => plain(context, *inner),
        ExprKind::Binary { op: BinaryOp::Or, lhs, rhs, .. } if script.constant(*rhs).is_some() => plain(context, *lhs),
        ExprKind::Call(call) => match (script.api(call.callee), &*call.args) {
            (Some(ApiPath::Global("tonumber" | "tostring")), [inner]) => plain(context, *inner),
            _ => expr,
        },
        _ => expr,
    }
}

/// The unit in the comment behind a declaration of one variable.
fn commented(context: &Context<'_>, local: semantic::LocalId) -> Option<Unit> {
    let (script, tree) = (context.script, context.tree());
    let stmt = script.scopes[local].stmt?;
    let StmtKind::Local { names, .. } = &tree[stmt].kind else { return None };
    let end = tree[stmt].range.end;
    let comment = script.parse.comments.iter().find(|comment| comment.range.start >= end)?;
    let is_beside = context.line(end) == context.line(comment.range.start);
    (names.len() == 1 && is_beside).then(|| Unit::of_text(&script.text_of(comment.range)))?
}

/// The unit of an element of ARGV in the comment at the top.
fn said_at_top(context: &Context<'_>, base: ExprId, key: ExprId) -> Option<(Unit, String)> {
    let script = context.script;
    if script.api(base) != Some(ApiPath::Global("ARGV")) {
        return None;
    }
    let Some(semantic::Constant::Number(index)) = script.constant(key) else { return None };
    let entry = script.header.args.iter().find(|entry| f64::from(entry.index) == index)?;
    let unit = Unit::of_text(&script.text_of(entry.text))?;
    Some((unit, format!("the comment at the top on ARGV[{index}]")))
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn names_and_comments() {
        check(
            "time-unit",
            "
-- ARGV[1] window in milliseconds
-- ARGV[2] requests per second
local window = tonumber(ARGV[1]) or 1000
redis.call('EXPIRE', KEYS[1], window)
                            --^^^^^^ warning[time-unit]: EXPIRE takes seconds, and the comment at the top on ARGV[1] says milliseconds
local ttlMs, ttl_sec = window, window / 1000
redis.call('SET', KEYS[2], 1, 'EX', ttlMs)
                                  --^^^^^ warning[time-unit]: EX of SET takes seconds, and `ttlMs` says milliseconds
redis.call('PEXPIRE', KEYS[3], ttl_sec)
                             --^^^^^^^ warning[time-unit]: PEXPIRE takes milliseconds, and `ttl_sec` says seconds
local pause = redis.call('GET', KEYS[4]) or 5 -- ms
redis.call('SETEX', KEYS[5], tostring(pause), 1)
                           --^^^^^^^^^^^^^^^ warning[time-unit]: SETEX takes seconds, and the comment on `pause` says milliseconds
redis.call('PEXPIRE', KEYS[6], ttlMs)
redis.call('EXPIRE', KEYS[7], math.ceil(ttlMs / 1000))
redis.call('EXPIRE', KEYS[8], ttl_sec)
redis.call('PEXPIRE', KEYS[9], ARGV[2])
local ms_per_second, params = 1000, 5
redis.call('EXPIRE', KEYS[10], ms_per_second)
redis.call('EXPIRE', KEYS[11], params)
local half_second = 500
redis.call('PEXPIRE', KEYS[12], half_second)
",
        );
    }

    #[test]
    fn the_fix_takes_the_other_command() {
        assert_eq!(
            fixed("time-unit", "local ttl_ms = ARGV[1] redis.call('expire', KEYS[1], ttl_ms)"),
            "local ttl_ms = ARGV[1] redis.call('pexpire', KEYS[1], ttl_ms)"
        );
    }
}
