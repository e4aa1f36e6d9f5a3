//! Calls that take scripts: how each is written, and where its script stands.

/// A call that takes a script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Call {
    /// The last name of what is called: `eval`, `NewScript`; or the name before a type's function: `Script` of `Script::new`.
    pub name: &'static str,
    /// Code that must stand before the name.
    pub receiver: Receiver,
    /// Place of the script.
    pub script: Argument,
    /// True if other things have the name too, so that the text must look like a script.
    pub is_weak: bool,
}

/// Code before the name of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Receiver {
    /// Something, with `.`, `->`, `?.` or `::` behind it.
    Any,
    /// Something or nothing.
    Optional,
    /// A name, as in `Script::new` or `LuaScript.Prepare`.
    Named(&'static str),
    /// Nothing: it begins a line. Its letters may be in any case.
    Line,
}

/// Place of the script in a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Argument {
    /// The argument with this index, from zero.
    Nth(u8),
    /// The first argument that has a string in it.
    FirstText,
    /// The argument after one that is one of these words, in any case; a word with a space is two arguments (redis-py's
    /// `execute_command`).
    After(&'static [&'static str]),
    /// The property or named argument with this name, in this or a nested object: `lua:` of ioredis' `defineCommand`.
    Property(&'static str),
}

impl Call {
    /// A call of a method of anything.
    pub(crate) const fn method(name: &'static str, script: Argument) -> Self {
        Self { name, receiver: Receiver::Any, script, is_weak: false }
    }

    /// A call of a function, or of a method.
    pub(crate) const fn free(name: &'static str, script: Argument) -> Self {
        Self { name, receiver: Receiver::Optional, script, is_weak: false }
    }

    /// A command of the server, at the beginning of a line.
    pub(crate) const fn command(name: &'static str, script: Argument) -> Self {
        Self { name, receiver: Receiver::Line, script, is_weak: false }
    }

    /// A call of a function of a type or package.
    pub(crate) const fn of(receiver: &'static str, name: &'static str, script: Argument) -> Self {
        Self { name, receiver: Receiver::Named(receiver), script, is_weak: false }
    }

    /// True for the name of the call, as it stands in a file.
    pub(crate) fn is_named(&self, name: &[u8]) -> bool {
        match self.receiver {
            Receiver::Line => name.eq_ignore_ascii_case(self.name.as_bytes()),
            _ => name == self.name.as_bytes(),
        }
    }

    /// The same call where other things have the name too.
    pub(crate) const fn weak(self) -> Self {
        Self { is_weak: true, ..self }
    }
}
