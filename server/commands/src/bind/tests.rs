//! Calls as scripts write them, with the servers' errors.

use super::*;

/// Splits at blanks; `?` is an unknown word, `*` any number, a number in braces a Lua number.
fn words(text: &str) -> Vec<Word<'_>> {
    text.split_whitespace()
        .map(|word| match word {
            "?" => Word::Unknown,
            "*" => Word::Many,
            _ => match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
                Some(number) => Word::Number(number.parse().unwrap_or(f64::NAN)),
                None => Word::Known(word.as_bytes()),
            },
        })
        .collect()
}

fn problems(text: &str, targets: &[Target]) -> Vec<String> {
    bind(&words(text), targets)
        .problems
        .into_iter()
        .map(|problem| {
            let kind = match problem.kind {
                ProblemKind::UnknownCommand { suggestion } => format!("unknown, meant {suggestion:?}"),
                ProblemKind::UnknownSubcommand { suggestion, .. } => format!("unknown sub, meant {suggestion:?}"),
                ProblemKind::NewerCommand { command } => format!("newer {}", command.name),
                ProblemKind::ModuleCommand { family } => format!("module {}", family.name),
                ProblemKind::Unavailable { .. } => "unavailable".into(),
                ProblemKind::NotAllowedFromScript { option: None } => "noscript".into(),
                ProblemKind::NotAllowedFromScript { option: Some(option) } => format!("no {option} yet"),
                ProblemKind::TooFewArguments { wanted, given, .. } => format!("few {given}/{wanted}"),
                ProblemKind::TooManyArguments { wanted, given, .. } => format!("many {given}/{wanted}"),
                ProblemKind::UnpairedArgument { missing } => format!("unpaired {missing}"),
                ProblemKind::CountMismatch { stated, given, .. } => format!("numkeys {stated} of {given}"),
                ProblemKind::CountInvalid { .. } => "numkeys".into(),
                ProblemKind::UnknownOption { suggestion } => format!("option, meant {suggestion:?}"),
                ProblemKind::MissingOperand { token, .. } => format!("no operand of {token}"),
                ProblemKind::ExclusiveOptions { first, second } => format!("{first} excludes {second}"),
                ProblemKind::OptionUnavailable { token, .. } => format!("no {token} yet"),
                ProblemKind::NotAnInteger { argument } => format!("{argument} is no integer"),
                ProblemKind::NotAFloat { argument } => format!("{argument} is no float"),
            };
            let on: Vec<String> = problem.targets.iter().map(Target::to_string).collect();
            if on.is_empty() {
                format!("{}: {kind}", problem.word)
            } else {
                format!("{}: {kind} on {}", problem.word, on.join(", "))
            }
        })
        .collect()
}

