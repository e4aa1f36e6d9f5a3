//! Calls that servers refuse whatever the data are.

use commands::{Flags, Target, bind::Role};
use semantic::{
    CallForm, CommandCall,
    values::{Piece, Template},
};
use syntax::ExprId;

use crate::{Context, Sink, commands_help::word_range, context::on_targets};
use crate::rule::declare_rule;

declare_rule! {
    /// ## What it does
    /// Reports calls that the embedded engine refuses with and without data: a bit that is 2, an expiry of 0, options that
    /// exclude each other. It tries those whose words are known, but for keys and values.
    ///
    /// ## Why it is bad
    /// The server answers with the error that is shown, and the script stops.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('SETBIT', KEYS[1], 5, 2)
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('SETBIT', KEYS[1], 5, 1)
    /// ```
    "refused-call", Error, None, check
}

/// Texts that stand for values that are not known. A call is reported only where none of them helps.
const VALUES: &[&str] = &["1", "a", "0", "-", "+", "*", "[a", "(1", "1-1", "$", "0.5", "10", "-1"];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(judge) = context.judge else { return };
    for call in &context.script.calls {
        if !call.binding.problems.is_empty() || matches!(call.form, CallForm::Wrapper(_)) {
            continue;
        }
        let Some((tries, keys)) = tries(context, call) else { continue };
        let refusal = |target: Target| {
            let texts: Option<Vec<String>> = tries.iter().map(|words| judge(target, words, &keys)).collect();
            texts.filter(|texts| texts.windows(2).all(|pair| pair[0] == pair[1])).and_then(|mut texts| texts.pop())
        };
        let refused: Vec<(Target, String)> =
            context.targets.iter().filter_map(|&target| Some((target, refusal(target)?))).collect();
        let Some((_, text)) = refused.first() else { continue };
        let on: Vec<Target> = refused.iter().map(|(target, _)| *target).collect();
        let on = if on.len() == context.targets.len() { String::new() } else { on_targets(&on) };
        sink.report(word_range(context, call, 0), format!("the call is refused whatever the data are{on}: `{text}`"));
    }
}

/// The words of a call.
type Words = Vec<Vec<u8>>;

/// The call with keys and values put in for what is not known, and where its keys are.
fn tries(context: &Context<'_>, call: &CommandCall) -> Option<(Vec<Words>, Vec<usize>)> {
    let script = context.script;
    let spec = call.binding.spec.filter(|spec| spec.data_type().is_some() || spec.group == "generic")?;
    if context.targets.iter().any(|&target| spec.flags(target).has(Flags::NOSCRIPT)) {
        return None;
    }
    let (mut template, mut keys, mut open) = (Vec::new(), Vec::new(), false);
    for (at, (&word, role)) in call.words.iter().zip(&call.binding.roles).enumerate() {
        // Behind a count that is wrong no word has a role.
        let is_key = matches!(role, Role::Key(_))
            || matches!(role, Role::Unknown) && is_declared_key(context, word);
        if is_key {
            keys.push(at);
        }
        let constant = script.constant(word);
        match (constant.as_ref().and_then(semantic::Constant::as_bytes), role) {
            (Some(text), _) => template.push(Some(text.into_owned())),
            (None, _) if is_key => template.push(Some(format!("key:{at}").into_bytes())),
            (None, Role::Value(_)) if constant.is_none() && !script.may_be_several(word) => {
                open = true;
                template.push(None);
            }
            _ => return None,
        }
    }
    let values = if open { VALUES } else { &VALUES[..1] };
    let with = |value: &&str| template.iter().map(|word| word.clone().unwrap_or_else(|| value.as_bytes().to_vec())).collect();
    Some((values.iter().map(with).collect(), keys))
}

fn is_declared_key(context: &Context<'_>, word: ExprId) -> bool {
    matches!(&*context.templates(word), [Template(pieces)] if matches!(pieces[..], [Piece::Key(Some(_))]))
}

#[cfg(test)]
mod tests {
    use crate::{Options, test_support::*};

    #[test]
    fn whatever_the_data() {
        let options = Options { judge: Some(engine::judge::refusal), ..Options::default() };
        check_with(
            "refused-call",
            "
redis.call('SETBIT', KEYS[1], 5, 2)
         --^^^^^^^^ error[refused-call]: the call is refused whatever the data are: `ERR bit is not an integer or out of range`
redis.call('SET', KEYS[1], ARGV[1], 'EX', 0)
         --^^^^^ error[refused-call]: the call is refused whatever the data are: `ERR invalid expire time in 'set' command`
redis.call('ZRANGEBYLEX', KEYS[1], 'a', ARGV[1])
         --^^^^^^^^^^^^^ error[refused-call]: the call is refused whatever the data are: `ERR min or max not valid string range item`
redis.call('SINTERCARD', 0, KEYS[1])
         --^^^^^^^^^^^^ error[refused-call]: the call is refused whatever the data are: `ERR numkeys should be greater than 0`
redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], ARGV[2])
redis.call('XADD', KEYS[1], ARGV[1], 'f', 'v')
redis.call('HINCRBY', KEYS[1], 'f', ARGV[1])
redis.call('LSET', KEYS[1], 9, 'v')
redis.call('INCR', KEYS[1])
redis.call('DEL', unpack(KEYS))
",
            &options,
            None,
        );
    }
}
