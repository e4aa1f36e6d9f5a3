; A string that looks like Redis Lua.
([
  (string_literal
    (string_literal_content) @injection.content)
  (raw_string_literal
    (raw_string_content) @injection.content)
]
  (#match? @injection.content "%query.sign%")
  (#set! injection.language "lua"))

; @"…" has no node for what is in it.
((verbatim_string_literal) @injection.content ; neovim
  (#match? @injection.content "%query.sign%") ; neovim
  (#offset! @injection.content 0 2 0 -1) ; neovim
  (#set! injection.language "lua")) ; neovim
