//! Ruby.

use super::definition::{Definition, Functions, Syntax};
use crate::{
    bindings::bindings,
    escape::{Escapes, LineBreak},
    lexed::{Holes, Indent, Lexed, Style, TokenKind},
    lexer::Lexer,
};

pub(super) const RUBY: Definition = Definition {
    name: "Ruby",
    ids: &["ruby"],
    extensions: &["rb", "rake", "ru", "gemspec"],
    interpreters: &["ruby"],
    lex,
    syntax: Syntax {
        plus: &["+", "<<"],
        joins_adjacent: true,
        ends_at_newline: true,
        functions: Functions::Indented("def"),
        ..Syntax::DEFAULT
    },
    bindings: bindings!("ruby"),
};

const ESCAPES: Escapes = Escapes {
    simple: &[
        (b'n', "\n"),
        (b't', "\t"),
        (b'r', "\r"),
        (b'a', "\u{7}"),
        (b'b', "\u{8}"),
        (b'e', "\u{1b}"),
        (b'f', "\u{c}"),
        (b's', " "),
        (b'v', "\u{b}"),
    ],
    hex: Some((1, 2)),
    unicode4: true,
    braces: true,
    octal: true,
    line_break: LineBreak::Join,
    keeps_unknown: false,
    literal: b"#",
    ..Escapes::QUOTE
};

const SINGLE: &Style = &Style { escapes: Some(&Escapes::QUOTE), is_multiline: true, ..Style::RAW };

const DOUBLE: &Style =
    &Style { escapes: Some(&ESCAPES), holes: Holes::Hash, is_multiline: true, is_bytes: true, ..Style::RAW };

const RAW: &Style = &Style { is_multiline: true, ..Style::RAW };

const SQUIGGLY: &Style = &Style {
    escapes: Some(&ESCAPES),
    holes: Holes::Hash,
    is_multiline: true,
    is_bytes: true,
    indent: Indent::Least,
    ..Style::RAW
};

const RAW_SQUIGGLY: &Style = &Style { is_multiline: true, indent: Indent::Least, ..Style::RAW };

const REGEX: &Style = &Style { guards_quote: true, holes: Holes::Hash, is_multiline: true, ..Style::RAW };

/// The style of `%q` with brackets, of which the opening one can be escaped too.
fn bracket_style(open: u8) -> &'static Style {
    const fn escapes(literal: &'static [u8]) -> Escapes {
        Escapes { literal, ..Escapes::QUOTE }
    }
    const ROUND: Style = Style { escapes: Some(&escapes(b"(")), ..SINGLE_STYLE };
    const SQUARE: Style = Style { escapes: Some(&escapes(b"[")), ..SINGLE_STYLE };
    const CURLY: Style = Style { escapes: Some(&escapes(b"{")), ..SINGLE_STYLE };
    const ANGLE: Style = Style { escapes: Some(&escapes(b"<")), ..SINGLE_STYLE };
    const SINGLE_STYLE: Style = Style { is_multiline: true, ..Style::RAW };
    match open {
        b'(' => &ROUND,
        b'[' => &SQUARE,
        b'{' => &CURLY,
        b'<' => &ANGLE,
        _ => SINGLE,
    }
}

fn lex(source: &[u8]) -> Lexed {
    Lexer::run(source, step)
}

fn step(lexer: &mut Lexer<'_>) {
    let start = lexer.at;
    if start == 0 || lexer.source[start - 1] == b'\n' {
        if lexer.sees(b"=begin") {
            return block_comment(lexer);
        }
        let rest = lexer.rest();
        if rest.strip_prefix(b"__END__").is_some_and(|it| it.is_empty() || it[0] == b'\n' || it[0] == b'\r') {
            lexer.at = lexer.source.len();
            return;
        }
    }
    match lexer.peek(0) {
        b'\n' => lexer.heredocs(),
        b'#' => lexer.line_comment(),
        b'\'' => {
            lexer.at += 1;
            lexer.literal(start, SINGLE, b"'");
        }
        quote @ (b'"' | b'`') => {
            lexer.at += 1;
            lexer.literal(start, DOUBLE, &[quote]);
        }
        b'%' if percent(lexer) => {}
        b'/' if regex(lexer) => {}
        b'<' if lexer.sees(b"<<") && heredoc(lexer) => {}
        b'?' if character(lexer) => {}
        b':' if operator_symbol(lexer) => {}
        // Global variables whose names are quotes and the like.
        b'$' if lexer.peek(1).is_ascii_punctuation() => {
            lexer.at += 2;
            lexer.push(TokenKind::Name, start);
        }
        it if it.is_ascii_alphabetic() || it == b'_' => {
            lexer.name(b"");
            if matches!(lexer.peek(0), b'?' | b'!') && lexer.peek(1) != b'=' {
                lexer.at += 1;
                if let Some(token) = lexer.out.tokens.last_mut() {
                    token.range.end += 1;
                }
            }
        }
        _ => lexer.plain(b"$@"),
    }
}

