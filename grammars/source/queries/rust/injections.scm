; A string that looks like Redis Lua.
([
  (raw_string_literal
    (string_content) @injection.content)
  (string_literal
    (string_content) @injection.content)
]
  (#match? @injection.content "%query.sign%")
  (#set! injection.language "lua"))
