; A string that looks like Redis Lua.
((string_literal
  [
    (string_fragment)
    (multiline_string_fragment)
  ] @injection.content)
  (#match? @injection.content "%query.sign%")
  (#set! injection.language "lua"))
