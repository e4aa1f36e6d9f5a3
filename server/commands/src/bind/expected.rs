//! Words that may come next in a call, by the command's grammar: for completion and signature help.

use super::{
    Word,
    grammar::{LENIENT, begins_with_token, is_float},
    keys::{counted, number},
};
use crate::{
    CommandSpec, Target,
    spec::{Argument, ArgumentKind, Facts, LaterWords},
};

/// A possible next word.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Expected {
    /// The option word of an argument.
    Token(&'static Argument),
    /// The value of an argument.
    Value(&'static Argument),
}

impl Expected {
    /// The argument.
    pub const fn argument(self) -> &'static Argument {
        match self {
            Self::Token(argument) | Self::Value(argument) => argument,
        }
    }
}

/// Number of steps that are taken before a reading is given up: grammars with many options have many ways to be read.
const MOST_STEPS: u32 = 20_000;

/// Returns what may follow `words`, the arguments of `spec` so far (without its name), on the newest of `targets` that has the
/// command; the likelier reading first. Words whose value is not known fit everywhere.
pub fn expected(spec: &'static CommandSpec, words: &[Word<'_>], targets: &[Target]) -> Vec<Expected> {
    let facts =
        targets.iter().rev().find_map(|&target| spec.facts(target.family).filter(|_| spec.is_available(target)));
    let Some(facts) = facts.or_else(|| spec.any_facts()) else { return Vec::new() };
    let mut found = read(facts, words);
    // Of these the servers' description and their parser are two things: all options are offered everywhere.
    if LENIENT.contains(&spec.name) && found.is_empty() {
        options(facts.args, &mut found);
    }
    let has = |since: Option<crate::Version>| since.is_none_or(|since| targets.iter().any(|it| it.version >= since));
    found.retain(|it| has(it.argument().since) && !is_later(spec, it.argument(), targets));
    found
}

/// True if the option of an argument is newer than all targets.
fn is_later(spec: &CommandSpec, argument: &Argument, targets: &[Target]) -> bool {
    spec.later.iter().any(|later| {
        matches!(later.what, LaterWords::Options(&[option]) if option == argument.token)
            && targets.iter().all(|&target| later.lacks(target))
    })
}

fn read(facts: &'static Facts, words: &[Word<'_>]) -> Vec<Expected> {
    let mut matcher = Matcher { words, found: Vec::new(), steps: 0, numkeys: None };
    matcher.sequence(facts.args, 0, &mut |_, _| {});
    matcher.found
}

fn options(args: &'static [Argument], found: &mut Vec<Expected>) {
    for arg in args {
        if !arg.token.is_empty() {
            found.push(Expected::Token(arg));
        }
        options(arg.args, found);
    }
}

struct Matcher<'w> {
    words: &'w [Word<'w>],
    found: Vec<Expected>,
    steps: u32,
    numkeys: Option<usize>,
}

