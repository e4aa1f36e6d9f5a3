//! Signature help: the signature of a command, an API function or a function of the script, and the parameter being typed.

use std::ops::Range;

use commands::{
    CommandSpec, Target, api,
    bind::{Word, expected},
    lookup, spans, subcommand,
};

use crate::{
    Project,
    annotation::Annotated,
    call_site::{CallSite, api_of, enclosing, word},
    command_line::CommandLine,
    doc_comment, functions, naming,
    path::Step,
    render,
    tokens::tokens_before,
};

/// A call's signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// The whole signature.
    pub label: String,
    /// Description of the function or command.
    pub docs: String,
    /// The places of the parameters in the label, in bytes.
    pub parameters: Vec<Range<usize>>,
    /// Description of each parameter by the function's comment, in Markdown; empty if there is none.
    pub parameter_docs: Vec<String>,
    /// The parameter at the cursor.
    pub active: Option<usize>,
}

/// The signatures of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signatures {
    /// All signatures: several for a function with `@overload`.
    pub all: Vec<Signature>,
    /// The number of the one that the arguments fit.
    pub active: usize,
}

/// The signatures of the call around a place.
pub fn signatures(project: &Project, file: usize, offset: u32) -> Option<Signatures> {
    let first = signature(project, file, offset)?;
    let it = &project.files[file];
    let mut found = Signatures { all: vec![first], active: 0 };
    if CommandLine::at(it, offset).is_some() {
        return Some(found);
    }
    let tokens = tokens_before(it.source(), offset);
    let Some(site) = enclosing(it.source(), &tokens, offset) else { return Some(found) };
    found.all.extend(overloads(project, file, &site));
    if found.all.len() > 1 {
        let (count, is_whole) = site.count(it.source());
        let takes = |it: &Signature| it.parameters.len() >= count || it.label.contains("...");
        let exact = found.all.iter().position(|it| is_whole && it.parameters.len() == count);
        found.active = exact.or_else(|| found.all.iter().position(takes)).unwrap_or(0);
    }
    Some(found)
}

/// The signatures that `@overload` adds to that of the script's own function.
fn overloads(project: &Project, file: usize, site: &CallSite) -> Vec<Signature> {
    let Some((tables, objects)) = site.path.objects(project, file) else { return Vec::new() };
    let Some((of, function)) = tables.functions(&objects).next() else { return Vec::new() };
    let annotations = project.files[of].script.annotations().function(function);
    let types = annotations.iter().flat_map(|it| it.overloads());
    types.filter_map(|it| of_type(project, Annotated { file: of, of: it }, site)).collect()
}

/// The signature of the call around a place; of a function with several the one that it is declared with.
pub(crate) fn signature(project: &Project, file: usize, offset: u32) -> Option<Signature> {
    let it = &project.files[file];
    if let Some(line) = CommandLine::at(it, offset) {
        let (before, current) = line.before(offset);
        return of_command(&before, current.map_or(&[], |word| &word.value), &it.options.targets);
    }
    if it.is_transcript() {
        return None;
    }
    let tokens = tokens_before(it.source(), offset);
    let site = enclosing(it.source(), &tokens, offset)?;
    if let Some(found) = own(project, file, &site) {
        return Some(found);
    }
    if let Some(found) = annotated(project, file, &site) {
        return Some(found);
    }
    if let Some(item) = string_method(project, file, &site) {
        let mut found = item_signature("string", item, &site)?;
        // The string before the colon is the first argument.
        found.active = found.active.map(|active| (active + 1).min(found.parameters.len() - 1));
        return Some(found);
    }
    let (table, name) = api_of(project, file, &site.callee, offset)?;
    let item = if table.is_empty() { api::global(&name) } else { api::member(&table, &name) }?;
    if matches!(table.as_str(), "redis" | "server") && matches!(name.as_str(), "call" | "pcall") {
        return command(project, file, &site).or_else(|| item_signature(&table, item, &site));
    }
    item_signature(&table, item, &site)
}

/// The function of the string library that `text:name(` calls; a table has other functions.
fn string_method(project: &Project, file: usize, site: &CallSite) -> Option<&'static api::Item> {
    let Some(Step::Field(name)) = site.path.steps.last().filter(|_| site.is_method) else { return None };
    let mut receiver = site.path.clone();
    receiver.steps.pop();
    let is_table = receiver.objects(project, file).is_some_and(|(_, objects)| !objects.is_empty());
    api::member("string", name).filter(|_| !is_table)
}