/// Takes a comment between `=begin` and `=end`.
fn block_comment(lexer: &mut Lexer<'_>) {
    let start = lexer.at;
    lexer.skip_past(b"\n=end");
    lexer.skip_line();
    lexer.comment(start);
}

/// The way in which an expression may begin here.
#[derive(PartialEq)]
enum Begins {
    /// An operator or a keyword comes before.
    Surely,
    /// A name and white space come before, and none follows: an argument without brackets.
    Maybe,
    No,
}

/// Tells if an expression begins here. `mark` is the length of what begins it.
fn begins(lexer: &Lexer<'_>, mark: usize) -> Begins {
    let Some(last) = lexer.last() else { return Begins::Surely };
    let between = &lexer.source[last.range.end as usize..lexer.at];
    match last.kind {
        // A method with the name of an operator.
        _ if matches!(lexer.last_text(), b"def" | b".") => Begins::No,
        _ if between.contains(&b'\n') => Begins::Surely,
        TokenKind::Punct if !matches!(lexer.last_text(), b")" | b"]" | b"}") => Begins::Surely,
        TokenKind::Name if is_keyword(lexer.last_text()) => Begins::Surely,
        TokenKind::Name
            if !between.is_empty() && !lexer.peek(mark).is_ascii_whitespace() && lexer.peek(mark) != b'=' =>
        {
            Begins::Maybe
        }
        _ => Begins::No,
    }
}

fn is_keyword(name: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"if", b"unless", b"while", b"until", b"and", b"or", b"not", b"when", b"then", b"return", b"in", b"do",
        b"else", b"elsif", b"case", b"yield", b"begin", b"rescue", b"ensure", b"puts",
    ];
    WORDS.contains(&name)
}

/// Takes `%q(…)` and its kin.
fn percent(lexer: &mut Lexer<'_>) -> bool {
    let kind = Some(lexer.peek(1)).filter(|it| it.is_ascii_alphabetic());
    let open = lexer.peek(1 + usize::from(kind.is_some()));
    let is_known = kind.is_none_or(|it| b"qQwWiIrxs".contains(&it));
    let is_open = if kind.is_some() { open.is_ascii_punctuation() } else { b"([{<|!/".contains(&open) };
    if !is_known || !is_open || begins(lexer, 1) == Begins::No {
        return false;
    }
    let close = match open {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        b'<' => b'>',
        other => other,
    };
    let start = lexer.at;
    lexer.at += 2 + usize::from(kind.is_some());
    let style = match kind {
        Some(b'q' | b'w' | b'i' | b's') => bracket_style(open),
        Some(b'r') => REGEX,
        _ => DOUBLE,
    };
    let nth = lexer.out.literals.len() as u32;
    lexer.bracketed(start, style, open, close);
    if matches!(kind, Some(b'w' | b'W' | b'i' | b'I' | b'r' | b's')) {
        lexer.forget(nth);
    }
    true
}

/// Takes a regular expression.
fn regex(lexer: &mut Lexer<'_>) -> bool {
    let begins = begins(lexer, 1);
    if begins == Begins::No || lexer.spare == 0 {
        return false;
    }
    let start = lexer.mark();
    lexer.at += 1;
    let is_closed = lexer.literal(start.at, REGEX, b"/");
    let end = lexer.at;
    let is_in_line = !lexer.source[start.at..end].contains(&b'\n');
    if !is_closed || !(is_in_line || begins == Begins::Surely) {
        lexer.spare = lexer.spare.saturating_sub(end - start.at);
        lexer.back_to(&start);
        return false;
    }
    while lexer.peek(0).is_ascii_alphabetic() {
        lexer.at += 1;
    }
    lexer.forget(start.literals as u32);
    true
}

/// Takes a character: `?a`.
fn character(lexer: &mut Lexer<'_>) -> bool {
    let next = lexer.peek(1);
    let is_one = next.is_ascii_graphic() && !(lexer.peek(2).is_ascii_alphanumeric() || lexer.peek(2) == b'_');
    if !is_one || next == b'\\' || begins(lexer, 1) != Begins::Surely {
        return false;
    }
    let start = lexer.at;
    lexer.at += 2;
    lexer.push(TokenKind::Other, start);
    true
}

