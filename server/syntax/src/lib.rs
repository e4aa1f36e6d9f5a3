//! Lua source to our own tree, with errors; the only crate that knows full_moon.