/// The signature of the script's own function that a call names.
fn own(project: &Project, file: usize, site: &CallSite) -> Option<Signature> {
    let (tables, objects) = site.path.objects(project, file)?;
    let (of, function) = tables.functions(&objects).next()?;
    let it = &project.files[of];
    let script = &it.script;
    let named = functions::of(it, function);
    let name = named.as_ref().map_or(site.callee.as_str(), |named| named.name.as_str());
    // A call with `:` gives the first parameter by itself, however the function is declared.
    let params = naming::params(script, function, usize::from(site.is_method));
    let name = match name.rsplit_once(['.', ':']) {
        Some((table, name)) => format!("{table}{}{name}", if site.is_method { ":" } else { "." }),
        None => name.to_owned(),
    };
    let doc = named.and_then(|named| doc_comment::read(it, named.whole)).unwrap_or_default();
    let mut docs = doc.without_params();
    if let Some(results) = render::results(script, function)
        && let Some(text) = results.strip_prefix(": ")
        && !doc.has_returns()
    {
        docs.push_str(if docs.is_empty() { "" } else { "\n\n" });
        docs.push_str(&format!("Returns {text}"));
    }
    let mut found = listed(format!("{name}{params}"), docs, site.before.len());
    found.parameter_docs = found.parameters.iter().map(|range| doc.param(&found.label[range.clone()])).collect();
    Some(found)
}

/// The signature that an annotation gives what a call names: `---@field push fun(job: Job): boolean`.
fn annotated(project: &Project, file: usize, site: &CallSite) -> Option<Signature> {
    of_type(project, Annotated::of_path(project, file, &site.path)?, site)
}

/// The signature of a function type.
fn of_type(project: &Project, of: Annotated<'_>, site: &CallSite) -> Option<Signature> {
    let (params, returns) = of.signature(project)?;
    // A call with `:` gives the first parameter by itself.
    let params = params.get(usize::from(site.is_method)..).unwrap_or_default();
    let names: Vec<&str> = params.iter().map(|(name, _)| name.as_str()).collect();
    let name = site.callee.as_str();
    let docs = if returns.is_empty() { String::new() } else { format!("Returns `{returns}`") };
    let mut found = listed(format!("{name}({})", names.join(", ")), docs, site.before.len());
    let code = |of: &str| if of.is_empty() { String::new() } else { format!("`{of}`") };
    found.parameter_docs = params.iter().map(|(_, of)| code(of)).collect();
    Some(found)
}

fn item_signature(table: &str, item: &api::Item, site: &CallSite) -> Option<Signature> {
    if item.signature.is_empty() {
        return None;
    }
    let prefix = if table.is_empty() { String::new() } else { format!("{table}.") };
    Some(listed(format!("{prefix}{}", item.signature), item.docs.to_owned(), site.before.len()))
}

/// A signature whose parameters are in parentheses, separated by commas.
fn listed(label: String, docs: String, nth: usize) -> Signature {
    let mut parameters = Vec::new();
    if let (Some(open), Some(close)) = (label.find('('), label.rfind(')')) {
        let mut start = open + 1;
        for part in label[open + 1..close].split(',') {
            let lead = part.len() - part.trim_start_matches([' ', '[']).len();
            let name = part.trim_matches([' ', '[', ']']);
            if !name.is_empty() {
                parameters.push(start + lead..start + lead + name.len());
            }
            start += part.len() + 1;
        }
    }
    let last = parameters.len().checked_sub(1);
    let open_ended = label.contains("...");
    let active = match last {
        Some(last) if nth > last => open_ended.then_some(last),
        Some(_) => Some(nth),
        None => None,
    };
    Signature { label, docs, parameters, parameter_docs: Vec::new(), active }
}

/// The command of a call, with the words before the cursor that are its arguments.
pub(crate) fn command_of<'a>(words: &'a [Word<'a>]) -> Option<(&'static CommandSpec, &'a [Word<'a>])> {
    let Some((Word::Known(name), rest)) = words.split_first() else { return None };
    let spec = lookup(name)?;
    if let (false, Some((Word::Known(sub), after))) = (spec.subcommands.is_empty(), rest.split_first())
        && let Some(found) = subcommand(spec, sub)
    {
        return Some((found, after));
    }
    Some((spec, rest))
}

