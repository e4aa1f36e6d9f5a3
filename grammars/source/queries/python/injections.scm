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
  (#match? @injection.content "%query.sign%")
  (#set! injection.include-children)
  (#set! injection.language "lua"))

((call
  function: (attribute
    attribute: (identifier) @_name)
  arguments: (argument_list
    .
    (string
      (string_content) @injection.content)))
  (#any-of? @_name "register_script" "script_load" "function_load" "eval" "eval_ro")
  (#match? @injection.content "%query.begin%")
  (#set! injection.include-children)
  (#set! injection.language "lua"))
