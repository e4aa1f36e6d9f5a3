//! What is told of a place: commands, the sandbox's API, keys and arguments by name, constants, locals.

mod clients;
mod types;

use std::fmt::Write as _;

use commands::{
    CommandSpec, Family, Flags, Target, api,
    bind::{Role, Word},
    reply::ReplyCase,
    spec::{Argument, ArgumentKind},
};
use semantic::{ApiPath, CommandCall, Constant, Init, LocalId, Script};
use syntax::ExprKind;
use text::TextRange;

pub(crate) use types::{
    annotated_field, annotation_text, field_type, in_lines, is_vague, results, signature as typed_signature,
};

use crate::{
    At, Element, File, Project,
    annotation::{self, Annotated},
    at,
    command_line::CommandLine,
    doc_comment, functions, summary,
};

/// What is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hover {
    /// Of what.
    pub range: TextRange,
    /// The words, in Markdown.
    pub markdown: String,
}

/// What there is to tell of a place.
pub fn hover(project: &Project, file: usize, offset: u32) -> Option<Hover> {
    let it = &project.files[file];
    if let Some(line) = CommandLine::at(it, offset) {
        return of_line(it, &line, offset);
    }
    if !it.is_script {
        return None;
    }
    let returned = types::return_at(&it.script, offset);
    if let Some((stmt, range, true)) = returned {
        let markdown = types::returned(it, stmt)?;
        return Some(Hover { range, markdown });
    }
    let plain = match returned {
        // A value that is returned as it is tells less by itself than what becomes of it.
        Some((stmt, ..)) if is_returned_literal(&it.script, stmt, offset) => None,
        _ => at_place(project, file, offset),
    };
    plain.or_else(|| {
        let (stmt, range, _) = returned?;
        let markdown = types::returned(it, stmt)?;
        Some(Hover { range, markdown })
    })
}

fn is_returned_literal(script: &Script, stmt: syntax::StmtId, offset: u32) -> bool {
    let syntax::StmtKind::Return(values) = &script.tree()[stmt].kind else { return false };
    values.iter().any(|&value| {
        let expr = &script.tree()[value];
        matches!(expr.kind, ExprKind::String | ExprKind::Number(_)) && expr.range.contains(offset)
    })
}

/// What there is to tell of what stands at a place by itself.
fn at_place(project: &Project, file: usize, offset: u32) -> Option<Hover> {
    let it = &project.files[file];
    if let Some(shebang) = it.script.shebang.as_ref().filter(|shebang| shebang.range.contains(offset)) {
        let markdown = format!("```\n{}\n```", summary::text(project, file, None)?);
        return Some(Hover { range: shebang.range, markdown });
    }
    if let Some((markdown, range)) = annotation::words(it, offset) {
        return Some(Hover { range, markdown });
    }
    let Some((at, range)) = At::find(project, file, offset) else {
        let (markdown, range) = types::element(it, offset)?;
        return Some(Hover { range, markdown });
    };
    let markdown = match at {
        At::Word(call, nth) => word(it, call, nth)?,
        At::Api(path) => api_item(path, &it.options.targets)?,
        At::Element(found) => element(project, file, found),
        At::Local(of, id) => {
            // What is known of a use is known in its own file.
            let used = at::expr_at(&it.script, offset).filter(|&expr| it.script.scopes.local_of(expr) == Some(id));
            local(project, of, id, used.filter(|_| of == file))
        }
        At::Include(nth, include) => {
            let found = crate::links::included(project, file, nth);
            let paths: Vec<String> = found.iter().map(|&file| format!("- `{}`", project.files[file].path)).collect();
            match paths.is_empty() {
                true => format!("`{}` is not found", include.path),
                false => format!("Includes\n{}", paths.join("\n")),
            }
        }
        At::Field(field) => field.markdown(project)?,
        At::Type(name) => name.markdown(project)?,
        At::Literal => {
            if let Some((markdown, range)) = types::element(it, offset) {
                return Some(Hover { range, markdown });
            }
            literal(it, offset)?
        }
        At::Global => return None,
    };
    Some(Hover { range, markdown })
}

