//! Names of other Luas that the sandbox lacks, with what to use instead.

/// A name that the sandbox lacks, and what to use instead.
#[derive(PartialEq, Eq, Debug)]
pub struct Forbidden {
    /// The name, or the name of the table with all its members.
    pub name: &'static str,
    /// Advice on what to do instead.
    pub instead: &'static str,
}

/// Names that programs outside the server have and scripts lack.
pub const FORBIDDEN: &[Forbidden] = &[
    forbidden("io", "scripts have no files: pass the data in ARGV and return what should be written"),
    forbidden("os", "for the time call `redis.call('TIME')` or pass it in ARGV"),
    forbidden("print", "return the value, or write to the server's log with `redis.log(redis.LOG_NOTICE, …)`"),
    forbidden("require", "scripts cannot load modules: put the code into the script, or register a function library"),
    forbidden("module", "scripts cannot define modules: use local functions, or register a function library"),
    forbidden("package", "scripts cannot load modules: put the code into the script, or register a function library"),
    forbidden("dofile", "scripts have no files: put the code into the script"),
    forbidden("loadfile", "scripts have no files: put the code into the script"),
    forbidden("debug", "use `redis.log`, or `redis.breakpoint()` under `redis-cli --ldb`"),
    forbidden("getfenv", "servers since October 2025 refuse it: pass values as parameters"),
    forbidden("setfenv", "servers since October 2025 refuse it: pass values as parameters"),
    forbidden("newproxy", "servers since October 2025 refuse it: use a table with a metatable"),
    forbidden("KeyDB", "only KeyDB has it: write `redis`, which it has too"),
    forbidden("utf8", "it came with Lua 5.3: use the `string` functions, which count bytes"),
    forbidden("bit32", "it came with Lua 5.2: use the `bit` library"),
    forbidden("jit", "the server runs plain Lua 5.1"),
    forbidden("ffi", "the server runs plain Lua 5.1"),
    forbidden("rawlen", "it came with Lua 5.2: use `#`"),
];

const fn forbidden(name: &'static str, instead: &'static str) -> Forbidden {
    Forbidden { name, instead }
}

/// Returns the entry for a global that no script has.
pub fn forbidden_global(name: &str) -> Option<&'static Forbidden> {
    FORBIDDEN.iter().find(|forbidden| forbidden.name == name)
}

/// Returns the replacement for a member that other Luas have.
pub fn instead_of_member(table: &str, name: &str) -> Option<&'static str> {
    Some(match (table, name) {
        ("os", "time" | "date" | "difftime") => "call `redis.call('TIME')`, or pass the time in ARGV",
        ("os", _) => "scripts have of `os` only `os.clock`",
        ("table", "unpack") => "in Lua 5.1 it is the global `unpack`",
        ("table", "pack") => "it came with Lua 5.2: write `{n = select('#', …), …}`",
        ("table", "move") => "it came with Lua 5.3: copy in a loop",
        ("table", "getn" | "size" | "length") => "the length of a table is `#t`",
        ("table", "contains" | "indexof") => "Lua has none: search in a loop, or use the values as keys",
        ("string", "pack" | "unpack" | "packsize") => "it came with Lua 5.3: use `struct.pack` and `struct.unpack`",
        ("string", "split") => "Lua has none: loop over `string.gmatch(s, '[^,]+')`",
        ("string", "trim") => "Lua has none: `string.match(s, '^%s*(.-)%s*$')`",
        ("string", "join") => "the function is `table.concat(list, separator)`",
        ("string", "startswith" | "starts" | "startsWith") => "Lua has none: `string.sub(s, 1, #start) == start`",
        ("string", "contains") => "Lua has none: `string.find(s, part, 1, true)`",
        ("string", "replace") => "the function is `string.gsub`",
        ("math", "round") => "Lua has none: `math.floor(x + 0.5)`",
        ("math", "tointeger" | "type" | "ult" | "maxinteger" | "mininteger") => {
            "it came with Lua 5.3: numbers are doubles here"
        }
        ("math", "trunc") => "Lua has none: `math.floor` or `math.ceil`",
        ("cjson", "null") => return None,
        ("cjson", "safe") => "the server has not `cjson.safe`: call `pcall(cjson.decode, text)`",
        ("cjson", "stringify") => "the function is `cjson.encode`",
        ("cjson", "parse") => "the function is `cjson.decode`",
        ("cmsgpack", "encode") => "the function is `cmsgpack.pack`",
        ("cmsgpack", "decode") => "the function is `cmsgpack.unpack`",
        ("redis" | "server", "error") => "the functions are `redis.error_reply(text)` and `error(text)`",
        ("redis" | "server", "print") => "the function is `redis.log(redis.LOG_NOTICE, …)`",
        ("redis" | "server", "time") => "call `redis.call('TIME')`",
        ("redis" | "server", "LOG_INFO") => "the levels are LOG_DEBUG, LOG_VERBOSE, LOG_NOTICE and LOG_WARNING",
        ("redis" | "server", "LOG_ERROR" | "LOG_ERR") => "the highest level is `redis.LOG_WARNING`",
        ("redis" | "server", "sha1") => "the function is `redis.sha1hex`",
        ("redis" | "server", "acall" | "apcall") => "only Dragonfly has it",
        _ => return None,
    })
}
