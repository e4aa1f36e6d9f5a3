//! Random scripts: statements over a few locals, calls of commands, the libraries, errors of all kinds, and what they return.
//! Nothing in them depends on random numbers, the clock or addresses.

use super::random::Random;

/// Generates scripts.
pub(crate) struct Scripts {
    random: Random,
    depth: u32,
}

const LOCALS: &[&str] = &["a", "b", "c"];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "3.7",
    "-3.7",
    "0.1",
    "1e15",
    "1e17",
    "2^53",
    "2^63",
    "-2^63",
    "1e100",
    "1/0",
    "-1/0",
    "0/0",
    "255",
    "1e-5",
    "1.5e-7",
    "123456.789",
    "100",
    "-0",
    "2^31",
    "-2^31",
    "2^32+1",
    "2^62",
    "1e16",
    "1e308",
    "5e-324",
    "-(0/0)",
    "9007199254740993",
    "0.5",
    "1e15+0.5",
];

/// Formats of `string.format`.
const FORMATS: &[&str] = &[
    "%d", "%5d", "%-5d|", "%+d", "% d", "%05d", "%x", "%#x", "%X", "%o", "%c", "%e", "%g", "%.3g", "%.14g", "%G",
    "%.3f", "%10.4s|", "%q", "%i", "%u", "%", "%y", "%123d", "%.123d", "%s %s", "%5%",
];

/// Formats of `struct`.
const STRUCTS: &[&str] = &[
    ">I2s", "<i4", "bhi", "z", "!4i1i4", ">i8", "<I8", "d", ">f", "c3", "c0", "Bc0", "i0", "i9", "i33", "!3i", "s",
    "hHlLTx", "> I3",
];

/// Chunks for `loadstring`, most of them broken.
const CHUNKS: &[&str] = &[
    "return 1 +",
    "x =",
    "for",
    "return [[ [[ ]]",
    "\\27Lua",
    "local x = 08",
    "return 0x",
    "goto a",
    "return ...",
    "a.b.c = 1",
    "return nosuch",
    "error(\\'in\\')",
    "--[[",
    "return \\'a",
    "return 1 .. 2",
    "redis = 1",
    "break",
    "return function() end",
    "local t = {1, 2",
    "::a::",
];

/// First lines of scripts.
const SHEBANGS: &[&str] = &[
    "#!lua",
    "#!lua flags=no-writes",
    "#!lua flags=",
    "#!lua flags=,",
    "#!lua flags=allow-oom,no-writes",
    "#!lua flags=nosuch",
    "#!lua name=x",
    "#!LUA",
    "#!lua  flags=no-writes flags=allow-stale",
    "#!js",
    "#!lua 'flags=no-writes'",
    "#!lua flags='no-writes'x",
    "#! lua",
    "#!lua\r",
    "#!lua flags=no-cluster,allow-cross-slot-keys",
];

/// Ways to register a function, with `@` for its body.
const REGISTRATIONS: &[&str] = &[
    "redis.register_function('f', function(KEYS, ARGV) @ end)",
    "redis.register_function('f', function(KEYS, ARGV) @ end)",
    "redis.register_function{function_name='f', callback=function(KEYS, ARGV) @ end}",
    "redis.register_function{function_name='f', callback=function(KEYS, ARGV) @ end, flags={'no-writes'}}",
    "redis.register_function{function_name='f', callback=function(KEYS, ARGV) @ end, flags={'nosuch'}}",
    "redis.register_function{function_name='f', callback=function(KEYS, ARGV) @ end, description='d', x=1}",
    "redis.register_function{function_name='f', callback=function(KEYS, ARGV) @ end, description='d'}",
    "redis.register_function('f-', function(KEYS, ARGV) @ end)",
    "redis.register_function('f', 1) @",
    "local n = 0 redis.register_function('f', function(KEYS, ARGV) n = n + 1 @ end)",
];

const STRINGS: &[&str] = &[
    "''",
    "'a'",
    "'b'",
    "'10'",
    "'3.5'",
    "' 7 '",
    "'0x10'",
    "'foo bar'",
    "'line\\nbreak'",
    "'\\0\\255'",
    "'[1,2,{\"a\":null}]'",
    "'{\"x\":[1.5,true,\"y\"]}'",
    "'%d'",
    "'%a+'",
    "'(%w)(%d*)'",
    "'-ERR x'",
    "string.rep('ab', 20)",
    "'\\147\\1\\2\\3'",
    "'nan'",
    "'inf'",
    "'1e400'",
    "'\\255\\254'",
    "'{\"a\":{\"b\":[]}}'",
    "'[[[[]]]]'",
    "'[1e400,-0,nan,0x10]'",
    "'\"\\\\u00e9\\\\ud83d\"'",
    "'\\192\\193\\202\\1\\2'",
    "'\\220\\0\\2\\1'",
    "'\\207\\255\\255\\255\\255\\255\\255\\255\\255'",
    "'%5.2f'",
    "'%'",
    "'[%'",
    "'^(a)$'",
    "'%b()'",
    "'%f[%w]'",
    "'(()a)'",
];

