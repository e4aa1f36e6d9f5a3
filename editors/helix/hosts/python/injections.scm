; Made by `cargo xtask codegen` from grammars/source/queries: change that.

; A string that looks like Redis Lua. One that stands alone is a docstring.
([
  (assignment
    right: (string
      (string_content) @injection.content))
  (argument_list
    (string
      (string_content) @injection.content))
  (keyword_argument
    value: (string
      (string_content) @injection.content))
  (pair
    value: (string
      (string_content) @injection.content))
]
  (#match? @injection.content "(redis|server)\\.p?call\\s*\\(|(KEYS|ARGV)\\[|^\\s*#!lua")
  (#set! injection.include-children)
  (#set! injection.language "redis-lua"))

((call
  function: (attribute
    attribute: (identifier) @_name)
  arguments: (argument_list
    .
    (string
      (string_content) @injection.content)))
  (#any-of? @_name "register_script" "script_load" "function_load" "eval" "eval_ro")
  (#match? @injection.content "^\\s*(return|local|if|for|--|#!lua|redis\\.)")
  (#set! injection.include-children)
  (#set! injection.language "redis-lua"))
