//! Functions: names, parameters and bodies.

use text::TextRange;

use super::Parser;
use crate::{
    SyntaxError,
    lexer::{Keyword, TokenKind},
    tree::{Block, BlockId, ExprId, ExprKind, Function, FunctionId, Name, StmtId, StmtKind},
};

impl Parser<'_> {
    /// A function as a value; `function` was read.
    pub(super) fn function_value(&mut self, start: u32) -> ExprId {
        if self.is_name() && !self.on_new_line() {
            let here = self.here();
            let error = SyntaxError::new(here, "a function that is a value has no name")
                .help("write `function(…) … end`; a function with a name is a statement");
            self.report(error);
            self.bump();
        }
        let function = self.function_body(start, TextRange::new(start, start + 8), false);
        self.push_from(ExprKind::Function(function), start)
    }

    /// `function name(…) … end`
    pub(super) fn function_statement(&mut self, stmts: &mut Vec<StmtId>) {
        let word = self.bump();
        if !self.is_function_name() {
            let is_reserved = self.keyword().is_some() && !self.on_new_line() && self.is_ahead(1, "(");
            if is_reserved {
                self.reserved(self.here());
                self.bump();
            } else {
                let error = SyntaxError::new(word, "a name is missing after `function`")
                    .help("write `local function name(…) … end`; a function without a name is a value: `local f = function(…) … end`");
                self.report(error.hides_names());
            }
            let value = self.function_value(word.start);
            stmts.extend(self.values_only(vec![value], word.start));
            return;
        }
        let name = self.name();
        let mut target = self.push(ExprKind::Name(name), name.range);
        let mut method = false;
        loop {
            let is_colon = self.is(":");
            if method || !(is_colon || self.is(".")) {
                break;
            }
            let base = target;
            let start = self.range(base).start;
            if self.is_name_ahead(1) {
                self.bump();
                let name = self.name();
                method = is_colon;
                target = self.push_from(ExprKind::Field { base, name }, start);
            } else {
                match self.field_name() {
                    Some(name) => target = self.push_from(ExprKind::Field { base, name }, start),
                    None => {
                        let key = self.missing();
                        target = self.push_from(ExprKind::Index { base, key }, start);
                    }
                }
            }
        }
        if self.is("[") {
            let error = SyntaxError::new(
                self.here(),
                "the name of a function has no index: write `t[key] = function(…) … end`",
            );
            self.report(error);
            let base = target;
            let start = self.range(base).start;
            let open = self.open_bracket(b']');
            let key = self.index();
            self.close_bracket(open, "]");
            target = self.push_from(ExprKind::Index { base, key }, start);
        }
        let function = self.function_body(word.start, word, method);
        stmts.push(self.push_stmt(StmtKind::Function { target, function }, word.start));
    }

    /// True at the name of a function. On another line it may be that of the next statement.
    pub(super) fn is_function_name(&self) -> bool {
        self.is_name()
            && (!self.on_new_line() || self.is_ahead(1, "(") || self.is_ahead(1, ".") || self.is_ahead(1, ":"))
    }

    /// Parameters, body and `end`; the function begins at `start`, and `word` is its `function`.
    pub(super) fn function_body(&mut self, start: u32, word: TextRange, method: bool) -> FunctionId {
        let id = FunctionId(self.tree.functions.len() as u32);
        self.tree.functions.push(Function {
            params: Box::default(),
            vararg: false,
            method,
            body: BlockId(0),
            range: TextRange::at(start),
        });
        // In the body mistakes are told again.
        let muted = std::mem::take(&mut self.muted);
        let (mut params, mut vararg) = (Vec::new(), false);
        let mut has_body = true;
        self.has_types = false;
        if self.is("(") {
            self.params(&mut params, &mut vararg);
        } else {
            let gap = self.gap();
            let error = SyntaxError::new(gap, "the parameters of this function are missing")
                .help("a function without parameters is written `name()`")
                .offer("Insert `()`", gap, "()");
            self.report(error.hides_names());
            has_body = self.has_body(word);
        }
        has_body = has_body && self.after_params(word);
        let body = if !has_body {
            let body = BlockId(self.tree.blocks.len() as u32);
            self.tree.blocks.push(Block { stmts: Box::default(), range: self.gap() });
            body
        } else if self.is("{") {
            self.braces();
            self.brace_block(Keyword::Function, word)
        } else {
            self.block_to_end(Keyword::Function, word)
        };
        self.muted = muted;
        let range = TextRange::new(start, self.last());
        self.tree.functions[id.index()] = Function { params: params.into(), vararg, method, body, range };
        id
    }

    /// Takes the code that other languages have between parameters and body; false if no body follows.
    fn after_params(&mut self, word: TextRange) -> bool {
        let here = self.here();
        if self.is(":") || self.is_pair("-", ">") {
            let is_block = self.is(":") && self.is_new_line(self.at + 1);
            let message = if is_block {
                "the body of a function follows its parameters without `:`"
            } else {
                "Lua has no types of results"
            };
            let error = SyntaxError::new(here, message);
            let error = if is_block { error.fix("Remove `:`", here, "") } else { error };
            if is_block || !self.has_types {
                self.report(error);
            }
            while self.token().is_some() && !self.on_new_line() && !self.is("{") {
                self.bump();
            }
            return self.has_body(word);
        }
        if self.is_keyword(Keyword::Then) {
            let error = SyntaxError::new(here, "the body of a function follows its parameters without `then`").fix(
                "Remove `then`",
                here,
                "",
            );
            self.report(error);
            self.bump();
        }
        true
    }

    fn params(&mut self, params: &mut Vec<Name>, vararg: &mut bool) {
        let open = self.open_bracket(b')');
        while !self.is(")") {
            let Some(token) = self.token() else { break };
            if *vararg {
                let error = SyntaxError::new(token.range, "`...` must be the last parameter");
                self.report(error);
            }
            match token.kind {
                TokenKind::Name => params.push(self.name()),
                kind if kind.is("...") => {
                    self.bump();
                    *vararg = true;
                    if self.is_name() && !self.on_new_line() {
                        let here = self.here();
                        let error = SyntaxError::new(here, "the arguments behind `...` have no name in Lua: remove it")
                            .help("a table of them is `local args = {...}`")
                            .fix("Remove the name", here, "");
                        self.report(error);
                        self.bump();
                    }
                }
                TokenKind::Keyword(keyword)
                    if !super::recover::begins_statement(token.kind)
                        && !matches!(keyword, Keyword::End | Keyword::Else | Keyword::Elseif | Keyword::Until) =>
                {
                    self.reserved(token.range);
                    self.bump();
                }
                TokenKind::Number | TokenKind::String => {
                    let error = SyntaxError::new(
                        token.range,
                        "a parameter is a name: values are given where the function is called",
                    );
                    self.report(error);
                    self.bump();
                }
                kind if kind.is(",") => {
                    let error = SyntaxError::new(token.range, "a parameter is missing before this `,`").fix(
                        "Remove `,`",
                        token.range,
                        "",
                    );
                    self.report(error);
                }
                _ => break,
            }
            self.after_param();
            let comma = self.here();
            if self.take(",") {
                if self.is(")") {
                    let error =
                        SyntaxError::new(comma, "a parameter is missing after `,`").fix("Remove `,`", comma, "");
                    self.report(error);
                }
            } else if (self.is_name() || self.is("...")) && (!self.on_new_line() || self.closes_ahead(self.at)) {
                self.missing_comma();
            } else {
                break;
            }
        }
        let told = self.errors.len();
        if !self.close_bracket(open, ")")
            && let Some(error) = self.errors.get_mut(told)
        {
            error.hides_names = true;
        }
    }

    /// Types and default values of other languages.
    fn after_param(&mut self) {
        let here = self.here();
        let message = if self.is("=") {
            ("Lua has no default values of parameters", "set it in the body: `x = x or 1`")
        } else if self.is(":") && !self.is_new_line(self.at + 1) {
            if std::mem::replace(&mut self.has_types, true) {
                self.told_at = Some(self.at);
            }
            ("Lua has no types of parameters", "an editor reads them from a comment: `---@param name string`")
        } else {
            return;
        };
        let error = SyntaxError::new(here, message.0).help(message.1);
        self.report(error);
        while let Some(kind) = self.kind() {
            if self.on_new_line() || kind.is(",") || kind.is(")") {
                break;
            }
            match self.is("(") || self.is("{") {
                true => self.at = self.matching(self.at).map_or(self.at + 1, |close| close + 1),
                false => drop(self.bump()),
            }
        }
    }
}
