//! Requests as scenarios: what the server answers is applied as a client does it, and whole texts compared.

use serde_json::{Value, json};
use tests::{
    lsp::{abilities, labels},
    scenario::Scenario,
};

/// A script with an include.
const TAKE: &str = "
--- file: take.lua
-- KEYS[1] the stock
-- ARGV[1] how many
-- @include parts/help.lua
local rcall = redis.call
local left = tonumber(rcall('GET', KEYS[1]) or 0)
if not enough(left, ARGV[1]) then
  return redis.error_reply('STOCK empty')
end
return rcall('DECRBY', KEYS[1], ARGV[1])
--- file: parts/help.lua
local function enough(have, wanted)
  return have >= tonumber(wanted)
end
";

/// A text with marks in the place of some of its parts.
fn marked(text: &str, marks: &[(&str, &str)]) -> String {
    marks.iter().fold(text.to_owned(), |text, (part, marked)| {
        assert!(text.contains(part), "{part}");
        text.replacen(part, marked, 1)
    })
}

/// A session over [`TAKE`] with marks, or with changes.
fn take(marks: &[(&str, &str)]) -> Scenario {
    Scenario::new(&marked(TAKE, marks))
}

#[test]
fn findings_follow_edits_and_actions_mend_them() {
    let mut it = Scenario::new(
        "
-- KEYS[1] the stock
local rcall = redis.call
return rcall('DECRBYY', KEYS[1], ARGV[1])
           --^^^^^^^^^ error[unknown-command]: no server has a command `DECRBYY`: did you mean DECRBY?
",
    );
    let found = it.check_findings();
    assert!(found[0]["codeDescription"]["href"].as_str().unwrap_or_default().ends_with("#unknown-command"));
    let mended = "-- KEYS[1] the stock\nlocal rcall = redis.call\nreturn rcall('DECRBY', KEYS[1], ARGV[1])\n";
    assert_eq!(it.act(&found[0]["range"], "Replace by `DECRBY`"), mended);
    assert_eq!(it.findings(0), Vec::<Value>::new());
}

#[test]
fn answers_are_of_the_text_before_them() {
    let mut it = Scenario::new("return redis.call('GET$0', KEYS[1])\n");
    for command in ["HGET", "ZADD", "INCR"] {
        it.change(0, &format!("return redis.call('{command}', KEYS[1])\n"));
        assert!(it.hover('0').starts_with(&format!("```\n{command} key")), "{command}");
        assert!(it.completions('0').contains(&command.to_owned()), "{command}");
    }
}

#[test]
fn words_of_a_command_are_told() {
    let mut it = take(&[("'DECRBY', KEYS[1]", "'D$0ECRBY', KEY$1S[1]")]);
    let told = it.hover('0');
    assert!(told.starts_with("```\nDECRBY key decrement\n```\nTakes a number from the integer"), "{told}");
    assert_eq!(it.hover('1'), "```lua\nKEYS[1]\n```\nthe stock\n\nKey 1 of the script, used 2 times\n");
    let mut it = take(&[("'DECRBY', KEYS[1], ARGV[1]", "'DECRBY', $0KEYS[1], ARGV[1]$1")]);
    assert_eq!(it.signature('0'), "DECRBY «key» decrement");
    assert_eq!(it.signature('1'), "DECRBY key «decrement»");
}

#[test]
fn completions_are_inserted() {
    let mut it = take(&[("'DECRBY'", "'DECR$0'")]);
    assert_eq!(it.complete('0', "DECRBY"), TAKE.trim_start());
    let told = it.completion('0', "INCR")["documentation"]["value"].clone();
    assert!(told.as_str().is_some_and(|told| told.contains("Adds one")), "{told}");
}

