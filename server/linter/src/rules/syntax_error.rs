//! Code that Lua 5.1 refuses.

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink};

declare_rule! {
    /// ## What it does
    /// Reports every place at which the server's Lua stops reading the script, with what later Luas and other languages
    /// have and Lua 5.1 has not (`goto`, `//`, `!=`, `+=`, `continue`).
    ///
    /// ## Why it is bad
    /// The server refuses the whole script: `ERR Error compiling script`.
    ///
    /// ## Example
    /// ```lua
    /// if KEYS[1] != nil then
    ///   return 1
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// if KEYS[1] ~= nil then
    ///   return 1
    /// end
    /// ```
    code: "syntax-error",
    group: Names,
    level: Error,
    fix: Safe,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for error in &context.script.parse.errors {
        let mut finding = sink.report(error.range, error.message.clone());
        if let Some(help) = &error.help {
            finding = finding.help(help);
        }
        if let Some((range, there)) = &error.related {
            finding = finding.related(*range, there);
        }
        if let Some(fix) = &error.fix {
            let edits = vec![Edit::replace(fix.range, fix.text.clone())];
            match fix.certain {
                true => finding.safe_fix(&fix.title, edits),
                false => finding.fix(&fix.title, edits),
            };
        }
    }
    for (range, way) in &context.script.environment.circles {
        sink.report(*range, format!("this include leads back to where it came from: {way}"));
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn errors_are_told_and_mended() {
        check(
            "syntax-error",
            "
if a != b then
   --^^ error[syntax-error]: not-equal is `~=` in Lua, not `!=`
end
",
        );
        assert_eq!(fixed("syntax-error", "return a != b"), "return a ~= b");
    }
}
