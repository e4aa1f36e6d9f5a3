//! Chains of calls that run scripts: builders of commands, and script objects of redis-rs.

use crate::{
    bindings::Chain,
    call_reader::CallReader,
    calls::{self, arguments_of},
    names::is_member,
    readings::{By, Reading},
    script_call::ScriptCall,
    shapes::{Layout, Shape},
    tokens::Tokens,
    words::{Item, Spread},
};

/// A call of a chain: its name and its arguments.
struct Link {
    name: usize,
    arguments: Vec<(usize, usize)>,
}

/// The calls behind one whose closing bracket is before a token: `.key(a).arg(b)`; and the token behind the last.
fn links(tokens: &Tokens<'_>, start: usize) -> (Vec<Link>, usize) {
    let (mut found, mut at) = (Vec::new(), start);
    while tokens.is(at, ".") && tokens.is_name(at + 1) {
        let Some((arguments, end)) = arguments_of(tokens, at + 1).filter(|_| tokens.is(at + 2, "(")) else { break };
        found.push(Link { name: at + 1, arguments });
        at = end;
    }
    (found, at)
}

impl CallReader<'_> {
    /// Calls that chains build.
    pub(crate) fn read_chains(&self) -> Vec<Reading> {
        let tokens = self.tokens;
        let rows = &tokens.language.bindings().chain;
        let is_rust = tokens.language.name() == "Rust";
        let mut found = Vec::new();
        for at in (0..tokens.len()).filter(|&at| tokens.is(at + 1, "(") && tokens.is_name(at)) {
            if let Some(row) = rows.iter().find(|it| tokens.is(at, &it.start) && tokens.is(at + 2, ")")) {
                found.extend(self.read_builder(at, row));
            } else if is_rust && tokens.is(at, "cmd") {
                found.extend(self.read_cmd(at));
            }
        }
        found
    }

    /// `B().Eval().Script(s).Numkeys(1).Key(k).Arg(a).Build()`
    fn read_builder(&self, name: usize, row: &Chain) -> Option<Reading> {
        let tokens = self.tokens;
        let (links, end) = links(tokens, name + 3);
        let of = |wanted: &str| {
            links.iter().find(|it| tokens.is(it.name, wanted)).and_then(|it| it.arguments.first().copied())
        };
        let (what, by) = match (&row.script, &row.sha, &row.function) {
            (Some(it), ..) => (of(it)?, By::Text),
            (_, Some(it), _) => (of(it)?, By::Sha),
            (.., Some(it)) => (of(it)?, By::Function),
            _ => return None,
        };
        let count = of(&row.count)?;
        let arguments = |wanted: &String| {
            let all = links.iter().filter(|it| tokens.is(it.name, wanted));
            all.flat_map(|it| it.arguments.iter().copied()).collect::<Vec<_>>()
        };
        let words: Vec<_> = row.words.iter().flat_map(arguments).collect();
        let at_end = tokens.range(end.saturating_sub(1)).start;
        let layout = Layout::Counted { count: Some(count), words: self.words_of(&words, Spread::None, at_end) };
        Some(Reading { is_read_only: row.read_only, ..Reading::new(name, end, what, by, layout) })
    }

    /// `cmd("EVAL").arg(s).arg(1).arg(k).query(con)`
    fn read_cmd(&self, name: usize) -> Option<Reading> {
        const ENDS: &[&str] = &["query", "query_async", "exec", "exec_async", "cmd", "ignore", "into_owned"];
        let tokens = self.tokens;
        let (arguments, end) = arguments_of(tokens, name)?;
        let &(start, stop) = arguments.first()?;
        let command = self.reader.text(start, stop)?.to_ascii_uppercase();
        let by = match &command[..] {
            b"EVAL" | b"EVAL_RO" => By::Text,
            b"EVALSHA" | b"EVALSHA_RO" => By::Sha,
            b"FCALL" | b"FCALL_RO" => By::Function,
            _ => return None,
        };
        let (links, end) = links(tokens, end);
        let words: Vec<_> = links
            .iter()
            .take_while(|it| tokens.is(it.name, "arg"))
            .flat_map(|it| it.arguments.iter().copied())
            .collect();
        let is_whole = links.iter().any(|it| ENDS.iter().any(|word| tokens.is(it.name, word)));
        let (&what, &count) = (words.first()?, words.get(1)?);
        let at_end = tokens.range(end.saturating_sub(1)).start;
        let mut rest = self.words_of(&words[2..], Spread::All, at_end);
        // More may be added to a command that is kept.
        if !is_whole {
            rest.items.push(Item::List(rest.range));
        }
        let layout = Layout::Counted { count: Some(count), words: rest };
        let is_read_only = command.ends_with(b"_RO");
        Some(Reading { is_read_only, spread: Spread::All, ..Reading::new(name, end, what, by, layout) })
    }

    /// Chains of calls on a script object: `script.key(a).arg(b).invoke(con)` of redis-rs.
    pub(crate) fn invocations(&self) -> Vec<ScriptCall> {
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