#[test]
fn names_lead_across_includes() {
    let mut it = take(&[("function enough", "function «enough»"), ("not enough", "not e$0nough")]);
    assert_eq!(it.check_findings(), Vec::<Value>::new());
    it.check_places("textDocument/definition", '0');
    it.check_places("textDocument/declaration", '0');
    let mut it = take(&[("function enough", "function «enough»"), ("not enough", "not «e$0nough»")]);
    it.check_places("textDocument/references", '0');
    let range = it.client.request("textDocument/prepareRename", it.at('0'));
    assert_eq!(it.slice(0, &range), "enough");
    let mut params = it.at('0');
    params["newName"] = json!("end");
    let id = it.client.ask("textDocument/rename", params);
    assert_eq!(it.client.answer(id)["error"]["message"], "`end` is a keyword of Lua");
    assert_eq!(it.rename('0', "has_enough"), TAKE.trim_start().replace("enough(", "has_enough("));
}

#[test]
fn calls_lead_across_includes() {
    let mut it = take(&[("not enough", "not e$0nough")]);
    let item = it.client.request("textDocument/prepareCallHierarchy", it.at('0'))[0].clone();
    assert_eq!(item["uri"], it.uri(1));
    let calls = it.client.request("callHierarchy/incomingCalls", json!({ "item": item }));
    assert_eq!(calls[0]["from"]["name"], "take.lua");
    assert_eq!(it.client.request("callHierarchy/outgoingCalls", json!({ "item": item })), json!([]));
}

#[test]
fn uses_in_the_file_are_shown() {
    let uses = [("local rcall", "local «r$0call»"), ("(rcall(", "(«rcall»("), ("return rcall(", "return «rcall»(")];
    let mut it = take(&uses);
    it.check_places("textDocument/documentHighlight", '0');
    it.check_places("textDocument/linkedEditingRange", '0');
}

#[test]
fn the_parts_of_a_file_are_listed() {
    let mut it = take(&[("or 0)", "or $00)")]);
    let of = it.of(0);
    let symbols = it.client.request("textDocument/documentSymbol", of.clone());
    let names: Vec<&str> = symbols.as_array().into_iter().flatten().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["KEYS[1]", "ARGV[1]", "rcall", "left"]);
    let symbols = it.client.request("workspace/symbol", json!({ "query": "enough" }));
    assert_eq!((&symbols[0]["name"], &symbols[0]["location"]["uri"]), (&json!("enough"), &json!(it.uri(1))));
    let folds = it.client.request("textDocument/foldingRange", of.clone());
    let lines: Vec<_> = folds.as_array().into_iter().flatten().map(|it| (&it["startLine"], &it["endLine"])).collect();
    assert_eq!(lines, [(&json!(0), &json!(1)), (&json!(5), &json!(7))]);
    let links = it.client.request("textDocument/documentLink", of);
    let targets: Vec<_> = links.as_array().into_iter().flatten().map(|it| &it["target"]).collect();
    assert!(targets.contains(&&json!(it.uri(1))), "{links}");
    let mut params = it.of(0);
    params["positions"] = json!([it.at('0')["position"]]);
    let mut range = it.client.request("textDocument/selectionRange", params)[0].clone();
    let mut selected = Vec::new();
    while range.is_object() {
        selected.push(it.slice(0, &range["range"]));
        range = range["parent"].take();
    }
    assert_eq!(selected[..3], ["0", "rcall('GET', KEYS[1]) or 0", "(rcall('GET', KEYS[1]) or 0)"]);
}

#[test]
fn lenses_and_hints_are_shown() {
    let mut it = take(&[]);
    let lenses = it.client.request("textDocument/codeLens", it.of(0));
    let first = lenses[0]["command"]["title"].as_str();
    assert!(first.is_some_and(|title| title.contains(" · 1 key · ")), "{first:?}");
    let lenses = it.client.request("textDocument/codeLens", it.of(1));
    let lens = lenses.as_array().into_iter().flatten().find(|lens| lens.get("command").is_none()).cloned();
    let lens = it.client.request("codeLens/resolve", lens.unwrap_or_default());
    assert_eq!(lens["command"]["title"], "1 reference");
    let hints = it.client.request("textDocument/inlayHint", it.within(0, (0, 0), (9, 0)));
    assert!(hints.to_string().contains("the stock"), "{hints}");
    let hint = it.client.request("inlayHint/resolve", hints[0].clone());
    assert!(hint["tooltip"].is_object(), "{hint}");
}

