//! Operations on values that do not have them.

use semantic::flow::{Kinds, TableType, Type, is_no_numeral};
use semantic::{Constant, Init};
use syntax::{BinaryOp, ExprId, ExprKind, StmtKind, UnaryOp};
use text::TextRange;

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink,
    helpers::{fields, flat_replies, missing_arguments, missing_values, values},
};

declare_rule! {
    /// ## What it does
    /// Reports operations on values that surely do not have them: arithmetic on nil or a table, the index of a number, the
    /// call of text, `#` of a boolean, the order of text and a number, a `for` loop to text or over a table without `ipairs`.
    ///
    /// ## Why it is bad
    /// The script stops there, whenever it comes there. What it wrote before stays written.
    ///
    /// ## Example
    /// ```lua
    /// local opts = { delay = 10 }
    /// redis.call('EXPIRE', KEYS[1], opts.dellay * 2)
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local opts = { delay = 10 }
    /// redis.call('EXPIRE', KEYS[1], opts.delay * 2)
    /// ```
    code: "impossible-operation",
    group: Types,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    // What a metatable adds to values is not followed.
    let metatables = context
        .script
        .scopes
        .globals()
        .iter()
        .any(|global| matches!(global.name.text(&context.script.source), b"setmetatable" | b"getmetatable"));
    let nothing = Kinds::ANY_NIL | Kinds::BOOLEAN | Kinds::FUNCTION;
    let tables = if metatables { Kinds::NONE } else { Kinds::TABLE };
    let protected = values::protected(context);
    let is_protected = |range: TextRange| protected.iter().any(|function| function.contains_range(range));
    for (id, expr) in context.tree().exprs() {
        if is_protected(expr.range) {
            continue;
        }
        match &expr.kind {
            ExprKind::Binary { op, lhs, rhs, .. } if op.is_order() => order(context, sink, *lhs, *rhs, metatables),
            ExprKind::Binary { op, lhs, rhs, .. } if op.is_arithmetic() => {
                for operand in [*lhs, *rhs] {
                    no_number(context, sink, operand, nothing | tables, "arithmetic on it");
                }
            }
            ExprKind::Unary { op: UnaryOp::Neg, operand, .. } => {
                no_number(context, sink, *operand, nothing | tables, "arithmetic on it");
            }
            ExprKind::Binary { op: BinaryOp::Concat, lhs, rhs, .. } => {
                for operand in [*lhs, *rhs] {
                    refuse(context, sink, operand, nothing | tables, "joining it with `..`");
                }
            }
            ExprKind::Unary { op: UnaryOp::Len, operand, .. } => {
                refuse(context, sink, *operand, nothing | Kinds::NUMBER, "`#` of it");
            }
            ExprKind::Index { base, .. } | ExprKind::Field { base, .. } => {
                refuse(context, sink, *base, nothing | Kinds::NUMBER, "indexing it");
            }
            ExprKind::MethodCall(call) => {
                refuse(context, sink, call.base, nothing | Kinds::NUMBER, "calling a method of it");
                no_method(context, sink, id, metatables);
            }
            ExprKind::Call(call) => {
                let others = Kinds::ANY_NIL | Kinds::BOOLEAN | Kinds::NUMBER | Kinds::STRING;
                called(context, sink, call.callee, others | tables);
            }
            _ => {}
        }
    }
    for (_, stmt) in context.tree().stmts() {
        if is_protected(stmt.range) {
            continue;
        }
        match &stmt.kind {
            StmtKind::NumericFor(it) => {
                for bound in [Some(it.start), Some(it.end), it.step].into_iter().flatten() {
                    no_number(context, sink, bound, nothing | Kinds::TABLE, "counting with it");
                }
            }
            StmtKind::GenericFor { names, values, .. } => {
                if let Some(&iterator) = values.first() {
                    iterate(context, sink, names.first().map(|name| name.range), iterator, tables);
                }
            }
            StmtKind::Assign { targets, .. } => {
                for &target in targets {
                    if let ExprKind::Index { key, .. } = context.tree()[target].kind {
                        refuse(context, sink, key, Kinds::ANY_NIL, "assigning to it as an index");
                    }
                }
            }
            _ => {}
        }
    }
}

/// Reports a value that is surely of some of these kinds.
fn refuse(context: &Context<'_>, sink: &mut Sink<'_>, expr: ExprId, kinds: Kinds, doing: &str) {
    let Some(of) = values::of(context, expr).filter(|of| of.kinds.is_only(kinds)) else { return };
    if missing_values::missing(context, expr).is_some()
        || is_told_of(context, expr)
        || missing_arguments::is_told_at_call(context, expr)
    {
        return;
    }
    report(context, sink, expr, &values::kinds(of), doing);
}