/// A word of a command on a line of its own.
fn of_line(file: &File, line: &CommandLine, offset: u32) -> Option<Hover> {
    let nth = line.word_at(offset)?;
    let it = line.words.get(nth)?;
    let binding = line.binding(file);
    let known: Vec<Word<'_>> = line.words.iter().map(|word| Word::Known(&word.value)).collect();
    let replies = binding.replies(&known);
    let role = binding.roles.get(nth)?;
    let markdown = of_role(role, binding.spec, &replies, Some(&it.value), &file.options.targets)?;
    Some(Hover { range: it.range, markdown })
}

/// A word of a command call.
fn word(file: &File, call: &CommandCall, nth: usize) -> Option<String> {
    let constant = call.words.get(nth).and_then(|&expr| file.script.constant(expr));
    let key = constant.as_ref().and_then(Constant::as_bytes);
    let role = call.binding.roles.get(nth)?;
    of_role(role, at::spec(call), &call.replies, key.as_deref(), &file.options.targets)
}

/// What a word is to its command; `text` is what it says, where that is known.
fn of_role(
    role: &Role,
    spec: Option<&'static CommandSpec>,
    replies: &[&ReplyCase],
    text: Option<&[u8]>,
    targets: &[Target],
) -> Option<String> {
    match role {
        Role::Command | Role::Subcommand => Some(command(spec?, replies, targets)),
        Role::Token(token) => {
            let spec = spec?;
            let argument = spec.any_facts().and_then(|facts| find_token(facts.args, token))?;
            let mut text =
                format!("```\n{}\n```\nOption of {}.", commands::usage(std::slice::from_ref(argument)), spec.name);
            if let Some(since) = argument.since {
                let _ = write!(text, " Since {since}.");
            }
            Some(text)
        }
        Role::Key(access) => {
            let what = match access {
                commands::spec::Access::Read => "read",
                commands::spec::Access::ReadWrite => "changed",
                commands::spec::Access::Overwrite => "overwritten",
                commands::spec::Access::Remove => "removed",
            };
            let mut out = format!("Key, {what} by {}", spec.map_or("the command", |spec| spec.name));
            if let Some(key) = text {
                let _ = write!(out, "\n\n{}", slot(key));
            }
            Some(out)
        }
        Role::NumKeys => Some("How many keys follow".to_owned()),
        Role::Value(name) => Some(format!("`{name}` of {}", spec?.name)),
        Role::Unknown => None,
    }
}

/// Everything about a command.
pub(crate) fn command(spec: &CommandSpec, replies: &[&ReplyCase], targets: &[Target]) -> String {
    let newest = targets.iter().rev().find_map(|&target| Some((target, spec.facts(target.family)?)));
    let facts = newest.map(|(_, facts)| facts).or_else(|| spec.any_facts());
    let mut out = String::new();
    if let Some(facts) = facts {
        let _ = writeln!(out, "```\n{}\n```", format!("{} {}", spec.name, commands::usage(facts.args)).trim_end());
    }
    let _ = writeln!(out, "{}", spec.summary);
    if !spec.replies.is_empty() {
        let cases: Vec<&ReplyCase> = if replies.is_empty() { spec.replies.iter().collect() } else { replies.to_vec() };
        out.push_str("\n**Reply**\n");
        let single = cases.len() == 1;
        for case in cases {
            let when = match (single, case.when) {
                (true, _) | (_, []) => String::new(),
                (false, when) => format!("with {}: ", when.join(", ")),
            };
            let _ = write!(out, "- {when}in Lua {}; clients get {}", case.resp2.in_lua(false), case.resp2);
            if case.resp3 != case.resp2 {
                let _ = write!(out, ", under RESP3 {}", case.resp3);
            }
            out.push('\n');
        }
    }
    let mut lines: Vec<String> = Vec::new();
    let since: Vec<String> = [(Family::Redis, spec.redis), (Family::Valkey, spec.valkey)]
        .into_iter()
        .filter_map(|(family, facts)| Some(format!("{} {}", family_name(family), facts?.since)))
        .collect();
    lines.push(format!("**Since** {}", since.join(", ")));
    if let Some(facts) = facts.filter(|facts| !facts.complexity.is_empty()) {
        lines.push(format!("**Complexity** {}", facts.complexity));
    }
    let flags = targets.last().map(|&target| spec.flags(target)).unwrap_or_default();
    let told: Vec<&str> = [
        (Flags::WRITE, "writes"),
        (Flags::READONLY, "reads"),
        (Flags::DENYOOM, "refused when memory is full"),
        (Flags::NOSCRIPT, "not allowed from scripts"),
        (Flags::BLOCKING, "does not block in a script"),
        (Flags::RANDOM, "replies differ from run to run"),
        (Flags::RANDOM_ORDER, "in no fixed order"),
    ]
    .into_iter()
    .filter(|(flag, _)| flags.has(*flag))
    .map(|(_, text)| text)
    .collect();
    if !told.is_empty() {
        lines.push(told.join(" · "));
    }
    let _ = writeln!(out, "\n{}", lines.join("  \n"));
    for &target in targets {
        if !spec.is_available(target) {
            let _ = writeln!(out, "\n**Not in {target}**");
        }
    }
    if let Some((target, (since, instead))) =
        targets.iter().find_map(|&target| Some((target, spec.deprecated(target)?)))
    {
        let _ = write!(out, "\n**Deprecated** since {} {since}", family_name(target.family));
        if !instead.is_empty() {
            let _ = write!(out, ": use {instead}");
        }
        out.push('\n');
    }
    out
}

