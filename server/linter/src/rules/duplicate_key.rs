//! Table constructors with the same key twice.

use syntax::{ExprKind, TableField};

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Reports a key that a table constructor sets twice.
    ///
    /// ## Why it is bad
    /// The last one wins, and the value of the first is lost.
    ///
    /// ## Example
    /// ```lua
    /// return cjson.encode({ id = 1, name = 'a', id = 2 })
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return cjson.encode({ id = 1, name = 'a' })
    /// ```
    code: "duplicate-key",
    group: Suspicious,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, expr) in context.tree().tables() {
        let ExprKind::Table(fields) = &expr.kind else { continue };
        if fields.len() < 2 {
            continue;
        }
        let mut seen = std::collections::HashMap::new();
        for field in fields {
            let (key, range) = match field {
                TableField::Named { name, .. } => (name.text(context.source()).to_vec(), name.range),
                TableField::Keyed { key, .. } => match context.script.constant_string(*key) {
                    Some(text) => (text, context.range(*key)),
                    None => continue,
                },
                TableField::Item(_) => continue,
            };
            let shown = String::from_utf8_lossy(&key).into_owned();
            if let Some(first) = seen.insert(key, range) {
                sink.report(range, format!("the key `{shown}` is set twice")).related(first, "first here");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn named_and_bracketed() {
        check(
            "duplicate-key",
            "
return { a = 1, b = 2, ['a'] = 3 }
                      --^^^ warning[duplicate-key]: the key `a` is set twice
",
        );
    }
}
