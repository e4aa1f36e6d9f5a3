use super::*;
use crate::test_support::*;

fn found(source: &str) -> Vec<Completion> {
    let (project, offset) = cursor(source);
    let mut found = completions(&project, 0, offset, Trigger::Invoked).items;
    found.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
    found
}

fn labels(source: &str) -> Vec<String> {
    found(source).into_iter().map(|it| it.label).collect()
}

#[track_caller]
fn has(source: &str, wanted: &[&str]) {
    let found = labels(source);
    for label in wanted {
        assert!(found.iter().any(|it| it == label), "{label} is not among {found:?}");
    }
}

#[track_caller]
fn lacks(source: &str, unwanted: &[&str]) {
    let found = labels(source);
    for label in unwanted {
        assert!(!found.iter().any(|it| it == label), "{label} is among {found:?}");
    }
}

#[test]
fn members_of_the_sandbox() {
    has("return redis.$0", &["call", "pcall", "sha1hex", "LOG_NOTICE"]);
    lacks("return redis.$0", &["register_function", "VALKEY_VERSION", "encode"]);
    has("#!lua name=x\nredis.$0", &["register_function", "log"]);
    lacks("#!lua name=x\nredis.$0", &["call"]);
    has("local json = cjson\nreturn json.$0", &["encode", "decode"]);
    has("local s = KEYS[1]\nreturn s:$0", &["sub", "match"]);
    has("local x = cj$0", &["cjson", "cmsgpack"]);
}

#[test]
fn commands_in_strings() {
    let all = found("return redis.call('$0')");
    assert_eq!(all[0].label, "GET");
    has("return redis.call('ZR$0'", &["ZRANGE", "ZREM"]);
    lacks("return redis.call('$0')", &["SUBSCRIBE", "MULTI", "DELIFEQ"]);
    has("redis.call('get', 'a')\nredis.call('$0')", &["hget"]);
    has("redis.call('XINFO', '$0')", &["STREAM", "GROUPS"]);
    lacks("redis.call('XINFO', '$0')", &["GET"]);
    assert!(labels("local x = 'a$0'").is_empty());
    assert!(labels("redis.call('GET', '$0')").is_empty(), "a key is the user's");
}

#[test]
fn options_where_the_grammar_has_them() {
    has("redis.call('SET', KEYS[1], ARGV[1], '$0')", &["NX", "EX", "KEEPTTL"]);
    has("redis.call('set', KEYS[1], ARGV[1], '$0')", &["nx", "ex"]);
    lacks("redis.call('SET', KEYS[1], ARGV[1], 'NX', '$0')", &["NX", "XX"]);
    has("redis.call('ZADD', KEYS[1], '$0'", &["NX", "CH"]);
    has("redis.call('SET', KEYS[1], ARGV[1], $0)", &["'NX'"]);
    has("redis.call($0", &["'GET'"]);
    has("redis.call(\"GET\", \"a\")\nredis.call($0", &["\"SET\""]);
}

#[test]
fn options_tell_their_meaning() {
    let docs = |source: &str, label: &str| {
        let found = found(source).into_iter().find(|it| it.label == label);
        let found = found.unwrap_or_else(|| panic!("{label} is not offered"));
        (found.shape, found.detail, resolve(&found.docs, &[::commands::Target::DEFAULT]).unwrap_or_default())
    };
    let (shape, detail, text) = docs("redis.call('SET', KEYS[1], ARGV[1], '$0')", "EX");
    assert_eq!((shape.as_str(), detail.as_str()), (" seconds", "Sets the expiry to this number of seconds from now."));
    assert_eq!(text, format!("```\nEX seconds\n```\n{detail}\n\nOption of SET"));
    let (_, _, text) = docs("redis.call('EXPIRE', KEYS[1], 1, '$0')", "GT");
    assert!(text.ends_with("Option of EXPIRE: since Redis 7.0"), "{text}");
    let (_, detail, _) = docs("redis.call('ZADD', KEYS[1], '$0')", "GT");
    assert!(detail.starts_with("Changes a score only to a greater one"), "{detail}");
    let (shape, ..) = docs("redis.call('$0')", "HGET");
    assert_eq!(shape, " key field");
    let (shape, ..) = docs("redis.call('$0')", "SET");
    assert!(shape.starts_with(" key value [NX | XX") && shape.ends_with('…'), "{shape}");
}

