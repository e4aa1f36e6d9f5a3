//! Annotations: tags, names of parameters and of types behind `---@`, a form for the function below, and in code the strings
//! that a type allows.

use semantic::annotations::{self, TAGS, Tag, TagKind, TypeKind};
use syntax::{
    FunctionId,
    lexer::{Keyword, Token, TokenKind},
};
use text::TextRange;

use super::{
    Completion, CompletionKind, Completions, Docs, Trigger, fields,
    place::{Place, unless_whole},
};
use crate::{
    File, Project,
    annotation::{Annotated, BUILT_IN},
    call_site::{self, CallSite},
    path::Path,
};

/// The completions in a comment that is an annotation or may become one.
pub(super) fn in_comment(
    project: &Project,
    file: usize,
    comment: TextRange,
    offset: u32,
    trigger: Trigger,
) -> Option<Completions> {
    let it = &project.files[file];
    let before = TextRange::new(comment.start, offset);
    let Some(body) = annotations::body(it.source(), before) else {
        return form(it, before).filter(|_| trigger == Trigger::Invoked);
    };
    let tag = Tag::read(it.source(), body)?;
    let mut found = Completions { range: TextRange::at(offset), items: Vec::new() };
    if tag.name.end == offset && it.source().get(tag.range.start as usize) == Some(&b'@') {
        found.range = tag.name;
        // A file may be included by the same sign.
        if !comment.slice(it.source()).starts_with(b"---") {
            return None;
        }
        for (nth, &(name, words)) in TAGS.iter().enumerate() {
            found.items.push(Completion {
                detail: words.to_owned(),
                rank: nth as u32,
                ..Completion::new(name, CompletionKind::Keyword)
            });
        }
        found.items.push(Completion {
            detail: "Pastes another file here".to_owned(),
            insert: "include $1".to_owned(),
            is_snippet: true,
            rank: 60,
            ..Completion::new("include", CompletionKind::Snippet)
        });
        return Some(unless_whole(it.source(), found, trigger));
    }
    if let TagKind::Param { name, .. } = tag.kind
        && name.end == offset
    {
        found.range = name;
        params(it, comment, offset, &mut found.items);
        return Some(unless_whole(it.source(), found, trigger));
    }
    let mut word: Option<TextRange> = None;
    for of in tag.types() {
        of.walk(&mut |of| match of.kind {
            TypeKind::Name(name, _) if name.end == offset => word = Some(name),
            TypeKind::Missing if of.range.end == offset => word = Some(TextRange::at(offset)),
            _ => {}
        });
    }
    if let Some(range) = word {
        found.range = range;
        types(project, file, &mut found.items);
    }
    Some(unless_whole(it.source(), found, trigger))
}

/// The parameters of the function below that have no tag yet.
fn params(file: &File, comment: TextRange, offset: u32, found: &mut Vec<Completion>) {
    let script = &file.script;
    let Some(function) = script.function_below(comment.end) else { return };
    let block = script.annotations().blocks().iter().find(|block| block.range.contains_range(comment));
    let has_tag = |wanted: &str| {
        block.into_iter().flat_map(|block| &block.tags).any(|tag| match tag.kind {
            TagKind::Param { name, .. } => {
                let is_typed = name.start <= offset && offset <= name.end;
                !is_typed && name.slice(file.source()) == wanted.as_bytes()
            }
            _ => false,
        })
    };
    for (nth, (name, of)) in params_of(file, function).into_iter().enumerate() {
        if !has_tag(&name) {
            let detail = if of == "any" { String::new() } else { of };
            found.push(Completion { detail, rank: nth as u32, ..Completion::new(name, CompletionKind::Variable) });
        }
    }
}

/// The parameters of a function with what an annotation may say of them.
fn params_of(file: &File, function: FunctionId) -> Vec<(String, String)> {
    let script = &file.script;
    let flow = script.flow();
    let is_method = script.tree()[function].method;
    let params = script.scopes.params(function).iter().skip(usize::from(is_method));
    let mut all: Vec<(String, String)> = params
        .map(|&id| {
            let known = flow.declared(id).map(|of| flow.describe(of)).unwrap_or_default();
            (script.name(id).to_owned(), as_annotation(&known))
        })
        .collect();
    if script.tree()[function].vararg {
        all.push(("...".to_owned(), "any".to_owned()));
    }
    all
}

/// A type that the flow of values describes, as an annotation writes it.
fn as_annotation(known: &str) -> String {
    let all: Vec<&str> = known.split(" or ").collect();
    let is_built_in = |it: &&str| BUILT_IN.iter().any(|(name, _)| name == it);
    if all.iter().all(is_built_in) { all.join("|") } else { "any".to_owned() }
}

