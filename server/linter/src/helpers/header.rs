//! The comment at a script's top beside what the script uses of KEYS and ARGV.

use semantic::{Callers, Entry, IndexUse, TableUse};
use syntax::ExprId;
use text::TextRange;

use crate::{Context, helpers::grouping};

/// KEYS or ARGV, if the comment at the top leaves out elements that the script reads.
pub(crate) struct IncompleteTable<'a> {
    /// `KEYS` or `ARGV`.
    pub name: &'static str,
    /// The number of elements that the comment names.
    pub count: u32,
    /// The last of them.
    pub last: &'a Entry,
    /// The script's uses of the table.
    pub uses: &'a TableUse,
    /// Indices that the comment leaves out, each with its first use; never empty.
    pub left_out: Vec<(f64, ExprId)>,
}

/// Returns the tables that the comment at the top, if it names any elements of them, names too few of.
pub(crate) fn incomplete_tables<'a>(context: &Context<'a>) -> Vec<IncompleteTable<'a>> {
    let script = context.script;
    let header = &script.header;
    let keys = header.key_count().filter(|&count| script.named_keys().is_some() || is_behind(context, count));
    let named = [("KEYS", keys, &header.keys, &script.keys), ("ARGV", header.arg_count(), &header.args, &script.argv)];
    let incomplete = named.into_iter().filter_map(|(name, count, entries, uses)| {
        let (count, last) = count.zip(entries.iter().find(|entry| Some(entry.index) == count))?;
        let beyond = |used: &&IndexUse| used.index > f64::from(count) && used.index.fract() == 0.0;
        let found = grouping::grouped(uses.indices.iter().filter(beyond).map(|used| (used.index, used.expr)));
        let left_out: Vec<_> = found.into_iter().map(|(index, places)| (index, places[0])).collect();
        (!left_out.is_empty()).then_some(IncompleteTable { name, count, last, uses, left_out })
    });
    incomplete.collect()
}

/// Returns true if the rule `header-mismatch` reports something: it reports unread elements too.
pub(crate) fn is_incomplete(context: &Context<'_>) -> bool {
    context.is_active("header-mismatch") && !incomplete_tables(context).is_empty()
}

/// Returns true if the script reads each of the `count` keys that the comment names and the ones that follow them without a gap: then
/// keys were added and the comment was not. Else an index is more likely wrong.
pub(crate) fn is_behind(context: &Context<'_>, count: u32) -> bool {
    let keys = &context.script.keys;
    let highest = keys.highest();
    highest > count && (1..=highest).all(|index| keys.has(index)) && !context.script.is_fragment()
}

/// Returns the declared keys that are never read, each with its range in the comment at the top.
pub(crate) fn unread_keys(context: &Context<'_>) -> Vec<(u32, TextRange)> {
    let script = context.script;
    let included = &script.environment.included_keys;
    if script.environment.incomplete || !script.keys.dynamic.is_empty() || included.dynamic || script.is_fragment() {
        return Vec::new();
    }
    let declared = script.named_keys().max(script.header.key_count()).unwrap_or(0);
    let is_read = |index: u32| script.keys.has(index) || included.indices.iter().any(|(used, _)| *used == index);
    let place = |index: u32| {
        let entry = script.header.keys.iter().find(|entry| entry.index == index);
        (index, entry.map_or(TextRange::at(0), |entry| entry.range))
    };
    (1..=declared.min(99)).filter(|&index| !is_read(index)).map(place).collect()
}

/// "its caller", "all of its 3 callers".
pub(crate) fn callers_text(callers: Callers) -> String {
    match callers.count {
        1 => "its only caller".to_owned(),
        2 => "both of its callers".to_owned(),
        count => format!("all of its {count} callers"),
    }
}

/// Returns the keys that all callers give and that are never read.
pub(crate) fn given_and_unread(context: &Context<'_>) -> Vec<u32> {
    let script = context.script;
    let included = &script.environment.included_keys;
    let Some(callers) = script.callers.filter(|_| script.library.is_none() && !script.is_fragment()) else {
        return Vec::new();
    };
    if script.environment.incomplete
        || !script.keys.dynamic.is_empty()
        || !script.keys.lengths.is_empty()
        || included.dynamic
    {
        return Vec::new();
    }
    let is_read = |index: u32| script.keys.has(index) || included.indices.iter().any(|(used, _)| *used == index);
    (1..=callers.keys.min(99)).filter(|&index| !is_read(index)).collect()
}

/// Returns the declared arguments that are never read, each with its range in the comment at the top.
pub(crate) fn unread_arguments(context: &Context<'_>) -> Vec<(u32, TextRange)> {
    let script = context.script;
    let included = &script.environment.included_argv;
    if script.environment.incomplete || !script.argv.dynamic.is_empty() || included.dynamic || script.is_fragment() {
        return Vec::new();
    }
    let is_read = |index: u32| script.argv.has(index) || included.indices.iter().any(|(used, _)| *used == index);
    let unread = script.header.args.iter().filter(|entry| !is_read(entry.index));
    unread.map(|entry| (entry.index, entry.range)).collect()
}
