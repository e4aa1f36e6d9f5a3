//! Calls of scripts as they stand: the part that says what is run, and the words.

use crate::{
    bindings::{Binding, List},
    call_reader::CallReader,
    calls::{self, Matched, arguments_of, behind_word},
    names::{Meaning, Value, is_member},
    script_call::Runs,
    shapes::Layout,
    words::{Items, Spread},
};

/// The form in which a call says what it runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum By {
    /// The text of a script.
    Text,
    /// A script object of the client.
    Object,
    /// The SHA1 of a script.
    Sha,
    /// The name of a function.
    Function,
}

/// A call of a script.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Token of the called name.
    pub name: usize,
    /// The token behind the call.
    pub end: usize,
    /// The tokens that say what is run.
    pub what: (usize, usize),
    pub by: By,
    /// The words; none for the options of redis-cli.
    pub layout: Layout,
    /// Lists that the client takes apart.
    pub spread: Spread,
    /// True if other things have the name too.
    pub is_weak: bool,
    /// True if the binding says that the server refuses writes.
    pub is_read_only: bool,
    /// True if the call sends the text of the script.
    pub sends_text: bool,
    /// The object with the script's `@names`.
    pub object: Option<(usize, usize)>,
    /// True if it only is a call of a script if another file has a script object with the name.
    pub is_uncertain: bool,
}

impl Reading {
    pub(crate) fn new(name: usize, end: usize, what: (usize, usize), by: By, layout: Layout) -> Self {
        let (spread, object) = (Spread::None, None);
        let (is_weak, is_read_only, sends_text, is_uncertain) = (false, false, false, false);
        Self { name, end, what, by, layout, spread, is_weak, is_read_only, sends_text, object, is_uncertain }
    }
}

