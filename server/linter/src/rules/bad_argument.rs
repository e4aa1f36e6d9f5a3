//! Arguments that the functions of Lua's libraries refuse.

use commands::api::{Item, Taken, Takes};
use semantic::{
    Constant,
    flow::{Kinds, Real, Type, is_no_numeral},
};
use syntax::ExprId;

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{
        fields, flat_replies, missing_values, sparse_arrays,
        struct_formats::{self, Mistake},
        values,
    },
    library_calls::LibraryCall,
};

declare_rule! {
    /// ## What it does
    /// Reports arguments that a function of Lua's libraries refuses: `ipairs` of text, `table.insert` into nil, `math.floor` of a
    /// table, a number outside of what is allowed, text that is no JSON.
    ///
    /// ## Why it is bad
    /// The call stops the script: `bad argument #1 to 'ipairs' (table expected, got string)`. What the script wrote before stays
    /// written.
    ///
    /// ## Example
    /// ```lua
    /// for _, member in ipairs(ARGV[1]) do
    ///   redis.call('SADD', KEYS[1], member)
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// for _, member in ipairs(ARGV) do
    ///   redis.call('SADD', KEYS[1], member)
    /// end
    /// ```
    code: "bad-argument",
    group: Types,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let protected = values::protected(context);
    for LibraryCall { id, item, args, .. } in context.library_calls().iter().filter(|call| !call.is_command()) {
        let range = context.range(*id);
        if protected.iter().any(|function| function.contains_range(range)) {
            continue;
        }
        for (at, &arg) in args.iter().enumerate() {
            // The last argument may be several values, or none.
            let open = || at + 1 == args.len() && context.script.may_be_several(arg);
            if let Some(takes) = parameter(context, item, args, at)
                && takes.takes != Taken::Any
                && !open()
            {
                argument(context, sink, item, at, arg, takes);
            }
        }
        ranges(context, sink, item, args);
    }
}

/// Argument that a function takes at a place, by its format for those behind it.
pub(super) fn parameter(context: &Context<'_>, item: &Item, args: &[ExprId], at: usize) -> Option<Takes> {
    let nth = at.checked_sub(1);
    if !matches!(
        (item.table, item.name),
        ("string", "format") | ("struct", "pack") | ("redis", "setresp") | ("", "select") | ("table", "insert")
    ) {
        return item.parameter(at);
    }
    let directives = match (item.table, item.name, nth, args.first().and_then(|&first| context.script.constant(first)))
    {
        ("string", "format", Some(_), Some(Constant::String(format))) => format_directives(&format),
        ("struct", "pack", Some(_), Some(Constant::String(format))) => struct_codes(&format),
        // Everything but 2 and 3 is refused as a wrong version.
        ("redis", "setresp", None, _) => return Some(Takes { takes: Taken::Number, optional: false, repeats: false }),
        // `'#'` is taken too, and other text is told of by its value.
        ("", "select", None, first) if !matches!(first, Some(Constant::String(_))) => {
            return Some(Takes { takes: Taken::Number, optional: false, repeats: false });
        }
        // Where to put it.
        ("table", "insert", Some(0), _) if args.len() == 3 => {
            return Some(Takes { takes: Taken::Number, optional: false, repeats: false });
        }
        _ => return item.parameter(at),
    };
    let takes = nth.and_then(|nth| directives.get(nth).copied()).unwrap_or(Taken::Any);
    Some(Takes { takes, optional: takes == Taken::Any, repeats: false })
}

/// Arguments of the directives of `string.format`, one by one.
fn format_directives(format: &[u8]) -> Vec<Taken> {
    let mut found = Vec::new();
    let mut bytes = format.iter();
    while bytes.by_ref().any(|&byte| byte == b'%') {
        // Flags, width and precision stand before the letter.
        match bytes.by_ref().find(|byte| !b"-+ #.0123456789".contains(byte)) {
            Some(b's' | b'q') => found.push(Taken::Text),
            Some(b'%') => {}
            _ => found.push(Taken::Number),
        }
    }
    found
}

