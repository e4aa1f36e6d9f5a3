//! Permissions as scripts need them.
//!
//! A server checks the commands of a script, with their keys and channels, by the user who runs it. The keys of EVAL and FCALL it checks
//! before, for reading and writing both, for it cannot tell what the script does with them (their key specs are RW); those of `EVAL_RO` and
//! `FCALL_RO` for reading.

use std::collections::{BTreeMap, BTreeSet};

use commands::CommandSpec;
use semantic::{
    facts::{Access, Facts},
    values::{Piece, Template, Values},
};
use workspace::Sent;

/// Permissions.
pub(super) struct Grant {
    /// Commands by their names in an ACL: `get`, `xinfo|stream`.
    pub commands: BTreeMap<String, &'static CommandSpec>,
    /// Patterns of keys, with true for each of reading and writing.
    pub keys: BTreeMap<String, (bool, bool)>,
    /// Patterns of the keys that programs pass in KEYS.
    pub elements: BTreeSet<String>,
    /// Commands with patterns of their keys, or of their channels.
    pub uses: BTreeSet<(String, String)>,
    /// Patterns of channels.
    pub channels: BTreeSet<String>,
    /// Commands that run scripts and functions.
    pub entries: BTreeSet<&'static str>,
    /// Sentences on what is not known.
    pub notes: Vec<String>,
    /// Patterns for KEYS that the user gave.
    given: Vec<String>,
    read_only: bool,
}

impl Grant {
    pub(super) fn new(given: Vec<String>, read_only: bool) -> Self {
        Self {
            commands: BTreeMap::new(),
            keys: BTreeMap::new(),
            elements: BTreeSet::new(),
            uses: BTreeSet::new(),
            channels: BTreeSet::new(),
            entries: BTreeSet::new(),
            notes: Vec::new(),
            given,
            read_only,
        }
    }

    /// Adds what a script needs, or the functions of a library.
    pub(super) fn add(&mut self, sent: &Sent, path: &str, all: &[Facts]) {
        let is_library = sent.script.library.is_some();
        let entries: &[&str] = match (is_library, self.read_only) {
            (true, true) => &["fcall_ro"],
            (true, false) => &["fcall"],
            (false, true) => &["eval_ro", "evalsha_ro"],
            (false, false) => &["eval", "evalsha"],
        };
        self.entries.extend(entries);
        let known = patterns_of_examples(&sent.flat.code);
        for facts in all {
            let name = facts.function.as_ref().map_or_else(|| path.to_owned(), |name| format!("{name} ({path})"));
            if let Some(why) = &facts.incomplete {
                self.notes.push(format!("{name}: not all is known of it, for {why}"));
            }
            if !facts.unknown.is_empty() {
                self.notes.push(format!(
                    "{name}: it calls commands whose names are not known here; none is granted for that"
                ));
            }
            if self.read_only && !matches!(facts.access, Access::Reads | Access::Nothing) {
                self.notes.push(format!("{name} writes: with --read-only it cannot run"));
            }
            for command in &facts.commands {
                self.commands.insert(command_name(command.spec.name), command.spec);
            }
            for key in &facts.keys {
                let (pattern, is_element) = self.pattern(&key.template, &known);
                if pattern == "*" {
                    let what = key.template.to_string();
                    self.notes.push(format!("{name}: {what} may be any key here; --keys 'PATTERN' tells which"));
                }
                // Keys of KEYS are those of EVAL too.
                let writes = key.write || key.delete || (is_element && !self.read_only);
                let reads = key.read || is_element;
                for pattern in pattern.split('\n') {
                    if is_element {
                        self.elements.insert(pattern.to_owned());
                    }
                    let access = self.keys.entry(pattern.to_owned()).or_default();
                    *access = (access.0 || reads, access.1 || writes);
                }
            }
        }
        self.add_uses(sent, &known);
        self.notes.sort();
        self.notes.dedup();
    }