/// The call of a value, which none of these kinds can be: a reply that may be missing as little as one that is there.
fn called(context: &Context<'_>, sink: &mut Sink<'_>, callee: ExprId, kinds: Kinds) {
    let of =
        values::of(context, callee).filter(|of| of.kinds.is_only(kinds) && of.kinds.has(Kinds::STRING | Kinds::TABLE));
    match of {
        Some(of) if missing_values::missing(context, callee).is_some() => {
            report(context, sink, callee, &values::kinds(of), "calling it")
        }
        _ => refuse(context, sink, callee, kinds, "calling it"),
    }
}

/// `for … in value` calls the value.
fn iterate(context: &Context<'_>, sink: &mut Sink<'_>, first: Option<TextRange>, iterator: ExprId, tables: Kinds) {
    let Some(of) = values::of(context, iterator) else { return };
    let others = Kinds::ANY_NIL | Kinds::BOOLEAN | Kinds::NUMBER | Kinds::STRING;
    if !of.kinds.has(Kinds::TABLE) {
        return refuse(context, sink, iterator, others, "calling it, as `for … in` does,");
    }
    if !of.kinds.is_only(tables | Kinds::FALSY) {
        return;
    }
    let subject = values::subject(context, iterator);
    let finding = sink
        .report(context.range(iterator), format!("{subject} is a table: `for … in` calls it, which stops the script"))
        .help("go through it with `ipairs` or `pairs`");
    let is_list = of.tables.iter().all(|table| matches!(table, TableType::List(_) | TableType::Keys | TableType::Argv));
    if let (Some(first), true) = (first, is_list) {
        let mut edits = values::around(context, iterator, "ipairs(", ")");
        edits.insert(0, Edit::insert(first.start, "_, "));
        finding.fix("Go through it with `ipairs`", edits);
    }
}

fn report(context: &Context<'_>, sink: &mut Sink<'_>, expr: ExprId, what: &str, doing: &str) {
    let subject = values::subject(context, expr);
    let finding = sink.report(context.range(expr), format!("{subject} is {what}: {doing} stops the script"));
    fields::say_nearest(finding, fields::nearest_field(context, expr));
}

/// Returns true if another rule reports it: a global that no server has, a local that never gets a value, a field of a list.
fn is_told_of(context: &Context<'_>, expr: ExprId) -> bool {
    let (expr, scopes) = (context.tree().unparen(expr), &context.script.scopes);
    let is_bare = |id| {
        let local = &scopes[id];
        local.init == Init::Nothing && local.writes.is_empty() && local.reads.first() == Some(&expr)
    };
    if scopes.local_of(expr).is_some_and(is_bare) || flat_replies::is_reported(context, expr) {
        return true;
    }
    // In a library there are no global KEYS and ARGV, which is another rule's matter.
    let is_given = context.script.is_keys(expr) || context.script.is_argv(expr);
    let is_foreign = scopes.is_global(expr) || context.script.api(expr).is_some();
    is_foreign && (!is_given || context.script.library.is_some())
}

/// Reports text that reads as no number, and a value that is surely of some of these kinds.
fn no_number(context: &Context<'_>, sink: &mut Sink<'_>, expr: ExprId, kinds: Kinds, doing: &str) {
    let text = values::of(context, expr).filter(|of| of.is(Kinds::STRING));
    match text.map(|of| of.text.constant.as_deref()) {
        Some(Some(text)) if is_no_numeral(text) => {
            report(context, sink, expr, "text that reads as no number", doing);
        }
        Some(None) if has_part_of_no_numeral(context, expr) => {
            report(context, sink, expr, "text that reads as no number", doing);
        }
        _ => refuse(context, sink, expr, kinds, doing),
    }
}

/// Returns true if an expression joins texts, and one has a character that no numeral has.
fn has_part_of_no_numeral(context: &Context<'_>, expr: ExprId) -> bool {
    let (script, tree) = (context.script, context.tree());
    let mut parts = vec![script.resolve(expr)];
    let mut steps = 0;
    while let Some(part) = parts.pop() {
        steps += 1;
        if let Some(Constant::String(text)) = script.constant(part) {
            // Numerals are digits, signs, a point, `0x`, exponents, `inf` and `nan(…)`, with blanks around.
            let foreign = |byte: &u8| byte.is_ascii_punctuation() && !b"+-.()_".contains(byte);
            if steps > 1 && text.iter().any(foreign) {
                return true;
            }
        } else if let ExprKind::Binary { op: BinaryOp::Concat, lhs, rhs, .. } = tree[part].kind
            && steps < 32
        {
            parts.extend([lhs, rhs].map(|part| script.resolve(part)));
        }
    }
    false
}

