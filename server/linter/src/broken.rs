//! Findings of a script that Lua refuses: its mistakes, and those that do not follow from them.

use std::{cell::OnceCell, collections::HashSet};

use semantic::Script;
use syntax::{
    StmtKind,
    lexer::{Keyword, Lexer, Token, TokenKind},
};
use text::{LineIndex, TextRange};

use crate::Diagnostic;

const SYNTAX: &str = "syntax-error";

/// Rules on what nothing else in the script does, or on where its blocks end: of a broken script neither is known.
const OF_THE_WHOLE: &[&str] = &[
    "empty-block",
    "library-header",
    "load-time-call",
    "never-read-value",
    "redefined-variable",
    "shadowed-variable",
    "unbalanced-assignment",
    "unbounded-loop",
    "uninitialized-variable",
    "unreachable-code",
    "unused-argument",
    "unused-function",
    "unused-key",
    "unused-parameter",
    "unused-suppression",
    "unused-variable",
];

/// Rules on possible values or on control flow: dropped behind a syntax error, because they depend on the lost code.
const OF_THE_COURSE: &[&str] = &[
    "argument-count",
    "argument-out-of-range",
    "arithmetic-on-missing",
    "bad-argument",
    "boolean-comparison",
    "concat-missing",
    "constant-condition",
    "field-of-flat-reply",
    "forbidden-library",
    "fraction-argument",
    "glued-time",
    "impossible-operation",
    "index-missing",
    "integer-as-boolean",
    "integer-precision",
    "json-round-trip",
    "key-as-value",
    "missing-as-text",
    "never-equal",
    "nil-comparison",
    "pattern-from-data",
    "return-float",
    "return-hole",
    "return-map",
    "score-as-member",
    "status-comparison",
    "string-number-equality",
    "string-number-order",
    "table-as-boolean",
    "unchecked-pcall",
    "unpack-empty",
    "wrong-argument-type",
    "wrong-type-sequence",
    "zero-time-to-live",
];

/// Drops findings that may only follow from a mistake of syntax: those on its lines and in its statement, those of the script as
/// a whole, those on the course of the script behind it, and those on globals that the script declares as locals somewhere.
pub(crate) fn drop_consequences(script: &Script, findings: &mut Vec<Diagnostic>) {
    let errors = &script.parse.errors;
    let Some(first) = errors.first().map(|error| error.range.start) else { return };
    if findings.iter().all(|finding| finding.code == SYNTAX) {
        return;
    }
    let source = &script.source[..];
    let hidden = errors.iter().find(|error| error.hides_names).map_or(u32::MAX, |error| error.range.start);
    let declared = OnceCell::new();
    let declared = || declared.get_or_init(|| Declared::of(source));
    let doubtful = Doubtful::new(script);
    findings.retain(|finding| {
        let (code, start) = (finding.code, finding.range.start);
        let name = finding.range.slice(source);
        let follows = OF_THE_WHOLE.contains(&code)
            || (start >= first && OF_THE_COURSE.contains(&code))
            || match code {
                // Whether it runs while a library loads.
                "forbidden-library" => script.library.is_some(),
                "undefined-global" => {
                    start >= hidden || declared().locals.contains(name) || declared().functions.contains(name)
                }
                "global-assignment" => start >= hidden || declared().locals.contains(name),
                _ => false,
            };
        let own = finding.related.iter().filter(|related| related.path.is_none()).map(|related| related.range);
        code == SYNTAX || !(follows || own.chain([finding.range]).any(|range| doubtful.meets(range)))
    });
}

/// Places that mistakes leave in doubt.
struct Doubtful {
    lines: LineIndex,
    /// Lines, from the first to the last.
    in_lines: Vec<(u32, u32)>,
    /// Statements.
    statements: Vec<TextRange>,
}

impl Doubtful {
    fn new(script: &Script) -> Self {
        let errors = &script.parse.errors;
        let lines = LineIndex::new(&script.source);
        let of = |range: TextRange| (lines.line(range.start), lines.line(range.end));
        let in_lines = errors.iter().flat_map(|error| [of(error.range), of(error.doubtful)]).collect();
        // Of many mistakes the lines must do.
        let statements = errors.iter().take(16).filter_map(|error| statement_of(script, error.range.start)).collect();
        Self { lines, in_lines, statements }
    }