/// Built-in types and those that the file sees.
fn types(project: &Project, file: usize, found: &mut Vec<Completion>) {
    for (name, declared) in project.visible_types(file) {
        let it = &project.files[declared.file];
        let annotations = it.script.annotations();
        let text = match declared.is_alias {
            true => annotations.aliases[declared.at].text,
            false => annotations.classes[declared.at].text,
        };
        let docs = if text.is_empty() { Docs::None } else { Docs::Text(it.text(text).into_owned()) };
        let detail = if declared.is_alias { "alias" } else { "class" }.to_owned();
        found.push(Completion { detail, docs, rank: 10, ..Completion::new(name, CompletionKind::Class) });
    }
    for (nth, &(name, words)) in BUILT_IN.iter().enumerate() {
        found.push(Completion {
            detail: words.to_owned(),
            rank: 50 + nth as u32,
            ..Completion::new(name, CompletionKind::Keyword)
        });
    }
}

/// The form after `---` above a function: its parameters and results, as placeholders.
fn form(file: &File, before: TextRange) -> Option<Completions> {
    if before.slice(file.source()).trim_ascii_end() != b"---" {
        return None;
    }
    let script = &file.script;
    let rest = file.source().get(before.end as usize..)?.split(|byte| *byte == b'\n').next()?;
    let function = script.function_below(before.end).filter(|_| rest.trim_ascii().is_empty())?;
    let mut insert = " ${1:description}".to_owned();
    let mut place = 1;
    let mut line = |tag: &str, of: &str| {
        place += 1;
        insert.push_str(&format!("\n---@{tag} ${{{place}:{of}}}"));
    };
    let params = params_of(file, function);
    for (name, of) in &params {
        line(&format!("param {name}"), of);
    }
    if let Some(results) = script.flow().results(function).filter(|it| !it.open && !it.never) {
        for &of in &results.values {
            line("return", &as_annotation(&script.flow().describe(script.flow().get(of))));
        }
    }
    let names: Vec<&str> = params.iter().map(|(name, _)| name.as_str()).collect();
    let item = Completion {
        detail: "Describe the function below".to_owned(),
        insert,
        is_snippet: true,
        filter: Some("---".to_owned()),
        ..Completion::new(format!("@param {}", names.join(", ")).trim_end().to_owned(), CompletionKind::Snippet)
    };
    Some(Completions { range: TextRange::new(before.start + 3, before.end), items: vec![item] })
}

/// The strings that the type of what a string is compared with, given to or passed to allows.
pub(super) fn in_string(place: &Place<'_>, tokens: &[Token]) -> Option<Completions> {
    let source = place.project.files[place.file].source();
    let [before @ .., sign, string] = tokens else { return None };
    let of = if sign.kind.is("==") || sign.kind.is("~=") {
        Annotated::of_path(place.project, place.file, &Path::before(source, before)?)?
    } else if sign.kind.is("=") {
        let path = Path::before(source, before)?;
        // In a constructor stands the name of a field.
        let start = match path.root {
            crate::path::Root::Name(_, start) => start,
            _ => return None,
        };
        let at = before.partition_point(|token| token.range.start < start);
        let is_field = at > 0 && (before[at - 1].kind.is("{") || before[at - 1].kind.is(","));
        Annotated::of_path(place.project, place.file, &path).filter(|_| !is_field)?
    } else {
        argument(place, place.call.as_ref()?).filter(|_| sign.kind.is("(") || sign.kind.is(","))?
    };
    let range = fields::string_range(place, string.range)?;
    let mut found = Completions { range, items: Vec::new() };
    for (nth, (text, words)) in of.strings(place.project).into_iter().enumerate() {
        found.items.push(Completion {
            detail: words,
            rank: nth as u32,
            ..Completion::new(text, CompletionKind::Constant)
        });
    }
    (!found.items.is_empty()).then_some(found)
}