/// Arguments of the codes of a format of `struct.pack`, one by one.
fn struct_codes(format: &[u8]) -> Vec<Taken> {
    let taken = |byte: &u8| match byte {
        b's' | b'c' => Some(Taken::Text),
        b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'f' | b'd' | b'i' | b'I' => Some(Taken::Number),
        _ => None,
    };
    format.iter().filter_map(taken).collect()
}

/// Checks one argument, if its type is known.
fn argument(context: &Context<'_>, sink: &mut Sink<'_>, item: &Item, at: usize, arg: ExprId, takes: Takes) {
    let Some(of) = values::of(context, arg) else { return };
    if !is_refused(of, takes)
        || missing_values::missing(context, arg).is_some()
        || flat_replies::is_reported(context, arg)
    {
        return;
    }
    let wanted = match takes.takes {
        Taken::Any => return,
        Taken::Text => "text",
        Taken::Number => "a number",
        Taken::Table => "a table",
        Taken::Function => "a function",
        Taken::Data => "what JSON can hold",
        Taken::Replacement => "text, a table or a function",
    };
    let is = if of.is(Kinds::STRING) && takes.takes == Taken::Number {
        "text that reads as no number".to_owned()
    } else {
        values::kinds(of)
    };
    let finding =
        report(context, sink, item, at, arg, &format!("takes {wanted}, and {} is {is}", values::subject(context, arg)));
    fields::say_nearest(finding, fields::nearest_field(context, arg));
}

fn report<'s>(
    context: &Context<'_>,
    sink: &'s mut Sink<'_>,
    item: &Item,
    at: usize,
    arg: ExprId,
    text: &str,
) -> crate::Finding<'s> {
    let name = item.path();
    sink.report(context.range(arg), format!("argument {} of `{name}` {text}: the call stops the script", at + 1))
}

/// Returns true if a function refuses all that a value may be.
pub(super) fn is_refused(of: &Type, takes: Takes) -> bool {
    let nil = if takes.optional { Kinds::NONE } else { Kinds::ANY_NIL };
    let text_is_no_number = of.text.constant.as_deref().is_some_and(is_no_numeral);
    let refused = match takes.takes {
        Taken::Any => return false,
        Taken::Text => nil | Kinds::BOOLEAN | Kinds::TABLE | Kinds::FUNCTION,
        Taken::Number if text_is_no_number => nil | Kinds::BOOLEAN | Kinds::TABLE | Kinds::FUNCTION | Kinds::STRING,
        Taken::Number => nil | Kinds::BOOLEAN | Kinds::TABLE | Kinds::FUNCTION,
        Taken::Table => nil | Kinds::BOOLEAN | Kinds::NUMBER | Kinds::STRING | Kinds::FUNCTION,
        Taken::Function => nil | Kinds::BOOLEAN | Kinds::NUMBER | Kinds::STRING | Kinds::TABLE,
        Taken::Data => Kinds::FUNCTION,
        Taken::Replacement => nil | Kinds::BOOLEAN,
    };
    of.kinds.is_only(refused)
}

