//! Lua's keywords, each where it is allowed. A keyword that opens a block inserts the whole block.

use super::{Completion, CompletionKind, position::Position};

/// Blocks by their first word, with the label and the snippet.
const BLOCKS: &[(&str, &str, &str)] = &[
    ("if", "if … then … end", "if ${1:condition} then\n\t$0\nend"),
    ("for", "for … in … do … end", "for ${1:_}, ${2:value} in ipairs(${3:list}) do\n\t$0\nend"),
    ("for", "for … = … do … end", "for ${1:i} = ${2:1}, ${3:#list} do\n\t$0\nend"),
    ("while", "while … do … end", "while ${1:condition} do\n\t$0\nend"),
    ("repeat", "repeat … until …", "repeat\n\t$0\nuntil ${1:condition}"),
    ("elseif", "elseif … then", "elseif ${1:condition} then\n\t$0"),
    ("localfunction", "local function … end", "local function ${1:name}($2)\n\t$0\nend"),
];
const FUNCTION: (&str, &str, &str) = ("function", "function … end", "function($1)\n\t$0\nend");

/// Adds the keywords of a position. With text behind the cursor on its line a block would be in the way: then the keyword alone
/// is offered.
pub(super) fn completions(position: Position, at_line_end: bool, found: &mut Vec<Completion>) {
    let (bare, blocks): (&[&str], &[(&str, &str, &str)]) = match position {
        // A line that is `do`, `else`, `end` or `repeat` must find the very word: Enter then leaves it alone.
        Position::Statement => (
            &[
                "return", "local", "end", "else", "until", "break", "repeat", "do", "and", "or", "nil", "true",
                "false", "not",
            ],
            BLOCKS,
        ),
        Position::Operand => (&["nil", "true", "false", "not"], &[FUNCTION]),
        Position::AfterOperand => (&["then", "do", "and", "or", "in", "end", "else", "elseif", "until"], &[]),
        Position::Adjacent | Position::Declaration => return,
    };
    for keyword in bare {
        found.push(Completion { rank: 600, ..Completion::new(*keyword, CompletionKind::Keyword) });
    }
    for (typed, label, code) in blocks {
        if at_line_end {
            found.push(Completion {
                filter: Some((*typed).to_owned()),
                insert: (*code).to_owned(),
                is_snippet: true,
                rank: 601,
                ..Completion::new(*label, CompletionKind::Keyword)
            });
        } else if !bare.contains(typed) && *typed != "localfunction" {
            found.push(Completion { rank: 600, ..Completion::new(*typed, CompletionKind::Keyword) });
        }
    }
}
