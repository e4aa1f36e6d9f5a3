//! Calls that run scripts: what they run, with which keys and arguments.

use std::{cell::OnceCell, collections::HashMap};

use text::TextRange;

use crate::{
    bindings::{Binding, List},
    calls::{self, Matched, arguments_of, behind_word, named, text_index},
    names::{Names, Value, is_member},
    tokens::Tokens,
    words::{Given, Spread, WordReader, Words},
};

/// Steps from a call to its script.
const MAX_STEPS: u32 = 6;

/// A call that runs a script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScriptCall {
    /// The called name in the file.
    pub name: TextRange,
    /// From the name to the end of the call.
    pub range: TextRange,
    /// The part of the call that says what is run: an argument, or the name of a script object.
    pub what: TextRange,
    /// What is run.
    pub runs: Runs,
    /// True if the server refuses writes.
    pub is_read_only: bool,
    /// True if the call sends the text of the script, and stands in a loop.
    pub sends_text_in_loop: bool,
    /// True if the call names the script by its SHA1, and nothing in the file loads a script or looks out for `NOSCRIPT`.
    pub may_be_unloaded: bool,
    /// The number of keys, where the call counts them.
    pub count: Option<Count>,
    /// All words behind the count, where the call counts keys; else keys and arguments together.
    pub total: Given,
    /// The keys.
    pub keys: Words,
    /// The arguments.
    pub args: Words,
}

/// What a call runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Runs {
    /// A script of the file, by its id.
    Embedded(String),
    /// A file, by the path that stands in the host file.
    File {
        /// Place of the path.
        range: TextRange,
        /// The path.
        path: String,
    },
    /// A function, by its name.
    Function {
        /// Place of the name.
        range: TextRange,
        /// The name.
        name: String,
    },
    /// A script, by its SHA1 in hexadecimal digits.
    Sha {
        /// Place of the digits.
        range: TextRange,
        /// The digits.
        digits: String,
    },
    /// A name that nothing in the file gives a value.
    Name {
        /// Place of the name.
        range: TextRange,
    },
    /// Nothing that can be told.
    Unknown,
}

/// The number of keys in a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Count {
    /// Its place.
    pub range: TextRange,
    /// The number, if it stands there.
    pub number: Option<i64>,
    /// True if a string stands in its place that is no number.
    pub is_text: bool,
    /// True if the place is that of the number itself, and not of a name.
    pub stands_there: bool,
}

/// The calls of a file that run scripts, in order, and true if it loads a library of functions that is not in it. `by_literal` has the
/// id of the script for each of its literals.
pub(crate) fn script_calls(
    tokens: &Tokens<'_>,
    names: &Names<'_>,
    matches: &[Matched<'_>],
    by_literal: HashMap<u32, &str>,
) -> (Vec<ScriptCall>, bool) {
    let reader = WordReader { tokens, names, changed: OnceCell::new() };
    let sites = Sites { tokens, names, matches, by_literal, reader };
    let mut found = sites.calls();
    found.extend(sites.runs());
    found.extend(sites.defined());
    found.extend(sites.chains());
    found.sort_by_key(|it| it.range.start);
    found.dedup_by_key(|it| it.range);
    (found, sites.loads_unknown())
}

struct Sites<'a> {
    tokens: &'a Tokens<'a>,
    names: &'a Names<'a>,
    matches: &'a [Matched<'a>],
    /// For each literal of a script the id of that.
    by_literal: HashMap<u32, &'a str>,
    reader: WordReader<'a>,
}

/// Keys and arguments of a call.
struct Shape {
    count: Option<Count>,
    total: Given,
    keys: Words,
    args: Words,
}

