//! What is told of a place: commands, the sandbox's API, keys and arguments by name, constants, locals.

use std::fmt::Write as _;

use commands::{
    CommandSpec, Family, Flags, Target, api,
    bind::Role,
    reply::ReplyCase,
    spec::{Argument, ArgumentKind},
};
use semantic::{ApiPath, CommandCall, Constant, Init, LocalId, LocalKind, Origin, Script};
use syntax::ExprKind;
use text::TextRange;

use crate::{At, Element, File, Project, at, summary};

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
    if !it.is_script {
        return None;
    }
    if let Some(shebang) = it.script.shebang.as_ref().filter(|shebang| shebang.range.contains(offset)) {
        let markdown = format!("```\n{}\n```", summary::text(project, file, None)?);
        return Some(Hover { range: shebang.range, markdown });
    }
    let (at, range) = At::find(project, file, offset)?;
    let markdown = match at {
        At::Word(call, nth) => word(it, call, nth)?,
        At::Api(path) => api_item(path, &it.options.targets)?,
        At::Element(found) => element(project, file, found),
        At::Local(of, id) => local(project, of, id),
        At::Include(nth, include) => {
            let found = crate::links::included(project, file, nth);
            let paths: Vec<String> = found.iter().map(|&file| format!("- `{}`", project.files[file].path)).collect();
            match paths.is_empty() {
                true => format!("`{}` is not found", include.path),
                false => format!("Includes\n{}", paths.join("\n")),
            }
        }
        At::Literal => literal(it, offset)?,
        At::Global | At::Field => return None,
    };
    Some(Hover { range, markdown })
}

