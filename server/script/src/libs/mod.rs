//! The libraries that the servers add to Lua, a file each; `register` leaves the library's table on the stack.
pub(crate) mod cmsgpack {
    pub(crate) fn register(s: crate::lua::State) {
        s.new_table(0, 0);
    }
}
pub(crate) mod structs {
    pub(crate) fn register(s: crate::lua::State) {
        s.new_table(0, 0);
    }
}
pub(crate) mod bit {
    pub(crate) fn register(s: crate::lua::State) {
        s.new_table(0, 0);
    }
}
pub(crate) mod cjson {
    pub(crate) fn register(s: crate::lua::State, _: commands::Target) {
        s.new_table(0, 0);
    }
}
