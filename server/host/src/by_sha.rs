//! Calls that send a script's text, as calls that send its SHA1 and the text where the server does not know that: in the way that the
//! client itself has for it.

use text::TextRange;

use crate::{
    bindings::ByHash,
    calls::{Matched, matches},
    document::HostDocument,
    edit::apply,
    script_call::{Runs, ScriptCall},
    tokens::Tokens,
};

impl HostDocument {
    /// Edits of the program after which the call with a number sends the SHA1; none where its client has no way of its own, or the call
    /// would be another.
    pub fn send_sha(&self, program: &str, source: &[u8], nth: usize) -> Option<Vec<(TextRange, String)>> {
        let call = self.calls.get(nth)?;
        let lexed = self.language.lex(source);
        let tokens = Tokens::new(source, &lexed, self.language);
        let all = matches(&tokens, &[]);
        let here = all.iter().filter(|it| tokens.range(it.name) == call.name);
        here.filter_map(|it| Some((it, it.row.by_sha.as_ref()?))).find_map(|(matched, way)| {
            let rewriter = Rewriter { tokens: &tokens, source, call, matched };
            let edits = rewriter.edits(way)?;
            self.runs_the_same(program, source, nth, &edits).then_some(edits)
        })
    }

    fn runs_the_same(&self, program: &str, source: &[u8], nth: usize, edits: &[(TextRange, String)]) -> bool {
        let Some(text) = apply(source, edits.iter().map(|(range, text)| (*range, text.as_str()))) else { return false };
        let again = Self::read_with(self.language, program, &text, &self.own);
        let old = &self.calls[nth];
        // A script without a name is called by the function that takes it.
        let place = |document: &Self, runs: &Runs| match runs {
            Runs::Embedded(id) => document.embedded.iter().position(|it| it.id == *id),
            _ => None,
        };
        let is_same = |it: &ScriptCall| {
            (it.runs == old.runs || place(&again, &it.runs).is_some())
                && place(&again, &it.runs) == place(self, &old.runs)
                && it.keys.given == old.keys.given
                && it.args.given == old.args.given
        };
        again.calls.len() == self.calls.len()
            && again.embedded.iter().zip(&self.embedded).all(|(new, old)| new.text == old.text)
            && again.calls.iter().any(is_same)
    }
}

struct Rewriter<'a> {
    tokens: &'a Tokens<'a>,
    source: &'a [u8],
    call: &'a ScriptCall,
    matched: &'a Matched<'a>,
}

impl Rewriter<'_> {
    fn edits(&self, way: &ByHash) -> Option<Vec<(TextRange, String)>> {
        let has = |text: &String| memchr::memmem::find(self.source, text.as_bytes()).is_some();
        if !way.clients.iter().any(has) || way.excludes.iter().any(has) {
            return None;
        }
        let tokens = self.tokens;
        // The client stands before the point.
        let last = self.matched.name.checked_sub(2)?;
        let first = tokens.operand_start(last);
        let client = self.text(tokens.span(first, last + 1));
        let whole = TextRange::new(tokens.range(first).start, self.call.range.end);
        let call = self.filled(&way.call, &client)?;
        let mut edits = vec![(whole, call)];
        if let Some(definition) = &way.definition {
            edits.push((TextRange::at(self.client_end(&client)?), format!("\n{}", self.filled(definition, &client)?)));
        }
        Some(edits)
    }

    /// The place behind the statement of the file's top level that makes the client: `const redis = new Redis();`.
    fn client_end(&self, client: &str) -> Option<u32> {
        let tokens = self.tokens;
        let makes = |at: &usize| {
            tokens.is(*at, client) && tokens.is(at + 1, "=") && tokens.is(at + 2, "new") && tokens.parent(*at).is_none()
        };
        let at = (0..tokens.len()).find(makes)?;
        let end = tokens.expression_end(at + 2);
        let semicolon = if tokens.is(end, ";") { end } else { end - 1 };
        (tokens.range(semicolon).end <= self.call.range.start).then(|| tokens.range(semicolon).end)
    }

    /// A template with the parts of the call: `{client}`, `{script}`, `{count}`, `{keys}`, `{args}`, `{name}`, `{2}`, and `{3..}` for all
    /// arguments from the third on. `{args|args=[*]}` has a frame around the part. What is empty goes, with its frame and a comma.
    fn filled(&self, template: &str, client: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once('{') {
            out.push_str(before);
            let part = behind.split_once('}').map(|(part, next)| (part.split_once('|').unwrap_or((part, "*")), next));
            let Some(((name, frame), next)) = part.filter(|((name, _), _)| is_name(name)) else {
                out.push('{');
                rest = behind;
                continue;
            };
            let text = self.part(name, client)?;
            rest = next;
            if !text.is_empty() {
                out.push_str(&frame.replacen('*', &text, 1));
            } else if out.ends_with(", ") {
                out.truncate(out.len() - 2);
            } else {
                rest = rest.strip_prefix(", ").unwrap_or(rest);
            }
        }
        out.push_str(rest);
        Some(out)
    }

    fn part(&self, name: &str, client: &str) -> Option<String> {
        let call = self.call;
        let words = |words: &crate::words::Words| {
            let is_whole = words.given == crate::words::Given::Exactly(words.words.len() as u32);
            let all: Vec<String> = words.words.iter().map(|it| self.text(it.range)).collect();
            is_whole.then(|| all.join(", "))
        };
        Some(match name {
            "client" => client.to_owned(),
            "script" => self.text(call.what),
            "count" => self.text(call.count.as_ref()?.range),
            "keys" => words(&call.keys)?,
            "args" => words(&call.args)?,
            "name" => self.command_name()?,
            _ => {
                let (number, is_rest) = name.strip_suffix("..").map_or((name, false), |it| (it, true));
                let from = number.parse::<usize>().ok()?.checked_sub(1)?;
                let arguments = &self.matched.arguments;
                let span = |(start, end): (usize, usize)| self.tokens.span(start, end);
                match (arguments.get(from), is_rest) {
                    (Some(&it), false) => self.text(span(it)),
                    (Some(&it), true) => self.text(span(it).cover(span(*arguments.last()?))),
                    (None, _) => String::new(),
                }
            }
        })
    }

    /// A name for a command of the client, by the script's name.
    fn command_name(&self) -> Option<String> {
        let what = self.text(self.call.what);
        let is_path = what.bytes().all(|it| it.is_ascii_alphanumeric() || b"_.$".contains(&it));
        let words = crate::to_file::words(what.rsplit('.').next().filter(|_| is_path)?);
        let mut name = words.first()?.clone();
        for word in words.iter().skip(1).filter(|it| !matches!(it.as_str(), "script" | "lua")) {
            let mut letters = word.chars();
            name.extend(letters.next().map(|it| it.to_ascii_uppercase()));
            name.push_str(letters.as_str());
        }
        // A name that the client has already is one of its commands, or means something else.
        let is_used =
            (0..self.tokens.len()).any(|at| self.tokens.is(at, &name) && self.tokens.is(at.wrapping_sub(1), "."));
        (!is_used).then_some(name)
    }

    fn text(&self, range: TextRange) -> String {
        String::from_utf8_lossy(range.slice(self.source)).into_owned()
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'.')
}