/// Adds the values of an annotated type, at an argument or after a comparison.
pub(super) fn values(place: &Place<'_>, tokens: &[Token], word: TextRange, found: &mut Vec<Completion>) {
    let source = place.project.files[place.file].source();
    let Some((sign, before)) = tokens[..tokens.partition_point(|token| token.range.start < word.start)].split_last()
    else {
        return;
    };
    let of = if sign.kind.is("==") || sign.kind.is("~=") {
        Path::before(source, before).and_then(|path| Annotated::of_path(place.project, place.file, &path))
    } else if sign.kind.is("(") || sign.kind.is(",") {
        place.call.as_ref().and_then(|call| argument(place, call))
    } else {
        None
    };
    let Some(of) = of else { return };
    let strings = of.strings(place.project).into_iter().map(|(text, words)| (format!("'{text}'"), words));
    let fields = of.enumerated(place.project).into_iter();
    // The values of an enumeration are written by their names.
    let all: Vec<(String, String)> = match fields.len() {
        0 => strings.filter(|(text, _)| !text[1..text.len() - 1].contains(['\'', '\\', '\n'])).collect(),
        _ => fields.map(|name| (name, String::new())).collect(),
    };
    for (nth, (text, words)) in all.into_iter().enumerate() {
        found.push(Completion {
            detail: words,
            rank: nth.min(9) as u32,
            ..Completion::new(text, CompletionKind::Constant)
        });
    }
}

/// Adds the missing fields of a known type in a table constructor, where a name is allowed.
pub(super) fn in_constructor(place: &Place<'_>, tokens: &[Token], word: TextRange, found: &mut Vec<Completion>) {
    let before = &tokens[..tokens.partition_point(|token| token.range.start < word.start)];
    if !before.last().is_some_and(|last| last.kind.is("{") || last.kind.is(",") || last.kind.is(";")) {
        return;
    }
    let Some(open) = open_brace(before) else { return };
    let Some(of) = constructed(place, &before[..open], 0) else { return };
    let source = place.project.files[place.file].source();
    let has = |name: &str| {
        let pairs = before[open..].windows(2);
        pairs.into_iter().any(|pair| pair[1].kind.is("=") && pair[0].range.slice(source) == name.as_bytes())
    };
    for (nth, (name, value, words)) in of.fields(place.project).into_iter().enumerate() {
        if !has(&name) {
            found.push(Completion {
                detail: value.text(place.project),
                insert: format!("{name} = "),
                docs: if words.is_empty() { Docs::None } else { Docs::Text(words) },
                rank: nth.min(9) as u32,
                ..Completion::new(name, CompletionKind::Field)
            });
        }
    }
}

/// The place of the innermost `{` among some tokens that is not closed, if no other bracket is open behind it.
fn open_brace(tokens: &[Token]) -> Option<usize> {
    const MOST_TOKENS: usize = 2_000;
    let mut depth = 0_u32;
    for at in (tokens.len().saturating_sub(MOST_TOKENS)..tokens.len()).rev() {
        let kind = tokens[at].kind;
        if kind.is("}") || kind.is(")") || kind.is("]") {
            depth += 1;
        } else if kind.is("{") || kind.is("(") || kind.is("[") {
            if depth == 0 {
                return kind.is("{").then_some(at);
            }
            depth -= 1;
        }
    }
    None
}

/// The type of the table whose constructor begins behind some tokens.
fn constructed<'a>(place: &Place<'a>, before: &[Token], depth: u32) -> Option<Annotated<'a>> {
    const MAX_DEPTH: u32 = 8;
    let (project, file) = (place.project, place.file);
    let it = &project.files[file];
    let (sign, rest) = before.split_last().filter(|_| depth < MAX_DEPTH)?;
    // An item of another constructor.
    if (sign.kind.is("{") || sign.kind.is(",") || sign.kind.is(";"))
        && let Some(outer) = open_brace(before)
    {
        return constructed(place, &before[..outer], depth + 1)?.element(project, true);
    }
    if sign.kind.is("(") || sign.kind.is(",") {
        let call = call_site::enclosing(it.source(), before, sign.range.end)?;
        return argument(place, &call);
    }
    if let TokenKind::Keyword(Keyword::Return) = sign.kind {
        let functions = it.script.tree().functions().filter(|(_, function)| function.range.contains(place.offset));
        let (function, _) = functions.min_by_key(|(_, function)| function.range.len())?;
        let (of, _) = it.script.annotations().function(function)?.returns().next()?;
        return Some(Annotated { file, of });
    }
    let (name, rest) = rest.split_last().filter(|_| sign.kind.is("="))?;
    match rest.last() {
        Some(last) if last.kind.is("{") || last.kind.is(",") || last.kind.is(";") => {
            let outer = constructed(place, &rest[..open_brace(rest)?], depth + 1)?;
            let wanted = it.text(name.range);
            let fields = outer.fields(project).into_iter();
            fields.filter(|(name, ..)| *name == wanted).map(|(_, of, _)| of).next()
        }
        Some(last) if last.kind == TokenKind::Keyword(Keyword::Local) => {
            let mut locals = it.script.scopes.locals();
            let (id, _) = locals.find(|(_, local)| local.name.range.start == name.range.start)?;
            Annotated::of_local(project, file, id, None)
        }
        _ => Annotated::of_path(project, file, &Path::before(it.source(), &before[..before.len() - 1])?),
    }
}