/// Takes the symbol of an operator that else begins a literal: `:/`.
fn operator_symbol(lexer: &mut Lexer<'_>) -> bool {
    let start = lexer.at;
    let len = 1 + lexer.rest()[1..].iter().take_while(|it| b"/%<`".contains(it)).count();
    let ends = matches!(lexer.peek(len), b',' | b')' | b']' | b'}' | b';' | b' ' | b'\n' | b'\r');
    if len == 1 || !ends {
        return false;
    }
    lexer.at += len;
    lexer.push(TokenKind::Other, start);
    true
}

/// Takes the tag of a heredoc.
fn heredoc(lexer: &mut Lexer<'_>) -> bool {
    let start = lexer.at;
    let rest = lexer.rest();
    let kind = rest.get(2).copied().filter(|it| matches!(it, b'~' | b'-'));
    let mut at = 2 + usize::from(kind.is_some());
    let quote = rest.get(at).copied().filter(|it| matches!(it, b'\'' | b'"' | b'`'));
    at += usize::from(quote.is_some());
    let len = match quote {
        Some(quote) => rest[at..].iter().take_while(|it| **it != quote && **it != b'\n').count(),
        None => rest[at..].iter().take_while(|it| it.is_ascii_alphanumeric() || **it == b'_' || **it >= 0x80).count(),
    };
    let tag = &rest[at..at + len];
    at += len;
    if tag.is_empty() || tag[0].is_ascii_digit() || quote.is_some_and(|quote| rest.get(at) != Some(&quote)) {
        return false;
    }
    at += usize::from(quote.is_some());
    if kind.is_none() {
        // `list <<Name` is a shift, unless there is a line to end it.
        let touches =
            lexer.last().is_some_and(|last| last.range.end as usize == start && last.kind != TokenKind::Punct);
        if touches || !(tag[0].is_ascii_uppercase() || quote.is_some()) || lexer.spare < rest.len() {
            return false;
        }
        let end = [b"\n", tag].concat();
        let has_end = memchr::memmem::find_iter(rest, &end)
            .any(|found| rest.get(found + end.len()).is_none_or(|it| matches!(it, b'\n' | b'\r')));
        if !has_end {
            lexer.spare -= rest.len();
            return false;
        }
    }
    let style = match (kind, quote) {
        (Some(b'~'), Some(b'\'')) => RAW_SQUIGGLY,
        (Some(b'~'), _) => SQUIGGLY,
        (_, Some(b'\'')) => RAW,
        _ => DOUBLE,
    };
    lexer.at += at;
    let is_indented: fn(&[u8], &[u8]) -> bool = |line, tag| line.trim_ascii_start() == tag;
    lexer.heredoc(start, style, tag, if kind.is_some() { is_indented } else { |line, tag| line == tag });
    true
}

#[cfg(test)]
mod tests {
    use super::super::marked::check;

    #[test]
    fn literals() {
        check(
            super::lex,
            &[
                "a = '«it\\'s\n»' + \"«x ‹#{y[\"«k»\"]}› \\#{z} # w»\" # don't",
                "f %q(«a (b) \\) c»), '«x»'; g = %Q[«‹#{a}› []»]; h(%(«b»))",
                "w = %w[a' b'].join; %r{a'#{b}}; %i(a b); x % (y) ; '«z»'",
                "a = b / c; d = '«x»' / 2; e.split(/'/); f /'/, '«y»'; when /\"/ then 1",
                "x = ?' ; y = a ? '«b»' : '«c»'; empty?'«d»'",
                "def %(a) '«b»' end; a.%(c); def /(d) '«e»' end; f(:/, '«g»', :%, '«/»')",
                "f(/#{a('«b»', \"«c»\")}'/, '«d»'); %W[#{e('«f»')} ']; %/«'»/",
                "$' + $\" + $` + '«a»'",
                "\"«‹#@a›:‹#@@b›‹#$c› #@ #1 \\#@d»\"",
                "=begin\nit's\n=end\nputs '«a»'\n__END__\nit's",
                "a ? {b: \"«c»\"} : :\"«d»\"",
            ],
        );
    }

    #[test]
    fn heredocs() {
        check(
            super::lex,
            &[
                "S = <<~LUA\n«  a ‹#{b}› 'c'\n»  LUA\nf('«x»')",
                "f(<<~'A', <<-B.strip, 1)\n«  #{a}\n»A\n«b\n»  B\nf(\"«y»\")",
                "a << '«b»'.to_s",
                "x = <<SQL\n«a\n  SQL\n»SQL\nlist <<Name\n1 <<b\n",
                "class << self; '«a»'; end",
                "S = <<~\"A B\"\n«a\n»A B\n",
                "S = <<~LUA\n«half 'a\n¿",
            ],
        );
    }

    #[test]
    fn half_typed() {
        check(super::lex, &["a = '«half\nb = »'x", "a = \"«‹#{b›¿", "f(/half'«\n, »'\n)"]);
    }
}