const fn family_name(family: Family) -> &'static str {
    match family {
        Family::Redis => "Redis",
        Family::Valkey => "Valkey",
    }
}

fn find_token(args: &'static [Argument], token: &str) -> Option<&'static Argument> {
    args.iter().find_map(|arg| {
        if arg.token == token {
            return Some(arg);
        }
        let inner = find_token(arg.args, token);
        // `EX seconds` is told whole.
        if inner.is_some() && arg.kind == ArgumentKind::Block { Some(arg) } else { inner }
    })
}

/// A name of the sandbox.
pub(crate) fn api_item(path: ApiPath<'_>, targets: &[Target]) -> Option<String> {
    let (item, shown) = match path {
        ApiPath::Global(name) => (api::global(name)?, String::new()),
        ApiPath::Member(table, name) => match api::member(table, name) {
            Some(item) => (item, format!("{table}.")),
            None => return lacking_member(table, name),
        },
    };
    Some(item_text(item, &shown, targets))
}

/// A member of Lua's libraries, or of none, that scripts have not.
fn lacking_member(table: &str, name: &str) -> Option<String> {
    /// Members that are named in its place.
    const MOST: usize = 12;
    let known: Vec<String> = api::members(table).map(|item| format!("`{}`", item.name)).collect();
    if known.is_empty() {
        return None;
    }
    let mut out = format!("```lua\n{table}.{name}\n```\nScripts have no `{table}.{name}`.");
    if matches!((table, name), ("os", "time" | "date")) {
        out.push_str(" `redis.call('TIME')` replies with the time of the server.");
    } else if known.len() <= MOST {
        let _ = write!(out, " Of `{table}` they have {}.", known.join(", "));
    }
    Some(out)
}

/// Everything about an item of the sandbox; `prefix` is what stands before its name.
pub(crate) fn item_text(item: &api::Item, prefix: &str, targets: &[Target]) -> String {
    let head = if item.signature.is_empty() { item.name } else { item.signature };
    let mut out = format!("```lua\n{prefix}{head}\n```\n{}\n", item.docs);
    let lacking: Vec<String> = targets
        .iter()
        .filter(|&&target| {
            !api::has_global(if item.table.is_empty() { item.name } else { item.table }, target, api::Context::Eval)
                || !api::has_member(item, target, api::Context::Eval)
                    && !api::has_member(item, target, api::Context::LibraryLoad)
        })
        .map(Target::to_string)
        .collect();
    if !lacking.is_empty() {
        let _ = writeln!(out, "\n**Not in {}**", lacking.join(", "));
    }
    let _ = writeln!(out, "\n```lua\n{}\n```\n`{}`", item.example, item.reply.replace('\n', "` `"));
    out
}

/// A key or an argument.
fn element(project: &Project, file: usize, element: Element) -> String {
    let it = &project.files[file];
    let mut out = format!("```lua\n{}[{}]\n```\n", element.table(), element.index);
    if let Some(name) = element_name(it, element) {
        let _ = writeln!(out, "{name}");
    }
    let uses = if element.is_key { &it.script.keys } else { &it.script.argv };
    let count = uses.indices.iter().filter(|used| used.index == f64::from(element.index)).count();
    let kind = if element.is_key { "Key" } else { "Argument" };
    let _ = write!(
        out,
        "\n{kind} {} of the script, used {count} time{}\n",
        element.index,
        if count == 1 { "" } else { "s" }
    );
    out
}

/// What an element is called: by the header, or by the local that it is put into.
pub(crate) fn element_name(file: &File, element: Element) -> Option<String> {
    let script = &file.script;
    let (entries, uses) =
        if element.is_key { (&script.header.keys, &script.keys) } else { (&script.header.args, &script.argv) };
    let told = entries.iter().find(|entry| entry.index == element.index && !entry.text.is_empty());
    match told {
        Some(entry) => Some(file.text(entry.text).into_owned()),
        None => uses.name_in(script, element.index).map(str::to_owned),
    }
}

/// A local: what it is and where it comes from, at a use or where it is declared.
fn local(project: &Project, of: usize, id: LocalId, at: Option<syntax::ExprId>) -> String {
    let it = &project.files[of];
    let script = &it.script;
    let local = &script.scopes[id];
    let name = script.name(id);
    let fixed = script.scopes.fixed(id);
    let from = match fixed {
        Some(Init::Expr(expr) | Init::Nth(expr, _)) => Some(expr),
        _ => None,
    };
    let found = types::of_local(it, id, at);
    let api = from.and_then(|expr| script.api(expr)).and_then(|path| api_item(path, &it.options.targets));
    let given = match fixed {
        Some(Init::Expr(call)) => types::given(project, of, call, 0),
        Some(Init::Nth(call, nth)) => types::given(project, of, call, nth),
        _ => None,
    };
    // An alias of the API is what it stands for.
    let annotated = Annotated::of_local(project, of, id, at.map(|expr| script.tree()[expr].range.start))
        .map(|found| types::in_lines(found.text(project)));
    let mut head = types::head(it, id, at, found.filter(|_| api.is_none()), annotated);
    if let Some(text) = given.filter(|_| found.is_some_and(|found| it.script.flow().describe(found).is_empty())) {
        let _ = write!(head, ": {text}");
    }
    let is_function = types::function_of(script, id).is_some();
    let is_dead = found.is_some_and(|found| found.kinds.is_empty());
    let words = found.filter(|_| !is_function && !is_dead).and_then(|found| types::words(it, found, fixed, name));
    // What nothing else tells of is told by what it is made of.
    let literal = |expr: syntax::ExprId| matches!(script.tree()[expr].kind, ExprKind::String | ExprKind::Number(_));
    if let (None, false, Some(Init::Expr(expr) | Init::Nth(expr, 0))) = (&words, is_function || is_dead, fixed)
        && !(literal(expr) && head.contains(": "))
    {
        let _ = write!(head, " = {}", shown(it, script.tree()[expr].range));
    }
    let alias = if is_function || api.is_some() { None } else { alias(project, of, id) };
    if let Some((signature, _)) = &alias {
        let _ = write!(head, "\n{signature}");
    }
    let mut out = format!("```lua\n{head}\n```\n");
    if let Some(words) = words {
        let _ = writeln!(out, "{words}");
    }
    if let Some(text) = api {
        out.push_str(&text);
    }
    if at.is_none() && !local.writes.is_empty() {
        const MOST: usize = 4;
        let mut lines: Vec<String> = local
            .writes
            .iter()
            .take(MOST)
            .map(|write| (it.lines.line(script.tree()[write.target].range.start) + 1).to_string())
            .collect();
        lines.dedup();
        if local.writes.len() > MOST {
            lines.push("…".to_owned());
        }
        let plural = if lines.len() == 1 { "" } else { "s" };
        let _ = writeln!(out, "\nAssigned again in line{plural} {}", lines.join(", "));
    }
    if let Some(text) = documentation(it, id).or_else(|| alias?.1) {
        let _ = writeln!(out, "\n{text}");
    }
    out
}

/// The function of a table or of another local that a local is always another name of: its signature and its comment.
fn alias(project: &Project, of: usize, id: LocalId) -> Option<(String, Option<String>)> {
    let script = &project.files[of].script;
    let Some(Init::Expr(expr)) = script.scopes.fixed(id) else { return None };
    if !matches!(script.tree()[expr].kind, ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. }) {
        return None;
    }
    let [(file, function)] = functions::of_value(project, of, expr)[..] else { return None };
    let other = &project.files[file];
    let named = functions::of(other, function)?;
    let signature = typed_signature(&other.script, &named.name, function);
    Some((format!("function {signature}"), doc_comment::of(other, named.whole)))
}

