//! Random scripts: statements over a few locals, calls of commands, the libraries, errors of all kinds, and what they return.
//! Nothing in them depends on chance, on the clock or on addresses.

use super::random::Random;

/// Makes up scripts.
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
];

/// Calls of commands, of which `@` is a key and `$` an expression.
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
        (0..1 + self.random.below(6)).map(|_| self.call()).collect()
    }

    fn call(&mut self) -> Vec<Vec<u8>> {
        let code = self.script();
        let shebang = match self.random.below(12) {
            0 => "#!lua\n",
            1 => "#!lua flags=no-writes\n",
            _ => "",
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
        let text = match self.random.below(if deep { 4 } else { 11 }) {
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
                ])
                .replace('@', &level.to_string())
            }
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

    /// What can be a key of a table.
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
        let text = match self.random.below(if deep { 7 } else { 22 }) {
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
