//! The scan before the parse: collects comments, bounds the nesting, and finds what other languages and later
//! Luas have and Lua 5.1 has not. Each such construct is reported once, in its own words, and blanked out or
//! replaced by something of the same length that parses, so that the rest of the script is still understood.

use text::TextRange;

use crate::{
    SyntaxError,
    lexer::{Keyword, Lexer, Token, TokenKind},
    number_value,
};

/// Lua 5.1 refuses a chunk that nests deeper (`LUAI_MAXCCALLS`, less what the chunk itself takes).
const MAX_LEVELS: u32 = 197;

/// Operators in one expression beyond which we do not parse: the parser's tree for them is that deep.
const MAX_OPERATORS: u32 = 5_000;

/// A comment with its dashes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// Where it stands, dashes and long brackets included, the line break not.
    pub range: TextRange,
}

/// What the scan found.
#[derive(Default)]
pub(crate) struct Scan {
    pub comments: Vec<Comment>,
    pub errors: Vec<SyntaxError>,
    /// Same-length replacements that let the parser go on.
    pub repairs: Vec<(TextRange, &'static [u8])>,
    /// The source must not be given to the parser: it is too deep.
    pub too_deep: bool,
    /// Deepest nesting; decides how much stack the parse is given.
    pub levels: u32,
    /// Most operators in one expression.
    pub operators: u32,
}

pub(crate) fn scan(source: &[u8]) -> Scan {
    let mut scanner = Scanner {
        source,
        lexer: Lexer::new(source),
        out: Scan::default(),
        open: Vec::new(),
        level: 0,
        frame: Frame::default(),
        previous: None,
    };
    scanner.run();
    scanner.out
}

/// What has piled up in the expression at hand; saved and restored around brackets and blocks.
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
}

