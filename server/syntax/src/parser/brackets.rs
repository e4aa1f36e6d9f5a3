//! Brackets: matching, missing and surplus ones.

use text::TextRange;

use super::{Bracket, Parser};
use crate::{SyntaxError, lexer::TokenKind};

impl Parser<'_> {
    pub(super) fn open_bracket(&mut self, closer: u8) -> TextRange {
        self.brackets.push(Bracket { closer, arguments: false, assigned: false });
        self.bump()
    }

    /// The innermost bracket that is open in this block.
    pub(super) fn bracket(&self) -> Option<Bracket> {
        let base = self.open.last().map_or(0, |open| open.brackets);
        self.brackets.get(base..)?.last().copied()
    }

    /// The bracket that the next token closes.
    pub(super) fn closing_bracket(&self) -> Option<u8> {
        match self.kind()? {
            TokenKind::Symbol([byte @ (b')' | b']' | b'}'), 0, 0]) => Some(byte),
            _ => None,
        }
    }

    /// True if a bracket is open that the next token closes.
    pub(super) fn closes_outer(&self) -> bool {
        self.closing_bracket().is_some_and(|byte| {
            self.brackets.iter().any(|bracket| bracket.closer == byte)
                || (byte == b'}' && self.open.iter().any(|open| open.body == super::Body::Brace))
        })
    }

    /// Takes the `closer` of the bracket at `open`; false if it is not there.
    pub(super) fn close_bracket(&mut self, open: TextRange, closer: &'static str) -> bool {
        self.brackets.pop();
        if self.take(closer) {
            return true;
        }
        if self.closing_bracket().is_some() && !self.closes_outer() && !self.on_new_line() {
            let here = self.here();
            let (opened, closed) = (self.text(open), self.text(here));
            let error = SyntaxError::new(here, format!("a `{opened}` is closed with `{closer}`, not with `{closed}`"))
                .related(open, format!("the `{opened}`"))
                .fix(format!("Write `{closer}`"), here, closer);
            self.report(error);
            self.bump();
            return true;
        }
        self.unclosed(open, closer);
        false
    }

    fn unclosed(&mut self, open: TextRange, closer: &'static str) {
        let opened = self.text(open);
        let there = match self.kind() {
            None => "the script ends here".to_owned(),
            Some(kind)
                if self.on_new_line() && !super::recover::ends_block(kind) && self.closing_bracket().is_none()
                    || super::recover::begins_statement(kind) && !self.is_keyword(crate::lexer::Keyword::Do) =>
            {
                format!("a new statement begins here: the `{closer}` belongs before it")
            }
            Some(_) => format!("the `{closer}` belongs before this"),
        };
        let error = SyntaxError::new(open, format!("this `{opened}` is never closed: a `{closer}` is missing"))
            .related(self.here(), there)
            .doubtful(open.cover(self.gap()));
        // Behind a comma or an operator more is missing than the bracket.
        let error = match self.previous().is_some_and(|token| token.kind.ends_operand()) {
            true => error.offer(format!("Insert `{closer}`"), self.gap(), closer),
            false => error,
        };
        self.report(error);
    }

    /// Reports a closing bracket that closes nothing, and takes it.
    pub(super) fn stray_bracket(&mut self) {
        let here = self.here();
        let text = self.text(here);
        let error = SyntaxError::new(here, format!("this `{text}` was never opened")).offer(
            format!("Remove `{text}`"),
            here,
            "",
        );
        self.report(error);
        self.bump();
    }
}
