---@brief
---
--- https://github.com/redlua/redlua
---
--- A language server for the Lua scripts of Redis and Valkey: it finds mistakes, completes commands inside of
--- `redis.call`, and runs scripts on an engine of its own. Lua files that are no such scripts are left alone, so it goes
--- well beside another Lua server.
---
--- Install it with `cargo install --path server/cli` in a clone of the repository.

---@type vim.lsp.Config
return {
  cmd = { 'redlua', 'lsp' },
  filetypes = { 'lua', 'toml' },
  root_markers = { 'redlua.toml', '.git' },
  root_dir = function(bufnr, on_dir)
    -- Of TOML files only the settings are ours.
    local name = vim.fs.basename(vim.api.nvim_buf_get_name(bufnr))
    if vim.bo[bufnr].filetype ~= 'toml' or name == 'redlua.toml' then
      on_dir(vim.fs.root(bufnr, vim.lsp.config.redlua.root_markers))
    end
  end,
}
