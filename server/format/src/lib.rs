//! The formatter: StyLua as a library, extended for scripts of the server.

mod indented;

use std::path::{Path, PathBuf};

use ignore::gitignore::Gitignore;
use stylua_lib::{Config, IndentType, LineEndings, LuaVersion, OutputVerification, QuoteStyle, Range, editorconfig};
use text::{LineIndex, TextRange};

pub use indented::{format_indented, indent_of};

/// StyLua recurses as deep as the source nests.
const STACK: usize = 256 << 20;

/// Reason why a script is not formatted.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum Error {
    /// StyLua reads text only.
    #[error("byte {0} is no UTF-8, so the file is left as it is")]
    NotUtf8(usize),
    /// The script does not parse.
    #[error("line {line}, column {column}: {message}; left as it is")]
    Syntax {
        /// Line, from 1.
        line: u32,
        /// Column, from 1, in characters.
        column: u32,
        /// The parser's message.
        message: String,
    },
    /// StyLua could not format it, or its check of its own work failed.
    #[error("{0}; left as it is")]
    Failed(String),
    /// The style's file is not readable or not right.
    #[error("{file}: {message}")]
    Style {
        /// The file.
        file: PathBuf,
        /// Description of the mistake.
        message: String,
    },
}

/// Options of the formatter.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    config: Config,
    /// True if strings keep their quotes, because no setting says which to use.
    keeps_quotes: bool,
}

impl Default for Style {
    /// StyLua's own style, with two blanks for a level.
    fn default() -> Self {
        let mut config = Config::new();
        config.indent_type = IndentType::Spaces;
        config.indent_width = 2;
        config.syntax = LuaVersion::Lua51;
        Self { config, keeps_quotes: true }
    }
}

impl Style {
    /// The style for a file: that of the nearest `stylua.toml` beside or above it; else ours, with `indent` (a number of blanks,
    /// or a tab) if given, and with the settings of `.editorconfig`.
    ///
    /// # Errors
    ///
    /// Fails if such a file cannot be read or has mistakes.
    pub fn of(path: &Path, indent: Option<Indent>) -> Result<Self, Error> {
        if let Some(style) = Self::nearest(path)? {
            return Ok(style);
        }
        let own = indent.map_or_else(Self::default, |indent| Self::default().indented(indent));
        let wrong = |message: String| Error::Style { file: path.to_owned(), message };
        let read = |quotes: QuoteStyle| {
            let mut config = own.config;
            config.quote_style = quotes;
            editorconfig::parse(config, path).map_err(|error| wrong(format!(".editorconfig: {error}")))
        };
        let mut config = read(QuoteStyle::AutoPreferDouble)?;
        config.syntax = LuaVersion::Lua51;
        // Where it says which quotes to use, those of before do not matter.
        let keeps_quotes = read(QuoteStyle::AutoPreferSingle)?.quote_style != config.quote_style;
        Ok(Self { config, keeps_quotes })
    }

    fn nearest(path: &Path) -> Result<Option<Self>, Error> {
        let file = path
            .ancestors()
            .flat_map(|folder| ["stylua.toml", ".stylua.toml"].map(|name| folder.join(name)))
            .find(|file| file.is_file());
        let Some(file) = file else { return Ok(None) };
        let wrong = |message: String| Error::Style { file: file.clone(), message };
        let text = std::fs::read_to_string(&file).map_err(|error| wrong(error.to_string()))?;
        let mut config: Config = toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))?;
        config.syntax = LuaVersion::Lua51;
        let keeps_quotes = text.parse::<toml::Table>().is_ok_and(|table| !table.contains_key("quote_style"));
        Ok(Some(Self { config, keeps_quotes }))
    }

    fn indented(mut self, indent: Indent) -> Self {
        match indent {
            Indent::Blanks(count) => {
                self.config.indent_type = IndentType::Spaces;
                self.config.indent_width = count;
            }
            Indent::Tab => self.config.indent_type = IndentType::Tabs,
        }
        self
    }
}

/// The indent of a level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Indent {
    /// Number of blanks.
    Blanks(usize),
    /// A tab.
    Tab,
}

/// Returns true if the nearest `.styluaignore` beside or above a file names it.
pub fn is_ignored(path: &Path) -> bool {
    let file = path.ancestors().map(|folder| folder.join(".styluaignore")).find(|file| file.is_file());
    let Some(file) = file else { return false };
    // Lines with mistakes are passed over, as the formatter does.
    let (ignore, _) = Gitignore::new(&file);
    ignore.matched_path_or_any_parents(path, false).is_ignore()
}

