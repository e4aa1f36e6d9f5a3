//! The client's own spelling of URIs. Clients escape differently (`%3A`, `%3a`, `:`), and some do not escape at all, which
//! the protocol's types do not take: inside the server each file has one spelling, and messages are translated both ways.

use std::{
    collections::HashMap,
    str::FromStr as _,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use tower_lsp_server::ls_types::Uri;

use requests::snapshot::{path_of, uri_of};

/// The spellings of one client.
#[derive(Debug, Default)]
pub(crate) struct Spellings(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The client's last spelling of each URI that it spells differently.
    theirs: HashMap<String, String>,
    /// Prefix of its URIs, if other than `file://`.
    prefix: Option<String>,
    /// True if it does not escape blanks and letters beyond ASCII.
    is_raw: bool,
}

impl Spellings {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message of the client, with the URIs as the server spells them.
    pub(crate) fn incoming(&self, body: Vec<u8>) -> Vec<u8> {
        let odd = |uri: &String| ours(uri).is_some_and(|ours| ours != *uri || self.known().theirs.contains_key(&ours));
        if !uris(&body).any(|uri| odd(&uri)) {
            return body;
        }
        let Ok(mut message) = serde_json::from_slice::<Value>(&body) else { return body };
        let mut known = self.known();
        translate(&mut message, false, &mut |uri| known.learn(uri));
        serde_json::to_vec(&message).unwrap_or(body)
    }

    /// A message of the server, with the URIs as the client spells them; nothing where they are the same.
    pub(crate) fn outgoing(&self, body: &[u8]) -> Option<Vec<u8>> {
        let known = self.known();
        if known.theirs.is_empty() && known.prefix.is_none() && !known.is_raw {
            return None;
        }
        let mut message = serde_json::from_slice::<Value>(body).ok()?;
        translate(&mut message, false, &mut |uri| known.spell(uri));
        serde_json::to_vec(&message).ok()
    }
}

impl Known {
    /// Takes a spelling of the client's. Returns the server's.
    fn learn(&mut self, theirs: &str) -> Option<String> {
        let ours = ours(theirs)?;
        if ours == theirs {
            self.theirs.remove(&ours);
            return None;
        }
        let path = theirs.find("/").map_or(theirs.len(), |at| match theirs[at..].strip_prefix("//") {
            Some(rest) => theirs.len() - rest.len() + rest.find('/').unwrap_or(rest.len()),
            None => at,
        });
        self.prefix = Some(theirs[..path].to_owned()).filter(|prefix| prefix != "file://");
        self.is_raw |= theirs.bytes().any(|byte| byte == b' ' || !byte.is_ascii());
        self.theirs.insert(ours.clone(), theirs.to_owned());
        Some(ours)
    }

    /// The client's spelling of a URI; for one that it never named, in its style.
    fn spell(&self, ours: &str) -> Option<String> {
        if let Some(theirs) = self.theirs.get(ours) {
            return Some(theirs.clone());
        }
        let path = ours.strip_prefix("file://")?;
        let path = if self.is_raw { String::from_utf8(decode(path)).ok()? } else { path.to_owned() };
        Some(format!("{}{path}", self.prefix.as_deref().unwrap_or("file://")))
    }
}

/// Converts a file's URI to the server's spelling; none for other URIs.
fn ours(theirs: &str) -> Option<String> {
    let scheme = theirs.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("file:"))?;
    let rest = &theirs[scheme.len()..];
    let path = match rest.strip_prefix("//") {
        Some(rest) => {
            let at = rest.find('/')?;
            // The folder of another machine stays as it is.
            (rest[..at].is_empty() || rest[..at].eq_ignore_ascii_case("localhost")).then(|| &rest[at..])?
        }
        None => rest,
    };
    if !path.starts_with('/') {
        return None;
    }
    let mut escaped = String::from("file://");
    for &byte in std::str::from_utf8(&decode(path)).ok()?.as_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => escaped.push(byte as char),
            byte if byte.is_ascii_alphanumeric() => escaped.push(byte as char),
            byte => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    Some(uri_of(&path_of(&Uri::from_str(&escaped).ok()?)?)?.as_str().to_owned())
}

