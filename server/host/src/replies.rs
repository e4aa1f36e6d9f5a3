//! Tests of replies for what no client gives: `r.eval(…) is True`, `(await redis.eval(…)) === true`, `reply.(int)`.

use text::TextRange;

use crate::{
    constants,
    names::{Meaning, Names, is_member},
    script_call::{ScriptCall, Tested},
    tokens::Tokens,
};

/// Looks for tests of replies.
pub(crate) struct Replies<'a> {
    pub tokens: &'a Tokens<'a>,
    pub names: &'a Names<'a>,
}

impl Replies<'_> {
    /// The first test of a call's reply for a value or type that no client gives.
    pub(crate) fn tested(&self, call: &ScriptCall) -> Option<Tested> {
        let tokens = self.tokens;
        // Upstash makes booleans of texts; ioredis counts keys.
        if matches!(tokens.language.name(), "JavaScript" | "TypeScript" | "Vue or Svelte") && call.count.is_none() {
            return None;
        }
        let all = &tokens.lexed.tokens;
        let name = all.binary_search_by_key(&call.name.start, |it| it.range.start).ok()?;
        let mut end = all.partition_point(|it| it.range.end <= call.range.end);
        let mut start = tokens.operand_start(name);
        let before = |at: usize, text: &str| at > 0 && tokens.is(at - 1, text);
        // `rdb.Eval(…).Result()`
        while tokens.is(end, ".")
            && ["Result", "Val"].iter().any(|it| tokens.is(end + 1, it))
            && tokens.is(end + 3, ")")
        {
            end += 4;
        }
        loop {
            if before(start, "await") {
                start -= 1;
            } else if before(start, "(") && tokens.partner(start - 1) == Some(end) && !self.is_call(start - 1) {
                (start, end) = (start - 1, end + 1);
            } else {
                break;
            }
        }
        self.test_behind(end).or_else(|| self.of_variable(start.checked_sub(1)?, end))
    }

    /// True for the bracket of a call's arguments.
    fn is_call(&self, open: usize) -> bool {
        const WORDS: &[&str] = &["return", "await", "if", "and", "or", "not", "in", "while", "assert", "typeof"];
        let is_name = open > 0 && self.tokens.is_name(open - 1);
        is_name && !WORDS.iter().any(|it| self.tokens.is(open - 1, it))
    }

    /// The test of the variable that is given the reply by a `=`.
    fn of_variable(&self, equals: usize, end: usize) -> Option<Tested> {
        let tokens = self.tokens;
        if !tokens.is(equals, "=") || ["=", "!", "<", ">"].iter().any(|it| tokens.is(equals - 1, it)) {
            return None;
        }
        let mut name = constants::assigned(tokens, equals)?;
        // `reply, err := …` of Go; elsewhere a list is taken apart.
        if name > 1 && tokens.is(name - 1, ",") {
            name = Some(name - 2).filter(|_| tokens.language.name() == "Go")?;
        }
        if is_member(tokens, name) || (name > 0 && tokens.is(name - 1, ",")) || tokens.is(end, ",") {
            return None;
        }
        let (from, to) = self.names.region(name);
        let text = tokens.text(name);
        let mut mentions =
            (end.max(from)..to).filter(|&at| tokens.is_name(at) && tokens.text(at) == text && !is_member(tokens, at));
        mentions.find_map(|at| {
            let is_same = match self.names.meaning(at) {
                Meaning::Declared(it) => it.name == name,
                // Names of Go's lists are declared by the last one alone.
                Meaning::Unknown => tokens.language.name() == "Go",
                _ => false,
            };
            self.test_behind(at + 1).filter(|_| is_same)
        })
    }

    /// A test for a value or a type that no client gives, behind an expression that ends before a token.
    fn test_behind(&self, at: usize) -> Option<Tested> {
        let tokens = self.tokens;
        let is_boolean = |at: usize| ["True", "False", "true", "false"].iter().any(|it| tokens.is(at, it));
        let value = match tokens.language.name() {
            "Python" if tokens.is(at, "is") => at + 1 + usize::from(tokens.is(at + 1, "not")),
            "JavaScript" | "TypeScript" | "Vue or Svelte"
                if (tokens.is(at, "=") || tokens.is(at, "!")) && tokens.is(at + 1, "=") && tokens.is(at + 2, "=") =>
            {
                at + 3
            }
            "Go" if tokens.is(at, ".") && tokens.is(at + 1, "(") => {
                const NEVER: &[&str] = &["int", "int32", "uint64", "uint32", "uint"];
                let is_type = NEVER.iter().any(|it| tokens.is(at + 2, it)) && tokens.is(at + 3, ")");
                // `n, ok := reply.(int)` asks.
                let start = tokens.operand_start(at - 1);
                let asks = start > 3 && tokens.is(start - 1, "=") && (start - 4..start).any(|it| tokens.is(it, ","));
                return (is_type && !asks).then(|| self.test(at + 2, at + 2));
            }
            _ => return None,
        };
        is_boolean(value).then(|| self.test(at, value))
    }

    fn test(&self, start: usize, end: usize) -> Tested {
        let range = TextRange::new(self.tokens.range(start).start, self.tokens.range(end).end);
        Tested { range, value: String::from_utf8_lossy(self.tokens.text(end)).into_owned() }
    }
}
