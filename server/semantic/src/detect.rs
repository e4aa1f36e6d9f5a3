//! Detects Redis Lua by the contents of a file.

use crate::{ApiPath, Script};

impl Script {
    /// True if the file is meant for the server: it calls commands, reads KEYS or ARGV, registers functions, has a
    /// shebang of the server or is part of scripts that do.
    pub fn is_redis_lua(&self) -> bool {
        if self.is_fragment() || self.library.is_some() {
            return true;
        }
        if self.shebang.as_ref().is_some_and(|shebang| shebang.engine.text.eq_ignore_ascii_case("lua")) {
            return true;
        }
        // Of a file that could not be parsed at all only the text tells.
        if !self.parse.errors.is_empty() && self.tree().stmts().len() == 0 {
            let has = |text: &[u8]| memchr::memmem::find(&self.source, text).is_some();
            return [&b"redis.call("[..], b"redis.pcall(", b"KEYS[", b"ARGV["].into_iter().any(has);
        }
        // An ordinary program may have globals of these names only by defining them.
        let written = |name: &[u8]| {
            self.scopes.globals().iter().any(|global| global.write.is_some() && global.name.text(&self.source) == name)
        };
        let indexed = |expr| self.parent(expr).is_some();
        let found = self.scopes.globals().iter().any(|global| match global.name.text(&self.source) {
            b"KEYS" | b"ARGV" => indexed(global.expr) && !written(global.name.text(&self.source)),
            b"redis" | b"server" => {
                self.parent(global.expr).is_some_and(|parent| {
                    matches!(
                        self.api(parent),
                        Some(ApiPath::Member(
                            _,
                            "call" | "pcall" | "error_reply" | "status_reply" | "register_function" | "sha1hex"
                        ))
                    )
                }) && !written(global.name.text(&self.source))
            }
            _ => false,
        });
        found || !self.includes.is_empty() || self.has_example()
    }

    /// True if a comment shows the script's reply: `--> EVAL . 0`.
    fn has_example(&self) -> bool {
        memchr::memmem::find_iter(&self.source, b"--> EVAL").any(|at| {
            let rest = &self.source[at + b"--> EVAL".len()..];
            let rest = rest.strip_prefix(b"_RO").unwrap_or(rest);
            rest.starts_with(b" . ")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_tells() {
        let is = |source: &str| Script::new(source.as_bytes().into(), None).is_redis_lua();
        assert!(is("--> EVAL . 0\n--= OK\nreturn 1\n"));
        assert!(!is("--> EVAL is what it does\nreturn 1\n"));
    }

    #[test]
    fn content_tells() {
        let is = |source: &str| Script::new(source.as_bytes().into(), None).is_redis_lua();
        for yes in [
            "return redis.call('TIME')",
            "return KEYS[1]",
            "return #ARGV",
            "local r = redis.pcall",
            "#!lua name=x\n",
            "redis.register_function('f', f)",
            "-- @include x\nfoo()",
        ] {
            assert!(is(yes), "{yes}");
        }
        for no in [
            "print('x')",
            "local redis = require 'resty.redis'; redis.call('x')",
            "KEYS = {}; return KEYS[1]",
            "-- redis.call in a comment\nreturn 1",
            "#!/usr/bin/lua\nprint(1)",
            "return {}",
        ] {
            assert!(!is(no), "{no}");
        }
    }
}
