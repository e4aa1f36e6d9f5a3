//! Calls that servers refuse whatever the data are.

use std::{borrow::Cow, collections::hash_map::Entry};

use commands::{CommandSpec, Flags, Target, bind::Role};
use rustc_hash::FxHashMap;
use semantic::{
    CallForm, CommandCall,
    values::{Piece, Template},
};
use syntax::ExprId;

use crate::rule::declare_rule;
use crate::{Context, Judge, Sink, context::on_targets, helpers::command_problems::word_range};

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
    code: "refused-call",
    group: Commands,
    level: Error,
    fix: None,
    since: "0.1.0",
    check: check,
}

/// Sample values for words that are not known. A call is reported only if all of them lead to the same error.
const VALUES: [&str; 13] = ["1", "a", "0", "-", "+", "*", "[a", "(1", "1-1", "$", "0.5", "10", "-1"];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let Some(judge) = context.judge else { return };
    // Many calls of a script differ in nothing that a server looks into.
    let mut known: FxHashMap<(Known<'_>, Vec<usize>), Option<String>> = FxHashMap::default();
    for call in &context.script.calls {
        if !call.binding.problems.is_empty() || matches!(call.form, CallForm::Wrapper(_)) {
            continue;
        }
        let Some(template) = template(context, call) else { continue };
        let message = match known.entry(template) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let message = refusal(context, judge, &new.key().0, &new.key().1);
                new.insert(message)
            }
        };
        if let Some(message) = message {
            sink.report(word_range(context, call, 0), message.clone());
        }
    }
}

/// The finding on calls of these words, if each value that is not known leads to the same error.
fn refusal(context: &Context<'_>, judge: Judge, template: &Known<'_>, keys: &[usize]) -> Option<String> {
    let with = |value: &str| -> Words {
        template.iter().map(|word| word.as_deref().unwrap_or(value.as_bytes()).to_vec()).collect()
    };
    let is_open = template.contains(&None);
    let [first, others @ ..] = VALUES;
    let words = with(first);
    let judged = |&target: &Target| Some((target, judge(target, &words, keys)?));
    let mut refused: Vec<(Target, String)> = context.targets.iter().filter_map(judged).collect();
    for value in others.iter().take_while(|_| is_open) {
        // Most calls are not refused with the first.
        if refused.is_empty() {
            break;
        }
        let words = with(value);
        refused.retain(|(target, text)| judge(*target, &words, keys).as_ref() == Some(text));
    }
    let (_, text) = refused.first()?;
    let on: Vec<Target> = refused.iter().map(|(target, _)| *target).collect();
    let on = if on.len() == context.targets.len() { String::new() } else { on_targets(&on) };
    Some(format!("the call is refused whatever the data are{on}: `{text}`"))
}

/// The words of a call.
type Words = Vec<Vec<u8>>;

/// The words of a call, none for a value that is not known.
type Known<'a> = Vec<Option<Cow<'a, [u8]>>>;

/// Words for keys at the places where most are.
const KEYS: [&[u8]; 4] = [b"key:0", b"key:1", b"key:2", b"key:3"];

/// The words of a call, and where its keys are.
fn template<'a>(context: &'a Context<'_>, call: &CommandCall) -> Option<(Known<'a>, Vec<usize>)> {
    let script = context.script;
    let spec = call.binding.spec.filter(|spec| spec.data_type().is_some() || spec.group == "generic")?;
    if context.targets.iter().any(|&target| spec.flags(target).has(Flags::NOSCRIPT)) {
        return None;
    }
    let (mut template, mut keys) = (Vec::with_capacity(call.words.len()), Vec::new());
    let mut may_be_refused = false;
    for (at, (&word, role)) in call.words.iter().zip(&call.binding.roles).enumerate() {
        // Behind a count that is wrong no word has a role.
        let is_key = matches!(role, Role::Key(_)) || matches!(role, Role::Unknown) && is_declared_key(context, word);
        if is_key {
            keys.push(at);
        }
        let constant = script.constant(word);
        may_be_refused |= !is_key && constant.is_some() && !takes_any_text(*role, spec);
        let is_known = constant.is_some();
        match (constant.and_then(semantic::Constant::into_bytes), role) {
            (Some(text), _) => template.push(Some(text)),
            (None, _) if is_key => {
                let other = || Cow::Owned(format!("key:{at}").into_bytes());
                template.push(Some(KEYS.get(at).map_or_else(other, |&key| Cow::Borrowed(key))));
            }
            (None, Role::Value(_)) if !is_known && !script.may_be_several(word) => {
                template.push(None);
            }
            _ => return None,
        }
    }
    may_be_refused.then_some((template, keys))
}

/// True for words that no server looks into: names, and data that may be any text. A call that has nothing but these, keys and
/// values that are not known is refused for no word of it.
fn takes_any_text(role: Role, spec: &CommandSpec) -> bool {
    match role {
        Role::Command | Role::Subcommand | Role::Key(_) | Role::Value("member" | "field" | "element") => true,
        Role::Value("value") => spec.group != "bitmap",
        _ => false,
    }
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