fn command(project: &Project, file: usize, site: &CallSite) -> Option<Signature> {
    let targets = &project.files[file].options.targets;
    let mut texts: Vec<Vec<u8>> = vec![Vec::new(); site.before.len()];
    let words: Vec<Word<'_>> =
        site.before.iter().zip(&mut texts).map(|(&range, text)| word(project, file, range, text)).collect();
    let source = project.files[file].source();
    if words.is_empty() {
        return of_name(source, site, targets);
    }
    let typed = site.current.slice(source);
    let typed = typed.strip_prefix(b"'").or_else(|| typed.strip_prefix(b"\"")).unwrap_or(typed);
    let typed = typed.strip_suffix(b"'").or_else(|| typed.strip_suffix(b"\"")).unwrap_or(typed);
    of_command(&words, typed, targets)
}

/// The signature of the command whose name the cursor is in.
fn of_name(source: &[u8], site: &CallSite, targets: &[Target]) -> Option<Signature> {
    let rest = &source[site.current.start as usize..];
    let (quote, rest) = rest.split_first().filter(|(quote, _)| matches!(quote, b'\'' | b'"'))?;
    let name = rest.split(|byte| byte == quote || matches!(byte, b'\n' | b'\\')).next()?;
    let mut found = of_command(&[Word::Known(name)], b"", targets)?;
    found.active = None;
    Some(found)
}

