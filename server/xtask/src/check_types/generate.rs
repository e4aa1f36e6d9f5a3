//! Made-up scripts whose values go through everything that the flow analysis follows: tests of all kinds, loops, functions
//! with upvalues, tables that are built and read again.

use crate::fuzz_commands::{Random, Scripts};

/// Generates scripts.
pub(super) struct Flows {
    scripts: Scripts,
    random: Random,
    depth: u32,
}

const LOCALS: &[&str] = &["a", "b", "c", "d"];

/// Patterns with captures of both kinds, and without.
const PATTERNS: &[&str] =
    &["%a+", "%d", "(%a)(%d)", "()%d", "(%a)()", "((%a)%d)", "[(]", "%(", "x", "(x)()", "[^%d(]+()"];

/// Conditions, with `@` for a local and `$` for a value.
const TESTS: &[&str] = &[
    "@",
    "not @",
    "@ == nil",
    "@ ~= nil",
    "@ == false",
    "@ ~= false",
    "@ == true",
    "@ == $",
    "@ == @",
    "type(@) == 'string'",
    "type(@) ~= 'table'",
    "type(@) == 'nil'",
    "type(@) == 'boolean'",
    "@ == 'a'",
    "@ == 1",
    "@ and @",
    "@ or @",
    "not @ or @ == 'a'",
    "@ ~= nil and @ ~= false",
    "not (@ and @)",
    "type(@) == 'number' and @ > 0",
    "type(@) == 'table' and #@ > 0",
    "type(@) == 'table' and @[1]",
    "type(@) == 'table' and @.x == nil",
    "type(@) == 'table' and next(@) == nil",
    "redis.call('exists', KEYS[1]) == 1",
];

impl Flows {
    pub(super) fn new(seed: u64) -> Self {
        Self { scripts: Scripts::new(Random::new(seed)), random: Random::new(seed ^ 0x5bd1_e995), depth: 0 }
    }

    /// A whole script.
    pub(super) fn script(&mut self) -> String {
        let mut code = String::new();
        if self.random.one_in(8) {
            code.push_str("redis.setresp(3)\n");
        }
        code.push_str("local function try(f) local all = {pcall(f)} return all[2] end\n");
        code.push_str("redis.call('set', KEYS[1], 'v')\n");
        for name in LOCALS {
            code.push_str(&format!("local {name} = {}\n", self.value()));
        }
        for _ in 0..2 + self.random.below(8) {
            code.push_str(&self.statement());
            code.push('\n');
        }
        code.push_str(&format!("return {}", self.value()));
        code
    }

    fn local(&mut self) -> String {
        (*self.random.pick(LOCALS)).to_owned()
    }

    fn value(&mut self) -> String {
        match self.random.below(9) {
            0 | 1 => self.local(),
            2 => format!("({} {} {})", self.local(), self.random.pick(&["and", "or"]), self.local()),
            3 => format!("{{{}, x = {}}}", self.local(), self.local()),
            4 => "tonumber(redis.call('get', KEYS[1]))".to_owned(),
            5 => "redis.call('hget', 'nokey', 'f')".to_owned(),
            6 => {
                let (name, pattern) = (self.random.pick(&["match", "find", "gsub"]), self.random.pick(PATTERNS));
                let more = if *name == "gsub" { ", '-'" } else { "" };
                format!("string.{name}('a1(b2', '{pattern}'{more})")
            }
            _ => format!("try(function() return {} end)", self.scripts.value()),
        }
    }

    fn test(&mut self) -> String {
        let mut out = String::new();
        for part in self.random.pick(TESTS).chars() {
            match part {
                '@' => out.push_str(&self.local()),
                '$' => out.push_str(&self.value()),
                other => out.push(other),
            }
        }
        // The same local throughout is what scripts do.
        if self.random.one_in(2) {
            let one = self.local();
            out = LOCALS.iter().fold(out, |out, name| replace_name(&out, name, &one));
        }
        out
    }

