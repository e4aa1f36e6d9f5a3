; A string that looks like Redis Lua.
([
  (heredoc_body) @injection.content
  (string
    (string_content) @injection.content)
]
  (#match? @injection.content "%query.sign%")
  (#set! injection.language "lua"))

((raw_string) @injection.content ; neovim
  (#match? @injection.content "%query.sign%") ; neovim
  (#offset! @injection.content 0 1 0 -1) ; neovim
  (#set! injection.language "lua")) ; neovim
