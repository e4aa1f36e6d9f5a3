//! From bytes to a [`Parse`].

use std::panic::{AssertUnwindSafe, catch_unwind};

use text::TextRange;

use crate::{Comment, SyntaxError, Tree, parser, scan, validate};

/// Sources above this size are not parsed: scripts are a few kilobytes.
pub const MAX_SOURCE_BYTES: usize = 8 << 20;

/// Below these the parser needs no more stack than any thread has.
const SHALLOW_LEVELS: u32 = 24;
/// Enough for 200 levels of unoptimised frames, with the operators in each.
const DEEP_STACK: usize = 64 << 20;

/// Result of parsing one source.
#[derive(Debug)]
pub struct Parse {
    /// The tree; with errors, a tree of what could be understood.
    pub tree: Tree,
    /// Errors that Lua 5.1 would report, in source order.
    pub errors: Vec<SyntaxError>,
    /// All comments, in source order.
    pub comments: Vec<Comment>,
    /// The first line, if it starts with `#!` on the very first byte: the line without its break.
    pub shebang: Option<TextRange>,
    /// Offset of the first byte that is not UTF-8. Redis takes any bytes; editors may not.
    pub invalid_utf8: Option<u32>,
}

/// Parses `source`, which may be any bytes.
pub fn parse(source: &[u8]) -> Parse {
    if source.len() > MAX_SOURCE_BYTES {
        let error = SyntaxError::new(
            TextRange::at(0),
            format!("this is larger than the {} MiB that redlua reads", MAX_SOURCE_BYTES >> 20),
        );
        return Parse {
            tree: Tree::empty(0),
            errors: vec![error],
            comments: Vec::new(),
            shebang: None,
            invalid_utf8: None,
        };
    }
    let mut errors = Vec::new();
    let (shebang, start) = prepare_start(source, &mut errors);
    let scan = scan::scan(source, start);
    errors.extend(scan.errors);
    let tree = if scan.too_deep {
        Tree::empty(source.len() as u32)
    } else if scan.levels > SHALLOW_LEVELS {
        stacker::grow(DEEP_STACK, || parse_tokens(source, &scan.tokens, scan.levels, &mut errors))
    } else {
        parse_tokens(source, &scan.tokens, scan.levels, &mut errors)
    };
    errors.sort_by_key(|error| error.range.start);
    let invalid_utf8 = std::str::from_utf8(source).err().map(|error| error.valid_up_to() as u32);
    Parse { tree, errors, comments: scan.comments, shebang, invalid_utf8 }
}

/// The shebang line, and where the code begins: behind it, or behind a byte order mark.
fn prepare_start(source: &[u8], errors: &mut Vec<SyntaxError>) -> (Option<TextRange>, u32) {
    if source.starts_with(b"\xEF\xBB\xBF") {
        let mark = TextRange::new(0, 3);
        // Clients send the file's bytes as they are, and the server's Lua reads the mark as a symbol.
        errors.push(
            SyntaxError::new(mark, "the file starts with a byte order mark, which Lua refuses")
                .help("save it as UTF-8 without BOM")
                .fix("Remove the byte order mark", mark, ""),
        );
        return (None, 3);
    }
    if !source.starts_with(b"#!") {
        return (None, 0);
    }
    let end = memchr::memchr2(b'\n', b'\r', source).unwrap_or(source.len()) as u32;
    (Some(TextRange::new(0, end)), end)
}