    fn statement(&mut self) -> String {
        self.depth += 1;
        let deep = self.depth > 3;
        // A counter of its own for each depth: an inner one of the same name would be what ends the outer loop.
        let n = format!("n{}", self.depth);
        let text = match self.random.below(if deep { 6 } else { 23 }) {
            0 | 1 => format!("{} = {}", self.local(), self.value()),
            2 => format!("{0} = {0} or {1}", self.local(), self.value()),
            3 => format!("{}, {} = {}, {}", self.local(), self.local(), self.value(), self.value()),
            4 => format!(
                "if type({0}) == 'table' then {0}.x = {1} {0}[#{0} + 1] = {2} end",
                self.local(),
                self.value(),
                self.value()
            ),
            5 | 19 | 20 => self.write(),
            6 | 21 => format!("if {} then {} end", self.test(), self.statement()),
            7 => format!("if {} then {} else {} end", self.test(), self.statement(), self.statement()),
            8 => format!(
                "if {} then {} elseif {} then {} end",
                self.test(),
                self.statement(),
                self.test(),
                self.statement()
            ),
            9 => format!("if {} then return {} end", self.test(), self.value()),
            10 => format!(
                "for i = 1, 3 do {} if {} then break end {} end",
                self.statement(),
                self.test(),
                self.statement()
            ),
            11 => format!(
                "local {n} = 0 while {} do {n} = {n} + 1 if {n} > 3 then break end {} end",
                self.test(),
                self.statement()
            ),
            12 => format!("local {n} = 0 repeat {n} = {n} + 1 {} until {n} > 2 or {}", self.statement(), self.test()),
            13 => {
                let (name, inner) = (self.local(), self.statement());
                format!("local function f(x, ...) {inner} return x, {name} end {} = f({})", self.local(), self.value())
            }
            14 => format!(
                "local ok, r = pcall(redis.call, 'incr', KEYS[{}]) if ok then {} = r else {} = r end",
                1 + self.random.below(2),
                self.local(),
                self.local()
            ),
            18 => format!(
                "for w, m in ('a1(b2'):gmatch('{}') do {} = w {} = m {} end",
                self.random.pick(PATTERNS),
                self.local(),
                self.local(),
                self.statement()
            ),
            15 => format!(
                "for k, v in pairs({{{}, {}, x = {}}}) do {} = v end",
                self.value(),
                self.value(),
                self.value(),
                self.local()
            ),
            16 | 17 => self.object(),
            _ => format!("do local {} = {} {} end", self.local(), self.value(), self.statement()),
        };
        self.depth -= 1;
        text
    }

    /// A table is changed, also by another name, by a function, and if it is a reply.
    fn write(&mut self) -> String {
        let (table, value) = (self.local(), self.value());
        let how = match self.random.below(9) {
            0 => format!("e.x = {value}"),
            1 => "e.x = nil".to_owned(),
            2 => format!("e[1] = {value}"),
            3 => format!("local v = {value} table.insert(e, 1, v)"),
            4 => "table.remove(e, 1)".to_owned(),
            5 => format!("rawset(e, 'x', {value})"),
            6 => format!("e[{}] = {value}", self.random.pick(&["ARGV[1]", "#e", "#e + 1", "'y'", "2"])),
            7 => "table.sort(e, function(l, r) return tostring(l) < tostring(r) end)".to_owned(),
            _ => format!("e.x = nil if {} then e.x = {value} end", self.test()),
        };
        match self.random.below(3) {
            0 => format!("if type({table}) == 'table' then local e = {table} {how} end"),
            1 => format!("local function w(e) if type(e) == 'table' then {how} end end w({table})"),
            _ => format!("local function w() local e = {table} if type(e) == 'table' then {how} end end w()"),
        }
    }

    /// A table with methods that set its fields, called from outside and from another.
    fn object(&mut self) -> String {
        let (first, inner, kept) = (self.value(), self.statement(), self.local());
        let mut text = format!(
            "local o = {{ x = {first} }} function o:m(p, ...) {inner} self.y = p return {kept}, self.x end \
             function o.f(p) return o:m(p) end"
        );
        for _ in 0..1 + self.random.below(3) {
            let (local, value) = (self.local(), self.value());
            text.push_str(&match self.random.below(6) {
                0 => format!(" {local} = o:m({value})"),
                1 => format!(" {local}, {} = o:m({value})", self.local()),
                2 => format!(" {local} = o.f({value})"),
                3 => format!(" o.x = {value}"),
                4 => format!(" {local} = o.y"),
                _ => format!(" if {} then {local} = o:m() end", self.test()),
            });
        }
        text
    }
}

/// Replaces a one-letter local that is a word of its own.
fn replace_name(text: &str, name: &str, by: &str) -> String {
    let bytes = text.as_bytes();
    let is_part = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_'.".contains(byte))
    };
    let mut out = String::new();
    for (at, part) in text.char_indices() {
        if name.starts_with(part) && !is_part(at.checked_sub(1)) && !is_part(Some(at + 1)) {
            out.push_str(by);
        } else {
            out.push(part);
        }
    }
    out
}