/// Numbers and texts that are of the right kind, and refused.
fn ranges(context: &Context<'_>, sink: &mut Sink<'_>, item: &Item, args: &[ExprId]) {
    let number = |at: usize| {
        let of = values::of(context, *args.get(at)?)?;
        let Real(value) = of.number.constant.filter(|_| of.is(Kinds::NUMBER))?;
        Some(value.trunc())
    };
    match (item.table, item.name) {
        ("string", "char") => {
            for (at, &arg) in args.iter().enumerate() {
                if number(at).is_some_and(|code| !(0.0..256.0).contains(&code)) {
                    report(context, sink, item, at, arg, "is a byte from 0 to 255");
                }
            }
        }
        ("", "select") => {
            let Some(&from) = args.first() else { return };
            let of = values::of(context, from);
            if number(0) == Some(0.0) {
                report(context, sink, item, 0, from, "counts from 1, or from the end with -1");
            } else if of
                .is_some_and(|of| of.text.constant.as_deref().is_some_and(|text| text != b"#" && is_no_numeral(text)))
            {
                report(context, sink, item, 0, from, "is a number or `'#'`");
            }
        }
        ("redis", "log") if number(0).is_some_and(|level| !(0.0..=3.0).contains(&level)) => {
            report(context, sink, item, 0, args[0], "is a level from 0 to 3, as `redis.LOG_NOTICE`");
        }
        ("redis", "setresp") if number(0).is_some_and(|version| version != 2.0 && version != 3.0) => {
            report(context, sink, item, 0, args[0], "is 2 or 3");
        }
        ("", "tonumber") if number(1).is_some_and(|base| !(2.0..=36.0).contains(&base)) => {
            report(context, sink, item, 1, args[1], "is a base from 2 to 36");
        }
        ("math", "random") => match (number(0), number(1)) {
            (Some(most), None) if args.len() == 1 && most < 1.0 => {
                report(context, sink, item, 0, args[0], "is at least 1");
            }
            (Some(least), Some(most)) if least > most => {
                report(context, sink, item, 1, args[1], "is at least the first");
            }
            _ => {}
        },
        ("table", "concat") => {
            let Some(&list) = args.first() else { return };
            if let Some(element) = no_text(context, list) {
                report(
                    context,
                    sink,
                    item,
                    0,
                    list,
                    &format!("holds {element}, where only text and numbers can be joined"),
                );
            }
        }
        ("cjson", "decode") => {
            let Some(&text) = args.first() else { return };
            if let Some(Constant::String(json)) = context.script.constant(text)
                && is_cut_short(&json)
            {
                report(context, sink, item, 0, text, "is JSON that ends too early");
            }
        }
        ("cjson", "encode") => {
            let Some(&value) = args.first() else { return };
            if has_function(context, value) {
                report(context, sink, item, 0, value, "holds a function, which JSON cannot");
            } else if let Some((largest, most)) = sparse_arrays::find(context, value)
                && memchr::memmem::find(context.source(), b"encode_sparse_array").is_none()
            {
                report(
                    context,
                    sink,
                    item,
                    0,
                    value,
                    &format!("has {most} elements and the index {largest}, too few for a list"),
                );
            }
        }
        ("struct", name) => packed_values(context, sink, item, name, args),
        _ => {}
    }
}

/// Checks the values of a constant `struct` format.
fn packed_values(context: &Context<'_>, sink: &mut Sink<'_>, item: &Item, name: &str, args: &[ExprId]) {
    let constant = |arg: ExprId| match context.script.constant(arg)? {
        Constant::String(text) => Some(text),
        _ => None,
    };
    let Some(&first) = args.first() else { return };
    let Some(text) = constant(first) else { return };
    let is_open = args.last().is_some_and(|&last| context.script.may_be_several(last));
    let mistake = match (name, args) {
        ("pack", _) => struct_formats::pack(&text, Some(args.len() - 1).filter(|_| !is_open)),
        ("unpack", &[_, data]) => struct_formats::unpack(&text, constant(data).as_deref()),
        ("unpack", _) => struct_formats::unpack(&text, None),
        ("size", _) => struct_formats::size(&text),
        _ => None,
    };
    let (at, text) = match mistake {
        None => return,
        Some(Mistake::Option(option)) => (0, format!("has `{option}`, which is no option of a format")),
        Some(Mistake::Size(size)) => (0, format!("has an integer of {size} bytes, where 32 is the most")),
        Some(Mistake::Alignment(size)) => (0, format!("aligns to {size} bytes, which is no power of two")),
        Some(Mistake::NoSize) => (0, "has text of any length, which has no size".to_owned()),
        Some(Mistake::Values(count)) => (0, format!("takes {count} values, and {} follow", args.len() - 1)),
        Some(Mistake::TooShort(size)) => (1, format!("is shorter than the {size} bytes of the format")),
    };
    report(context, sink, item, at, args[at], &text);
}

/// Names what a constructed list surely holds that cannot be joined.
fn no_text(context: &Context<'_>, list: ExprId) -> Option<String> {
    let flow = context.script.flow();
    let site = values::built(context, list)?;
    let refused = Kinds::BOOLEAN | Kinds::TABLE | Kinds::FUNCTION;
    let item = site
        .items
        .iter()
        .map(|&id| flow.get(id))
        .find(|of| of.is_known() && !of.kinds.is_empty() && of.kinds.is_only(refused))?;
    site.is_fixed().then(|| values::kinds(item))
}

