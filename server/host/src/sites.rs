//! Calls that run scripts: what they run, with which keys and arguments.

use std::{cell::OnceCell, collections::HashMap};

use text::TextRange;

use crate::{
    call_reader::CallReader,
    calls::{self, Matched, arguments_of, named},
    names::{Names, is_member},
    readings::{By, Reading},
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
    let readings = sites.readings();
    let mut found: Vec<ScriptCall> = readings.iter().filter_map(|(it, runs)| sites.script_call(it, runs)).collect();
    let (wrapped, passed) = sites.wrapped(&readings);
    for call in found.iter_mut().filter(|it| passed.contains(&it.name)) {
        call.is_passed_on = true;
    }
    found.extend(wrapped);
    found.extend(sites.defined());
    found.extend(sites.chains());
    found.sort_by_key(|it| it.range.start);
    found.dedup_by_key(|it| it.range);
    (found, sites.loads_unknown())
}

impl CallReader<'_> {
    /// Calls of scripts with what they run, by their bindings.
    fn readings(&self) -> Vec<(Reading, Runs)> {
        let mut found: Vec<(Reading, Runs)> = Vec::new();
        let mut last = None;
        for call in self.matches {
            // Of several bindings with one name the first counts whose arguments are so.
            if last == Some(call.name) || !self.is_closed(call.end) {
                continue;
            }
            let by_option = self.read_option(call);
            let read = || self.read_call(call).map(|it| (self.runs_of(&it), it)).map(|(runs, it)| (it, runs));
            if let Some(it) = by_option.or_else(read).filter(|(it, runs)| self.is_script(it, runs)) {
                last = Some(call.name);
                found.push(it);
            }
        }
        found.extend(self.read_runs().into_iter().map(|it| (self.runs_of(&it), it)).map(|(runs, it)| (it, runs)));
        found
    }

    /// The script or function that a call runs.
    fn runs_of(&self, reading: &Reading) -> Runs {
        let (start, end) = reading.what;
        match reading.by {
            By::Text => self.target(start, end, 0),
            By::Sha => self.sha(start, end),
            By::Function => self.function(start, end),
            By::Object => {
                let name = self.tokens.path(start, end);
                name.and_then(|it| self.handle(it)).map_or(Runs::Unknown, |it| it.0)
            }
        }
    }

    /// True unless other things have the name, and what is run may be something else: a method with a common name is a call of ours if
    /// its script is one, or may be as a parameter.
    fn is_script(&self, reading: &Reading, runs: &Runs) -> bool {
        let is_parameter = || {
            let (start, end) = reading.what;
            self.tokens.path(start, end).is_some_and(|it| self.parameter(it).is_some())
        };
        !reading.is_weak || matches!(runs, Runs::Embedded(_) | Runs::File { .. } | Runs::Name { .. }) || is_parameter()
    }

    /// A call as others see it; none if it may be a call of something else than a script.
    fn script_call(&self, reading: &Reading, runs: &Runs) -> Option<ScriptCall> {
        let is_unknown = matches!(runs, Runs::Unknown);
        if is_unknown && (reading.is_weak || reading.by == By::Object) {
            return None;
        }
        let (start, end) = reading.what;
        let made_read_only = reading.by == By::Object
            && self.tokens.path(start, end).and_then(|it| self.handle(it)).is_some_and(|it| it.1);
        let shape = self.shape(&reading.layout);
        let what = (self.tokens.span(start, end), runs.clone());
        let site = self.site(reading.name, reading.end, what, reading.is_read_only || made_read_only, shape);
        let sends_text = reading.sends_text && matches!(runs, Runs::Embedded(_));
        Some(ScriptCall {
            sends_text_in_loop: sends_text && self.names.is_in_loop(reading.name),
            may_be_unloaded: reading.by == By::Sha && !self.loads_scripts(),
            ..site
        })
    }

    pub(crate) fn site(
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
            is_passed_on: false,
            count,
            total,
            keys,
            args,
        }
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
}