/// Values of different kinds, or of kinds without an order.
fn order(context: &Context<'_>, sink: &mut Sink<'_>, lhs: ExprId, rhs: ExprId, metatables: bool) {
    let (Some(left), Some(right)) = (values::of(context, lhs), values::of(context, rhs)) else { return };
    let unordered =
        Kinds::ANY_NIL | Kinds::BOOLEAN | Kinds::FUNCTION | if metatables { Kinds::NONE } else { Kinds::TABLE };
    for (operand, of) in [(lhs, left), (rhs, right)] {
        if of.kinds.is_only(unordered) {
            return refuse(context, sink, operand, unordered, "comparing its order");
        }
    }
}

/// A method that strings, or the tables that the script makes, do not have.
fn no_method(context: &Context<'_>, sink: &mut Sink<'_>, expr: ExprId, metatables: bool) {
    let ExprKind::MethodCall(call) = &context.tree()[expr].kind else { return };
    let Ok(name) = std::str::from_utf8(call.name.text(&context.script.source)) else { return };
    if name.is_empty() {
        return;
    }
    if !metatables && values::built(context, call.base).is_some_and(|site| site.is_without(name.as_bytes())) {
        let message = format!("nothing sets the method `{name}`: calling it stops the script");
        let finding = sink.report(call.name.range, message);
        fields::say_nearest(finding, fields::nearest_field(context, expr));
        return;
    }
    if !metatables && let Some(what) = values::of(context, call.base).and_then(without_methods) {
        sink.report(call.name.range, format!("{what} has no methods: calling `{name}` stops the script"));
        return;
    }
    if !values::of(context, call.base)
        .is_some_and(|of| of.kinds.has(Kinds::STRING) && of.is(Kinds::STRING | Kinds::FALSY))
        || commands::api::member("string", name).is_some()
    {
        return;
    }
    let finding = sink.report(call.name.range, format!("strings have no method `{name}`: calling it stops the script"));
    if let Some(near) = commands::api::suggest_member("string", name, context.targets, commands::api::Context::Eval) {
        finding
            .help(format!("did you mean `{near}`?"))
            .fix(format!("Replace by `{near}`"), vec![Edit::replace(call.name.range, near)]);
    } else if let Some(instead) = commands::api::instead_of_member("string", name) {
        finding.help(instead);
    }
}

/// A value that is surely a table from the server, in words.
fn without_methods(of: &Type) -> Option<&'static str> {
    let what = |table: &TableType| match table {
        TableType::Status(_) => Some("a status reply, `{ok = …}`,"),
        TableType::Error => Some("an error reply, `{err = …}`,"),
        TableType::List(_) => Some("a list that a command replied"),
        TableType::Map(_) | TableType::Set(_) | TableType::Double => Some("a reply of RESP3"),
        TableType::Keys => Some("the list of keys"),
        TableType::Argv => Some("the list of arguments"),
        _ => None,
    };
    let first = what(of.tables.first().filter(|_| of.is(Kinds::TABLE))?)?;
    of.tables.iter().all(|table| what(table).is_some()).then_some(first)
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn a_misspelt_field_is_replaced() {
        let source = |field: &str| format!("local job = {{ state = 'new', count = 1 }}\nreturn job.{field} + 1");
        assert_eq!(fixed("impossible-operation", &source("cuont")), source("count"));
        assert_eq!(fixed("impossible-operation", "return ARGV[1]:uper()"), "return ARGV[1]:upper()");
        assert_eq!(
            fixed("wrong-argument-type", "local o = { key = 'a' }\nreturn redis.call('GET', o.kye)"),
            "local o = { key = 'a' }\nreturn redis.call('GET', o.key)"
        );
    }

    #[test]
    fn values_without_the_operation() {
        check(
            "impossible-operation",
            "
local opts = { delay = 10, limit = 5 }
redis.call('EXPIRE', KEYS[1], opts.dellay * 2)
                            --^^^^^^^^^^^ error[impossible-operation]: `opts.dellay` is nil: arithmetic on it stops the script
local text = 'abc'
local upper = text:uper()
                 --^^^^ error[impossible-operation]: strings have no method `uper`: calling it stops the script
for i = 1, text do end
         --^^^^ error[impossible-operation]: `text` is text that reads as no number: counting with it stops the script
local sum = ('1' .. ARGV[1]) + 1
local key = ('n:' .. ARGV[1]) + 1
          --^^^^^^^^^^^^^^^^^ error[impossible-operation]: this is text that reads as no number: arithmetic on it stops the script
local list = { 1, 2 }
local all = list .. 'a'
          --^^^^ error[impossible-operation]: `list` is a table: joining it with `..` stops the script
",
        );
    }
}