#[test]
fn every_option_of_every_command_has_a_meaning() {
    fn tokens(args: &[::commands::spec::Argument], found: &mut std::collections::BTreeSet<&'static str>) {
        for arg in args {
            if !arg.token.is_empty() {
                found.insert(arg.token);
            }
            tokens(arg.args, found);
        }
    }
    let mut count = 0;
    let specs = ::commands::all().iter().flat_map(|spec| std::iter::once(spec).chain(spec.subcommands));
    for spec in specs {
        let mut all = std::collections::BTreeSet::new();
        for facts in [spec.redis, spec.valkey].into_iter().flatten() {
            tokens(facts.args, &mut all);
        }
        for token in all {
            count += 1;
            let docs = resolve(&Docs::Option(spec.name, token), &[]).unwrap_or_default();
            let meaning = spec.option(token).unwrap_or_default();
            assert!(!meaning.is_empty() && docs.contains(meaning), "{} {token}: {docs}", spec.name);
            let families = [::commands::Family::Redis, ::commands::Family::Valkey];
            assert!(families.iter().any(|&it| spec.option_since(token, it).is_some()), "{} {token}", spec.name);
        }
    }
    assert!(count > 500, "{count}");
}

#[test]
fn words_with_a_meaning_of_their_own() {
    has("redis.call('ZRANGEBYSCORE', KEYS[1], '$0')", &["-inf", "("]);
    has("redis.call('ZCOUNT', KEYS[1], '-inf', '$0')", &["+inf"]);
    has("redis.call('XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', KEYS[1], '$0')", &[">"]);
    has("redis.call('XRANGE', KEYS[1], $0)", &["'-'"]);
    has("redis.call('BITFIELD', KEYS[1], 'GET', '$0')", &["u8"]);
    lacks("redis.call('LRANGE', KEYS[1], '$0')", &["-inf"]);
    let open = found("redis.call('ZCOUNT', KEYS[1], $0)").into_iter().find(|it| it.label == "'('");
    assert_eq!(open.map(|it| it.insert).as_deref(), Some("'(${1}'"));
}

#[test]
fn fields_of_the_same_key() {
    let script = "redis.call('HSET', KEYS[1], 'stock', 1, 'name', 2)\nredis.call('HSET', KEYS[2], 'other', 1)\n";
    assert_eq!(labels(&format!("{script}redis.call('HGET', KEYS[1], '$0')")), ["name", "stock"]);
    assert_eq!(labels(&format!("{script}redis.call('HGET', KEYS[1], '$0")), ["name", "stock"]);
    assert_eq!(labels(&format!("{script}redis.call('HMGET', KEYS[1], 'stock', '$0')")), ["name"]);
    assert_eq!(labels(&format!("{script}redis.call('HGET', KEYS[3], '$0')")), Vec::<String>::new());
    has(&format!("{script}redis.call('HGET', KEYS[1], $0)"), &["'stock'", "ARGV[1]"]);
    lacks(&format!("{script}redis.call('GET', '$0')"), &["stock"]);
    // By a local, and built.
    has("local k = KEYS[1]\nredis.call('HSET', k, 'a', 1)\nredis.call('HGET', KEYS[1], '$0')", &["a"]);
    has("redis.call('HSET', 'user:' .. ARGV[1], 'a', 1)\nredis.call('HGET', 'user:' .. ARGV[2], '$0')", &["a"]);
    has("local function f(key)\nredis.call('HSET', key, 'a', 1)\nreturn redis.call('HGET', key, '$0')\nend", &["a"]);
    // The word at the cursor is no use of a field.
    assert!(labels("redis.call('HGET', KEYS[1], 'na$0me')").is_empty());
    // Examples and other files.
    has("redis.call('HGET', 'user:' .. ARGV[1], '$0')\n--> HSET user:1 mail x", &["mail"]);
    let elsewhere = "\n--- file: other.lua\n-- KEYS[1] the stock\nredis.call('HSET', KEYS[1], 'left', 1)\nreturn redis.call('HGET', KEYS[2], 'x')";
    let found = found(&format!("-- KEYS[1] the stock\nreturn redis.call('HGET', KEYS[1], '$0'){elsewhere}"));
    assert_eq!((found[0].label.as_str(), found[0].detail.as_str()), ("left", "other.lua"));
    assert!(
        labels(&format!("return redis.call('HGET', KEYS[2], '$0'){elsewhere}")).is_empty(),
        "KEYS[2] is another key there"
    );
}

