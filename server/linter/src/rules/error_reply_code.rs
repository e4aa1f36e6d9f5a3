//! Error texts that begin with no code.

use commands::{Family, Target, Version};
use semantic::ApiPath;
use syntax::{BinaryOp, ExprId, ExprKind, StmtKind, TableField};
use text::TextRange;

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink,
    context::on_targets,
    helpers::{command_problems::targets_where, grouping, loops, reachability},
};

declare_rule! {
    /// ## What it does
    /// Points out, once a script, `redis.error_reply('…')`, `return {err = '…'}` and `error({err = '…'})` with a text that does
    /// not begin with a code in capitals.
    ///
    /// ## Why it is bad
    /// Clients, and the server's own `INFO errorstats`, take the first word of an error for its code: `No such user` is an
    /// error `No`. Since Redis 7.0 `redis.error_reply` puts `ERR` before a text of one word; all others, and all of `{err =
    /// …}`, are sent as they are.
    ///
    /// ## Example
    /// ```lua
    /// return redis.error_reply('No such user')
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.error_reply('NOUSER no such user')
    /// ```
    code: "error-reply-code",
    group: Client,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    let tree = context.tree();
    let mut found: Vec<Uncoded> = Vec::new();
    for (id, expr) in tree.calls() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        let [arg] = *call.args else { continue };
        match script.api(call.callee) {
            Some(ApiPath::Member("redis" | "server", "error_reply")) if !script.is_statement(id) => {
                found.extend(text(context, arg, true));
            }
            Some(ApiPath::Global("error")) => found.extend(table(context, arg)),
            _ => {}
        }
    }
    if !(script.is_fragment() || script.is_definitions() || script.environment.incomplete) {
        for function in reachability::answering(context) {
            for stmt in loops::statements(tree, tree[function].body) {
                if let StmtKind::Return(values) = &tree[stmt].kind
                    && let Some(&value) = values.first()
                {
                    found.extend(table(context, value));
                }
            }
        }
    }
    found.sort_by_key(|it| it.range.start);
    let Some(first) = found.first() else { return };
    let finding = sink
        .report(first.range, format!("{}{}", first.message, grouping::more(found.len())))
        .help("begin the text with a code in capitals, such as ERR");
    let edits: Vec<Edit> = found.iter().filter_map(|it| it.at).map(|at| Edit::insert(at, "ERR ")).collect();
    if !edits.is_empty() {
        finding.fix("Begin with the code `ERR`", edits);
    }
}

/// An error without a code.
struct Uncoded {
    range: TextRange,
    message: String,
    /// Offset of the text, if a code can be put there.
    at: Option<u32>,
}

/// `{err = …}`
fn table(context: &Context<'_>, expr: ExprId) -> Option<Uncoded> {
    let tree = context.tree();
    let ExprKind::Table(fields) = &tree[tree.unparen(expr)].kind else { return None };
    fields.iter().find_map(|field| {
        let named = match field {
            TableField::Named { name, .. } => name.text(context.source()) == b"err",
            TableField::Keyed { key, .. } => context.script.constant_string(*key).is_some_and(|key| key == b"err"),
            TableField::Item(_) => false,
        };
        if named { text(context, field.value(), false) } else { None }
    })
}

fn text(context: &Context<'_>, expr: ExprId, by_function: bool) -> Option<Uncoded> {
    let script = context.script;
    let (first, whole) = beginning(context, expr);
    let text = script.constant_string(first)?;
    // `error_reply` takes one leading dash for that of the protocol; before 7.0 it was sent, and so are tables' texts.
    let text = String::from_utf8_lossy(&text).into_owned();
    let said = if by_function { text.strip_prefix('-').unwrap_or(&text) } else { &text };
    let (word, more) = match said.split_once(' ') {
        Some((word, _)) => (word, true),
        None if whole => (said, false),
        // The first word may go on in what is not known.
        None => return None,
    };
    if word.is_empty() && !more || is_code(word) {
        return None;
    }
    let completes = |target: Target| target.family == Family::Valkey || target.version >= Version::new(7, 0);
    let targets = targets_where(context, |target| !(by_function && !more && completes(target)))?;
    let on = on_targets(&targets);
    let message = if word.is_empty() {
        format!("the client gets an error without a code{on}: the text begins with a space")
    } else {
        format!("the client gets an error whose code is `{word}`{on}")
    };
    let at = if text == said { inside(context, first) } else { None };
    Some(Uncoded { range: context.range(expr), message, at })
}

/// The expression that a text begins with, and whether it is all of the text.
fn beginning(context: &Context<'_>, expr: ExprId) -> (ExprId, bool) {
    let tree = context.tree();
    let (mut at, mut whole) = (expr, true);
    loop {
        if context.script.constant_string(at).is_some() {
            return (at, whole);
        }
        match tree[at].kind {
            ExprKind::Binary { op: BinaryOp::Concat, lhs, .. } => (at, whole) = (lhs, false),
            ExprKind::Paren(inner) => at = inner,
            ExprKind::Name(_) if context.script.resolve(at) != at => at = context.script.resolve(at),
            _ => return (at, whole),
        }
    }
}

fn is_code(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_uppercase())
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-'))
}

/// Offset of the text in a quoted literal.
fn inside(context: &Context<'_>, expr: ExprId) -> Option<u32> {
    let range: TextRange = match context.tree()[expr].kind {
        ExprKind::String => context.range(expr),
        _ => return None,
    };
    matches!(range.slice(context.source()).first(), Some(b'"' | b'\'')).then_some(range.start + 1)
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use crate::{Options, test_support::*};

    #[test]
    fn the_first_word_is_the_code() {
        check(
            "error-reply-code",
            "
if #KEYS == 0 then return redis.error_reply('Missing key of ' .. ARGV[1]) end
                                          --^^^^^^^^^^^^^^^^^^^^^^^^^^^^ hint[error-reply-code]: the client gets an error whose code is `Missing`, here and twice more
if #ARGV == 0 then return {err = 'bad arguments'} end
if ARGV[1] == '' then error({err = 'Empty: refused'}) end
local function step() return {err = 'not final'} end
if step().err then return redis.error_reply('NOSTEP no step') end
if ARGV[2] then return redis.error_reply(ARGV[2] .. ' failed') end
redis.error_reply('Nobody gets this')
return redis.error_reply('-ERR is fine')
",
        );
    }

    #[test]
    fn one_word_is_completed_since_7_0() {
        check("error-reply-code", "return redis.error_reply('invalid')");
        let both = Options { targets: vec![Target::redis(6, 2), Target::redis(7, 2)], ..Options::default() };
        check_with(
            "error-reply-code",
            "
return redis.error_reply('invalid')
                       --^^^^^^^^^ hint[error-reply-code]: the client gets an error whose code is `invalid` on redis 6.2
",
            &both,
            None,
        );
        assert_eq!(fixed("error-reply-code", "return {err = 'no user'}"), "return {err = 'ERR no user'}");
    }
}