/// Calls of commands, with `@` for a key and `$` for an expression.
const COMMANDS: &[&str] = &[
    "'get', @",
    "'set', @, $",
    "'set', @, $, 'nx'",
    "'incr', @",
    "'incrby', @, $",
    "'append', @, $",
    "'lpush', @, $, $",
    "'rpush', @, $",
    "'lrange', @, 0, -1",
    "'lpop', @",
    "'lindex', @, $",
    "'hset', @, $, $",
    "'hget', @, $",
    "'hgetall', @",
    "'hmget', @, $, $",
    "'sadd', @, $",
    "'sismember', @, $",
    "'scard', @",
    "'zadd', @, $, $",
    "'zscore', @, $",
    "'zrange', @, 0, -1, 'withscores'",
    "'zincrby', @, $, $",
    "'exists', @, @",
    "'del', @",
    "'type', @",
    "'ttl', @",
    "'expire', @, 100",
    "'strlen', @",
    "'getrange', @, 0, $",
    "'setrange', @, 2, $",
    "'incrbyfloat', @, $",
    "'mget', @, @",
    "'object', 'encoding', @",
    "'xadd', @, '1-1', $, $",
    "'xlen', @",
    "'xrange', @, '-', '+'",
    "'ping'",
    "'echo', $",
    "'select', 0",
    "'nosuch', $",
    "'get'",
    "'get', @, $",
    "$",
    "$, $",
    "'config', 'get', 'x'",
    "'multi'",
    "'publish', 'ch', $",
    "'bitcount', @",
    "'setbit', @, 7, 1",
    "'pfadd', @, $",
    "'pfcount', @",
    "'geoadd', @, 1, 2, $",
    "'sort', @, 'alpha'",
    "'copy', @, @",
    "'rename', @, @",
    "'zadd', @, 'incr', $, $",
    "'hincrby', @, $, 1",
    "'spop', @, 0",
    "'lmpop', 1, @, 'left'",
    "'hello', 3",
    "'eval', 'return 1', 0",
];

impl Scripts {
    pub(crate) fn new(random: Random) -> Self {
        Self { random, depth: 0 }
    }

    fn pick(&mut self, all: &[&str]) -> String {
        (*self.random.pick(all)).to_owned()
    }

    /// A few calls of `EVAL`.
    pub(super) fn sequence(&mut self) -> Vec<Vec<Vec<u8>>> {
        (0..1 + self.random.below(6))
            .flat_map(|_| if self.random.one_in(5) { self.function() } else { vec![self.call()] })
            .collect()
    }

    /// A library and a call of its function.
    fn function(&mut self) -> Vec<Vec<Vec<u8>>> {
        let code = self.script().replace('\n', " ");
        let head = self.pick(&[
            "#!lua name=lib",
            "#!lua name=lib",
            "#!lua name=lib",
            "#!LUA name=lib",
            "#!lua name='lib'x",
            "#!lua",
            "#!lua name=lib x",
            "#!js name=lib",
        ]);
        let library = format!("{head}\n{}", self.pick(REGISTRATIONS).replace('@', &code));
        let words = |words: &[&str]| words.iter().map(|word| word.as_bytes().to_vec()).collect();
        let name = if self.random.one_in(5) { "FCALL_RO" } else { "FCALL" };
        vec![words(&["FUNCTION", "LOAD", "REPLACE", &library]), words(&[name, "f", "2", "k", "l", "12", "x"])]
    }

    fn call(&mut self) -> Vec<Vec<u8>> {
        let code = self.script();
        let shebang = match self.random.below(12) {
            0 => "#!lua\n".to_owned(),
            1 => "#!lua flags=no-writes\n".to_owned(),
            2 => self.pick(SHEBANGS) + "\n",
            _ => String::new(),
        };
        let name = if self.random.one_in(15) { "EVAL_RO" } else { "EVAL" };
        let mut words = vec![name.as_bytes().to_vec(), format!("{shebang}{code}").into_bytes(), b"2".to_vec()];
        for key in ["k", "l"] {
            words.push(key.as_bytes().to_vec());
        }
        for _ in 0..self.random.below(3) {
            let arg = *self.random.pick(&["x", "12", "", "3.5", "-1"]);
            words.push(arg.as_bytes().to_vec());
        }
        words
    }

