//! The libraries that the servers add to Lua, a file each; `register` leaves the library's table on the stack.