#[test]
fn tokens_come_whole_of_a_range_and_as_a_difference() {
    let mut it = take(&[]);
    let whole = it.client.request("textDocument/semanticTokens/full", it.of(0));
    let count = whole["data"].as_array().map_or(0, Vec::len);
    assert!(count > 50 && count.is_multiple_of(5));
    let part = it.client.request("textDocument/semanticTokens/range", it.within(0, (0, 0), (9, 0)));
    assert_eq!(part["data"], whole["data"]);
    let text = it.text_of(0).replace("DECRBY", "INCRBY");
    it.change(0, &text);
    let mut params = it.of(0);
    params["previousResultId"] = whole["resultId"].clone();
    let delta = it.client.request("textDocument/semanticTokens/full/delta", params);
    assert_eq!(delta["edits"], json!([]), "a word of the same length has the same tokens");
}

#[test]
fn scripts_are_formatted() {
    let mut it = take(&[("local rcall = redis.call", "local rcall   =   redis.call")]);
    let options = json!({ "tabSize": 2, "insertSpaces": true });
    let mut params = it.within(0, (0, 0), (2, 0));
    params["options"] = options.clone();
    let edits = it.client.request("textDocument/rangeFormatting", params);
    assert_eq!(edits, json!([]), "nothing is wrong in that range");
    let mut params = it.of(0);
    params["options"] = options.clone();
    let edits = it.client.request("textDocument/formatting", params);
    it.apply(&edits);
    assert_eq!(it.text(), TAKE.trim_start());

    let mut it = take(&[("  return redis", "$0return redis")]);
    let mut params = it.at('0');
    params["ch"] = json!("\n");
    params["options"] = options;
    let edits = it.client.request("textDocument/onTypeFormatting", params);
    it.apply(&edits);
    assert_eq!(it.text(), TAKE.trim_start());
}

/// A script with annotations, the types of which are in an included file.
const ANNOTATED: &str = "
--- file: a.lua
-- @include part.lua
---@type Job
local job = cjson.decode(ARGV[1])
---Adds a job.
---@param job Job the job
---@return boolean
---@deprecated use `push`
local function add(job) return redis.call('SADD', KEYS[1], job.id) == 1 end
if job.state == '' then return 0 end
return add(job)
---@
--- file: part.lua
---@alias State 'wait'|'done'
---@class Job
---@field id string the id
---@field state State
local unused = redis.call('PING')
";

#[test]
fn annotations_are_told() {
    let marks = [
        ("local job", "local j$0ob"),
        ("return add(job)\n", "return a$1dd($2job)\n"),
        ("== ''", "== '$3'"),
        ("---@\n", "---@$4\n"),
    ];
    let mut it = Scenario::new(&marked(ANNOTATED, &marks));
    let findings = it.findings(0);
    let deprecated = findings.iter().find(|it| it["code"] == "deprecated-function").unwrap_or(&Value::Null);
    assert_eq!((&deprecated["severity"], &deprecated["tags"]), (&json!(4), &json!([2])), "{findings:?}");
    assert!(it.hover('0').contains("local job: Job"));
    let help = it.client.request("textDocument/signatureHelp", it.at('2'));
    assert_eq!(help["signatures"][0]["parameters"][0]["documentation"]["value"], "`Job`: the job", "{help}");
    assert!(!help.to_string().contains("@param"), "{help}");
    assert_eq!(it.completions('3'), ["wait", "done"]);
    assert!(it.completions('4').contains(&"param".to_owned()));
    let add = it.completion('1', "add");
    assert!(add["deprecated"] == true || add["tags"] == json!([1]), "{add}");
    assert_eq!(it.complete('3', "done"), ANNOTATED.trim_start().replace("== ''", "== 'done'"));
}

