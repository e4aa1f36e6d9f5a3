//! `if`, `while`, `for` and `repeat`.

use text::TextRange;

use super::Parser;
use crate::{
    SyntaxError,
    lexer::{Keyword, TokenKind},
    tree::{BlockId, ExprId, ExprKind, If, Name, NumericFor, StmtId, StmtKind},
};

/// Other languages' words for `elseif`.
const ELSEIFS: &[&str] = &["elif", "elsif", "elseIf", "elsei", "elif:", "elseiff", "elesif"];

/// What follows a head.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// Statements up to `end`.
    Block,
    /// Statements in braces.
    Brace,
    /// Statements that are indented.
    Indented,
    /// Nothing: the statement is being typed.
    None,
}

impl Parser<'_> {
    /// A condition.
    fn condition(&mut self) -> ExprId {
        let outer = std::mem::replace(&mut self.in_head, true);
        let found = self.expr();
        self.in_head = outer;
        found
    }

    /// What ends a head: `then` or `do`. `word` begins the statement.
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

    fn is_block_word(&self) -> bool {
        self.kind().is_some_and(super::recover::begins_statement)
    }

    /// Reports a block in braces.
    pub(super) fn braces(&mut self) {
        let error = SyntaxError::new(self.here(), "blocks have no braces in Lua")
            .help("write `if … then … end`, `while … do … end`, `function … end`");
        self.report(error);
    }

    /// At `{` in a head: whether it is no table, but another language's block.
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

    fn body(&mut self, body: Body, keyword: Keyword, word: TextRange) -> BlockId {
        match body {
            Body::Brace => self.brace_block(keyword, word),
            _ => self.block_of(keyword, word, body),
        }
    }

    fn body_to_end(&mut self, body: Body, keyword: Keyword, word: TextRange) -> BlockId {
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

    /// The `end` of a block that is told by its indentation, if it has one.
    fn end_of_indented(&mut self, word: TextRange) {
        if self.is_keyword(Keyword::End)
            && self.indent() == self.layout().indent(word.start)
            && self.surplus_ahead() > 0
        {
            self.bump();
        }
    }

    /// At a word for `elseif` in an `if`.
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
                // What was kept apart is lost in between: it may not come before the statement's own values.
                self.pending.clear();
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
        let kind = StmtKind::If(Box::new(If { arms, otherwise }));
        stmts.push(self.push_stmt(kind, word.start));
    }

    /// What other languages have behind `else`.
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

    /// The `end` of an `if`; where it is missing, an `else if` may be the reason.
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

    /// The same keyword twice: reports it, and gives the second.
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

    /// At what follows an `else`: true if it is a condition with its `then`.
    fn is_condition(&self) -> bool {
        if self.on_new_line() || self.is_keyword(Keyword::If) {
            return false;
        }
        let line = (self.at..self.tokens.len()).take_while(|&at| at == self.at || !self.is_new_line(at));
        self.is_then_in(line.take(super::recover::FAR))
    }

    /// True if the `then` of a condition follows, on whatever line.
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

    pub(super) fn while_statement(&mut self, stmts: &mut Vec<StmtId>) {
        let mut word = self.bump();
        word = self.doubled(word);
        let cond = self.condition();
        let body = self.head_end(word, Keyword::Do);
        stmts.append(&mut self.pending);
        if body == Body::None {
            stmts.extend(self.values_only(vec![cond], word.start));
            return;
        }
        let body = self.body_to_end(body, Keyword::While, word);
        stmts.push(self.push_stmt(StmtKind::While { cond, body }, word.start));
    }

    pub(super) fn repeat_statement(&mut self, stmts: &mut Vec<StmtId>) {
        let word = self.bump();
        let body = if self.is("{") {
            self.braces();
            self.brace_block(Keyword::Repeat, word)
        } else {
            self.block(Keyword::Repeat, word)
        };
        let is_ours = self.endings != super::Endings::Lacking
            || !self.begins_line()
            || self.indent() >= self.layout().indent(word.start);
        let cond = if is_ours && self.take_keyword(Keyword::Until) {
            self.expr()
        } else {
            if is_ours && self.is_keyword(Keyword::End) {
                let here = self.here();
                let error = SyntaxError::new(here, "a `repeat` is closed with `until` and a condition, not with `end`")
                    .related(word, "the `repeat`");
                self.report(error);
                self.bump();
                if !self.on_new_line() && self.take_keyword(Keyword::Until) {
                    let cond = self.expr();
                    stmts.push(self.push_stmt(StmtKind::Repeat { body, cond }, word.start));
                    return;
                }
            } else {
                self.missing_end(Keyword::Repeat, word);
            }
            self.missing()
        };
        stmts.push(self.push_stmt(StmtKind::Repeat { body, cond }, word.start));
    }

    pub(super) fn for_statement(&mut self, stmts: &mut Vec<StmtId>) {
        let word = self.bump();
        let parenthesis = self.is("(");
        if parenthesis && self.loop_of_c(word, stmts) {
            return;
        }
        if parenthesis {
            let here = self.here();
            let error = SyntaxError::new(here, "the head of a loop has no parentheses in Lua")
                .help("write `for i = 1, n do` or `for key, value in pairs(t) do`");
            self.report(error);
            self.bump();
        }
        self.loop_variable_word();
        let mut names: Vec<Name> = Vec::new();
        if self.is_name() {
            names.push(self.name());
        } else if self.keyword().is_some() && !self.on_new_line() && self.is_ahead(1, "=") {
            self.reserved(self.here());
            self.bump();
        } else {
            let error = SyntaxError::new(word, "a variable is missing after `for`")
                .help("write `for i = 1, n do` or `for key, value in pairs(t) do`");
            self.report(error.hides_names());
        }
        if self.is("=") {
            self.numeric_for(word, &names, parenthesis, stmts);
            return;
        }
        while self.take(",") {
            if self.is_name() {
                names.push(self.name());
            } else {
                let error = SyntaxError::new(
                    self.previous().map_or(word, |token| token.range),
                    "a variable is missing after `,`",
                );
                self.report(error.hides_names());
                break;
            }
        }
        let here = self.here();
        let mut values = Vec::new();
        if self.is("=") {
            let error =
                SyntaxError::new(here, "a loop over an iterator is written with `in`: `for key, value in pairs(t) do`")
                    .fix("Write `in`", here, "in");
            self.report(error);
            self.bump();
            values = self.loop_values();
        } else if self.take_keyword(Keyword::In) {
            values = self.loop_values();
        } else if self.is_name() && matches!(self.word(), "of" | "on" | "from") && !self.on_new_line() {
            let error = SyntaxError::new(here, format!("the keyword is `in` in Lua, not `{}`", self.text(here))).fix(
                "Write `in`",
                here,
                "in",
            );
            self.report(error);
            self.bump();
            values = self.loop_values();
        } else {
            let error = SyntaxError::new(self.gap(), "an `in` or a `=` is missing in the head of this `for`")
                .help("write `for i = 1, n do` or `for key, value in pairs(t) do`");
            self.report(error.hides_names());
        }
        if parenthesis {
            self.take(")");
        }
        let body = self.head_end(word, Keyword::Do);
        stmts.append(&mut self.pending);
        if body == Body::None {
            stmts.extend(self.values_only(values, word.start));
            return;
        }
        let body = self.body_to_end(body, Keyword::For, word);
        let kind = StmtKind::GenericFor { names: names.into(), values: values.into(), body };
        stmts.push(self.push_stmt(kind, word.start));
    }

    fn loop_values(&mut self) -> Vec<ExprId> {
        let outer = std::mem::replace(&mut self.in_head, true);
        let found = self.exprs();
        self.in_head = outer;
        found
    }

    /// `local`, `let`, `var` or `each` before the variable of a loop.
    fn loop_variable_word(&mut self) {
        let here = self.here();
        let is_word = self.is_keyword(Keyword::Local)
            || (matches!(self.word(), "let" | "var" | "const" | "int" | "each" | "auto") && self.is_name_ahead(1));
        if is_word && !self.on_new_line() {
            let text = self.text(here);
            let range = TextRange::new(here.start, self.ahead(1).map_or(here.end, |next| next.range.start));
            let error = SyntaxError::new(here, format!("the variable of a loop is local by itself: remove `{text}`"))
                .fix(format!("Remove `{text}`"), range, "");
            self.report(error);
            self.bump();
        }
    }

    fn numeric_for(&mut self, word: TextRange, names: &[Name], parenthesis: bool, stmts: &mut Vec<StmtId>) {
        let equals = self.bump();
        let outer = std::mem::replace(&mut self.in_head, true);
        let told = self.errors.len();
        let first = self.expr();
        let is_told = told < self.errors.len();
        let mut values = vec![first];
        while self.take(",") {
            values.push(self.expr());
        }
        if values.len() == 1 {
            let here = self.here();
            let is_call = matches!(self.tree[first].kind, ExprKind::Call(_) | ExprKind::MethodCall(_));
            if self.begins_value() && !self.on_new_line() && !self.is_name() {
                if !is_told {
                    self.missing_comma();
                }
                values.push(self.muted(Self::expr));
            }
            let word_between =
                values.len() == 1 && matches!(self.word(), "to" | "upto" | "until" | "til") && !self.on_new_line();
            if word_between {
                let error = SyntaxError::new(
                    here,
                    format!("the bounds of a loop are separated by `,`, not by `{}`", self.text(here)),
                )
                .fix("Write `,`", TextRange::new(self.last(), here.end), ",");
                self.report(error);
                self.bump();
                values.push(self.expr());
            } else if is_call {
                let error = SyntaxError::new(
                    equals,
                    "a loop over an iterator is written with `in`: `for key, value in pairs(t) do`",
                )
                .fix("Write `in`", equals, "in");
                self.report(error);
            } else if !is_told && values.len() == 1 {
                let error = SyntaxError::new(self.gap(), "a loop needs a first and a last value: `for i = 1, n do`");
                self.report(error);
            }
        } else if values.len() > 3 {
            let error = SyntaxError::new(self.range(values[3]), "a loop takes a first value, a last value and a step");
            self.report(error);
        }
        self.in_head = outer;
        if parenthesis {
            self.take(")");
        }
        let body = self.head_end(word, Keyword::Do);
        stmts.append(&mut self.pending);
        if body == Body::None {
            stmts.extend(self.values_only(values, word.start));
            return;
        }
        let body = self.body_to_end(body, Keyword::For, word);
        let kind = match (names, &values[..]) {
            (&[name], &[start, end]) => {
                StmtKind::NumericFor(Box::new(NumericFor { name, start, end, step: None, body }))
            }
            (&[name], &[start, end, step]) => {
                StmtKind::NumericFor(Box::new(NumericFor { name, start, end, step: Some(step), body }))
            }
            _ => StmtKind::GenericFor { names: names.into(), values: values.into(), body },
        };
        stmts.push(self.push_stmt(kind, word.start));
    }

    /// `for (i = 0; i < n; i++)`: reports it and passes the head.
    fn loop_of_c(&mut self, word: TextRange, stmts: &mut Vec<StmtId>) -> bool {
        let Some(close) = self.matching(self.at) else { return false };
        if !self.tokens[self.at..close].iter().any(|token| token.kind.is(";")) {
            return false;
        }
        let range = self.here().cover(self.tokens[close].range);
        let error = SyntaxError::new(range, "a loop over numbers is written `for i = 1, n do` in Lua");
        self.report(error);
        // The variable is the first name that something is assigned to.
        let name =
            (self.at..close).find(|&at| self.tokens[at].kind == TokenKind::Name && self.tokens[at + 1].kind.is("="));
        let names: Box<[Name]> = name.map(|at| Name { range: self.tokens[at].range }).into_iter().collect();
        self.at = close + 1;
        let body = if self.is("{") {
            self.brace_block(Keyword::For, word)
        } else {
            if !self.take_keyword(Keyword::Do) && !self.has_body(word) {
                return true;
            }
            self.block_to_end(Keyword::For, word)
        };
        let kind = StmtKind::GenericFor { names, values: Box::default(), body };
        stmts.push(self.push_stmt(kind, word.start));
        true
    }
}
