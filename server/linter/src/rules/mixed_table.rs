//! Tables that are list and map at once.

use syntax::{ExprKind, TableField};

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Points out table constructors with both elements and named fields.
    ///
    /// ## Why it is bad
    /// Returned to the client, the named fields are lost; given to `cjson.encode`, the elements become fields.
    ///
    /// ## Example
    /// ```lua
    /// return { 'a', 'b', count = 2 }
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return { 'a', 'b', 2 }
    /// ```
    code: "mixed-table",
    group: Suspicious,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (id, expr) in context.tree().tables() {
        let ExprKind::Table(fields) = &expr.kind else { continue };
        let items = fields.iter().any(|field| matches!(field, TableField::Item(_)));
        let named = fields.iter().any(|field| matches!(field, TableField::Named { .. }));
        if items && named {
            sink.report(context.range(id), "this table has both elements and named fields");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn both_kinds() {
        check(
            "mixed-table",
            "
return { 1, n = 1 }
     --^^^^^^^^^^^^ hint[mixed-table]: this table has both elements and named fields
",
        );
    }
}