/// A function's name with its parameters, without the `self` of a method.
pub(crate) fn signature(script: &Script, name: &str, function: syntax::FunctionId) -> String {
    let skipped = usize::from(script.tree()[function].method);
    format!("{name}{}", params(script, function, skipped))
}

/// The parameters of a function in parentheses, without the first so many; `self` of a method is one.
pub(crate) fn params(script: &Script, function: syntax::FunctionId, skipped: usize) -> String {
    let params = script.scopes.params(function).iter().skip(skipped);
    let mut names: Vec<&str> = params.map(|&param| script.name(param)).collect();
    if script.tree()[function].vararg {
        names.push("...");
    }
    format!("({})", names.join(", "))
}

/// The comment that documents a local.
pub(crate) fn documentation(file: &File, id: LocalId) -> Option<String> {
    let stmt = file.script.scopes[id].stmt?;
    doc_comment::of(file, file.script.tree()[stmt].range)
}

/// A string or number by itself.
fn literal(file: &File, offset: u32) -> Option<String> {
    let expr = at::expr_at(&file.script, offset)?;
    match file.script.constant(expr)? {
        Constant::String(bytes) if !bytes.is_empty() => {
            let mut text = format!("String of {} byte{}", bytes.len(), if bytes.len() == 1 { "" } else { "s" });
            // Only what may be a key has a slot worth telling.
            if bytes.iter().all(|byte| byte.is_ascii_graphic()) && bytes.contains(&b':') {
                let _ = write!(text, "\n\n{}", slot(&bytes));
            }
            Some(text)
        }
        _ => None,
    }
}

