//! Selection ranges from the cursor outwards: word, expression, call, statement, block, function, file.

use syntax::{ExprKind, StmtKind};
use text::TextRange;

use crate::File;

/// The ranges around a place, the smallest first, each within the next.
pub fn selection(file: &File, offset: u32) -> Vec<TextRange> {
    let tree = file.script.tree();
    let source = file.source();
    let whole = TextRange::new(0, source.len() as u32);
    let mut found = vec![whole];
    let mut add = |range: TextRange| {
        if range.start <= offset && offset <= range.end && !range.is_empty() {
            found.push(range);
        }
    };
    for (_, expr) in tree.exprs() {
        add(expr.range);
        match &expr.kind {
            ExprKind::String if expr.range.len() > 2 => add(TextRange::new(expr.range.start + 1, expr.range.end - 1)),
            ExprKind::Call(call) => inner(call.args_range, &mut add),
            ExprKind::MethodCall(call) => inner(call.args_range, &mut add),
            ExprKind::Field { name, .. } => add(name.range),
            _ => {}
        }
    }
    for (_, stmt) in tree.stmts() {
        add(stmt.range);
        if let StmtKind::Local { names, .. } = &stmt.kind {
            names.iter().for_each(|name| add(name.range));
        }
    }
    tree.blocks().for_each(|(_, block)| add(block.range));
    for (_, function) in tree.functions().skip(1) {
        add(function.range);
        function.params.iter().for_each(|param| add(param.range));
    }
    for comment in &file.script.parse.comments {
        add(comment.range);
    }
    let line = file.lines.line_range(source, file.lines.line(offset.min(whole.end)));
    add(line);
    // Ranges that cross another cannot be on the way outwards.
    found.sort_by_key(|range| (range.len(), range.start));
    found.dedup();
    let mut kept: Vec<TextRange> = Vec::with_capacity(found.len());
    for range in found {
        if kept.last().is_none_or(|last| range.contains_range(*last) && range != *last) {
            kept.push(range);
        }
    }
    kept
}

fn inner(args: TextRange, add: &mut impl FnMut(TextRange)) {
    add(args);
    if args.len() > 2 {
        add(TextRange::new(args.start + 1, args.end - 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    #[test]
    fn from_the_word_to_the_file() {
        let (project, offset) = cursor("local x = 1\nif x then return redis.call('GE$0T', KEYS[1]) end");
        let file = &project.files[0];
        let texts: Vec<String> = selection(file, offset).iter().map(|&range| file.text(range).into_owned()).collect();
        assert_eq!(texts[..4], ["GET", "'GET'", "'GET', KEYS[1]", "('GET', KEYS[1])"]);
        assert!(texts.contains(&"return redis.call('GET', KEYS[1])".to_owned()));
        assert_eq!(texts.last().map(String::len), Some(file.source().len()));
    }
}