#[test]
fn key_names_of_the_workspace() {
    let elsewhere =
        "\n--- file: other.lua\nredis.call('SET', 'lock:' .. ARGV[1], 1)\nreturn redis.call('GET', 'total')";
    let script = format!("redis.call('DEL', 'stock:' .. ARGV[1])\nreturn redis.call('GET', '$0'){elsewhere}");
    let found = found(&script);
    let rows: Vec<_> = found.iter().map(|it| (it.label.as_str(), it.shape.as_str(), it.detail.as_str())).collect();
    assert_eq!(rows, [("stock:", "…", ""), ("lock:", "…", "other.lua"), ("total", "", "other.lua")]);
    assert!(labels(&format!("return redis.call('SET', KEYS[1], '$0'){elsewhere}")).iter().all(|it| it != "lock:"));
    has(&format!("return redis.call('GET', 'lo$0' .. ARGV[1]){elsewhere}"), &["lock:"]);
    lacks("return redis.call('GET', 'lo$0')", &["lo"]);
}

#[test]
fn fields_of_a_reply_that_has_no_name() {
    has("return redis.call('TYPE', KEYS[1]).$0", &["ok"]);
    has("if redis.call('TYPE', KEYS[1]).$0\nreturn 1", &["ok"]);
    has("return redis.call('TYPE', KEYS[1])['$0']", &["ok"]);
    assert!(labels("return redis.call('GET', KEYS[1]).$0").is_empty());
}

#[test]
fn a_name_is_not_offered_in_its_own_initialiser() {
    for source in [
        "local total = $0",
        "local total = $0\nreturn 1",
        "local total = to$0",
        "local total = 1 + $0\nreturn total",
        "local total = redis.call('GET', $0)",
        "local total = redis.call('GET', $0",
        "local other, total = 1, $0",
        "local total = function() return to$0 end",
        "local total = not $0",
    ] {
        lacks(source, &["total"]);
    }
    for source in ["local total = 1\nreturn $0", "local total = 1\nlocal x = to$0", "local total\ntotal = $0"] {
        has(source, &["total"]);
    }
    has("local total = 1\nlocal total = $0", &["total"]);
    has("local function total() return to$0 end", &["total"]);
    has("local f = function(total) return to$0 end", &["total"]);
    has("local total = 1\n$0", &["total"]);
}

#[test]
fn elements_in_a_library() {
    let library = |code: &str| {
        format!(
            "#!lua name=l\nlocal function take(keys, args)\n  redis.call('GET', keys[1])\n  {code}\nend\nredis.register_function('take', take)"
        )
    };
    assert_eq!(labels(&library("return redis.call('GET', $0)"))[..2], ["keys[1]", "keys[2]"]);
    assert_eq!(labels(&library("return redis.call('SET', keys[1], $0)"))[0], "args[1]");
    assert_eq!(labels(&library("return redis.call('RENAME', keys[1], keys[$0])")), ["2", "1"]);
    lacks(&library("return redis.call('GET', $0)"), &["KEYS[1]"]);
    let two =
        "#!lua name=l\nredis.register_function('f', function(keys) return redis.call('HSET', keys[1], 'a', 1) end)\n";
    let other = "redis.register_function('g', function(keys) return redis.call('HGET', keys[1], '$0') end)";
    assert!(labels(&format!("{two}{other}")).is_empty(), "each function has keys of its own");
    let same = "#!lua name=l\nredis.register_function('f', function(keys) redis.call('HSET', keys[1], 'a', 1) return redis.call('HGET', keys[1], '$0') end)\n";
    assert_eq!(labels(same), ["a"]);
}