impl Sites<'_> {
    /// Calls by their bindings.
    fn calls(&self) -> Vec<ScriptCall> {
        let mut found: Vec<ScriptCall> = Vec::new();
        let mut last = None;
        for call in self.matches {
            // Of several bindings with one name the first counts whose arguments are so.
            if last == Some(call.name) || !self.is_closed(call.end) {
                continue;
            }
            if let Some(it) = self.call(call) {
                last = Some(call.name);
                found.push(it);
            }
        }
        found
    }

    fn call(&self, call: &Matched<'_>) -> Option<ScriptCall> {
        let row = call.row;
        if row.command {
            return self.command(call);
        }
        let arguments = self.without_callback(&call.arguments);
        let place = row.script.as_ref().or(row.sha.as_ref()).or(row.function.as_ref())?;
        let (start, end) = calls::argument(self.tokens, arguments, place)?;
        let runs = match () {
            () if row.script.is_some() => self.target(start, end, 0),
            () if row.sha.is_some() => self.sha(start, end),
            () => self.function(start, end),
        };
        let what = self.tokens.span(start, end);
        let shape = self.shape(row, arguments, call.end)?;
        // A method with a common name is a call of ours if its script is one.
        if row.weak && !matches!(runs, Runs::Embedded(_) | Runs::File { .. } | Runs::Name { .. }) {
            return None;
        }
        let sends_text = row.script.is_some() && !row.handle && matches!(runs, Runs::Embedded(_));
        let site = self.site(call.name, call.end, (what, runs), row.read_only, shape);
        Some(ScriptCall {
            sends_text_in_loop: sends_text && self.names.is_in_loop(call.name),
            may_be_unloaded: row.sha.is_some() && !self.loads_scripts(),
            ..site
        })
    }

    fn site(
        &self,
        name: usize,
        end: usize,
        (what, runs): (TextRange, Runs),
        is_read_only: bool,
        shape: Shape,
    ) -> ScriptCall {
        let Shape { count, total, keys, args } = shape;
        let range = self.tokens.span(name, end);
        let (sends_text_in_loop, may_be_unloaded) = (false, false);
        ScriptCall {
            name: self.tokens.range(name),
            range,
            what,
            runs,
            sends_text_in_loop,
            may_be_unloaded,
            is_read_only,
            count,
            total,
            keys,
            args,
        }
    }

    /// Keys and arguments by a binding; none if the call has others, or takes a script without running it.
    fn shape(&self, row: &Binding, arguments: &[(usize, usize)], end: usize) -> Option<Shape> {
        let tokens = self.tokens;
        let nth = |nth: u8| arguments.get(usize::from(nth).checked_sub(1)?).copied();
        let at_end = tokens.range(end.saturating_sub(1)).start;
        let is_list = |at: usize| ["[", "{"].iter().any(|it| tokens.is(at, it)) || self.reader.is_list(at);
        if let Some(place) = row.count {
            if let Some(words) = row.words {
                // phpredis: a list of words, and the number of keys among them.
                let given = nth(words);
                if given.is_some_and(|(start, _)| !is_list(start)) {
                    return None;
                }
                let all = given.map_or_else(|| Words::none(at_end), |(start, end)| self.reader.list(start, end));
                let count = nth(place).map(|(start, end)| self.count(start, end));
                let none = Count { range: TextRange::at(at_end), number: Some(0), is_text: false, stands_there: false };
                return Some(split(all, count.unwrap_or(none)));
            }
            let (start, stop) = nth(place)?;
            if is_list(start) {
                return None;
            }
            let rest = &arguments[usize::from(place)..];
            let has_names = rest.iter().any(|&(start, _)| tokens.is_name(start) && tokens.is(start + 1, "="));
            if has_names && !tokens.syntax().has_commands {
                return None;
            }
            return Some(split(self.reader.rest(rest, self.spread(row), at_end), self.count(start, stop)));
        }
        let script = row.script.as_ref().and_then(|_| text_index(tokens, arguments)).map_or(0, |at| at + 1);
        let list = |place: &List, at: Option<u8>| -> Option<Words> {
            match place {
                List::Nth(it) => Some(match nth(*it) {
                    Some((start, end)) => self.reader.list(start, end),
                    None => Words::none(at_end),
                }),
                List::After { after } => {
                    let (start, end) = *arguments.get(script + usize::from(*after) - 1)?;
                    Some(self.reader.list(start, end))
                }
                List::Rest { rest } => {
                    let from = usize::from(*rest).saturating_sub(1).min(arguments.len());
                    Some(self.reader.rest(&arguments[from..], self.spread(row), at_end))
                }
                List::RestAfter { rest_after } => {
                    let from = (script + usize::from(*rest_after) - 1).min(arguments.len());
                    Some(self.reader.rest(&arguments[from..], self.spread(row), at_end))
                }
                List::Name(name) => {
                    let from = usize::from(row.object.map_or(1, |it| it.saturating_sub(1)));
                    let within = arguments.get(from.min(arguments.len())..).unwrap_or_default();
                    let within = if row.object.is_some() || row.script.is_some() || row.sha.is_some() {
                        within
                    } else {
                        arguments
                    };
                    if let Some((start, end)) = named(tokens, within, name) {
                        return Some(self.reader.list(start, end));
                    }
                    let by_place = at.and_then(nth).filter(|&(start, _)| {
                        !(tokens.is_name(start) && (tokens.is(start + 1, "=") || tokens.is(start + 1, ":")))
                    });
                    if let Some((start, end)) = by_place {
                        return Some(self.reader.list(start, end));
                    }
                    // An object by name, or with others spread into it.
                    let is_open = within.iter().any(|&(start, end)| {
                        let is_object = tokens.is(start, "{");
                        let spreads =
                            (start..end).any(|at| tokens.is(at, "*") || tokens.is(at, ".") && tokens.is(at + 1, "."));
                        (row.object.is_some() && !is_object) || spreads
                    });
                    // `{ keys }`
                    let is_short = within.iter().any(|&(start, end)| (start..end).any(|at| tokens.is(at, name)));
                    Some(if is_open || is_short { Words::unknown(TextRange::at(at_end)) } else { Words::none(at_end) })
                }
            }
        };
        if let Some(object) = row.object
            && let Some((start, _)) = nth(object)
            && !tokens.is(start, "{")
            && !tokens.is_name(start)
        {
            return None;
        }
        if let Some(List::Nth(it)) = &row.keys
            && let Some((start, end)) = nth(*it)
            && !is_list(start)
            && tokens.path(start, end).is_none()
            && !self.reader.is_nothing(start)
        {
            return None;
        }
        let keys = list(row.keys.as_ref()?, row.keys_at)?;
        let args = list(row.args.as_ref()?, row.args_at)?;
        let total = match (keys.given, args.given) {
            (Given::Exactly(a), Given::Exactly(b)) => Given::Exactly(a + b),
            _ => Given::Unknown,
        };
        Some(Shape { count: None, total, keys, args })
    }

    fn count(&self, start: usize, end: usize) -> Count {
        let text = self.reader.text(start, end);
        let number =
            text.as_deref().and_then(|it| std::str::from_utf8(it).ok()).and_then(|it| it.trim_ascii_end().parse().ok());
        let is_negative = end == start + 2 && self.tokens.is(start, "-") && self.tokens.is_number(start + 1);
        let negative = || {
            is_negative
                .then(|| std::str::from_utf8(self.tokens.text(start + 1)).ok()?.parse::<i64>().ok().map(|it| -it))?
        };
        let number = number.or_else(negative).or_else(|| self.constant_number(start, end));
        let is_text = text.is_some() && number.is_none();
        let stands_there = end == start + 1 && self.tokens.is_number(start);
        Count { range: self.tokens.span(start, end), number, is_text, stands_there }
    }

    /// The number that a name has.
    fn constant_number(&self, start: usize, end: usize) -> Option<i64> {
        let name = self.tokens.path(start, end)?;
        let Value::At(value) = self.names.follow(name) else { return None };
        let is_alone = self.tokens.expression_end(value) == value + 1;
        (is_alone && self.tokens.is_number(value))
            .then(|| std::str::from_utf8(self.tokens.text(value)).ok()?.parse().ok())?
    }

    /// The words of a command: its name, script, count, keys, arguments; or the options of redis-cli.
    fn command(&self, call: &Matched<'_>) -> Option<ScriptCall> {
        const COMMANDS: [&str; 6] = ["EVAL", "EVAL_RO", "EVALSHA", "EVALSHA_RO", "FCALL", "FCALL_RO"];
        let (tokens, arguments) = (self.tokens, &call.arguments);
        let at_end = tokens.range(call.end.saturating_sub(1)).end;
        if tokens.syntax().has_commands
            && let Some(option) =
                arguments.iter().position(|&(start, end)| tokens.span(start, end).slice(tokens.source) == b"--eval")
        {
            let &(start, end) = arguments.get(option + 1)?;
            let path = String::from_utf8(tokens.span(start, end).slice(tokens.source).to_vec()).ok()?;
            let path = path.trim_matches(['"', '\'']).to_owned();
            let words = &arguments[option + 2..];
            let comma = words.iter().position(|&(start, end)| tokens.span(start, end).slice(tokens.source) == b",");
            let (keys, args) = comma.map_or((words, &[][..]), |at| (&words[..at], &words[at + 1..]));
            let (keys, args) = (self.shell_words(keys, at_end), self.shell_words(args, at_end));
            let runs = Runs::File { range: tokens.span(start, end), path };
            let shape = Shape { count: None, total: Given::Unknown, keys, args };
            return Some(self.site(call.name, call.end, (tokens.span(start, end), runs), false, shape));
        }
        let (command, at) = behind_word(tokens, arguments, COMMANDS.into_iter())?;
        let &(start, end) = arguments.get(at)?;
        let runs = match command {
            "EVAL" | "EVAL_RO" => self.target(start, end, 0),
            "EVALSHA" | "EVALSHA_RO" => self.sha(start, end),
            _ => self.function(start, end),
        };
        let what = tokens.span(start, end);
        let &(start, end) = arguments.get(at + 1)?;
        let rest = &arguments[at + 2..];
        let words = match tokens.syntax().has_commands {
            true => self.shell_words(rest, at_end),
            false => self.reader.rest(rest, if call.row.flattens { Spread::All } else { Spread::None }, at_end),
        };
        let shape = split(words, self.count(start, end));
        Some(self.site(call.name, call.end, (what, runs), command.ends_with("_RO"), shape))
    }

    /// Words of a command of the shell: one without quotes whose value is not known may be several or none.
    fn shell_words(&self, words: &[(usize, usize)], at_end: u32) -> Words {
        let all = self.reader.rest(words, Spread::None, at_end);
        let source = self.tokens.source;
        let is_open = words.iter().any(|&(start, end)| {
            let text = self.tokens.span(start, end).slice(source);
            text.contains(&b'$') && !text.starts_with(b"\"")
                || text.contains(&b'*')
                || text.starts_with(b"\"$@")
                || text.contains(&b'`')
        });
        let given = if is_open { Given::Unknown } else { all.given };
        Words { given, ..all }
    }

    /// True if the file loads scripts, or does something about the server's answer that it does not know one.
    fn loads_scripts(&self) -> bool {
        let has = |text: &str| memchr::memmem::find(self.tokens.source, text.as_bytes()).is_some();
        let loads = |call: &Matched<'_>| call.row.handle || call.called.to_ascii_lowercase().contains("load");
        self.matches.iter().any(loads)
            || ["NOSCRIPT", "NoScript", "noscript", "EVAL", ".eval("].iter().any(|it| has(it))
    }

    /// True if a library of functions is loaded from elsewhere.
    fn loads_unknown(&self) -> bool {
        self.matches.iter().filter(|it| it.called.to_ascii_lowercase().contains("function")).any(|call| {
            let Some(place) = call.row.script.as_ref() else { return false };
            let text = calls::argument(self.tokens, &call.arguments, place);
            text.is_some_and(|(start, end)| {
                !matches!(self.target(start, end, 0), Runs::Embedded(_) | Runs::File { .. })
            })
        })
    }

    /// Calls that run a script object.
    fn runs(&self) -> Vec<ScriptCall> {
        let tokens = self.tokens;
        let rows = &tokens.language.bindings().run;
        let mut found = Vec::new();
        for at in 0..tokens.len() {
            if !tokens.is_name(at) || !(tokens.is(at + 1, "(")) {
                continue;
            }
            for row in rows {
                let is_called = row.names.iter().any(|it| it.is_empty());
                let receiver = match is_called {
                    true => Some(at),
                    false if row.named(tokens.text(at)).is_none() || !is_member(tokens, at) => continue,
                    false if row.handle_at.is_some() => None,
                    false => at.checked_sub(2),
                };
                let Some((arguments, end)) = arguments_of(tokens, at).filter(|it| self.is_closed(it.1)) else {
                    continue;
                };
                let handle = match (receiver, row.handle_at) {
                    (Some(it), _) => self.handle(it),
                    (None, Some(nth)) => arguments
                        .get(usize::from(nth).saturating_sub(1))
                        .and_then(|&(start, end)| tokens.path(start, end))
                        .and_then(|it| self.handle(it)),
                    (None, None) => None,
                };
                let Some((runs, made_read_only)) = handle else { continue };
                if let Some(shape) = self.shape(row, &arguments, end) {
                    let what = tokens.range(receiver.unwrap_or(at));
                    found.push(self.site(at, end, (what, runs), row.read_only || made_read_only, shape));
                    break;
                }
            }
        }
        found
    }

    fn spread(&self, row: &Binding) -> Spread {
        match row.flattens {
            true => Spread::All,
            false if matches!(self.tokens.language.name(), "Go" | "Java" | "Kotlin" | "C#") => Spread::Sole,
            false => Spread::None,
        }
    }

    /// The script of the object that a name has, and whether its runs are read-only.
    fn handle(&self, name: usize) -> Option<(Runs, bool)> {
        if !self.tokens.is_name(name) {
            return None;
        }
        let Value::At(value) = self.names.follow(name) else { return None };
        let end = self.tokens.expression_end(value);
        let call = self.made_by(value, end)?;
        let (start, end) = calls::argument(self.tokens, &call.arguments, call.row.script.as_ref()?)?;
        Some((self.target(start, end, 1), call.row.read_only))
    }

    /// The call that gives a script object, if it is the value `start..end`.
    fn made_by(&self, start: usize, end: usize) -> Option<&Matched<'_>> {
        let from = self.matches.partition_point(|it| it.name < start);
        let mut inner = self.matches[from..].iter().take_while(|it| it.name < end);
        inner.find(|it| it.row.handle && self.tokens.parent(it.name) == self.tokens.parent(start))
    }

    /// The script that the tokens `start..end` are: its text, or a name of it.
    fn target(&self, start: usize, end: usize, depth: u32) -> Runs {
        let tokens = self.tokens;
        if depth > MAX_STEPS {
            return Runs::Unknown;
        }
        let start = if tokens.is_name(start)
            && start + 2 < end
            && (tokens.is(start + 1, "=") || tokens.is(start + 1, ":") && !tokens.is(start + 2, ":"))
        {
            start + 2
        } else {
            start
        };
        let literals = (start..end).filter_map(|at| Some((at, tokens.literal(at)?)));
        for (at, nth) in literals {
            if let Some(id) = self.by_literal.get(&nth) {
                return Runs::Embedded((*id).to_owned());
            }
            let text = tokens.literal_text(at).unwrap_or_default();
            if text.ends_with(b".lua") {
                let path = String::from_utf8_lossy(text).into_owned();
                return Runs::File { range: tokens.range(at), path };
            }
        }
        let Some(name) = tokens.path(start, end) else { return Runs::Unknown };
        match self.names.follow(name) {
            Value::At(value) => {
                let stop = self.tokens.expression_end(value);
                match self
                    .made_by(value, stop)
                    .and_then(|call| calls::argument(tokens, &call.arguments, call.row.script.as_ref()?))
                {
                    Some((start, end)) => self.target(start, end, depth + 1),
                    None if value == start => Runs::Unknown,
                    None => match self.target(value, stop, depth + 1) {
                        // Where the value comes from is not known, as its name tells more than nothing.
                        Runs::Unknown => Runs::Name { range: tokens.range(name) },
                        found => found,
                    },
                }
            }
            Value::Unknown => Runs::Name { range: tokens.range(name) },
            Value::Parameter | Value::Several => Runs::Unknown,
        }
    }

    /// The script whose SHA1 the tokens are.
    fn sha(&self, start: usize, end: usize) -> Runs {
        let tokens = self.tokens;
        if let Some(text) = self.reader.text(start, end) {
            let digits = String::from_utf8_lossy(&text).into_owned();
            let is_sha = digits.len() == 40 && digits.bytes().all(|it| it.is_ascii_hexdigit());
            return if is_sha { Runs::Sha { range: tokens.span(start, end), digits } } else { Runs::Unknown };
        }
        // `script.sha`, `script.Hash()`.
        const OF_OBJECT: &[&str] = &["sha", "sha1", "hash", "Hash", "getSha1", "digest", "get_hash", "SHA1"];
        let member = (start..end).find(|&at| is_member(tokens, at) && OF_OBJECT.iter().any(|it| tokens.is(at, it)));
        if let Some(of) = member.and_then(|at| at.checked_sub(2)) {
            return self.handle(of).map_or(Runs::Unknown, |it| it.0);
        }
        match self.target(start, end, 0) {
            // A name that says nothing may hold anything.
            Runs::Name { .. } => Runs::Unknown,
            found => found,
        }
    }

    /// The function whose name the tokens are.
    fn function(&self, start: usize, end: usize) -> Runs {
        let tokens = self.tokens;
        let of = |start: usize, end: usize| {
            let name = String::from_utf8(self.reader.text(start, end)?).ok()?;
            Some(Runs::Function { range: tokens.span(start, end), name })
        };
        if let Some(found) = of(start, end) {
            return found;
        }
        let Some(name) = tokens.path(start, end) else { return Runs::Unknown };
        let Value::At(value) = self.names.follow(name) else { return Runs::Unknown };
        match of(value, self.tokens.expression_end(value)) {
            Some(Runs::Function { name: text, .. }) => Runs::Function { range: tokens.range(name), name: text },
            _ => Runs::Unknown,
        }
    }

    /// Calls of commands that the client defines: `defineCommand("take", { numberOfKeys: 1, lua: … })`, `redis.take(key)`.
    fn defined(&self) -> Vec<ScriptCall> {
        let tokens = self.tokens;
        let mut commands: HashMap<Vec<u8>, (Runs, Option<Count>)> = HashMap::new();
        for call in self.matches {
            let Some(nth) = call.row.defines else { continue };
            let name = call
                .arguments
                .get(usize::from(nth).saturating_sub(1))
                .and_then(|&(start, end)| self.reader.text(start, end));
            let script = call.row.script.as_ref().and_then(|place| calls::argument(tokens, &call.arguments, place));
            let (Some(name), Some((start, end))) = (name, script) else { continue };
            let count = named(tokens, &call.arguments, "numberOfKeys").map(|(start, end)| self.count(start, end));
            commands.insert(name, (self.target(start, end, 0), count));
        }
        if commands.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for at in 0..tokens.len() {
            if !tokens.is_name(at) || !is_member(tokens, at) || !tokens.is(at + 1, "(") {
                continue;
            }
            let name = tokens.text(at);
            let known = commands.get(name).or_else(|| commands.get(name.strip_suffix(b"Buffer")?));
            let (Some((runs, count)), Some((all, end))) = (known, arguments_of(tokens, at)) else { continue };
            let arguments = self.without_callback(&all);
            let at_end = tokens.range(end.saturating_sub(1)).start;
            let shape = match count {
                Some(count) => split(self.reader.rest(arguments, Spread::All, at_end), count.clone()),
                None => {
                    let Some(&(start, stop)) = arguments.first() else { continue };
                    split(self.reader.rest(&arguments[1..], Spread::All, at_end), self.count(start, stop))
                }
            };
            found.push(self.site(at, end, (tokens.range(at), runs.clone()), false, shape));
        }
        found
    }

    /// Chains of calls on a script object: `script.key(a).arg(b).invoke(con)` of redis-rs.
    fn chains(&self) -> Vec<ScriptCall> {
        let tokens = self.tokens;
        if tokens.language.name() != "Rust" {
            return Vec::new();
        }
        let mut found = Vec::new();
        for at in 0..tokens.len() {
            let is_end = (tokens.is(at, "invoke") || tokens.is(at, "invoke_async")) && is_member(tokens, at);
            let Some((_, end)) = arguments_of(tokens, at).filter(|_| is_end) else { continue };
            let (mut keys, mut args) = (Vec::new(), Vec::new());
            let mut place = at;
            let base = loop {
                // Before the point: a call of the chain, or what it begins with.
                let Some(before) = place.checked_sub(2) else { break None };
                let Some(open) = tokens.partner(before).filter(|&it| it < before) else { break Some(before) };
                let Some(name) = open.checked_sub(1) else { break None };
                match () {
                    () if tokens.is(name, "key") => keys.insert(0, (open + 1, before)),
                    () if tokens.is(name, "arg") => args.insert(0, (open + 1, before)),
                    () if tokens.is(name, "new") || tokens.is(name, "prepare_invoke") => {}
                    () => break None,
                }
                if tokens.is(name, "new") {
                    break Some(name);
                }
                place = name;
            };
            let Some(base) = base else { continue };
            let made = self.matches.iter().find(|it| it.name == base && it.row.handle);
            let runs = match made {
                Some(call) => {
                    let place = call.row.script.as_ref();
                    place
                        .and_then(|it| calls::argument(tokens, &call.arguments, it))
                        .map(|(start, end)| self.target(start, end, 0))
                }
                None => self.handle(base).map(|it| it.0),
            };
            let Some(runs) = runs else { continue };
            let at_end = tokens.range(end.saturating_sub(1)).start;
            // What is passed by name may be several keys.
            let words = |all: &[(usize, usize)]| self.reader.rest(all, Spread::All, at_end);
            let (keys, args) = (words(&keys), words(&args));
            let shape = Shape { count: None, total: Given::Unknown, keys, args };
            found.push(self.site(at, end, (tokens.range(base), runs), false, shape));
        }
        found
    }

    /// False for a call whose bracket is missing: it is being typed.
    fn is_closed(&self, end: usize) -> bool {
        let tokens = self.tokens;
        let last = end.saturating_sub(1);
        tokens.syntax().has_commands
            || tokens.language.name() == "Ruby"
            || tokens.partner(last).is_some_and(|open| open < last)
    }

    /// The arguments without a function at their end.
    fn without_callback<'b>(&self, arguments: &'b [(usize, usize)]) -> &'b [(usize, usize)] {
        let tokens = self.tokens;
        let is_function = |&(start, end): &(usize, usize)| {
            tokens.is(start, "function")
                || tokens.is(start, "async")
                || (start..end)
                    .any(|at| tokens.is(at, "=") && tokens.is(at + 1, ">") && tokens.parent(at) == tokens.parent(start))
        };
        match arguments.split_last() {
            Some((last, rest)) if tokens.language.bindings().call.iter().any(|it| it.flattens) && is_function(last) => {
                rest
            }
            _ => arguments,
        }
    }
}

/// Words with a count before them as keys and arguments.
fn split(all: Words, count: Count) -> Shape {
    let total = all.given;
    let Some(number) = count.number.and_then(|it| u32::try_from(it).ok()) else {
        let unknown = Words::unknown(all.range);
        return Shape { count: Some(count), total, keys: unknown.clone(), args: unknown };
    };
    let cut = (number as usize).min(all.words.len());
    let (keys, args) = all.words.split_at(cut);
    let range = |words: &[crate::words::Word]| {
        words.iter().map(|it| it.range).reduce(TextRange::cover).unwrap_or(TextRange::at(all.range.end))
    };
    let given = match total {
        Given::Exactly(it) => Given::Exactly(it.saturating_sub(number)),
        Given::AtLeast(it) => Given::AtLeast(it.saturating_sub(number)),
        Given::Unknown => Given::Unknown,
    };
    let known = if matches!(total, Given::Exactly(_)) { args } else { &[] };
    Shape {
        count: Some(count),
        total,
        keys: Words { range: range(keys), given: Given::Exactly(number), words: keys.to_vec() },
        args: Words { range: range(args), given, words: known.to_vec() },
    }
}
