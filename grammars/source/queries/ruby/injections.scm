; A string that looks like Redis Lua.
((heredoc_body
  (heredoc_content) @injection.content)
  (#match? @injection.content "%query.sign%")
  (#set! injection.language "lua"))

((string
  (string_content) @injection.content)
  (#match? @injection.content "%query.sign%")
  (#set! injection.language "lua"))
