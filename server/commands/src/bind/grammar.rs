//! Matches the words of a call with the command's argument grammar.
//!
//! The servers describe the grammar as a list; their parsers take neighbouring options in any order. So the list is
//! read as positional arguments with sets of options between them. From the first word whose meaning is not sure, only
//! roles are given and no problem is reported.

mod exceptions;
mod numbers;
mod shape;

pub(super) use self::{exceptions::LENIENT, numbers::is_float, shape::begins_with_token};
use self::{
    exceptions::{OPEN_ENDED, allowed_together, kind},
    numbers::{is_bound, is_integer, is_score_bound},
    shape::{exactly, is_option, lacks, leading, least, least_of, most, near, nearest},
};
use super::{
    Binding, ProblemKind, Role, Word,
    keys::{counted, number},
};
use crate::{
    CommandSpec, Family, Target,
    spec::{Argument, ArgumentKind, Facts},
};

/// Reads the words by the grammar of each family that is a target. A problem of one family's servers names them.
pub(super) fn read(
    binding: &mut Binding,
    spec: &'static CommandSpec,
    words: &[Word<'_>],
    start: usize,
    have: &[Target],
) {
    let mut readings: Vec<(Vec<Target>, Binding)> = Vec::new();
    for family in [Family::Redis, Family::Valkey] {
        let of_family: Vec<Target> = have.iter().copied().filter(|target| target.family == family).collect();
        if let Some(facts) = spec.facts(family).filter(|_| !of_family.is_empty()) {
            let mut reading = Binding { spec: binding.spec, roles: binding.roles.clone(), problems: Vec::new() };
            read_one(&mut reading, spec, facts, words, start, &of_family);
            readings.push((of_family, reading));
        }
    }
    let Some((first_targets, mut first)) = readings.pop() else { return };
    if let Some((second_targets, second)) = readings.pop() {
        for problem in &mut first.problems {
            match second.problems.iter().find(|other| (other.kind, other.word) == (problem.kind, problem.word)) {
                Some(other) if problem.targets.is_empty() && other.targets.is_empty() => {}
                Some(other) => {
                    let of = |targets: &Vec<Target>, all: &Vec<Target>| {
                        if targets.is_empty() { all.clone() } else { targets.clone() }
                    };
                    problem.targets =
                        [of(&other.targets, &second_targets), of(&problem.targets, &first_targets)].concat();
                }
                None if problem.targets.is_empty() => problem.targets.clone_from(&first_targets),
                None => {}
            }
        }
        for mut problem in second.problems {
            if first.problems.iter().any(|other| (other.kind, other.word) == (problem.kind, problem.word)) {
                continue;
            }
            if problem.targets.is_empty() {
                problem.targets.clone_from(&second_targets);
            }
            first.problems.push(problem);
        }
        // The reading that knows an option tells more of what follows it.
        let told = |roles: &[Role]| roles.iter().filter(|role| **role != Role::Unknown).count();
        if told(&second.roles) > told(&first.roles) {
            first.roles = second.roles;
        }
    }
    binding.roles = first.roles;
    binding.problems.append(&mut first.problems);
}

fn read_one(
    binding: &mut Binding,
    spec: &'static CommandSpec,
    facts: &'static Facts,
    words: &[Word<'_>],
    start: usize,
    have: &[Target],
) {
    // The words are read by the newest grammar; what an older target lacks is told by the options' versions.
    if facts.args.is_empty() || LENIENT.contains(&spec.name) {
        return;
    }
    // GROUP may stand behind options too, though everybody writes it first.
    let group = |word: &Word<'_>| matches!(word, Word::Known(text) if text.eq_ignore_ascii_case(b"GROUP"));
    if spec.name == "XREADGROUP" && !words.get(start).is_some_and(group) {
        return;
    }
    let end = words.iter().position(|word| *word == Word::Many).unwrap_or(words.len());
    let mut reader = Reader { binding, words, at: start, end, open: end < words.len(), sure: true, have, count: None };
    reader.sequence(facts.args, 0);
    reader.rest();
}

struct Reader<'a, 'w> {
    binding: &'a mut Binding,
    words: &'a [Word<'w>],
    at: usize,
    /// End of the known words.
    end: usize,
    /// True if unknown words follow.
    open: bool,
    /// True if problems may be reported.
    sure: bool,
    /// The targets, all of one family.
    have: &'a [Target],
    /// The last count, with the name of the counted thing, for the list that follows.
    count: Option<(usize, &'static str)>,
}

/// Fit of a word to the start of an argument.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// The word is the argument's token.
    Token,
    /// Any word fits.
    Value,
    /// Perhaps: the word is not known.
    Perhaps,
    /// The word does not fit.
    No,
}

impl<'w> Reader<'_, 'w> {
    fn word(&self) -> Option<Word<'w>> {
        (self.at < self.end).then(|| self.words[self.at])
    }

    fn problem(&mut self, kind: ProblemKind, word: usize) {
        if self.sure {
            self.binding.problem(kind, word, Vec::new());
        }
        self.sure = false;
    }

    fn role(&mut self, role: Role) {
        // Keys and their count are told by the key specs.
        if self.binding.roles[self.at] == Role::Unknown {
            self.binding.roles[self.at] = role;
        }
    }

    /// Reads `args` in order; `after` is the number of words to leave for the arguments after them.
    fn sequence(&mut self, args: &'static [Argument], after: usize) {
        let mut next = 0;
        while next < args.len() {
            let arg = &args[next];
            if self.is_loose(arg) {
                let len = args[next..].iter().take_while(|arg| self.is_loose(arg)).count();
                let rest = least_of(&args[next + len..]) + after;
                self.options(&args[next..next + len], rest);
                next += len;
                continue;
            }
            // Keys and ids of XREAD: as many of the one as of the other.
            if let [first, second, ..] = &args[next..]
                && first.multiple
                && second.multiple
                && !second.optional
                && second.token.is_empty()
            {
                self.halves(first, second);
                next += 2;
                continue;
            }
            let rest = least_of(&args[next + 1..]) + after;
            self.positional(arg, rest, &args[next + 1..]);
            next += 1;
        }
    }

    /// True if an argument may change places with its neighbours: an option, or one of GEOSEARCH that begins with a token.
    fn is_loose(&self, arg: &Argument) -> bool {
        let any_order = self.binding.spec.is_some_and(|spec| spec.name.starts_with("GEOSEARCH"));
        is_option(arg) || any_order && begins_with_token(arg)
    }

    fn left(&self) -> usize {
        self.end - self.at
    }

    fn halves(&mut self, first: &'static Argument, second: &'static Argument) {
        let left = self.left();
        if self.open {
            self.sure = false;
        } else if left % 2 == 1 {
            self.problem(ProblemKind::UnpairedArgument { missing: second.name }, self.end);
        }
        for nth in 0..left {
            let arg = if nth < left.div_ceil(2) { first } else { second };
            self.role(Role::Value(arg.name));
            self.at += 1;
        }
    }

    fn positional(&mut self, arg: &'static Argument, after: usize, following: &'static [Argument]) {
        let least = least(arg);
        if arg.optional {
            let scarce = self.left() < least + after;
            if self.fit(arg, self.word()) == Fit::No || (scarce && !self.open) {
                return;
            }
            // Whether it is this or what follows, only the words behind would tell.
            self.sure &= !scarce;
        }
        if !arg.multiple {
            self.one(arg, after);
            return;
        }
        if let Some((count, of)) = self.count.take() {
            let given = self.left() / least.max(1);
            if given < count && !self.open {
                self.problem(ProblemKind::CountMismatch { of, stated: count, given }, self.end);
            }
            for _ in 0..count.min(self.left()) {
                self.one(arg, after);
            }
            return;
        }
        if self.count_unknown() {
            self.give_up();
            return;
        }
        // Where a list ends and what follows it begins, unknown words hide.
        if self.open && !following.is_empty() {
            self.sure = false;
        }
        let mut first = true;
        while self.left() > after || (first && self.left() > 0) {
            if !first {
                // What follows a list begins with a token; a member may look like one, so nothing after is sure.
                let token = following.iter().any(|next| matches!(self.fit(next, self.word()), Fit::Token));
                if token {
                    break;
                }
                if self.word() == Some(Word::Unknown) && following.iter().any(begins_with_token) {
                    self.sure = false;
                }
            }
            let before = self.at;
            if arg.multiple_token && !first && self.fit(arg, self.word()) != Fit::Token {
                break;
            }
            self.one(arg, after);
            if self.at == before {
                break;
            }
            first = false;
        }
        if !following.is_empty() && following.iter().any(is_option) && !self.known_from(self.at) {
            self.sure = false;
        }
    }

    fn known_from(&self, at: usize) -> bool {
        self.words[at.min(self.end)..self.end].iter().all(|word| !matches!(word, Word::Unknown))
    }

    /// True if the count before this list could not be read.
    fn count_unknown(&self) -> bool {
        let Some(before) = self.at.checked_sub(1) else { return false };
        let is_count = match self.binding.roles.get(before) {
            Some(Role::NumKeys) => true,
            Some(Role::Value(name)) => counted(name).is_some(),
            _ => false,
        };
        is_count && number(self.words[before]).is_none()
    }

    fn give_up(&mut self) {
        self.sure = false;
        self.at = self.end;
    }

    /// One occurrence of an argument.
    fn one(&mut self, arg: &'static Argument, after: usize) {
        match arg.kind {
            ArgumentKind::OneOf => self.choice(arg, after),
            ArgumentKind::Block => {
                if !self.token(arg) {
                    return;
                }
                let start = self.at;
                for (nth, part) in arg.args.iter().enumerate() {
                    if self.at >= self.end && !part.optional && nth > 0 {
                        if !self.open {
                            let kind = if arg.token.is_empty() {
                                ProblemKind::UnpairedArgument { missing: part.name }
                            } else {
                                ProblemKind::MissingOperand { token: arg.token, operand: part.name }
                            };
                            self.problem(kind, self.end);
                        }
                        return;
                    }
                    if nth == 0 && arg.args.iter().any(|part| is_option(part) || part.multiple) {
                        self.sequence(arg.args, after);
                        return;
                    }
                    self.positional(part, 0, &arg.args[nth + 1..]);
                }
                debug_assert!(self.at >= start, "a reader never goes back");
            }
            ArgumentKind::Token => {
                self.token(arg);
            }
            _ => {
                if !arg.token.is_empty() {
                    if !self.token(arg) {
                        return;
                    }
                    if self.at >= self.end {
                        if !self.open {
                            self.problem(ProblemKind::MissingOperand { token: arg.token, operand: arg.name }, self.end);
                        }
                        return;
                    }
                }
                self.value(arg);
            }
        }
    }

    /// Reads the token of an argument, if it has one; false if the word is another.
    fn token(&mut self, arg: &'static Argument) -> bool {
        if arg.token.is_empty() {
            return true;
        }
        match self.fit(arg, self.word()) {
            Fit::Token => {
                self.available(arg, arg.token);
                self.role(Role::Token(arg.token));
                self.at += 1;
                true
            }
            Fit::Perhaps => {
                self.at += 1;
                true
            }
            // Valkey 9.0 does not look at the word before the count of fields; 9.1 does.
            Fit::No if arg.token == "FIELDS" && self.have.contains(&Target::valkey(9, 0)) => {
                self.give_up();
                false
            }
            _ => {
                let at = self.at;
                if self.word().is_some() {
                    let suggestion = Some(arg.token).filter(|token| self.is_near(token));
                    self.problem(ProblemKind::UnknownOption { suggestion }, at);
                }
                self.give_up();
                false
            }
        }
    }

    /// Reports an option that is too new for some targets.
    fn available(&mut self, arg: &'static Argument, token: &'static str) {
        let Some(since) = arg.since else { return };
        let lacking: Vec<Target> = self.have.iter().copied().filter(|target| lacks(target, since)).collect();
        if !lacking.is_empty() && self.sure {
            let targets = if lacking.len() == self.have.len() { Vec::new() } else { lacking };
            let of = |family| self.have.iter().any(|target| target.family == family).then_some(since);
            let (redis, valkey) = (of(Family::Redis), of(Family::Valkey));
            self.binding.problem(ProblemKind::OptionUnavailable { token, redis, valkey }, self.at, targets);
        }
    }

    fn value(&mut self, arg: &'static Argument) {
        let Some(word) = self.word() else { return };
        let counted = counted(arg.name);
        match (kind(self.binding.spec, arg), word) {
            (ArgumentKind::String, _) => {}
            // The option may stand again among the unknown words, and its last operand counts.
            _ if !arg.token.is_empty() && (self.open || self.words[self.at..self.end].contains(&Word::Unknown)) => {}
            (ArgumentKind::Integer | ArgumentKind::UnixTime, Word::Known(text)) if !is_integer(text) => {
                let kind = match counted {
                    Some(of) => ProblemKind::CountInvalid { of },
                    None => ProblemKind::NotAnInteger { argument: arg.name },
                };
                self.problem(kind, self.at);
            }
            (ArgumentKind::Integer | ArgumentKind::UnixTime, Word::Number(number))
                // From 2^63 on the text has an exponent, or is too long.
                if number.fract() != 0.0 || number.abs() > 9.3e18 =>
            {
                self.problem(ProblemKind::NotAnInteger { argument: arg.name }, self.at);
            }
            (ArgumentKind::Double, Word::Known(text)) if !(is_float(text) || is_bound(arg) && is_score_bound(text)) => {
                self.problem(ProblemKind::NotAFloat { argument: arg.name }, self.at);
            }
            _ => {}
        }
        if let Some(of) = counted {
            self.count = number(word).map(|count| (count, of));
        }
        self.role(Role::Value(arg.name));
        self.at += 1;
    }

    fn choice(&mut self, arg: &'static Argument, after: usize) {
        let word = self.word();
        if !self.token(arg) {
            return;
        }
        let word = if arg.token.is_empty() { word } else { self.word() };
        let mut value = None;
        for option in arg.args {
            match self.fit(option, word) {
                Fit::Token => return self.one(option, after),
                Fit::Value => value = value.or(Some(option)),
                Fit::Perhaps | Fit::No => {}
            }
        }
        match (value, word) {
            (Some(option), Some(_)) => self.one(option, after),
            (None, Some(Word::Known(_) | Word::Number(_))) => {
                let suggestion = arg.args.iter().map(|option| option.token).find(|token| self.is_near(token));
                self.problem(ProblemKind::UnknownOption { suggestion }, self.at);
                self.give_up();
            }
            (None, Some(_)) => {
                // Some option, with or without words of its own.
                if arg.args.iter().any(|option| least(option) > 1) {
                    self.give_up();
                } else {
                    self.at += 1;
                }
            }
            (_, None) => {}
        }
    }

    /// A set of options in any order; `after` words must be left for what follows.
    fn options(&mut self, options: &'static [Argument], after: usize) {
        // Words behind the known ones may be what must be left, so the next one may be an option or not.
        let after = if self.open && after > 0 {
            if self.left() <= after + options.iter().map(most).sum::<usize>() {
                self.sure = false;
            }
            0
        } else {
            after
        };
        let mut used: Vec<(usize, &'static str)> = Vec::new();
        while self.left() > after {
            let Some(word) = self.word() else { return };
            if word == Word::Unknown {
                // It may be an option or the first of what follows.
                if after > 0 {
                    self.sure = false;
                    return;
                }
                self.give_up();
                return;
            }
            let found = options.iter().enumerate().find_map(|(nth, option)| {
                let token = leading(option, |part| self.fit(part, Some(word)) == Fit::Token)?;
                Some((nth, token))
            });
            let Some((nth, token)) = found else { return };
            if let Some((_, first)) = used.iter().find(|(other, _)| *other == nth)
                && !options[nth].multiple
            {
                if *first != token && !allowed_together(self.binding.spec, first, token) {
                    self.problem(ProblemKind::ExclusiveOptions { first, second: token }, self.at);
                }
                // Some servers take an option twice, some do not.
                self.sure = false;
            }
            used.push((nth, token));
            if options[nth].token.is_empty() {
                self.available(&options[nth], token);
            }
            // Of an option that is there twice, the server may read the last operand only.
            let again =
                |word: &Word<'_>| matches!(word, Word::Known(text) if text.eq_ignore_ascii_case(token.as_bytes()));
            if !options[nth].multiple && self.words[self.at + 1..self.end].iter().any(again) {
                self.sure = false;
            }
            let before = self.at;
            self.one(&options[nth], after);
            if options[nth].multiple && !options[nth].multiple_token {
                while self.left() > after && !self.is_any(options) && options[nth].kind != ArgumentKind::Block {
                    // One more of the list, or the next option.
                    self.sure &= self.word() != Some(Word::Unknown);
                    self.value(&options[nth]);
                }
            }
            if self.at == before {
                return;
            }
        }
    }

    /// True if the next word begins one of `options`, or may.
    fn is_any(&self, options: &'static [Argument]) -> bool {
        let word = self.word();
        options.iter().any(|option| leading(option, |part| self.fit(part, word) == Fit::Token).is_some())
    }

    /// Checks the words that are left at the end of the grammar.
    fn rest(&mut self) {
        if self.at >= self.end {
            return;
        }
        let at = self.at;
        if self.binding.spec.is_some_and(|spec| OPEN_ENDED.contains(&spec.name)) {
            return;
        }
        if let Some(Word::Known(text)) = self.word() {
            // ANY need not stand behind its COUNT.
            if text.eq_ignore_ascii_case(b"ANY") && self.binding.spec.is_some_and(|spec| spec.group == "geo") {
                return;
            }
            let spec = self.binding.spec;
            // Since Redis 8.4 the options of commands on hash fields may stand behind the fields too.
            let behind_fields = spec.is_some_and(|spec| spec.group == "hash")
                && self.have.iter().any(|target| target.redis_since(8, 4));
            if behind_fields
                && spec.and_then(|spec| spec.redis).is_some_and(|facts| exactly(text, facts.args).is_some())
            {
                return;
            }
            // An option of its own that stands where none fits is not one that servers lack.
            let own = self.have.first().and_then(|target| spec?.facts(target.family));
            if own.is_some_and(|facts| exactly(text, facts.args).is_some()) {
                self.problem(ProblemKind::UnknownOption { suggestion: None }, at);
                return;
            }
            let other = match self.have.first().map(|target| target.family) {
                Some(Family::Redis) => spec.and_then(|spec| spec.valkey),
                _ => spec.and_then(|spec| spec.redis),
            };
            if let Some(token) = other.and_then(|facts| exactly(text, facts.args)) {
                self.problem(ProblemKind::OptionUnavailable { token, redis: None, valkey: None }, at);
                return;
            }
            let suggestion = spec.and_then(CommandSpec::any_facts).and_then(|facts| nearest(text, facts.args));
            self.problem(ProblemKind::UnknownOption { suggestion }, at);
        }
    }

    fn is_near(&self, token: &str) -> bool {
        match self.word() {
            Some(Word::Known(text)) => near(text, token),
            _ => false,
        }
    }

    fn fit(&self, arg: &Argument, word: Option<Word<'_>>) -> Fit {
        let Some(word) = word else { return Fit::No };
        if !arg.token.is_empty() {
            return match word {
                Word::Known(text) if text.eq_ignore_ascii_case(arg.token.as_bytes()) => Fit::Token,
                Word::Unknown => Fit::Perhaps,
                _ => Fit::No,
            };
        }
        match arg.kind {
            ArgumentKind::OneOf => {
                let fits: Vec<Fit> = arg.args.iter().map(|option| self.fit(option, Some(word))).collect();
                [Fit::Token, Fit::Value, Fit::Perhaps].into_iter().find(|fit| fits.contains(fit)).unwrap_or(Fit::No)
            }
            ArgumentKind::Block => match arg.args.first() {
                Some(first) => self.fit(first, Some(word)),
                None => Fit::No,
            },
            ArgumentKind::Token => Fit::No,
            _ => Fit::Value,
        }
    }
}
