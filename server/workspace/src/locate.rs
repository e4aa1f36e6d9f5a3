//! Locates errors of a server: the script by its SHA1 or the library by its function, then the file and the line through
//! the includes.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
    sync::Arc,
};

use rayon::prelude::*;
use semantic::Script;

use crate::{Embedding, Flattened, Found, Loaded, Resolver, Settings, flatten, read_bounded, read_scripts};

/// Place where an error was raised, as far as its text says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Raised {
    /// The script.
    pub script: Named,
    /// Line in the script as it was loaded, counted from 1; 0 if the error has none.
    pub line: u32,
}

/// The script as named by an error.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Named {
    /// The SHA1 of the text, or its first digits, in lower case.
    Sha1(String),
    /// A function of a library, by the name under which it was called.
    Function(String),
}

impl Raised {
    /// Reads what a server or a client says of an error. `None` if it names no script.
    ///
    /// Before 7.0 servers write `(call to f_SHA1): @user_script:LINE:`, from then on
    /// `script: SHA1, on @user_script:LINE.` behind the error, and `script: FUNCTION, on @user_function:LINE.`.
    pub fn read(text: &str) -> Option<Self> {
        let named = |mark: &str| {
            let at = text.rfind(mark)? + mark.len();
            let end = text[at..].find(|c: char| c == ',' || c == ')' || c.is_whitespace()).unwrap_or(text.len() - at);
            Some(text[at..at + end].trim_end_matches(['.', ':', '\'', '"', '`'])).filter(|name| !name.is_empty())
        };
        let name = named("script: ").or_else(|| named("call to f_")).or_else(|| lone_sha1(text))?;
        let is_function = text.contains("user_function");
        let is_digits = (6..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let script = match is_digits && !is_function {
            true => Named::Sha1(name.to_ascii_lowercase()),
            false if is_function => Named::Function(name.to_owned()),
            false => return None,
        };
        // The place behind "on" is where the server saw the error; those before it are in texts of Lua's own.
        let line =
            ["on @user_script:", "on @user_function:", "user_script:", "user_function:"].iter().find_map(|mark| {
                let rest = &text[text.find(mark)? + mark.len()..];
                let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                rest[..end].parse().ok()
            });
        Some(Self { script, line: line.unwrap_or(0) })
    }
}

/// A SHA1 that is a word of its own in the text, like the argument of EVALSHA in a log.
fn lone_sha1(text: &str) -> Option<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| word.len() == 40 && word.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A place that an error may have come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The script that was loaded, or the file of another language that it is in.
    pub script: PathBuf,
    /// The SHA1 of its text as it was loaded.
    pub sha1: String,
    /// File of the line: the script itself or one that it includes.
    pub file: PathBuf,
    /// Line in that file, counted from 1; 0 if the error has none.
    pub line: u32,
}

/// The scripts in `files` that an error names, in the order of `files`, and the number of scripts that were looked at. `sha1` gives
/// the digest of a text in hexadecimal digits. Reads files.
pub fn locate(raised: &Raised, files: &[Found], settings: &Settings, sha1: fn(&[u8]) -> String) -> (Vec<Place>, usize) {
    let found: Vec<(Vec<Place>, usize)> = files
        .par_iter()
        .map_init(Resolver::default, |resolver, file| {
            let scripts = read_scripts(file.clone(), settings).unwrap_or_default();
            let of_script = |script: &Loaded| place(raised, script, settings, resolver, sha1);
            (scripts.iter().filter_map(of_script).collect(), scripts.len())
        })
        .collect();
    let count = found.iter().map(|(_, count)| count).sum();
    (found.into_iter().flat_map(|(places, _)| places).collect(), count)
}

