; Made by `cargo xtask codegen` from grammars/source/queries: change that.

; A string that looks like Redis Lua.
([
  (string_literal
    (string_literal_content) @injection.content)
  (raw_string_literal
    (raw_string_content) @injection.content)
]
  (#match? @injection.content "(redis|server)\\.p?call\\s*\\(|(KEYS|ARGV)\\[|^\\s*#!lua")
  (#set! injection.language "redis-lua"))

; @"…" has no node for what is in it.
