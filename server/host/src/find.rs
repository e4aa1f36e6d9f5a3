//! Finds the literals that are scripts: by the call that takes them, by a comment, or by what is in them.

use std::{collections::HashMap, sync::OnceLock};

use aho_corasick::AhoCorasick;

use crate::{
    calls::{Argument, Call, Receiver},
    expression::Expression,
    lexed::TokenKind,
    placeholders::Format,
    tokens::Tokens,
};

/// Reason for which a literal is a script.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Why {
    /// Another script pastes it in.
    Hole,
    /// Something in it is of Redis.
    Content,
    /// A call takes it.
    Call,
    /// A comment says so.
    Marker,
}

/// A literal that is a script.
#[derive(Debug)]
pub(crate) struct Found {
    pub expression: Expression,
    pub why: Why,
    /// True for a call that nothing else has the name of, and for a marker.
    pub is_certain: bool,
    /// Token of its name.
    pub name: Option<usize>,
    /// The name of the call that takes it, for a script without a name.
    pub call: Option<&'static str>,
}

/// Texts one of which every file with a script has.
const NEEDLES: &[&str] = &[
    "redis.call",
    "redis.pcall",
    "server.call",
    "server.pcall",
    "KEYS[",
    "ARGV[",
    "register_function",
    "eval",
    "Eval",
    "EVAL",
    "NewScript",
    "NewLuaScript",
    "register_script",
    "script_load",
    "scriptLoad",
    "ScriptLoad",
    "LuaScript",
    "RedisScript",
    "Script::new",
    "from_lua",
    "from_code",
    "numberOfKeys",
    "NUMBER_OF_KEYS",
    "redis-lua",
    "language=lua",
    "language=Lua",
    "functionLoad",
    "function_load",
    "FunctionLoad",
    "FUNCTION",
    "#!lua",
    "/* lua */",
    "ScriptCommand",
    "defineCommand",
];

/// True if a file may have scripts: what has none of some words has none.
pub(crate) fn may_have_scripts(source: &[u8]) -> bool {
    static FINDER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let finder = FINDER.get_or_init(|| AhoCorasick::new(NEEDLES).ok());
    finder.as_ref().is_none_or(|finder| finder.is_match(source))
}

/// Number of signs of Redis in a text: calls, elements of KEYS and ARGV, functions that are registered.
pub(crate) fn signs(text: &[u8]) -> usize {
    static FINDER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    const SIGNS: &[&str] = &[
        "redis.call",
        "redis.pcall",
        "server.call",
        "server.pcall",
        "KEYS[",
        "ARGV[",
        "redis.register_function",
        "server.register_function",
    ];
    let finder = FINDER.get_or_init(|| AhoCorasick::new(SIGNS).ok());
    let Some(finder) = finder else { return 0 };
    let is_word = |at: usize| text.get(at).is_some_and(|it| it.is_ascii_alphanumeric() || *it == b'_');
    let count = finder
        .find_iter(text)
        .filter(|found| {
            if found.start() > 0 && (is_word(found.start() - 1) || text[found.start() - 1] == b'.') {
                return false;
            }
            let rest = text[found.end()..].trim_ascii_start();
            match SIGNS[found.pattern().as_usize()] {
                "KEYS[" | "ARGV[" => {
                    rest.first().is_some_and(|it| it.is_ascii_alphanumeric() || b"#_$%{(@".contains(it))
                }
                "redis.call" | "redis.pcall" | "server.call" | "server.pcall" => {
                    let argument = rest.strip_prefix(b"(").map_or(rest, |it| it.trim_ascii_start());
                    let is_quote = |it: &u8| b"'\"[\\$%{@".contains(it);
                    argument.first().is_some_and(|it| {
                        is_quote(it) || (rest.starts_with(b"(") && (it.is_ascii_alphabetic() || *it == b'_'))
                    })
                }
                _ => true,
            }
        })
        .count();
    let is_library = text.starts_with(b"#!lua");
    count + usize::from(is_library)
}