/// The place in a script, if the error is the script's.
fn place(
    raised: &Raised,
    script: &Loaded,
    settings: &Settings,
    resolver: &mut Resolver,
    sha1: fn(&[u8]) -> String,
) -> Option<Place> {
    let embedding = script.embedding.as_ref();
    let flat = match embedding {
        // The text that is loaded is another one each time.
        Some(it) if !it.script().values.is_empty() => return None,
        Some(it) => it.flatten(settings, resolver),
        None => flatten(&script.path, &script.file.source, settings, resolver, &mut |path| read_bounded(path).ok()),
    };
    let (digest, kept) = match &raised.script {
        Named::Sha1(wanted) => {
            let mut forms = forms(&flat.code).into_iter().map(|(text, kept)| (sha1(&text), kept));
            forms.find(|(digest, _)| digest.starts_with(wanted.as_str()))?
        }
        Named::Function(name) => {
            if !registers(&flat, &script.path, name) {
                return None;
            }
            (sha1(&flat.code), Kept::From(0))
        }
    };
    let (file, line) = match raised.line {
        0 => (0, 0),
        line => flat.origin(kept.line(&flat.code, line)),
    };
    let file = flat.files.get(file).unwrap_or(&script.path);
    let inner = embedding.and_then(|it| it.host.embedding(file));
    let line = match (&inner, line.checked_sub(1)) {
        (Some(inner), Some(at)) => inner.line(at).map_or(0, |line| line + 1),
        _ => line,
    };
    let on_disk = |path: &Path, embedding: Option<&Embedding>| {
        embedding.map_or_else(|| path.to_path_buf(), |it| it.host.path.clone())
    };
    let (script, file) = (on_disk(&script.path, embedding), on_disk(file, inner.as_ref()));
    Some(Place { script, sha1: digest, file, line })
}

fn registers(flat: &Flattened, path: &Path, name: &str) -> bool {
    let file = path.file_name().and_then(|name| name.to_str());
    // Functions are called by names in any case.
    let script = Script::new(Arc::from(flat.code.as_slice()), file);
    script.library.as_ref().is_some_and(|library| {
        library.registrations.iter().any(|it| it.name.as_ref().is_some_and(|it| it.eq_ignore_ascii_case(name)))
    })
}

/// The lines of a text that a loader kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kept {
    /// All but this number of lines at the beginning.
    From(u32),
    /// Lines that are not blank.
    NotBlank,
    /// Lines with code, as `redlua bundle --minify` leaves them; with those of the comments at the top or without.
    Code {
        /// True if these comments are kept.
        header: bool,
    },
}

impl Kept {
    /// Maps a line of the loaded text to its line of `code`, both counted from 1.
    fn line(self, code: &[u8], line: u32) -> u32 {
        match self {
            Self::From(lost) => line.saturating_add(lost),
            Self::NotBlank => {
                let lines = (1u32..).zip(code.split(|&byte| byte == b'\n'));
                let mut kept = lines.filter(|(_, text)| !text.trim_ascii().is_empty()).map(|(number, _)| number);
                kept.nth(line.saturating_sub(1) as usize).unwrap_or(line)
            }
            Self::Code { header } => {
                let minified = syntax::minify(code, header);
                minified.and_then(|it| it.lines.get(line.saturating_sub(1) as usize).copied()).unwrap_or(line)
            }
        }
    }
}

/// The texts in which loaders send a script: unchanged, trimmed in several ways, minified.
pub fn texts(code: &[u8]) -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> = forms(code).into_iter().map(|(text, _)| text.into_owned()).collect();
    texts.sort();
    texts.dedup();
    texts
}

