; Made by `cargo xtask codegen` from grammars/source/queries: change that.

; A string that looks like Redis Lua.
((heredoc_body
  (heredoc_content) @injection.content)
  (#match? @injection.content "(redis|server)\\.p?call\\s*\\(|(KEYS|ARGV)\\[|^\\s*#!lua")
  (#set! injection.language "redis-lua"))

((string
  (string_content) @injection.content)
  (#match? @injection.content "(redis|server)\\.p?call\\s*\\(|(KEYS|ARGV)\\[|^\\s*#!lua")
  (#set! injection.language "redis-lua"))