/// Continuation behind a place.
type Then<'a> = &'a mut dyn FnMut(&mut Matcher<'_>, usize);

impl Matcher<'_> {
    fn expect(&mut self, expected: Expected) {
        if !self.found.contains(&expected) {
            self.found.push(expected);
        }
    }

    fn sequence(&mut self, args: &'static [Argument], at: usize, then: Then<'_>) {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return;
        }
        let Some((first, rest)) = args.split_first() else {
            then(self, at);
            return;
        };
        let run = args.iter().take_while(|arg| arg.optional && begins_with_token(arg)).count();
        if run > 0 {
            let (run, rest) = args.split_at(run);
            self.options(run, 0, at, &mut |matcher, at| matcher.sequence(rest, at, then));
            return;
        }
        self.one(first, at, &mut |matcher, at| matcher.sequence(rest, at, then));
        if first.optional {
            self.sequence(rest, at, then);
        }
    }

    /// Neighbouring options, which parsers take in any order.
    fn options(&mut self, run: &'static [Argument], used: u64, at: usize, then: Then<'_>) {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return;
        }
        for (nth, arg) in run.iter().enumerate().filter(|(nth, _)| used & (1 << (nth % 64)) == 0) {
            let used = used | 1 << (nth % 64);
            self.one(arg, at, &mut |matcher, after| {
                if after > at {
                    matcher.options(run, used, after, then);
                }
            });
        }
        then(self, at);
    }

    /// One argument, as often as it may stand.
    fn one(&mut self, arg: &'static Argument, at: usize, then: Then<'_>) {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return;
        }
        let mut start = at;
        if !arg.token.is_empty() {
            match self.words.get(at) {
                None => {
                    self.expect(Expected::Token(arg));
                    return;
                }
                Some(Word::Known(text)) if !text.eq_ignore_ascii_case(arg.token.as_bytes()) => return,
                Some(Word::Number(_)) => return,
                // An unknown word is a value rather than an option, unless nothing else is possible.
                Some(Word::Many) => {
                    then(self, self.words.len());
                    return;
                }
                Some(_) => start += 1,
            }
        }
        let counted = self.numkeys.filter(|_| arg.kind == ArgumentKind::Key && arg.multiple);
        self.body(arg, start, 1, counted, then);
    }

    fn body(&mut self, arg: &'static Argument, at: usize, nth: usize, counted: Option<usize>, then: Then<'_>) {
        self.once(arg, at, &mut |matcher, after| {
            if after == at && arg.kind != ArgumentKind::Token {
                then(matcher, after);
                return;
            }
            match counted {
                Some(count) if nth < count => {
                    matcher.body(arg, after, nth + 1, counted, then);
                    return;
                }
                Some(_) => {}
                None if arg.multiple && matcher.steps < MOST_STEPS => {
                    matcher.steps += 1;
                    if arg.multiple_token {
                        matcher.one(arg, after, then);
                    } else {
                        matcher.body(arg, after, nth + 1, None, then);
                    }
                }
                None => {}
            }
            then(matcher, after);
        });
    }

    fn once(&mut self, arg: &'static Argument, at: usize, then: Then<'_>) {
        match arg.kind {
            ArgumentKind::OneOf => {
                for choice in arg.args {
                    self.one(choice, at, then);
                }
            }
            ArgumentKind::Block => self.sequence(arg.args, at, then),
            ArgumentKind::Token => then(self, at),
            kind => match self.words.get(at) {
                None => self.expect(Expected::Value(arg)),
                Some(Word::Many) => then(self, self.words.len()),
                Some(Word::Known(text))
                    if matches!(kind, ArgumentKind::Integer | ArgumentKind::Double) && !is_float(text) => {}
                Some(&word) => {
                    let before = self.numkeys;
                    if counted(arg.name).is_some() {
                        self.numkeys = number(word);
                    }
                    then(self, at + 1);
                    self.numkeys = before;
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lookup, subcommand};

    fn next(call: &str) -> String {
        let mut words = call.split_whitespace();
        let Some(mut spec) = words.next().and_then(|name| lookup(name.as_bytes())) else { return String::new() };
        let mut words: Vec<&str> = words.collect();
        if !spec.subcommands.is_empty()
            && let Some(found) = words.first().and_then(|sub| subcommand(spec, sub.as_bytes()))
        {
            spec = found;
            words.remove(0);
        }
        let words: Vec<Word<'_>> = words
            .into_iter()
            .map(|word| match word {
                "?" => Word::Unknown,
                "*" => Word::Many,
                word => Word::Known(word.as_bytes()),
            })
            .collect();
        let found = expected(spec, &words, &[Target::redis(8, 2)]);
        found
            .iter()
            .map(|it| match it {
                Expected::Token(arg) => arg.token.to_owned(),
                Expected::Value(arg) => format!("<{}>", arg.name),
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn the_grammar_says_what_is_next() {
        assert_eq!(next("GET"), "<key>");
        assert_eq!(next("GET k"), "");
        assert_eq!(next("SET k v"), "NX XX GET EX PX EXAT PXAT KEEPTTL");
        assert_eq!(next("SET k v NX"), "GET EX PX EXAT PXAT KEEPTTL");
        assert_eq!(next("SET ? ? EX"), "<seconds>");
        assert_eq!(next("SET ? ? EX 10"), "NX XX GET");
        assert!(next("SET ? ? ? ?").contains("GET"));
        assert_eq!(next("HSET k"), "<field>");
        assert_eq!(next("HSET k f"), "<value>");
        assert_eq!(next("HSET k f v"), "<field>");
        assert_eq!(next("DEL a b"), "<key>");
        assert_eq!(next("ZADD k"), "NX XX GT LT CH INCR <score>");
        assert_eq!(next("ZADD k NX 1"), "<member>");
        assert_eq!(next("ZADD k NX 1 m"), "<score>");
        assert_eq!(next("ZUNION 2 a"), "<key>");
        assert_eq!(next("ZUNION 2 a b"), "WEIGHTS AGGREGATE WITHSCORES");
        assert_eq!(next("ZUNION 2 a b AGGREGATE"), "SUM MIN MAX");
        assert_eq!(next("XINFO STREAM k"), "FULL");
        assert_eq!(next("LMPOP 1 k"), "LEFT RIGHT");
        assert_eq!(next("DEL *"), "<key>");
        assert_eq!(next("SORT k BY w GET p"), "GET LIMIT ASC DESC ALPHA STORE");
    }
}
