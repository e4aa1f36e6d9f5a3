//! Lists in brackets: arguments, fields of tables, indices.

use text::TextRange;

use super::{Bracket, Parser};
use crate::{
    SyntaxError,
    lexer::TokenKind,
    tree::{ExprId, ExprKind, TableField},
};

impl<'a> Parser<'a> {
    /// Parses arguments in parentheses. A call that is cut short has a missing one at its end.
    pub(super) fn args(&mut self) -> (Box<[ExprId]>, TextRange) {
        self.brackets.push(Bracket { closer: b')', arguments: true, assigned: false });
        let open = self.bump();
        let in_head = std::mem::take(&mut self.in_head);
        let mut found = Vec::new();
        if !self.is(")") {
            loop {
                found.push(self.expr());
                if !self.next_item(open, ")") {
                    break;
                }
            }
        }
        self.in_head = in_head;
        if !self.close_bracket(open, ")") {
            found.push(self.missing());
        }
        (found.into(), TextRange::new(open.start, self.last()))
    }

    /// A string or a table as the only argument.
    pub(super) fn lone_argument(&mut self) -> (Box<[ExprId]>, TextRange) {
        let value = if self.is("{") {
            self.table()
        } else {
            let kind = match self.kind() {
                Some(TokenKind::String) => ExprKind::String,
                _ => ExprKind::Missing,
            };
            let range = self.bump();
            self.push(kind, range)
        };
        (Box::new([value]), self.range(value))
    }

    /// Passes the comma between two items; reports one that is missing. False at the end of the list.
    fn next_item(&mut self, open: TextRange, closer: &str) -> bool {
        if self.take(",") {
            return true;
        }
        if self.is(closer) {
            return false;
        }
        if self.is(";") && self.is_ahead(1, closer) {
            let here = self.here();
            let error =
                SyntaxError::new(here, "a `;` ends a statement: it cannot stand here").fix("Remove `;`", here, "");
            self.report(error);
            self.bump();
            return false;
        }
        if self.is(";") && !self.is_new_line(self.at + 1) && self.closes_ahead(self.at + 1) {
            let here = self.here();
            let error = SyntaxError::new(here, "arguments are separated by `,`").fix("Write `,`", here, ",");
            self.report(error);
            self.bump();
            return true;
        }
        let goes_on = self.begins_value() && self.goes_on(open, false);
        if goes_on {
            self.missing_comma();
        }
        goes_on
    }

    pub(super) fn missing_comma(&mut self) {
        let before = self.previous().map_or("", |token| self.short(token.range));
        let message = format!("a `,` is missing between `{before}` and `{}`", self.short(self.here()));
        let gap = self.gap();
        let error = SyntaxError::new(gap, message).offer("Insert `,`", gap, ",");
        self.report(error);
    }

