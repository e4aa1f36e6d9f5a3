//! Functions of a file: their names, parameters and bodies, by brackets or by indentation.

use crate::{
    arrows::{arrow, given_name},
    function::{Function, MAX_BETWEEN},
    languages::Functions,
    lexed::TokenKind,
    tokens::Tokens,
};

/// The functions of a file, in the order of their bodies' starts.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    functions: Vec<Function>,
    /// For each the one around it.
    parents: Vec<Option<usize>>,
}

impl Scopes {
    /// Finds the functions of a file.
    pub(crate) fn new(tokens: &Tokens<'_>) -> Self {
        let mut functions = match tokens.syntax().functions {
            Functions::Indented(word) => indented(tokens, word),
            Functions::Braces(words) => braced(tokens, words),
        };
        functions.sort_by_key(|it| (it.body.0, std::cmp::Reverse(it.body.1)));
        let mut open: Vec<usize> = Vec::new();
        let mut parents = Vec::with_capacity(functions.len());
        for (at, function) in functions.iter().enumerate() {
            while open.last().is_some_and(|&it| functions[it].body.1 <= function.body.0) {
                open.pop();
            }
            parents.push(open.last().copied());
            open.push(at);
        }
        Self { functions, parents }
    }

    /// The index of the innermost function or loop around a token.
    fn innermost(&self, at: usize) -> Option<usize> {
        let mut found = self.functions.partition_point(|it| it.body.0 <= at).checked_sub(1);
        while let Some(it) = found.filter(|&it| self.functions[it].body.1 <= at) {
            found = self.parents[it];
        }
        found
    }

    /// The indices of the functions around a token, from the inside out, loops left aside.
    pub(crate) fn functions_around(&self, at: usize) -> impl Iterator<Item = usize> {
        self.around(at).filter(|&it| !self.functions[it].is_loop)
    }

    /// True if the body of a function or a loop begins at a token.
    pub(crate) fn begins_body(&self, at: usize) -> bool {
        self.functions.binary_search_by_key(&at, |it| it.body.0).is_ok()
    }

    /// The functions with a name.
    pub(crate) fn named<'t>(&self, tokens: &'t Tokens<'_>, name: &'t [u8]) -> impl Iterator<Item = &Function> {
        self.functions.iter().filter(move |it| it.name.is_some_and(|it| tokens.text(it) == name))
    }

    /// A function by its index.
    pub(crate) fn function(&self, at: usize) -> &Function {
        &self.functions[at]
    }

    /// The indices of the functions and loops around a token, from the inside out.
    pub(crate) fn around(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.innermost(at), |&it| self.parents[it])
    }
}

fn indented(tokens: &Tokens<'_>, word: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if tokens.is(at, word) {
            let name = Some(at + 1).filter(|&it| tokens.is_name(it));
            let limit = tokens.len().min(at + 12);
            let open = (at + 1..limit).find(|&it| tokens.is(it, "(") || tokens.is_parted(it - 1, it));
            let Some(open) = open.filter(|&it| tokens.is(it, "(")) else { continue };
            let end = tokens.after(open);
            let body = (end, indented_end(tokens, at, end));
            found.push(Function {
                name,
                parameters: (open + 1, end.saturating_sub(1)),
                body,
                is_loop: false,
                over: None,
            });
        } else if tokens.is(at, "for") {
            let limit = tokens.len().min(at + 16);
            let Some(end) = (at + 1..limit).find(|&it| tokens.is(it, "in")) else { continue };
            let over = tokens.expression_end(end + 1);
            let over = (end + 1..over).find(|&it| tokens.is(it, ":") || tokens.is(it, "if")).unwrap_or(over);
            // A comprehension is within brackets; its loop stands behind what it makes.
            let body = match tokens.parent(at) {
                Some(open) => (open, tokens.after(open)),
                None => (over, indented_end(tokens, at, over)),
            };
            found.push(Function {
                name: None,
                parameters: (at + 1, end),
                body,
                is_loop: true,
                over: Some((end + 1, over)),
            });
        } else if tokens.is(at, "lambda") {
            let limit = tokens.len().min(at + 32);
            let Some(end) = (at + 1..limit).find(|&it| tokens.is(it, ":")) else { continue };
            let body = (end + 1, tokens.expression_end(end + 1));
            found.push(Function { name: None, parameters: (at + 1, end), body, is_loop: false, over: None });
        } else if tokens.is(at, "|") && at > 0 && (tokens.is(at - 1, "do") || tokens.is(at - 1, "{")) {
            // A block of Ruby.
            let limit = tokens.len().min(at + 16);
            let Some(end) = (at + 1..limit).find(|&it| tokens.is(it, "|")) else { continue };
            let close = match tokens.is(at - 1, "{") {
                true => tokens.after(at - 1),
                false => indented_end(tokens, at, end + 1),
            };
            let over = at.checked_sub(4).filter(|&it| tokens.is(it + 2, "each") && tokens.is(it + 1, "."));
            let over = over.map(|it| (tokens.operand_start(it), it + 1));
            found.push(Function { name: None, parameters: (at + 1, end), body: (end + 1, close), is_loop: true, over });
        }
    }
    found
}

