use text::TextRange;

use super::*;
use crate::Script;

fn script(source: &str) -> Script {
    Script::new(source.as_bytes().into(), None)
}

/// The types of locals, as `name: type`.
fn locals(source: &str) -> Vec<String> {
    let script = script(source);
    let annotations = script.annotations();
    let mut found: Vec<_> = annotations.locals().collect();
    found.sort_by_key(|(id, _)| *id);
    found.into_iter().map(|(id, of)| format!("{}: {}", script.name(id), of.text(&script.source))).collect()
}

/// The form of a type, with the texts of names and literals.
fn form(text: &str) -> String {
    let source = format!("---@type {text}\nlocal x");
    let script = script(&source);
    let tag = script.annotations().blocks()[0].tags[0].clone();
    let TagKind::Type(types, rest) = tag.kind else { panic!("{tag:?}") };
    let all: Vec<String> = types.iter().map(|it| shown(&script, it)).collect();
    match rest.is_empty() {
        true => all.join(" ; "),
        false => format!("{} -- {}", all.join(" ; "), script.text_of(rest)),
    }
}

fn shown(script: &Script, it: &TypeExpr) -> String {
    let list = |all: &[TypeExpr]| all.iter().map(|it| shown(script, it)).collect::<Vec<_>>().join(" ");
    match &it.kind {
        TypeKind::Name(name, args) if args.is_empty() => script.text_of(*name).into_owned(),
        TypeKind::Name(name, args) => format!("{}<{}>", script.text_of(*name), list(args)),
        TypeKind::Literal => script.text_of(it.range).into_owned(),
        TypeKind::Union(all) => format!("(or {})", list(all)),
        TypeKind::Optional(inner) => format!("(opt {})", shown(script, inner)),
        TypeKind::Array(inner) => format!("(array {})", shown(script, inner)),
        TypeKind::Tuple(all) => format!("(tuple {})", list(all)),
        TypeKind::Table(fields) => {
            let fields = fields.iter().map(|field| {
                let key = match &field.key {
                    FieldKey::Name(name) => script.text_of(*name).into_owned(),
                    FieldKey::Type(key) => format!("[{}]", shown(script, key)),
                };
                format!("{key}{} {}", if field.is_optional { "?" } else { "" }, shown(script, &field.value))
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        TypeKind::Function { params, returns } => {
            let params = params.iter().map(|param| match &param.value {
                Some(value) => format!("{} {}", script.text_of(param.name), shown(script, value)),
                None => script.text_of(param.name).into_owned(),
            });
            format!("(fun ({}) {})", params.collect::<Vec<_>>().join(", "), list(returns))
        }
        TypeKind::Missing => "?".to_owned(),
    }
}

#[test]
fn types_have_these_forms() {
    for (text, wanted) in [
        ("string", "string"),
        ("string the name", "string -- the name"),
        ("string # the name", "string -- the name"),
        ("string|nil", "(or string nil)"),
        ("string | nil more", "(or string nil) -- more"),
        ("Job[]?", "(opt (array Job))"),
        ("(string|number)[]", "(array (or string number))"),
        ("table<string, Job[]>", "table<string (array Job)>"),
        ("{ id: string, tries?: integer, [1]: 'x', ['a-b']: T }", "{id string, tries? integer, [1] 'x', a-b T}"),
        ("fun(job: Job, ...: any): boolean, string", "(fun (job Job, ... any) boolean string)"),
        ("fun()", "(fun () )"),
        ("fun(a, b?: T): fun(): R", "(fun (a, b T) (fun () R))"),
        ("'a'|\"b\"|-1|true", "(or 'a' \"b\" -1 true)"),
        ("fun(): at: integer, name: string", "(fun () integer string)"),
        ("fun(): (at: integer, ...: any)", "(fun () (tuple integer any))"),
        ("[string, integer]", "(tuple string integer)"),
        ("my.mod.Job, Other", "my.mod.Job ; Other"),
        ("`T`", "T"),
    ] {
        assert_eq!(form(text), wanted, "{text}");
    }
}

#[test]
fn half_typed_text_is_read_as_far_as_it_goes() {
    let whole = "fun(job: {a: table<string, 'x'[]>, [K]: (A|B)?}, ...: any): [T, `U`], my.T";
    for end in 0..whole.len() {
        form(&whole[..end]);
    }
    for text in ["((((", "{{{{", "a<<<<", "|", "||a", "{,,}", "fun(((", "[", "'", "{[", "a?[]?", "é|ü", "<", "-"] {
        form(text);
        form(&text.repeat(2_000));
        for tag in ["param", "return", "class", "field", "alias", "cast", "generic", "as", "x", ""] {
            let half =
                format!("---@{tag} {text}\n---@{tag}\n---@{tag} a: {text}\n---| {text}\nlocal function f(a) end");
            script(&half).annotations();
        }
    }
}

#[test]
fn variables_have_types() {
    assert_eq!(locals("---@type Job\nlocal job = f()"), ["job: Job"]);
    assert_eq!(locals("local job = f() ---@type Job"), ["job: Job"]);
    assert_eq!(locals("--- Text.\n---@type Job, string\nlocal a, b = f()"), ["a: Job", "b: string"]);
    assert_eq!(locals("---@type Job\n\nlocal job = f()"), Vec::<String>::new());
    assert_eq!(locals("---@type Job\n-- other\nlocal job = f()"), Vec::<String>::new());
    assert_eq!(locals("---@param a A\n---@param c? C text\nlocal function f(a, b, c) end"), ["a: A", "c: C"],);
    assert_eq!(locals("local M = {}\n--- @param a A\nM.f = function(a) end"), ["a: A"]);
    assert_eq!(locals("local M = {\n  ---@param a A\n  f = function(a) end,\n}"), ["a: A"]);
    assert_eq!(locals("---@param a A\nfunction M:f(a) end"), ["a: A"]);
    assert_eq!(locals("---@param keys string[]\nredis.register_function('f', function(keys) end)"), ["keys: string[]"]);
    assert_eq!(locals("map(\n  ---@param a A\n  function(a) end\n)"), ["a: A"]);
    assert_eq!(locals("--- @param a the A\n--- @param b - the B\nlocal function f(a, b) end"), Vec::<String>::new());
    assert_eq!(locals("---@include a.lua\nlocal a = f()"), Vec::<String>::new());
    assert_eq!(locals("---@return A\n---|help| prose\n---@param a A\nlocal function f(a) end"), ["a: A"]);
    assert_eq!(locals("---@param job Job\nfor _, job in ipairs(jobs) do end"), ["job: Job"]);
}

#[test]
fn expressions_and_fields_have_types() {
    let script = script(
        "local x = cjson.decode(y) --[[@as Job]]\nlocal t = {\n  a = f(), ---@type A\n  ---@type B\n  ['b'] = g(),\n}\n---@type C\nt.c = h()\n",
    );
    let annotations = script.annotations();
    let mut exprs: Vec<String> = annotations
        .exprs()
        .map(|(id, of)| format!("{}: {}", String::from_utf8_lossy(script.text(id)), script.text_of(of.range)))
        .collect();
    exprs.sort();
    assert_eq!(exprs, ["cjson.decode(y): Job", "f(): A", "g(): B", "h(): C"]);
}

#[test]
fn classes_have_fields_and_aliases_members() {
    let source = "---@class (exact) Job: Base, Other a job\n---@field id string the id\n---@field private tries? integer\n---@field [string] any\n---@field ['a-b'] T\nlocal Job = {}\n---@alias State\n---| 'wait' # it waits\n---| 'done'\n\n---@alias Id string|integer\n---@enum Level\nlocal Level = { low = 1, high = 'x' }\n";
    let script = script(source);
    let annotations = script.annotations();
    let text = |range: TextRange| script.text_of(range).into_owned();
    let class = &annotations.classes[0];
    assert_eq!((text(class.name), class.parents.len(), text(class.text)), ("Job".into(), 2, "a job".into()));
    assert_eq!(class.local.map(|id| script.name(id)), Some("Job"));
    let fields: Vec<String> = class
        .fields
        .iter()
        .map(|(field, words)| {
            let key = match &field.key {
                FieldKey::Name(name) => text(*name),
                FieldKey::Type(key) => format!("[{}]", text(key.range)),
            };
            format!("{key} {} {} {}", field.is_optional, text(field.value.range), text(*words))
        })
        .collect();
    assert_eq!(fields, ["id false string the id", "tries true integer ", "[string] false any ", "a-b false T "]);
    let aliases: Vec<String> = annotations
        .aliases
        .iter()
        .map(|alias| {
            let members = alias.members.iter().map(|(of, words)| format!("{}{}", text(of.range), text(*words)));
            format!("{}: {}", text(alias.name), members.collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(aliases, ["State: 'wait'it waits 'done'", "Id: string|integer", "Level: 1 'x'"]);
}

#[test]
fn functions_have_results_and_may_be_deprecated() {
    let script = script(
        "---@return boolean ok, string? err # told\n---@return integer the count\n---@deprecated use g\nlocal function f() end",
    );
    let (_, function) = script.annotations().functions().next().unwrap_or_else(|| panic!("none"));
    let text = |range: TextRange| script.text_of(range).into_owned();
    let all: Vec<String> = function
        .returns()
        .map(|(of, name)| format!("{} {}", text(of.range), name.map(text).unwrap_or_default()))
        .collect();
    assert_eq!(all, ["boolean ok", "string? err", "integer "]);
    assert_eq!(function.deprecated().map(text).as_deref(), Some("use g"));
}

#[test]
fn members_on_lines_of_their_own_add_to_the_type_above() {
    let source =
        "---@param mode\n---| 'fast' # at once\n---| 'slow'\n---@param n? integer\nlocal function f(mode, n) end";
    assert_eq!(locals(source), ["mode: 'fast' | 'slow'", "n: integer"]);
    assert_eq!(locals("---@type string|nil\n---|>'x'\nlocal x = f()"), ["x: string | nil | 'x'"]);
    let found = script("---@return integer\n---| 0 # none\nlocal function f() end");
    let (_, it) = found.annotations().functions().next().expect("a function");
    let (of, _) = it.returns().next().expect("a result");
    assert_eq!(of.text(&found.source), "integer | 0");
    // A description goes on with a line that begins with the same sign.
    assert_eq!(locals("---@param a string\n--- | 'x'\nlocal function f(a) end"), ["a: string"]);
}

#[test]
fn casts_hold_from_there_to_the_end_of_the_block_or_the_next_value() {
    /// The type of `x` at each `x` that is read.
    fn types(source: &str) -> Vec<String> {
        let script = script(source);
        let scopes = &script.scopes;
        let (id, local) = scopes.locals().find(|(id, _)| script.name(*id) == "x").expect("a local");
        let places = local.reads.iter().map(|&read| script.tree()[read].range.start);
        places
            .map(|at| script.annotations().local_at(id, at).map_or("?".to_owned(), |of| of.text(&script.source)))
            .collect()
    }
    assert_eq!(types("local x = f() g(x)\n---@cast x Job\ng(x) g(x)"), ["?", "Job", "Job"]);
    assert_eq!(
        types("---@type Job?\nlocal x = f() g(x)\n---@cast x -?\ng(x)\n---@cast x +string, +?\ng(x)"),
        ["Job?", "Job", "(Job | string)?"]
    );
    assert_eq!(types("---@type string|number|nil\nlocal x = f()\n---@cast x -nil, -number\ng(x)"), ["string"]);
    assert_eq!(types("local x = f()\nif a then\n---@cast x Job\ng(x)\nend\ng(x)"), ["Job", "?"]);
    assert_eq!(types("local x = f()\n---@cast x Job\ng(x)\nx = h()\ng(x)"), ["Job", "?"]);
    assert_eq!(types("local x = f() --[[@cast x Job]] g(x)"), ["Job"]);
    assert_eq!(types("local x = f()\n---@cast y Job\ng(x)\n---@cast x\ng(x)\n---@cast\ng(x)"), ["?", "?", "?"]);
}

#[test]
fn fields_have_names_without_dots() {
    let script = script("---@class A\n---@field a.b string\n---@field c-d string\n---@field e string\nlocal M = {}");
    let names = script.annotations().classes[0].fields.iter().map(|(field, _)| match field.key {
        FieldKey::Name(name) => script.text_of(name).into_owned(),
        FieldKey::Type(_) => "[]".to_owned(),
    });
    assert_eq!(names.collect::<Vec<_>>(), ["e"]);
}