impl CallReader<'_> {
    /// A call by its binding.
    pub(crate) fn read_call(&self, call: &Matched<'_>) -> Option<Reading> {
        let row = call.row;
        if row.command {
            return self.read_command(call);
        }
        let arguments = self.without_callback(&call.arguments);
        let place = row.script.as_ref().or(row.sha.as_ref()).or(row.function.as_ref())?;
        let what = calls::argument(self.tokens, arguments, place)?;
        let by = match () {
            () if row.script.is_some() => By::Text,
            () if row.sha.is_some() => By::Sha,
            () => By::Function,
        };
        let layout = self.layout(row, arguments, call.end)?;
        let object = match row.properties {
            Some(nth) => {
                let object = self.object(arguments, nth);
                if object.is_none() && !self.is_prepared(what) {
                    return None;
                }
                object
            }
            None => None,
        };
        Some(Reading {
            spread: self.spread(row),
            is_weak: row.weak,
            is_read_only: row.read_only,
            sends_text: row.script.is_some() && !row.handle,
            object,
            ..Reading::new(call.name, call.end, what, by, layout)
        })
    }

    /// True for a script object with `@names`.
    fn is_prepared(&self, (start, end): (usize, usize)) -> bool {
        let value = self.tokens.path(start, end).map(|it| self.names.follow(it));
        let Some(Value::At(value)) = value else { return false };
        self.made_by(value, self.tokens.expression_end(value)).is_some_and(|it| it.called == "Prepare")
    }

    /// The words of a command: its name, script, count, keys, arguments.
    fn read_command(&self, call: &Matched<'_>) -> Option<Reading> {
        const COMMANDS: [&str; 6] = ["EVAL", "EVAL_RO", "EVALSHA", "EVALSHA_RO", "FCALL", "FCALL_RO"];
        let (tokens, arguments) = (self.tokens, &call.arguments);
        let at_end = tokens.range(call.end.saturating_sub(1)).end;
        let (command, at) = behind_word(tokens, arguments, COMMANDS.into_iter())?;
        let &what = arguments.get(at)?;
        let by = match command {
            "EVAL" | "EVAL_RO" => By::Text,
            "EVALSHA" | "EVALSHA_RO" => By::Sha,
            _ => By::Function,
        };
        let &count = arguments.get(at + 1)?;
        let rest = &arguments[at + 2..];
        let spread = if call.row.flattens { Spread::All } else { Spread::None };
        let words = match tokens.syntax().has_commands {
            true => self.shell_words(rest, at_end),
            false => self.reader.rest(rest, spread, at_end),
        };
        let layout = Layout::Counted { count: Some(count), words };
        let is_read_only = command.ends_with("_RO");
        Some(Reading { spread, is_read_only, ..Reading::new(call.name, call.end, what, by, layout) })
    }

    /// `redis-cli --eval take.lua key , argument`.
    pub(crate) fn read_option(&self, call: &Matched<'_>) -> Option<(Reading, Runs)> {
        let (tokens, arguments) = (self.tokens, &call.arguments);
        if !(tokens.syntax().has_commands && call.row.command) {
            return None;
        }
        let at_end = tokens.range(call.end.saturating_sub(1)).end;
        let text = |&(start, end): &(usize, usize)| tokens.span(start, end).slice(tokens.source);
        let option = arguments.iter().position(|it| text(it) == b"--eval")?;
        let &what = arguments.get(option + 1)?;
        let path = String::from_utf8(text(&what).to_vec()).ok()?;
        let path = path.trim_matches(['"', '\'']).to_owned();
        let words = &arguments[option + 2..];
        let comma = words.iter().position(|it| text(it) == b",");
        let (keys, args) = comma.map_or((words, &[][..]), |at| (&words[..at], &words[at + 1..]));
        let (keys, args) = (self.shell_words(keys, at_end), self.shell_words(args, at_end));
        let layout = Layout::Listed { keys, args };
        let reading = Reading::new(call.name, call.end, what, By::Text, layout);
        Some((reading, Runs::File { range: tokens.span(what.0, what.1), path }))
    }

    /// Calls that may run a script object, if that is what the name in them is.
    pub(crate) fn read_runs(&self) -> Vec<Reading> {
        let tokens = self.tokens;
        let rows = &tokens.language.bindings().run;
        let mut found = Vec::new();
        for at in 0..tokens.len() {
            let is_made_here = tokens.is(at, ")") && self.made_until(at).is_some();
            if !(tokens.is_name(at) || is_made_here) || !tokens.is(at + 1, "(") {
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
                let what = match (receiver, row.handle_at) {
                    (Some(it), _) => Some((it, it + 1)),
                    (None, Some(nth)) => arguments.get(usize::from(nth).saturating_sub(1)).copied(),
                    (None, None) => None,
                };
                // `r.register_script(TAKE)(keys)`, `redis.NewScript(take).Run(ctx, rdb, keys)`
                let made = receiver.and_then(|it| self.made_until(it));
                let text = made.and_then(|it| calls::argument(tokens, &it.arguments, it.row.script.as_ref()?));
                let by = if text.is_some() { By::Text } else { By::Object };
                let is_ours = |&(start, end): &(usize, usize)| text.is_some() || self.is_object(start, end);
                let is_elsewhere = |it: &(usize, usize)| self.may_be_elsewhere(at, row, *it, &arguments);
                let is_uncertain =
                    !what.as_ref().is_some_and(is_ours) && what.as_ref().is_some_and(is_elsewhere) && text.is_none();
                let Some(what) = text.or(what).filter(|it| is_uncertain || is_ours(it)) else { continue };
                let layout = match (row.count_in, receiver) {
                    (Some(nth), Some(receiver)) => self.counted_where_made(row, nth, receiver, &arguments, end),
                    _ => self.layout(row, &arguments, end),
                };
                let object = row.properties.map(|nth| self.object(&arguments, nth));
                if let (Some(layout), None | Some(Some(_))) = (layout, object) {
                    found.push(Reading {
                        spread: self.spread(row),
                        // Anything may be called.
                        is_weak: is_called && text.is_none(),
                        is_uncertain,
                        is_read_only: row.read_only || made.is_some_and(|it| it.row.read_only),
                        object: object.flatten(),
                        ..Reading::new(at, end, what, by, layout)
                    });
                    break;
                }
            }
        }
        found
    }

    /// Words of which the call that made the object counts the keys: `redis.NewScript(2, take)` of redigo. With -1 there, the first
    /// word counts them.
    fn counted_where_made(
        &self,
        row: &Binding,
        nth: u8,
        receiver: usize,
        arguments: &[(usize, usize)],
        end: usize,
    ) -> Option<Layout> {
        let tokens = self.tokens;
        let made = self.made_until(receiver).or_else(|| match self.names.follow(receiver) {
            Value::At(value) => self.made_by(value, tokens.expression_end(value)),
            _ => None,
        })?;
        // go-redis counts no keys.
        if made.arguments.len() < 2 {
            return None;
        }
        let &count = made.arguments.get(usize::from(nth).checked_sub(1)?)?;
        let Some(List::Rest { rest }) = row.args else { return None };
        let rest = arguments.get(usize::from(rest).checked_sub(1)?..).unwrap_or_default();
        let is_first = self.count(count.0, count.1).number == Some(-1);
        let (count, rest) = match rest.split_first() {
            Some((first, rest)) if is_first => (*first, rest),
            _ => (count, rest),
        };
        let at_end = tokens.range(end.saturating_sub(1)).start;
        Some(Layout::Counted { count: Some(count), words: self.reader.rest(rest, self.spread(row), at_end) })
    }

    /// The call that gives a script object, if a token is its last.
    fn made_until(&self, at: usize) -> Option<&Matched<'_>> {
        let open = self.tokens.partner(at).filter(|&open| open < at && self.tokens.is(at, ")"))?;
        let name = open.checked_sub(1)?;
        let from = self.matches.partition_point(|it| it.name < name);
        self.matches[from..].iter().take_while(|it| it.name == name).find(|it| it.row.handle)
    }

    /// True if a name that the file gives no value may be a script object of another file: by the list of keys that the call has.
    fn may_be_elsewhere(
        &self,
        called: usize,
        row: &Binding,
        (start, end): (usize, usize),
        arguments: &[(usize, usize)],
    ) -> bool {
        let tokens = self.tokens;
        // A client's method with the name takes other arguments.
        if tokens.language.bindings().call.iter().any(|it| it.named(tokens.text(called)).is_some()) {
            return false;
        }
        let is_function = |it: usize| self.names.scopes().named(tokens, tokens.text(it)).next().is_some();
        let is_unknown = tokens
            .path(start, end)
            .is_some_and(|it| matches!(self.names.meaning(it), Meaning::Unknown) && !is_function(it));
        let has_keys = match &row.keys {
            Some(List::Nth(nth)) => arguments
                .get(usize::from(*nth).saturating_sub(1))
                .is_some_and(|&(start, _)| self.reader.is_nothing(start) || self.reader.is_list(start)),
            Some(List::Name(name)) => {
                arguments.iter().any(|&(start, _)| tokens.is(start, name) && tokens.is(start + 1, "="))
            }
            _ => false,
        };
        is_unknown && has_keys
    }

    /// True if the tokens may be a script object: a parameter, or what is made as one.
    fn is_object(&self, start: usize, end: usize) -> bool {
        let Some(name) = self.tokens.path(start, end) else { return false };
        self.parameter(name).is_some() || self.handle(name).is_some()
    }

    /// Words that a client of the language would find in arguments.
    pub(crate) fn words_of(&self, arguments: &[(usize, usize)], spread: Spread, at_end: u32) -> Items {
        self.reader.rest(arguments, spread, at_end)
    }

    /// False for a call whose bracket is missing: it is being typed.
    pub(crate) fn is_closed(&self, end: usize) -> bool {
        let tokens = self.tokens;
        let last = end.saturating_sub(1);
        tokens.syntax().has_commands
            || tokens.language.name() == "Ruby"
            || tokens.partner(last).is_some_and(|open| open < last)
    }
}