fn slot(key: &[u8]) -> String {
    let mut text = format!("Hash slot {}", commands::key_slot(key));
    let tag = commands::hash_tag(key);
    if tag.len() < key.len() {
        let _ = write!(text, ", by its tag `{}`", String::from_utf8_lossy(tag));
    }
    text
}

/// Source text on one line, cut where it is long.
pub(crate) fn shown(file: &File, range: TextRange) -> String {
    let text = file.text(range);
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() > 60 {
        words = words.chars().take(57).collect::<String>() + "…";
    }
    words
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    fn told(source: &str) -> String {
        let (project, offset) = cursor(source);
        super::hover(&project, 0, offset).map(|hover| hover.markdown).unwrap_or_default()
    }

    #[test]
    fn members_that_scripts_lack() {
        let text = told("return KEYS[1] .. os.ti$0me()");
        assert!(text.contains("Scripts have no `os.time`. `redis.call('TIME')` replies"), "{text}");
        assert!(told("return KEYS[1] .. os.clo$0ck()").starts_with("```lua\nos.clock()"));
    }

    #[test]
    fn commands_are_told_whole() {
        let text = told("return redis.call('s$0et', KEYS[1], 'v', 'NX')");
        assert!(text.starts_with("```\nSET key value ["), "{text}");
        assert!(text.contains("in Lua `{ok = 'OK'}` or `false`; clients get OK or nil"), "{text}");
        assert!(text.contains("**Since** Redis 1.0") && text.contains("writes"), "{text}");
        let old = told("return redis.call('GET$0SET', KEYS[1], 'v')");
        assert!(old.contains("**Deprecated** since Redis 6.2"), "{old}");
        let container = told("return redis.call('XINFO', 'STR$0EAM', KEYS[1])");
        assert!(container.contains("XINFO STREAM key"), "{container}");
    }

    #[test]
    fn variables_of_loops_over_matches_are_told() {
        let source = "for name, at in KEYS[1]:gmatch('(%a+)()') do return name, at end";
        assert!(told(&source.replacen("name", "na$0me", 1)).contains("string"));
        assert!(told(&source.replacen("at in", "a$0t in", 1)).contains("number"));
    }

    #[test]
    fn options_keys_and_values_are_told() {
        assert!(told("redis.call('SET', KEYS[1], 'v', 'E$0X', 5)").contains("EX seconds"));
        assert!(told("redis.call('GET', '{us$0er}:1')").contains("Hash slot 5474, by its tag `user`"));
        assert_eq!(told("redis.call('SET', KEYS[1], 'v', 'EX', $05)"), "`seconds` of SET");
    }

    #[test]
    fn commands_of_transcripts_and_examples_are_told() {
        assert!(told("--- transcript\n> S$0ET a 1\nOK").starts_with("```\nSET key value ["));
        assert!(told("--- transcript\n> SET a 1 E$0X 5").contains("EX seconds"));
        assert!(told("return KEYS[1]\n--> GET '{us$0er}:1'").contains("Hash slot 5474, by its tag `user`"));
        assert_eq!(told("--- transcript\n> SET a 1\nO$0K"), "");
    }

    #[test]
    fn the_sandbox_is_told_with_an_example() {
        let text = told("return redis.sha$01hex('')");
        assert!(text.starts_with("```lua\nredis.sha1hex(text)\n```"), "{text}");
        assert!(text.contains("da39a3ee"), "{text}");
        assert!(told("local x = tonum$0ber(ARGV[1])").contains("tonumber(value [, base])"));
        assert!(told("local rcall = redis.call return rc$0all('PING')").contains("redis.call(command, ...)"));
    }

    #[test]
    fn keys_are_told_by_their_name() {
        assert!(
            told("-- KEYS[1] the stock counter\nreturn redis.call('GET', KE$0YS[1])").contains("the stock counter")
        );
        assert!(told("local lock = KEYS[1]\nreturn redis.call('GET', lo$0ck)").contains("KEYS[1]"));
    }

    /// The code and the words of a hover, each on a line.
    fn lines(source: &str) -> String {
        told(source).lines().filter(|line| !line.starts_with("```") && !line.is_empty()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn locals_are_told_with_where_they_come_from() {
        for (source, wanted) in [
            (
                "local v$0 = redis.call('GET', KEYS[1])\nreturn v",
                "local v: string or false\nreply of `GET`, line 1; `false` if missing",
            ),
            (
                "local v = redis.call('GET', KEYS[1])\nif not v then return 0 end\nreturn v$0",
                "local v: string\nreply of `GET`, line 1",
            ),
            (
                "local n = tonumber(redis.call('GET', KEYS[1]))\nreturn n$0",
                "local n: number or nil\nfrom the reply of `GET`, line 1; `nil` if missing or no number",
            ),
            (
                "-- ARGV[1] how many\nlocal n$0 = tonumber(ARGV[1])\nreturn n",
                "local n: number or nil\nARGV[1]: how many; `nil` if not given or no number",
            ),
            (
                "local r = redis.call('HMGET', KEYS[1], 'a', 'b')\nlocal a$0, b = r[1], r[2]\nreturn a",
                "local a: string or false\nfrom the reply of `HMGET`, line 1; `false` if missing",
            ),
            (
                "local ok, e = pcall(redis.call, 'INCR', KEYS[1])\nif not ok then return e$0 end\nreturn 1",
                "local e: string\nwhat `pcall` caught, line 1",
            ),
            (
                "local ok, e$0 = pcall(redis.call, 'INCR', KEYS[1])\nif not ok then return e end\nreturn 1",
                "local e: string or number\nreply of `INCR`, line 1, or what `pcall` caught",
            ),
            ("local t = cjson.decode(ARGV[1])\nreturn t$0.a", "local t: decoded JSON or …\ndecoded JSON"),
            ("local k$0 = 'a' .. 'b'\nreturn redis.call('GET', k)", "local k: 'ab' = 'a' .. 'b'"),
            ("local k$0 = 'ab'\nreturn redis.call('GET', k)", "local k: 'ab'"),
            ("local k = KEYS[1] .. ':x'\nreturn redis.call('GET', k$0)", "local k: string\nKEYS[1] .. ':x'"),
            ("local n$0 = 0\nn = n + redis.call('DBSIZE')\nreturn n", "local n: 0\nAssigned again in line 2"),
            (
                "for i$0, v in ipairs(redis.call('LRANGE', KEYS[1], 0, 9)) do redis.call('ECHO', v) end",
                "(loop variable) i: number",
            ),
            (
                "for i, v$0 in ipairs(redis.call('LRANGE', KEYS[1], 0, 9)) do redis.call('ECHO', v) end",
                "(loop variable) v: string\nfrom the reply of `LRANGE`, line 1",
            ),
            (
                "local function f(k, n$0) return redis.call('INCRBY', k, n) end\nreturn f(KEYS[1], 2)",
                "(parameter) n: number",
            ),
            (
                "local now = redis.call('TIME')[1]\nlocal function f() return now$0 end\nreturn f()",
                "(upvalue) now: string\nfrom the reply of `TIME`, line 1",
            ),
            (
                "local v = redis.call('INCR', KEYS[1])\nif not v then return v$0 end\nreturn 1",
                "local v -- never reached",
            ),
        ] {
            assert_eq!(lines(source), wanted, "{source}");
        }
    }

    #[test]
    fn functions_are_told_with_their_types() {
        assert_eq!(
            lines(
                "-- Takes one.\nlocal function take(key, n) return redis.call('DECRBY', key, n) end\nreturn ta$0ke(KEYS[1], 1)"
            ),
            "local function take(key: string or nil, n: number): number\nTakes one."
        );
        assert_eq!(
            lines("local function f$0ail(m) error(m) end\nfail(ARGV[1])"),
            "local function fail(m: string or nil) -- never returns"
        );
        assert_eq!(
            lines("local f = function(k) return redis.call('GET', k), 1 end\nlocal a, b = f$0(KEYS[1])\nreturn a"),
            "local function f(k: string or nil): string or false, 1"
        );
    }

    #[test]
    fn annotations_are_shown_formatted() {
        let source = "---Adds.\n---@param job Job the job\n---@param n integer? count\n---@return boolean ok\nlocal function ad$0d(job, n) return other(job, n) end\nreturn add, KEYS[1]";
        assert_eq!(
            lines(source),
            "local function add(job: Job, n: integer?): boolean\nAdds.\n- `job: Job`: the job\n- `n: integer?`: count\nReturns `ok: boolean`"
        );
        assert_eq!(
            lines("---@param job Job the job\nlocal function add(jo$0b) end\nreturn add, KEYS[1]"),
            "(parameter) job: Job"
        );
        assert_eq!(
            lines("---@type Job[] all of them\nlocal jobs$0 = other()\nreturn jobs, KEYS[1]"),
            "local jobs: Job[] = other()\nall of them"
        );
        // What the flow of values knows is believed first.
        assert_eq!(
            lines("---@type string\nlocal n$0 = redis.call('INCR', KEYS[1])\nreturn n"),
            "local n: number\nreply of `INCR`, line 2"
        );
    }

    #[test]
    fn long_signatures_have_a_line_for_each_parameter() {
        let names =
            "jobKey, jobId, opts, waitKey, pausedKey, activeKey, metaKey, prioritizedKey, priorityCounter, delayedKey";
        let text = told(&format!("local function ad$0d({names}) return redis.call('GET', jobKey) end\nreturn add(1)"));
        assert!(text.contains("local function add(\n  jobKey: number,\n  jobId: nil,"), "{text}");
        assert!(text.contains("\n): string or false\n"), "{text}");
    }

    #[test]
    fn what_an_included_function_returns_is_told() {
        let part = "--- file: part.lua\nlocal function pick(a) if a then return 'x', 1 end return 'y', 2 end";
        let wanted =
            [("first$0, second", "local first: string = pick(KEYS[1])"), ("first, second$0", "local second: number")];
        for (names, wanted) in wanted {
            let source = format!("-- @include part.lua\nlocal {names} = pick(KEYS[1])\nreturn first\n{part}");
            assert_eq!(lines(&source), wanted);
        }
    }

    #[test]
    fn fields_and_elements_are_told() {
        assert_eq!(
            lines("local t = {n = redis.call('INCR', KEYS[1])}\nt.v = 'x'\nreturn {t.n$0, t.v}"),
            "(field) t.n: number\nfrom the reply of `INCR`, line 1"
        );
        assert_eq!(
            lines("local r = redis.call('HMGET', KEYS[1], 'a', 'b')\nreturn redis.call('ECHO', r[$01])"),
            "(element) r[1]: string or false\nfrom the reply of `HMGET`, line 1; `false` if missing"
        );
        assert_eq!(
            lines(
                "local r = redis.pcall('INCR', KEYS[1])\nif type(r) == 'table' and r.e$0rr then return 0 end\nreturn r"
            ),
            "(field) r.err: string"
        );
    }

    #[test]
    fn returns_are_told_as_the_client_gets_them() {
        let text = told("ret$0urn redis.call('GET', KEYS[1])");
        assert_eq!(
            text,
            "```\n\"…\" | (nil)\n```\nWhat the client receives.\n\
             - redis-py: `bytes | None` (`str` with `decode_responses`)\n\
             - ioredis, node-redis: `string | null`\n\
             - go-redis: `string | error redis.Nil`\n\
             - Jedis: `String | null`\n\
             - StackExchange.Redis: `(string) | IsNull`\n\
             - Lettuce: `ScriptOutputType.VALUE`\n"
        );
        let text = told("ret$0urn {redis.call('EXISTS', KEYS[1]) == 1, 2.5, false}");
        assert!(text.contains("2.5 arrives as 2."), "{text}");
        assert!(text.contains("- redis-py: `list[int | None]`"), "{text}");
        assert!(text.contains("- ioredis, node-redis: `(number | null)[]`"), "{text}");
        let text = told("redis.setresp(3)\nretur$0n redis.call('HGETALL', KEYS[1])");
        assert!(text.contains("RESP2  flat array of \"…\", \"…\"\nRESP3  map of \"…\" => \"…\""), "{text}");
        assert!(text.contains("- go-redis with RESP3: `map[interface{}]interface{}`"), "{text}");
        assert!(text.contains("- Jedis with RESP2: `List of String`"), "{text}");
        let text = told("redis.call('PING')\nretu$0rn {err = 'MY no'}");
        assert!(text.contains("(error) MY no") && text.contains("- redis-py: raises `ResponseError`\n"), "{text}");
        let text = told("redis.call('PING')\nretu$0rn {{1, 'a'}, redis.error_reply('MY no')}");
        assert!(text.contains("- redis-py: `list[list[int | bytes] | ResponseError]`"), "{text}");
        assert!(text.contains("- go-redis: `[]interface{} of ([]interface{} of int64 | string) | error`"), "{text}");
        assert!(!text.contains("Lettuce") && !text.contains("StackExchange"), "{text}");
        assert!(told("redis.call('PING')\nreturn {}$0").contains("- redis-py: `list`\n"));
        assert!(told("redis.call('PING')\nreturn {}$0").contains("- go-redis: `[]interface{}`\n"));
        assert!(told("redis.call('PING')\nreturn $01").contains("(integer) 1"));
        assert_eq!(told("retu$0rn cjson.decode(ARGV[1])"), "");
        assert_eq!(
            lines("local function f(k) retu$0rn redis.call('GET', k), 1 end\nreturn (f(KEYS[1]))"),
            "return string or false, 1\nWhat the caller in the script gets"
        );
        let callback = "#!lua name=l\nredis.register_function('f', function(keys) retu$0rn #keys end)";
        assert!(told(callback).contains("(integer)"));
    }

    #[test]
    fn what_the_client_receives_is_told_on_return() {
        let text = told("ret$0urn {redis.call('GET', KEYS[1]), 1.5, true}");
        assert!(text.contains("1) (\"…\" | (nil)) 2) (integer) 1 3) (integer) 1\n```"), "{text}");
        assert!(text.contains("1.5 arrives as 1. `true` arrives as 1."), "{text}");
        assert!(text.contains("- redis-py: `list[bytes | None | int]`") && text.contains("- go-redis:"), "{text}");
        let text = told("retu$0rn redis.pcall('SET', KEYS[1], 1, 'NX')");
        assert!(text.contains("OK | (error) | (nil)") && text.contains("or raises `ResponseError`"), "{text}");
        // A function of the script's own returns to the script.
        let text = told("local function f(k) re$0turn redis.call('GET', k) end return f(KEYS[1])");
        assert!(text.contains("return string or false") && text.contains("the caller in the script"), "{text}");
    }

    #[test]
    fn plain_lua_is_left_alone() {
        assert_eq!(told("local x$0 = 1 print(x)"), "");
    }
}
