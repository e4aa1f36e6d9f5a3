//! Patterns and formats that the string library refuses.

use semantic::{ApiPath, Constant, flow::Kinds};
use syntax::{ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Level, Sink, helpers::values};

declare_rule! {
    /// ## What it does
    /// Reports Lua patterns that are not well formed, replacements of `string.gsub` with captures that the pattern has not, and
    /// formats of `string.format` with conversions that do not exist, that lack a value, or get one of the wrong kind.
    ///
    /// ## Why it is bad
    /// The call stops the script: `malformed pattern (missing ']')`, `invalid capture index`,
    /// `bad argument #2 to 'format' (number expected, got string)`.
    ///
    /// ## Example
    /// ```lua
    /// return string.gsub(KEYS[1], '%', '%%')
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return string.gsub(KEYS[1], '%%', '%%%%')
    /// ```
    code: "bad-pattern",
    group: Types,
    level: Error,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let protected = values::protected(context);
    for (_, expr) in context.tree().calls().chain(context.tree().method_calls()) {
        let (name, args): (String, Vec<ExprId>) = match &expr.kind {
            ExprKind::Call(call) => match context.script.api(call.callee) {
                Some(ApiPath::Member("string", name)) => (name.to_owned(), call.args.to_vec()),
                _ => continue,
            },
            ExprKind::MethodCall(call) if values::is_text(context, call.base) => {
                let args = std::iter::once(call.base).chain(call.args.iter().copied());
                (call.name.as_str(&context.script.source).to_owned(), args.collect())
            }
            _ => continue,
        };
        if protected.iter().any(|function| function.contains_range(expr.range)) {
            continue;
        }
        match name.as_str() {
            "find" | "match" | "gmatch" | "gfind" | "gsub" => pattern(context, sink, &name, &args),
            "format" => format(context, sink, &args),
            _ => {}
        }
    }
}

/// The bytes of a constant string.
fn text(context: &Context<'_>, args: &[ExprId], at: usize) -> Option<Vec<u8>> {
    match context.script.constant(*args.get(at)?)? {
        Constant::String(text) => Some(text.to_vec()),
        _ => None,
    }
}

fn pattern(context: &Context<'_>, sink: &mut Sink<'_>, name: &str, args: &[ExprId]) {
    // Without patterns there are none to be malformed.
    let plain = args.get(3).is_some_and(|&plain| !values::of(context, plain).is_some_and(|of| of.is(Kinds::FALSY)));
    if name == "find" && plain {
        return;
    }
    let Some(pattern) = text(context, args, 1) else { return };
    let captures = match semantic::pattern::captures(&pattern) {
        Ok(captures) => captures.len(),
        Err(why) => {
            sink.report(context.range(args[1]), format!("this is no pattern, {why}: the call stops the script"))
                .help("a `%` before a sign takes it as it is: `%[`, `%(`, `%%`");
            return;
        }
    };
    any_character(context, sink, name, args, &pattern);
    let Some(replacement) = text(context, args, 2).filter(|_| name == "gsub") else { return };
    let mut bytes = replacement.iter();
    while let Some(&byte) = bytes.next() {
        if byte != b'%' {
            continue;
        }
        let Some(digit) = bytes.next().filter(|digit| digit.is_ascii_digit()) else { continue };
        let index = usize::from(digit - b'0');
        // The whole match is %0, and %1 where the pattern has no captures.
        if index > captures.max(1) {
            let has = match captures {
                0 => "no captures".to_owned(),
                1 => "1 capture".to_owned(),
                more => format!("{more} captures"),
            };
            sink.report(
                context.range(args[2]),
                format!("`%{index}` is not there, the pattern has {has}: the call stops the script"),
            );
            return;
        }
    }
}

/// Patterns that are one magic character, where that character seems to be meant itself.
fn any_character(context: &Context<'_>, sink: &mut Sink<'_>, name: &str, args: &[ExprId], pattern: &[u8]) {
    let mut level = Level::Warning;
    let found = match (name, pattern) {
        // Some text is masked like this on purpose.
        ("gsub", b".") => match text(context, args, 2) {
            Some(with) if with.is_empty() => "nothing is left of the text",
            Some(with) if !with.contains(&b'%') && !matches!(&*with, b"*" | b"x" | b"X" | b"#" | b"-") => {
                if !matches!(&*with, b"_" | b":" | b"/" | b"," | b";" | b"|" | b" ") {
                    level = Level::Hint;
                }
                "each character is replaced"
            }
            _ => return,
        },
        ("find", b".") => "it finds the first character",
        // `gsub('$', suffix)` appends on purpose.
        ("gsub", b"$" | b"^") if text(context, args, 2).is_some_and(|with| with.is_empty()) => "nothing is taken out",
        ("find", b"$" | b"^") => "every text has it",
        _ => return,
    };
    let shown = String::from_utf8_lossy(pattern);
    let what = if pattern == b"." { "any character" } else { "a place" };
    sink.report(context.range(args[1]), format!("`{shown}` stands for {what} in a pattern: {found}"))
        .level(level)
        .help(format!("`%{shown}` is the sign itself"));
}

