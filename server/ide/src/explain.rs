//! Pages about rules, commands and the sandbox's functions, in Markdown: by name, or for the code at a position.

use commands::{CommandSpec, Target, api};
use linter::{Diagnostic, Rule, registry};
use semantic::ApiPath;

use crate::{At, File, Project, command_line::CommandLine, links, render};

/// A page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// Name of the rule, the command or the function.
    pub name: String,
    /// The text, in Markdown, under a heading with the name.
    pub markdown: String,
}

/// The page of a rule.
pub fn rule(rule: &Rule) -> Page {
    Page { name: rule.code.to_owned(), markdown: rule.explanation() }
}

/// The page of a rule (`cross-slot`), a command (`HSET`, `xinfo stream`) or a member of the sandbox (`cjson.encode`).
pub fn named(name: &str, targets: &[Target]) -> Option<Page> {
    if let Some(found) = registry::rule(name) {
        return Some(rule(found));
    }
    let mut words = name.split(|c: char| c == '|' || c.is_whitespace()).filter(|word| !word.is_empty());
    let spec = words.next().and_then(|word| commands::lookup(word.as_bytes()));
    let spec = match (spec, words.next()) {
        (spec, None) => spec,
        (Some(container), Some(word)) => commands::subcommand(container, word.as_bytes()),
        (None, Some(_)) => None,
    };
    if let Some(spec) = spec.filter(|_| words.next().is_none()) {
        return Some(command(spec, targets));
    }
    match name.split_once('.') {
        None => sandbox(ApiPath::Global(name), targets),
        // `os.time`, which scripts lack, has a page; what is misspelt has none.
        Some((table, member)) => {
            let is_misspelt = api::member(table, member).is_none() && suggest_member(name, targets).is_some();
            sandbox(ApiPath::Member(table, member), targets).filter(|_| !is_misspelt)
        }
    }
}

/// The name that a misspelt one most likely means.
fn suggest(name: &str, targets: &[Target]) -> Option<String> {
    let rule = || registry::suggest(name).map(str::to_owned);
    let command = || commands::suggest(name.as_bytes(), targets).map(str::to_owned);
    // Only such a member has a dot.
    suggest_member(name, targets).or_else(rule).or_else(command)
}

fn suggest_member(name: &str, targets: &[Target]) -> Option<String> {
    let (table, member) = name.split_once('.')?;
    let meant = api::suggest_member(table, member, targets, api::Context::Eval)?;
    Some(format!("{table}.{meant}"))
}

/// A sentence for the user about a name that has no page.
pub fn unknown(name: &str, targets: &[Target]) -> String {
    match suggest(name, targets) {
        Some(meant) => format!("there is no rule, command or function `{name}`: did you mean `{meant}`?"),
        None => format!("there is no rule, command or function `{name}`: `redlua explain` lists the rules"),
    }
}

/// The page about a position: the rules with findings there, then the command or the function. If there is nothing at the
/// position itself, the call around it or the line decides.
pub fn at(project: &Project, file: usize, offset: u32) -> Option<Page> {
    let it = &project.files[file];
    let on = |finding: &&Diagnostic| finding.range.start <= offset && offset <= finding.range.end;
    let mut pages = rules(it.findings().iter().filter(on));
    pages.extend(allowed(it, offset));
    pages.extend(thing(project, file, offset));
    if pages.is_empty() {
        let line = |offset: u32| it.lines.line(offset);
        let here = |start: u32| line(start) == line(offset);
        pages = rules(it.findings().iter().filter(|finding| here(finding.range.start)));
        if pages.is_empty() {
            let mut specs = it.script.calls.iter().filter(|call| here(it.script.tree()[call.call].range.start));
            pages.extend(specs.find_map(|call| call.binding.spec).map(|spec| command(spec, &it.options.targets)));
        }
    }
    let markdown = pages.iter().map(|page| page.markdown.as_str()).collect::<Vec<_>>().join("\n---\n\n");
    pages.into_iter().next().map(|page| Page { name: page.name, markdown })
}

/// The pages of the rules of findings, each once.
fn rules<'a>(findings: impl Iterator<Item = &'a Diagnostic>) -> Vec<Page> {
    let mut found: Vec<Page> = Vec::new();
    for known in findings.filter_map(|finding| registry::rule(finding.code)) {
        if found.iter().all(|page| page.name != known.code) {
            found.push(rule(known));
        }
    }
    found
}

/// The page of a rule that is named in a comment `redlua: allow(…)`.
fn allowed(file: &File, offset: u32) -> Option<Page> {
    let line = file.lines.line_range(file.source(), file.lines.line(offset));
    let text = file.text(line);
    let at = (offset - line.start) as usize;
    let (before, behind) = (text.get(..at)?, text.get(at..)?);
    let is_part = |c: char| c.is_ascii_lowercase() || c == '-';
    let start = before.trim_end_matches(is_part).len();
    let end = at + behind.len() - behind.trim_start_matches(is_part).len();
    text[..start].contains("redlua:").then(|| registry::rule(&text[start..end])).flatten().map(rule)
}

/// The page of the command or the function at a place.
fn thing(project: &Project, file: usize, offset: u32) -> Option<Page> {
    let it = &project.files[file];
    let targets = &it.options.targets;
    if let Some(line) = CommandLine::at(it, offset) {
        return Some(command(line.binding(it).spec?, targets));
    }
    if !it.is_script {
        return None;
    }
    let found = At::find(project, file, offset).and_then(|(at, _)| match at {
        At::Word(call, _) => Some(command(call.binding.spec?, targets)),
        At::Api(path) => sandbox(path, targets),
        _ => None,
    });
    found.or_else(|| {
        let range = |call: &semantic::CommandCall| it.script.tree()[call.call].range;
        let around = it.script.calls.iter().filter(|call| range(call).contains(offset));
        let call = around.filter(|call| call.binding.spec.is_some()).min_by_key(|call| range(call).len())?;
        Some(command(call.binding.spec?, targets))
    })
}

