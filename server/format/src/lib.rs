//! The formatter: StyLua as a library, with what it does not know of the server's scripts.

use std::path::{Path, PathBuf};

use stylua_lib::{Config, IndentType, LineEndings, LuaVersion, OutputVerification, Range};
use text::{LineIndex, TextRange};

/// StyLua recurses as deep as the source nests.
const STACK: usize = 256 << 20;

/// Why a script is left as it is.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum Error {
    /// StyLua reads text only.
    #[error("byte {0} is no UTF-8, so the file is left as it is")]
    NotUtf8(usize),
    /// The script does not parse.
    #[error("line {line}, column {column}: {message}; left as it is")]
    Syntax {
        /// From 1.
        line: u32,
        /// From 1, in characters.
        column: u32,
        /// What the parser says.
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
        /// What is wrong.
        message: String,
    },
}

/// How scripts are to look.
#[derive(Clone, Copy, Debug)]
pub struct Style(Config);

impl Default for Style {
    /// StyLua's own style, with two blanks for a level.
    fn default() -> Self {
        let mut config = Config::new();
        config.indent_type = IndentType::Spaces;
        config.indent_width = 2;
        config.syntax = LuaVersion::Lua51;
        Self(config)
    }
}

impl Style {
    /// The style of the nearest `stylua.toml` beside or above `path`, if there is one.
    ///
    /// # Errors
    ///
    /// When that file cannot be read or has mistakes.
    pub fn nearest(path: &Path) -> Result<Option<Self>, Error> {
        let file = path
            .ancestors()
            .flat_map(|folder| ["stylua.toml", ".stylua.toml"].map(|name| folder.join(name)))
            .find(|file| file.is_file());
        let Some(file) = file else { return Ok(None) };
        let wrong = |message: String| Error::Style { file: file.clone(), message };
        let text = std::fs::read_to_string(&file).map_err(|error| wrong(error.to_string()))?;
        let mut config: Config = toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))?;
        config.syntax = LuaVersion::Lua51;
        Ok(Some(Self(config)))
    }

    /// With another indent: so many blanks, or a tab.
    #[must_use]
    pub fn indented(mut self, blanks: Option<usize>) -> Self {
        self.0.indent_type = if blanks.is_some() { IndentType::Spaces } else { IndentType::Tabs };
        self.0.indent_width = blanks.unwrap_or(self.0.indent_width);
        self
    }
}

/// Formats a script, or only the statements within `range`.
///
/// # Errors
///
/// When the script is not to be touched: it does not parse, or StyLua fails.
pub fn format(source: &[u8], style: Style, range: Option<TextRange>) -> Result<String, Error> {
    let text = std::str::from_utf8(source).map_err(|error| Error::NotUtf8(error.valid_up_to()))?;
    if let Some(error) = syntax::parse(source).errors.first() {
        let place = LineIndex::new(source).line_col(source, error.range.start);
        return Err(Error::Syntax { line: place.line, column: place.column, message: error.message.clone() });
    }
    let mut config = style.0;
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
    Ok(format!("{shebang}{formatted}"))
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
