; Made by `cargo xtask codegen` from grammars/source/queries: change that.

; A template that looks like Redis Lua.
((template_string
  (string_fragment) @injection.content)
  (#match? @injection.content "(redis|server)\\.p?call\\s*\\(|(KEYS|ARGV)\\[|^\\s*#!lua")
  (#set! injection.include-children)
  (#set! injection.language "redis-lua"))

((string
  (string_fragment) @injection.content)
  (#match? @injection.content "(redis|server)\\.p?call\\s*\\(|(KEYS|ARGV)\\[|^\\s*#!lua")
  (#set! injection.language "redis-lua"))

; r.eval(`return 1`), r.defineCommand('name', { lua: `…` }), defineScript({ SCRIPT: `…` })
((call_expression
  function: (member_expression
    property: (property_identifier) @_name)
  arguments: (arguments
    .
    (template_string
      (string_fragment) @injection.content)))
  (#any-of? @_name "eval" "evalRo" "scriptLoad" "functionLoad")
  (#match? @injection.content "^\\s*(return|local|if|for|--|#!lua|redis\\.)")
  (#set! injection.language "redis-lua"))

((pair
  key: (property_identifier) @_name
  value: (template_string
    (string_fragment) @injection.content))
  (#any-of? @_name "lua" "SCRIPT")
  (#set! injection.language "redis-lua"))

; /* lua */ `…`
((comment) @_mark
  .
  (template_string
    (string_fragment) @injection.content)
  (#match? @_mark "^/\\*\\s*(redis-)?lua\\s*\\*/$")
  (#set! injection.language "redis-lua"))
