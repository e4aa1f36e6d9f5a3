//! Blocks: whether one statement is run whenever another one is.

use crate::{languages::Functions, names::Names};

/// Tokens between a declaration on a branch and a use in the same block.
const MAX_BLOCK: usize = 2_000;

impl Names<'_> {
    /// True if two tokens stand in one block: in the same braces, or on lines with the same indentation and none with less between.
    pub(crate) fn is_same_block(&self, before: usize, after: usize) -> bool {
        let tokens = self.tokens;
        if self.block(before) != self.block(after) {
            return false;
        }
        let own = tokens.column(before);
        !matches!(tokens.syntax().functions, Functions::Indented(_))
            || own == tokens.column(after) && self.is_in_block_of(after, before)
    }

    /// The brace of the block around a token. One of an object or a list that is an argument is none.
    fn block(&self, at: usize) -> Option<usize> {
        let tokens = self.tokens;
        let is_argument = |brace: usize| tokens.parent(brace).is_some_and(|outer| !tokens.is(outer, "{"));
        let is_block = |open: usize| tokens.is(open, "{") && (!is_argument(open) || self.scopes.begins_body(open + 1));
        let mut open = tokens.parent(at);
        while let Some(it) = open.filter(|&it| !is_block(it)) {
            open = tokens.parent(it);
        }
        open
    }

    /// True if a use stands in the block of a declaration before it: in its braces, or before a line that is indented less. Far from
    /// the declaration that is not looked into.
    pub(crate) fn is_in_block_of(&self, name: usize, declaration: usize) -> bool {
        let tokens = self.tokens;
        if self.is_branch_alone(declaration) {
            return false;
        }
        if let Some(open) = self.block(declaration) {
            return name < tokens.after(open);
        }
        let own = tokens.column(declaration);
        if own == 0 || !matches!(tokens.syntax().functions, Functions::Indented(_)) {
            return true;
        }
        let leaves = |it: usize| {
            tokens.parent(it) == tokens.parent(declaration) && tokens.begins_line(it) && tokens.column(it) < own
        };
        name - declaration <= MAX_BLOCK && !(declaration + 1..name).any(leaves)
    }

    /// True for a statement without braces behind a condition: `if (x) s = …`, `s = … if x`.
    pub(crate) fn is_branch_alone(&self, start: usize) -> bool {
        let tokens = self.tokens;
        let Some(before) = start.checked_sub(1) else { return false };
        let of_condition = || {
            let open = tokens.partner(before).filter(|&open| open < before && tokens.is(open, "("));
            let word = open.and_then(|open| open.checked_sub(1));
            word.is_some_and(|it| ["if", "for", "while", "foreach", "elseif"].iter().any(|word| tokens.is(it, word)))
        };
        let is_conditional = |end: usize| {
            (start..end).any(|at| {
                ["if", "unless"].iter().any(|it| tokens.is(at, it)) && tokens.parent(at) == tokens.parent(start)
            })
        };
        tokens.is(before, "else")
            || tokens.is(before, ")") && of_condition()
            || tokens.language.name() == "Ruby" && is_conditional(tokens.expression_end(start))
    }
}
