//! Fractions as arguments of commands that need an integer.

use commands::bind::{ProblemKind, Role, Word, bind};
use semantic::{
    ApiPath, CommandCall,
    flow::{Kinds, Whole},
};
use syntax::{BinaryOp, ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{command_problems, values},
};

declare_rule! {
    /// ## What it does
    /// Reports quotients and other numbers with a fraction as arguments that must be integers.
    ///
    /// ## Why it is bad
    /// `/` divides to fractions in Lua: 1500 / 1000 is 1.5. The server refuses that with `ERR value is not an integer or out of
    /// range`, and the script stops for every value that the divisor does not divide.
    ///
    /// ## Example
    /// ```lua
    /// redis.call('EXPIRE', KEYS[1], ARGV[1] / 1000)
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[1] / 1000))
    /// ```
    code: "fraction-argument",
    group: Commands,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for call in &context.script.calls {
        for (at, &word) in call.words.iter().enumerate().skip(1) {
            // What is always the same is bound as it is.
            let is_fraction = values::of(context, written(context, word))
                .is_some_and(|of| of.is(Kinds::NUMBER) && of.number.whole == Whole::No && of.number.constant.is_none());
            if !is_fraction || !wants_integer(context, call, at) {
                continue;
            }
            let name = call.name().unwrap_or("the command");
            let subject = match values::subject(context, word) {
                this if this == "this" => "this".to_owned(),
                subject => subject,
            };
            let range = command_problems::word_range(context, call, at);
            let finding = sink
                .report(range, format!("{subject} has a fraction for most values, and {name} takes an integer here"))
                .help("`math.floor`, or `math.ceil` for times that must not be 0, makes an integer of it");
            if range == context.range(word) {
                finding.fix("Round it up with `math.ceil`", values::around(context, word, "math.ceil(", ")"));
            }
        }
    }
}

/// The number whose text a word is, or the word itself.
fn written(context: &Context<'_>, word: ExprId) -> ExprId {
    let origin = values::origin(context, word);
    match &context.tree()[origin].kind {
        ExprKind::Call(call) => match (context.script.api(call.callee), &*call.args) {
            (Some(ApiPath::Global("tostring")), [number]) => *number,
            _ => word,
        },
        ExprKind::Binary { op: BinaryOp::Concat, lhs, rhs, .. } => {
            let is_empty = |side: ExprId| context.script.constant_string(side).is_some_and(|text| text.is_empty());
            match (is_empty(*lhs), is_empty(*rhs)) {
                (false, true) => *lhs,
                (true, false) => *rhs,
                _ => word,
            }
        }
        _ => word,
    }
}

/// Returns true if every target refuses a fraction at a word of a call.
fn wants_integer(context: &Context<'_>, call: &CommandCall, at: usize) -> bool {
    let script = context.script;
    // Ranks, where the range is neither one of scores nor of texts.
    if call.name() == Some("ZRANGE") && matches!(at, 2 | 3) {
        let closed = !call.words.last().is_some_and(|&last| script.may_be_several(last));
        let is_told = call.binding.roles.iter().all(|role| *role != Role::Unknown);
        return closed && is_told && !call.binding.has_token("BYSCORE") && !call.binding.has_token("BYLEX");
    }
    let constants: Vec<_> = call.words.iter().map(|&word| script.constant(word)).collect();
    let words: Vec<Word<'_>> = constants
        .iter()
        .enumerate()
        .map(|(other, constant)| match constant {
            _ if other == at => Word::Number(0.5),
            Some(semantic::Constant::String(text)) => Word::Known(text),
            Some(semantic::Constant::Number(number)) => Word::Number(*number),
            _ if other + 1 == call.words.len() && script.may_be_several(call.words[other]) => Word::Many,
            _ => Word::Unknown,
        })
        .collect();
    context.targets.iter().all(|&target| {
        bind(&words, &[target])
            .problems
            .iter()
            .any(|problem| problem.word == at && matches!(problem.kind, ProblemKind::NotAnInteger { .. }))
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn quotients_are_fractions() {
        check(
            "fraction-argument",
            "
redis.call('EXPIRE', KEYS[1], ARGV[1] / 1000)
                            --^^^^^^^^^^^^^^ warning[fraction-argument]: this has a fraction for most values, and EXPIRE takes an integer here
local ttl = tonumber(ARGV[2])
local half = ttl / 2
redis.call('SET', KEYS[2], '1', 'EX', half)
                                    --^^^^ warning[fraction-argument]: `half` has a fraction for most values, and SET takes an integer here
redis.call('EXPIRE', KEYS[2], tostring(ttl / 2))
                            --^^^^^^^^^^^^^^^^^ warning[fraction-argument]: this has a fraction for most values, and EXPIRE takes an integer here
redis.call('ZRANGE', KEYS[2], 0, half)
                               --^^^^ warning[fraction-argument]: `half` has a fraction for most values, and ZRANGE takes an integer here
redis.call('ZRANGE', KEYS[2], 0, half, 'BYSCORE')
redis.call('PEXPIRE', KEYS[2], math.random() * 1000)
                             --^^^^^^^^^^^^^^^^^^^^ warning[fraction-argument]: this has a fraction for most values, and PEXPIRE takes an integer here
",
        );
        check(
            "fraction-argument",
            "
redis.call('EXPIRE', KEYS[1], math.floor(ARGV[1] / 1000))
redis.call('SET', KEYS[2], ARGV[1] / 1000)
redis.call('ZADD', KEYS[3], ARGV[1] / 1000, ARGV[2])
redis.call('EXPIRE', KEYS[1], 60000 / 1000)
local ms = tonumber(ARGV[1])
redis.call('EXPIRE', KEYS[1], (ms - ms % 1000) / 1000)
redis.call('INCRBYFLOAT', KEYS[4], ms / 2)
",
        );
        assert_eq!(
            fixed("fraction-argument", "redis.call('EXPIRE', KEYS[1], ARGV[1] / 1000)"),
            "redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[1] / 1000))"
        );
    }
}