fn format(context: &Context<'_>, sink: &mut Sink<'_>, args: &[ExprId]) {
    let Some(format) = text(context, args, 0) else { return };
    let open = args.last().is_some_and(|&last| context.script.may_be_several(last));
    let given = args.len() - usize::from(open);
    let mut at = 0;
    let mut value = 0;
    while let Some(found) = format[at..].iter().position(|&byte| byte == b'%') {
        at += found + 1;
        if format.get(at) == Some(&b'%') {
            at += 1;
            continue;
        }
        let begin = at;
        let flags = |byte: &u8| matches!(byte, b'-' | b'+' | b' ' | b'#' | b'0'..=b'9' | b'.');
        while format.get(at).is_some_and(flags) {
            at += 1;
        }
        let conversion = format.get(at).copied();
        let shown = String::from_utf8_lossy(&format[begin - 1..(at + 1).min(format.len())]).into_owned();
        at = (at + 1).min(format.len());
        let number = match conversion {
            Some(b'c' | b'd' | b'i' | b'o' | b'u' | b'x' | b'X' | b'e' | b'E' | b'f' | b'g' | b'G') => true,
            Some(b's' | b'q') => false,
            _ => {
                sink.report(
                    context.range(args[0]),
                    format!("`string.format` has no `{shown}`: the call stops the script"),
                );
                return;
            }
        };
        value += 1;
        let Some(&arg) = args[..given].get(value) else {
            if !open {
                let text = format!("`{shown}` lacks its value, value {value} of the format: the call stops the script");
                sink.report(context.range(args[0]), text);
            }
            return;
        };
        let Some(of) = values::of(context, arg) else { continue };
        let mut refused = Kinds::ANY_NIL | Kinds::BOOLEAN | Kinds::TABLE | Kinds::FUNCTION;
        if number && of.text.constant.as_deref().is_some_and(semantic::flow::is_no_numeral) {
            refused |= Kinds::STRING;
        }
        if of.kinds.is_only(refused) && crate::helpers::missing_values::missing(context, arg).is_none() {
            let wanted = if number { "a number" } else { "text" };
            let is = values::kinds(of);
            let subject = values::subject(context, arg);
            sink.report(
                context.range(arg),
                format!("`{shown}` takes {wanted}, and {subject} is {is}: the call stops the script"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn what_stops_the_script() {
        check(
            "bad-pattern",
            "
local a = string.match(KEYS[1], '[a-z')
                              --^^^^^^ error[bad-pattern]: this is no pattern, a `[` is not closed: the call stops the script
local b = string.gsub(KEYS[1], '(%w+)', '%1:%2')
                                      --^^^^^^^ error[bad-pattern]: `%2` is not there, the pattern has 1 capture: the call stops the script
local c = string.format('%s:%d', KEYS[1])
                      --^^^^^^^ error[bad-pattern]: `%d` lacks its value, value 2 of the format: the call stops the script
local d = string.format('%d', 'many')
                            --^^^^^^ error[bad-pattern]: `%d` takes a number, and this is text: the call stops the script
local e = string.find(KEYS[1], '[', 1, true)
local f = string.format('%5.1f%% of %s', 1, unpack(KEYS))
local k = string.format('%s %s', unpack(KEYS))
local l = string.format('%s %s %s', unpack(KEYS), 1)
                      --^^^^^^^^^^ error[bad-pattern]: `%s` lacks its value, value 3 of the format: the call stops the script
local g = string.gsub(KEYS[1], 'a', '%1%0%%')
local h = ARGV[1]:gsub('.', '')
                     --^^^ warning[bad-pattern]: `.` stands for any character in a pattern: nothing is left of the text
local i = string.find(ARGV[1], '.')
                             --^^^ warning[bad-pattern]: `.` stands for any character in a pattern: it finds the first character
local j = ARGV[1]:gsub('.', '*') .. ARGV[1]:gsub('.', '%0 ') .. (ARGV[1]:find('.', 1, true) or '')
",
        );
    }
}