#[test]
fn the_next_element_is_offered() {
    let first = |source: &str| labels(source).into_iter().take(2).collect::<Vec<_>>();
    assert_eq!(first("redis.call('GET', KEYS[1])\nredis.call('GET', $0"), ["KEYS[1]", "KEYS[2]"]);
    assert_eq!(first("redis.call('RENAME', KEYS[1], $0)"), ["KEYS[2]", "KEYS[1]"]);
    assert_eq!(first("redis.call('HSET', KEYS[1], ARGV[1], $0)"), ["ARGV[2]", "ARGV[1]"]);
    assert_eq!(labels("local x = ARGV[1]\nreturn ARGV[$0]"), ["1", "2"]);
    assert_eq!(labels("return KEYS[$0"), ["1"]);
}

#[test]
fn options_come_first_where_nothing_else_may_stand() {
    let first = |source: &str| labels(source).into_iter().next().unwrap_or_default();
    assert_eq!(first("redis.call('EXPIRE', KEYS[1], 1, $0)"), "'NX'");
    assert_eq!(first("local x = 1\nredis.call('SET', KEYS[1], x, $0"), "'NX'");
    assert_eq!(first("redis.call('ZADD', KEYS[1], $0"), "ARGV[1]");
}

#[test]
fn globals_by_use() {
    let order = labels("return $0");
    let place = |name: &str| order.iter().position(|it| it == name).unwrap_or_else(|| panic!("{name}"));
    for pair in ["redis", "KEYS", "tonumber", "cjson", "bit", "_G"].windows(2) {
        assert!(place(pair[0]) < place(pair[1]), "{pair:?}: {order:?}");
    }
}

#[test]
fn commands_by_use() {
    let order = labels("return redis.call('$0')");
    let place = |name: &str| order.iter().position(|it| it == name).unwrap_or_else(|| panic!("{name}"));
    assert_eq!(order[..2], ["GET", "SET"]);
    assert!(["HSET", "DEL", "ZADD", "HGET"].iter().all(|name| place(name) < 8), "{order:?}");
    assert!(place("HGET") < place("APPEND") && place("APPEND") < place("LOLWUT"));
    assert!(order.iter().any(|it| it == "OBJECT"));
    assert!(place("ASKING") > place("ZUNION"), "commands on connections come last");
    for never in ["ACL", "CONFIG", "MULTI", "SUBSCRIBE", "DEBUG", "SHUTDOWN", "MONITOR", "AUTH"] {
        assert!(!order.iter().any(|it| it == never), "{never}");
    }
}

#[test]
fn keys_by_their_names() {
    let all = found("-- KEYS[1] the lock\nreturn redis.call('GET', KEYS[$0])");
    assert_eq!((all[0].label.as_str(), all[0].detail.as_str()), ("1", "the lock"));
    let all = found("-- KEYS[1] the lock\n-- ARGV[1] token\nlocal x = KE$0");
    assert!(all.iter().any(|it| it.label == "KEYS[1]" && it.detail == "the lock"));
}

#[test]
fn locals_and_what_includes_give() {
    has("local stock = KEYS[1]\nreturn redis.call('GET', st$0)", &["stock"]);
    lacks("do local inner = KEYS[1] end\nreturn in$0", &["inner"]);
    has("-- @include part.lua\nreturn KEYS[1] .. he$0\n--- file: part.lua\nlocal function help() end", &["help"]);
    has("local t = {alpha = 1}\nt.beta = 2\nreturn redis.call('ECHO', t.$0)", &["alpha", "beta"]);
    has("local function f(amount) return redis.call('INCRBY', KEYS[1], am$0) end", &["amount"]);
    assert!(labels("local na$0").is_empty());
}

#[test]
fn what_is_replaced() {
    let ranges = |source: &str| {
        let (project, offset) = cursor(source);
        let source = project.files[0].source();
        let found = completions(&project, 0, offset, Trigger::Invoked);
        let (insert, replace) = found.ranges(source, offset);
        [insert, replace].map(|range| String::from_utf8_lossy(range.slice(source)).into_owned())
    };
    assert_eq!(ranges("return red$0is.call('TIME')"), ["red", "redis"]);
    assert_eq!(ranges("return redis.ca$0ll('TIME')"), ["ca", "call"]);
    assert_eq!(ranges("return redis.call('HG$0ETALL', KEYS[1])"), ["HG", "HGETALL"]);
    assert_eq!(ranges("return $0redis"), ["", ""]);
    assert_eq!(ranges("return redis.call('GE$0"), ["GE", "GE"]);
}

