--- The language server's settings, and what happens when it attaches to a buffer.

local M = {}

---@class redlua.Config
---@field enable boolean whether the language server is started for Lua buffers
---@field inlay_hints boolean whether hints are shown in buffers with scripts: replies, what became of examples
---@field code_lens boolean whether what can be run is shown above scripts
---@field border string|string[] the border of the window that shows an outcome
---@field hosts boolean whether it is started for files of other languages too, whose strings may hold scripts
---@field cmd? string[] the command that starts the server
---@field settings? table as in redlua.toml
local defaults = {
  enable = true,
  inlay_hints = true,
  code_lens = true,
  hosts = true,
  border = 'rounded',
}

---@type redlua.Config
M.config = vim.deepcopy(defaults)

--- Languages whose strings may hold scripts, by the names that the protocol has for them.
local hosts = {
  python = 'python',
  javascript = 'javascript',
  javascriptreact = 'javascriptreact',
  typescript = 'typescript',
  typescriptreact = 'typescriptreact',
  vue = 'vue',
  svelte = 'svelte',
  go = 'go',
  java = 'java',
  kotlin = 'kotlin',
  php = 'php',
  ruby = 'ruby',
  cs = 'csharp',
  rust = 'rust',
  sh = 'shellscript',
  bash = 'shellscript',
  zsh = 'shellscript',
  markdown = 'markdown',
  mdx = 'mdx',
}

--- Whether a buffer is in a language whose strings may hold scripts.
---@param bufnr integer
---@return boolean
function M.is_host(bufnr)
  return hosts[vim.bo[bufnr].filetype] ~= nil
end

local group = vim.api.nvim_create_augroup('redlua', {})

--- Whether a buffer seems to hold Redis Lua. The server knows better; this decides only what is shown without being asked.
---@param bufnr integer
---@return boolean
function M.is_script(bufnr)
  local text = table.concat(vim.api.nvim_buf_get_lines(bufnr, 0, 2000, false), '\n')
  return text:find('^#!lua') ~= nil
    or text:find('%f[%w]redis%s*%.%s*p?call') ~= nil
    or text:find('%f[%w]server%s*%.%s*p?call') ~= nil
    or text:find('%f[%w]KEYS%s*%[') ~= nil
    or text:find('%f[%w]ARGV%s*%[') ~= nil
end

--- The server that a buffer is attached to.
---@param bufnr integer
---@return vim.lsp.Client?
function M.client(bufnr)
  return vim.lsp.get_clients({ name = 'redlua', bufnr = bufnr })[1]
end

--- Formatting is registered for scripts alone, and Neovim (0.11) lets `gq` ask for it in all buffers of the server.
---@param client vim.lsp.Client
local function leave_formatexpr(client)
  for bufnr in pairs(client.attached_buffers) do
    local others = vim.tbl_filter(function(other)
      return other.id ~= client.id and other:supports_method('textDocument/rangeFormatting', bufnr)
    end, vim.lsp.get_clients({ bufnr = bufnr }))
    if M.is_host(bufnr) and #others == 0 and vim.bo[bufnr].formatexpr == 'v:lua.vim.lsp.formatexpr()' then
      vim.bo[bufnr].formatexpr = ''
    end
  end
end

--- What the server registers while it runs, without what Neovim makes of that in files of other languages.
local function register(err, params, ctx, config)
  local result = vim.lsp.handlers['client/registerCapability'](err, params, ctx, config)
  local client = vim.lsp.get_client_by_id(ctx.client_id)
  if client then
    leave_formatexpr(client)
  end
  return result
end

local function decorate(bufnr)
  if not vim.api.nvim_buf_is_loaded(bufnr) or not M.client(bufnr) or not M.is_script(bufnr) then
    return
  end
  -- These are turned on for all servers of a buffer at once: in other languages that is for the user to do.
  if M.is_host(bufnr) then
    return
  end
  if M.config.inlay_hints and not vim.b[bufnr].redlua_hints then
    -- Once: whoever turns them off after this wants them off.
    vim.b[bufnr].redlua_hints = true
    vim.lsp.inlay_hint.enable(true, { bufnr = bufnr })
  end
  if M.config.code_lens then
    vim.lsp.codelens.refresh({ bufnr = bufnr })
  end
end

---@param client vim.lsp.Client
---@param bufnr integer
local function attached(client, bufnr)
  if client.name ~= 'redlua' then
    return
  end
  leave_formatexpr(client)
  decorate(bufnr)
  vim.api.nvim_clear_autocmds({ group = group, buffer = bufnr })
  vim.api.nvim_create_autocmd({ 'BufEnter', 'InsertLeave', 'TextChanged', 'BufWritePost' }, {
    group = group,
    buffer = bufnr,
    callback = function()
      decorate(bufnr)
    end,
  })
end

--- On Linux Neovim watches no files by itself. The server looks at the disk when it is told of changes, of none too.
local function look_again()
  for _, client in ipairs(vim.lsp.get_clients({ name = 'redlua' })) do
    client:notify('workspace/didChangeWatchedFiles', { changes = {} })
  end
end

--- What `redlua setup neovim --with` has written down.
---@return string[]?
local function named()
  local found, program = pcall(require, 'redlua.program')
  return found and { program, 'lsp' } or nil
end

--- Gives the client its configuration and, unless told otherwise, starts it for Lua buffers.
function M.start()
  M.config = vim.tbl_deep_extend('force', vim.deepcopy(defaults), M.config, vim.g.redlua or {})
  local run = require('redlua.run')
  local filetypes = { 'lua', 'toml' }
  if M.config.hosts then
    vim.list_extend(filetypes, vim.tbl_keys(hosts))
  end
  vim.lsp.config('redlua', {
    cmd = M.config.cmd or named(),
    filetypes = filetypes,
    get_language_id = function(_, filetype)
      return hosts[filetype] or filetype
    end,
    handlers = { ['client/registerCapability'] = register },
    -- So the server leaves questions and outcomes to us.
    init_options = { redlua = { inputs = true, hosts = M.config.hosts } },
    settings = M.config.settings and { redlua = M.config.settings } or nil,
    commands = run.client_commands,
  })
  vim.api.nvim_clear_autocmds({ group = group })
  vim.api.nvim_create_autocmd('LspAttach', {
    group = group,
    callback = function(args)
      local client = vim.lsp.get_client_by_id(args.data.client_id)
      if client then
        attached(client, args.buf)
      end
    end,
  })
  vim.api.nvim_create_autocmd({ 'FocusGained', 'BufEnter', 'ShellCmdPost', 'TermLeave' }, { group = group, callback = look_again })
  -- With the buffer read anew Neovim forgets that hints were on.
  vim.api.nvim_create_autocmd('LspDetach', {
    group = group,
    callback = function(args)
      if vim.api.nvim_buf_is_valid(args.buf) then
        vim.b[args.buf].redlua_hints = nil
      end
    end,
  })
  if M.config.enable then
    vim.lsp.enable('redlua')
  end
end

--- Changes settings from a configuration that is read after the plug-in; vim.g.redlua does the same before.
---@param opts? table
function M.setup(opts)
  M.config = vim.tbl_deep_extend('force', M.config, opts or {})
  vim.g.redlua = vim.tbl_deep_extend('force', vim.g.redlua or {}, opts or {})
  if vim.g.loaded_redlua then
    M.start()
    vim.lsp.enable('redlua', M.config.enable)
  end
end

return M