#[test]
fn types_and_parameters_are_renamed_with_their_annotations() {
    let uses = [("@type Job", "@type «J$0ob»"), ("param job Job", "param job «Job»"), ("class Job", "class «Job»")];
    let mut it = Scenario::new(&marked(ANNOTATED, &uses));
    it.check_places("textDocument/references", '0');
    assert_eq!(it.rename('0', "Task"), ANNOTATED.trim_start().replace("Job", "Task"));
    let mut it = Scenario::new(&marked(ANNOTATED, &[("@type Job", "@type $0Job"), ("class Job", "class «Job»")]));
    it.check_places("textDocument/definition", '0');
    let mut it = Scenario::new(&marked(ANNOTATED, &[("param job", "param j$0ob")]));
    let renamed = [("param job", "param task"), ("add(job) return", "add(task) return"), ("job.id", "task.id")];
    assert_eq!(it.rename('0', "task"), marked(ANNOTATED, &renamed).trim_start());
}

#[test]
fn types_are_shown_where_they_are_wanted() {
    let script = "
local $0v = redis.call('GET', KEYS[1])
local r = redis.pcall('INCR', KEYS[1])
if v then
  r$1eturn $2v
end
return r.$3err
";
    let mut able = abilities();
    able["workspace"] = json!({ "inlayHint": { "refreshSupport": true } });
    let mut it = Scenario::with(script, able);
    it.findings(0);
    assert!(it.hover('0').starts_with("```lua\nlocal v: string or false\n```\nreply of `GET`, line 1"));
    assert!(it.hover('2').starts_with("```lua\nlocal v: string\n"));
    assert!(it.hover('1').starts_with("```\n\"…\"\n```\nWhat the client receives."));
    assert_eq!(it.completions('3'), ["err"]);
    let params = it.within(0, (0, 0), (9, 0));
    assert_eq!(it.client.request("textDocument/inlayHint", params.clone()), json!([]));
    it.client.said.clear();
    let settings = json!({ "settings": { "redlua": { "hints": { "replies": true } } } });
    it.client.notify("workspace/didChangeConfiguration", settings);
    it.client.wait(|it| it["method"] == "workspace/inlayHint/refresh");
    let hints = it.client.request("textDocument/inlayHint", params);
    let hints: Vec<&str> = hints.as_array().into_iter().flatten().filter_map(|hint| hint["label"].as_str()).collect();
    assert_eq!(hints, [": string or false", ": number or {err = string}"]);
}

#[test]
fn enter_closes_a_block_and_continues_a_comment() {
    let typed = |scenario: &str, keeps_cursor: bool| {
        let mut it = Scenario::new(scenario);
        let mut params = it.at('0');
        params["ch"] = json!("\n");
        params["options"] = json!({ "tabSize": 2, "insertSpaces": true, "redlua.keepsCursor": keeps_cursor });
        let edits = it.client.request("textDocument/onTypeFormatting", params);
        it.apply(&edits);
        it.text()
    };
    let head = "local t = redis.call('GET', KEYS[1])\n";
    let script = format!("{head}if t then\n$0\nreturn 1\n");
    assert_eq!(typed(&script, false), format!("{head}if t then\n  \nend\nreturn 1\n"));
    let script = format!("{head}if t then\n$0\nend\n");
    assert_eq!(typed(&script, false), format!("{head}if t then\n  \nend\n"));
    let inner = "local function f(k)\r\n  repeat\r\n    $0\r\n  return k\r\nend\r\nreturn f(KEYS[1])\r\n";
    let closed = "local function f(k)\r\n  repeat\r\n    \r\n  until \r\n  return k\r\nend\r\nreturn f(KEYS[1])\r\n";
    assert_eq!(typed(inner, false), closed);
    assert_eq!(typed("-- the first\n$0half\nreturn KEYS[1]\n", false), "-- the first\n-- half\nreturn KEYS[1]\n");
    // In the last line most clients would move the cursor behind what is added.
    let last = "local t = redis.call('GET', KEYS[1])\r\nif t then\r\n$0";
    let begun = last.replace("$0", "  ");
    assert_eq!(typed(last, false), begun);
    assert_eq!(typed(last, true), begun + "\r\nend");
}

#[test]
fn transcripts_are_served_too() {
    let mut it = Scenario::new("--- file: shop.redis\n> S$0ET stock:42 5\nO$1K\n\n> GET $2s$3");
    assert_eq!(it.complete('3', "stock:42"), "> SET stock:42 5\nOK\n\n> GET stock:42");
    it.change(0, "> SET stock:42 5\nOK\n\n> GET s");
    assert!(it.hover('0').contains("SET key value"));
    assert_eq!(it.signature('2'), "GET «key»");
    assert_eq!(it.completions('1'), Vec::<String>::new());
}

