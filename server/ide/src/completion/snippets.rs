//! The idioms of scripts, ready to fill in.

use super::{Completion, CompletionKind, Docs, place::Place};

struct Snippet {
    label: &'static str,
    about: &'static str,
    code: &'static str,
}

const SNIPPETS: &[Snippet] = &[
    Snippet {
        label: "compare and set",
        about: "Writes a value only if the old one is as expected",
        code: "\
-- KEYS[1] ${1:key}
-- ARGV[1] expected value
-- ARGV[2] new value
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
$0",
    },
    Snippet {
        label: "lock acquire",
        about: "Takes a lock that expires",
        code: "\
-- KEYS[1] ${1:lock}
-- ARGV[1] token of the owner
-- ARGV[2] time to live in milliseconds
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return 1
end
return 0
$0",
    },
    Snippet {
        label: "lock release",
        about: "Deletes a lock only if it is still ours",
        code: "\
-- KEYS[1] ${1:lock}
-- ARGV[1] token of the owner
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
$0",
    },
    Snippet {
        label: "token bucket",
        about: "Allows so many requests, refilled with time",
        code: "\
-- KEYS[1] ${1:bucket}
-- ARGV[1] capacity
-- ARGV[2] tokens a second
-- ARGV[3] now in seconds
-- ARGV[4] tokens wanted
local capacity = tonumber(ARGV[1])
local rate = tonumber(ARGV[2])
local now = tonumber(ARGV[3])
local wanted = tonumber(ARGV[4])
local state = redis.call('HMGET', KEYS[1], 'tokens', 'time')
local tokens = tonumber(state[1] or capacity)
local time = tonumber(state[2] or now)
tokens = math.min(capacity, tokens + math.max(0, now - time) * rate)
local allowed = tokens >= wanted
if allowed then
  tokens = tokens - wanted
end
redis.call('HSET', KEYS[1], 'tokens', tokens, 'time', now)
redis.call('EXPIRE', KEYS[1], math.ceil(capacity / rate) + 1)
return allowed and 1 or 0
$0",
    },
    Snippet {
        label: "sliding window",
        about: "Allows so many requests within a time",
        code: "\
-- KEYS[1] ${1:window}
-- ARGV[1] now in milliseconds
-- ARGV[2] length of the window in milliseconds
-- ARGV[3] requests allowed
-- ARGV[4] id of this request
local now = tonumber(ARGV[1])
local length = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - length)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then
  return 0
end
redis.call('ZADD', KEYS[1], now, ARGV[4])
redis.call('PEXPIRE', KEYS[1], length)
return 1
$0",
    },
    Snippet {
        label: "scan loop",
        about: "Walks over a hash, a set or a sorted set in parts",
        code: "\
local cursor = '0'
repeat
  local reply = redis.call('${1:HSCAN}', ${2:KEYS[1]}, cursor, 'COUNT', 100)
  cursor = reply[1]
  for _, item in ipairs(reply[2]) do
    $0
  end
until cursor == '0'
",
    },
    Snippet {
        label: "function library",
        about: "A library of functions for FCALL",
        code: "\
#!lua name=${1:mylib}

local function ${2:my_function}(keys, args)
  return redis.call('GET', keys[1])
end

redis.register_function('${2:my_function}', ${2:my_function})
$0",
    },
    Snippet {
        label: "checked pcall",
        about: "Runs a command and looks at its error",
        code: "\
local reply = redis.pcall('${1:GET}', ${2:KEYS[1]})
if type(reply) == 'table' and reply.err then
  return redis.error_reply(reply.err)
end
$0",
    },
];

pub(super) fn completions(place: &Place<'_>, found: &mut Vec<Completion>) {
    let it = &place.project.files[place.file];
    let line = it.lines.line_range(it.source(), it.lines.line(place.offset));
    let before = it.source().get(line.start as usize..place.offset as usize).unwrap_or_default();
    // They are statements: they begin a line.
    if !before.iter().all(|byte| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || *byte == b'_') {
        return;
    }
    if before.trim_ascii_start().contains(&b' ') {
        return;
    }
    let at_top = it.source()[..line.start as usize].trim_ascii().is_empty();
    for snippet in SNIPPETS {
        // A shebang stands in the first line or nowhere.
        if snippet.code.starts_with("#!") && line.start != 0 {
            continue;
        }
        let shown = snippet.code.replace("$0", "").replace("${1:", "").replace("${2:", "").replace('}', "");
        found.push(Completion {
            detail: snippet.about.to_owned(),
            insert: snippet.code.to_owned(),
            is_snippet: true,
            rank: if at_top { 5 } else { 400 },
            docs: Docs::Text(format!("```lua\n{shown}\n```")),
            ..Completion::new(snippet.label, CompletionKind::Snippet)
        });
    }
}