/// The constants of a file: for each name the tokens at which a text is given to it, in order.
pub(crate) type Constants = HashMap<Vec<u8>, Vec<usize>>;

/// Tokens of expressions that are texts with a name.
pub(crate) fn constants(tokens: &Tokens<'_>) -> Constants {
    let mut found: Constants = HashMap::new();
    for at in 0..tokens.len() {
        if tokens.literal(at).is_none() {
            continue;
        }
        // What is only an argument of some call is no value of the name: `code = re.sub('…', '', code)`.
        let start = tokens.expression_around(at).map_or(at, |it| it.tokens.0);
        let is_value =
            start.checked_sub(1).is_some_and(|it| ["=", ":", ">", "return"].iter().any(|text| tokens.is(it, text)));
        let Some(name) = name_of(tokens, at).filter(|_| is_value) else { continue };
        found.entry(tokens.text(name).to_vec()).or_default().push(at);
    }
    found
}

/// The token of the name that the expression around a literal gets: of a variable, constant, property, or of the function that
/// returns it.
pub(crate) fn name_of(tokens: &Tokens<'_>, literal: usize) -> Option<usize> {
    let mut at = literal;
    for _ in 0..64 {
        let before = at.checked_sub(1)?;
        if tokens.is(before, "=") {
            return assigned(tokens, before);
        }
        if tokens.is(before, ":") && before > 0 && tokens.is_name(before - 1) && tokens.parent(before).is_some() {
            return Some(before - 1);
        }
        if tokens.is(before, "=") || (tokens.is(before, ">") && before > 0 && tokens.is(before - 1, "=")) {
            // `'name' => <<<LUA` has no name token; `name => …` of Ruby has.
            return before.checked_sub(2).filter(|&it| tokens.is_name(it));
        }
        if tokens.is(before, "return") {
            return returned(tokens, before);
        }
        // Within joined texts, brackets, and calls that the text is the first argument of.
        let is_within = tokens.is(before, "(") || tokens.is(before, "[") || tokens.is(before, "{");
        if is_within {
            at = if before > 0 && tokens.is_name(before - 1) { tokens.operand_start(before - 1) } else { before };
            continue;
        }
        if tokens.literal(before).is_some() {
            at = before;
            continue;
        }
        if tokens.is_name(before)
            && (tokens.range(before).end == tokens.range(at).start
                || tokens.is(before, "new")
                || tokens.is(before, "await"))
        {
            at = before;
            continue;
        }
        if tokens.is(before, "&") {
            at = before;
            continue;
        }
        let plus = (1..=2).filter_map(|len| at.checked_sub(len)).find(|&it| tokens.plus(it) == Some(at - it));
        let operand = plus.and_then(|plus| plus.checked_sub(1))?;
        at = tokens.operand_start(operand);
    }
    None
}

/// The name before a `=`.
fn assigned(tokens: &Tokens<'_>, equals: usize) -> Option<usize> {
    let mut end = equals.checked_sub(1)?;
    if tokens.is(end, ":") || tokens.is(end, "|") || tokens.is(end, "?") {
        end = end.checked_sub(1)?;
    }
    // With a type: `NAME: &'static str = `.
    let lowest = end.saturating_sub(12);
    for at in (lowest..=end).rev() {
        if tokens.is(at, ";")
            || tokens.is(at, ",") && tokens.parent(at) == tokens.parent(equals)
            || tokens.is(at, "(") && tokens.partner(at).is_none_or(|it| it > equals)
        {
            break;
        }
        let is_typed = tokens.is(at, ":")
            && at > 0
            && tokens.is_name(at - 1)
            && !tokens.is(at + 1, ":")
            && !tokens.is(at - 1, ":");
        if is_typed && tokens.parent(at) == tokens.parent(equals) && !tokens.is_parted(at, equals) {
            return Some(at - 1);
        }
    }
    if !tokens.is_name(end) {
        return None;
    }
    // `const name string =` of Go has its type behind.
    if tokens.language.name() == "Go" && tokens.is(end, "string") && end > 0 && tokens.is_name(end - 1) {
        return Some(end - 1);
    }
    Some(end)
}

