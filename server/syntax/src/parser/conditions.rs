//! `if` with its `elseif` and `else`, and the words that stand for them elsewhere.

use text::TextRange;

use super::{Body, Parser};
use crate::{
    SyntaxError,
    lexer::{Keyword, TokenKind},
    tree::{If, StmtId, StmtKind},
};

/// Other languages' words for `elseif`.
const ELSEIFS: &[&str] = &["elif", "elsif", "elseIf", "elsei", "elif:", "elseiff", "elesif"];

impl Parser<'_> {
    /// Handles a word for `elseif` in an `if`.
    pub(super) fn is_elseif(&self) -> bool {
        self.is_name()
            && ELSEIFS.contains(&self.word())
            && self.ahead(1).is_some_and(|next| match next.kind {
                TokenKind::Name | TokenKind::Number => !self.is_new_line(self.at + 1),
                TokenKind::Keyword(keyword) => {
                    matches!(keyword, Keyword::Not | Keyword::Nil | Keyword::True | Keyword::False)
                }
                // A call, unless the condition ends behind it.
                kind if kind.is("(") => self
                    .matching(self.at + 1)
                    .and_then(|close| self.tokens.get(close + 1))
                    .is_some_and(|behind| behind.kind == TokenKind::Keyword(Keyword::Then) || behind.kind.is("{")),
                kind => kind.is("#"),
            })
    }

    /// `else`, or a word that is meant for it.
    fn is_else(&self) -> bool {
        self.is_keyword(Keyword::Else) || self.is_misspelt_else()
    }

    pub(super) fn if_statement(&mut self, stmts: &mut Vec<StmtId>) {
        let behind_end =
            self.previous().filter(|it| it.kind == TokenKind::Keyword(Keyword::End) && !self.on_new_line());
        let mut word = self.bump();
        if let Some(end) = behind_end
            && self.on_new_line()
            && !self.then_follows()
        {
            let error = SyntaxError::new(word, "a block is closed with `end` alone in Lua").fix(
                "Remove `if`",
                TextRange::new(end.range.end, word.end),
                "",
            );
            self.report(error);
            return;
        }
        word = self.doubled(word);
        let cond = self.condition();
        let mut body = self.head_end(word, Keyword::Then);
        stmts.append(&mut self.pending);
        if body == Body::None {
            stmts.extend(self.values_only(vec![cond], word.start));
            return;
        }
        let mut arms = vec![(cond, self.body(body, Keyword::If, word))];
        let mut otherwise = None;
        let mut else_if = None;
        loop {
            // By indentation it may belong to another.
            let is_ours = self.endings != super::Endings::Lacking
                || !self.begins_line()
                || body == Body::Brace
                || self.indent() >= self.layout().indent(word.start);
            let here = self.here();
            if is_ours && (self.is_keyword(Keyword::Elseif) || self.is_elseif()) {
                if self.is_name() {
                    let error =
                        SyntaxError::new(here, format!("the keyword is `elseif` in Lua, not `{}`", self.text(here)))
                            .fix("Write `elseif`", here, "elseif");
                    self.report(error);
                } else if otherwise.is_some() {
                    let error = SyntaxError::new(here, "an `elseif` cannot follow the `else`");
                    self.report(error);
                }
                self.bump();
                let cond = self.condition();
                if body != Body::Block && (self.is("{") || self.is(":")) {
                    // It was told at the `if`.
                    self.told_at = Some(self.at);
                }
                body = self.head_end(here, Keyword::Then);
                arms.push((cond, self.body(body, Keyword::If, word)));
            } else if is_ours && self.is_else() {
                if self.is_name() {
                    let error = SyntaxError::new(
                        here,
                        format!("`{}` is no word of Lua: did you mean `else`?", self.text(here)),
                    )
                    .fix("Write `else`", here, "else");
                    self.report(error);
                } else if otherwise.is_some() {
                    let error = SyntaxError::new(here, "this `if` has an `else` already");
                    self.report(error);
                }
                self.bump();
                if self.is_condition() {
                    let error = SyntaxError::new(here, "an `else` has no condition: did you mean `elseif`?").fix(
                        "Write `elseif`",
                        here,
                        "elseif",
                    );
                    self.report(error);
                    let cond = self.condition();
                    body = self.head_end(here, Keyword::Then);
                    arms.push((cond, self.body(body, Keyword::If, word)));
                    continue;
                }
                if body != Body::Block && (self.is("{") || self.is(":")) {
                    self.told_at = Some(self.at);
                }
                body = self.after_else(here, body);
                if self.is_keyword(Keyword::If) && !self.on_new_line() {
                    else_if = Some(here.cover(self.here()));
                }
                let block = self.body(body, Keyword::If, word);
                match otherwise {
                    None => otherwise = Some(block),
                    Some(_) => {
                        let cond = self.missing();
                        arms.push((cond, block));
                    }
                }
            } else {
                break;
            }
        }
        match body {
            Body::Brace if self.is_keyword(Keyword::End) && !self.on_new_line() => drop(self.bump()),
            Body::Brace => {}
            Body::Indented => self.end_of_indented(word),
            _ => self.end_of_if(word, else_if),
        }
        stmts.append(&mut self.pending);
        let kind = StmtKind::If(Box::new(If { arms, otherwise }));
        stmts.push(self.push_stmt(kind, word.start));
    }

    /// Takes the code that other languages have after `else`.
    fn after_else(&mut self, word: TextRange, before: Body) -> Body {
        let here = self.here();
        if self.is("{") {
            self.braces();
            return Body::Brace;
        }
        let is_colon = self.is(":");
        if is_colon || self.is_keyword(Keyword::Then) {
            let error = SyntaxError::new(here, format!("nothing follows an `else`: remove this `{}`", self.text(here)))
                .fix("Remove it", TextRange::new(word.end, here.end), "");
            self.report(error);
            self.bump();
            if is_colon && before == Body::Indented && self.on_new_line() {
                return Body::Indented;
            }
        }
        Body::Block
    }

    /// Takes the `end` of an `if`; if it is missing, an `else if` may be the reason.
    fn end_of_if(&mut self, word: TextRange, else_if: Option<TextRange>) {
        let is_ours = self.endings != super::Endings::Lacking
            || !self.begins_line()
            || self.indent() >= self.layout().indent(word.start);
        match else_if {
            Some(range) if !(is_ours && self.is_keyword(Keyword::End)) => {
                self.lacking = true;
                let error = SyntaxError::new(
                    range,
                    "`else if` opens a second `if`, which needs an `end` of its own: did you mean `elseif`?",
                )
                .offer("Write `elseif`", range, "elseif");
                self.report(error);
            }
            _ => self.end(Keyword::If, word),
        }
    }

    /// True if the code after an `else` is a condition with its `then`.
    fn is_condition(&self) -> bool {
        if self.on_new_line() || self.is_keyword(Keyword::If) {
            return false;
        }
        let line = (self.at..self.tokens.len()).take_while(|&at| at == self.at || !self.is_new_line(at));
        self.is_then_in(line.take(super::recover::FAR))
    }

    /// True if the `then` of a condition follows, on any line.
    fn then_follows(&self) -> bool {
        self.is_then_in((self.at..self.tokens.len()).take(super::recover::FAR))
    }

    /// True if a `then` is among the tokens before another word that no condition has.
    fn is_then_in(&self, range: impl Iterator<Item = usize>) -> bool {
        for at in range {
            match self.tokens[at].kind {
                TokenKind::Keyword(Keyword::Then) => return at > self.at,
                TokenKind::Keyword(keyword)
                    if !matches!(
                        keyword,
                        Keyword::And | Keyword::Or | Keyword::Not | Keyword::Nil | Keyword::True | Keyword::False
                    ) =>
                {
                    return false;
                }
                kind if kind.is("=") || kind.is(";") => return false,
                _ => {}
            }
        }
        false
    }
}