/// Decodes percent escapes; other text stays.
fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
        match (byte, hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// The texts of a message that begin as URIs of files do.
fn uris(body: &[u8]) -> impl Iterator<Item = String> {
    // In a longer text a quote has a backslash before it.
    memchr::memchr_iter(b'"', body)
        .filter(|&at| body[at + 1..].get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"file:")))
        .filter(|&at| at == 0 || body[at - 1] != b'\\')
        .filter_map(|at| serde_json::Deserializer::from_slice(&body[at..]).into_iter::<String>().next()?.ok())
}

/// Translates the URIs in a message: the values of keys that end in `uri`, targets of links, keys of edits, and arguments of
/// commands. Texts of documents are left.
fn translate(value: &mut Value, is_uri: bool, to: &mut dyn FnMut(&str) -> Option<String>) {
    match value {
        Value::String(text) if is_uri => {
            if let Some(other) = to(text) {
                *text = other;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| translate(item, is_uri, to)),
        Value::Object(fields) => {
            let names = |name: &str| {
                name == "target"
                    || name == "arguments"
                    || name.get(name.len().saturating_sub(3)..).is_some_and(|it| it.eq_ignore_ascii_case("uri"))
            };
            fields.iter_mut().for_each(|(name, field)| translate(field, names(name), to));
            let keys: Vec<String> = fields.keys().filter(|key| key.starts_with("file:")).cloned().collect();
            for key in keys {
                if let Some(other) = to(&key)
                    && let Some(field) = fields.remove(&key)
                {
                    fields.insert(other, field);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use serde_json::json;

    use super::*;

    fn there_and_back(theirs: &str) -> (String, String) {
        let spellings = Spellings::default();
        let message = json!({ "params": { "textDocument": { "uri": theirs, "text": theirs } } });
        let read: Value = serde_json::from_slice(&spellings.incoming(message.to_string().into())).unwrap_or_default();
        assert_eq!(read["params"]["textDocument"]["text"], theirs, "a text is no URI");
        let ours = read["params"]["textDocument"]["uri"].as_str().unwrap_or_default().to_owned();
        let answer = json!({ "changes": { ours.clone(): [] }, "message": ours }).to_string();
        let written = spellings.outgoing(answer.as_bytes()).unwrap_or_else(|| answer.into_bytes());
        let written: Value = serde_json::from_slice(&written).unwrap_or_default();
        assert_eq!(written["message"], ours);
        (ours, written["changes"].as_object().and_then(|it| it.keys().next()).cloned().unwrap_or_default())
    }

    #[test]
    fn every_spelling_is_understood_and_kept() {
        for (theirs, ours) in [
            ("file:///a/b.lua", "file:///a/b.lua"),
            ("file:///a/mit Leerzeichen.lua", "file:///a/mit%20Leerzeichen.lua"),
            ("file:///a/ä%20b.lua", "file:///a/%C3%A4%20b.lua"),
            ("file:///a/%c3%a4.lua", "file:///a/%C3%A4.lua"),
            ("file:///c%3A/b.lua", "file:///c:/b.lua"),
            ("file:/a/b.lua", "file:///a/b.lua"),
            ("file://localhost/a/b.lua", "file:///a/b.lua"),
            ("FILE:///a/b.lua", "file:///a/b.lua"),
            ("file:///a/100%.lua", "file:///a/100%25.lua"),
            ("file:///a/[x]#1.lua", "file:///a/%5Bx%5D%231.lua"),
            ("file:///a/../b.lua", "file:///b.lua"),
            ("file://server/a.lua", "file://server/a.lua"),
            ("untitled:Untitled-1", "untitled:Untitled-1"),
        ] {
            let known = uri_of(&path_of(&Uri::from_str(ours).unwrap_or_else(|_| panic!("{ours}"))).unwrap_or_default());
            let ours =
                known.filter(|_| ours.starts_with("file:///")).map_or(ours.to_owned(), |it| it.as_str().to_owned());
            assert_eq!(there_and_back(theirs), (ours, theirs.to_owned()));
        }
    }

    #[test]
    fn files_that_the_client_never_named_are_spelled_in_its_style() {
        let spellings = Spellings::default();
        let answer = json!({ "uri": "file:///a/b%20c.lua" }).to_string();
        assert_eq!(spellings.outgoing(answer.as_bytes()), None);
        spellings.incoming(json!({ "rootUri": "file:/ä" }).to_string().into());
        let written = spellings.outgoing(answer.as_bytes()).unwrap_or_default();
        assert_eq!(String::from_utf8_lossy(&written), json!({ "uri": "file:/a/b c.lua" }).to_string());
    }
}
