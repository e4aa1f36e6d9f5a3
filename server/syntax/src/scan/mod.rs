//! The scan before the parse: gives the tokens, collects comments, bounds the nesting, and finds constructs of other
//! languages and later Luas that Lua 5.1 lacks. Each such construct is reported once, in its own words, and blanked out or
//! replaced by something of the same length that parses, so that the rest of the script is still understood.

mod character;

use text::TextRange;

use crate::{
    SyntaxError,
    lexer::{Keyword, Lexer, Token, TokenKind},
};

/// Lua 5.1 refuses a chunk that nests deeper (`LUAI_MAXCCALLS`, less what the chunk itself takes).
const MAX_LEVELS: u32 = 197;

/// Operators in one expression beyond which we do not parse: the parser's tree for them is that deep.
const MAX_OPERATORS: u32 = 5_000;

/// A comment with its dashes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// Its range with dashes and long brackets, without the line break.
    pub range: TextRange,
}

/// Result of the scan.
#[derive(Default)]
pub(crate) struct Scan {
    pub comments: Vec<Comment>,
    pub errors: Vec<SyntaxError>,
    /// The tokens, without comments; tokens of other languages are replaced with the intended ones.
    pub tokens: Vec<Token>,
    /// True if the source is nested too deeply for the parser.
    pub too_deep: bool,
    /// Deepest nesting; decides the stack size of the parse.
    pub levels: u32,
    /// Most operators in one expression.
    pub operators: u32,
}

/// Scans `source` from `start` on.
pub(crate) fn scan(source: &[u8], start: u32) -> Scan {
    let mut scanner = Scanner {
        source,
        lexer: Lexer::at(source, start as usize),
        out: Scan::default(),
        open: Vec::new(),
        level: 0,
        frame: Frame::default(),
        previous: None,
        gotos: Vec::new(),
        kept: None,
    };
    scanner.out.tokens.reserve(source.len() / 5);
    scanner.run();
    scanner.out
}

/// Counts for the current expression; saved and restored around brackets and blocks.
#[derive(Clone, Copy, Default)]
struct Frame {
    /// Levels that pending right-associative and prefix operators take.
    pending: u32,
    /// Binary operators so far.
    operators: u32,
}

struct Scanner<'a> {
    source: &'a [u8],
    lexer: Lexer<'a>,
    out: Scan,
    /// For each open bracket or block: the levels it takes, and the frame around it.
    open: Vec<(u32, Frame)>,
    level: u32,
    frame: Frame,
    previous: Option<Token>,
    /// Labels whose `goto` was reported.
    gotos: Vec<&'a [u8]>,
    /// The token for the parser in place of the current one.
    kept: Option<Token>,
}

impl<'a> Scanner<'a> {
    fn run(&mut self) {
        while let Some(token) = self.lexer.next() {
            self.kept = Some(token);
            match token.kind {
                TokenKind::Comment => {
                    self.out.comments.push(Comment { range: token.range });
                    continue;
                }
                TokenKind::UnterminatedComment => {
                    self.out.comments.push(Comment { range: token.range });
                    self.out.errors.push(
                        SyntaxError::new(
                            TextRange::new(token.range.start, token.range.start + 4),
                            "this long comment never ends",
                        )
                        .help("close it with `]]` (with as many `=` between the brackets as it was opened with)"),
                    );
                    continue;
                }
                TokenKind::Name => self.name(token),
                TokenKind::Keyword(keyword) => self.keyword(keyword),
                TokenKind::Symbol(bytes) => self.symbol(token, bytes),
                TokenKind::Unknown => self.unknown(token),
                TokenKind::UnterminatedString => self.unterminated_string(token),
                TokenKind::Number | TokenKind::String => {}
            }
            if self.out.too_deep {
                return;
            }
            if let Some(kept) = self.kept.take() {
                self.out.tokens.push(kept);
                self.previous = Some(kept);
            }
        }
    }