/// A word of a command call.
fn word(file: &File, call: &CommandCall, nth: usize) -> Option<String> {
    let spec = at::spec(call);
    let targets = &file.options.targets;
    match call.binding.roles.get(nth)? {
        Role::Command | Role::Subcommand => Some(command(spec?, &call.replies, targets)),
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
            let mut text = format!("Key, {what} by {}", spec.map_or("the command", |spec| spec.name));
            if let Some(&expr) = call.words.get(nth)
                && let Some(key) = file
                    .script
                    .constant(expr)
                    .and_then(|constant| constant.as_bytes().map(std::borrow::Cow::into_owned))
            {
                let _ = write!(text, "\n\n{}", slot(&key));
            }
            Some(text)
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
        ApiPath::Member(table, name) => (api::member(table, name)?, format!("{table}.")),
    };
    Some(item_text(item, &shown, targets))
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

/// A local, with where it comes from.
fn local(project: &Project, of: usize, id: LocalId) -> String {
    let it = &project.files[of];
    let script = &it.script;
    let local = &script.scopes[id];
    let name = script.name(id);
    let head = match (local.kind, script.scopes.fixed(id)) {
        (LocalKind::Function, _) | (_, Some(Init::Function(_))) => match local.init {
            Init::Function(function) => format!("local function {}", signature(script, name, function)),
            _ => format!("local function {name}"),
        },
        (LocalKind::Parameter(_), _) => format!("{name} -- parameter"),
        (LocalKind::Counter | LocalKind::Iterated(_), _) => format!("{name} -- loop variable"),
        (_, Some(Init::Expr(expr) | Init::Nth(expr, 0))) => {
            format!("local {name} = {}", shown(it, script.tree()[expr].range))
        }
        _ => format!("local {name}"),
    };
    let mut out = format!("```lua\n{head}\n```\n");
    if let Some(Init::Expr(expr) | Init::Nth(expr, 0)) = script.scopes.fixed(id) {
        if let Some(path) = script.api(expr)
            && let Some(text) = api_item(path, &it.options.targets)
        {
            out.push_str(&text);
        }
        let source = script.resolve(expr);
        if let Some(element) = at::element(script, source)
            && let Some(name) = element_name(it, element)
        {
            let _ = writeln!(out, "{}[{}]: {name}", element.table(), element.index);
        } else if let Some(call) = script.calls.iter().find(|call| call.call == source)
            && let Some(spec) = call.binding.spec
        {
            let replies: Vec<String> = call.replies.iter().map(|case| case.resp2.in_lua(false)).collect();
            let _ = writeln!(out, "The reply of {}: {}", spec.name, replies.join(" or "));
        } else if let Some(constant) = script.constant(expr)
            && !matches!(script.tree()[source].kind, ExprKind::String | ExprKind::Number(_))
        {
            let _ = writeln!(out, "Always `{}`", constant_text(&constant));
        } else if let Some(text) = origin_text(&script.origin(expr)) {
            let _ = writeln!(out, "Comes from {text}");
        }
    } else if !local.writes.is_empty() {
        let _ = writeln!(
            out,
            "Assigned {} more time{}",
            local.writes.len(),
            if local.writes.len() == 1 { "" } else { "s" }
        );
    }
    if let Some(text) = comment_above(it, id) {
        let _ = writeln!(out, "\n{text}");
    }
    out
}

/// A function's name with its parameters.
pub(crate) fn signature(script: &Script, name: &str, function: syntax::FunctionId) -> String {
    let function = &script.tree()[function];
    let mut params: Vec<&str> = function.params.iter().map(|param| param.as_str(&script.source)).collect();
    if function.vararg {
        params.push("...");
    }
    format!("{name}({})", params.join(", "))
}

/// The comment lines that stand directly above a declaration.
pub(crate) fn comment_above(file: &File, id: LocalId) -> Option<String> {
    let script = &file.script;
    let stmt = script.scopes[id].stmt?;
    let mut line = file.lines.line(script.tree()[stmt].range.start);
    let mut found: Vec<String> = Vec::new();
    for comment in script.parse.comments.iter().rev() {
        if comment.range.end > script.tree()[stmt].range.start {
            continue;
        }
        if file.lines.line(comment.range.end.saturating_sub(u32::from(comment.range.end > 0))) + 1 != line {
            break;
        }
        line = file.lines.line(comment.range.start);
        let text = file.text(comment.range);
        let text = text.trim_start_matches('-').trim_start_matches("[[").trim_end_matches("]]");
        if text.trim_start().starts_with("@include") || text.contains("redlua:") {
            break;
        }
        found.push(text.lines().map(str::trim).collect::<Vec<_>>().join("\n").trim().to_owned());
    }
    found.reverse();
    let text = found.join("\n");
    (!text.is_empty()).then_some(text)
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

fn constant_text(constant: &Constant<'_>) -> String {
    match constant {
        Constant::Nil => "nil".to_owned(),
        Constant::Bool(value) => value.to_string(),
        Constant::Number(value) => value.to_string(),
        Constant::String(bytes) => format!("'{}'", String::from_utf8_lossy(bytes)),
    }
}

fn origin_text(origin: &Origin) -> Option<String> {
    Some(match origin {
        Origin::Key(Some(index)) => format!("KEYS[{index}]"),
        Origin::Key(None) => "KEYS".to_owned(),
        Origin::Argument(Some(index)) => format!("ARGV[{index}]"),
        Origin::Argument(None) => "ARGV".to_owned(),
        Origin::Reply => "a reply".to_owned(),
        Origin::Built(parts) => {
            let parts: Vec<String> = parts.iter().filter_map(origin_text).collect();
            (!parts.is_empty()).then(|| format!("text with {}", parts.join(" and ")))?
        }
        Origin::OneOf(parts) => {
            let parts: Vec<String> = parts.iter().filter_map(origin_text).collect();
            (!parts.is_empty()).then(|| parts.join(" or "))?
        }
        Origin::Constant | Origin::Unknown => return None,
    })
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
    fn options_keys_and_values_are_told() {
        assert!(told("redis.call('SET', KEYS[1], 'v', 'E$0X', 5)").contains("EX seconds"));
        assert!(told("redis.call('GET', '{us$0er}:1')").contains("Hash slot 5474, by its tag `user`"));
        assert_eq!(told("redis.call('SET', KEYS[1], 'v', 'EX', $05)"), "`seconds` of SET");
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

    #[test]
    fn locals_are_told_with_where_they_come_from() {
        assert!(
            told("local v = redis.call('GET', KEYS[1])\nreturn v$0").contains("The reply of GET: string or `false`")
        );
        assert!(told("local k = 'a' .. 'b'\nreturn redis.call('GET', k$0)").contains("Always `'ab'`"));
        let text = told(
            "-- Takes one.\nlocal function take(key, n) return redis.call('DECRBY', key, n) end\nreturn ta$0ke(KEYS[1], 1)",
        );
        assert!(text.contains("local function take(key, n)") && text.contains("Takes one."), "{text}");
    }

    #[test]
    fn plain_lua_is_left_alone() {
        assert_eq!(told("local x$0 = 1 print(x)"), "");
    }

    #[test]
    fn a_shebang_tells_the_whole_script() {
        let (project, at) = cursor("#!lua flags=no-wr$0ites\nreturn redis.call('GET', KEYS[1])\n");
        let found = super::hover(&project, 0, at).map(|hover| hover.markdown).unwrap_or_default();
        assert!(found.contains("read-only") && found.contains("no-writes (there): it writes nothing"), "{found}");
    }
}
