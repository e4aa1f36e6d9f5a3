//! Elements of KEYS and ARGV in quotes.

use commands::bind::Role;
use semantic::{CallForm, Constant};
use syntax::ExprKind;

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink, helpers::server_tables};

declare_rule! {
    /// ## What it does
    /// Reports a word of a command that reads as an element of KEYS or ARGV and stands in quotes: `'KEYS[1]'`.
    ///
    /// ## Why it is bad
    /// The quotes make a text of it: the command gets the key with the name `KEYS[1]`.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('GET', 'KEYS[1]')
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('GET', KEYS[1])
    /// ```
    code: "quoted-argument",
    group: Commands,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for call in context.script.calls.iter().filter(|call| !matches!(call.form, CallForm::Wrapper(_))) {
        for (at, &word) in call.words.iter().enumerate() {
            let Some(Constant::String(text)) = context.script.constant(word) else { continue };
            let Some(element) = server_tables::quoted_element(&text) else { continue };
            // A message may speak of it; a key has no reason to.
            let is_key = matches!(call.binding.roles.get(at), Some(Role::Key(_)));
            if *text != *element.as_bytes() && !is_key {
                continue;
            }
            let range = context.range(word);
            let finding = sink
                .report(range, format!("in quotes this is the text `{element}`, not the value that the caller passes"))
                .help("leave the quotes out, and join with `..`");
            if context.tree()[word].kind == ExprKind::String && *text == *element.as_bytes() {
                finding.fix("Remove the quotes", vec![Edit::replace(range, element)]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn quotes() {
        check(
            "quoted-argument",
            "
redis.call('SET', 'KEYS[1]', 'ARGV[1]')
                --^^^^^^^^^ warning[quoted-argument]: in quotes this is the text `KEYS[1]`, not the value that the caller passes
                           --^^^^^^^^^ warning[quoted-argument]: in quotes this is the text `ARGV[1]`, not the value that the caller passes
redis.call('GET', 'user:KEYS[1]')
                --^^^^^^^^^^^^^^ warning[quoted-argument]: in quotes this is the text `KEYS[1]`, not the value that the caller passes
redis.call('SET', 'KEYS', 'KEYS[]', 'GET')
redis.call('PUBLISH', ARGV[1], 'KEYS[1] is gone')
redis.call('SET', 'script', \"return redis.call('GET', KEYS[1])\")
",
        );
        assert_eq!(fixed("quoted-argument", "redis.call('GET', 'KEYS[1]')"), "redis.call('GET', KEYS[1])");
        check("undeclared-key", "redis.call('GET', 'KEYS[1]')");
    }
}