#[test]
fn half_typed_code() {
    has("if redis.call('EX$0", &["EXISTS"]);
    has("local a = KEYS[1]\nfor i = 1, #ARGV do\n  local b = a\n  redis.call('SADD', $0", &["a", "b"]);
    has("redis.call('SET', KEYS[1], 1, 'EX', 10, '$0\nreturn 1", &["NX"]);
}

#[test]
fn comments() {
    has("-- redlua: allow($0)\nreturn KEYS[1]", &["unknown-command"]);
    has("-- $0\nreturn redis.call('SET', KEYS[1], ARGV[1])", &["KEYS[1]", "ARGV[1]"]);
    has("-- @include $0\nreturn KEYS[1]\n--- file: part.lua\nlocal x", &["part.lua"]);
}

#[test]
fn a_typed_character_is_answered_only_where_something_is_known() {
    let typed = |source: &str| {
        let (project, offset) = cursor(source);
        completions(&project, 0, offset, Trigger::Character).items
    };
    let header = "-- KEYS[1] the lock\n-- ARGV[1] token\n";
    for code in [
        "return $0",
        "local x = $0",
        "local x = '$0",
        "local x = 'hello'$0",
        "local t = redis.call('TIME')[$0",
        "local t = {}\nreturn t[$0",
        "return 0.$0",
        "return 'a' .$0",
        "return 'a' .. $0",
        "return 'a' ..$0",
        "if x == 1 $0",
        "redis.call($0",
        "redis.call('GET'$0",
        "redis.call('GET', KEYS[1], $0",
        "redis.call('SET', KEYS[1], 'a $0",
        "redis.call('HGET', KEYS[1], '$0",
        "f(a, $0",
        "f($0",
        "-- $0",
        "-- note: $0",
        "-- see 'x'$0",
        "-- redlua: allow(unknown-command) $0",
        "local $0",
        "for $0",
    ] {
        let found = typed(&format!("{header}{code}"));
        assert!(found.is_empty(), "{code}: {found:?}");
    }
    for (code, wanted) in [
        ("redis.$0", "call"),
        ("local s = KEYS[1]\nreturn s:$0", "sub"),
        ("redis.call('$0", "GET"),
        ("redis.call('GET', $0", "KEYS[1]"),
        ("redis.call('SET', KEYS[1], ARGV[1], $0", "'NX'"),
        ("return KEYS[$0", "1"),
        ("-- redlua: allow($0", "unknown-command"),
        ("-- @$0", "@include"),
        ("--> $0", "GET"),
    ] {
        let found = typed(&format!("{header}{code}\nreturn redis.call('GET', KEYS[1])"));
        assert!(found.iter().any(|it| it.label == wanted), "{code}: {found:?}");
    }
}

#[test]
fn a_whole_word_has_no_list_where_each_letter_asks() {
    let typed = |source: &str| {
        let (project, offset) = cursor(source);
        completions(&project, 0, offset, Trigger::Letter).items
    };
    for source in ["local count, counter = KEYS[1], 1\nreturn count$0", "if KEYS[1] then$0", "--- transcript\n> GET$0"]
    {
        assert!(typed(source).is_empty(), "{source}");
        assert!(!labels(source).is_empty(), "{source}");
    }
    for source in
        ["local count = KEYS[1]\nreturn coun$0", "if KEYS[1] the$0", "redis.call('GET$0", "--- transcript\n> GE$0"]
    {
        assert!(!typed(source).is_empty(), "{source}");
    }
}

#[test]
fn options_and_flags_of_the_shebang() {
    assert_eq!(labels("#!l$0"), ["lua"]);
    let flags = found("#!lua flags=$0\nreturn 1");
    assert!(flags[0].detail.starts_with("Refuses commands that write"), "{flags:?}");
    assert_eq!(labels("#!lua $0"), ["name=", "flags="]);
    assert_eq!(labels("#!lua name=shop $0"), Vec::<String>::new());
    assert_eq!(labels("#!lua name=sh$0"), Vec::<String>::new());
    has("#!lua flags=$0\nreturn 1", &["no-writes", "allow-stale"]);
    let more = labels("#!lua flags=no-writes,al$0\nreturn 1");
    assert!(more.contains(&"allow-oom".to_owned()) && !more.contains(&"no-writes".to_owned()), "{more:?}");
}

