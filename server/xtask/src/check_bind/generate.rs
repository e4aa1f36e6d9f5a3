//! Calls made up from the argument grammars, and calls a little wrong.

use commands::{
    CommandSpec,
    spec::{Access, Argument, ArgumentKind, Facts},
};

/// A word of a made-up call: text, or a Lua number.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Made {
    Text(String),
    Number(f64),
}

impl std::fmt::Display for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) if text.is_empty() || text.contains(' ') => write!(f, "{text:?}"),
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{{{number}}}"),
        }
    }
}

/// A small generator of numbers, the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(0x9E37_79B9_7F4A_7C15))
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        if end == 0 { 0 } else { ((self.0 >> 11) % end as u64) as usize }
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// A call that is valid by the grammar.
pub(crate) fn valid(spec: &'static CommandSpec, facts: &'static Facts, dice: &mut Dice) -> Vec<Made> {
    let mut maker = Maker { spec, facts, dice, out: Vec::new(), count: None };
    maker.out.extend(spec.name.split(' ').map(|word| Made::Text(word.to_owned())));
    maker.sequence(facts.args);
    if facts.args.is_empty() {
        // No grammar is known: words of which some may fit.
        for _ in 0..maker.dice.below(5) {
            let word = maker.dice.pick(WORDS);
            maker.out.push(Made::Text(word.to_owned()));
        }
    }
    maker.out
}

const WORDS: &[&str] = &["s", "h", "v", "a", "1", "2", "VALUES", "COUNT", "0.5", "foo", "ELE"];

struct Maker<'a> {
    spec: &'static CommandSpec,
    facts: &'static Facts,
    dice: &'a mut Dice,
    out: Vec<Made>,
    /// Number of times the next list repeats, where a count before it says so.
    count: Option<usize>,
}

impl Maker<'_> {
    fn sequence(&mut self, args: &'static [Argument]) {
        let mut at = 0;
        while at < args.len() {
            let options = args[at..].iter().take_while(|arg| arg.optional).count();
            if options > 0 {
                let mut chosen: Vec<&'static Argument> =
                    args[at..at + options].iter().filter(|_| self.dice.chance(35)).collect();
                // Servers take neighbouring options in any order; plain optional words have their place.
                if chosen.iter().all(|arg| has_token(arg)) && self.dice.chance(60) {
                    for end in (1..chosen.len()).rev() {
                        let other = self.dice.below(end + 1);
                        chosen.swap(end, other);
                    }
                }
                for arg in chosen {
                    self.argument(arg);
                }
                at += options;
                continue;
            }
            if let [first, second, ..] = &args[at..]
                && first.multiple
                && second.multiple
            {
                let count = 1 + self.dice.below(2);
                for arg in [first, second] {
                    self.count = Some(count);
                    self.argument(arg);
                }
                at += 2;
                continue;
            }
            self.argument(&args[at]);
            at += 1;
        }
    }

    fn argument(&mut self, arg: &'static Argument) {
        let times = if arg.multiple { self.count.take().unwrap_or_else(|| 1 + self.dice.below(3)) } else { 1 };
        for nth in 0..times {
            if !arg.token.is_empty() && (nth == 0 || arg.multiple_token) {
                let token = if self.dice.chance(20) { arg.token.to_lowercase() } else { arg.token.to_owned() };
                self.out.push(Made::Text(token));
            }
            match arg.kind {
                ArgumentKind::Token => {}
                ArgumentKind::OneOf => {
                    let nth = self.dice.below(arg.args.len());
                    if let Some(chosen) = arg.args.get(nth) {
                        self.argument(chosen);
                    }
                }
                ArgumentKind::Block => self.sequence(arg.args),
                _ => {
                    let word = self.value(arg);
                    self.out.push(word);
                }
            }
        }
    }

    fn value(&mut self, arg: &'static Argument) -> Made {
        if arg.name.starts_with("num") && arg.kind == ArgumentKind::Integer {
            let count = 1 + self.dice.below(2);
            self.count = Some(count);
            return Made::Text(count.to_string());
        }
        let text = match arg.kind {
            ArgumentKind::Key => self.key(),
            ArgumentKind::Integer if self.dice.chance(15) => {
                return Made::Number(self.dice.pick(&[0.0, 1.0, 2.0, -1.0, 10.0]));
            }
            ArgumentKind::Integer => self.dice.pick(&["0", "1", "2", "3", "10", "-1", "100"]),
            ArgumentKind::Double if self.dice.chance(15) => {
                return Made::Number(self.dice.pick(&[0.5, 1.0, -2.5, 1e20]));
            }
            ArgumentKind::Double => self.dice.pick(&["0", "1", "1.5", "-2", "inf", "-inf", "+inf", "1e3", "0.1"]),
            ArgumentKind::UnixTime => self.dice.pick(&["1", "9999999999", "9999999999999"]),
            ArgumentKind::Pattern => self.dice.pick(&["*", "a*", "#", "w_*"]),
            _ => self.text(arg.name),
        };
        Made::Text(text.to_owned())
    }

    fn key(&mut self) -> &'static str {
        let written = self.facts.keys.iter().any(|key| matches!(key.access, Access::Overwrite));
        if written && self.dice.chance(30) {
            return "dst";
        }
        match self.spec.group {
            "hash" => self.dice.pick(&["h", "h", "h2"]),
            "list" => self.dice.pick(&["l", "l", "l2"]),
            "set" => self.dice.pick(&["set", "set", "set2"]),
            "sorted-set" => self.dice.pick(&["z", "z", "z2"]),
            "stream" => self.dice.pick(&["st", "st", "st2"]),
            "geo" => "geo",
            "hyperloglog" => self.dice.pick(&["hll", "hll2"]),
            "generic" => self.dice.pick(&["s", "l", "set", "z", "h", "dst"]),
            _ => self.dice.pick(&["s", "s", "s2"]),
        }
    }

    fn text(&mut self, name: &str) -> &'static str {
        match name {
            "group" => "g",
            "consumer" | "newconsumer" => "c",
            "id" | "ids" | "lastid" | "last-id" | "threshold" | "max-deleted-id" => {
                self.dice.pick(&["*", "1-1", "2-1", "0", "0-0", "9-1", "$", ">", "9-*", "-", "+"])
            }
            "start" | "end" | "stop" | "min" | "max" => {
                self.dice.pick(&["0", "1", "-1", "-", "+", "-inf", "+inf", "(1", "[a", "(c", "1-1", "5"])
            }
            "encoding" => self.dice.pick(&["u8", "i5", "u4"]),
            "offset" => self.dice.pick(&["0", "#1", "8"]),
            "type" => self.dice.pick(&["string", "hash", "zset"]),
            "cursor" => "0",
            "value" | "comparison-value" | "ivalue" => self.dice.pick(&["5", "v", "10", "NX", "1.5"]),
            _ => self.dice.pick(&["a", "b", "f", "1", "x", "EX", "WITHSCORES", "foo", "0"]),
        }
    }
}