/// The token behind a body that begins at `body` and belongs to the line of `head`: the first of a line that is indented no further.
pub(crate) fn indented_end(tokens: &Tokens<'_>, head: usize, body: usize) -> usize {
    let own = tokens.column(head);
    let mut last_line = tokens.line_start(body.saturating_sub(1).max(head));
    for at in body..tokens.len() {
        let start = tokens.line_start(at);
        if start == last_line {
            continue;
        }
        last_line = start;
        let begins_statement = tokens.parent(at) == tokens.parent(head);
        if begins_statement && tokens.column(at) <= own && !tokens.is(at, ")") {
            return at;
        }
    }
    tokens.len()
}

fn braced(tokens: &Tokens<'_>, words: &[&str]) -> Vec<Function> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if tokens.is(at, "{") {
            found.extend(with_body(tokens, at, words));
        } else if tokens.is(at, ">") && at > 1 && (tokens.is(at - 1, "=") || tokens.is(at - 1, "-")) {
            found.extend(arrow(tokens, at));
        } else if tokens.is(at, "for") && !tokens.is(at + 1, "(") {
            found.extend(bare_loop(tokens, at));
        }
    }
    found
}

/// A function, or a loop with brackets, whose body begins at a brace.
fn with_body(tokens: &Tokens<'_>, brace: usize, words: &[&str]) -> Option<Function> {
    let close = closing_before(tokens, brace)?;
    let mut open = tokens.partner(close).filter(|&it| it < close)?;
    // The results of a function of Go may be in brackets too.
    if words.contains(&"func")
        && let Some(before) = open.checked_sub(1).filter(|&it| tokens.is(it, ")"))
    {
        open = tokens.partner(before).filter(|&it| it < before)?;
    }
    let parameters = (open + 1, tokens.after(open).saturating_sub(1));
    let body = (brace + 1, tokens.partner(brace).unwrap_or(tokens.len()));
    let before = open.checked_sub(1)?;
    if ["for", "foreach"].iter().any(|it| tokens.is(before, it)) {
        let (start, end) = parameters;
        let mark = (start..end).find(|&it| ["in", "of", "as", ":"].iter().any(|mark| tokens.is(it, mark)));
        // `foreach ($all as $one)` has them the other way round.
        let (parameters, over) = match mark {
            Some(mark) if tokens.is(mark, "as") => ((mark + 1, end), Some((start, mark))),
            Some(mark) => ((start, mark), Some((mark + 1, end))),
            None => (parameters, None),
        };
        return Some(Function { name: None, parameters, body, is_loop: true, over });
    }
    const NO_FUNCTIONS: &[&str] =
        &["if", "while", "switch", "when", "catch", "using", "lock", "synchronized", "match", "elseif", "with", "try"];
    if NO_FUNCTIONS.iter().any(|it| tokens.is(before, it)) {
        return None;
    }
    // Over type parameters: `fn f<T>(`.
    let name = match tokens.is(before, ">") {
        true => (before.saturating_sub(24)..before).rev().find(|&it| tokens.is(it, "<"))?.checked_sub(1)?,
        false => before,
    };
    let is_word = |at: usize| words.iter().any(|it| tokens.is(at, it));
    let is_function = match words.is_empty() {
        // `new T(…) { … }` is an object.
        true => tokens.is_name(name) && !name.checked_sub(1).is_some_and(|it| tokens.is(it, "new")),
        false => {
            is_word(name)
                || name.checked_sub(1).is_some_and(|it| {
                    // `func (r *T) Name(…)`, `function &name(…)`, `fun T.name(…)`.
                    is_word(it)
                        || tokens.is(it, "&")
                        || tokens.is(it, ")")
                        || (tokens.is(it, ".") && it > 1 && is_word(it - 2))
                })
        }
    };
    is_function.then_some(Function {
        name: match tokens.is_name(name) && !is_word(name) && !tokens.is(name, "function") {
            true => Some(name),
            false => given_name(tokens, open),
        },
        parameters,
        body,
        is_loop: false,
        over: None,
    })
}