/// The type of the parameter that the last argument of a call is for.
fn argument<'a>(place: &Place<'a>, call: &CallSite) -> Option<Annotated<'a>> {
    let (tables, objects) = call.path.objects(place.project, place.file)?;
    let nth = call.before.len() + usize::from(call.is_method);
    tables.functions(&objects).find_map(|(file, function)| {
        let script = &place.project.files[file].script;
        let of = script.annotations().local(*script.scopes.params(function).get(nth)?)?;
        Some(Annotated { file, of })
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Completion, completions};
    use crate::{completion::Trigger, test_support::*};

    fn found(source: &str, trigger: Trigger) -> Vec<Completion> {
        let (project, offset) = cursor(source);
        let mut all = completions(&project, 0, offset, trigger).items;
        all.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
        all
    }

    fn labels(source: &str) -> Vec<String> {
        found(source, Trigger::Invoked).into_iter().map(|it| it.label).collect()
    }

    const CLASS: &str = "---@class Job a job\n---@field id string the id\n---@field opts Opts\n---@field state State\n\n---@class Opts\n---@field delay integer\n\n---@alias State\n---| 'wait' # it waits\n---| 'done'\n\nlocal key = KEYS[1]\n";

    fn in_class(rest: &str) -> Vec<String> {
        labels(&format!("{CLASS}{rest}"))
    }

    #[test]
    fn tags_parameters_and_types() {
        assert!(labels("---@$0\nlocal function f(a) return KEYS[1] end").contains(&"param".to_owned()));
        assert_eq!(labels("---@param $0\nlocal function f(a, b) return KEYS[1] end"), ["a", "b"]);
        assert_eq!(
            labels("---@param a string\n---@param b$0\nlocal function f(a, bc, ...) return KEYS[1] end"),
            ["bc", "..."]
        );
        assert_eq!(labels("---@param $0a string\nlocal function f(a, b) return KEYS[1] end"), ["a", "b"]);
        assert_eq!(labels("---@param $0\nfunction M:f(a) return KEYS[1] end"), ["a"]);
        for source in [
            "---@param a $0",
            "---@type J$0",
            "---@type string|$0",
            "---@return table<string, $0",
            "---@type Job[]|$0",
            "---@field x fun(a: $0",
            "local x = f() --[[@as $0]]",
        ] {
            let all = in_class(source);
            assert!(all.starts_with(&["Job", "Opts", "State"].map(str::to_owned)), "{source}: {all:?}");
            assert!(all.contains(&"string".to_owned()), "{all:?}");
        }
        for source in ["---@param a string $0", "---@param a string the $0", "---@type Job # a $0", "--- Job $0"] {
            assert!(in_class(&format!("{source}\nlocal function f(a) end")).is_empty(), "{source}");
        }
        assert!(found("---@$0\nlocal a = KEYS[1]", Trigger::Character).len() > 10);
        // The directive of includes is no annotation.
        assert!(labels("--- @$0\nlocal a = KEYS[1]").contains(&"include".to_owned()));
        assert_eq!(
            labels("--- @include \"p$0\nlocal a = KEYS[1]\n--- file: part.lua\nlocal n = KEYS[1]"),
            ["part.lua"]
        );
        assert!(found("-- a, $0\nlocal a = KEYS[1]", Trigger::Character).is_empty());
        assert!(found("---@type string$0\nlocal a = KEYS[1]", Trigger::Letter).is_empty());
    }

    #[test]
    fn types_of_includes_and_others() {
        let source = "-- @include part.lua\n---@type $0\nlocal x = KEYS[1]\n--- file: part.lua\n---@class Part\nlocal n = redis.call('GET', KEYS[1])";
        assert!(labels(source).contains(&"Part".to_owned()));
    }

    #[test]
    fn a_form_for_the_function_below() {
        let all = found("---$0\nlocal function f(a, b) return redis.call('INCR', KEYS[1]) end", Trigger::Invoked);
        let form = all.iter().find(|it| it.label == "@param a, b").unwrap_or_else(|| panic!("{all:?}"));
        assert_eq!(
            form.insert,
            " ${1:description}\n---@param a ${2:any}\n---@param b ${3:any}\n---@return ${4:number}"
        );
        for trigger in [Trigger::Letter, Trigger::Character] {
            assert!(found("---$0\nlocal function f(a) return KEYS[1] end", trigger).is_empty());
        }
        assert!(!labels("---$0\nlocal a = KEYS[1]").iter().any(|it| it.starts_with("@param")));
    }

    #[test]
    fn fields_of_classes() {
        assert_eq!(in_class("---@type Job\nlocal job = cjson.decode(ARGV[1])\nreturn job.$0"), ["id", "opts", "state"]);
        assert_eq!(in_class("---@param job Job\nlocal function f(job) return job.opts.$0 end"), ["delay"]);
        assert_eq!(in_class("---@param jobs Job[]\nlocal function f(jobs) return jobs[1].opts.$0 end"), ["delay"]);
        assert_eq!(
            in_class("---@return Job\nlocal function f() return g() end\nreturn f().$0"),
            ["id", "opts", "state"]
        );
        let queue = "---@class Queue\n---@field size integer\n---@field push fun(self: Queue, job: Job)\n---@type Queue\nlocal q = f(KEYS[1])\nq:$0";
        let all = found(queue, Trigger::Invoked);
        assert_eq!((all.len(), all[0].label.as_str(), all[0].detail.as_str()), (1, "push", "(job)"));
        let source = format!("{CLASS}---@type Job\nlocal job = cjson.decode(ARGV[1])\nreturn job.$0");
        let all = found(&source, Trigger::Character);
        assert_eq!((all[0].detail.as_str(), &all[0].docs), ("string", &super::Docs::Text("the id".to_owned())));
    }

    #[test]
    fn values_of_aliases_and_enumerations() {
        let first = |code: &str| {
            let level = "---@enum Level\nlocal Level = { low = 1, high = 'x' }\n---@param level Level\n---@param state State?\nlocal function f(level, state) return level end\n";
            let all = found(&format!("{CLASS}{level}{code}"), Trigger::Invoked);
            all.into_iter()
                .filter(|it| it.kind == super::CompletionKind::Constant)
                .map(|it| it.label)
                .take(2)
                .collect::<Vec<_>>()
        };
        assert_eq!(first("f($0)"), ["Level.low", "Level.high"]);
        assert_eq!(first("f(1, $0)"), ["'wait'", "'done'"]);
        assert_eq!(first("---@type Job\nlocal job = g()\nif job.state == $0 then end"), ["'wait'", "'done'"]);
        assert_ne!(first("f(1, 2, $0)"), ["'wait'", "'done'"]);
    }

    #[test]
    fn fields_in_constructors() {
        let fields = |code: &str| {
            let all = found(&format!("{CLASS}{code}"), Trigger::Invoked);
            let fields = all.into_iter().filter(|it| it.insert.ends_with(" = "));
            fields.map(|it| it.label).collect::<Vec<_>>()
        };
        let function = "---@param job Job\n---@return Opts\nlocal function add(n, job) ";
        for (code, wanted) in [
            ("---@type Job\nlocal job = { $0", &["id", "opts", "state"][..]),
            ("---@type Job\nlocal job = { id = KEYS[1], $0 }", &["opts", "state"]),
            ("---@type Job\nlocal job = { id = KEYS[1], opts = { $0 } }", &["delay"]),
            ("---@type Job\nlocal job = f()\njob.opts = { $0 }", &["delay"]),
            (&format!("{function}end\nadd(1, {{ o$0 }})"), &["id", "opts", "state"]),
            (&format!("{function} return {{ $0 }} end"), &["delay"]),
            ("---@type Job[]\nlocal jobs = { { id = 1 }, { $0 } }", &["id", "opts", "state"]),
            ("---@type Job\nlocal job = { id = $0 }", &[]),
            ("---@type Job\nlocal job = { id = f($0) }", &[]),
            ("local job = { $0 }", &[]),
            (&format!("{function}end\nadd({{ $0 }})"), &[]),
        ] {
            assert_eq!(fields(code), wanted, "{code}");
        }
        let source = format!("{CLASS}---@type Job\nlocal job = {{ id$0");
        assert!(found(&source, Trigger::Letter).is_empty());
    }

    #[test]
    fn strings_of_an_alias() {
        let job = "---@type Job\nlocal job = cjson.decode(ARGV[1])\n";
        for code in
            ["if job.state == '$0'", "if job.state ~= '$0", "job.state = '$0'", "local s = job.state\nif s == \"$0\""]
        {
            assert_eq!(in_class(&format!("{job}{code}")), ["wait", "done"], "{code}");
        }
        let function = "---@param state State\nlocal function set(id, state) end\n";
        assert_eq!(in_class(&format!("{function}set(1, '$0')")), ["wait", "done"]);
        assert!(in_class(&format!("{function}set('$0')")).is_empty());
        assert!(in_class(&format!("{job}if job.id == '$0'")).is_empty());
        assert!(in_class(&format!("{job}local t = {{ job = '$0'")).is_empty());
    }
}
