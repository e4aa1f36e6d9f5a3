//! Messages, places and fixes of the problems that binding a command finds.

use commands::{
    Target, Version,
    bind::{Problem, ProblemKind},
};
use semantic::{CallForm, CommandCall};
use syntax::ExprKind;
use text::TextRange;

use crate::{Context, Edit, Level, Sink, context::on_targets};

/// Reports the problems that `pick` takes.
pub(crate) fn report(context: &Context<'_>, sink: &mut Sink<'_>, pick: fn(&ProblemKind) -> bool) {
    for call in &context.script.calls {
        for problem in merged(&call.binding.problems, context.targets).iter().filter(|problem| pick(&problem.kind)) {
            if let ProblemKind::ModuleCommand { family } = problem.kind
                && context.modules.iter().any(|module| module == family.key)
            {
                continue;
            }
            let range = place(context, call, problem);
            let on = on_targets(&problem.targets);
            let (message, help) = words(context, call, problem, &on);
            let finding = sink.report(range, message);
            let finding = match help {
                Some(help) => finding.help(help),
                None => finding,
            };
            // Who calls a module's command most likely has the module.
            let is_of_module = matches!(problem.kind, ProblemKind::ModuleCommand { .. });
            let finding = if is_of_module { finding.level(Level::Warning) } else { finding };
            if let Some((title, edit)) = fix(context, call, problem) {
                finding.fix(title, vec![edit]);
            }
        }
    }
}

/// The problems, those that each family of servers has with one option as one.
fn merged(problems: &[Problem], all: &[Target]) -> Vec<Problem> {
    let mut merged: Vec<Problem> = Vec::with_capacity(problems.len());
    for problem in problems {
        let ProblemKind::OptionUnavailable { token, redis, valkey } = problem.kind else {
            merged.push(problem.clone());
            continue;
        };
        let same = merged.iter_mut().find(|it| {
            it.word == problem.word
                && matches!(it.kind, ProblemKind::OptionUnavailable { token: other, .. } if other == token)
        });
        let Some(same) = same else {
            merged.push(problem.clone());
            continue;
        };
        if let ProblemKind::OptionUnavailable { redis: first_redis, valkey: first_valkey, .. } = &mut same.kind {
            *first_redis = first_redis.or(redis);
            *first_valkey = first_valkey.or(valkey);
        }
        same.targets.extend(&problem.targets);
        same.targets.sort_unstable();
        same.targets.dedup();
        if same.targets.len() == all.len() {
            same.targets.clear();
        }
    }
    merged
}

/// Range of a word of a call, or of the whole call if the word is in a wrapper.
pub(crate) fn word_range(context: &Context<'_>, call: &CommandCall, word: usize) -> TextRange {
    let whole = context.range(call.call);
    let range = call.words.get(word).map_or(whole, |&expr| context.range(expr));
    if matches!(call.form, CallForm::Wrapper(_)) && !whole.contains_range(range) { whole } else { range }
}

fn place(context: &Context<'_>, call: &CommandCall, problem: &Problem) -> TextRange {
    match problem.kind {
        ProblemKind::TooFewArguments { .. } => {
            word_range(context, call, call.binding.spec.map_or(0, |spec| spec.name.split(' ').count() - 1))
        }
        _ => word_range(context, call, problem.word.min(call.words.len().saturating_sub(1))),
    }
}