    /// The patterns of a key, one a line, and true if it is an element of KEYS.
    fn pattern(&self, template: &Template, known: &[String]) -> (String, bool) {
        let is_element = matches!(&template.0[..], [Piece::Key(_)]);
        if is_element {
            let all = if self.given.is_empty() { known } else { &self.given };
            return (if all.is_empty() { "*".to_owned() } else { all.join("\n") }, true);
        }
        (glob(template), false)
    }

    /// Notes the keys and channels of each call.
    fn add_uses(&mut self, sent: &Sent, known: &[String]) {
        let values = Values::of_file(&sent.script);
        for call in &sent.script.calls {
            let Some(name) = call.name().map(command_name) else { continue };
            for key in values.keys(0, &call.words, &call.binding) {
                for template in &key.templates {
                    let (patterns, _) = self.pattern(template, known);
                    self.uses.extend(patterns.split('\n').map(|it| (name.clone(), it.to_owned())));
                }
            }
            if matches!(&*name, "publish" | "spublish")
                && let Some(&channel) = call.words.get(1)
            {
                let patterns: Vec<String> = values.templates(0, channel).iter().map(glob).collect();
                self.uses.extend(patterns.iter().map(|it| (name.clone(), it.clone())));
                self.channels.extend(patterns);
            }
        }
    }

    /// The line of an ACL file, without a password.
    pub(super) fn line(&self, user: &str) -> String {
        let mut words = vec!["user".to_owned(), user.to_owned(), "on".to_owned(), "resetkeys".to_owned()];
        let covered = self.keys.get("*").copied();
        for (pattern, access) in &self.keys {
            // What any key may be is said once.
            let is_covered = pattern != "*" && covered.is_some_and(|it| (it.0 || !access.0) && (it.1 || !access.1));
            if !is_covered {
                words.push(match access {
                    (true, false) => format!("%R~{pattern}"),
                    (false, true) => format!("%W~{pattern}"),
                    _ => format!("~{pattern}"),
                });
            }
        }
        words.push("resetchannels".to_owned());
        words.extend(self.channels.iter().map(|it| format!("&{it}")));
        words.push("-@all".to_owned());
        words.extend(self.entries.iter().map(|it| format!("+{it}")));
        words.extend(self.commands.keys().map(|it| format!("+{it}")));
        words.join(" ")
    }
}

/// A command as an ACL names it.
fn command_name(name: &str) -> String {
    name.to_ascii_lowercase().replace(' ', "|")
}

/// A template as a pattern of the server: what is not known may be anything.
fn glob(template: &Template) -> String {
    let mut out = String::new();
    for piece in &template.0 {
        match piece {
            Piece::Text(text) => {
                for it in String::from_utf8_lossy(text).chars() {
                    // A space would end the word of the line: any one character is as near as a pattern comes.
                    if it.is_whitespace() {
                        out.push('?');
                        continue;
                    }
                    if matches!(it, '*' | '?' | '[' | ']' | '\\') {
                        out.push('\\');
                    }
                    out.push(it);
                }
            }
            _ if out.ends_with('*') && !out.ends_with("\\*") => {}
            _ => out.push('*'),
        }
    }
    out
}

/// Patterns of the keys that the examples in a script's comments give: `stock:42` is one of `stock:*`.
fn patterns_of_examples(source: &[u8]) -> Vec<String> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    for example in spec::examples(source) {
        let Ok(words) = protocol::split_line(example.command.as_bytes()) else { continue };
        let [command, _, count, rest @ ..] = &words[..] else { continue };
        let is_run =
            ["EVAL", "EVAL_RO", "FCALL", "FCALL_RO"].iter().any(|it| command.eq_ignore_ascii_case(it.as_bytes()));
        let count = std::str::from_utf8(count).ok().and_then(|it| it.parse::<usize>().ok()).filter(|_| is_run);
        for key in rest.iter().take(count.unwrap_or(0)) {
            let key = String::from_utf8_lossy(key).into_owned();
            // A name without parts may stand for any.
            let Some((prefix, _)) = key.rsplit_once(':') else { return Vec::new() };
            found.insert(format!("{prefix}:*"));
        }
    }
    found.into_iter().collect()
}
