; A string that looks like Redis Lua.
([
  (raw_string_literal
    (raw_string_literal_content) @injection.content)
  (interpreted_string_literal
    (interpreted_string_literal_content) @injection.content)
]
  (#match? @injection.content "%query.sign%")
  (#set! injection.language "lua"))

; redis.NewScript(`return 1`)
((call_expression
  function: (selector_expression
    field: (field_identifier) @_name)
  arguments: (argument_list
    (raw_string_literal
      (raw_string_literal_content) @injection.content)))
  (#any-of? @_name "NewScript" "NewLuaScript" "Eval" "ScriptLoad" "FunctionLoad")
  (#match? @injection.content "%query.begin%")
  (#set! injection.language "lua"))