#[test]
fn fields_and_flags_of_a_registration() {
    let library = |call: &str| format!("#!lua name=l\nlocal function f(keys) return 1 end\n{call}");
    has(&library("redis.register_function{$0}"), &["function_name", "callback", "flags", "description"]);
    has(&library("redis.register_function({ function_name = 'f', c$0 })"), &["callback"]);
    lacks(&library("redis.register_function({ function_name = 'f', c$0 })"), &["function_name"]);
    lacks(&library("redis.register_function{ callback = $0 }"), &["flags"]);
    lacks(&library("local t = { $0 }"), &["callback"]);
    has(&library("redis.register_function{ flags = { '$0' } }"), &["no-writes", "allow-oom"]);
    lacks(&library("redis.register_function{ flags = { 'no-writes', '$0' } }"), &["no-writes"]);
    lacks(&library("local t = { '$0' }"), &["no-writes"]);
}

#[test]
fn arguments_that_are_one_of_few() {
    assert_eq!(labels("return redis.setresp($0)")[..2], ["2", "3"]);
    let levels = found("return redis.log($0)");
    let levels: Vec<_> = levels.iter().map(|it| it.label.as_str()).take(4).collect();
    assert_eq!(levels, ["redis.LOG_DEBUG", "redis.LOG_VERBOSE", "redis.LOG_NOTICE", "redis.LOG_WARNING"]);
    assert!(!found("return redis.log($0)")[3].detail.is_empty());
    assert!(labels("return redis.log(redis.$0)")[0].starts_with("LOG_"));
    assert_eq!(labels("local r = redis\nreturn r.set_repl($0)")[0], "r.REPL_ALL");
    lacks("return redis.log(redis.LOG_DEBUG, $0)", &["redis.LOG_WARNING"]);
}

#[test]
fn names_that_are_declared_are_the_users() {
    for source in [
        "local na$0",
        "local a, b$0",
        "for i$0",
        "for k, v$0",
        "function f$0",
        "local function f(a, b$0",
        "f(function(k$0",
    ] {
        assert!(labels(&format!("local name = KEYS[1]\n{source}")).is_empty(), "{source}");
    }
}

#[test]
fn nothing_begins_right_behind_an_operand() {
    for source in ["return 'a'$0", "return KEYS[1]$0", "return 1$0", "return tonumber(KEYS[1])$0", "return KEYS[1]a$0"]
    {
        assert!(labels(source).is_empty(), "{source}");
    }
}

#[test]
fn keywords_where_they_stand() {
    has("if redis.call('GET', KEYS[1]) t$0", &["then", "or"]);
    lacks("local count = KEYS[1]\nif count t$0", &["count", "tonumber", "return"]);
    has("return redis.call('GET', KEYS[1]) or n$0", &["nil", "function … end"]);
    lacks("return redis.call('GET', KEYS[1]) or n$0", &["if … then … end", "then"]);
    has("redis.call('GET', KEYS[1])\n$0", &["if … then … end", "end", "local function … end"]);
    has("redis.call('GET', KEYS[1])\ni$0 x then", &["if"]);
    lacks("redis.call('GET', KEYS[1])\ni$0 x then", &["if … then … end"]);
}

#[test]
fn keys_come_first_where_a_key_is_due() {
    let first = |source: &str| labels(source).into_iter().take(2).collect::<Vec<_>>();
    let header = "-- KEYS[1] the lock\n-- KEYS[2] the log\n-- ARGV[1] token\nlocal now = 1\n";
    assert_eq!(first(&format!("{header}redis.call('SET', $0")), ["KEYS[1]", "KEYS[2]"]);
    assert_eq!(first(&format!("{header}redis.call('SET', KEYS[1], $0")), ["ARGV[1]", "now"]);
    assert_eq!(first(&format!("{header}redis.call('SMOVE', KEYS[1], $0")), ["KEYS[2]", "KEYS[1]"]);
    assert_eq!(first("redis.call('SMOVE', KEYS[1], $0"), ["KEYS[2]", "KEYS[1]"]);
    assert_eq!(first("redis.call('GET', $0")[0], "KEYS[1]");
    assert_eq!(labels("redis.call('GET', KEYS[1])\nreturn KEYS[$0]"), ["1", "2"]);
    assert_eq!(labels(&format!("{header}return redis.call('SMOVE', KEYS[1], KEYS[$0])")), ["2", "1"]);
}

