/**
 * Transcripts of Redis, files named `*.redis`: commands with their replies as redis-cli shows them, or commands alone.
 *
 * `> ` begins a command, and what stands below it up to an empty line is its reply, whatever it looks like. Elsewhere a
 * line is a comment, a reply if it looks like nothing else, or a command. Every text without zero bytes has a tree without errors: what is
 * wrong has nodes of its own, so that nothing broken reaches the next line.
 *
 * Of two tokens the longer one counts, of two of one length that which stands first in this file, and `prec` before both.
 */

// A word by redis-cli's notion of blanks, and one up to the quote that may stand in it.
const ANY = /[^ \t\f\r\n]+/;
const BARE = /[^ \t\f\r\n"']+/;

module.exports = grammar({
  name: 'redis_transcript',

  // The carriage return before a line break is a blank like others.
  extras: _ => [/[ \t\f\r]/],

  rules: {
    transcript: $ => seq(repeat($._part), optional($._last)),

    _part: $ => choice(
      $._newline,
      seq($.comment, $._newline),
      seq($.command, $._newline),
      seq(alias($._stray, $.reply), $._newline),
      seq($._marked_lines, $._newline),
    ),

    // What the file ends in, with no empty line or no line break at all.
    _last: $ => choice(
      $.comment,
      $.command,
      alias($._stray, $.reply),
      $._marked_lines,
      seq(optional($._marked_lines), $._marked_end),
    ),

    // Commands with marks and their replies, with no empty line between.
    _marked_lines: $ => seq(
      optional($._marked_lines),
      alias($._marked, $.command), $._newline, optional(alias($._lines, $.reply)),
    ),
    _marked_end: $ => seq(
      alias($._marked, $.command), optional(seq($._newline, alias($._end, $.reply))),
    ),

    // All lines of a reply are one node, with their line breaks.
    _lines: $ => seq(optional($._lines), $._line, $._newline),
    _end: $ => seq(optional($._lines), $._line),

    // Commands.

    _marked: $ => seq($.mark, optional(choice(
      seq(
        choice(
          field('name', alias($._bare, $.command_name)),
          seq(field('name', choice($.string_double, $.string_single)), optional(alias($._behind, $.unexpected))),
        ),
        optional($._arguments),
      ),
      $._unclosed,
    ))),

    // Without a mark: what could be a reply as well must have arguments.
    command: $ => choice(
      seq(field('name', alias($._bare, $.command_name)), optional($._arguments)),
      seq(field('name', $.string_single), optional(alias($._behind, $.unexpected)), optional($._arguments)),
      seq(field('name', alias($._known_status, $.command_name)), $._arguments),
      seq(field('name', $.string_double), choice(
        $._arguments,
        seq(alias($._behind, $.unexpected), optional($._arguments)),
      )),
      alias($._open_single, $.unclosed_string),
    ),

    _arguments: $ => choice(
      seq(repeat1($._argument), optional($._unclosed)),
      $._unclosed,
    ),

    _argument: $ => choice(
      $.script,
      $.number,
      alias($._bare, $.word),
      $._quoted,
    ),

    // Only a blank may stand behind a closing quote.
    _quoted: $ => seq(choice($.string_double, $.string_single), optional(alias($._behind, $.unexpected))),

    // Replies.

    _line: $ => choice($._value, $._wrong),

    _value: $ => choice(
      seq($._scalar, optional($.unexpected)),
      $.error,
      $.status,
      $._item,
    ),

    // Outside of replies. No name of a command looks so.
    _stray: $ => choice(
      seq($._typed, optional($.unexpected)),
      $.error,
      $._item,
      alias($._known_status, $.status),
      $.string_double,
      alias($._open_double, $.unclosed_string),
    ),

    _item: $ => choice(
      seq($.index, optional(choice($._value, $._wrong))),
      seq(
        alias($._map_index, $.index),
        optional(choice(
          seq(optional($._key), $.arrow, optional(choice($._value, $._wrong))),
          $._key,
          $._wrong,
        )),
      ),
    ),

    _key: $ => choice(
      seq($._scalar, optional(alias($._key_text, $.unexpected))),
      alias($._key_text, $.status),
    ),

    _scalar: $ => choice($._typed, $.string_double),
    _typed: $ => choice($.nil, $.boolean, $.empty, $.integer, $.double, $.big_number),
    _wrong: $ => alias($._open_double, $.unclosed_string),

    integer: $ => seq(alias('(integer)', $.type), optional(alias($._whole, $.number))),
    double: $ => seq(alias('(double)', $.type), optional(alias($._real, $.number))),
    big_number: $ => seq(alias('(big number)', $.type), optional(alias($._whole, $.number))),
    error: $ => seq(alias('(error)', $.type), optional($.error_code), optional($.message)),

    // To the end of the line.
    message: $ => repeat1($._any),
    status: $ => repeat1($._any),
    unexpected: $ => repeat1($._any),
    // To the arrow.
    _key_text: $ => repeat1($._any),

    // Strings.

    string_double: $ => seq($._quote, repeat(choice($._double_text, $.escape)), $._close_double),
    _open_double: $ => seq($._quote, repeat(choice($._double_text, $.escape))),
    string_single: $ => seq('\'', repeat(choice($._single_text, alias($._single_escape, $.escape))), $._close_single),
    _open_single: $ => seq('\'', repeat(choice($._single_text, alias($._single_escape, $.escape)))),
    _unclosed: $ => choice(alias($._open_double, $.unclosed_string), alias($._open_single, $.unclosed_string)),

    _quote: _ => token(prec(1, '"')),
    _double_text: _ => token.immediate(prec(1, /[^"\\\n]+/)),
    escape: _ => token.immediate(prec(1, /\\(x[0-9A-Fa-f]{2}|[^\n])?/)),
    _close_double: _ => token.immediate(prec(1, '"')),
    _single_text: _ => token.immediate(prec(1, /[^'\\\n]+|\\/)),
    _single_escape: _ => token.immediate(prec(1, '\\\'')),
    _close_single: _ => token.immediate(prec(1, '\'')),
    _behind: _ => token.immediate(prec(1, ANY)),

    // Tokens.

    _newline: _ => /\n/,
    comment: _ => token.immediate(prec(1, /#([^\r\n]|\r+[^\r\n])*/)),
    mark: _ => token.immediate(prec(1, '> ')),

    nil: _ => '(nil)',
    boolean: _ => token(choice('(true)', '(false)')),
    empty: _ => token(seq('(empty ', choice('array', 'list or set', 'set', 'hash', 'push'), ')')),
    index: _ => /\d+[)~>]/,
    _map_index: _ => /\d+#/,
    arrow: _ => '=>',
    error_code: _ => /[A-Z][A-Z0-9_]*/,
    _known_status: _ => token(choice('OK', 'QUEUED', 'PONG')),
    script: _ => '.',
    number: _ => /[-+]?\d+(\.\d+)?/,
    _whole: _ => /[-+]?\d+/,
    _real: _ => /[-+]?(\d[\d.eE+-]*|inf|nan)/,
    _bare: _ => BARE,
    _any: _ => ANY,
  },
});
