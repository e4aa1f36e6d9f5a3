//! From a call to its script.

use text::TextRange;

use crate::{
    call_reader::CallReader,
    calls::{self, Matched},
    constants,
    names::{Value, is_member},
    script_call::Runs,
};

/// Steps from a call to its script.
const MAX_STEPS: u32 = 6;

impl CallReader<'_> {
    /// The script of the object that a name has, and whether its runs are read-only.
    pub(crate) fn handle(&self, name: usize) -> Option<(Runs, bool)> {
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
    pub(crate) fn made_by(&self, start: usize, end: usize) -> Option<&Matched<'_>> {
        let from = self.matches.partition_point(|it| it.name < start);
        let mut inner = self.matches[from..].iter().take_while(|it| it.name < end);
        inner.find(|it| it.row.handle && self.tokens.parent(it.name) == self.tokens.parent(start))
    }

    /// The script that the tokens `start..end` are: its text, or a name of it.
    pub(crate) fn target(&self, start: usize, end: usize, depth: u32) -> Runs {
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
        // `RedisScript.of(TAKE)`
        if let Some((start, end)) = self
            .made_by(start, end)
            .and_then(|call| calls::argument(tokens, &call.arguments, call.row.script.as_ref()?))
        {
            return self.target(start, end, depth + 1);
        }
        if tokens.syntax().has_commands
            && let Some(found) = self.shell_target(start, end, depth)
        {
            return found;
        }
        let Some(name) = tokens.path(start, end) else { return Runs::Unknown };
        let followed = self.names.follow(name);
        if !matches!(followed, Value::Parameter)
            && let Some(file) = self.embedded_file(name)
        {
            return file;
        }
        match followed {
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
    pub(crate) fn sha(&self, start: usize, end: usize) -> Runs {
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
    pub(crate) fn function(&self, start: usize, end: usize) -> Runs {
        let tokens = self.tokens;
        let of = |start: usize, end: usize| {
            let name = String::from_utf8(self.reader.text(start, end)?).ok()?;
            let range = tokens.span(start, end);
            Some(Runs::Function { range, literal: range, name })
        };
        if let Some(found) = of(start, end) {
            return found;
        }
        let Some(name) = tokens.path(start, end) else { return Runs::Unknown };
        let Value::At(value) = self.names.follow(name) else { return Runs::Unknown };
        match of(value, self.tokens.expression_end(value)) {
            Some(Runs::Function { literal, name: text, .. }) => {
                Runs::Function { range: tokens.range(name), literal, name: text }
            }
            _ => Runs::Unknown,
        }
    }

    /// The file of a variable of Go that the compiler fills by a comment above it: `//go:embed take.lua`.
    fn embedded_file(&self, name: usize) -> Option<Runs> {
        let same = |(at, _): &(usize, TextRange)| self.tokens.text(*at) == self.tokens.text(name);
        let (_, range) = constants::embedded_files(self.tokens).find(same)?;
        let path = String::from_utf8_lossy(range.slice(self.tokens.source)).into_owned();
        Some(Runs::File { range, path })
    }

    /// The script that a word of the shell is: `"$(cat take.lua)"`, `"$NAME"`.
    fn shell_target(&self, start: usize, end: usize, depth: u32) -> Option<Runs> {
        let tokens = self.tokens;
        let range = tokens.span(start, end);
        let word = std::str::from_utf8(range.slice(tokens.source)).ok()?;
        let word = word.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(word);
        let command = word.strip_prefix("$(").and_then(|it| it.strip_suffix(')'));
        let path = command.and_then(|it| it.strip_prefix("cat ").or_else(|| it.strip_prefix('<')));
        if let Some(path) = path {
            // The folder of the shell's script: `"$(dirname "$0")/take.lua"`.
            let path = path.trim().replace(['"', '\''], "");
            let path = path.rsplit_once(")/").map_or(path.as_str(), |it| it.1);
            let is_plain = path.ends_with(".lua") && !path.contains(char::is_whitespace);
            return is_plain.then(|| Runs::File { range, path: path.to_owned() });
        }
        let (first, last) = tokens.shell_value(start, end)?;
        Some(self.target(first, last, depth + 1))
    }
}