    /// Text of a token for messages.
    pub(super) fn short(&self, range: TextRange) -> &'a str {
        let line = self.text(range).lines().next().unwrap_or_default();
        // It stands between backticks.
        let line = if line.contains('`') { "…" } else { line };
        match line.char_indices().nth(24) {
            Some((at, _)) => &line[..at],
            None => line,
        }
    }

    pub(super) fn index(&mut self) -> ExprId {
        if self.is("]") {
            let error = SyntaxError::new(self.gap(), "an index is missing between `[` and `]`");
            self.report(error);
            return self.missing();
        }
        let mut key = if self.is(":") { self.missing() } else { self.expr() };
        if self.is(":") {
            let error = SyntaxError::new(self.here(), "Lua has no slices")
                .help("part of a string is `string.sub(s, from, to)`, part of a table `unpack(t, from, to)`");
            self.report(error);
            while self.take(":") {
                if self.begins_value() {
                    let next = self.muted(Self::expr);
                    key = self.opaque(vec![key, next]);
                }
            }
        } else if self.is(",") {
            let error =
                SyntaxError::new(self.here(), "an index is one value").help("a table of tables is read with `t[a][b]`");
            self.report(error);
            while self.take(",") {
                let next = self.muted(Self::expr);
                key = self.opaque(vec![key, next]);
            }
        }
        key
    }

    pub(super) fn table(&mut self) -> ExprId {
        let open = self.open_bracket(b'}');
        let in_head = std::mem::take(&mut self.in_head);
        let mut fields = Vec::new();
        while self.token().is_some() && !self.is("}") {
            let before = self.at;
            self.field(&mut fields);
            if self.is("=") && !self.is_arrow(0) {
                self.second_field(&mut fields);
            }
            if self.take(",") || self.take(";") {
                continue;
            }
            if self.is("}") {
                break;
            }
            let begins = self.begins_value()
                || self.is("[")
                || (self.keyword().is_some() && self.is_ahead(1, "=") && !self.on_new_line());
            if self.at > before && begins && self.goes_on(open, true) {
                self.missing_comma();
                continue;
            }
            break;
        }
        self.in_head = in_head;
        self.close_bracket(open, "}");
        self.push_from(ExprKind::Table(fields.into()), open.start)
    }

    fn field(&mut self, fields: &mut Vec<TableField>) {
        let Some(token) = self.token() else { return };
        let next_is = |parser: &Self, text: &str| parser.is_ahead(1, text);
        match token.kind {
            TokenKind::Name if next_is(self, "=") && !self.is_arrow(1) => {
                let name = self.name();
                self.bump();
                fields.push(TableField::Named { name, value: self.expr() });
            }
            TokenKind::Name if (next_is(self, ":") && !self.is_method_call(1)) || self.is_arrow(1) => {
                let name = self.name();
                self.field_sign(|name| name.to_owned(), name.range);
                fields.push(TableField::Named { name, value: self.expr() });
            }
            TokenKind::String | TokenKind::Number if next_is(self, ":") || next_is(self, "=") || self.is_arrow(1) => {
                let range = self.bump();
                let key = self.push(ExprKind::Missing, range);
                self.field_sign(|text| format!("[{text}]"), range);
                fields.push(TableField::Keyed { key, value: self.expr() });
            }
            TokenKind::Keyword(_) if next_is(self, "=") => {
                self.reserved_key(token.range);
                self.bump();
                let key = self.push(ExprKind::Missing, token.range);
                self.bump();
                fields.push(TableField::Keyed { key, value: self.expr() });
            }
            TokenKind::Keyword(crate::lexer::Keyword::Function) if self.is_name_ahead(1) => {
                let error = SyntaxError::new(token.range, "a function in a table has its name before it")
                    .help("write `name = function(…) … end`");
                self.report(error);
                let start = self.bump().start;
                let name = self.name();
                let value = self.function_value(start);
                fields.push(TableField::Named { name, value });
            }
            kind if kind.is("[") => {
                let open = self.open_bracket(b']');
                let key = self.index();
                self.close_bracket(open, "]");
                if !self.take("=") {
                    let error = SyntaxError::new(self.gap(), "a `=` and a value are missing after this key");
                    self.report(error);
                    if !self.take(":") && !self.begins_value() {
                        let value = self.missing();
                        fields.push(TableField::Keyed { key, value });
                        return;
                    }
                }
                fields.push(TableField::Keyed { key, value: self.expr() });
            }
            _ => fields.push(TableField::Item(self.expr())),
        }
    }

    /// Handles a `=` after a field: it belongs to a key that was read as part of the value.
    fn second_field(&mut self, fields: &mut Vec<TableField>) {
        let Some(value) = fields.last().map(|field| field.value()) else { return };
        let error = match self.tree[value].kind {
            // `[key] = value` below a value that no comma ends.
            ExprKind::Index { base, .. } => {
                let gap = TextRange::at(self.range(base).end);
                SyntaxError::new(gap, "a `,` is missing before this `[`").offer("Insert `,`", gap, ",")
            }
            _ => SyntaxError::new(self.range(value), "a key is a name, or stands in brackets: `[key] = value`"),
        };
        self.report(error);
        self.bump();
        let key = self.missing();
        fields.push(TableField::Keyed { key, value: self.expr() });
    }

    /// Reports and takes the `:`, `=` or `=>` after a key of another language.
    fn field_sign(&mut self, key: impl Fn(&str) -> String, range: TextRange) {
        let arrow = self.is_arrow(0);
        let sign =
            if arrow { self.here().cover(self.ahead(1).map_or(self.here(), |it| it.range)) } else { self.here() };
        let written = key(self.text(range));
        let shown = key(self.short(range));
        let replaced = range.cover(sign);
        let error = SyntaxError::new(replaced, format!("a field of a table is written `{shown} = …`")).fix(
            format!("Write `{shown} =`"),
            replaced,
            format!("{written} ="),
        );
        self.report(error);
        self.bump();
        if arrow {
            self.bump();
        }
    }
}
