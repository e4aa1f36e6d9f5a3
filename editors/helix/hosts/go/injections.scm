; Made by `cargo xtask codegen` from grammars/source/queries: change that.

; A string that looks like Redis Lua.
([
  (raw_string_literal
    (raw_string_literal_content) @injection.content)
  (interpreted_string_literal
    (interpreted_string_literal_content) @injection.content)
]
  (#match? @injection.content "(redis|server)\\.p?call\\s*\\(|(KEYS|ARGV)\\[|^\\s*#!lua")
  (#set! injection.language "redis-lua"))

; redis.NewScript(`return 1`)
((call_expression
  function: (selector_expression
    field: (field_identifier) @_name)
  arguments: (argument_list
    (raw_string_literal
      (raw_string_literal_content) @injection.content)))
  (#any-of? @_name "NewScript" "NewLuaScript" "Eval" "ScriptLoad" "FunctionLoad")
  (#match? @injection.content "^\\s*(return|local|if|for|--|#!lua|redis\\.)")
  (#set! injection.language "redis-lua"))