    fn script(&mut self) -> String {
        let mut code = String::new();
        if self.random.one_in(6) {
            code.push_str("redis.setresp(3)\n");
        }
        code.push_str("local a, b, c = 1, 'two', {3, x = 4}\n");
        code.push_str("local function try(f) local all = {pcall(f)} return all[2] end\n");
        for name in LOCALS {
            code.push_str(&format!("{name} = {}\n", self.value()));
        }
        for _ in 0..self.random.below(5) {
            code.push_str(&self.statement());
            code.push('\n');
        }
        code.push_str(&format!("return {}", self.value()));
        code
    }

    fn local(&mut self) -> String {
        self.pick(LOCALS)
    }

    fn statement(&mut self) -> String {
        self.depth += 1;
        let deep = self.depth > 3;
        let text = match self.random.below(if deep { 4 } else { 14 }) {
            0 | 1 => format!("{} = {}", self.local(), self.value()),
            2 => self.redis(),
            3 => format!("table.insert({}, {})", self.local(), self.value()),
            4 => format!("if {} then {} else {} end", self.value(), self.statement(), self.statement()),
            5 => format!("for i = 1, {} do {} end", 1 + self.random.below(4), self.statement()),
            6 => format!(
                "for k, v in pairs({{{}, {}, x = {}}}) do {} end",
                self.value(),
                self.value(),
                self.value(),
                self.statement()
            ),
            7 => format!("{} = {{pcall(function() {} return {} end)}}", self.local(), self.statement(), self.value()),
            8 => format!("if type({0}) == 'table' then {0}[{1}] = {2} end", self.local(), self.key(), self.value()),
            // A table without `err` ends some of the servers.
            9 => {
                let level = self.random.below(3);
                self.pick(&[
                    "error('e', @)",
                    "error('E x', @)",
                    "error(12, @)",
                    "error({err = 'MY e'}, @)",
                    "error(nil, @)",
                    "error({err = 12}, @)",
                    "error({err = ''}, @)",
                    "error({err = 'ERR x', source = 's', line = 3}, @)",
                    "error(redis.error_reply('MY x'), @)",
                    "assert(false, 'm')",
                    "assert(nil)",
                    "error('a' .. #KEYS, @)",
                ])
                .replace('@', &level.to_string())
            }
            10 => format!("redis.log({}, {})", self.value(), self.value()),
            11 => format!("redis.setresp({})", self.pick(&["2", "3", "'3'", "4", "nil", "2.9"])),
            12 => format!(
                "{} = {{xpcall(function() {} end, function(e) return type(e) end)}}",
                self.local(),
                self.statement()
            ),
            _ => format!(
                "{} = {{coroutine.resume(coroutine.create(function(x) {} return x, {} end), {})}}",
                self.local(),
                self.statement(),
                self.value(),
                self.value()
            ),
        };
        self.depth -= 1;
        text
    }

    /// Generates an expression for the key of a table.
    fn key(&mut self) -> String {
        self.pick(&["1", "2", "'x'", "'err'", "'ok'", "3.5", "#a", "'map'", "'double'"])
    }

    fn redis(&mut self) -> String {
        let function = self.pick(&["redis.call", "redis.pcall", "redis.pcall"]);
        let mut args = String::new();
        for part in self.pick(COMMANDS).chars().map(String::from).collect::<Vec<_>>() {
            match part.as_str() {
                "@" => args.push_str(&self.pick(&["KEYS[1]", "KEYS[2]", "'k'", "'m'"])),
                "$" => args.push_str(&self.value()),
                other => args.push_str(other),
            }
        }
        format!("{function}({args})")
    }

