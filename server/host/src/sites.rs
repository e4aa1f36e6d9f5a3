//! Calls that run scripts: what they run, with which keys and arguments.

use std::{cell::OnceCell, collections::HashMap};

use text::TextRange;

use crate::{
    call_comments,
    call_reader::CallReader,
    calls::{self, Matched},
    names::Names,
    readings::{By, Reading},
    replies::Replies,
    script_call::{Runs, ScriptCall},
    shapes::Shape,
    tokens::Tokens,
    words::WordReader,
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
    // What a wrapper makes of a reply is not seen.
    let replies = Replies { tokens, names };
    found.iter_mut().for_each(|it| it.tested = replies.tested(it));
    let (wrapped, passed) = sites.wrapped(&readings);
    for call in found.iter_mut().filter(|it| passed.contains(&it.name)) {
        call.is_passed_on = true;
    }
    found.extend(wrapped);
    found.extend(sites.defined());
    found.extend(sites.invocations());
    found.sort_by_key(|it| it.range.start);
    found.dedup_by_key(|it| it.range);
    call_comments::attach(tokens, &mut found);
    (found, sites.loads_unknown())
}

impl CallReader<'_> {
    /// Calls of scripts with what they run, by their bindings.
    fn readings(&self) -> Vec<(Reading, Runs)> {
        // A method of a script object may have the name of a client's method.
        let of_objects = self.read_runs().into_iter().chain(self.read_chains());
        let mut found: Vec<(Reading, Runs)> =
            of_objects.map(|it| (self.runs_of(&it), it)).map(|(runs, it)| (it, runs)).collect();
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
                match name.and_then(|it| self.handle(it)) {
                    Some((runs, _)) => runs,
                    None if reading.is_uncertain => Runs::Name { range: self.tokens.range(name.unwrap_or(start)) },
                    None => Runs::Unknown,
                }
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
        let properties = reading.object.and_then(|(start, end)| self.properties(start, end));
        let sends_text = reading.sends_text && matches!(runs, Runs::Embedded(_));
        Some(ScriptCall {
            properties,
            is_uncertain: reading.is_uncertain,
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
            has_commas: !self.tokens.syntax().has_commands,
            is_passed_on: false,
            properties: None,
            is_uncertain: false,
            comments: Vec::new(),
            tested: None,
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
}