#[test]
fn commands_of_transcripts() {
    has("--- transcript\n> SE$0", &["SET", "MULTI", "SUBSCRIBE"]);
    has("--- transcript\n> SET a 1 $0", &["NX", "EX"]);
    has("--- transcript\n> set a 1 $0", &["nx", "ex"]);
    has("--- transcript\n> XINFO $0", &["STREAM"]);
    has("--- transcript\n> SET stock:42 5\nOK\n> GET st$0", &["stock:42"]);
    has("--- transcript\nSET 'a b' 5\nGET $0", &["'a b'"]);
    lacks("--- transcript\n> SET a b$0", &["b", "NX"]);
    assert!(labels("--- transcript\n> SET a\nO$0").is_empty());
    assert!(labels("--- transcript\n> SET a 'N$0").is_empty());
}

#[test]
fn fields_in_transcripts_and_examples() {
    has("--- transcript\n> HSET user:1 mail x\n> HGET user:2 $0", &["mail"]);
    lacks("--- transcript\n> HSET user:1 mail x\n> HGET cart:2 $0", &["mail"]);
    has("redis.call('HSET', KEYS[1], 'total', 1)\n--> HSET cart:1 $0", &["total"]);
    let (project, offset) = cursor("redis.call('HSET', KEYS[1], 'total', 1)\n--> HSET cart:1 $0");
    assert!(completions(&project, 0, offset, Trigger::Character).items.iter().all(|it| it.label != "total"));
    has("return redis.acl_check_cmd('$0')", &["GET"]);
    has("redis.call('SORT', KEYS[1], 'BY', '$0')", &["nosort"]);
}

#[test]
fn commands_of_examples() {
    let script = "-- KEYS[1] stock\n-- ARGV[1] amount\nreturn redis.call('DECRBY', KEYS[1], ARGV[1])\n";
    let all = found(&format!("{script}--> $0"));
    assert_eq!((all[0].label.as_str(), all[0].insert.as_str()), ("EVAL .", "EVAL . 1 ${1:stock} ${2:amount}"));
    has(&format!("{script}--> E$0"), &["EVAL .", "EXISTS"]);
    has(&format!("{script}--> EVAL $0"), &["."]);
    has(&format!("{script}--> SET stock:1 5\n--> EVAL . 1 s$0"), &["stock:1"]);
    let library =
        "#!lua name=l\nredis.register_function('take', function(keys) return redis.call('GET', keys[1]) end)\n";
    has(&format!("{library}--> $0"), &["FCALL take"]);
    has(&format!("{library}--> FCALL $0"), &["take"]);
}

#[test]
fn idioms() {
    has("$0", &["lock release", "compare and set", "token bucket", "scan loop", "function library"]);
    for item in found("$0").into_iter().filter(|it| it.kind == CompletionKind::Snippet) {
        let mut text = item.insert.clone();
        while let Some(at) = text.find("${") {
            let end = text[at..].find('}').map_or(text.len(), |end| at + end);
            let name = text[at..end].split_once(':').map_or("", |(_, name)| name).to_owned();
            text.replace_range(at..=end, &name);
        }
        let text = text.replace("$0", "");
        let script = semantic::Script::new(text.as_bytes().into(), None);
        assert!(script.parse.errors.is_empty(), "{}: {:?}\n{text}", item.label, script.parse.errors);
    }
}

#[test]
fn documentation_comes_later() {
    let get = found("redis.call('$0')").into_iter().find(|it| it.label == "GET");
    let docs = get.and_then(|it| resolve(&it.docs, &[::commands::Target::DEFAULT])).unwrap_or_default();
    assert!(docs.contains("Reads a string."), "{docs}");
}

#[test]
fn plain_lua_is_left_alone() {
    assert!(labels("local x = require('x')\nlocal y = pri$0").is_empty());
}
