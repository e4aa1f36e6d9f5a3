; Scripts in the strings of Lua programs, such as lua-resty-redis takes.
((function_call
  name: (method_index_expression
    method: (identifier) @_method)
  arguments: (arguments
    .
    (string
      content: (string_content) @injection.content)))
  (#any-of? @_method "eval" "eval_ro" "script" "evalsha")
  (#match? @injection.content "%query.begin%")
  (#set! injection.language "lua"))