fn has_token(arg: &Argument) -> bool {
    !arg.token.is_empty() || arg.args.first().is_some_and(has_token)
}

/// A call with something wrong, or at least strange, in it.
pub(crate) fn mutated(base: &[Made], facts: &'static Facts, dice: &mut Dice) -> Vec<Made> {
    let mut words = base.to_vec();
    let at = 1 + dice.below(words.len());
    match dice.below(11) {
        0 => {
            if at < words.len() {
                words.remove(at);
            }
        }
        1 => words.insert(at, Made::Text(dice.pick(WORDS).to_owned())),
        2 => words.push(Made::Text(dice.pick(WORDS).to_owned())),
        3 => words.truncate((words.len() - 1).max(1)),
        4 => {
            if at + 1 < words.len() {
                words.swap(at, at + 1);
            }
        }
        5 => {
            if let Some(Made::Text(text)) = words.get_mut(at) {
                // A slip of the finger: a letter too many, too few, or changed.
                match dice.below(3) {
                    0 => text.push('X'),
                    1 => {
                        text.pop();
                    }
                    _ => *text = text.chars().rev().collect(),
                }
            }
        }
        6 => {
            if let Some(word) = words.get_mut(at) {
                *word = Made::Text(dice.pick(ODD).to_owned());
            }
        }
        7 => {
            if let Some(word) = words.get_mut(at) {
                *word = Made::Number(dice.pick(&[0.5, 3.0, -1.0, 1e15, 9_007_199_254_740_992.0, 1e300, f64::INFINITY]));
            }
        }
        8 => {
            if at < words.len() {
                let word = words[at].clone();
                words.insert(at, word);
            }
        }
        _ => {
            // Another option, wherever: often one that excludes what is there.
            let mut tokens = Vec::new();
            tokens_of(facts.args, &mut tokens);
            if !tokens.is_empty() {
                let (token, operand) = dice.pick(&tokens);
                let at = if dice.chance(70) { words.len() } else { at };
                words.insert(at, Made::Text(token.to_owned()));
                if operand && dice.chance(85) {
                    words.insert(at + 1, Made::Text(dice.pick(&["1", "10", "5", "a"]).to_owned()));
                }
            }
        }
    }
    words
}

const ODD: &[&str] = &[
    "abc",
    "",
    "1.5",
    "01",
    "+5",
    " 5",
    "5 ",
    "-0",
    "1e3",
    "0x10",
    "nan",
    "inf",
    "Infinity",
    "-",
    "+",
    "(1",
    "[a",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "1.",
    ".5",
    "~",
    "=",
    "*",
    "0",
    "-1",
    "12",
];

fn tokens_of(args: &'static [Argument], out: &mut Vec<(&'static str, bool)>) {
    for arg in args {
        if !arg.token.is_empty() {
            out.push((arg.token, arg.kind != ArgumentKind::Token));
        }
        tokens_of(arg.args, out);
    }
}