#[test]
fn what_servers_take_is_not_refused() {
    let mut wrong = Vec::new();
    for call in [
        "GET k",
        "set k v",
        "SET k v EX 10 NX",
        "SET k v NX GET",
        "SET k v KEEPTTL",
        "SET k ? ? ?",
        "SET k v *",
        "SET k v PX ?",
        "HSET h f v g w",
        "HSET h *",
        "HSET h f v *",
        "HMSET ? ? ?",
        "MSET a 1 b 2",
        "DEL a b c",
        "ZADD z 1 a",
        "ZADD z NX CH 1 a 2 b",
        "ZADD z ? ?",
        "ZADD z ? ? ?",
        "ZADD z INCR 1 a",
        "ZADD z +inf a -inf b",
        "ZADD z GT CH ? ?",
        "ZRANGE z 0 -1",
        "ZRANGE z 0 -1 WITHSCORES",
        "ZRANGE z (1 5 BYSCORE LIMIT 0 10",
        "ZRANGE z - + BYLEX REV LIMIT 0 {5}",
        "ZRANGEBYSCORE z -inf ? WITHSCORES LIMIT 0 1",
        "ZREVRANGEBYSCORE z +inf -inf LIMIT 0 1",
        "ZRANGEBYSCORE z (1 (2.5",
        "ZCOUNT z (1 +inf",
        "ZREMRANGEBYSCORE z -inf (1",
        "ZUNIONSTORE d 2 a b WEIGHTS 0.5 {1.5}",
        "ZUNIONSTORE d 2 a b WEIGHTS ? ? ? MAX",
        "ZINCRBY z 0.5 m",
        "EXPIRE k 10 XX GT",
        "SORT k ASC DESC",
        "BLPOP l *",
        "GEOSEARCH g ASC BYBOX 1 2 km COUNT 1 FROMMEMBER a WITHDIST",
        "SET k v PX a PX 10",
        "SET k v PX a *",
        "BLPOP l m * 0",
        "BITCOUNT k 0 *",
        "SSCAN k ? COUNT 5",
        "XREAD COUNT * 0 0",
        "XREADGROUP NOACK GROUP g c STREAMS s >",
        "ZADD z NX INCR 1 *",
        "ZUNIONSTORE d 2 a b WEIGHTS 1 2 AGGREGATE MAX",
        "ZUNION 2 a b WITHSCORES",
        "ZINTERCARD 2 a b LIMIT 1",
        "ZUNIONSTORE d ? * ",
        "XADD s * f v",
        "XADD s MAXLEN ~ 1000 * f v g w",
        "XADD s NOMKSTREAM MINID = 5 LIMIT 10 ? f v",
        "XADD ? ? ? ? ? ?",
        "XADD s MAXLEN 1000 1-1 f v",
        "XREAD COUNT 5 STREAMS a b 0 0",
        "XREADGROUP GROUP g c COUNT 1 STREAMS s >",
        "XREAD STREAMS * ",
        "XAUTOCLAIM s g c 0 0-0 COUNT 5 JUSTID",
        "XPENDING s g",
        "XPENDING s g IDLE 5 - + 10",
        "XGROUP CREATE s g $ MKSTREAM",
        "XCLAIM s g c 0 1-1 2-2 JUSTID",
        "XTRIM s MAXLEN ~ 5",
        "XDEL s 1-1",
        "XINFO STREAM s FULL COUNT 1",
        "XACK s g 1-1 2-2",
        "XSETID s 1-1",
        "SORT k BY w_* LIMIT 0 5 GET # GET d_* DESC ALPHA STORE out",
        "SORT k",
        "LPOS l e RANK 1 COUNT 2",
        "LINSERT l BEFORE a b",
        "LMPOP 2 a b LEFT COUNT 3",
        "LPOP l 3",
        "SPOP s 2",
        "SRANDMEMBER s",
        "ZPOPMIN z 3",
        "HRANDFIELD h 2 WITHVALUES",
        "EXPIRE k 10 NX",
        "EXPIRE k {10}",
        "PEXPIREAT k ?",
        "GETEX k PERSIST",
        "GETEX k EX 5",
        "SCAN 0 MATCH a* COUNT 10 TYPE string",
        "SSCAN k 0 COUNT 5",
        "BITCOUNT k",
        "BITCOUNT k 0 -1 BIT",
        "BITPOS k 1 0",
        "BITOP AND d a b",
        "BITFIELD k GET u8 0 INCRBY i5 100 1 OVERFLOW SAT SET u8 0 1",
        "GEOADD g 13.3 38.1 a",
        "GEOADD g NX CH 13.3 38.1 a 1 2 b",
        "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC COUNT 3 ANY WITHCOORD",
        "GEODIST g a b km",
        "GEORADIUS g 15 37 200 km WITHDIST",
        "EVAL",
        "OBJECT ENCODING k",
        "CONFIG|GET x",
        "MEMORY USAGE k SAMPLES 5",
        "COPY a b DB 1 REPLACE",
        "RESTORE k 0 ? REPLACE ABSTTL",
        "INCRBYFLOAT k 0.1",
        "INCRBYFLOAT k {0.1}",
        "HINCRBY h f {1}",
        "PUBLISH c m",
        "TIME",
        "PING",
        "PING x",
        "ECHO x",
        "CLUSTER INFO",
        "SETRANGE k 1 v",
        "GETRANGE k 0 -1",
        "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN",
        "SINTERCARD 2 a b LIMIT 5",
        "PFMERGE d",
        "PFCOUNT a b",
        "SMISMEMBER s a b",
        "ZMSCORE z a",
        "ZRANGESTORE d s 0 -1 REV",
        "ZDIFF 2 a b WITHSCORES",
        "HSCAN h 0 MATCH x",
        "WAIT 0 0",
        "COMMAND COUNT",
        "COMMAND DOCS get",
        "COMMAND",
        "SLOWLOG GET 10",
        "HPEXPIRE h 10 FIELDS 2 a b",
        "HTTL h FIELDS 1 a",
    ] {
        let found = problems(call, &[Target::redis(8, 2)]);
        let found: Vec<_> = found
            .into_iter()
            .filter(|problem| !["EVAL", "CONFIG|GET x"].contains(&call) || problem.is_empty())
            .collect();
        if !found.is_empty() {
            wrong.push(format!("{call}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_servers_refuse_is_told() {
    let mut wrong = Vec::new();
    for (call, problem) in [
        ("GTE k", "0: unknown, meant Some(\"GET\")"),
        ("GET", "1: few 0/1"),
        ("GET a b", "2: many 2/1"),
        ("HSET h f", "3: few 2/3"),
        ("HSET h f v g", "5: unpaired value"),
        ("ZADD z 1 a 2", "5: unpaired member"),
        ("ZADD z x a", "2: score is no float"),
        ("SET k v EXX 10", "3: option, meant Some(\"EX\")"),
        ("SET k v EX", "4: no operand of EX"),
        ("SET k v EX ten", "4: seconds is no integer"),
        ("SET k v NX XX", "4: NX excludes XX"),
        ("SET k v EX 1 PX 2", "5: EX excludes PX"),
        ("EXPIRE k {0.5}", "2: seconds is no integer"),
        ("EXPIRE k 10 NXX", "3: option, meant Some(\"NX\")"),
        ("XREAD STREAMS a b 0", "5: unpaired id"),
        ("ZUNION 3 a b", "4: numkeys 3 of 2"),
        ("ZUNION x a b", "1: numkeys"),
        ("MULTI", "0: noscript"),
        ("CONFIG GET x", "1: noscript"),
        ("OBJECT ENCODNIG k", "1: unknown sub, meant Some(\"ENCODING\")"),
        ("JSON.GET k", "0: module JSON"),
        ("LINSERT l BEFOR a b", "2: option, meant Some(\"BEFORE\")"),
        ("ZRANGE z 0 -1 WITHSCORE", "4: option, meant Some(\"WITHSCORES\")"),
        ("INCRBY k abc", "2: increment is no integer"),
    ] {
        let found = problems(call, &[Target::redis(7, 2)]);
        if found != [problem] {
            wrong.push(format!("{call}: {found:?}, not {problem}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn versions_and_families_differ() {
    let all = [Target::redis(6, 2), Target::redis(7, 0), Target::redis(7, 2), Target::valkey(9, 1)];
    let both = [Target::redis(7, 2), Target::valkey(9, 1)];
    assert_eq!(problems("SET k v IFEQ old", &both), ["3: no IFEQ yet on redis 7.2"]);
    assert_eq!(problems("SET k v IFEQ old", &[Target::valkey(9, 1)]), [""; 0]);
    assert_eq!(problems("SET k v EXX 1", &both), ["3: option, meant Some(\"EX\")"]);
    assert_eq!(problems("XINFO HELP x", &[Target::redis(6, 2)]), [""; 0]);
    assert_eq!(problems("MSETEX 2 a 1 b 2 EX 5", &[Target::valkey(9, 1)]), [""; 0]);
    assert_eq!(problems("HTTL h FILEDS 1 f", &[Target::valkey(9, 0)]), [""; 0]);
    assert_eq!(problems("HTTL h FILEDS 1 f", &[Target::valkey(9, 1)]), ["2: option, meant Some(\"FIELDS\")"]);
    assert_eq!(problems("VCARD v w", &[Target::redis(8, 2)]), ["2: many 2/1"]);
    assert_eq!(problems("BLPOP k 0", &all), ["0: noscript on redis 6.2, redis 7.0"]);
    assert_eq!(problems("LMPOP 1 a LEFT", &all), ["0: unavailable on redis 6.2"]);
    assert_eq!(problems("EXPIRE k 1 NX", &[Target::redis(6, 2)]).len(), 1);
    assert_eq!(problems("VADD k VALUES 1 1 e", &[Target::redis(7, 2)]), ["0: unavailable"]);
    assert_eq!(problems("HGETDEL h FIELDS 1 f", &[Target::valkey(8, 0)]), ["0: unavailable"]);
}

#[test]
fn keys_are_found() {
    let keys =
        |call: &str| -> Vec<usize> { bind(&words(call), &[Target::redis(7, 2)]).keys().map(|(at, _)| at).collect() };
    assert_eq!(keys("GET k"), [1]);
    assert_eq!(keys("MSET a 1 b 2"), [1, 3]);
    assert_eq!(keys("ZUNIONSTORE d 2 a b WEIGHTS 1 2"), [1, 3, 4]);
    assert_eq!(keys("XREAD COUNT 1 STREAMS a b 0 0"), [4, 5]);
    assert_eq!(keys("DEL a *"), [1]);
    assert_eq!(keys("OBJECT ENCODING k"), [2]);
    assert_eq!(keys("XREADGROUP GROUP g c STREAMS s >"), [5]);
    assert_eq!(keys("ZUNION ? a b"), Vec::<usize>::new());
}

#[test]
fn no_words_upset_it() {
    let vocabulary =
        ["SET", "k", "EX", "10", "?", "*", "{1.5}", "STREAMS", "NX", "LIMIT", "-1", "~", "GET", "FIELDS", "{nan}"];
    let mut seed = 7u64;
    for spec in crate::all().iter().flat_map(|spec| std::iter::once(spec).chain(spec.subcommands)) {
        for _ in 0..60 {
            let mut call = spec.name.to_owned();
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            for nth in 0..(seed >> 33) % 8 {
                call.push(' ');
                call.push_str(vocabulary[((seed >> (nth * 4 + 5)) % vocabulary.len() as u64) as usize]);
            }
            let words = words(&call);
            assert_eq!(bind(&words, Target::KNOWN).roles.len(), words.len());
        }
    }
}

#[test]
fn vector_sets() {
    let redis = [Target::redis(8, 6)];
    for call in [
        "VADD k VALUES 2 1 0.5 e",
        "VADD k REDUCE 3 FP32 blob e CAS Q8 EF 10 SETATTR {} M 16",
        "VSIM k ELE e WITHSCORES COUNT 3",
        "VSIM k VALUES 1 1 FILTER .x TRUTH",
        "VRANGE k - + 10",
    ] {
        assert!(problems(call, &redis).is_empty(), "{call}: {:?}", problems(call, &redis));
    }
    assert_eq!(problems("VADD k VALUES 3 1 e", &redis), ["6: numkeys 3 of 2"]);
    assert_eq!(problems("VADD k VALUES x 1 e", &redis), ["3: numkeys"]);
    assert_eq!(problems("VRANGE k - +", &[Target::redis(8, 2)]), ["0: unavailable"]);
    let keys: Vec<usize> = bind(&words("VSIM k ELE e"), &redis).keys().map(|(at, _)| at).collect();
    assert_eq!(keys, [1]);
}

#[test]
fn options_behind_the_fields() {
    assert_eq!(problems("HEXPIRE h 100 FIELDS 1 a NX", &[Target::redis(8, 6)]), <[&str; 0]>::default());
    assert_eq!(problems("HEXPIRE h 100 FIELDS 1 a NX", &[Target::redis(8, 2)]).len(), 1);
}

/// Words that the servers' own description does not date.
#[test]
fn words_that_came_later() {
    let problems = |call: &str, target: Target| problems(call, &[target]);
    for (call, since, before) in [
        ("XADD k KEEPREF 1-1 a ?", Target::redis(8, 2), Target::redis(8, 0)),
        ("XADD k KEEPREF 1-1 a ?", Target::redis(8, 2), Target::valkey(9, 1)),
        ("XADD k 5-* a ?", Target::redis(7, 0), Target::redis(6, 2)),
        ("XTRIM k MAXLEN 10 DELREF", Target::redis(8, 2), Target::redis(7, 2)),
        ("BITOP diff k a b", Target::redis(8, 2), Target::valkey(9, 1)),
        ("SET k v NX GET", Target::redis(7, 0), Target::redis(6, 2)),
        ("XREADGROUP GROUP g c BLOCK 0 STREAMS k >", Target::redis(7, 4), Target::redis(7, 2)),
        ("XREAD STREAMS k +", Target::valkey(8, 0), Target::redis(7, 2)),
        ("XGROUP CREATE k g $ ENTRIESREAD 5", Target::redis(7, 0), Target::redis(6, 2)),
        ("GEOSEARCH k BYPOLYGON 3 0 0 1 1 0 1", Target::valkey(9, 0), Target::redis(8, 6)),
    ] {
        assert_eq!(problems(call, since), Vec::<String>::new(), "{call} on {since}");
        let told = problems(call, before);
        assert!(told.len() == 1 && told[0].contains("yet"), "{call} on {before}: {told:?}");
    }
    assert_eq!(problems("XADD k 1-1 KEEPREF 1", Target::redis(7, 2)), Vec::<String>::new());
    assert_eq!(problems("XADD k 1-1 a 5-*", Target::redis(6, 2)), Vec::<String>::new());
    assert_eq!(problems("SET k GET NX", Target::redis(6, 2)), Vec::<String>::new());
}

#[test]
fn an_option_at_a_wrong_place_is_not_one_that_servers_lack() {
    assert_eq!(problems("LMPOP 0 ? LEFT", &[Target::redis(7, 2)]), ["3: option, meant None"]);
}
