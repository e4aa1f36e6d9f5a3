" Description: redlua, for redlua.toml. Other TOML files are left alone.
call redlua#linter('toml')
