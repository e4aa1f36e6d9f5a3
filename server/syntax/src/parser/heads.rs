//! The heads of blocks: conditions, their ends, and the code after them.

use text::TextRange;

use super::{Body, Parser};
use crate::{
    SyntaxError,
    lexer::{Keyword, TokenKind},
    tree::{BlockId, ExprId},
};

impl Parser<'_> {
    /// A condition.
    pub(super) fn condition(&mut self) -> ExprId {
        let outer = std::mem::replace(&mut self.in_head, true);
        let found = self.expr();
        self.in_head = outer;
        found
    }

    /// Takes the end of a head: `then` or `do`. `word` begins the statement.
    pub(super) fn head_end(&mut self, word: TextRange, closer: Keyword) -> Body {
        let text = if closer == Keyword::Then { "then" } else { "do" };
        if self.take_keyword(closer) {
            return Body::Block;
        }
        let here = self.here();
        let other = if closer == Keyword::Then { Keyword::Do } else { Keyword::Then };
        let begins = self.text(word);
        if self.is_keyword(other) {
            let error = SyntaxError::new(
                here,
                format!("the head of `{begins}` ends with `{text}`, not with `{}`", self.text(here)),
            )
            .fix(format!("Write `{text}`"), here, text);
            self.report(error);
            self.bump();
            return Body::Block;
        }
        if self.is("{") {
            self.braces();
            return Body::Brace;
        }
        if self.is(":") && self.ahead(1).is_some_and(|next| next.kind == TokenKind::Keyword(closer)) {
            let error =
                SyntaxError::new(here, format!("nothing stands between a condition and its `{text}`: remove this `:`"))
                    .fix("Remove `:`", here, "");
            self.report(error);
            self.bump();
            self.bump();
            return Body::Block;
        }
        while self.closing_bracket().is_some() && !self.on_new_line() && !self.closes_outer() {
            self.stray_bracket();
        }
        if self.take_keyword(closer) {
            return Body::Block;
        }
        if self.is(":") && self.is_new_line(self.at + 1) {
            let error = SyntaxError::new(here, format!("the head of `{begins}` ends with `{text}`, not with `:`"))
                .offer(format!("Write `{text}`"), here, format!(" {text}"));
            self.report(error);
            self.bump();
            return match self.has_body(word) {
                true if self.indent() > self.layout().indent(word.start) => Body::Indented,
                true => Body::Block,
                false => Body::None,
            };
        }
        if let Some((range, meant)) = self.misspelt(text) {
            let error =
                SyntaxError::new(range, format!("`{}` is no word of Lua: did you mean `{meant}`?", self.text(range)))
                    .fix(format!("Write `{meant}`"), range, meant);
            self.report(error);
            self.bump();
            return Body::Block;
        }
        if !self.on_new_line() && self.on_this_line(closer) && !self.is_block_word() {
            self.something_missing("an operator or a bracket is missing");
            let mut stmts = Vec::new();
            self.junk(Vec::new(), here.start, &mut stmts);
            // Kept apart: they stand before the statement.
            self.pending.append(&mut stmts);
            if self.take_keyword(closer) {
                return Body::Block;
            }
        }
        let gap = self.gap();
        let message = match closer {
            Keyword::Then => format!("a `then` is missing after the condition of this `{begins}`"),
            _ => format!("a `do` is missing after the head of this `{begins}`"),
        };
        let has_body = self.has_body(word);
        let error = SyntaxError::new(gap, message).related(word, format!("the `{begins}`"));
        let (title, text) = (format!("Insert `{text}`"), format!(" {text}"));
        // Without a body its `end` is missing too.
        let error = if has_body { error.fix(title, gap, text) } else { error.offer(title, gap, text) };
        self.report(error);
        if has_body { Body::Block } else { Body::None }
    }

    pub(super) fn is_block_word(&self) -> bool {
        self.kind().is_some_and(super::recover::begins_statement)
    }

    /// Reports a block in braces.
    pub(super) fn braces(&mut self) {
        let error = SyntaxError::new(self.here(), "blocks have no braces in Lua")
            .help("write `if … then … end`, `while … do … end`, `function … end`");
        self.report(error);
    }

    /// True if a `{` in a head opens a block of another language and not a table.
    pub(super) fn is_brace_block(&self) -> bool {
        let Some(close) = self.matching(self.at) else {
            return self.is_new_line(self.at + 1) && self.tokens.len() < self.at + super::recover::FAR;
        };
        let Some(next) = self.tokens.get(close + 1) else { return true };
        match next.kind {
            TokenKind::Keyword(keyword) => !matches!(keyword, Keyword::Then | Keyword::Do | Keyword::And | Keyword::Or),
            TokenKind::Name | TokenKind::Number => true,
            kind if kind.is("(") || kind.is("{") => self.is_new_line(close + 1),
            kind => kind.is("}"),
        }
    }

    pub(super) fn body(&mut self, body: Body, keyword: Keyword, word: TextRange) -> BlockId {
        match body {
            Body::Brace => self.brace_block(keyword, word),
            _ => self.block_of(keyword, word, body),
        }
    }

    pub(super) fn body_to_end(&mut self, body: Body, keyword: Keyword, word: TextRange) -> BlockId {
        match body {
            Body::Brace => self.brace_block(keyword, word),
            Body::Indented => {
                let block = self.block_of(keyword, word, body);
                self.end_of_indented(word);
                block
            }
            _ => self.block_to_end(keyword, word),
        }
    }

    /// Takes the `end` of a block whose end is found by its indentation, if it has one.
    pub(super) fn end_of_indented(&mut self, word: TextRange) {
        if self.is_keyword(Keyword::End)
            && self.indent() == self.layout().indent(word.start)
            && self.surplus_ahead() > 0
        {
            self.bump();
        }
    }

    /// Reports a keyword that is written twice, and returns the second; otherwise returns `word`.
    pub(super) fn doubled(&mut self, word: TextRange) -> TextRange {
        let here = self.here();
        let text = self.text(word);
        if self.text(here) != text || self.on_new_line() {
            return word;
        }
        let error = SyntaxError::new(here, format!("one `{text}` too many")).fix(
            format!("Remove `{text}`"),
            TextRange::new(word.end, here.end),
            "",
        );
        self.report(error);
        self.bump()
    }
}
