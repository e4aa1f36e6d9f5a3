//! Missing values and names, and code that stands in their place.

use text::TextRange;

use super::Parser;
use crate::{
    SyntaxError,
    lexer::{Keyword, TokenKind},
    tree::{ExprId, ExprKind, Name, TableField},
};

impl Parser<'_> {
    /// Reports a missing value, and skips what stands in its place if that cannot be kept.
    pub(super) fn missing_value(&mut self) -> ExprId {
        let here = self.here();
        let before = self.previous();
        let same_line = !self.on_new_line();
        let in_brackets = self.bracket().is_some();
        let kind = self.kind();
        if self.is("/") && same_line && self.is_pattern() {
            return self.missing();
        }
        if self.is("[") && same_line {
            return self.list_in_brackets();
        }
        if self.is("+") && same_line {
            let range =
                if self.is_pair("+", "+") { here.cover(self.ahead(1).map_or(here, |it| it.range)) } else { here };
            let text = self.text(range);
            let error = match text {
                "++" => SyntaxError::new(range, "Lua has no `++`").help("write `x = x + 1`"),
                _ => SyntaxError::new(range, "Lua has no `+` before a value: remove it").fix("Remove `+`", range, ""),
            };
            self.report(error);
            self.pass(range);
            return self.expr();
        }
        let sign = before.map(|token| self.text(token.range)).unwrap_or_default();
        if let Some(token) = before
            && self.is("=")
            && same_line
            && token.kind.is("=")
        {
            let error = SyntaxError::new(here, "one `=` too many").offer("Remove `=`", here, "");
            self.report(error);
            self.bump();
            return self.expr();
        }
        if let Some(token) = before
            && self.is("=")
            && same_line
            && (token.kind.is("<") || token.kind.is(">"))
        {
            let range = token.range.cover(here);
            let meant = format!("{sign}=");
            let error = SyntaxError::new(range, format!("the operator `{meant}` is written without a space")).fix(
                format!("Write `{meant}`"),
                range,
                meant,
            );
            self.report(error);
            self.bump();
            return self.expr();
        }
        if let Some(TokenKind::Keyword(keyword)) = kind
            && same_line
            && matches!(sign, "=" | "(" | "," | "return" | "{")
            && matches!(
                keyword,
                Keyword::If | Keyword::While | Keyword::For | Keyword::Repeat | Keyword::Do | Keyword::Return
            )
        {
            let error = SyntaxError::new(here, format!("`{}` begins a statement: it is no value", self.text(here)));
            let error = match keyword {
                Keyword::If => error.help("write `condition and a or b`, or assign in both branches"),
                _ => error,
            };
            self.report(error);
            if keyword != Keyword::If && in_brackets && self.closes_ahead(self.at + 1) {
                self.bump();
                return self.missing();
            }
            if keyword == Keyword::If && self.on_this_line(Keyword::Then) && self.on_this_line(Keyword::Else) {
                return self.muted(Self::if_value);
            }
            return self.missing();
        }
        let is_closer = self.closing_bracket().is_some();
        if in_brackets && matches!(sign, "(" | "{" | "[" | ",") && !is_closer && !self.is(",") && !self.is_infix() {
            // The bracket is not closed: that is told where it would be.
            return self.missing();
        }
        if same_line && self.is_infix() && !matches!(self.kind(), Some(kind) if kind.is("=")) {
            let text = self.text(here);
            let error = SyntaxError::new(here, format!("a value is missing before `{text}`"));
            self.report(error);
            if self.is(",") {
                return self.missing();
            }
            self.bump();
            return self.expr();
        }
        let place = before.map_or(here, |token| token.range);
        let error = match sign {
            "if" | "elseif" | "while" | "until" => {
                SyntaxError::new(place, format!("a condition is missing after `{sign}`"))
            }
            "in" => SyntaxError::new(place, "what to go through is missing after `in`")
                .help("write `for key, value in pairs(t) do`"),
            "," if is_closer => SyntaxError::new(place, "a value is missing after `,`").fix("Remove `,`", place, ""),
            "," if self.is(",") => {
                SyntaxError::new(here, "a value is missing before this `,`").fix("Remove `,`", here, "")
            }
            "(" | "{" | "[" if self.is(",") => {
                SyntaxError::new(here, "a value is missing before this `,`").fix("Remove `,`", here, "")
            }
            "" => SyntaxError::new(here, "a value is missing here"),
            _ => SyntaxError::new(place, format!("a value is missing after `{}`", self.short(place))),
        };
        self.report(error);
        self.missing()
    }

    /// `/a+/g`: reports it and passes it.
    fn is_pattern(&mut self) -> bool {
        let here = self.here();
        let line = (self.at + 1..self.tokens.len()).take_while(|&at| !self.is_new_line(at)).take(64);
        let Some(end) = line.filter(|&at| self.tokens[at].kind.is("/")).last() else { return false };
        let error = SyntaxError::new(here.cover(self.tokens[end].range), "Lua has no patterns between `/`")
            .help("a pattern is a string: `string.match(s, '%d+')`");
        self.report(error);
        self.at = end + 1;
        if self.is_name() && self.touches_next(end) {
            self.bump();
        }
        self.told_at = Some(self.at);
        true
    }

    /// `if a then b else c end` as a value.
    fn if_value(&mut self) -> ExprId {
        self.bump();
        let mut values = vec![self.expr()];
        while self.take_keyword(Keyword::Then) || self.take_keyword(Keyword::Elseif) || self.take_keyword(Keyword::Else)
        {
            values.push(self.expr());
        }
        if !self.on_new_line() {
            self.take_keyword(Keyword::End);
        }
        self.opaque(values)
    }

    /// True at an operator that stands between values, or at a comma.
    fn is_infix(&self) -> bool {
        match self.kind() {
            Some(TokenKind::Keyword(keyword)) => matches!(keyword, Keyword::And | Keyword::Or),
            Some(TokenKind::Symbol(bytes)) => matches!(
                &bytes,
                b"*\0\0"
                    | b"/\0\0"
                    | b"%\0\0"
                    | b"^\0\0"
                    | b"..\0"
                    | b"==\0"
                    | b"~=\0"
                    | b"<\0\0"
                    | b">\0\0"
                    | b"<=\0"
                    | b">=\0"
                    | b"=\0\0"
            ),
            _ => false,
        }
    }

    /// `[1, 2]`
    fn list_in_brackets(&mut self) -> ExprId {
        let here = self.here();
        let error = SyntaxError::new(here, "a list is written `{ … }` in Lua, not `[ … ]`");
        let error = match self.matching(self.at) {
            Some(close) => {
                let range = here.cover(self.tokens[close].range);
                let inner = TextRange::new(here.end, self.tokens[close].range.start);
                if inner.start <= inner.end && !self.text(inner).contains('\n') {
                    error.fix("Write `{ … }`", range, format!("{{{}}}", self.text(inner)))
                } else {
                    error
                }
            }
            None => error,
        };
        self.report(error);
        let open = self.open_bracket(b']');
        let mut fields = Vec::new();
        while self.token().is_some() && !self.is("]") {
            fields.push(TableField::Item(self.expr()));
            if !self.take(",") {
                break;
            }
        }
        self.close_bracket(open, "]");
        self.push_from(ExprKind::Table(fields.into()), here.start)
    }

    /// Reports a reserved word where a name belongs.
    pub(super) fn reserved(&mut self, range: TextRange) {
        let word = self.text(range);
        self.report(SyntaxError::new(range, format!("`{word}` is a reserved word and cannot be a name")));
    }

    /// Reports a reserved word where the name of a field belongs.
    pub(super) fn reserved_key(&mut self, range: TextRange) {
        let word = self.text(range);
        let error = SyntaxError::new(range, format!("`{word}` is a reserved word and cannot be a name"))
            .help(format!("as a key of a table it is written `t[\"{word}\"]` and `{{ [\"{word}\"] = 1 }}`"));
        self.report(error);
    }

    /// The name behind a `.` or `:`, which is passed; none if it is missing.
    pub(super) fn field_name(&mut self) -> Option<Name> {
        let sign = self.bump();
        if self.is_name() {
            return Some(self.name());
        }
        let here = self.here();
        let touches = here.start == sign.end;
        if self.keyword().is_some() && touches {
            self.reserved_key(here);
            self.bump();
            return None;
        }
        let text = self.text(sign);
        let error = if self.is(text) && touches {
            SyntaxError::new(here, format!("one `{text}` too many")).offer(format!("Remove `{text}`"), here, "")
        } else if self.is("[") && touches {
            SyntaxError::new(sign, format!("an index follows without `{text}`")).fix(
                format!("Remove `{text}`"),
                sign,
                "",
            )
        } else {
            SyntaxError::new(sign, format!("a name is missing after `{text}`"))
        };
        self.report(error);
        None
    }

    /// Reports that something is missing between the last token and the next.
    pub(super) fn something_missing(&mut self, what: &str) {
        let before = self.previous().map_or("", |token| self.short(token.range));
        let message = format!("{what} between `{before}` and `{}`", self.short(self.here()));
        let gap = self.gap();
        self.report(SyntaxError::new(gap, message));
    }

    /// A `:` behind a value that calls no method: gives what was before it as a field or an index.
    pub(super) fn half_method(&mut self, base: ExprId) -> ExprId {
        let start = self.range(base).start;
        let sign = self.here();
        if self.is_pair(":", ":") {
            let range = sign.cover(self.ahead(1).map_or(sign, |it| it.range));
            let error =
                SyntaxError::new(range, "a field is read with `.` in Lua, not with `::`").fix("Write `.`", range, ".");
            self.report(error);
            self.bump();
        } else if self.is_name_ahead(1) && !self.is_new_line(self.at + 1) {
            let name = self.ahead(1).map_or(sign, |it| it.range);
            let text = self.text(name);
            let error = SyntaxError::new(name, format!("the arguments of the method `{text}` are missing"))
                .help(format!("a method is called: `:{text}(…)`; a field is read with `.{text}`"));
            self.report(error);
        }
        if self.is_name_ahead(1) && !self.is_new_line(self.at + 1) {
            self.bump();
            let name = self.name();
            self.told_at = Some(self.at);
            return self.push_from(ExprKind::Field { base, name }, start);
        }
        let name = self.field_name();
        let kind = match name {
            Some(name) => ExprKind::Field { base, name },
            None => {
                let key = self.missing();
                ExprKind::Index { base, key }
            }
        };
        self.push_from(kind, start)
    }
}
