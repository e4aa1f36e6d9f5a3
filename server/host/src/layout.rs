//! Functions and methods that give a text back changed: in indentation, trimmed, with values filled in.

/// Functions that give their argument back with another indentation, or as it is.
pub(crate) const WRAPPERS: &[(&str, Layout)] = &[
    ("dedent", Layout::Dedent),
    ("cleandoc", Layout::TrimIndent),
    ("stripIndent", Layout::TrimIndent),
    ("stripIndents", Layout::TrimIndent),
    ("outdent", Layout::TrimIndent),
    ("raw", Layout::Same),
    ("lua", Layout::Same),
    ("redisLua", Layout::Same),
    ("text", Layout::Same),
    ("byte", Layout::Same),
    ("str", Layout::Same),
    ("String", Layout::Same),
    ("concat", Layout::Joined),
    ("concat!", Layout::Joined),
    ("Sprintf", Layout::Percent),
    ("sprintf", Layout::Percent),
    ("format", Layout::Format),
    ("Format", Layout::Braces),
];

/// Methods of a text that give it back changed.
pub(crate) const METHODS: &[(&str, Layout)] = &[
    ("trimIndent", Layout::TrimIndent),
    ("trimMargin", Layout::Margin),
    ("stripIndent", Layout::TrimIndent),
    ("strip_heredoc", Layout::Dedent),
    ("trim", Layout::Trim),
    ("strip", Layout::Trim),
    ("Trim", Layout::Trim),
    ("trimStart", Layout::TrimStart),
    ("lstrip", Layout::TrimStart),
    ("trimLeft", Layout::TrimStart),
    ("TrimStart", Layout::TrimStart),
    ("trimEnd", Layout::TrimEnd),
    ("rstrip", Layout::TrimEnd),
    ("trimRight", Layout::TrimEnd),
    ("TrimEnd", Layout::TrimEnd),
    ("chomp", Layout::TrimEnd),
    ("format", Layout::Braces),
    ("formatted", Layout::Percent),
    ("encode", Layout::Same),
    ("getBytes", Layout::Same),
    ("toByteArray", Layout::Same),
    ("as_bytes", Layout::Same),
    ("as_str", Layout::Same),
    ("to_string", Layout::Same),
    ("to_owned", Layout::Same),
    ("into", Layout::Same),
    ("toString", Layout::Same),
    ("freeze", Layout::Same),
    ("unindent", Layout::Dedent),
    ("b", Layout::Same),
];

/// Effect of a function on a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Layout {
    /// None.
    Same,
    /// The least indentation of all lines is cut (`textwrap.dedent`).
    Dedent,
    /// The same, and blank first and last lines too (`trimIndent`).
    TrimIndent,
    /// Each line is cut up to a `|` (`trimMargin`).
    Margin,
    /// White space at both ends is cut.
    Trim,
    /// White space at the beginning is cut.
    TrimStart,
    /// White space at the end is cut.
    TrimEnd,
    /// The arguments are joined.
    Joined,
    /// Values are filled in for `%s`.
    Percent,
    /// Values are filled in for `{}`.
    Braces,
    /// `String.format` of Java, `format!` of Rust, `format` of Ruby.
    Format,
}