fn written(context: &Context<'_>, call: &CommandCall, word: usize) -> String {
    let constant = call.words.get(word).and_then(|&expr| context.script.constant(expr));
    match constant.as_ref().and_then(semantic::Constant::as_bytes) {
        Some(bytes) if bytes.is_empty() => "''".to_owned(),
        Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        None => call.words.get(word).map_or_else(String::new, |&expr| context.shown(context.range(expr))),
    }
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn words(context: &Context<'_>, call: &CommandCall, problem: &Problem, on: &str) -> (String, Option<String>) {
    let text = written(context, call, problem.word);
    let name = call.binding.spec.map_or("the command", |spec| spec.name);
    match problem.kind {
        ProblemKind::UnknownCommand { .. } if words_in_one(&text).is_some() => (
            format!("no server has a command `{text}`: each word is an argument of its own"),
            words_in_one(&text).map(|words| format!("write `{words}`")),
        ),
        ProblemKind::UnknownCommand { suggestion } => (
            match suggestion {
                _ if text == "''" => "the name of the command is missing".to_owned(),
                Some(meant) => format!("no server has a command `{text}`: did you mean {meant}?"),
                None => format!("no server has a command `{text}`"),
            },
            None,
        ),
        ProblemKind::UnknownSubcommand { container, suggestion } => (
            match suggestion {
                Some(meant) => format!("{container} has no subcommand `{text}`: did you mean {meant}?"),
                None => format!("{container} has no subcommand `{text}`"),
            },
            None,
        ),
        ProblemKind::ModuleCommand { family } => (
            format!("`{text}` is a command of the {} module, not of the server itself{on}", family.name),
            Some(format!(
                "it runs on {}; if yours has it, write `modules = [\"{}\"]` in redlua.toml",
                family.servers, family.key
            )),
        ),
        ProblemKind::NewerCommand { command } => (
            match command.since {
                Some(since) => format!("{} came with Redis {since}, which is newer than every target", command.name),
                None => format!("{} is in no release of Redis: it was held out of 8.8", command.name),
            },
            Some("if your server has it, allow this rule in redlua.toml".to_owned()),
        ),
        ProblemKind::Unavailable { spec } => (unavailable(spec, &on_these(context, on)), None),
        ProblemKind::NotAllowedFromScript { option: Some(option) } => (
            format!("scripts may not call {name} with {option}{on}"),
            Some(format!("leave {option} out: nothing changes while a script runs")),
        ),
        ProblemKind::NotAllowedFromScript { option: None } => (
            format!("scripts may not call {name}{on}"),
            Some("the server answers: This Redis command is not allowed from script".to_owned()),
        ),
        ProblemKind::TooFewArguments { wanted, given, exact, .. } => (
            format!(
                "{name} takes {}{}, here {} given{on}",
                if exact { "" } else { "at least " },
                plural(wanted, "argument"),
                match given {
                    0 => "none is".to_owned(),
                    1 => "1 is".to_owned(),
                    count => format!("{count} are"),
                }
            ),
            syntax_of(call),
        ),
        ProblemKind::TooManyArguments { wanted, given, .. } => {
            (format!("{name} takes {}, here {given} are given{on}", plural(wanted, "argument")), syntax_of(call))
        }
        ProblemKind::UnpairedArgument { missing } => {
            (format!("the last group of {name}'s arguments is not whole: {missing} is missing"), syntax_of(call))
        }
        ProblemKind::CountMismatch { of, stated, given } => {
            (format!("{name} is told of {}, but {given} follow", plural(stated, of)), None)
        }
        ProblemKind::CountInvalid { of } => (format!("`{text}` is no count of {of}s"), syntax_of(call)),
        ProblemKind::UnknownOption { suggestion } => (
            match suggestion {
                Some(meant) => format!("{name} has no option `{text}` here: did you mean {meant}?"),
                None => format!("{name} has no option `{text}` here"),
            },
            syntax_of(call),
        ),
        ProblemKind::MissingOperand { token, operand } => {
            (format!("{token} needs a value after it: {operand}"), syntax_of(call))
        }
        ProblemKind::ExclusiveOptions { first, second } => {
            (format!("{first} and {second} exclude each other"), syntax_of(call))
        }
        ProblemKind::OptionUnavailable { token, redis, valkey } => {
            let on = on_these(context, on);
            let came = since(redis, valkey).map_or_else(String::new, |since| format!(": it came with {since}"));
            (format!("{name} has no {token}{on}{came}"), None)
        }
        ProblemKind::NotAnInteger { argument } => {
            (format!("{name} wants an integer for {argument}, `{text}` is none"), None)
        }
        ProblemKind::NotAFloat { argument } => {
            (format!("{name} wants a number for {argument}, `{text}` is none"), None)
        }
    }
}

/// The servers that lack something, by name also where all targets do.
pub(crate) fn on_these(context: &Context<'_>, on: &str) -> String {
    if on.is_empty() { on_targets(context.targets) } else { on.to_owned() }
}

fn unavailable(spec: &'static commands::CommandSpec, on: &str) -> String {
    let since = since(spec.redis.map(|facts| facts.since), spec.valkey.map(|facts| facts.since)).unwrap_or_default();
    format!("{} is not there{on}: it came with {since}", spec.name)
}

/// The versions with which something came: "Redis 7.0 and the first Valkey".
fn since(redis: Option<Version>, valkey: Option<Version>) -> Option<String> {
    let redis = redis.map(|since| format!("Redis {since}"));
    let valkey = valkey.map(|since| match since {
        // Valkey began as Redis 7.2.4 and counts what it took over by Redis's versions.
        since if since <= Version::new(7, 2) => "the first Valkey".to_owned(),
        since => format!("Valkey {since}"),
    });
    let both: Vec<String> = redis.into_iter().chain(valkey).collect();
    (!both.is_empty()).then(|| both.join(" and "))
}

/// The command's arguments in one line.
fn syntax_of(call: &CommandCall) -> Option<String> {
    let spec = call.binding.spec?;
    let args = spec.any_facts()?.args;
    (!args.is_empty()).then(|| format!("{} {}", spec.name, commands::usage(args)))
}

/// Splits one text `GET key` into words, written as arguments: `'GET', 'key'`.
fn words_in_one(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let plain = |word: &&str| !word.contains(['\'', '\\', '"']);
    (words.len() > 1 && commands::lookup(words[0].as_bytes()).is_some() && words.iter().all(plain))
        .then(|| words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", "))
}

