//! JSON to values. Arrays and objects within others are kept on a list rather than on the stack of the thread; Lua's stack
//! is used as the servers use it, for its limit ends what the depth's limit lets pass.

use super::{
    settings::{Setting, Settings},
    token::{Lexer, Token},
};
use crate::lua::{State, Throw};

/// Container being read. Its table is on the stack, an object's key above it.
enum Open {
    Array { len: i32 },
    Object,
}

/// Pushes the value of a text.
pub(super) fn decode(state: State, text: &[u8], settings: &Settings) -> Result<(), Throw> {
    let mut reader = Reader { state, settings, lexer: Lexer::new(text, settings.is_on(Setting::DecodeInvalid)) };
    let mut open: Vec<Open> = Vec::new();
    let mut token = reader.lexer.next();
    loop {
        if let Some(first) = reader.value(&token, &mut open)? {
            token = first;
            continue;
        }
        meter::tick(1);
        // A value is complete, which may be the last one of what it is in.
        loop {
            match open.last_mut() {
                None => {
                    let token = reader.lexer.next();
                    return if matches!(token, Token::End) {
                        Ok(())
                    } else {
                        Err(reader.unexpected("the end", &token))
                    };
                }
                Some(Open::Array { len }) => {
                    *len = len.wrapping_add(1);
                    state.raw_set_at(-2, *len);
                    match reader.lexer.next() {
                        Token::ArrayEnd => _ = open.pop(),
                        Token::Comma => {
                            token = reader.lexer.next();
                            break;
                        }
                        token => return Err(reader.unexpected("comma or array end", &token)),
                    }
                }
                Some(Open::Object) => {
                    state.raw_set(-3);
                    match reader.lexer.next() {
                        Token::ObjectEnd => _ = open.pop(),
                        Token::Comma => {
                            let key = reader.lexer.next();
                            token = reader.key(&key)?;
                            break;
                        }
                        token => return Err(reader.unexpected("comma or object end", &token)),
                    }
                }
            }
        }
    }
}

struct Reader<'a> {
    state: State,
    settings: &'a Settings,
    lexer: Lexer<'a>,
}

impl Reader<'_> {
    fn unexpected(&self, expected: &str, found: &Token) -> Throw {
        let at = self.lexer.start + 1;
        self.state.error(format!("Expected {expected} but found {} at character {at}", found.name()))
    }

    /// Goes one deeper.
    fn descend(&self, depth: usize, slots: i32) -> Result<(), Throw> {
        let most = usize::try_from(self.settings.get(Setting::DecodeDepth)).unwrap_or(0);
        if depth > most || !self.state.reserve(slots) {
            let at = self.lexer.at;
            return Err(self.state.error(format!("Found too many nested data structures ({depth}) at character {at}")));
        }
        Ok(())
    }

    /// Pushes the value that a token begins; if items follow, their table only, and gives the token of the first one.
    fn value(&mut self, token: &Token, open: &mut Vec<Open>) -> Result<Option<Token>, Throw> {
        let state = self.state;
        match token {
            Token::String => state.push_bytes(self.lexer.string()),
            Token::Number(value) => state.push_number(*value),
            Token::Boolean(value) => state.push_bool(*value),
            Token::Null => state.push_null(),
            Token::ArrayBegin => {
                self.descend(open.len() + 1, 2)?;
                state.new_table(0, 0);
                if self.settings.is_on(Setting::MarkArrays) {
                    Settings::mark(state);
                }
                let first = self.lexer.next();
                if !matches!(first, Token::ArrayEnd) {
                    open.push(Open::Array { len: 0 });
                    return Ok(Some(first));
                }
            }
            Token::ObjectBegin => {
                self.descend(open.len() + 1, 3)?;
                state.new_table(0, 0);
                let first = self.lexer.next();
                if !matches!(first, Token::ObjectEnd) {
                    open.push(Open::Object);
                    return self.key(&first).map(Some);
                }
            }
            _ => return Err(self.unexpected("value", token)),
        }
        Ok(None)
    }

    /// Pushes an object's key, and gives the token behind its colon.
    fn key(&mut self, token: &Token) -> Result<Token, Throw> {
        if !matches!(token, Token::String) {
            return Err(self.unexpected("object key string", token));
        }
        self.state.push_bytes(self.lexer.string());
        match self.lexer.next() {
            Token::Colon => Ok(self.lexer.next()),
            token => Err(self.unexpected("colon", &token)),
        }
    }
}