    /// An expression over the locals `a`, `b`, `c` and a function `try`.
    pub(crate) fn value(&mut self) -> String {
        self.depth += 1;
        let deep = self.depth > 4;
        let text = match self.random.below(if deep { 7 } else { 34 }) {
            0 => self.pick(NUMBERS),
            1 | 2 => self.pick(STRINGS),
            3 => self.pick(&["nil", "true", "false", "cjson.null"]),
            4 | 5 => self.local(),
            6 => self.pick(&["ARGV[1]", "ARGV[2]", "KEYS[1]", "#ARGV", "{}", "redis.LOG_WARNING"]),
            7 | 8 => self.redis(),
            9 => format!("{{{}, {}, {}}}", self.value(), self.value(), self.value()),
            10 => format!(
                "{{{} = {}, {}}}",
                self.pick(&["x", "err", "ok", "double", "map", "set", "big_number"]),
                self.value(),
                self.value()
            ),
            11 => format!(
                "({} {} {})",
                self.value(),
                self.pick(&["+", "-", "*", "/", "%", "..", "==", "<", "and", "or", "^"]),
                self.value()
            ),
            12 => format!(
                "{}({})",
                self.pick(&["tonumber", "type", "#", "not ", "-", "unpack", "next", "select('#', "])
                    .replace("select('#', ", "(function(...) return select('#', ...) end)"),
                self.value()
            ),
            13 => format!("cjson.{}({})", self.pick(&["encode", "decode"]), self.value()),
            14 => format!("cmsgpack.{}({})", self.pick(&["pack", "unpack", "unpack_one"]), self.value()),
            15 => format!(
                "struct.{}",
                self.pick(&["pack('>I2s', 258, 'x')", "unpack('<i4', 'abcdefgh')", "size('bhi')", "pack('z', 1)"])
            ),
            16 => format!(
                "bit.{}({}, {})",
                self.pick(&["band", "bor", "bxor", "lshift", "tohex", "rol"]),
                self.value(),
                self.value()
            ),
            17 => format!("string.{}", self.string_call()),
            18 => format!("redis.{}({})", self.pick(&["error_reply", "status_reply", "sha1hex"]), self.value()),
            19 => format!("table.concat({}, {})", self.value(), self.pick(&["','", "''", "1"])),
            21 => format!("{{a, {{{}, {{{}, {{{}}}}}}}, {}}}", self.value(), self.value(), self.value(), self.value()),
            22 => format!("{{{} = {{{}, x = {}}}}}", self.pick(&["map", "set", "map"]), self.value(), self.value()),
            23 => format!("{{verbatim_string = {{format = {}, string = {}}}}}", self.value(), self.value()),
            24 => format!("struct.pack('{}', {}, {})", self.pick(STRUCTS), self.value(), self.value()),
            25 => format!(
                "struct.unpack('{}', {}, {})",
                self.pick(STRUCTS),
                self.value(),
                self.pick(&["1", "2", "0", "-1", "99"])
            ),
            26 => format!("string.format('{}', {}, {})", self.pick(FORMATS), self.value(), self.value()),
            27 => format!("select(2, loadstring('{}'))", self.pick(CHUNKS)),
            28 => format!("assert(loadstring('{}'))({})", self.pick(CHUNKS), self.value()),
            29 => format!(
                "cmsgpack.{}",
                self.pick(&[
                    "unpack_limit(@, 1)",
                    "unpack_limit(@, 1, 1)",
                    "unpack_one(@, 1)",
                    "pack(@, @)",
                    "pack()",
                    "unpack(cmsgpack.pack(@))"
                ])
                .replace('@', &self.value())
            ),
            30 => format!("bit.{}({})", self.pick(&["tobit", "bnot", "bswap", "tohex"]), self.value()),
            31 => format!(
                "math.{}",
                self.pick(&["floor(@)", "fmod(@, 3)", "modf(@)", "frexp(@)", "ldexp(@, 2)", "abs(@)", "sqrt(@)",])
                    .replace('@', &self.value())
            ),
            32 => format!("{{double = {}}}", self.value()),
            33 => format!("cjson.decode(cjson.encode({}))", self.value()),
            20 => format!("(function(...) return {}, ... end)({})", self.value(), self.value()),
            _ => self.pick(&[
                "math.floor(3.7)",
                "(function() math.randomseed(7) return math.random(100) end)()",
                "math.max(1, 2)",
                "#KEYS",
                "loadstring('return 1 + 1')()",
                "nosuchglobal",
                "select(2, pcall(error, 'e', 0))",
            ]),
        };
        self.depth -= 1;
        // What fails gives its message, so that the script goes on more often than not.
        if self.depth == 0 && !self.random.one_in(8) { format!("try(function() return {text} end)") } else { text }
    }

    fn string_call(&mut self) -> String {
        let (a, b) = (self.value(), self.value());
        match self.random.below(9) {
            0 => format!("format('%s|%5.1f|%d', {a}, {b}, 3)"),
            1 => format!("sub({a}, {b})"),
            2 => format!("find({a}, {b})"),
            3 => format!("gsub({a}, {b}, 'x')"),
            4 => format!("rep({a}, 3)"),
            5 => format!("byte({a}, 1, 3)"),
            6 => format!("format('%q', {a})"),
            7 => format!("upper({a})"),
            _ => format!("match({a}, {b})"),
        }
    }
}