    fn meets(&self, range: TextRange) -> bool {
        let (first, last) = (self.lines.line(range.start), self.lines.line(range.end));
        self.in_lines.iter().any(|lines| lines.0 <= last && first <= lines.1)
            || self.statements.iter().any(|statement| statement.overlaps(range))
    }
}

/// The innermost statement without a block that a place is in or at the end of.
fn statement_of(script: &Script, offset: u32) -> Option<TextRange> {
    let is_plain = |kind: &StmtKind| {
        matches!(
            kind,
            StmtKind::Local { .. }
                | StmtKind::Assign { .. }
                | StmtKind::Call(_)
                | StmtKind::Return(_)
                | StmtKind::Break
        )
    };
    let around = script.tree().stmts().filter(|(_, stmt)| stmt.range.start <= offset && offset <= stmt.range.end);
    let (_, innermost) = around.min_by_key(|(_, stmt)| stmt.range.len())?;
    is_plain(&innermost.kind).then_some(innermost.range)
}

/// Names that some declaration in the source has, even in a part that does not parse.
#[derive(Default)]
struct Declared<'a> {
    locals: HashSet<&'a [u8]>,
    functions: HashSet<&'a [u8]>,
}

impl<'a> Declared<'a> {
    fn of(source: &'a [u8]) -> Self {
        let mut declared = Self::default();
        let tokens: Vec<Token> = Lexer::new(source)
            .filter(|token| !matches!(token.kind, TokenKind::Comment | TokenKind::UnterminatedComment))
            .collect();
        let name = |at: usize| tokens.get(at).filter(|token| token.kind == TokenKind::Name);
        let is = |at: usize, symbol: &str| tokens.get(at).is_some_and(|token| token.kind.is(symbol));
        for (at, token) in tokens.iter().enumerate() {
            let mut at = at + 1;
            match token.kind {
                TokenKind::Keyword(Keyword::Local | Keyword::For) => {}
                TokenKind::Keyword(Keyword::Function) => {
                    if let Some(name) = name(at) {
                        declared.functions.insert(name.range.slice(source));
                    }
                    while name(at).is_some() || is(at, ".") || is(at, ":") {
                        at += 1;
                    }
                    at += usize::from(is(at, "("));
                }
                _ => continue,
            }
            if tokens.get(at).is_some_and(|token| token.kind == TokenKind::Keyword(Keyword::Function)) {
                at += 1;
            }
            while let Some(name) = name(at) {
                declared.locals.insert(name.range.slice(source));
                at += 1;
                at += usize::from(is(at, ","));
            }
        }
        declared
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn the_rules_exist() {
        for code in super::OF_THE_WHOLE.iter().chain(super::OF_THE_COURSE) {
            assert!(crate::RULES.iter().any(|rule| rule.code == *code), "{code}");
        }
    }

    #[test]
    fn names_that_are_declared_somewhere() {
        check(
            "undefined-global",
            "
function (room)
--<^^^^^^^^ error[syntax-error]: a name is missing after `function`
  local rest = room
  end
  end
--^^^ error[syntax-error]: this `end` closes nothing
return rest, room
",
        );
        // What was wrong before the mistake still is, and what is not declared anywhere.
        check(
            "undefined-global",
            "
local a = frobnicate(1)
        --^^^^^^^^^^ error[undefined-global]: `frobnicate` is no global of the server
local b =
      --^ error[syntax-error]: a value is missing after `=`
return totl
     --^^^^ error[undefined-global]: `totl` is no global of the server
",
        );
    }

    #[test]
    fn calls_that_are_cut_short() {
        check(
            "command-arity",
            "
local a = redis.call('HGET', KEYS[1], )
                                  --^ error[syntax-error]: a value is missing after `,`
local b = redis.call('HGET', KEYS[1])
                   --^^^^^^ error[command-arity]: HGET takes 2 arguments, here 1 is given
return a, b
",
        );
    }

    #[test]
    fn the_course_behind_a_mistake_is_unknown() {
        check(
            "arithmetic-on-missing",
            "
local a = redis.call('GET', KEYS[1]) + 1
        --^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[arithmetic-on-missing]: this may be `false`, when GET finds nothing: arithmetic stops the script then
local b = redis.call('GET', KEYS[2])
if not b
      --^ error[syntax-error]: a `then` is missing after the condition of this `if`
return a + b
",
        );
    }
}
