use crate::{Location, Project, hover, navigation, test_support::*};

fn shown(project: &Project, locations: Vec<Location>) -> Vec<String> {
    let mut found: Vec<String> = locations
        .into_iter()
        .map(|it| {
            let file = &project.files[it.file];
            format!("{}:{} {}", file.path, file.lines.line(it.range.start) + 1, file.text(it.range))
        })
        .collect();
    found.sort();
    found
}

fn defined(source: &str) -> Vec<String> {
    let (project, offset) = cursor(source);
    shown(&project, navigation::definition(&project, 0, offset).map(|it| it.targets).unwrap_or_default())
}

fn used(source: &str) -> Vec<String> {
    let (project, offset) = cursor(source);
    shown(&project, navigation::references(&project, 0, offset).into_iter().map(|it| it.location).collect())
}

fn renamed(source: &str, name: &str) -> Result<Vec<String>, String> {
    let (project, offset) = cursor(source);
    navigation::rename(&project, 0, offset, name).map(|found| shown(&project, found))
}

fn told(source: &str) -> String {
    let (project, offset) = cursor(source);
    let markdown = hover::hover(&project, 0, offset).map(|hover| hover.markdown).unwrap_or_default();
    markdown.lines().filter(|line| !line.starts_with("```") && !line.is_empty()).collect::<Vec<_>>().join("\n")
}

const JOB: &str = "---@class Job a job\n---@field id string the id\n---@field opts Opts\n\n";

#[test]
fn names_of_types_lead_to_their_declarations() {
    let source = "-- @include part.lua\n---@type Jo$0b[]\nlocal jobs = cjson.decode(ARGV[1])\n---@param job Job\nlocal function f(job) return get(job) end\n--- file: part.lua\n---@class Job\n---@field id string\n\n---@param job Job?\nlocal function get(job) return redis.call('GET', job.id) end";
    let all = ["main.lua:2 Job", "main.lua:4 Job", "part.lua:1 Job", "part.lua:4 Job"];
    assert_eq!(defined(source), ["part.lua:1 Job"]);
    assert_eq!(used(source), all);
    assert_eq!(renamed(source, "Task").as_deref(), Ok(&all.map(str::to_owned)[..]));
    for name in ["string", "1x", "a b", ""] {
        assert!(renamed(source, name).is_err(), "{name}");
    }
    assert!(renamed("---@class A\n---@class B$0\n\n---@type A\nlocal x = KEYS[1]", "A").is_err());
    assert!(defined("---@type st$0ring\nlocal x = KEYS[1]").is_empty());
}

#[test]
fn parameters_are_one_with_their_tags() {
    let source =
        "---@param jo$0b table\n---@param n number\nlocal function f(job, n) return redis.call('GET', job.id) end";
    let all = ["main.lua:1 job", "main.lua:3 job", "main.lua:3 job"];
    assert_eq!(defined(source), ["main.lua:3 job"]);
    assert_eq!(used(source), all);
    assert_eq!(renamed(source, "task").as_deref(), Ok(&all.map(str::to_owned)[..]));
    assert_eq!(
        renamed("---@param job table\nlocal function f(jo$0b) return redis.call('GET', job.id) end", "task")
            .map(|it| it.len()),
        Ok(3)
    );
    assert!(renamed(source, "n").is_err());
    let (project, offset) = cursor("---@param job table\nlocal function f(jo$0b) return redis.call('GET', job.id) end");
    assert_eq!(navigation::linked_editing(&project, 0, offset).map(|it| it.len()), Some(3));
}

#[test]
fn fields_lead_to_their_tags() {
    let code = "---@type Job\nlocal job = cjson.decode(ARGV[1])\nreturn job.id";
    assert_eq!(defined(&format!("{JOB}{code}$0")), ["main.lua:2 id"]);
    assert_eq!(used(&format!("{}{code}", JOB.replace("id string", "i$0d string"))), ["main.lua:2 id", "main.lua:7 id"]);
    // The name is one in data.
    assert!(renamed(&format!("{JOB}{code}$0"), "key").is_err());
    let own = "---@type Job\nlocal job = { id = KEYS[1] }\nreturn redis.call('GET', job.id$0)";
    assert_eq!(renamed(&format!("{JOB}{own}"), "key").map(|it| it.len()), Ok(3));
}

