" Description: redlua, the language server for Lua scripts of Redis and Valkey. Plain Lua is left alone by it.
call redlua#linter('lua')