/// The forms in which loaders send a script: unchanged, with the other kind of line ends, without the final line end, without
/// surrounding blanks, without blank lines, as BullMQ does, and minified.
fn forms(code: &[u8]) -> Vec<(Cow<'_, [u8]>, Kept)> {
    let is_crlf = memchr::memmem::find(code, b"\r\n").is_some();
    let lines: Vec<&[u8]> =
        code.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
    let other = lines.join(if is_crlf { &b"\n"[..] } else { b"\r\n" });
    let mut forms = Vec::new();
    for text in [Cow::Borrowed(code), Cow::Owned(other)] {
        let cut = text.trim_ascii_start();
        let lost = text[..text.len() - cut.len()].iter().filter(|&&byte| byte == b'\n').count();
        let lost = Kept::From(u32::try_from(lost).unwrap_or(u32::MAX));
        forms.push((Cow::Owned(text.strip_suffix(b"\n").unwrap_or(&text).to_vec()), Kept::From(0)));
        forms.push((Cow::Owned(text.trim_ascii_end().to_vec()), Kept::From(0)));
        forms.push((Cow::Owned(cut.to_vec()), lost));
        forms.push((Cow::Owned(cut.trim_ascii_end().to_vec()), lost));
        forms.push((text, Kept::From(0)));
    }
    let mut dense: Vec<u8> = Vec::with_capacity(code.len());
    for line in lines.iter().filter(|line| !line.trim_ascii().is_empty()) {
        dense.extend_from_slice(line);
        dense.push(b'\n');
    }
    forms.push((Cow::Owned(dense.strip_suffix(b"\n").unwrap_or(&dense).to_vec()), Kept::NotBlank));
    forms.push((Cow::Owned(dense), Kept::NotBlank));
    for header in [false, true] {
        forms.extend(syntax::minify(code, header).map(|it| (Cow::Owned(it.text), Kept::Code { header })));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raised(text: &str) -> Option<(String, u32)> {
        Raised::read(text).map(|it| match it.script {
            Named::Sha1(name) | Named::Function(name) => (name, it.line),
        })
    }

    #[test]
    fn errors_name_the_script_and_the_line() {
        let sha1 = "6b1f3a2c6b1f3a2c6b1f3a2c6b1f3a2c6b1f3a2c";
        let of = |name: &str, line| Some((name.to_owned(), line));
        let text = format!("ERR user_script:3: boom script: {sha1}, on @user_script:37.");
        assert_eq!(raised(&text), of(sha1, 37));
        let text = format!("(error) ERR Error running script (call to f_{sha1}): @user_script:4: ERR wrong number");
        assert_eq!(raised(&text), of(sha1, 4));
        let text = format!(
            "ERR Error running script (call to f_{sha1}): @enable_strict_lua:15: user_script:2: Script attempted to access \
             nonexistent global variable 'x'"
        );
        assert_eq!(raised(&text), of(sha1, 2));
        assert_eq!(raised("ERR user_function:9: boom script: take, on @user_function:9."), of("take", 9));
        assert_eq!(raised("Err: script: 6b1f3a, on @user_script:2."), of("6b1f3a", 2));
        assert_eq!(raised(&format!("EVALSHA {} 1 k", sha1.to_uppercase())), of(sha1, 0));
        assert_eq!(raised("ERR unknown command 'FOO'"), None);
        assert_eq!(raised("script: , on @user_script:"), None);
        assert_eq!(raised(""), None);
    }

    #[test]
    fn loaders_trim_texts() {
        let code = b"\n\nlocal x\n \nreturn 1\n";
        let forms: Vec<_> = forms(code)
            .into_iter()
            .map(|(text, kept)| (text.into_owned(), kept.line(code, 1), kept.line(code, 2)))
            .collect();
        for (text, first, second) in [
            ("\n\nlocal x\n \nreturn 1\n", 1, 2),
            ("\n\nlocal x\n \nreturn 1", 1, 2),
            ("local x\n \nreturn 1\n", 3, 4),
            ("local x\n \nreturn 1", 3, 4),
            ("\r\n\r\nlocal x\r\n \r\nreturn 1\r\n", 1, 2),
            ("local x\nreturn 1\n", 3, 5),
        ] {
            assert!(forms.contains(&(text.as_bytes().to_vec(), first, second)), "{text:?}");
        }
    }
}
