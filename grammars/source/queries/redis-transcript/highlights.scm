; Transcripts of Redis. No two patterns are for one node, so editors need not agree on which of them would hold.

(comment) @comment

(mark) @keyword.operator

; A name that no server knows has no colour.
((command_name) @function.builtin.write
  (#any-of? @function.builtin.write
    %quoted.commands.write%))

((command_name) @function.builtin.read
  (#any-of? @function.builtin.read
    %quoted.commands.read%))

; Options and subcommands, in upper case alone: in lower case many of them are names of keys and fields.
((word) @constant.builtin
  (#any-of? @constant.builtin
    %quoted.words.upper%))

; The script that an example stands in.
(script) @variable.builtin

(number) @constant.numeric

(string_double) @string

(string_single) @string

(escape) @constant.character.escape

(index) @markup.list.numbered

(arrow) @punctuation.delimiter

(type) @type.builtin

(boolean) @constant.builtin.boolean

[
  (nil)
  (empty)
] @constant.builtin

((status) @constant.builtin
  (#any-of? @constant.builtin "OK" "QUEUED" "PONG"))

(error_code) @error

[
  (unclosed_string)
  (unexpected)
] @error
