//! Lists that have names, with what is added to them before they are used.

use crate::{
    names::{Declaration, Meaning, is_member},
    words::{Item, Spread, WordReader},
};

/// Methods that put words behind those of a list.
const APPENDS: &[&str] = &["append", "push", "add", "Add"];

/// Functions that only read a list.
const READERS: &[&str] = &[
    "len", "count", "sizeof", "print", "println", "printf", "log", "debug", "info", "String", "str", "unpack",
    "asList", "of", "copyOf", "list", "tuple",
];

/// Methods and properties that only read a list.
const READS: &[&str] = &[
    "length", "size", "len", "Length", "Count", "count", "map", "join", "includes", "contains", "indexOf", "get",
    "isEmpty", "is_empty", "empty", "iter", "forEach", "each", "toArray", "ToArray", "slice", "some", "every",
    "filter",
];

/// A mention of a list.
#[derive(Clone, PartialEq, Eq)]
enum Mention {
    /// It changes nothing.
    Read,
    /// Words are put behind the others, whenever the block is run.
    Append(Vec<(usize, usize)>),
    /// Anything.
    Other,
}

impl WordReader<'_> {
    /// The words of the list with a name; none if it may have others.
    pub(crate) fn named_list(&self, name: usize, depth: u32) -> Option<Vec<Item>> {
        let Meaning::Declared(declaration) = self.names.meaning(name) else { return None };
        let tokens = self.tokens;
        let end = tokens.expression_end(declaration.value);
        if declaration.value == name {
            return None;
        }
        let added = self.added(name, declaration, end)?;
        // Another name of a list changes it too.
        if let Some(other) = tokens.path(declaration.value, end).filter(|&it| !self.is_nothing(it)) {
            let is_read =
                |&at: &usize| at == other || matches!(self.mention(at), Mention::Read) || self.names.is_declared(at);
            if !added.is_empty() || !self.mentions(tokens.text(other)).iter().all(is_read) {
                return None;
            }
        }
        let mut items = self.list_at(declaration.value, end, depth + 1).items;
        items.extend(added);
        Some(items)
    }

    /// The words that are put behind those of a list between its declaration, whose value ends at `end`, and a use of it; none if
    /// that cannot be told.
    fn added(&self, name: usize, declaration: Declaration, end: usize) -> Option<Vec<Item>> {
        let tokens = self.tokens;
        let is_member = is_member(tokens, name) || is_member(tokens, declaration.name);
        let (from, to) = if is_member { (0, tokens.len()) } else { self.names.region(declaration.name) };
        let is_other = |at: &usize| {
            // Names tell which declaration before the use counts.
            let is_told = *at < name && self.names.is_declared(*at);
            (from..to).contains(at) && *at != name && !(declaration.name..end).contains(at) && !is_told
        };
        let mentions = self.mentions(tokens.text(name)).iter().copied().filter(is_other);
        let changes: Vec<(usize, Mention)> =
            mentions.map(|at| (at, self.mention(at))).filter(|it| it.1 != Mention::Read).collect();
        if changes.is_empty() {
            return Some(Vec::new());
        }
        // What is declared anew each time the use is reached has what stands between them.
        let is_straight = self.names.is_same_block(declaration.name, name) && !is_member;
        if !is_straight {
            return None;
        }
        let mut added = Vec::new();
        for (at, mention) in changes.into_iter().filter(|it| (end..name).contains(&it.0)) {
            match mention {
                Mention::Append(words) if self.names.is_same_block(declaration.name, at) => {
                    added.extend(self.elements(&words, Spread::None));
                }
                _ => return None,
            }
        }
        Some(added)
    }

    /// True for a name of a list that nothing between two tokens changes.
    pub(crate) fn is_kept(&self, name: usize, (from, to): (usize, usize)) -> bool {
        let mut mentions = self.mentions(self.tokens.text(name)).iter().filter(|it| (from..to).contains(it));
        mentions.all(|&at| self.is_read(at))
    }

    /// True if a mention of a name changes nothing.
    pub(crate) fn is_read(&self, at: usize) -> bool {
        self.mention(at) == Mention::Read
    }

    fn mention(&self, at: usize) -> Mention {
        let tokens = self.tokens;
        let next = |text: &str| tokens.is(at + 1, text);
        let before = |text: &str| at > 0 && tokens.is(at - 1, text);
        let is = |at: usize, words: &[&str]| words.iter().any(|it| tokens.is(at, it));
        // Another thing with the name.
        if before(".") && !(at > 1 && tokens.is(at - 2, ".")) && !is(at.saturating_sub(2), &["self", "this"]) {
            return Mention::Read;
        }
        if next("=") && !tokens.is(at + 2, "=") || next(":") && !tokens.is(at + 2, "=") {
            // A named argument, a property.
            return if tokens.parent(at).is_some_and(|open| !tokens.is(open, "{")) || next(":") {
                Mention::Read
            } else {
                Mention::Other
            };
        }
        let member = if next(".") && !tokens.is(at + 2, ".") {
            Some(at + 2)
        } else if next("?") && tokens.is(at + 2, ".") || next("-") && tokens.is(at + 2, ">") {
            Some(at + 3)
        } else {
            None
        };
        if let Some(member) = member {
            if is(member, APPENDS) && tokens.is(member + 1, "(") && self.is_statement(at, tokens.after(member + 1)) {
                return Mention::Append(tokens.arguments(member + 1));
            }
            let is_copy = self.copies_with_concat() && is(member, &["concat"]);
            // `keys.select! { … }` of Ruby
            if tokens.is(member + 1, "!") && !tokens.is(member + 2, "=") {
                return Mention::Other;
            }
            return if is_copy || is(member, READS) && !tokens.is(member + 1, "=") {
                Mention::Read
            } else {
                Mention::Other
            };
        }
        // `$keys[] = $key;`
        if next("[") {
            let end = tokens.after(at + 1);
            let is_given = tokens.is(end, "=") && !tokens.is(end + 1, "=");
            if is_given && tokens.arguments(at + 1).is_empty() && self.is_statement(at, tokens.expression_end(at)) {
                return Mention::Append(vec![(end + 1, tokens.expression_end(at))]);
            }
            // `del keys[0]`, `unset($keys[0])`, `keys[0] += suffix`
            let in_call =
                tokens.parent(at).and_then(|open| open.checked_sub(1)).is_some_and(|it| tokens.is(it, "unset"));
            let is_added = tokens.is(end + 1, "=") && !tokens.is(end + 2, "=") && !is(end, &["=", "!", "<", ">"]);
            let is_change = is_given || before("del") || in_call || is_added;
            return if is_change { Mention::Other } else { Mention::Read };
        }
        // `keys << key` of Ruby.
        if next("<") && tokens.is(at + 2, "<") && tokens.language.name() == "Ruby" {
            let end = tokens.expression_end(at);
            let is_one = !(at + 3..end).any(|it| tokens.is(it, "<"));
            let is_append = is_one && self.is_statement(at, end);
            return if is_append { Mention::Append(vec![(at + 3, end)]) } else { Mention::Other };
        }
        let is_spread = before("*") || before(".") || next(".");
        let is_read = is_spread
            || before("#")
            || ["in", "of", "range", "return", "if", "not", "!"].iter().any(|it| before(it))
            || next("?")
            || next("as");
        // `{ keys, arguments: args }` of node-redis, `keys=keys` of redis-py.
        const LISTS: &[&str] = &["keys", "args", "argv", "arguments"];
        let is_named = (before("=") || before(":")) && at > 1 && is(at - 2, LISTS) && tokens.parent(at).is_some();
        let is_short = (before("{") || before(",")) && (next("}") || next(",")) && is(at, LISTS);
        let object = tokens.parent(at).filter(|&open| tokens.is(open, "{") && (is_named || is_short));
        let open = object.map_or(tokens.parent(at), |it| tokens.parent(it));
        let call = open.filter(|&open| tokens.is(open, "(")).and_then(|open| open.checked_sub(1));
        if is_read
            || is_named && object.is_none()
            || call.is_some_and(|callee| is(callee, READERS) || self.is_client_call(callee))
        {
            return Mention::Read;
        }
        // In brackets of a list or an object it is an element; what is done to that is not seen.
        Mention::Other
    }

    /// True where `keys.concat(…)` leaves the list as it is, unlike Ruby's.
    fn copies_with_concat(&self) -> bool {
        matches!(self.tokens.language.name(), "JavaScript" | "TypeScript" | "Vue or Svelte")
    }

    /// True for a name of clients' calls, which leave their arguments as they are.
    fn is_client_call(&self, callee: usize) -> bool {
        let tokens = self.tokens;
        let rows = tokens.language.bindings();
        // `new ArrayList<>(keys)`
        if tokens.is(callee, ">") {
            let before = callee.saturating_sub(8)..callee;
            return before.into_iter().any(|at| ["ArrayList", "LinkedList"].iter().any(|it| tokens.is(at, it)));
        }
        let text = tokens.text(callee);
        rows.call.iter().chain(&rows.run).any(|row| row.named(text).is_some())
            || matches!(text, b"append" | b"array_merge")
            || self.copies_with_concat() && text == b"concat"
    }

    /// True if the tokens `start..end` are a statement, which is run whenever its block is.
    fn is_statement(&self, start: usize, end: usize) -> bool {
        let tokens = self.tokens;
        let Some(before) = start.checked_sub(1) else { return true };
        let is_after = |texts: &[&str]| texts.iter().any(|it| tokens.is(before, it));
        let begins = is_after(&[";", "{", "}"])
            || tokens.begins_line(start) && !is_after(&["else", "&", "|", "?", ":", "=", ",", "("]);
        let ends = end >= tokens.len() || tokens.is(end, ";") || tokens.is(end, "}") || tokens.begins_line(end);
        begins && ends && !self.names.is_branch_alone(start)
    }
}