#[test]
fn completions_insert_or_replace() {
    let source = "return red$0is.call('TIME')";
    let mut able = abilities();
    able["textDocument"]["completion"]["completionItem"]["insertReplaceSupport"] = json!(true);
    let mut it = Scenario::with(source, able);
    let list = it.client.request("textDocument/completion", it.at('0'));
    assert!(labels(&list).contains(&"redis".to_owned()));
    let item = it.completion('0', "redis");
    let edit = |range: &str| json!([{ "range": item["textEdit"][range], "newText": item["textEdit"]["newText"] }]);
    let edited = |edit: Value| {
        let mut it = Scenario::new(source);
        it.apply(&edit);
        it.text()
    };
    assert_eq!(edited(edit("insert")), "return redisis.call('TIME')");
    assert_eq!(edited(edit("replace")), "return redis.call('TIME')");
}

/// A module in an included file.
const MODULE: &str = "
--- file: main.lua
-- @include part
if M.take(KEYS[1], 1) < 0 then
  return 0
end
--- file: part.lua
local M = {}
-- Takes some.
function M.take(key, n)
  return redis.call('DECRBY', key, n)
end
";

#[test]
fn fields_of_an_included_module_are_one_with_their_uses() {
    let mut it = Scenario::new(&marked(MODULE, &[("M.take(K", "M.«t$0ake»(K"), ("M.take(key", "M.«take»(key")]));
    let hover = it.hover('0');
    assert!(hover.contains("function M.take(key") && hover.contains("Takes some."), "{hover}");
    it.check_places("textDocument/references", '0');
    let range = it.client.request("textDocument/prepareRename", it.at('0'));
    assert_eq!(it.slice(0, &range), "take");
    assert_eq!(it.rename('0', "use"), MODULE.trim_start().replace("take", "use"));
}

#[test]
fn keywords_of_a_block_have_no_access() {
    let mut it = Scenario::new("«i$0f» KEYS[1] «then»\n  return 0\n«end»\n");
    it.check_places("textDocument/documentHighlight", '0');
    let highlights = it.client.request("textDocument/documentHighlight", it.at('0'));
    let kinds: Vec<&Value> = highlights.as_array().into_iter().flatten().map(|it| &it["kind"]).collect();
    assert_eq!(kinds, [1, 1, 1]);
}

#[test]
fn completions_tell_parameters_meanings_and_fields() {
    let mut able = abilities();
    able["textDocument"]["completion"]["completionItem"]["labelDetailsSupport"] = json!(true);
    let mut it = Scenario::with(
        "
--- file: a.lua
-- KEYS[1] the cart
redis.call('$0SET', KEYS[1], 1, '$1')
return redis.call('HGET', KEYS[1], '$2')
--- file: b.lua
-- KEYS[1] the cart
return redis.call('HSET', KEYS[1], 'total', 1)
",
        able,
    );
    // 21 is a constant, 20 a member of an enumeration, 5 a field.
    let get = it.completion('0', "GET");
    assert_eq!((&get["kind"], &get["labelDetails"]), (&json!(21), &json!({ "detail": " key" })));
    let option = it.completion('1', "EX");
    assert_eq!((&option["kind"], &option["labelDetails"]), (&json!(20), &json!({ "detail": " seconds" })));
    assert_eq!(option["detail"], "Sets the expiry to this number of seconds from now.");
    assert!(option["documentation"]["value"].as_str().unwrap_or_default().contains("Option of SET"), "{option}");
    // Fields of the same key in another file, also once it has changed.
    let field = |it: &mut Scenario, name: &str| {
        assert_eq!(it.completions('2'), [name]);
        let field = it.completion('2', name);
        assert_eq!((&field["kind"], &field["detail"]), (&json!(5), &json!("b.lua")));
    };
    field(&mut it, "total");
    it.open(1);
    let changed = it.text_of(1).replace("total", "sum");
    it.change(1, &changed);
    field(&mut it, "sum");
}
