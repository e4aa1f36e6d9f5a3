; Made by `cargo xtask codegen` from grammars/source/queries: change that.

; A string that looks like Redis Lua.
([
  (nowdoc_body) @injection.content
  (heredoc_body) @injection.content
]
  (#match? @injection.content "(redis|server)\\.p?call\\s*\\(|(KEYS|ARGV)\\[|^\\s*#!lua")
  (#set! injection.include-children)
  (#set! injection.language "redis-lua"))

([
  (encapsed_string
    (string_content) @injection.content)
  (string
    (string_content) @injection.content)
]
  (#match? @injection.content "(redis|server)\\.p?call\\s*\\(|(KEYS|ARGV)\\[|^\\s*#!lua")
  (#set! injection.language "redis-lua"))
