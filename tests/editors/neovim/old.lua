-- The lines of the README for Neovim before 0.11, in a file of Python.
local function check(what, fits)
  if not fits then
    print('old.lua: ' .. what)
    vim.cmd('cquit')
  end
end

local function ask(method)
  local answers = vim.lsp.buf_request_sync(0, method, vim.lsp.util.make_position_params(), 20000) or {}
  local _, answer = next(answers)
  return answer and answer.result
end

vim.cmd('edit app.py')
check('no findings', vim.wait(30000, function() return #vim.diagnostic.get(0) == 2 end))
local found = vim.diagnostic.get(0)
check('a misspelt command', found[1].lnum == 2 and found[1].message:find('GTE', 1, true))
check('a call without keys', found[2].lnum == 4 and found[2].message:find('no keys are given', 1, true))
vim.api.nvim_win_set_cursor(0, { 3, 26 })
local hover = ask('textDocument/hover')
check('no hover', hover and hover.contents.value:find('KEYS[1]', 1, true))
local list = ask('textDocument/completion')
check('no completion', list and #list.items > 0)
local able = vim.lsp.get_active_clients()[1].server_capabilities
check('formats Python', able.documentFormattingProvider == nil)
vim.cmd('qall!')
