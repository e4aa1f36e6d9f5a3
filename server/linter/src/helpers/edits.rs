//! Edits that several rules make.

use syntax::ExprId;
use text::TextRange;

use crate::{Context, Edit};

/// Takes a call out that is a statement, with its line where nothing else is on it. One that is all of a branch or a loop
/// stays, for an empty block would be left.
pub(crate) fn remove(context: &Context<'_>, call: ExprId) -> Option<Edit> {
    let script = context.script;
    if !script.is_statement(call) {
        return None;
    }
    let block = script.scopes.block_of(script.scopes.stmt_of(call));
    if script.scopes.stmt_of_block(block).is_some() && context.tree()[block].stmts.len() == 1 {
        return None;
    }
    let source = context.source();
    let range = context.tree()[script.scopes.stmt_of(call)].range;
    let before = source[..range.start as usize].iter().rposition(|&byte| !matches!(byte, b' ' | b'\t'));
    let start = before.map_or(0, |at| at + 1);
    let mut end = range.end as usize;
    while matches!(source.get(end), Some(b' ' | b'\t' | b';' | b'\r')) {
        end += 1;
    }
    let own_line = before.is_none_or(|at| source[at] == b'\n') && source.get(end).is_none_or(|&byte| byte == b'\n');
    if own_line {
        let end = (end + 1).min(source.len());
        return Some(Edit::delete(TextRange::new(start as u32, end as u32)));
    }
    Some(Edit::delete(range))
}
