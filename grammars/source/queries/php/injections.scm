; A string that looks like Redis Lua.
([
  (nowdoc_body) @injection.content
  (heredoc_body) @injection.content
]
  (#match? @injection.content "%query.sign%")
  (#set! injection.include-children)
  (#set! injection.language "lua"))

([
  (encapsed_string
    (string_content) @injection.content)
  (string
    (string_content) @injection.content)
]
  (#match? @injection.content "%query.sign%")
  (#set! injection.language "lua"))