impl<'a> Scanner<'a> {
    fn run(&mut self) {
        while let Some(token) = self.lexer.next() {
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
                    self.blank(token.range);
                    continue;
                }
                TokenKind::Name => self.name(token),
                TokenKind::Keyword(keyword) => {
                    self.after_return(keyword);
                    self.keyword(keyword);
                }
                TokenKind::Symbol(bytes) => self.symbol(token, bytes),
                TokenKind::Unknown => self.unknown(token),
                TokenKind::UnterminatedString => self.unterminated_string(token),
                TokenKind::Number => self.number(token),
                TokenKind::String => {}
            }
            if self.out.too_deep {
                return;
            }
            self.previous = Some(token);
        }
    }

    /// Lua takes the letters behind a number for a part of it (`1return`), the parser does not.
    fn number(&mut self, token: Token) {
        const ZEROS: &[u8] = &[b'0'; 256];
        if number_value(self.text(token)).is_none() {
            // One number, whose value cannot be read: it is told of when the tree is there.
            self.out.repairs.push((token.range, &ZEROS[..ZEROS.len().min(token.range.len() as usize)]));
        }
    }

    fn text(&self, token: Token) -> &'a [u8] {
        token.range.slice(self.source)
    }

    /// The next token that is no comment, without moving.
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

    fn blank(&mut self, range: TextRange) {
        self.out.repairs.push((range, b""));
    }

    fn repair(&mut self, range: TextRange, with: &'static [u8]) {
        self.out.repairs.push((range, with));
    }

    fn error(&mut self, error: SyntaxError) {
        self.out.errors.push(error);
    }

    /// Goes on behind `range`, which the caller has dealt with.
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

    /// `return` straight before another statement, which the parser would let pass.
    fn after_return(&mut self, keyword: Keyword) {
        let Some(previous) = self.previous.filter(|token| token.kind == TokenKind::Keyword(Keyword::Return)) else {
            return;
        };
        let statement = matches!(
            keyword,
            Keyword::Break
                | Keyword::Do
                | Keyword::For
                | Keyword::If
                | Keyword::Local
                | Keyword::Repeat
                | Keyword::Return
                | Keyword::While
        );
        if statement {
            self.error(
                SyntaxError::new(previous.range, "`return` must be the last statement of its block")
                    .help("to leave here and keep the code below, write `do return end`"),
            );
            self.blank(previous.range);
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
            (b"/\0\0", b'*') if !operand_before || self.starts_line(token.range.start) => {
                self.c_comment(token.range.start)
            }
            (b"<\0\0", b'<') | (b">\0\0", b'>') => {
                self.bitwise(two, if bytes[0] == b'<' { "bit.lshift(a, n)" } else { "bit.rshift(a, n)" });
            }
            (b"<\0\0", _) if self.attribute(token) => {}
            (b"+\0\0" | b"-\0\0" | b"*\0\0" | b"/\0\0" | b"%\0\0" | b"^\0\0" | b"..\0", b'=')
                if operand_before && self.source.get(token.range.end as usize + 1) != Some(&b'=') =>
            {
                self.compound_assignment(token);
            }
            (b"+\0\0", b'+') => {
                self.error(SyntaxError::new(two, "Lua has no `++`").help("write `x = x + 1`"));
                // `x++` becomes the statement `x=0`: no more than a place-holder that parses.
                self.repair(two, b"=0");
                self.resume(two);
            }
            (b":\0\0", b':') => self.label(token.range.start),
            (b"#\0\0", _) if !operand_before || self.starts_line(token.range.start) => self.hash(token),
            (b"#\0\0", _) => {}
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
        if self.starts_line(two.start) {
            self.error(SyntaxError::new(two, "a comment starts with `--` in Lua, not `//`").fix(
                "Write `--`",
                two,
                "--",
            ));
            let line = self.rest_of_line(two.start);
            self.blank(line);
            self.resume(line);
        } else {
            self.error(
                SyntaxError::new(two, "`//` came with Lua 5.3; the server runs Lua 5.1")
                    .help("write `math.floor(a / b)`; for a comment write `--`"),
            );
            self.repair(two, b"/");
            self.resume(two);
        }
    }

    fn c_comment(&mut self, start: u32) {
        let rest = &self.source[start as usize..];
        let end = memchr::memmem::find(rest, b"*/").map_or(self.source.len() as u32, |at| start + at as u32 + 2);
        self.error(SyntaxError::new(
            TextRange::new(start, start + 2),
            "a long comment is `--[[ … ]]` in Lua, not `/* … */`",
        ));
        let range = TextRange::new(start, end);
        self.blank(range);
        self.resume(range);
    }

    fn bitwise(&mut self, range: TextRange, instead: &'static str) {
        let text = String::from_utf8_lossy(range.slice(self.source)).into_owned();
        self.error(SyntaxError {
            range,
            message: format!("the operator `{text}` came with Lua 5.3; the server runs Lua 5.1: write `{instead}`"),
            help: None,
            fix: None,
        });
        self.repair(range, b"+");
        self.resume(range);
    }

    /// `local x <const>`: at `<`.
    fn attribute(&mut self, token: Token) -> bool {
        let mut ahead = self.lexer.clone();
        let (Some(name), Some(close)) = (ahead.next(), ahead.next()) else { return false };
        if !matches!(self.text(name), b"const" | b"close") || !close.kind.is(">") {
            return false;
        }
        let range = TextRange::new(token.range.start, close.range.end);
        self.error(SyntaxError::new(range, "attributes of locals came with Lua 5.4; the server runs Lua 5.1").fix(
            "Remove the attribute",
            range,
            "",
        ));
        self.blank(range);
        self.resume(range);
        true
    }

    fn compound_assignment(&mut self, token: Token) {
        let range = TextRange::new(token.range.start, token.range.end + 1);
        let text = String::from_utf8_lossy(range.slice(self.source)).into_owned();
        let operator = &text[..text.len() - 1];
        let mut error = SyntaxError::new(range, format!("Lua has no `{text}`: write `x = x {operator} …`"));
        if let Some(previous) = self.previous
            && previous.kind == TokenKind::Name
            && self.starts_line(previous.range.start)
        {
            let name = String::from_utf8_lossy(previous.range.slice(self.source)).into_owned();
            error = error.fix("Write the assignment out", range, format!("= {name} {operator}"));
        }
        self.error(error);
        self.repair(range, if text.len() == 2 { b" =" } else { b"  =" });
        self.resume(range);
    }

    fn label(&mut self, start: u32) {
        let mut ahead = Lexer::at(self.source, start as usize + 2);
        let name = ahead.next();
        let closing = (ahead.next(), ahead.next());
        let (Some(name), (Some(first), Some(second))) = (name, closing) else { return };
        if name.kind == TokenKind::Name && first.kind.is(":") && second.kind.is(":") {
            let range = TextRange::new(start, second.range.end);
            self.error(
                SyntaxError::new(range, "labels and `goto` came with Lua 5.2; the server runs Lua 5.1")
                    .help("restructure with `if`, a loop and `break`, or `repeat … until true` for `continue`"),
            );
            self.blank(range);
            self.resume(range);
        }
    }

    fn hash(&mut self, token: Token) {
        let starts_statement = self.starts_line(token.range.start)
            && self.previous.is_none_or(|previous| {
                previous.kind.ends_operand()
                    || matches!(
                        previous.kind,
                        TokenKind::Keyword(Keyword::Then | Keyword::Do | Keyword::Else | Keyword::Repeat)
                    )
                    || previous.kind.is(";")
            });
        if starts_statement {
            self.error(SyntaxError::new(token.range, "a comment starts with `--` in Lua, not `#`").fix(
                "Write `--`",
                token.range,
                "--",
            ));
            let line = self.rest_of_line(token.range.start);
            self.blank(line);
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
                self.error(SyntaxError::new(two, "not-equal is `~=` in Lua, not `!=`").fix("Write `~=`", two, "~="));
                self.repair(two, b"~=");
                self.operator(two);
                self.resume(two);
            }
            (b'!', _) => {
                self.error(SyntaxError::new(token.range, "negation is `not x` in Lua, not `!x`").fix(
                    "Write `not`",
                    token.range,
                    "not ",
                ));
                self.blank(token.range);
            }
            (b'&', b'&') => {
                self.error(SyntaxError::new(two, "the conjunction is `and` in Lua, not `&&`").fix(
                    "Write `and`",
                    two,
                    "and",
                ));
                self.repair(two, b"+");
                self.resume(two);
            }
            (b'|', b'|') => {
                self.error(SyntaxError::new(two, "the disjunction is `or` in Lua, not `||`").fix(
                    "Write `or`",
                    two,
                    "or",
                ));
                self.repair(two, b"+");
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
                self.blank(token.range);
            }
            (b'`', _) => {
                let end = memchr::memchr(b'`', &self.source[start as usize + 1..])
                    .map_or(token.range.end, |at| start + at as u32 + 2);
                let range = TextRange::new(start, end);
                self.error(
                    SyntaxError::new(range, "Lua has no backtick strings")
                        .help("write \"…\", '…' or [[…]], and join with `..`"),
                );
                // A string in its place, so that what holds it still parses.
                if range.len() >= 2 {
                    self.repair(range, b"''");
                } else {
                    self.blank(range);
                }
                self.resume(range);
            }
            (b'?', _) => {
                self.error(
                    SyntaxError::new(token.range, "Lua has no `?` operator")
                        .help("write `cond and a or b`, or an `if`"),
                );
                self.blank(token.range);
            }
            _ => {
                let range = token.range;
                let shown = String::from_utf8_lossy(range.slice(self.source)).into_owned();
                let message = match shown.chars().next() {
                    Some(c) if c != char::REPLACEMENT_CHARACTER && !c.is_control() && shown.chars().count() == 1 => {
                        format!("`{c}` (U+{:04X}) does not belong in Lua source outside a string or comment", c as u32)
                    }
                    _ => format!(
                        "the byte 0x{:02X} does not belong in Lua source outside a string or comment",
                        self.source[start as usize]
                    ),
                };
                self.error(SyntaxError::new(range, message));
                self.blank(range);
            }
        }
    }

    fn unterminated_string(&mut self, token: Token) {
        let quote = self.source[token.range.start as usize];
        let message = match quote {
            b'[' => "this long string never ends".to_owned(),
            _ => format!("this string is not closed with `{}` on its line", quote as char),
        };
        self.error(SyntaxError::new(token.range, message));
        // An empty string in its place: whatever it holds, the statement around it parses.
        if token.range.len() >= 2 {
            self.repair(token.range, b"''");
        } else {
            // A lone quote at the end of a line: a number parses wherever a string does but as a call's argument.
            self.repair(token.range, b"0");
        }
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
            let Some(next) = next.filter(|next| next.kind == TokenKind::Name) else { return };
            let range = TextRange::new(token.range.start, next.range.end);
            self.error(
                SyntaxError::new(range, "`goto` came with Lua 5.2; the server runs Lua 5.1")
                    .help("restructure with `if`, a loop and `break`, or `repeat … until true` for `continue`"),
            );
            self.blank(range);
            self.resume(range);
            return;
        }
        let begins = self.previous.is_none_or(|previous| {
            previous.kind.is(";")
                || matches!(
                    previous.kind,
                    TokenKind::Keyword(Keyword::Then | Keyword::Do | Keyword::Else | Keyword::Repeat)
                )
                || (previous.kind.ends_operand() && self.starts_line(token.range.start))
        });
        let ends = next.is_none_or(|next| {
            next.kind.is(";") || next.kind == TokenKind::Name || matches!(next.kind, TokenKind::Keyword(keyword) if !matches!(keyword, Keyword::And | Keyword::Or | Keyword::In))
        });
        if begins && ends {
            self.error(SyntaxError::new(token.range, "Lua 5.1 has no `continue`").help(
                "wrap the loop's body in `repeat … until true` and `break` out of that, or turn the condition round",
            ));
            self.repair(token.range, b"do end");
        }
    }
}
