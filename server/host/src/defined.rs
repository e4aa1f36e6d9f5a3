//! Calls of commands that a program defines: of ioredis, node-redis and Predis.

use std::collections::HashMap;

use crate::{
    call_reader::CallReader,
    calls::{self, Matched, arguments_of, named},
    names::{Value, is_member},
    script_call::{Count, Runs, ScriptCall},
    shapes::{Layout, Shape, split},
    words::{Given, Items, Spread, Words},
};

/// A command that a program defines.
struct Command {
    runs: Runs,
    words: CommandWords,
    /// True if only clients that the file makes have the command: its name may be that of other methods.
    is_of_client: bool,
}

/// The words of a command's calls.
enum CommandWords {
    /// The arguments, of which so many are keys; below zero, all but so many.
    Counted(Count),
    /// The arguments, the first of which counts the keys.
    First,
    /// Always the same number.
    Fixed { keys: u32, args: u32 },
    /// Made by code.
    Unknown,
}

impl CallReader<'_> {
    /// Calls of commands that the client defines: `defineCommand("take", { numberOfKeys: 1, lua: … })`, `redis.take(key)`.
    pub(crate) fn defined(&self) -> Vec<ScriptCall> {
        let tokens = self.tokens;
        let mut commands: HashMap<Vec<u8>, Command> = HashMap::new();
        for call in self.matches {
            commands.extend(self.definition(call));
            commands.extend(self.constructor_scripts(call));
            commands.extend(self.node_script(call));
        }
        if tokens.language.name() == "PHP" {
            commands.extend(self.command_classes());
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
            let Some(command) = known.filter(|it| !it.is_of_client || self.is_client(at)) else { continue };
            let Some((all, end)) = arguments_of(tokens, at) else { continue };
            let arguments = self.without_callback(&all);
            let at_end = tokens.range(end.saturating_sub(1)).start;
            let unknown = || Words::unknown(text::TextRange::at(at_end));
            let spread = if tokens.language.name() == "PHP" { Spread::None } else { Spread::All };
            let words = |arguments: &[(usize, usize)]| self.words_of(arguments, spread, at_end);
            let shape = match &command.words {
                CommandWords::Counted(count) => counted(&words(arguments), count),
                CommandWords::First => {
                    let Some(&count) = arguments.first() else { continue };
                    self.shape(&Layout::Counted { count: Some(count), words: words(&arguments[1..]) })
                }
                CommandWords::Fixed { keys, args } => {
                    let of = |count: u32| Words { given: Given::Exactly(count), ..unknown() };
                    Shape::listed(of(*keys), of(*args))
                }
                CommandWords::Unknown => Shape::listed(unknown(), unknown()),
            };
            found.push(self.site(at, end, (tokens.range(at), command.runs.clone()), false, shape));
        }
        found
    }

    /// `redis.defineCommand("take", { numberOfKeys: 1, lua: TAKE })`
    fn definition(&self, call: &Matched<'_>) -> Option<(Vec<u8>, Command)> {
        let nth = usize::from(call.row.defines?).checked_sub(1)?;
        let name = call.arguments.get(nth).and_then(|&(start, end)| self.reader.text(start, end))?;
        let (start, end) = calls::argument(self.tokens, &call.arguments, call.row.script.as_ref()?)?;
        let count = named(self.tokens, &call.arguments, "numberOfKeys").map(|(start, end)| self.count(start, end));
        let words = count.map_or(CommandWords::First, CommandWords::Counted);
        Some((name, Command { runs: self.target(start, end, 0), words, is_of_client: false }))
    }

    /// `new Redis({ scripts: { take: { numberOfKeys: 1, lua: TAKE } } })`
    fn constructor_scripts(&self, call: &Matched<'_>) -> Vec<(Vec<u8>, Command)> {
        let tokens = self.tokens;
        let is_constructor = matches!(call.called, "Redis" | "Cluster");
        let scripts = is_constructor.then(|| named(tokens, &call.arguments, "scripts")).flatten();
        let Some((open, _)) = scripts.filter(|it| tokens.is(it.0, "{")) else { return Vec::new() };
        let script = |(start, end): (usize, usize)| {
            let is_property = tokens.is(start + 1, ":") && tokens.is(start + 2, "{");
            let name = is_property.then(|| match tokens.literal_text(start) {
                Some(text) => text.to_vec(),
                None => tokens.text(start).to_vec(),
            })?;
            let inner = [(start + 2, end)];
            let (start, end) = named(tokens, &inner, "lua")?;
            let count = named(tokens, &inner, "numberOfKeys").map(|(start, end)| self.count(start, end));
            let words = count.map_or(CommandWords::First, CommandWords::Counted);
            Some((name, Command { runs: self.target(start, end, 0), words, is_of_client: false }))
        };
        tokens.arguments(open).into_iter().filter_map(script).collect()
    }

    /// `createClient({ scripts: { take: defineScript({ NUMBER_OF_KEYS: 1, SCRIPT: TAKE, … }) } })`
    fn node_script(&self, call: &Matched<'_>) -> Option<(Vec<u8>, Command)> {
        let tokens = self.tokens;
        let before = call.name.checked_sub(2).filter(|_| call.called == "defineScript")?;
        let is_named = tokens.is_name(before) && (tokens.is(before + 1, ":") || tokens.is(before + 1, "="));
        let name = is_named.then(|| tokens.text(before).to_vec())?;
        let (start, end) = calls::argument(tokens, &call.arguments, call.row.script.as_ref()?)?;
        let words = self.words_of_code(call).unwrap_or(CommandWords::Unknown);
        Some((name, Command { runs: self.target(start, end, 0), words, is_of_client: true }))
    }

    /// The words that the code of a script's definition gives, where it always gives so many: `return [key, value];`,
    /// `parser.pushKey(key); parser.push(value);`.
    fn words_of_code(&self, call: &Matched<'_>) -> Option<CommandWords> {
        const CHOICES: &[&str] = &["if", "for", "while", "switch", "?", "map", "forEach"];
        let tokens = self.tokens;
        let (start, end) = named(tokens, &call.arguments, "NUMBER_OF_KEYS")?;
        let keys = u32::try_from(self.count(start, end).number?).ok()?;
        let inner = call.name..call.end;
        let code =
            inner.clone().find(|&at| ["parseCommand", "transformArguments"].iter().any(|it| tokens.is(at, it)))?;
        let open = (code..call.end).find(|&at| tokens.is(at, "{"))?;
        let body = open + 1..tokens.partner(open)?;
        if body.clone().any(|at| CHOICES.iter().any(|it| tokens.is(at, it))) {
            return None;
        }
        let mut total = 0;
        for at in body {
            let is_push = ["push", "pushKey"].iter().any(|it| tokens.is(at, it)) && is_member(tokens, at);
            let words = match () {
                () if is_push => Items {
                    items: self.reader.elements(&tokens.arguments(at + 1), Spread::None),
                    range: tokens.range(at),
                },
                () if tokens.is(at, "return") && tokens.is(at + 1, "[") => {
                    self.reader.list(at + 1, tokens.after(at + 1))
                }
                // Other ways to give words.
                () if ["pushVariadic", "pushKeys", "pushKeysLength", "return"].iter().any(|it| tokens.is(at, it)) => {
                    return None;
                }
                () => continue,
            };
            match words.words().given {
                Given::Exactly(count) => total += count,
                _ => return None,
            }
        }
        Some(CommandWords::Fixed { keys, args: total.checked_sub(keys)? })
    }

    /// True if the object of a method is a client that the file makes.
    fn is_client(&self, method: usize) -> bool {
        let tokens = self.tokens;
        let Some(object) = method.checked_sub(2).filter(|&it| tokens.is_name(it)) else { return false };
        let Value::At(value) = self.names.follow(object) else { return false };
        let makers = ["createClient", "createCluster", "createSentinel", "createClientPool"];
        (value..tokens.expression_end(value)).any(|at| makers.iter().any(|it| tokens.is(at, it)))
    }

    /// `class Take extends ScriptCommand { getKeysCount() { return 1; } getScript() { return TAKE; } }` of Predis, with the name by
    /// which the class is made a command.
    fn command_classes(&self) -> Vec<(Vec<u8>, Command)> {
        let tokens = self.tokens;
        let class = |at: usize| {
            let open = (at..at + 16).find(|&it| tokens.is(it, "{"))?;
            let is_script = (at + 2..open).any(|it| tokens.is(it, "ScriptCommand"));
            let close = tokens.partner(open).filter(|_| is_script)?;
            let returned = |method: &str| {
                let name = (open..close).find(|&it| tokens.is(it, method))?;
                let body = (name..close).find(|&it| tokens.is(it, "{"))?;
                let start = (body..tokens.partner(body)?).find(|&it| tokens.is(it, "return"))? + 1;
                Some((start, tokens.expression_end(start)))
            };
            let (start, end) = returned("getScript")?;
            let count = match (open..close).any(|it| tokens.is(it, "getKeysCount")) {
                true => returned("getKeysCount").map(|(start, end)| self.count(start, end)),
                false => Some(Count::of(0, tokens.range(at))),
            };
            let words = count.map_or(CommandWords::Unknown, CommandWords::Counted);
            let name = self.command_name(tokens.text(at + 1))?;
            Some((name, Command { runs: self.target(start, end, 0), words, is_of_client: false }))
        };
        (0..tokens.len())
            .filter(|&at| tokens.is(at, "class") && tokens.is(at + 2, "extends"))
            .filter_map(class)
            .collect()
    }

    /// The name with which a class is made a command: `->defineCommand('take', Take::class)`.
    fn command_name(&self, class: &[u8]) -> Option<Vec<u8>> {
        let tokens = self.tokens;
        let is_define =
            |at: &usize| ["define", "defineCommand"].iter().any(|it| tokens.is(*at, it)) && is_member(tokens, *at);
        (0..tokens.len()).filter(is_define).find_map(|at| {
            let (arguments, _) = arguments_of(tokens, at)?;
            let (&(name, _), &(start, end)) = (arguments.first()?, arguments.get(1)?);
            let of_text = |at: usize| {
                tokens.literal_text(at).is_some_and(|it| it.rsplit(|it| *it == b'\\').next() == Some(class))
            };
            let is_class = (start..end).any(|at| tokens.text(at) == class || of_text(at));
            is_class.then(|| tokens.literal_text(name).map(<[u8]>::to_vec))?
        })
    }
}

/// Words of which so many are keys; below zero, all but so many.
fn counted(items: &Items, count: &Count) -> Shape {
    let words = items.words();
    let Some(number) = count.number.filter(|it| *it < 0) else { return split(words, count.clone()) };
    match words.given {
        Given::Exactly(total) => {
            let number = (i64::from(total) + number).max(0);
            let shape = split(words, Count { number: Some(number), ..count.clone() });
            Shape { count: None, ..shape }
        }
        _ => Shape::listed(Words::unknown(words.range), Words::unknown(words.range)),
    }
}
