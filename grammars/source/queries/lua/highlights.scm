; Redis Lua in the colours of a Lua grammar.

; redis.call and redis.pcall, by Valkey's name too, and the alias that everybody uses.
(function_call
  name: (dot_index_expression
    table: (identifier) @module.builtin
    field: (identifier) @function.builtin)
  (#any-of? @module.builtin "redis" "server")
  (#any-of? @function.builtin "call" "pcall"))

; The command is the first argument.
(function_call
  name: [
    (dot_index_expression
      field: (identifier) @_call)
    (identifier) @_call
  ]
  arguments: (arguments
    .
    (string
      content: (string_content) @function.builtin.write))
  (#any-of? @_call "call" "pcall" "rcall" "rpcall")
  (#any-of? @function.builtin.write
    %quoted.commands.write%))

(function_call
  name: [
    (dot_index_expression
      field: (identifier) @_call)
    (identifier) @_call
  ]
  arguments: (arguments
    .
    (string
      content: (string_content) @function.builtin.read))
  (#any-of? @_call "call" "pcall" "rcall" "rpcall")
  (#any-of? @function.builtin.read
    %quoted.commands.read%))

; pcall(redis.call, 'XINFO', …)
(function_call
  name: (identifier) @_pcall
  arguments: (arguments
    .
    (dot_index_expression
      table: (identifier) @module.builtin
      field: (identifier) @function.builtin)
    .
    (string
      content: (string_content) @function.builtin.read))
  (#eq? @_pcall "pcall")
  (#any-of? @module.builtin "redis" "server")
  (#any-of? @function.builtin "call" "pcall")
  (#any-of? @function.builtin.read
    %quoted.commands%))

; Options and subcommands are words of their own.
(function_call
  name: [
    (dot_index_expression
      field: (identifier) @_call)
    (identifier) @_call
  ]
  arguments: (arguments
    (_)
    (string
      content: (string_content) @constant.builtin))
  (#any-of? @_call "call" "pcall" "rcall" "rpcall")
  (#any-of? @constant.builtin
    %quoted.words%))

; What the sandbox has and plain Lua has not.
%api.patterns%

((identifier) @variable.builtin
  (#any-of? @variable.builtin "KEYS" "ARGV"))

; Comments that say something: what a key is, what may be overlooked, examples.
((comment
  content: (comment_content) @comment.documentation)
  (#match? @comment.documentation "^-*\\s*(KEYS|ARGV)\\[\\d+\\]"))

((comment
  content: (comment_content) @keyword.directive)
  (#match? @keyword.directive "^-*\\s*(redlua:|[@#]include\\s|\\$include\\()"))

((comment
  content: (comment_content) @markup.raw)
  (#match? @markup.raw "^[>=] "))
