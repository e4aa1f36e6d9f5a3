//! Names by scope: the value that a name has at a place of the file.

use std::collections::HashMap;

use crate::{
    constants::{self, Constants},
    function::Function,
    languages::Functions,
    scopes::{self, Scopes},
    tokens::Tokens,
};

/// Classes before a use that are looked at for the one around it.
const MAX_CLASSES: usize = 64;

/// Steps from a name to another one that it is given.
const MAX_STEPS: u32 = 6;

/// A place where a name is given a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Declaration {
    /// Token of the name.
    pub name: usize,
    /// First token of the value.
    pub value: usize,
}

/// The meaning of a name at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Meaning {
    /// The value that it is given there.
    Declared(Declaration),
    /// A parameter of the function, or the variable of the loop, with this index.
    Parameter(usize),
    /// One of several values.
    Several,
    /// Nothing in the file tells.
    Unknown,
}

/// A value that a name has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    /// The value that begins at a token.
    At(usize),
    /// A parameter of a function.
    Parameter,
    /// One of several.
    Several,
    /// Nothing in the file tells.
    Unknown,
}

/// The names of a file that are given values.
pub(crate) struct Names<'a> {
    pub(crate) tokens: &'a Tokens<'a>,
    pub(crate) scopes: Scopes,
    /// All of a name, in order.
    declarations: HashMap<&'a [u8], Vec<Declaration>>,
    /// Those of a name in one function, by its index, or in none.
    by_function: HashMap<&'a [u8], HashMap<Option<usize>, Vec<Declaration>>>,
    /// Classes that are known by their indentation: their first and last tokens.
    classes: Vec<(usize, usize)>,
}

impl<'a> Names<'a> {
    /// Finds all of them.
    pub(crate) fn new(tokens: &'a Tokens<'a>, constants: &Constants) -> Self {
        let mut declarations: HashMap<&[u8], Vec<Declaration>> = HashMap::new();
        for at in 1..tokens.len() {
            // Within the brackets of a call it names an argument.
            let is_statement = tokens.parent(at).is_none_or(|open| tokens.is(open, "{"));
            if is_statement
                && is_assignment(tokens, at)
                && let Some(name) = constants::assigned(tokens, at)
            {
                declarations.entry(bare(tokens.text(name))).or_default().push(Declaration { name, value: at + 1 });
            }
        }
        // Properties, and functions that return a text.
        for literals in constants.values() {
            for &literal in literals {
                let Some(name) = constants::name_of(tokens, literal) else { continue };
                let value = tokens.expression_around(literal).map_or(literal, |it| it.tokens.0);
                let all = declarations.entry(bare(tokens.text(name))).or_default();
                if !all.iter().any(|it| it.name == name) {
                    all.push(Declaration { name, value });
                }
            }
        }
        declarations.values_mut().for_each(|all| all.sort_by_key(|it| it.name));
        let scopes = Scopes::new(tokens);
        let mut by_function: HashMap<&[u8], HashMap<Option<usize>, Vec<Declaration>>> = HashMap::new();
        for (name, all) in &declarations {
            for it in all {
                let of_name = by_function.entry(name).or_default();
                of_name.entry(scopes.functions_around(it.name).next()).or_default().push(*it);
            }
        }
        let classes = match tokens.syntax().functions {
            Functions::Indented(_) => {
                let heads = (0..tokens.len()).filter(|&it| tokens.is(it, "class") && tokens.begins_line(it));
                heads.map(|it| (it, scopes::indented_end(tokens, it, it + 1))).collect()
            }
            Functions::Braces(_) => Vec::new(),
        };
        Self { tokens, scopes, declarations, by_function, classes }
    }

    /// True if a token stands in the body of a loop of its function.
    pub(crate) fn is_in_loop(&self, at: usize) -> bool {
        self.scopes.around(at).next().is_some_and(|it| self.scopes.function(it).is_loop)
    }

    /// The value of the name at a token, as [`Self::meaning`] gives it.
    pub(crate) fn value(&self, name: usize) -> Value {
        match self.meaning(name) {
            Meaning::Declared(it) => Value::At(it.value),
            Meaning::Parameter(_) => Value::Parameter,
            Meaning::Several => Value::Several,
            Meaning::Unknown => Value::Unknown,
        }
    }