/// The signature of a command, with its words so far and the typed part of the next.
fn of_command(words: &[Word<'_>], typed: &[u8], targets: &[Target]) -> Option<Signature> {
    let (spec, given) = command_of(words)?;
    let facts = targets.iter().rev().find_map(|&target| spec.facts(target.family)).or_else(|| spec.any_facts())?;
    let (usage, places) = spans(facts.args);
    let head = spec.name.len() + usize::from(!usage.is_empty());
    let label = format!("{} {usage}", spec.name).trim_end().to_owned();
    let parameters: Vec<Range<usize>> = places.iter().map(|(_, place)| head + place.start..head + place.end).collect();
    let next = expected(spec, given, targets);
    // What is typed already decides between the possible ones.
    let fitting = next.iter().find(|it| {
        let token = it.argument().token.as_bytes();
        !typed.is_empty() && token.len() >= typed.len() && token[..typed.len()].eq_ignore_ascii_case(typed)
    });
    let value = next.iter().find(|it| matches!(it, commands::bind::Expected::Value(_)));
    let chosen = fitting.or(value).or(next.first()).map(|it| it.argument());
    let active = chosen.and_then(|argument| places.iter().position(|(it, _)| std::ptr::eq(*it, argument)));
    let mut docs = spec.summary.to_owned();
    // What is typed so far leaves these forms of the reply; more words may follow.
    let mut open = words.to_vec();
    open.push(Word::Many);
    for case in commands::bind::bind(&open, targets).replies(&open).into_iter().take(3) {
        let when = if case.when.is_empty() { String::new() } else { format!(" with {}", case.when.join(", ")) };
        docs.push_str(&format!("\n\nReply{when}: {}", case.resp2.in_lua(false)));
    }
    Some(Signature { label, docs, parameters, parameter_docs: Vec::new(), active })
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    fn active(source: &str) -> String {
        let (project, offset) = cursor(source);
        match super::signature(&project, 0, offset) {
            Some(it) => {
                let active = it.active.map_or("-", |at| &it.label[it.parameters[at].clone()]);
                format!("{} | {active}", it.label)
            }
            None => "none".to_owned(),
        }
    }

    #[test]
    fn it_follows_the_grammar() {
        assert_eq!(active("redis.call('GET', $0"), "GET key | key");
        assert_eq!(active("redis.call('HSET', KEYS[1], $0)"), "HSET key field value [field value …] | field");
        assert_eq!(active("redis.call('HSET', KEYS[1], 'a', $0)"), "HSET key field value [field value …] | value");
        assert_eq!(active("redis.call('EXPIRE', KEYS[1], 10, $0"), "EXPIRE key seconds [NX | XX | GT | LT] | NX");
        assert!(active("redis.call('SET', KEYS[1], 'v', 'EX', $0)").ends_with("| EX seconds"));
        assert!(active("redis.call('SET', KEYS[1], 'v', 'P$0')").ends_with("| PX milliseconds"));
        assert!(active("redis.call('XINFO', 'STREAM', $0)").starts_with("XINFO STREAM key"));
        assert_eq!(active("redis.call($0)"), "redis.call(command, ...) | command");
        assert_eq!(active("redis.call('GE$0T', KEYS[1])"), "GET key | -");
        assert_eq!(active("redis.call('NOSUCH$0', KEYS[1])"), "redis.call(command, ...) | command");
        assert_eq!(active("local rcall = redis.call\nrcall('GET', $0)"), "GET key | key");
    }

    #[test]
    fn it_follows_transcripts_and_examples() {
        assert_eq!(active("--- transcript\n> HSET h $0"), "HSET key field value [field value …] | field");
        assert!(active("return KEYS[1]\n--> SET a 'v' EX $0").ends_with("| EX seconds"));
        assert_eq!(active("--- transcript\n> GET a\nO$0K"), "none");
    }

    #[test]
    fn own_functions_say_what_they_return() {
        let (project, offset) =
            cursor("-- Reads it.\nlocal function get(k) return redis.call('GET', k) end\nlocal v = get($0KEYS[1])");
        let docs = super::signature(&project, 0, offset).map(|it| it.docs);
        assert_eq!(docs.as_deref(), Some("Reads it.\n\nReturns string or false"));
    }

    #[test]
    fn comments_tell_of_parameters() {
        let (project, offset) = cursor(
            "--- Adds.\n---@param job Job the job\n---@param n? integer\n---@return boolean ok\nlocal function add(job, n, x) return f() end\nadd($0)",
        );
        let found = super::signature(&project, 0, offset).unwrap_or_else(|| panic!("none"));
        assert_eq!(found.docs, "Adds.\n\nReturns `ok: boolean`");
        assert_eq!(found.parameter_docs, ["`Job`: the job", "`integer`", ""]);
    }

    #[test]
    fn overloads_are_further_signatures() {
        let all = |call: &str| {
            let source = format!(
                "---@param key string\n---@param opts table\n---@overload fun(key: string): boolean\n---@overload fun(key: string, a: integer, b: integer)\nlocal function get(key, opts) return redis.call('GET', key) end\n{call}"
            );
            let (project, offset) = cursor(&source);
            let found = super::signatures(&project, 0, offset).unwrap_or_else(|| panic!("none for {call}"));
            let labels: Vec<&str> = found.all.iter().map(|it| it.label.as_str()).collect();
            assert_eq!(labels, ["get(key, opts)", "get(key)", "get(key, a, b)"]);
            let active = &found.all[found.active];
            format!(
                "{} | {}",
                active.label,
                active.active.map_or("-", |at| &active.label[active.parameters[at].clone()])
            )
        };
        assert_eq!(all("get($0"), "get(key, opts) | key");
        assert_eq!(all("get($0)"), "get(key, opts) | key");
        assert_eq!(all("get(KEYS[1]$0)"), "get(key) | key");
        assert_eq!(all("get(KEYS[1], { a = 1, 2 }$0)"), "get(key, opts) | opts");
        assert_eq!(all("get(KEYS[1], 1, $0"), "get(key, a, b) | b");
        assert_eq!(all("get($0KEYS[1], 1, 2)"), "get(key, a, b) | key");
        assert_eq!(all("get(KEYS[1]$0, function(a, b) if a then return a, b end end)"), "get(key, opts) | key");
    }

    #[test]
    fn function_types_have_signatures() {
        let class = "---@class Queue\n---@field push fun(self: Queue, job: Job, at?: integer): boolean\n---@type Queue\nlocal q = f(KEYS[1])\n";
        assert_eq!(active(&format!("{class}q:push(1, $0)")), "q:push(job, at) | at");
        assert_eq!(active(&format!("{class}q.push($0)")), "q.push(self, job, at) | self");
        assert_eq!(active("---@param f fun(job: Job)\nlocal function each(f) f($0) end"), "f(job) | job");
    }

    #[test]
    fn replies_follow_from_the_options() {
        let docs = |source: &str| {
            let (project, offset) = cursor(source);
            super::signature(&project, 0, offset).map(|it| it.docs).unwrap_or_default()
        };
        assert!(docs("redis.call('SET', KEYS[1], 'v', $0)").contains("`false`"));
        let with_get = docs("redis.call('SET', KEYS[1], 'v', 'GET', $0)");
        assert!(with_get.contains("string or `false`") && !with_get.contains("{ok"), "{with_get}");
        assert!(docs("redis.call('HGETALL', $0)").contains("flat list"));
    }

    #[test]
    fn the_sandbox_and_own_functions_too() {
        assert_eq!(active("string.find(KEYS[1], $0)"), "string.find(text, pattern [, from [, plain]]) | pattern");
        assert_eq!(active("redis.log(redis.LOG_NOTICE, 'a', $0)"), "redis.log(level, message, ...) | ...");
        assert_eq!(
            active("local function f(key, n) return redis.call('INCRBY', key, n) end\nf(1, $0)"),
            "f(key, n) | n"
        );
        assert_eq!(active("local x = ($0 1)"), "none");
    }
}