/// Formats a script, or only the statements within `range`.
///
/// # Errors
///
/// Fails, and leaves the script as it is, if it does not parse or StyLua fails.
pub fn format(source: &[u8], style: Style, range: Option<TextRange>) -> Result<String, Error> {
    let text = std::str::from_utf8(source).map_err(|error| Error::NotUtf8(error.valid_up_to()))?;
    if let Some(error) = syntax::parse(source).errors.first() {
        let place = LineIndex::new(source).line_col(source, error.range.start);
        return Err(Error::Syntax { line: place.line, column: place.column, message: error.message.clone() });
    }
    let mut config = style.config;
    if text.contains("\r\n") {
        config.line_endings = LineEndings::Windows;
    }
    // The server's shebang is no Lua: it stays as it is.
    let (shebang, code) = match text.strip_prefix("#!").and_then(|_| text.find('\n')) {
        Some(end) => text.split_at(end + 1),
        None => ("", text),
    };
    let skipped = shebang.len();
    let range = range.map(|range| {
        let place = |at: u32| Some((at as usize).saturating_sub(skipped));
        Range::from_values(place(range.start), place(range.end))
    });
    let formatted = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || stylua_lib::format_code(code, config, range, OutputVerification::Full))
            .map_err(|error| Error::Failed(error.to_string()))?;
        match thread.join() {
            Ok(Ok(formatted)) => Ok(formatted),
            Ok(Err(error)) => Err(Error::Failed(error.to_string())),
            Err(_) => Err(Error::Failed("the formatter failed".to_owned())),
        }
    })?;
    let formatted = format!("{shebang}{formatted}");
    Ok(if style.keeps_quotes { with_own_strings(source, formatted) } else { formatted })
}

/// Formatted text with the string literals as they were written: StyLua has no style that keeps their quotes. They are as
/// many, in the same order.
fn with_own_strings(source: &[u8], formatted: String) -> String {
    let strings = |text: &[u8]| {
        let mut found: Vec<TextRange> = syntax::parse(text)
            .tree
            .exprs()
            .filter(|(_, expr)| expr.kind == syntax::ExprKind::String)
            .map(|(_, expr)| expr.range)
            .collect();
        found.sort_by_key(|range| range.start);
        found
    };
    let (old, new) = (strings(source), strings(formatted.as_bytes()));
    if old.len() != new.len() {
        return formatted;
    }
    let mut out = String::with_capacity(formatted.len());
    let mut end = 0;
    for (old, new) in old.into_iter().zip(new) {
        let own = std::str::from_utf8(old.slice(source)).unwrap_or_default();
        let begin = new.start as usize;
        // Long strings have no quotes; their line ends are the style's.
        let is_quoted = own.starts_with(['\'', '"']);
        out.push_str(&formatted[end..begin]);
        out.push_str(if is_quoted { own } else { &formatted[begin..new.end as usize] });
        end = new.end as usize;
    }
    out.push_str(&formatted[end..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(source: &str) -> Result<String, Error> {
        format(source.as_bytes(), Style::default(), None)
    }

    #[test]
    fn shebangs_and_line_ends_stay() -> Result<(), Error> {
        assert_eq!(formatted("#!lua name=x\nlocal a   = 1\n")?, "#!lua name=x\nlocal a = 1\n");
        assert_eq!(formatted("local a   = 1\r\n")?, "local a = 1\r\n");
        Ok(())
    }

    #[test]
    fn strings_keep_their_quotes() -> Result<(), Error> {
        let source = "local a   = 'x' .. \"y\" .. 'it\\'s' .. f 'z'\nlocal b = [[l]]\n";
        let wanted = "local a = 'x' .. \"y\" .. 'it\\'s' .. f('z')\nlocal b = [[l]]\n";
        assert_eq!(formatted(source)?, wanted);
        Ok(())
    }

    #[test]
    fn the_style_is_of_the_nearest_file() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("part").join("a.lua");
        std::fs::create_dir(folder.path().join("part"))?;
        let source = b"if a then\nreturn 'x'\nend\n";
        let done = |indent| format(source, Style::of(&path, indent)?, None);
        assert_eq!(done(None)?, "if a then\n  return 'x'\nend\n");
        assert_eq!(done(Some(Indent::Tab))?, "if a then\n\treturn 'x'\nend\n");
        std::fs::write(
            folder.path().join(".editorconfig"),
            "root = true\n[*.lua]\nindent_size = 3\nquote_type = double\n",
        )?;
        assert_eq!(done(None)?, "if a then\n   return \"x\"\nend\n");
        std::fs::write(folder.path().join("stylua.toml"), "indent_type = \"Tabs\"\nquote_style = \"ForceSingle\"\n")?;
        assert_eq!(done(None)?, "if a then\n\treturn 'x'\nend\n");
        std::fs::write(folder.path().join(".styluaignore"), "part/\n")?;
        assert!(is_ignored(&path) && !is_ignored(&folder.path().join("b.lua")));
        Ok(())
    }

    #[test]
    fn only_the_range_is_formatted() -> Result<(), Error> {
        let source = "#!lua name=x\nlocal a   = 1\nlocal b   = 2\nlocal c   = 3\n";
        let at = source.find("local b").unwrap_or(0) as u32;
        let done = format(source.as_bytes(), Style::default(), Some(TextRange::new(at, at + 13)))?;
        assert_eq!(done, source.replace("b   =", "b ="));
        Ok(())
    }

    #[test]
    fn what_does_not_parse_is_left() {
        let told = formatted("local x = = 1").err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told.starts_with("line 1") && told.ends_with("left as it is"), "{told}");
    }
}