/// The name of the function that returns a text.
fn returned(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    const WORDS: &[&str] = &["function", "def", "fun", "func", "fn", "String", "string"];
    let brace = tokens.parent(at).filter(|&open| tokens.is(open, "{"));
    let end = brace.unwrap_or(at);
    (end.saturating_sub(24)..end).rev().find(|&it| {
        it > 0 && tokens.is_name(it) && tokens.is(it + 1, "(") && WORDS.iter().any(|word| tokens.is(it - 1, word))
    })
}

/// Finds the scripts of a file, in the order of their places.
pub(crate) fn find(tokens: &Tokens<'_>, constants: &Constants) -> Vec<Found> {
    let mut finder = Finder { tokens, constants, found: Vec::new(), by_literal: HashMap::new() };
    finder.by_call();
    finder.by_marker();
    finder.by_content();
    finder.by_format();
    finder.found.sort_by_key(|it| it.expression.tokens.0);
    finder.found
}

struct Finder<'a> {
    tokens: &'a Tokens<'a>,
    constants: &'a Constants,
    found: Vec<Found>,
    /// For each literal of a script, the index of that in `found`.
    by_literal: HashMap<u32, usize>,
}

impl Finder<'_> {
    fn by_call(&mut self) {
        let calls = self.tokens.language.calls();
        for at in 0..self.tokens.len() {
            if !self.tokens.is_name(at) {
                continue;
            }
            let mut name = self.tokens.text(at);
            if self.tokens.language.syntax().has_commands {
                // A program may be called by its path.
                name = name.rsplit(|&it| it == b'/').next().unwrap_or(name);
            }
            for call in calls.iter().filter(|call| call.name.as_bytes() == name) {
                if self.is_received(at, call.receiver) {
                    self.call(at, call);
                }
            }
        }
    }

    /// True if the right thing stands before the name of a call.
    fn is_received(&self, name: usize, receiver: Receiver) -> bool {
        let tokens = self.tokens;
        let Some(before) = name.checked_sub(1) else { return receiver == Receiver::Optional };
        let is_member = tokens.is(before, ".")
            || (before > 0 && tokens.is(before, ">") && tokens.is(before - 1, "-"))
            || tokens.is(before, ":");
        let is_defined = ["def", "function", "func", "fun", "fn"].iter().any(|it| tokens.is(before, it));
        match receiver {
            Receiver::Any => is_member,
            Receiver::Optional => !is_defined,
            Receiver::Named(owner) => {
                let end = if tokens.is(before, ":") && before > 0 && tokens.is(before - 1, ":") {
                    before - 1
                } else {
                    before
                };
                is_member && end.checked_sub(1).is_some_and(|it| tokens.is(it, owner))
            }
        }
    }

    fn call(&mut self, name: usize, call: &'static Call) {
        let tokens = self.tokens;
        let mut open = name + 1;
        // `new RedisScript<>(`, `Script::<T>::new(`, `evalsha!(`.
        if tokens.is(open, "<") {
            open = (open..tokens.len().min(open + 24)).find(|&at| tokens.is(at, "(")).unwrap_or(open);
        }
        open += usize::from(tokens.is(open, "!"));
        let arguments = if tokens.language.syntax().has_commands {
            tokens.words(name + 1)
        } else if tokens.is(open, "(") {
            tokens.arguments(open)
        } else if tokens.language.name() == "Ruby"
            && (tokens.literal(open).is_some() || tokens.is_name(open))
            && !tokens.is_parted(name, open)
        {
            // A call without brackets.
            vec![(open, open + 1)]
        } else {
            return;
        };
        let found = self.argument(&arguments, call.script);
        for (start, end) in found {
            self.script(start, end, call, &arguments);
        }
    }

    /// The tokens of the script among the arguments of a call.
    fn argument(&self, arguments: &[(usize, usize)], place: Argument) -> Vec<(usize, usize)> {
        let tokens = self.tokens;
        match place {
            Argument::Nth(nth) => arguments.get(usize::from(nth)).copied().into_iter().collect(),
            Argument::FirstText => {
                let is_text = |&&(start, end): &&(usize, usize)| {
                    (start..end).any(|at| tokens.literal(at).is_some() && tokens.parent(at) == tokens.parent(start))
                };
                arguments.iter().find(is_text).copied().into_iter().collect()
            }
            Argument::After(words) => {
                let word = |at: usize| {
                    let &(start, end) = arguments.get(at)?;
                    if tokens.language.syntax().has_commands && tokens.is_name(start) {
                        return Some(tokens.text(start).to_ascii_uppercase());
                    }
                    let nth = tokens.literal(start).filter(|_| end == start + 1)?;
                    let body = tokens.lexed.literals.get(nth as usize)?.body.slice(tokens.source);
                    Some(body.to_ascii_uppercase())
                };
                let mut found = Vec::new();
                // Options of redis-cli stand before.
                for at in 0..arguments.len().min(16) {
                    let (Some(first), second) = (word(at), word(at + 1)) else { continue };
                    for wanted in words {
                        let len = match wanted.split_once(' ') {
                            None if first == wanted.as_bytes() => 1,
                            Some(_) if first == wanted.as_bytes() => 1,
                            Some((a, b)) if first == a.as_bytes() && second.as_deref() == Some(b.as_bytes()) => 2,
                            _ => continue,
                        };
                        // `FUNCTION LOAD REPLACE text`.
                        let skip = usize::from(word(at + len).as_deref() == Some(b"REPLACE"));
                        found.extend(arguments.get(at + len + skip).copied());
                    }
                }
                found.truncate(1);
                found
            }
            Argument::Property(name) => {
                let Some(&(first, _)) = arguments.first() else { return Vec::new() };
                let Some(&(_, last)) = arguments.last() else { return Vec::new() };
                let mut found = Vec::new();
                for at in first..last {
                    let is_named = tokens.is(at, name) && (tokens.is(at + 1, ":") || tokens.is(at + 1, "="));
                    if !is_named {
                        continue;
                    }
                    let start = at + 2;
                    let mut end = start;
                    while end < last && !tokens.is(end, ",") && !tokens.is(end, "}") && !tokens.is(end, ")") {
                        end = tokens.partner(end).filter(|&close| close > end).map_or(end + 1, |close| close + 1);
                    }
                    found.push((start, end));
                }
                found
            }
        }
    }

    /// Notes the script that the tokens `start..end` are: an expression, or a name of one.
    fn script(&mut self, start: usize, end: usize, call: &'static Call, arguments: &[(usize, usize)]) {
        let tokens = self.tokens;
        // A named argument: `script=`, `script:`.
        let start = if tokens.is_name(start)
            && start + 2 < end
            && (tokens.is(start + 1, "=") || tokens.is(start + 1, ":"))
            && !tokens.is(start + 2, ":")
        {
            start + 2
        } else {
            start
        };
        let has_literal = (start..end).any(|at| tokens.literal(at).is_some());
        if has_literal {
            let literal = (start..end).find(|&at| tokens.literal(at).is_some()).unwrap_or(start);
            let found = tokens.expression(start, 0).or_else(|| tokens.expression_around(literal));
            if let Some(expression) = found.filter(|it| it.tokens.1 <= end.max(it.tokens.1)) {
                self.add(expression, Why::Call, call, arguments);
            }
            return;
        }
        let Some(name) = tokens.path(start, end) else { return };
        for at in self.values(name) {
            if let Some(expression) = tokens.expression_around(at) {
                self.add(expression, Why::Call, call, arguments);
            }
        }
    }

    /// The literals that a name may be: the nearest one before it, else all of the file.
    fn values(&self, name: usize) -> Vec<usize> {
        let Some(all) = self.constants.get(self.tokens.text(name)) else { return Vec::new() };
        let before = all.iter().rev().find(|&&at| at < name).copied();
        before.map_or_else(|| all.clone(), |at| vec![at])
    }

    fn add(&mut self, expression: Expression, why: Why, call: &'static Call, arguments: &[(usize, usize)]) {
        let text: Vec<u8> =
            expression.parts.iter().flat_map(|part| part.text(self.tokens.source).iter().copied()).collect();
        let signs = signs(&text);
        let looks = signs > 0 || memchr::memmem::find(&text, b"return").is_some();
        if call.is_weak && !looks {
            return;
        }
        // A command's name, a path, a URL, a hash of a script is no script.
        let is_word = !text.is_empty() && text.iter().all(|it| it.is_ascii_alphanumeric() || b"_-./:".contains(it));
        if is_word && signs == 0 {
            return;
        }
        let is_certain = !call.is_weak || signs > 0 || arguments.len() > 1;
        self.put(expression, why, is_certain, Some(call.name));
    }

    fn put(&mut self, expression: Expression, why: Why, is_certain: bool, call: Option<&'static str>) {
        let known = expression.literals.iter().find_map(|nth| self.by_literal.get(nth).copied());
        if let Some(known) = known {
            let found = &mut self.found[known];
            found.is_certain |= is_certain;
            if found.why < why {
                found.why = why;
                found.call = call.or(found.call);
            }
            return;
        }
        let literal = (expression.tokens.0..expression.tokens.1).find(|&at| self.tokens.literal(at).is_some());
        let name = literal.and_then(|at| name_of(self.tokens, at));
        for &nth in &expression.literals {
            self.by_literal.insert(nth, self.found.len());
        }
        self.found.push(Found { expression, why, is_certain, name, call });
    }

    /// Literals with a comment before them that says that they are Lua, or on the line above.
    fn by_marker(&mut self) {
        let tokens = self.tokens;
        for comment in &tokens.lexed.comments {
            let text = comment.slice(tokens.source);
            if text.len() > 200 || !is_marker(text) {
                continue;
            }
            let next = tokens.lexed.tokens.partition_point(|token| token.range.start < comment.end);
            let line_end =
                |from: usize| memchr::memchr(b'\n', &tokens.source[from..]).map_or(tokens.source.len(), |at| from + at);
            let first_line = line_end(comment.end as usize);
            let ends = match tokens.source[comment.end as usize..first_line].trim_ascii() {
                b"" => line_end((first_line + 1).min(tokens.source.len())),
                _ => first_line,
            };
            let literal = (next..tokens.len())
                .take_while(|&at| (tokens.range(at).start as usize) < ends)
                .find(|&at| tokens.literal(at).is_some());
            if let Some(expression) = literal.and_then(|at| tokens.expression_around(at)) {
                self.put(expression, Why::Marker, true, None);
            }
        }
    }

    fn by_content(&mut self) {
        let tokens = self.tokens;
        for at in 0..tokens.len() {
            let Some(TokenKind::Literal(nth)) = tokens.get(at).map(|it| it.kind) else { continue };
            if self.by_literal.contains_key(&nth) {
                continue;
            }
            let Some(literal) = tokens.lexed.literals.get(nth as usize) else { continue };
            let body = literal.body.slice(tokens.source);
            if signs(body) == 0 && !is_marked(body) {
                continue;
            }
            if self.is_docstring(at) {
                continue;
            }
            let Some(expression) = tokens.expression_around(at) else { continue };
            let text: Vec<u8> =
                expression.parts.iter().flat_map(|part| part.text(tokens.source).iter().copied()).collect();
            let signs = signs(&text);
            let is_marked = is_marked(&text);
            if signs == 0 && !is_marked {
                continue;
            }
            // One sign on one line may be a message about a script.
            let is_certain = is_marked || (signs >= 2 && text.contains(&b'\n') && parts_are_code(&text));
            let why = if is_marked { Why::Marker } else { Why::Content };
            self.put(expression, why, is_certain, None);
        }
    }

    /// Makes holes of placeholders where a format is applied to a script's name.
    fn by_format(&mut self) {
        let tokens = self.tokens;
        for found in &mut self.found {
            if found.expression.format.is_some() {
                continue;
            }
            let Some(name) = found.name else { continue };
            let text = tokens.text(name);
            let format = (0..tokens.len()).find_map(|at| {
                if at == name || !tokens.is_name(at) || tokens.text(at) != text {
                    return None;
                }
                let method = |name: &str| tokens.is(at + 1, ".") && tokens.is(at + 2, name) && tokens.is(at + 3, "(");
                if tokens.is(at + 1, "%") && !tokens.is(at + 2, "=") && tokens.syntax().plus.contains(&"+") {
                    return Some(Format::Percent);
                }
                if method("format") {
                    return Some(Format::Braces);
                }
                if method("formatted") {
                    return Some(Format::Percent);
                }
                let open =
                    tokens.parent(at).filter(|&open| tokens.is(open, "(") && open + 1 == tokens.operand_start(at))?;
                let callee = open.checked_sub(1)?;
                if tokens.is(callee, "Prepare") {
                    return Some(Format::At);
                }
                let is_format = tokens.is(callee, "Sprintf")
                    || tokens.is(callee, "sprintf")
                    || (tokens.is(callee, "format") && tokens.is(callee.saturating_sub(2), "String"));
                is_format.then_some(Format::Percent)
            });
            let direct = found.call == Some("Prepare");
            let format = if direct { Some(Format::At) } else { format };
            if let Some(format) = format {
                found.expression.format = Some(format);
                if crate::placeholders::fill(&mut found.expression.parts, tokens.source, format) {
                    found.expression.is_exact = false;
                }
            }
        }
    }

    /// True for a literal that is a statement of its own, which Python takes for documentation.
    fn is_docstring(&self, at: usize) -> bool {
        let tokens = self.tokens;
        if !tokens.syntax().has_docstrings || tokens.parent(at).is_some() {
            return false;
        }
        let begins = match at.checked_sub(1) {
            Some(before) => tokens.is_parted(before, at),
            None => true,
        };
        let ends = tokens.get(at + 1).is_none() || tokens.is_parted(at, at + 1);
        begins && ends
    }
}