fn fix(context: &Context<'_>, call: &CommandCall, problem: &Problem) -> Option<(String, Edit)> {
    if let ProblemKind::UnknownCommand { .. } = problem.kind
        && let Some(words) = words_in_one(&written(context, call, problem.word))
    {
        let &expr = call.words.get(problem.word)?;
        let literal = matches!(context.tree()[expr].kind, ExprKind::String);
        return literal.then(|| ("Make each word an argument".to_owned(), Edit::replace(context.range(expr), words)));
    }
    let suggestion = match problem.kind {
        ProblemKind::UnknownCommand { suggestion }
        | ProblemKind::UnknownSubcommand { suggestion, .. }
        | ProblemKind::UnknownOption { suggestion } => suggestion?,
        _ => return None,
    };
    replace_word(context, call, problem.word, suggestion)
}

/// Replaces a literal word, in the case of letters that it has.
pub(crate) fn replace_word(
    context: &Context<'_>,
    call: &CommandCall,
    word: usize,
    with: &str,
) -> Option<(String, Edit)> {
    let expr = *call.words.get(word)?;
    let ExprKind::String = context.tree()[expr].kind else { return None };
    let range = context.range(expr);
    let text = range.slice(context.source());
    if !matches!(text.first(), Some(b'"' | b'\'')) || text.len() < 2 {
        return None;
    }
    let inner = TextRange::new(range.start + 1, range.end - 1);
    let lower = inner.slice(context.source()).iter().all(|byte| !byte.is_ascii_uppercase());
    let with = if lower { with.to_ascii_lowercase() } else { with.to_owned() };
    Some((format!("Replace by `{with}`"), Edit::replace(inner, with)))
}

/// The targets as a list without doubles, for tests of a property per target.
pub(crate) fn targets_where(context: &Context<'_>, holds: impl Fn(Target) -> bool) -> Option<Vec<Target>> {
    let some: Vec<Target> = context.targets.iter().copied().filter(|&target| holds(target)).collect();
    match some.len() {
        0 => None,
        len if len == context.targets.len() => Some(Vec::new()),
        _ => Some(some),
    }
}