    fn text(&self, token: Token) -> &'a [u8] {
        token.range.slice(self.source)
    }

    /// Returns the next token that is not a comment, without moving.
    fn peek(&self) -> Option<Token> {
        self.lexer.clone().find(|token| !matches!(token.kind, TokenKind::Comment))
    }

    fn starts_line(&self, offset: u32) -> bool {
        self.source[..offset as usize]
            .iter()
            .rev()
            .take_while(|&&byte| byte != b'\n' && byte != b'\r')
            .all(|byte| matches!(byte, b' ' | b'\t'))
    }

    fn rest_of_line(&self, from: u32) -> TextRange {
        let rest = &self.source[from as usize..];
        TextRange::new(from, from + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len()) as u32)
    }

    /// Drops the current token.
    fn leave_out(&mut self) {
        self.kept = None;
    }

    /// Replaces the current token, which covers `range`, with another.
    fn take_for(&mut self, range: TextRange, kind: TokenKind) {
        self.kept = Some(Token { kind, range });
    }

    fn error(&mut self, error: SyntaxError) {
        self.out.errors.push(error);
    }

    /// Continues after `range`, which the caller has handled.
    fn resume(&mut self, range: TextRange) {
        self.lexer = Lexer::at(self.source, range.end as usize);
    }

    fn push(&mut self, levels: u32, at: TextRange) {
        self.open.push((levels + self.frame.pending, self.frame));
        self.level += levels + self.frame.pending;
        self.frame = Frame::default();
        self.deeper(at);
    }

    fn pop(&mut self) {
        if let Some((levels, frame)) = self.open.pop() {
            self.level -= levels;
            self.frame = frame;
        }
    }

    fn deeper(&mut self, at: TextRange) {
        let level = self.level + self.frame.pending;
        self.out.levels = self.out.levels.max(level);
        if level > MAX_LEVELS {
            self.out.too_deep = true;
            self.error(
                SyntaxError::new(at, "this is nested too deep: Lua refuses a chunk with more than 200 syntax levels")
                    .help("a chain of `..` takes a level for each: build the text with table.concat; flatten brackets and blocks"),
            );
        }
    }

    fn operator(&mut self, at: TextRange) {
        self.frame.operators += 1;
        self.out.operators = self.out.operators.max(self.frame.operators);
        if self.frame.operators > MAX_OPERATORS {
            self.out.too_deep = true;
            self.error(SyntaxError::new(
                at,
                format!("this expression has more than {MAX_OPERATORS} operators: redlua does not read it"),
            ));
        }
    }

    fn keyword(&mut self, keyword: Keyword) {
        let at = self.previous.map_or(TextRange::at(0), |token| token.range);
        match keyword {
            Keyword::Function => self.push(2, at),
            // `while … do` and `for … do` open one block: at `do`.
            Keyword::If | Keyword::Do | Keyword::Repeat => {
                self.frame = Frame::default();
                self.push(1, at);
            }
            Keyword::End | Keyword::Until => self.pop(),
            Keyword::Not => {
                self.frame.pending += 1;
                self.deeper(at);
            }
            Keyword::And | Keyword::Or => {
                self.frame.pending = 0;
                self.operator(at);
            }
            Keyword::Nil | Keyword::True | Keyword::False => {}
            _ => self.frame = Frame::default(),
        }
    }

    fn symbol(&mut self, token: Token, bytes: [u8; 3]) {
        let next = self.source.get(token.range.end as usize).copied().unwrap_or(0);
        let two = TextRange::new(token.range.start, token.range.end + 1);
        let operand_before = self.previous.is_some_and(|token| token.kind.ends_operand());
        match (&bytes, next) {
            (b"(\0\0" | b"[\0\0" | b"{\0\0", _) => self.push(1, token.range),
            (b")\0\0" | b"]\0\0" | b"}\0\0", _) => self.pop(),
            (b",\0\0" | b";\0\0" | b"=\0\0", _) => self.frame = Frame::default(),
            (b"/\0\0", b'/') => self.double_slash(two),
            (b"/\0\0", b'*') => self.c_comment(token.range.start),
            (b"<\0\0", b'<') | (b">\0\0", b'>') => {
                self.bitwise(two, if bytes[0] == b'<' { "bit.lshift(a, n)" } else { "bit.rshift(a, n)" });
            }
            (b"<\0\0", _) if self.attribute(token) => {}
            (b":\0\0", b':') => self.label(token.range.start),
            (b"#\0\0", _) => self.hash(token, operand_before),
            (b"..\0" | b"^\0\0", _) => {
                self.frame.pending += 1;
                self.deeper(token.range);
                self.operator(token.range);
            }
            (b"-\0\0", _) if !operand_before => {
                self.frame.pending += 1;
                self.deeper(token.range);
            }
            (b"==\0" | b"~=\0" | b"<\0\0" | b"<=\0" | b">\0\0" | b">=\0", _) => {
                self.frame.pending = 0;
                self.operator(token.range);
            }
            (b"+\0\0" | b"-\0\0" | b"*\0\0" | b"/\0\0" | b"%\0\0", _) => self.operator(token.range),
            _ => {}
        }
    }

    fn double_slash(&mut self, two: TextRange) {
        if self.starts_line(two.start) || self.is_comment_behind(two.end) {
            self.error(SyntaxError::new(two, "a comment starts with `--` in Lua, not `//`").fix(
                "Write `--`",
                two,
                "--",
            ));
            let line = self.rest_of_line(two.start);
            self.leave_out();
            self.resume(line);
        } else {
            self.error(
                SyntaxError::new(two, "`//` came with Lua 5.3; the server runs Lua 5.1")
                    .help("write `math.floor(a / b)`; for a comment write `--`"),
            );
            self.take_for(two, symbol("/"));
            self.resume(two);
        }
    }

    /// True if the text from `at` to the end of the line is words rather than an operand, or follows no operand.
    fn is_comment_behind(&self, at: u32) -> bool {
        if !self.previous.is_some_and(|token| token.kind.ends_operand())
            || self.previous.is_some_and(|token| token.kind == TokenKind::Keyword(Keyword::End))
        {
            return true;
        }
        let line = self.rest_of_line(at);
        let mut words = Lexer::at(self.source, at as usize).take_while(|token| token.range.start < line.end);
        let is_word = |token: Option<Token>| {
            token.is_none_or(|token| {
                matches!(
                    token.kind,
                    TokenKind::Name | TokenKind::Number | TokenKind::Unknown | TokenKind::UnterminatedString
                )
            })
        };
        let (first, second) = (words.next(), words.next());
        first.is_none() || (is_word(first) && second.is_some() && is_word(second))
    }

    fn c_comment(&mut self, start: u32) {
        let rest = &self.source[start as usize..];
        let end = memchr::memmem::find(rest, b"*/").map_or(self.source.len() as u32, |at| start + at as u32 + 2);
        let range = TextRange::new(start, end);
        let error =
            SyntaxError::new(TextRange::new(start, start + 2), "a long comment is `--[[ … ]]` in Lua, not `/* … */`");
        let text = std::str::from_utf8(range.slice(self.source)).unwrap_or_default();
        let inner = text.strip_prefix("/*").and_then(|text| text.strip_suffix("*/"));
        self.error(match inner.filter(|inner| !inner.contains("]]")) {
            Some(inner) => error.fix("Write `--[[ … ]]`", range, format!("--[[{inner}]]")),
            None => error,
        });
        self.leave_out();
        self.resume(range);
    }

    fn bitwise(&mut self, range: TextRange, instead: &'static str) {
        let text = String::from_utf8_lossy(range.slice(self.source)).into_owned();
        self.error(SyntaxError::new(
            range,
            format!("the operator `{text}` came with Lua 5.3; the server runs Lua 5.1: write `{instead}`"),
        ));
        self.take_for(range, symbol("+"));
        self.resume(range);
    }

    /// `local x <const>`: at `<`.
    fn attribute(&mut self, token: Token) -> bool {
        let mut ahead = self.lexer.clone();
        let (Some(name), Some(close)) = (ahead.next(), ahead.next()) else { return false };
        let is_one = matches!(self.text(name), b"const" | b"close") && close.kind.is(">");
        // Elsewhere these are comparisons.
        let mut before = self.out.tokens.iter().rev().skip_while(|it| it.kind == TokenKind::Name || it.kind.is(","));
        if !is_one || before.next().is_none_or(|it| it.kind != TokenKind::Keyword(Keyword::Local)) {
            return false;
        }
        let range = TextRange::new(token.range.start, close.range.end);
        self.error(SyntaxError::new(range, "attributes of locals came with Lua 5.4; the server runs Lua 5.1").fix(
            "Remove the attribute",
            range,
            "",
        ));
        self.leave_out();
        self.resume(range);
        true
    }

    fn label(&mut self, start: u32) {
        let mut ahead = Lexer::at(self.source, start as usize + 2);
        let name = ahead.next();
        let closing = (ahead.next(), ahead.next());
        let (Some(name), (Some(first), Some(second))) = (name, closing) else { return };
        if name.kind == TokenKind::Name && first.kind.is(":") && second.kind.is(":") {
            let range = TextRange::new(start, second.range.end);
            // The `goto` to it was told.
            if !self.gotos.contains(&self.text(name)) {
                self.error(
                    SyntaxError::new(range, "labels and `goto` came with Lua 5.2; the server runs Lua 5.1")
                        .help("restructure with `if`, a loop and `break`, or `repeat … until true` for `continue`"),
                );
            }
            self.leave_out();
            self.resume(range);
        }
    }

    fn hash(&mut self, token: Token, operand_before: bool) {
        let begins_line = self.starts_line(token.range.start);
        let touches = self.source.get(token.range.end as usize).is_some_and(|byte| !byte.is_ascii_whitespace());
        if operand_before && touches && !begins_line && !self.is_comment_behind(token.range.end) {
            // The parser tells what is missing before the length.
            return;
        }
        // Behind a value it is no length, and begins no statement either.
        let starts_statement = operand_before
            || begins_line
                && self.previous.is_none_or(|previous| {
                    previous.kind.ends_operand() || previous.kind.is(";") || opens_block(previous.kind)
                });
        if starts_statement {
            self.error(SyntaxError::new(token.range, "a comment starts with `--` in Lua, not `#`").fix(
                "Write `--`",
                token.range,
                "--",
            ));
            let line = self.rest_of_line(token.range.start);
            self.leave_out();
            self.resume(line);
        } else {
            self.frame.pending += 1;
            self.deeper(token.range);
        }
    }

    fn unknown(&mut self, token: Token) {
        let start = token.range.start;
        let next = self.source.get(token.range.end as usize).copied().unwrap_or(0);
        let two = TextRange::new(start, token.range.end + 1);
        let operand_before = self.previous.is_some_and(|token| token.kind.ends_operand());
        match (self.source[start as usize], next) {
            (b'!', b'=') => {
                // `!==` is one operator elsewhere.
                let three = self.source.get(two.end as usize) == Some(&b'=');
                let two = if three { TextRange::new(two.start, two.end + 1) } else { two };
                let text = if three { "!==" } else { "!=" };
                let message = format!("not-equal is `~=` in Lua, not `{text}`");
                self.error(SyntaxError::new(two, message).fix("Write `~=`", two, "~="));
                self.take_for(two, symbol("~="));
                self.operator(two);
                self.resume(two);
            }
            (b'!', _) if self.previous.is_some_and(|it| it.kind.is("=") && it.range.end == start) => {
                let range = TextRange::new(start - 1, token.range.end);
                self.error(SyntaxError::new(range, "not-equal is `~=` in Lua, not `=!`").fix(
                    "Write `~=`",
                    range,
                    "~=",
                ));
                self.out.tokens.pop();
                self.take_for(range, symbol("~="));
            }
            (b'!', _) => {
                self.error(SyntaxError::new(token.range, "negation is `not x` in Lua, not `!x`").fix(
                    "Write `not`",
                    token.range,
                    "not ",
                ));
                self.take_for(token.range, TokenKind::Keyword(Keyword::Not));
            }
            (b'&', b'&') => {
                self.error(SyntaxError::new(two, "the conjunction is `and` in Lua, not `&&`").fix(
                    "Write `and`",
                    two,
                    "and",
                ));
                self.take_for(two, TokenKind::Keyword(Keyword::And));
                self.resume(two);
            }
            (b'|', b'|') => {
                self.error(SyntaxError::new(two, "the disjunction is `or` in Lua, not `||`").fix(
                    "Write `or`",
                    two,
                    "or",
                ));
                self.take_for(two, TokenKind::Keyword(Keyword::Or));
                self.resume(two);
            }
            (b'&', _) => self.bitwise(token.range, "bit.band(a, b)"),
            (b'|', _) => self.bitwise(token.range, "bit.bor(a, b)"),
            (b'~', _) if operand_before => self.bitwise(token.range, "bit.bxor(a, b)"),
            (b'~', _) => {
                self.error(
                    SyntaxError::new(token.range, "the operator `~` came with Lua 5.3; the server runs Lua 5.1")
                        .help("write `bit.bnot(x)`; for a negation write `not x`"),
                );
                self.take_for(token.range, TokenKind::Keyword(Keyword::Not));
            }
            (b'`', _) => {
                let end = memchr::memchr(b'`', &self.source[start as usize + 1..])
                    .map_or(token.range.end, |at| start + at as u32 + 2);
                let range = TextRange::new(start, end);
                self.error(
                    SyntaxError::new(range, "Lua has no backtick strings")
                        .help("write \"…\", '…' or [[…]], and join with `..`"),
                );
                self.take_for(range, TokenKind::String);
                self.resume(range);
            }
            // The parser knows what it is between.
            (b'?', _) => {}
            (b'$', _) => {
                self.error(SyntaxError::new(token.range, "a name has no `$` in Lua").fix(
                    "Remove `$`",
                    token.range,
                    "",
                ));
                self.leave_out();
            }
            _ => self.character(token),
        }
    }

    fn unterminated_string(&mut self, token: Token) {
        let start = token.range.start;
        let error = match self.source[start as usize] {
            b'[' => {
                let level = self.source[start as usize + 1..].iter().take_while(|&&byte| byte == b'=').count();
                let opener = TextRange::new(start, start + level as u32 + 2);
                SyntaxError::new(opener, "this long string never ends")
                    .help(format!("close it with `]{}]`", "=".repeat(level)))
            }
            quote => {
                if self.has_no_opening_quote(token) || self.has_apostrophe(token) {
                    return;
                }
                let shown = quote as char;
                let error =
                    SyntaxError::new(token.range, format!("this string is not closed with `{shown}` on its line"));
                let text = TextRange::new(start + 1, token.range.end).slice(self.source).trim_ascii_end();
                let is_plain =
                    |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b' ' | b'.');
                let end = TextRange::at(start + 1 + text.len() as u32);
                // Behind other signs the string may have ended before.
                if !text.is_empty() && text.iter().all(is_plain) {
                    error.offer(format!("Insert `{shown}`"), end, shown.to_string())
                } else {
                    error
                }
            }
        };
        self.error(error);
    }

    /// `f(GET', x)`: the quote closes a string that was not opened.
    fn has_no_opening_quote(&mut self, quote: Token) -> bool {
        let tokens = &self.out.tokens;
        let [.., before, word] = tokens[..] else { return false };
        let is_word = word.kind == TokenKind::Name && word.range.end == quote.range.start;
        if !is_word || !(before.kind.is("(") || before.kind.is(",") || before.kind.is("=") || before.kind.is("..")) {
            return false;
        }
        let shown = self.source[quote.range.start as usize] as char;
        let range = TextRange::new(word.range.start, quote.range.start + 1);
        self.error(SyntaxError::new(range, format!("this string has no opening `{shown}`")).fix(
            format!("Insert `{shown}`"),
            TextRange::at(word.range.start),
            shown.to_string(),
        ));
        self.out.tokens.pop();
        self.take_for(range, TokenKind::String);
        self.resume(range);
        true
    }

    /// `'can't lock'`: a string that ends at an apostrophe in it.
    fn has_apostrophe(&mut self, quote: Token) -> bool {
        let text = self.source;
        let same_line =
            |from: u32| memchr::memchr2(b'\n', b'\r', TextRange::new(from, quote.range.start).slice(text)).is_none();
        let pairs = self.out.tokens.windows(2).rev().take(64).take_while(|pair| same_line(pair[0].range.start));
        let string = pairs.filter(|pair| {
            pair[0].kind == TokenKind::String
                && pair[1].kind == TokenKind::Name
                && pair[0].range.end == pair[1].range.start
                && text[pair[0].range.start as usize] == text[quote.range.start as usize]
        });
        let Some(string) = string.last().map(|pair| pair[0].range) else { return false };
        let shown = text[quote.range.start as usize] as char;
        let apostrophe = TextRange::new(string.end - 1, string.end);
        self.error(
            SyntaxError::new(
                TextRange::new(string.start, quote.range.end),
                format!("this string ends at the second `{shown}` in it"),
            )
            .help(format!("a `{shown}` in a string is written `\\{shown}`"))
            .fix(format!("Write `\\{shown}`"), apostrophe, format!("\\{shown}")),
        );
        true
    }

    fn name(&mut self, token: Token) {
        let text = self.text(token);
        if text != b"goto" && text != b"continue" {
            return;
        }
        if self.previous.is_some_and(|previous| previous.kind.is(".") || previous.kind.is(":")) {
            return;
        }
        let next = self.peek();
        if text == b"goto" {
            // `local goto` declares a name.
            let begins = self.previous.is_none_or(|previous| {
                previous.kind.ends_operand() || previous.kind.is(";") || opens_block(previous.kind)
            });
            let Some(next) = next.filter(|next| begins && next.kind == TokenKind::Name) else { return };
            let range = TextRange::new(token.range.start, next.range.end);
            self.gotos.push(self.text(next));
            self.error(
                SyntaxError::new(range, "`goto` came with Lua 5.2; the server runs Lua 5.1")
                    .help("restructure with `if`, a loop and `break`, or `repeat … until true` for `continue`"),
            );
            self.leave_out();
            self.resume(range);
            self.skip_semicolon();
            return;
        }
        let begins = self.previous.is_none_or(|previous| {
            previous.kind.is(";")
                || opens_block(previous.kind)
                || (previous.kind.ends_operand() && self.starts_line(token.range.start))
        });
        let ends = next.is_none_or(|next| {
            next.kind.is(";") || next.kind == TokenKind::Name || matches!(next.kind, TokenKind::Keyword(keyword) if !matches!(keyword, Keyword::And | Keyword::Or | Keyword::In))
        });
        if begins && ends {
            self.error(SyntaxError::new(token.range, "Lua 5.1 has no `continue`").help(
                "wrap the loop's body in `repeat … until true` and `break` out of that, or turn the condition round",
            ));
            self.leave_out();
            self.skip_semicolon();
        }
    }

    /// Passes the `;` of a statement that is left out.
    fn skip_semicolon(&mut self) {
        if let Some(next) = self.peek().filter(|next| next.kind.is(";")) {
            self.resume(next.range);
        }
    }
}

fn opens_block(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Keyword(Keyword::Then | Keyword::Do | Keyword::Else | Keyword::Repeat))
}

fn symbol(text: &str) -> TokenKind {
    let mut bytes = [0; 3];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    TokenKind::Symbol(bytes)
}
