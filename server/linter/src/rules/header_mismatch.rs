//! Comments that name other keys and arguments than the script uses.

use semantic::{Entry, TableUse};
use syntax::ExprId;

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink,
    helpers::{grouping, header},
};

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
    code: "header-mismatch",
    group: Keys,
    level: Hint,
    fix: Safe,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let (mut left_out, mut edits): (Vec<(ExprId, String)>, Vec<Edit>) = (Vec::new(), Vec::new());
    for table in header::incomplete_tables(context) {
        edits.extend(lines(context, table.count, table.last, table.uses));
        left_out.extend(table.left_out.iter().map(|(index, first)| (*first, format!("{}[{index}]", table.name))));
    }
    let Some(&(first, _)) = left_out.first() else { return };
    let names: Vec<String> = left_out.iter().map(|(_, name)| name.clone()).collect();
    let mut message = format!("{} not named by the comment at the top", grouping::are(&names));
    let unread = [("KEYS", header::unread_keys(context)), ("ARGV", header::unread_arguments(context))];
    let unread =
        unread.iter().flat_map(|(table, unread)| unread.iter().map(move |(index, _)| format!("{table}[{index}]")));
    let unread: Vec<String> = unread.collect();
    if !unread.is_empty() {
        message += &format!(", and {} never read", grouping::are(&unread));
    }
    let finding = sink.report(context.range(first), message);
    if !edits.is_empty() {
        finding.safe_fix("Complete the comment at the top", edits);
    }
}

/// A line for each element that is missing, in the form of the last that is there.
fn lines(context: &Context<'_>, count: u32, last: &Entry, uses: &TableUse) -> Option<Edit> {
    let source = context.source();
    let end = |from: u32| {
        from + memchr::memchr(b'\n', &source[from as usize..]).map_or(source.len() - from as usize, |at| at) as u32
    };
    let line_end = end(last.range.start);
    let start = memchr::memrchr(b'\n', &source[..last.range.start as usize]).map_or(0, |at| at + 1);
    let text = |from: usize, to: usize| source.get(from..to).and_then(|bytes| std::str::from_utf8(bytes).ok());
    let lead = text(start, last.range.start as usize)?;
    let entry = text(last.range.start as usize, last.range.end as usize)?;
    let gap = text(last.range.end as usize, last.text.start as usize).filter(|_| !last.text.is_empty()).unwrap_or(" ");
    // A comment that opens or closes on the line would have to be taken apart.
    let whole = text(start, line_end as usize)?;
    if lead.contains("--[") || whole.contains("]]") || whole.contains("]=") {
        return None;
    }
    let ending = if whole.ends_with('\r') { "\r\n" } else { "\n" };
    let mut added = String::new();
    // A script that reads ARGV[1000000] by mistake does not get as many lines.
    for index in count + 1..=uses.highest().min(count + 20) {
        let entry = entry.replacen(&count.to_string(), &index.to_string(), 1);
        let name = uses.name_in(context.script, index);
        let line = match name {
            Some(name) => format!("{lead}{entry}{gap}{name}"),
            None => format!("{lead}{entry}"),
        };
        added.push_str(ending);
        added.push_str(line.trim_end());
    }
    let at = line_end - u32::from(whole.ends_with('\r'));
    Some(Edit::insert(at, added))
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
redis.call('EXPIRE', KEYS[1], ARGV[2])
                            --^^^^^^^ hint[header-mismatch]: ARGV[2] and ARGV[3] are not named by the comment at the top
return ARGV[3]
",
        );
    }

    #[test]
    fn keys_that_were_added() {
        check(
            "header-mismatch",
            "
-- KEYS[1] from
redis.call('SMOVE', KEYS[1], KEYS[2], ARGV[1])
                           --^^^^^^^ hint[header-mismatch]: KEYS[2] and KEYS[3] are not named by the comment at the top
return redis.call('SCARD', KEYS[3])
",
        );
        check("header-mismatch", "-- KEYS[1] from\nreturn redis.call('SMOVE', KEYS[1], KEYS[3], ARGV[1])\n");
    }

    #[test]
    fn a_comment_that_fits_nothing() {
        check(
            "header-mismatch",
            "
-- KEYS[1] the counter
-- ARGV[1] how many
-- ARGV[2] nothing
return redis.call('INCRBY', KEYS[1], ARGV[1] + ARGV[3])
                                             --^^^^^^^ hint[header-mismatch]: ARGV[3] is not named by the comment at the top, and ARGV[2] is never read
",
        );
        check("unused-argument", "-- ARGV[1] a\n-- ARGV[2] b\nreturn ARGV[1] + ARGV[3]\n");
    }

    #[test]
    fn the_comment_is_completed() {
        let script = "
-- ARGV[1] - how many
local ttl = tonumber(ARGV[3])
return redis.call('SET', KEYS[1], ARGV[1], 'EX', ttl)
";
        assert_eq!(
            fixed("header-mismatch", script),
            script.replace("how many\n", "how many\n-- ARGV[2]\n-- ARGV[3] - ttl\n")
        );
        let block = "--[[\r\n  ARGV[1] a\r\n]]\r\nlocal b = ARGV[2]\r\nreturn b .. ARGV[1]\r\n";
        assert_eq!(fixed("header-mismatch", block), block.replace(" a\r\n", " a\r\n  ARGV[2] b\r\n"));
        let closed = "--[[ ARGV[1] a ]]\nreturn ARGV[1] .. ARGV[2]\n";
        assert_eq!(fixed("header-mismatch", closed), closed);
    }
}