fn command(spec: &'static CommandSpec, targets: &[Target]) -> Page {
    let mut markdown = format!("# {}\n\n{}", spec.name, render::command(spec, &[], targets));
    if !spec.subcommands.is_empty() {
        markdown.push_str("\n## Subcommands\n\n");
        for subcommand in spec.subcommands {
            markdown.push_str(&format!("- `{}`: {}\n", subcommand.name, subcommand.summary));
        }
    }
    let options = render::options(spec);
    if !options.is_empty() {
        markdown.push_str(&format!("\n## Options\n\n{options}"));
    }
    let page = links::page(spec.name, targets.last().map(|target| target.family));
    markdown.push_str(&format!("\n[{} on the web]({page})\n", spec.name));
    Page { name: spec.name.to_owned(), markdown }
}

fn sandbox(path: ApiPath<'_>, targets: &[Target]) -> Option<Page> {
    let name = match path {
        ApiPath::Global(name) => name.to_owned(),
        ApiPath::Member(table, name) => format!("{table}.{name}"),
    };
    let text = render::api_item(path, targets)?;
    Some(Page { markdown: format!("# {name}\n\n{}\n", text.trim_end()), name })
}

#[cfg(test)]
mod tests {
    use linter::Options;

    use super::*;
    use crate::test_support::*;

    /// The headings of the page about a place.
    fn told(source: &str) -> Vec<String> {
        let (project, offset) = cursor(source);
        let page = at(&project, 0, offset).map(|page| page.markdown).unwrap_or_default();
        page.lines().filter_map(|line| line.strip_prefix("# ")).map(str::to_owned).collect()
    }

    #[test]
    fn options_of_commands_are_explained() {
        let page = |name: &str| named(name, &[Target::DEFAULT]).map(|page| page.markdown).unwrap_or_default();
        let text = page("expire");
        assert!(
            text.contains("## Options\n\n- `NX` (since Redis 7.0): Sets the expiry only if the key has none.\n"),
            "{text}"
        );
        assert!(page("zunion").contains("- `AGGREGATE`: How the scores") && page("zunion").contains("- `SUM`: Adds"));
        assert!(!page("get").contains("Options"));
    }

    #[test]
    fn places_are_explained() {
        for (source, wanted) in [
            ("return redis.call('GE$0T', KEYS[1])", &["GET"][..]),
            ("return redis.call('GET', KE$0YS[1])", &["GET"]),
            ("return redis.call('xinfo', 'st$0ream', KEYS[1])", &["XINFO STREAM"]),
            ("return redis.ca$0ll('GET', KEYS[1])", &["redis.call"]),
            ("return redis.call('SET', KEYS[1], cjson.enc$0ode(ARGV))", &["cjson.encode"]),
            ("return redis.call('GT$0E', KEYS[1])", &["unknown-command"]),
            // The finding is on the command: both are told.
            ("return redis.call('KEY$0S', ARGV[1])", &["keys-command", "KEYS"]),
            ("ret$0urn redis.call('GTE', KEYS[1])", &["unknown-command"]),
            ("ret$0urn redis.call('GET', KEYS[1])", &["GET"]),
            ("return KEYS[1] -- redlua: allow(cross-s$0lot)", &["unused-suppression", "cross-slot"]),
            ("--- transcript\n> HSE$0T a f 1", &["HSET"]),
            ("--> SET a$0 1\nreturn KEYS[1]", &["SET"]),
            ("local a$0 = KEYS[1]\nreturn a", &[]),
        ] {
            assert_eq!(told(source), wanted, "{source}");
        }
    }

    #[test]
    fn names_are_explained() {
        let targets = &Options::default().targets;
        let heading = |name: &str| named(name, targets).map(|page| page.name);
        for (name, wanted) in [
            ("cross-slot", Some("cross-slot")),
            ("hset", Some("HSET")),
            ("XINFO STREAM", Some("XINFO STREAM")),
            ("xinfo|stream", Some("XINFO STREAM")),
            ("redis.sha1hex", Some("redis.sha1hex")),
            ("tonumber", Some("tonumber")),
            ("os.time", Some("os.time")),
            ("cjson.encod", None),
            ("XINFO NOTHING", None),
            ("HSET key", None),
            ("", None),
        ] {
            assert_eq!(heading(name).as_deref(), wanted, "{name}");
        }
        assert_eq!(suggest("cros-slot", targets).as_deref(), Some("cross-slot"));
        assert_eq!(suggest("redis.sha1hx", targets).as_deref(), Some("redis.sha1hex"));
        assert_eq!(suggest("HSTE", targets).as_deref(), Some("HSET"));
        let page = named("XINFO", targets).map(|page| page.markdown).unwrap_or_default();
        assert!(page.contains("- `XINFO STREAM`: "), "{page}");
        assert!(page.ends_with("[XINFO on the web](https://redis.io/docs/latest/commands/xinfo/)\n"), "{page}");
    }

    #[test]
    fn every_rule_and_command_has_a_page() {
        let targets = &Options::default().targets;
        for name in linter::RULES.iter().map(|rule| rule.code).chain(commands::all().iter().map(|spec| spec.name)) {
            let page = named(name, targets).map(|page| page.markdown).unwrap_or_default();
            assert!(page.starts_with(&format!("# {name}\n\n")) && page.len() > 3 * name.len() + 20, "{name}: {page}");
            assert_eq!(page.matches("```").count() % 2, 0, "{page}");
        }
    }
}
