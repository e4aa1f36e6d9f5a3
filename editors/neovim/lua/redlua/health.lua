--- `:checkhealth redlua`.

local M = {}

local health = vim.health

function M.check()
  health.start('redlua: the editor')
  local version = tostring(vim.version())
  if vim.fn.has('nvim-0.11') == 1 then
    health.ok('Neovim ' .. version)
  else
    health.error('Neovim ' .. version .. ' has no vim.lsp.config', { 'Install Neovim 0.11 or later' })
    return
  end

  health.start('redlua: the language server')
  local config = vim.lsp.config.redlua or {}
  local cmd = config.cmd
  if type(cmd) ~= 'table' then
    health.error('no command is configured', { 'Put the folder of the plug-in into the runtimepath', "Or call vim.lsp.config('redlua', { cmd = { 'redlua', 'lsp' } })" })
  elseif vim.fn.executable(cmd[1]) == 0 then
    health.error(('`%s` cannot be executed'):format(cmd[1]), {
      'Run `cargo install --path server/cli` in a clone of the repository; it goes to ~/.cargo/bin',
      'If the program has moved, run its `redlua setup neovim` again',
      'Or tell where it is: vim.g.redlua = { cmd = { \'/path/to/redlua\', \'lsp\' } }',
    })
  else
    local said = vim.system({ cmd[1], '--version' }, { text = true }):wait(5000)
    if said.code == 0 then
      health.ok(('%s is %s'):format(vim.trim(said.stdout), vim.fn.exepath(cmd[1])))
    else
      health.error(('`%s --version` fails: %s'):format(cmd[1], vim.trim(said.stderr or '')))
    end
  end
  if vim.lsp.is_enabled('redlua') then
    health.ok('It is started for Lua buffers')
  else
    health.warn('It is not started for Lua buffers', { "vim.lsp.enable('redlua')" })
  end
  local clients = vim.lsp.get_clients({ name = 'redlua' })
  for _, client in ipairs(clients) do
    local count = vim.tbl_count(client.attached_buffers)
    health.ok(('It serves %d buffer%s of %s'):format(count, count == 1 and '' or 's', client.root_dir or 'no folder'))
    if client.root_dir and vim.uv.fs_stat(vim.fs.joinpath(client.root_dir, 'redlua.toml')) then
      health.info('Settings are those of ' .. vim.fs.joinpath(client.root_dir, 'redlua.toml'))
    end
  end
  if #clients == 0 then
    health.info('It runs for no buffer yet: open a Lua file')
  end

  health.start('redlua: colours')
  if not pcall(vim.treesitter.language.add, 'lua') then
    health.warn('There is no tree-sitter parser for Lua', { 'Neovim brings one: see :checkhealth vim.treesitter' })
    return
  end
  for _, name in ipairs({ 'highlights', 'injections' }) do
    local ours = vim.tbl_filter(function(path)
      return path:find('redlua', 1, true) or (vim.fn.readfile(path, '', 2)[2] or ''):find('grammars/source/queries', 1, true)
    end, vim.treesitter.query.get_files('lua', name))
    local good, problem = pcall(vim.treesitter.query.get, 'lua', name)
    if not good then
      health.error(('The query `%s` of Lua is broken: %s'):format(name, problem), { 'The parser may be of another version: :checkhealth vim.treesitter' })
    elseif #ours == 0 then
      health.warn(('The query `%s` of Lua has nothing of ours'):format(name), { 'Put the folder of the plug-in into the runtimepath' })
    else
      health.ok(('The query `%s` of Lua has ours'):format(name))
    end
  end
  if not next(vim.treesitter.highlighter.active) then
    health.info('No buffer is coloured by tree-sitter at the moment; :lua vim.treesitter.start() does it')
  end
end

return M
