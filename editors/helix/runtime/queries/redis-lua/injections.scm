; Made by `cargo xtask codegen` from grammars/source/queries: change that.

; inherits: lua

; Scripts in the strings of Lua programs, such as lua-resty-redis takes.
((function_call
  name: (method_index_expression
    method: (identifier) @_method)
  arguments: (arguments
    .
    (string
      content: (string_content) @injection.content)))
  (#any-of? @_method "eval" "eval_ro" "script" "evalsha")
  (#match? @injection.content "^\\s*(return|local|if|for|--|#!lua|redis\\.)")
  (#set! injection.language "redis-lua"))
