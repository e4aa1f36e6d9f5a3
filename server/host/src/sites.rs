//! Calls that run scripts: what they run, with which keys and arguments.

use std::{cell::OnceCell, collections::HashMap};

use text::TextRange;

use crate::{
    call_reader::CallReader,
    calls::{self, Matched, arguments_of, behind_word, named},
    names::{Names, is_member},
    script_call::{Count, Runs, ScriptCall},
    shapes::{Layout, Shape, split},
    tokens::Tokens,
    words::{Spread, WordReader},
};

/// The calls of a file that run scripts, in order, and true if it loads a library of functions that is not in it. `by_literal` has the
/// id of the script for each of its literals.
pub(crate) fn script_calls(
    tokens: &Tokens<'_>,
    names: &Names<'_>,
    matches: &[Matched<'_>],
    by_literal: HashMap<u32, &str>,
) -> (Vec<ScriptCall>, bool) {
    let reader = WordReader { tokens, names, mentions: OnceCell::new() };
    let sites = CallReader { tokens, names, matches, by_literal, reader };
    let mut found = sites.calls();
    found.extend(sites.runs());
    found.extend(sites.defined());
    found.extend(sites.chains());
    found.sort_by_key(|it| it.range.start);
    found.dedup_by_key(|it| it.range);
    (found, sites.loads_unknown())
}

impl CallReader<'_> {
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
        let shape = self.shape(&self.layout(row, arguments, call.end)?);
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
            let shape = Shape::listed(keys.words(), args.words());
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
        let shape = self.shape(&Layout::Counted { count: Some((start, end)), words });
        Some(self.site(call.name, call.end, (what, runs), command.ends_with("_RO"), shape))
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
                if let Some(layout) = self.layout(row, &arguments, end) {
                    let shape = self.shape(&layout);
                    let what = tokens.range(receiver.unwrap_or(at));
                    found.push(self.site(at, end, (what, runs), row.read_only || made_read_only, shape));
                    break;
                }
            }
        }
        found
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
                Some(count) => split(self.reader.rest(arguments, Spread::All, at_end).words(), count.clone()),
                None => {
                    let Some(&(start, stop)) = arguments.first() else { continue };
                    let words = self.reader.rest(&arguments[1..], Spread::All, at_end);
                    self.shape(&Layout::Counted { count: Some((start, stop)), words })
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
            let words = |all: &[(usize, usize)]| self.reader.rest(all, Spread::All, at_end).words();
            let shape = Shape::listed(words(&keys), words(&args));
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
}
