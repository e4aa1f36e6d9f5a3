//! Comments that name other keys and arguments than the script uses.

use semantic::TableUse;

use crate::{Context, Sink};
use crate::rule::declare_rule;

declare_rule! {
    /// ## What it does
    /// Points out keys and arguments that the script reads and the comment at its top, which names others, leaves out.
    ///
    /// ## Why it is bad
    /// The comment is what callers go by.
    ///
    /// ## Example
    /// ```lua
    /// -- KEYS[1] the counter
    /// -- ARGV[1] how many
    /// redis.call('INCRBY', KEYS[1], ARGV[1])
    /// return redis.call('EXPIRE', KEYS[1], ARGV[2])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// -- KEYS[1] the counter
    /// -- ARGV[1] how many
    /// -- ARGV[2] time to live in seconds
    /// redis.call('INCRBY', KEYS[1], ARGV[1])
    /// return redis.call('EXPIRE', KEYS[1], ARGV[2])
    /// ```
    "header-mismatch", Hint, None, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let header = &context.script.header;
    let keys = header.key_count().filter(|_| context.script.named_keys.is_some());
    let named = [("KEYS", keys, &context.script.keys), ("ARGV", header.arg_count(), &context.script.argv)];
    for (table, count, uses) in named {
        let Some(count) = count else { continue };
        report(context, sink, table, count, uses);
    }
}

fn report(context: &Context<'_>, sink: &mut Sink<'_>, table: &str, count: u32, uses: &TableUse) {
    let mut told = Vec::new();
    for used in &uses.indices {
        let index = used.index;
        if index > f64::from(count) && index.fract() == 0.0 && !told.contains(&index) {
            told.push(index);
            sink.report(
                context.range(used.expr),
                format!("{table}[{index}] is not among the {count} that the comment at the top names"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn what_the_comment_leaves_out() {
        check(
            "header-mismatch",
            "
-- ARGV[1] how many
redis.call('INCRBY', KEYS[1], ARGV[1])
return redis.call('EXPIRE', KEYS[1], ARGV[2])
                                   --^^^^^^^ hint[header-mismatch]: ARGV[2] is not among the 1 that the comment at the top names
",
        );
    }
}