/// Returns true if a constructed table surely holds a function under a name.
fn has_function(context: &Context<'_>, table: ExprId) -> bool {
    let flow = context.script.flow();
    values::built(context, table).is_some_and(|site| {
        let mut fields = site.fields.values().map(|&id| flow.get(id));
        fields.any(|of| of.is_known() && !of.kinds.is_empty() && of.is(Kinds::FUNCTION))
    })
}

/// Returns true if JSON ends within a value: brackets or a string that are not closed.
fn is_cut_short(json: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0i32, false, false);
    for &byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
    }
    in_string || depth > 0 || json.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn what_libraries_refuse() {
        check(
            "bad-argument",
            "
for _, part in ipairs('a,b') do redis.call('SADD', KEYS[1], part) end
                    --^^^^^ error[bad-argument]: argument 1 of `ipairs` takes a table, and this is text: the call stops the script
local list = ''
table.insert(list, KEYS[1])
           --^^^^ error[bad-argument]: argument 1 of `table.insert` takes a table, and `list` is text: the call stops the script
local a = string.char(300)
                    --^^^ error[bad-argument]: argument 1 of `string.char` is a byte from 0 to 255: the call stops the script
local b = ('x'):rep('many')
                  --^^^^^^ error[bad-argument]: argument 2 of `string.rep` takes a number, and this is text that reads as no number: the call stops the script
local c = cjson.decode('{\"a\":')
                     --^^^^^^^ error[bad-argument]: argument 1 of `cjson.decode` is JSON that ends too early: the call stops the script
local thin = {}
thin[1] = 'a'
thin[1000] = 'b'
local e = cjson.encode(thin)
                     --^^^^ error[bad-argument]: argument 1 of `cjson.encode` has 2 elements and the index 1000, too few for a list: the call stops the script
local g = struct.pack('>Y', 1)
                    --^^^^ error[bad-argument]: argument 1 of `struct.pack` has `Y`, which is no option of a format: the call stops the script
local h = struct.unpack('>I4', 'ab')
                             --^^^^ error[bad-argument]: argument 2 of `struct.unpack` is shorter than the 4 bytes of the format: the call stops the script
local i = struct.pack('>I4I4', 1)
                    --^^^^^^^ error[bad-argument]: argument 1 of `struct.pack` takes 2 values, and 1 follow: the call stops the script
local f = string.format('%s: %d%%', ARGV, 'x')
                                  --^^^^ error[bad-argument]: argument 2 of `string.format` takes text, and `ARGV` is a table: the call stops the script
                                        --^^^ error[bad-argument]: argument 3 of `string.format` takes a number, and this is text that reads as no number: the call stops the script
redis.log('notice', 'text')
        --^^^^^^^^ error[bad-argument]: argument 1 of `redis.log` takes a number, and this is text that reads as no number: the call stops the script
redis.log(nil, 'text')
        --^^^ error[bad-argument]: argument 1 of `redis.log` takes a number, and this is nil: the call stops the script
redis.log(4, 'text')
        --^ error[bad-argument]: argument 1 of `redis.log` is a level from 0 to 3, as `redis.LOG_NOTICE`: the call stops the script
redis.setresp(1)
            --^ error[bad-argument]: argument 1 of `redis.setresp` is 2 or 3: the call stops the script
local j = select(nil, 1)
               --^^^ error[bad-argument]: argument 1 of `select` takes a number, and this is nil: the call stops the script
redis.log('2', 'text')
redis.setresp('3')
local function times() if ARGV[1] then return 'many' end end
local l = ('x'):rep(times())
local m = ('x'):rep((times()))
                  --^^^^^^^^^ error[bad-argument]: argument 2 of `string.rep` takes a number, and this is text or nil: the call stops the script
local d = ('x'):rep('3') .. math.floor('3.5') .. unpack({ 1 }, nil, 1) .. select('#', 1, 2) .. tonumber('z', 36)
",
        );
    }
}
