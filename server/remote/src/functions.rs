//! Function libraries of a server.

use protocol::Reply;

use crate::{Call, Connection, Error, Failure, Place, Refusal, refusal};

/// A library of a server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Library {
    /// Its name.
    pub name: String,
    /// Its code, as it was loaded; empty unless asked for.
    pub code: Vec<u8>,
    /// Names of its functions.
    pub functions: Vec<String>,
}

/// The value of a field in a map of RESP3, or in the same of RESP2.
pub fn field<'a>(reply: &'a Reply, name: &str) -> Option<&'a Reply> {
    let is_name = |key: &Reply| matches!(key, Reply::Bulk(text) | Reply::Status(text) if text == name.as_bytes());
    match reply {
        Reply::Map(pairs) => pairs.iter().find(|(key, _)| is_name(key)).map(|(_, value)| value),
        Reply::Array(items) => items.chunks_exact(2).find(|two| is_name(&two[0])).map(|two| &two[1]),
        _ => None,
    }
}

/// The bytes of a text; empty for other replies.
pub(crate) fn bytes(reply: Option<&Reply>) -> &[u8] {
    match reply {
        Some(Reply::Bulk(text) | Reply::Status(text) | Reply::Verbatim { text, .. }) => text,
        _ => b"",
    }
}

fn text(reply: Option<&Reply>) -> String {
    String::from_utf8_lossy(bytes(reply)).into_owned()
}

fn items(reply: Option<&Reply>) -> &[Reply] {
    match reply {
        Some(Reply::Array(items) | Reply::Set(items)) => items,
        _ => &[],
    }
}

impl Connection {
    /// The libraries of the server: those of a name, or all. Requires Redis 7.0.
    ///
    /// # Errors
    /// The call is refused, or the connection breaks.
    pub fn libraries(&mut self, name: Option<&str>, with_code: bool) -> Result<Vec<Library>, Error> {
        let mut words = vec!["FUNCTION", "LIST"];
        if let Some(name) = name {
            words.extend(["LIBRARYNAME", name]);
        }
        if with_code {
            words.push("WITHCODE");
        }
        let reply = self.call(&words)?;
        if let Reply::Error(text) = &reply {
            return Err(self.refused(text, "FUNCTION LIST"));
        }
        let library = |it: &Reply| Library {
            name: text(field(it, "library_name")),
            code: bytes(field(it, "library_code")).to_vec(),
            functions: items(field(it, "functions")).iter().map(|it| text(field(it, "name"))).collect(),
        };
        Ok(items(Some(&reply)).iter().map(library).collect())
    }

    /// Loads a library; one of its name is replaced if `replace`. Requires Redis 7.0.
    ///
    /// # Errors
    /// The server refuses the code, has a library of the name or functions of its names, or the connection breaks.
    pub fn load_library(&mut self, code: &[u8], replace: bool) -> Result<(), Error> {
        let mut words: Vec<&[u8]> = vec![b"FUNCTION", b"LOAD"];
        if replace {
            words.push(b"REPLACE");
        }
        words.push(code);
        let Reply::Error(text) = self.call(&words)? else { return Ok(()) };
        let call = Call { command: "FUNCTION LOAD", user: self.user() };
        if let Some(refusal) = Refusal::of(&text, &call) {
            return Err(Error::new(&self.server().name, Failure::Refusal(refusal)));
        }
        // `ERR Library 'x' already exists` and `ERR Function x already exists` have no code of their own, so the server is asked.
        let named =
            |library: &Library, word: &str| library.name == word || library.functions.iter().any(|it| it == word);
        let told = String::from_utf8_lossy(&text).into_owned();
        let taken = match refusal::line(&text) {
            Some(_) => None,
            None => self
                .libraries(None, false)?
                .into_iter()
                .find(|library| told.split_whitespace().any(|word| named(library, word.trim_matches('\'')))),
        };
        let refusal = match taken {
            Some(library) => Refusal::LibraryExists(library.name),
            None => Refusal::LibraryBroken {
                message: told.strip_prefix("ERR ").unwrap_or(&told).to_owned(),
                place: refusal::line(&text).map(|line| Place { line, file: None }),
            },
        };
        Err(Error::new(&self.server().name, Failure::Refusal(refusal)))
    }

    /// The failure that an error reply is. Its text is shown only where it cannot repeat what was sent.
    pub fn refused(&self, text: &[u8], command: &str) -> Error {
        let failure = match Refusal::of(text, &Call { command, user: self.user() }) {
            Some(refusal) => Failure::Refusal(refusal),
            None => Failure::Refusal(Refusal::Other {
                command: command.to_owned(),
                code: String::from_utf8_lossy(refusal::code(text)).into_owned(),
            }),
        };
        Error::new(&self.server().name, failure)
    }
}