fn parse_tokens(source: &[u8], tokens: &[crate::lexer::Token], levels: u32, errors: &mut Vec<SyntaxError>) -> Tree {
    // The parser is written not to panic; if it does on some input, the user keeps the editor and the other files.
    let parsed = catch_unwind(AssertUnwindSafe(|| parser::parse(source, tokens, levels, &mut *errors)));
    let Ok((mut tree, found)) = parsed else {
        errors.push(SyntaxError::new(
            TextRange::at(0),
            "redlua could not parse this file: please report it with the file",
        ));
        return Tree::empty(source.len() as u32);
    };
    errors.extend(found);
    let broken = !errors.is_empty();
    validate::validate(&mut tree, source, errors, broken);
    tree
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(source: &str) -> Vec<String> {
        parse(source.as_bytes()).errors.into_iter().map(|error| error.message).collect()
    }

    #[test]
    fn a_carriage_return_ends_a_comment() {
        assert_eq!(parse(b"-- a\rif x then").errors.len(), 1);
        let parse = parse(b"local a = 1 -- a\rlocal b = 2\r\nlocal c = 3\rreturn a");
        assert_eq!((parse.errors.len(), parse.tree.stmts().len()), (0, 4));
    }

    /// An expression in no statement has no place in a function, and whoever asks for one would be lost.
    #[test]
    fn each_expression_is_in_a_statement() {
        let words = [
            "class", "import", "throw", "try", "switch", "echo", "delete", "async", "public", "unless", "foreach",
            "elif", "with", "var", "int", "function", "func", "def", "retrun", "esle", "foo", "pass", "null", "fi",
            "return", "local", "if", "end",
        ];
        let rests = [
            "",
            " x",
            " A { f(1) }",
            " A { S = f(1); g() }",
            " (x) { f(1) }",
            "(x) { f(1) }",
            " x = f(1)",
            " x: f(1)",
            " x => f(1)",
            " { x: f(1) }",
            " = f(1)",
            "++",
            " f(1) end",
            " do f(1) end",
            " then f(1)",
            ".a.b c",
            " x, y z",
        ];
        for word in words {
            for rest in rests {
                for source in
                    [format!("{word}{rest}"), format!("f()\n{word}{rest}\ng()"), format!("{word}{rest} {word}{rest}")]
                {
                    let tree = parse(source.as_bytes()).tree;
                    let stmts: Vec<TextRange> = tree.stmts().map(|(_, stmt)| stmt.range).collect();
                    for (_, expr) in tree.exprs() {
                        let is_in = stmts.iter().any(|it| it.contains_range(expr.range));
                        assert!(is_in, "{:?} in {source:?}: {stmts:?}", expr.kind);
                    }
                }
            }
        }
    }

    #[test]
    fn each_mistake_is_told_once_and_in_its_own_words() {
        let cases = [
            ("return 1;;", "an empty statement is not Lua 5.1: remove this `;`"),
            ("if a != b then end", "not-equal is `~=` in Lua, not `!=`"),
            ("x += 1", "Lua has no `+=`: write `x = x + …`"),
            ("goto done", "`goto` came with Lua 5.2; the server runs Lua 5.1"),
            ("local a <const> = 1", "attributes of locals came with Lua 5.4; the server runs Lua 5.1"),
            ("for i = 1, 2 do continue end", "Lua 5.1 has no `continue`"),
            ("x = 3..2", "malformed number `3..2`"),
            ("x = 0return", "malformed number `0return`"),
            ("x = 3and", "malformed number `3and`"),
            ("f(.5x, 1)", "malformed number `.5x`"),
            ("x = {0xg}", "malformed number `0xg`"),
            ("x = 'a\\400'", "the escape `\\400` is too large: a byte is at most `\\255`"),
            ("local function f() return ... end", "`...` is used in a function that does not take it"),
            ("break", "this `break` is in no loop"),
            ("(a) = 1", "this cannot be assigned to"),
            ("x = 'a", "this string is not closed with `'` on its line"),
            ("x = [==[ ]=]", "this long string never ends"),
            ("x.end = 1", "`end` is a reserved word and cannot be a name"),
            ("local and = 1", "`and` is a reserved word and cannot be a name"),
            ("f\n(g)", "ambiguous: is this a call of the line above or a new statement"),
            ("while true do", "this `while` has no `end`"),
            ("\u{feff}return 1", "the file starts with a byte order mark, which Lua refuses"),
        ];
        for (source, message) in cases {
            assert_eq!(messages(source), [message], "{source}");
        }
    }

    #[test]
    fn every_error_of_a_file_is_told() {
        assert_eq!(messages("if a != b then end\nx += 1\nlocal y = a // b\n").len(), 3);
    }

    #[test]
    fn what_stands_around_a_mistake_is_understood() {
        let source = "redis.call('GET',\nlocal x = KEYS[1]\nreturn x";
        let parse = parse(source.as_bytes());
        assert!(!parse.errors.is_empty());
        let has = |text: &str| parse.tree.exprs().any(|(_, e)| e.range.slice(source.as_bytes()) == text.as_bytes());
        assert!(has("'GET'") && has("KEYS[1]"));
    }

    #[test]
    fn deep_huge_and_binary_input_is_answered() {
        for source in
            ["(".repeat(10_000), "{".repeat(10_000), format!("x = {}1", "-".repeat(100_000)), "a..".repeat(50_000)]
        {
            assert!(!parse(source.as_bytes()).errors.is_empty());
        }
        let deep = format!("return {}1{}", "(".repeat(150), ")".repeat(150));
        assert!(parse(deep.as_bytes()).errors.is_empty());
        assert!(!parse(&[0, 159, 146, 150, b'\n', 1, 2, 3]).errors.is_empty());
        assert_eq!(parse(b"return '\xff'").invalid_utf8, Some(8));
        assert!(!parse(&vec![b' '; MAX_SOURCE_BYTES + 1]).errors.is_empty());
    }

    #[test]
    fn a_shebang_counts_on_the_very_first_byte_only() {
        assert_eq!(parse(b"#!lua name=x\nreturn 1").shebang, Some(TextRange::new(0, 12)));
        assert!(!parse(b"\n#!lua name=x\nreturn 1").errors.is_empty());
    }
}
