//! Keys that do not come from KEYS.

use semantic::Origin;
use syntax::ExprKind;

use crate::{Context, Edit, Level, Sink, commands_help::word_range};
use crate::rule::declare_rule;

declare_rule! {
    /// ## What it does
    /// Points out constant keys; with `cluster = true` also keys that are computed, taken from ARGV texts or from replies,
    /// with what they are built of.
    ///
    /// ## Why it is bad
    /// A cluster routes the script by the keys that are declared. Any other key may live on another node, and the call then
    /// fails: `Script attempted to access a non local key in a cluster node`. On a single server it works.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('GET', 'config')
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('GET', KEYS[1])
    /// ```
    "undeclared-key", Hint, Offered, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for call in &context.script.calls {
        for (at, _) in call.binding.keys() {
            let Some(&word) = call.words.get(at) else { continue };
            let origin = context.script.origin(word);
            let range = word_range(context, call, at);
            let level = if context.cluster { Level::Warning } else { Level::Hint };
            match &origin {
                Origin::Constant => {
                    let finding = sink
                        .report(range, "this key is written in the script, not passed in KEYS")
                        .level(level)
                        .help("a cluster finds the script's node by KEYS: pass the key, or share its hash tag");
                    // Where callers pass as many keys as they like, no index is free.
                    let counted = context.script.library.is_none() && context.script.keys.dynamic.is_empty();
                    if counted && context.tree()[word].kind == ExprKind::String {
                        let next = context.script.keys.highest().max(context.script.named_keys.unwrap_or(0)) + 1;
                        let edit = Edit::replace(range, format!("KEYS[{next}]"));
                        finding.fix(format!("Let callers pass it as KEYS[{next}]"), vec![edit]);
                    }
                }
                Origin::Built(_) | Origin::Reply if context.cluster && origin.is_known() => {
                    sink.report(range, format!("this key does not come from KEYS: it is {}", describe(&origin)))
                        .level(level)
                        .help("on a cluster it must be in the slot of the keys that are passed: use a hash tag, or pass it");
                }
                _ => {}
            }
        }
    }
}

/// What a key is built of, in words.
fn describe(origin: &Origin) -> String {
    match origin {
        Origin::Key(Some(index)) => format!("KEYS[{index}]"),
        Origin::Key(None) => "an element of KEYS".to_owned(),
        Origin::Argument(Some(index)) => format!("ARGV[{index}]"),
        Origin::Argument(None) => "an element of ARGV".to_owned(),
        Origin::Constant => "text".to_owned(),
        Origin::Reply => "a reply".to_owned(),
        Origin::Built(parts) => {
            let mut words: Vec<String> = Vec::new();
            for part in parts {
                let word = describe(part);
                if !words.contains(&word) {
                    words.push(word);
                }
            }
            format!("built of {}", words.join(" and "))
        }
        Origin::OneOf(parts) => parts.iter().map(describe).collect::<Vec<_>>().join(" or "),
        Origin::Unknown => "not known".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn quiet_unless_slots_matter() {
        let source = "
local prefix = KEYS[1]
redis.call('GET', prefix .. ':meta')
redis.call('GET', KEYS[2])
";
        check("undeclared-key", source);
        let cluster = crate::Options { cluster: true, ..Default::default() };
        check_with(
            "undeclared-key",
            "
local prefix = KEYS[1]
redis.call('GET', prefix .. ':meta')
                --^^^^^^^^^^^^^^^^^ warning[undeclared-key]: this key does not come from KEYS: it is built of KEYS[1] and text
redis.call('GET', 'config')
                --^^^^^^^^ warning[undeclared-key]: this key is written in the script, not passed in KEYS
redis.call('GET', KEYS[2])
local next = redis.call('GET', KEYS[1])
redis.call('DEL', next)
                --^^^^ warning[undeclared-key]: this key does not come from KEYS: it is a reply
for _, key in ipairs(KEYS) do redis.call('DEL', key) end
",
            &cluster,
            None,
        );
    }

    #[test]
    fn callers_may_pass_it() {
        assert_eq!(
            fixed("undeclared-key", "return redis.call('COPY', KEYS[1], 'config')"),
            "return redis.call('COPY', KEYS[1], KEYS[2])"
        );
    }
}