    /// The meaning of the name at a token: in the functions around it, then in the file. A member has the value of the only
    /// declaration of its name.
    pub(crate) fn meaning(&self, name: usize) -> Meaning {
        let text = bare(self.tokens.text(name));
        if is_member(self.tokens, name) {
            let all = self.declarations.get(text).map_or(&[][..], Vec::as_slice);
            let mut others = all.iter().filter(|it| it.name != name);
            return match (others.next(), others.next()) {
                (None, _) => Meaning::Unknown,
                (Some(only), None) => Meaning::Declared(*only),
                _ => self.same_class(name, all),
            };
        }
        for at in self.scopes.around(name) {
            let function = self.scopes.function(at);
            let is_parameter = self.declares(function, text);
            // The names that a loop gives values to are its function's.
            let declared = if function.is_loop { &[] } else { self.declared(text, Some(at)) };
            if let Some(found) = self.nearest(name, declared, is_parameter) {
                return found;
            }
            if is_parameter {
                return Meaning::Parameter(at);
            }
        }
        let outer = self.declared(text, None);
        match (self.nearest(name, outer, false), outer) {
            (Some(found), _) => found,
            // A constant below the function that uses it.
            (None, [only]) if only.name != name => Meaning::Declared(*only),
            (None, []) => Meaning::Unknown,
            (None, _) => Meaning::Several,
        }
    }

    /// The declarations of a name in a function, or in none, in order.
    fn declared(&self, text: &[u8], function: Option<usize>) -> &[Declaration] {
        self.by_function.get(text).and_then(|all| all.get(&function)).map_or(&[], Vec::as_slice)
    }

    /// The first token of the value that a name has last been given in a function before a token.
    pub(crate) fn given_before(&self, at: usize, name: &[u8], function: usize) -> Option<usize> {
        let all = self.declared(bare(name), Some(function));
        Some(all[..all.partition_point(|it| it.name < at)].last()?.value)
    }

    /// True for a name that is given a value there.
    pub(crate) fn is_declared(&self, name: usize) -> bool {
        let all = self.declarations.get(bare(self.tokens.text(name)));
        all.is_some_and(|all| all.binary_search_by_key(&name, |it| it.name).is_ok())
    }

    /// The tokens of the function around a token, or of the file.
    pub(crate) fn region(&self, at: usize) -> (usize, usize) {
        let function = self.scopes.functions_around(at).next();
        function.map_or((0, self.tokens.len()), |it| self.scopes.function(it).body)
    }

    /// The functions and loops of the file.
    pub(crate) fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Follows names to a value that is none.
    pub(crate) fn follow(&self, name: usize) -> Value {
        let mut at = name;
        for _ in 0..MAX_STEPS {
            let value = match self.value(at) {
                Value::At(value) => value,
                other => return other,
            };
            let end = self.tokens.expression_end(value);
            match self.tokens.path(value, end) {
                Some(next) if next != at => at = next,
                _ => return Value::At(value),
            }
        }
        Value::Unknown
    }

    /// The last declaration before a use, or before the value that the use is a part of; several if it stands on a branch, so that the
    /// one before it, or a parameter, may count.
    fn nearest(&self, name: usize, all: &[Declaration], is_parameter: bool) -> Option<Meaning> {
        let mut before = &all[..all.partition_point(|it| it.name < name)];
        if let [rest @ .., last] = before
            && last.value <= name
            && name < self.tokens.expression_end(last.value)
        {
            // What a loop adds to is not what it was.
            if rest.last().is_some_and(|it| !self.is_on_branch_of(it.name, last.name)) {
                return Some(Meaning::Several);
            }
            before = rest;
        }
        // What ends with a return does not come here.
        while let [rest @ .., last] = before
            && !rest.is_empty()
            && !self.is_in_block_of(name, last.name)
            && self.leaves(last.name)
        {
            before = rest;
        }
        let last = before.last()?;
        if before.len() == 1 && !is_parameter || self.is_in_block_of(name, last.name) {
            return Some(Meaning::Declared(*last));
        }
        Some(Meaning::Several)
    }

    /// True if a function has a parameter with a name.
    pub(crate) fn declares(&self, function: &Function, text: &[u8]) -> bool {
        let (start, end) = function.parameters;
        let is_default = |at: usize| at > start && self.tokens.is(at - 1, "=");
        // Of `for (let i = 0; i < n; i++)` the names that are given values.
        let is_counted = function.is_loop && function.over.is_none();
        let is_given = |at: usize| !is_counted || self.tokens.is(at + 1, "=") || self.tokens.is(at + 1, ":");
        let is_named = |at: &usize| self.tokens.is_name(*at) && bare(self.tokens.text(*at)) == text;
        (start..end).filter(is_named).any(|at| !is_default(at) && is_given(at))
    }

    /// Of several declarations of a member's name the only one in the braces, or the class, that the use is in.
    fn same_class(&self, name: usize, all: &[Declaration]) -> Meaning {
        let tokens = self.tokens;
        if let Functions::Indented(_) = tokens.syntax().functions {
            let end = self.classes.partition_point(|it| it.0 < name);
            let class = self.classes[..end].iter().rev().take(MAX_CLASSES).find(|it| name < it.1);
            let Some(&(start, end)) = class else { return Meaning::Several };
            let inner = within(all, name, start, end);
            return if let [only] = inner[..] { Meaning::Declared(*only) } else { Meaning::Several };
        }
        let mut open = tokens.parent(name);
        while let Some(it) = open {
            let close = tokens.partner(it).unwrap_or(tokens.len());
            let inner = within(all, name, it, close);
            match inner[..] {
                [] => open = tokens.parent(it),
                [only] => return Meaning::Declared(*only),
                _ => return Meaning::Several,
            }
        }
        Meaning::Several
    }
}

