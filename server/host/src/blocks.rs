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
            || own == self.statement_column(after) && self.is_in_block_of(after, before)
    }

    /// Indentation of the line on which the statement around a token begins, as far as brackets tell.
    fn statement_column(&self, at: usize) -> usize {
        let outer = std::iter::successors(Some(at), |&it| self.tokens.parent(it)).last();
        self.tokens.column(outer.unwrap_or(at))
    }

    /// True if whatever is run behind a token within the block around it leaves the function.
    pub(crate) fn leaves(&self, at: usize) -> bool {
        const WORDS: &[&str] = &["return", "panic"];
        let tokens = self.tokens;
        let is_leaving = |it: usize| WORDS.iter().any(|word| tokens.is(it, word)) && !self.is_branch_alone(it);
        if let Some(open) = self.block(at) {
            let end = tokens.partner(open).unwrap_or(tokens.len());
            return (at..end).any(|it| tokens.parent(it) == Some(open) && is_leaving(it));
        }
        if !matches!(tokens.syntax().functions, Functions::Indented(_)) {
            return false;
        }
        let own = tokens.column(at);
        let lines = (at + 1..tokens.len().min(at + MAX_BLOCK))
            .filter(|&it| tokens.parent(it) == tokens.parent(at) && tokens.begins_line(it));
        lines.take_while(|&it| tokens.column(it) >= own).any(|it| tokens.column(it) == own && is_leaving(it))
    }

    /// True if a token stands in the block of another one before it, but for branches of conditions.
    pub(crate) fn is_on_branch_of(&self, before: usize, after: usize) -> bool {
        let tokens = self.tokens;
        let own = self.block(before);
        if !matches!(tokens.syntax().functions, Functions::Indented(_)) {
            let mut block = self.block(after);
            while block != own {
                let Some(open) = block.filter(|&open| self.is_of_condition(open)) else { return false };
                block = self.block(open);
            }
            return true;
        }
        // The lines with less indentation between, from the inside out.
        let own = tokens.column(before);
        let mut column = self.statement_column(after);
        for at in (before + 1..after).rev().take(MAX_BLOCK) {
            if tokens.parent(at) != tokens.parent(before) || !tokens.begins_line(at) || tokens.column(at) >= column {
                continue;
            }
            column = tokens.column(at);
            let is_condition = ["if", "elif", "else", "elsif", "unless"].iter().any(|it| tokens.is(at, it));
            if column < own || !is_condition {
                return false;
            }
        }
        column == own
    }

    /// True for the brace of a branch: `if (…) {`, `} else {`, `if … {`.
    fn is_of_condition(&self, open: usize) -> bool {
        let tokens = self.tokens;
        let before = |at: usize, words: &[&str]| words.iter().any(|it| at > 0 && tokens.is(at - 1, it));
        if before(open, &["else", "try"]) {
            return true;
        }
        if let Some(start) = open.checked_sub(1).and_then(|close| tokens.partner(close)).filter(|&it| it < open)
            && before(start, &["if", "elseif"])
        {
            return true;
        }
        // Without brackets: the first word of the line.
        let first = (0..open).rev().take(64).find(|&it| tokens.begins_line(it));
        first.is_some_and(|it| tokens.is(it, "if") || tokens.is(it, "}") && tokens.is(it + 1, "else"))
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