#[test]
fn types_are_told_where_the_flow_knows_none() {
    let code = "---@type Job\nlocal job = cjson.decode(ARGV[1])\n";
    assert_eq!(told(&format!("{JOB}{code}return jo$0b")), "local job: Job\ndecoded JSON");
    assert_eq!(told(&format!("{JOB}{code}return job.i$0d")), "(field) job.id: string\nthe id");
    assert_eq!(told(&format!("{JOB}{code}local o$0 = job.opts return o")), "local o: Opts\ndecoded JSON");
    assert_eq!(
        told(&format!("{JOB}---@type Jo$0b\nlocal job = KEYS[1]")),
        "class Job\na job\n- `id: string`: the id\n- `opts: Opts`"
    );
    assert_eq!(
        told("---@alias State\n---| 'a' # one\n---| 'b'\n\n---@type St$0ate\nlocal s = KEYS[1]"),
        "alias State\n- `'a'`: one\n- `'b'`"
    );
    assert_eq!(
        told(
            "---@param jobs Job[]\nlocal function f(jobs)\n  for _, job in ipairs(jobs) do redis.call('GET', jo$0b) end\nend"
        ),
        "(loop variable) job: Job"
    );
    assert_eq!(
        told("---@return Job\nlocal function get() return other() end\nlocal jo$0b = get()\nreturn job, KEYS[1]"),
        "local job: Job = get()"
    );
    assert_eq!(
        told("---@par$0am a string\nlocal function f(a) return KEYS[a] end"),
        "A parameter of the function below: name, type, description"
    );
    assert_eq!(told("---@param a str$0ing\nlocal function f(a) return KEYS[a] end"), "A string");
    assert_eq!(
        told(
            "---@type { first: string, second: table<string, integer>, third: { a: string, b: string }?, x: any }[]\nlocal t$0 = cjson.decode(ARGV[1])"
        ),
        "local t: {\n  first: string,\n  second: table<string, integer>,\n  third: { a: string, b: string }?,\n  x: any\n}[]\ndecoded JSON"
    );
    assert_eq!(
        told("---@type table<string, integer>\nlocal t$0 = {}\nreturn t[KEYS[1]]"),
        "local t: table<string, integer> = {}"
    );
    assert_eq!(
        told(
            "---@generic T\n---@param list T[]\n---@return T\nlocal function first(list) return list[1] end\nlocal n$0 = first(cjson.decode(ARGV[1]))"
        ),
        "local n\ndecoded JSON"
    );
    assert_eq!(
        told(
            "local function get()\n  ---@type string[]\n  local r = cjson.decode(ARGV[1])\n  return r\nend\nlocal x$0 = get()"
        ),
        "local x: string[]\ndecoded JSON"
    );
    assert_eq!(
        told("---@type { next: fun(): Job }\nlocal q = cjson.decode(ARGV[1])\nlocal n$0 = q.next()"),
        "local n: Job = q.next()"
    );
    // What the flow knows stands.
    assert_eq!(
        told("---@type string\nlocal n$0 = redis.call('INCR', KEYS[1])\nreturn n"),
        "local n: number\nreply of `INCR`, line 2"
    );
}

#[test]
fn casts_are_told_where_the_flow_knows_nothing() {
    let code = "local job = cjson.decode(ARGV[1])\nlocal n = redis.call('INCR', KEYS[1])\n---@cast job Job\n---@cast n string\n";
    assert_eq!(told(&format!("{JOB}{code}return jo$0b")), "local job: Job\ndecoded JSON");
    assert_eq!(told(&format!("{JOB}{code}return job.i$0d")), "(field) job.id: string\nthe id");
    assert_eq!(told(&format!("{JOB}{code}return n$0")), "local n: number\nreply of `INCR`, line 6");
    assert_eq!(defined(&format!("{JOB}{code}return job.i$0d")), ["main.lua:2 id"]);
    let renamed = renamed(&format!("{JOB}{code}return jo$0b"), "task").map(|it| it.len());
    assert_eq!(renamed, Ok(3));
}

#[test]
fn other_tags_neither_break_nor_crowd_the_hover() {
    let tags = "---@async\n---@nodiscard\n---@generic T: table, U\n---@vararg string\n---@diagnostic disable: undefined-global\n---@private\n---@version 5.1\n---@operator add(A): A\n---@language redis\n---@field a.b string\n---@unknown\n";
    let source =
        format!("{tags}---@param t T the table\n---@return U\nlocal function ge$0t(t, ...) return redis.call(t) end");
    let text = told(&source);
    assert!(text.contains("- `t: T`: the table"), "{text}");
    for word in ["async", "nodiscard", "diagnostic", "operator", "language", "a.b", "unknown"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

#[test]
fn members_are_listed_with_their_parameter() {
    let source = "---@param mode\n---| 'fast' # at once\n---| 'slow'\n---@param n integer\nlocal function ru$0n(mode, n) return redis.call(mode) end";
    let text = told(source);
    assert!(text.contains("- `mode`\n  - `'fast'`: at once\n  - `'slow'`\n- `n: integer`"), "{text}");
    assert!(text.contains("mode: 'fast' | 'slow'"), "{text}");
}

#[test]
fn classes_of_unrelated_files_are_apart() {
    let source = "---@class Job\n---@field id$0 string\n\n---@type Job\nlocal job = cjson.decode(ARGV[1])\nreturn job.id\n--- file: other.lua\n---@class Job\n---@field id number\n\n---@type Job\nlocal job = cjson.decode(ARGV[1])\nreturn job.id";
    assert_eq!(used(source), ["main.lua:2 id", "main.lua:6 id"]);
    // A file of types alone serves all.
    let types = "---@type Job\nlocal job = cjson.decode(ARGV[1])\nreturn job.id$0\n--- file: types.lua\n---@meta\n---@class Job\n---@field id number\n";
    assert_eq!(defined(types), ["types.lua:3 id"]);
}