/// True if the first line of a text is a comment that says that it is a script.
fn is_marked(text: &[u8]) -> bool {
    let line = text.trim_ascii_start();
    let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
    let Some(comment) = line.strip_prefix(b"--") else { return false };
    matches!(comment.trim_ascii(), b"lua" | b"redis-lua" | b"redis lua" | b"language=lua" | b"language=redis-lua")
}

/// True if most of a text reads as code: no run of words as in prose.
fn parts_are_code(text: &[u8]) -> bool {
    text.split(|&it| it == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(40).any(|line| {
        let line = line.trim_ascii();
        [&b"local "[..], b"redis.", b"return", b"if ", b"for ", b"server.", b"#!lua", b"end", b"function ", b"--"]
            .iter()
            .any(|it| line.starts_with(it))
    })
}

/// True if a comment says that what follows is Lua.
fn is_marker(comment: &[u8]) -> bool {
    let text = comment.to_ascii_lowercase();
    let text = text.as_slice().trim_ascii();
    let text = text.strip_suffix(b"*/").unwrap_or(text).trim_ascii();
    let inner: &[u8] = {
        let start = text.iter().position(|it| !b"/*#-! \t".contains(it)).unwrap_or(text.len());
        &text[start..]
    };
    let inner = inner.trim_ascii();
    matches!(
        inner,
        b"lua"
            | b"redis-lua"
            | b"redis lua"
            | b"language=lua"
            | b"language=redis-lua"
            | b"language: lua"
            | b"@lang lua"
    ) || inner.starts_with(b"redis-lua ")
        || inner.starts_with(b"language=lua ")
        || inner.starts_with(b"language=redis-lua ")
}
