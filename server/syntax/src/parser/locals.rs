//! `local` with names and values, or with a function.

use text::TextRange;

use super::Parser;
use crate::{
    SyntaxError,
    lexer::{Keyword, TokenKind},
    tree::{ExprKind, Name, StmtId, StmtKind},
};

impl Parser<'_> {
    pub(super) fn local_statement(&mut self, stmts: &mut Vec<StmtId>) {
        let word = self.bump();
        let word = self.doubled(word);
        if self.take_keyword(Keyword::Function) {
            self.local_function(word.start, stmts);
        } else {
            self.local_names(word, stmts);
        }
    }

    /// `local function` was read.
    pub(super) fn local_function(&mut self, start: u32, stmts: &mut Vec<StmtId>) {
        let function_word = self.previous().map_or(self.gap(), |token| token.range);
        if self.is_function_name() {
            let name = self.name();
            if self.is(".") || self.is(":") && self.is_name_ahead(1) {
                let range = TextRange::new(start, function_word.start);
                let error =
                    SyntaxError::new(self.here(), "a local function has a plain name: a field is set without `local`")
                        .fix("Remove `local`", range, "");
                self.report(error);
                let mut target = self.push(ExprKind::Name(name), name.range);
                let mut method = false;
                while self.is(".") || self.is(":") {
                    method = self.is(":");
                    self.bump();
                    if !self.is_name() {
                        break;
                    }
                    let name = self.name();
                    let base = target;
                    target = self.push_from(ExprKind::Field { base, name }, self.range(base).start);
                }
                let function = self.function_body(start, function_word, method);
                stmts.push(self.push_stmt(StmtKind::Function { target, function }, start));
                return;
            }
            let function = self.function_body(start, function_word, false);
            stmts.push(self.push_stmt(StmtKind::LocalFunction { name, function }, start));
            return;
        }
        if self.keyword().is_some() && !self.on_new_line() && self.is_ahead(1, "(") {
            self.reserved(self.here());
            self.bump();
        } else {
            let error = SyntaxError::new(function_word, "a name is missing after `local function`")
                .help("a function without a name is a value: `local f = function(…) … end`");
            self.report(error.hides_names());
        }
        let value = self.function_value(function_word.start);
        stmts.extend(self.values_only(vec![value], start));
    }

    /// Names and values; `word` is the `local`, or what stands for it.
    pub(super) fn local_names(&mut self, word: TextRange, stmts: &mut Vec<StmtId>) {
        let mut names: Vec<Name> = Vec::new();
        loop {
            let here = self.here();
            if self.is_name() && !(self.on_new_line() && self.begins_other_statement()) {
                names.push(self.name());
            } else if self.keyword().is_some() && !self.on_new_line() {
                self.reserved(here);
                self.bump();
            } else {
                let before = self.previous().map_or(word, |token| token.range);
                let before_text = self.text(before);
                let error = match self.kind() {
                    Some(TokenKind::Number | TokenKind::String) if !self.on_new_line() => {
                        SyntaxError::new(here, "a name cannot begin with a digit or a quote")
                    }
                    _ => SyntaxError::new(before, format!("a name is missing after `{before_text}`")),
                };
                self.report(error.hides_names());
                break;
            }
            self.type_of_local();
            if !self.take(",") {
                break;
            }
        }
        if names.is_empty()
            && self.on_new_line()
            && self.token().is_some()
            && self.indent() > self.layout().indent(word.start)
            && self.surplus_ahead() > self.open.len() as i32
        {
            // The body of a function whose head is lost.
            let body = self.block_to_end(Keyword::Do, word);
            stmts.push(self.push_stmt(StmtKind::Do(body), word.start));
            return;
        }
        self.local_values(word, names, stmts);
    }

    /// For a name on the next line: true if the code after it shows that it is not a local.
    fn begins_other_statement(&self) -> bool {
        match self.ahead(1).map(|next| next.kind) {
            Some(TokenKind::String | TokenKind::UnterminatedString) => true,
            Some(kind) if kind.is(".") || kind.is(":") || kind.is("[") || kind.is("{") => true,
            Some(kind) if kind.is("(") => self.matching(self.at + 1).is_none_or(|close| {
                let behind = self.tokens.get(close + 1).map(|token| token.kind);
                behind.is_none_or(|kind| !matches!(kind, TokenKind::Symbol(_) | TokenKind::String))
            }),
            _ => false,
        }
    }

    fn local_values(&mut self, word: TextRange, names: Vec<Name>, stmts: &mut Vec<StmtId>) {
        let here = self.here();
        let mut values = Vec::new();
        let same_line = !self.on_new_line();
        let name = names.last().map(|name| self.text(name.range)).unwrap_or_default();
        if self.take("=") || (self.told_at == Some(self.at) && self.take(":")) {
            values = self.exprs();
        } else if self.is("==") || self.is_pair(":", "=") {
            let range = if self.is("==") { here } else { here.cover(self.ahead(1).map_or(here, |next| next.range)) };
            let error = SyntaxError::new(
                range,
                format!("a value is assigned with `=` in Lua, not with `{}`", self.text(range)),
            )
            .fix("Write `=`", range, "=");
            self.report(error);
            if self.is(":") {
                self.bump();
            }
            self.bump();
            values = self.exprs();
        } else if let Some((range, operator)) = self.compound() {
            let error = SyntaxError::new(
                range,
                format!("Lua has no `{}`: write `{name} = {name} {operator} …`", self.text(range)),
            );
            self.report(error);
            self.pass(range);
            values = self.exprs();
        } else if (self.is(".") || self.is("[")) && same_line && names.len() == 1 {
            let range = TextRange::new(word.start, names[0].range.start);
            let error = SyntaxError::new(here, "a local has a plain name: a field is set without `local`").fix(
                "Remove `local`",
                range,
                "",
            );
            self.report(error);
            let base = self.push(ExprKind::Name(names[0]), names[0].range);
            let target = self.suffixes(base);
            if self.take("=") {
                let values = self.exprs();
                let kind = StmtKind::Assign { targets: Box::new([target]), values: values.into() };
                stmts.push(self.push_stmt(kind, word.start));
            } else {
                self.junk(vec![target], word.start, stmts);
            }
            self.end_of_statement(stmts);
            return;
        } else if same_line && self.is_function_word(name) {
            let range = names[names.len() - 1].range;
            let error = SyntaxError::new(range, format!("`{name}` is no word of Lua: did you mean `function`?")).fix(
                "Write `function`",
                range,
                "function",
            );
            self.report(error);
            self.local_function(word.start, stmts);
            return;
        } else if same_line && names.len() == 1 && self.is("(") && self.is_head_of_function() {
            let place = TextRange::at(names[0].range.start);
            let error = SyntaxError::new(place, format!("a `function` is missing before `{name}`")).fix(
                "Insert `function`",
                place,
                "function ",
            );
            self.report(error);
            let function = self.function_body(word.start, word, false);
            let kind = StmtKind::LocalFunction { name: names[0], function };
            stmts.push(self.push_stmt(kind, word.start));
            return;
        } else if same_line
            && !names.is_empty()
            && !self.is_name()
            && !self.is("(")
            && !self.is_keyword(Keyword::Function)
            && self.begins_value()
        {
            let gap = self.gap();
            let error = SyntaxError::new(gap, format!("a `=` is missing after `{name}`")).fix("Insert `=`", gap, " =");
            self.report(error);
            values = self.exprs();
        }
        if !names.is_empty() || !values.is_empty() {
            let kind = StmtKind::Local { names: names.into(), values: values.into() };
            stmts.push(self.push_stmt(kind, word.start));
        }
        self.end_of_statement(stmts);
    }

    /// For a `(` after the name of a local: true if parameters and a body follow.
    fn is_head_of_function(&self) -> bool {
        let Some(close) = self.matching(self.at) else { return false };
        let is_params = |kind: TokenKind| kind == TokenKind::Name || kind.is(",") || kind.is("...");
        self.tokens[self.at + 1..close].iter().all(|token| is_params(token.kind))
            && self.is_new_line(close + 1)
            && self
                .tokens
                .get(close + 1)
                .is_some_and(|next| matches!(next.kind, TokenKind::Name | TokenKind::Keyword(_)))
            && self.surplus_ahead() > self.open.len() as i32
    }

    /// True for a misspelt `function` before a name and `(`.
    fn is_function_word(&self, name: &str) -> bool {
        self.is_name()
            && self.is_ahead(1, "(")
            && self.surplus_ahead() > self.open.len() as i32
            && (matches!(name, "fn" | "def" | "func" | "fun") || super::misspelt::is_near(name, "function"))
    }

    /// `local x: number`
    fn type_of_local(&mut self) {
        if !self.is(":") || self.is_ahead(1, "=") || self.is_new_line(self.at + 1) {
            return;
        }
        let mut line = (self.at..self.tokens.len()).take_while(|&at| !self.is_new_line(at)).take(64);
        let is_value = !line.any(|at| self.tokens[at].kind.is("="))
            && self.ahead(2).is_some_and(|next| {
                !self.is_new_line(self.at + 2) && (next.kind.is("[") || next.kind.is("(") || next.kind.is("."))
            });
        if is_value || !self.is_name_ahead(1) {
            let here = self.here();
            let error = SyntaxError::new(here, "a value is assigned with `=` in Lua, not with `:`").fix(
                "Write `=`",
                here,
                " =",
            );
            self.report(error);
            return;
        }
        let start = self.bump();
        let mut end = start;
        while self.token().is_some() && !self.on_new_line() && !self.is("=") && !self.is(",") {
            end = self.bump();
        }
        let range = start.cover(end);
        let error = SyntaxError::new(range, "Lua has no types of variables")
            .help("an editor reads them from a comment: `---@type string`")
            .fix("Remove the type", range, "");
        self.report(error);
    }
}