/// Declarations between two tokens without the one at a name; three at most.
fn within(all: &[Declaration], name: usize, start: usize, end: usize) -> Vec<&Declaration> {
    let from = all.partition_point(|it| it.name <= start);
    all[from..].iter().take_while(|it| it.name < end).filter(|it| it.name != name).take(3).collect()
}

/// A name without the sign that some languages put before it.
fn bare(name: &[u8]) -> &[u8] {
    name.strip_prefix(b"$").unwrap_or(name)
}

/// True for a name behind a point, an arrow or two colons.
pub(crate) fn is_member(tokens: &Tokens<'_>, at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return false };
    // `...keys` spreads a list, and a point joins texts in PHP.
    let is_point = tokens.is(before, ".") && tokens.language.name() != "PHP";
    is_point && !(before > 0 && tokens.is(before - 1, "."))
        || (before > 0 && tokens.is(before, ">") && tokens.is(before - 1, "-"))
        || (before > 0 && tokens.is(before, ":") && tokens.is(before - 1, ":"))
}

/// True for `=` that gives a value: no comparison, arrow or operator.
fn is_assignment(tokens: &Tokens<'_>, at: usize) -> bool {
    if !tokens.is(at, "=") || tokens.is(at + 1, "=") || tokens.is(at + 1, ">") {
        return false;
    }
    let touches = tokens.range(at - 1).end == tokens.range(at).start;
    !(touches
        && ["=", "!", "<", ">", "+", "-", "*", "/", "%", "|", "&", "^", ".", "~"]
            .iter()
            .any(|it| tokens.is(at - 1, it)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Language;

    /// The text of the line on which the value of each `S` in `use(S)` begins.
    #[track_caller]
    fn check(file: &str, source: &str, wanted: &[&str]) {
        let language = Language::of_path(Path::new(file)).expect("a language");
        let lexed = language.lex(source.as_bytes());
        let tokens = Tokens::new(source.as_bytes(), &lexed, language);
        let constants = constants::constants(&tokens);
        let names = Names::new(&tokens, &constants);
        let uses = (0..tokens.len()).filter(|&at| tokens.is(at, "use") && tokens.is(at + 1, "("));
        let found: Vec<String> = uses
            .map(|at| {
                let last = (at + 2..tokens.len()).find(|&it| tokens.is(it + 1, ")")).unwrap_or(at);
                match names.follow(last) {
                    Value::At(value) => String::from_utf8_lossy(tokens.text(value)).into_owned(),
                    other => format!("{other:?}"),
                }
            })
            .collect();
        assert_eq!(found, wanted, "{source}");
    }

    #[test]
    fn functions_have_their_own() {
        let source = "S = 'a'\ndef f():\n    use(S)\n    S = 'b'\n    use(S)\ndef g(S):\n    use(S)\ndef h():\n    use(S)\n    use(T)\n    use(U)\nT = 'c'\nU = S\n";
        check("a.py", source, &["'a'", "'b'", "Parameter", "'a'", "'c'", "'a'"]);
        let source = "const S = `a`;\nfunction f() { const S = `b`; use(S); { use(S) } }\nconst g = (S) => use(S);\nuse(S);\nclass C { s = `c`; run() { use(this.s) } }";
        check("a.ts", source, &["`b`", "`b`", "Parameter", "`a`", "`c`"]);
        check(
            "a.go",
            "const S = `a`\nfunc f() { s := `b`; use(s); use(S) }\nvar z = `c`\nfunc g(z string) { use(z) }",
            &["`b`", "`a`", "Parameter"],
        );
    }

    #[test]
    fn branches_leave_it_open() {
        let source = "def f(x):\n    s = 'a'\n    if x:\n        s = 'b'\n        use(s)\n    use(s)\n";
        check("a.py", source, &["'b'", "Several"]);
        check("a.js", "function f(x) { let s = 'a'; if (x) { s = 'b'; use(s); } use(s); }", &["'b'", "Several"]);
        check("a.js", "function f(x) { let s; if (x) { s = 'b'; } use(s); }", &["'b'"]);
    }

    #[test]
    fn members_are_those_of_the_class() {
        let source = "class A { s = 'a'; f() { use(this.s); } }\nclass B { s = 'b'; f() { use(this.s); } }\nuse(o.s);";
        check("a.js", source, &["'a'", "'b'", "Several"]);
        check("a.py", "class A:\n    S = 'a'\n    def f(self):\n        use(self.S)\n", &["'a'"]);
    }
}
