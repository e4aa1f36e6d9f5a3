//! The command table and the Lua API of every server version as data, and how one call binds to them.
