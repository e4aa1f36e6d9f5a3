//! Scopes, constants, command calls and the arity of a script.