/// The closing bracket of the parameters before a body, over a type and what is thrown.
fn closing_before(tokens: &Tokens<'_>, brace: usize) -> Option<usize> {
    let mut at = brace.checked_sub(1)?;
    for _ in 0..MAX_BETWEEN {
        if tokens.is(at, ")") {
            return Some(at);
        }
        // Closed brackets of a type: `[]string`, `Promise<{ a: b }>`.
        if let Some(open) = tokens.partner(at).filter(|&open| open < at) {
            at = open.checked_sub(1)?;
            continue;
        }
        let is_type = tokens.is_name(at)
            || tokens.get(at).is_some_and(|it| it.kind == TokenKind::Punct)
                && [".", "<", ">", ",", "*", "&", "?", ":", "|", "-", "'", "!"].iter().any(|it| tokens.is(at, it));
        // `=>` is an arrow's, which is looked at by itself.
        if !is_type || tokens.is(at, ">") && at > 0 && tokens.is(at - 1, "=") {
            return None;
        }
        at = at.checked_sub(1)?;
    }
    None
}

/// A loop without brackets: `for _, key := range keys {`, `for key in keys {`.
fn bare_loop(tokens: &Tokens<'_>, at: usize) -> Option<Function> {
    let limit = tokens.len().min(at + 64);
    let brace = (at + 1..limit).find(|&it| tokens.is(it, "{") && tokens.parent(it) == tokens.parent(at))?;
    let end = (at + 1..brace).find(|&it| tokens.is(it, "in") || tokens.is(it, "=") || tokens.is(it, ":"))?;
    let body = (brace + 1, tokens.partner(brace).unwrap_or(tokens.len()));
    // `in`, or `:= range`.
    let range = (end..brace).find(|&it| tokens.is(it, "range"));
    let over = range.or(Some(end).filter(|&it| tokens.is(it, "in"))).map(|it| (it + 1, brace));
    Some(Function { name: None, parameters: (at + 1, end), body, is_loop: true, over })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Language;

    /// The functions around each `HERE` of a file: their names (`-` without one, `for` for a loop) with parameters.
    #[track_caller]
    fn check(file: &str, source: &str, wanted: &[&str]) {
        let language = Language::of_path(Path::new(file)).expect("a language");
        let lexed = language.lex(source.as_bytes());
        let tokens = Tokens::new(source.as_bytes(), &lexed, language);
        let scopes = Scopes::new(&tokens);
        let text = |at: usize| String::from_utf8_lossy(tokens.text(at)).into_owned();
        let shown = |it: &Function| {
            let names: Vec<String> = (it.parameters.0..it.parameters.1).map(text).collect();
            let name = it.name.map_or_else(|| if it.is_loop { "for" } else { "-" }.to_owned(), text);
            format!("{name}({})", names.join(" "))
        };
        let found: Vec<String> = (0..tokens.len())
            .filter(|&at| tokens.is(at, "HERE"))
            .map(|at| scopes.around(at).map(|it| shown(scopes.function(it))).collect::<Vec<_>>().join(" < "))
            .collect();
        assert_eq!(found, wanted, "{source}");
    }

    #[test]
    fn by_indentation() {
        let source =
            "def a(x, y=1):\n    for k in x:\n        HERE\n    HERE\nHERE\nf(lambda q: HERE)\n[HERE for z in y]\n";
        check("a.py", source, &["for(k) < a(x , y = 1)", "a(x , y = 1)", "", "-(q)", "for(z)"]);
        check(
            "a.rb",
            "def a(x)\n  b.each do |k|\n    HERE\n  end\n  HERE\nend\nHERE\n",
            &["for(k) < a(x)", "a(x)", ""],
        );
    }

    #[test]
    fn by_braces() {
        let source = "async function a(x) { if (y) { HERE } }\nconst b = (k, v) => { HERE };\nc(k => HERE, HERE);\nclass D { e<T>(x: string): Promise<T> { for (const y of x) { HERE } } }";
        let wanted = ["a(x)", "b(k , v)", "-(k)", "", "for(const y) < e(x : string)"];
        check("a.ts", source, &wanted);
        check(
            "a.go",
            "func (r *T) A(k string) (int, error) { for _, v := range k { HERE } }\nvar f = func(x int) error { HERE }",
            &["for(_ , v) < A(k string)", "f(x int)"],
        );
        check(
            "A.java",
            "class A { void b(String k) throws IOException, X { c(x -> HERE); } A d = new A(HERE) { void e() { HERE } }; }",
            &["-(x) < b(String k)", "", "e()"],
        );
        check(
            "a.rs",
            "impl A { fn b<T: X>(&self, k: &str) -> Result<T, E> { for i in k { HERE } } }",
            &["for(i) < b(& self , k : & str)"],
        );
        check("a.kt", "class A { fun b(k: String): Int { c { x, y -> HERE } } }", &["-(x , y) < b(k : String)"]);
        check(
            "a.php",
            "<?php class A { public function b($k): ?int { foreach ($k as $x) { HERE; } } }",
            &["for($x) < b($k)"],
        );
    }

    #[test]
    fn half_typed() {
        check("a.ts", "function a(x) { HERE", &["a(x)"]);
        check("a.py", "def a(x\n    HERE", &[""]);
    }
}
