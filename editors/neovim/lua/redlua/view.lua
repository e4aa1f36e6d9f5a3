--- The window that shows the outcome of a run.

local M = {}

local namespace = vim.api.nvim_create_namespace('redlua.view')
---@type integer?
local window

---@class redlua.Line
---@field text string
---@field kind? string what it is about, as `redlua.run` tells it
---@field location? lsp.Location where it comes from

local groups = {
  reply = 'String',
  error = 'DiagnosticError',
  warning = 'DiagnosticWarn',
  note = 'Comment',
  title = 'Title',
  key = 'Identifier',
  before = 'Removed',
  after = 'Added',
  code = 'Special',
}

function M.close()
  if window and vim.api.nvim_win_is_valid(window) then
    vim.api.nvim_win_close(window, true)
  end
  window = nil
end

--- Shows lines in a window beside the cursor: q closes it, Return goes to where a line comes from, R runs again.
---@param lines redlua.Line[]
---@param title string
---@param opts { bufnr: integer, again?: fun() }
function M.show(lines, title, opts)
  M.close()
  local texts = vim.tbl_map(function(line)
    return line.text
  end, lines)
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].bufhidden = 'wipe'
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, texts)
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].filetype = 'redlua-outcome'
  for row, line in ipairs(lines) do
    if groups[line.kind] then
      vim.api.nvim_buf_set_extmark(buffer, namespace, row - 1, 0, { end_row = row, hl_group = groups[line.kind], hl_eol = false, strict = false })
    end
  end
  local width = vim.fn.strdisplaywidth(title) + 4
  for _, text in ipairs(texts) do
    width = math.max(width, vim.fn.strdisplaywidth(text))
  end
  width = math.max(20, math.min(width + 1, math.floor(vim.o.columns * 0.8)))
  local height = math.max(1, math.min(#texts, math.floor(vim.o.lines * 0.6)))
  window = vim.api.nvim_open_win(buffer, true, {
    relative = 'editor',
    row = math.max(0, vim.o.lines - height - vim.o.cmdheight - 4),
    col = math.max(0, vim.o.columns - width - 3),
    width = width,
    height = height,
    style = 'minimal',
    border = require('redlua').config.border,
    title = ' ' .. title .. ' ',
    footer = ' q close · ⏎ go to · R again ',
    footer_pos = 'right',
  })
  vim.wo[window].wrap = true
  local function map(key, action, what)
    vim.keymap.set('n', key, action, { buffer = buffer, nowait = true, desc = what })
  end
  map('q', M.close, 'Close')
  map('<Esc>', M.close, 'Close')
  map('R', function()
    M.close()
    if opts.again then
      opts.again()
    end
  end, 'Run again')
  map('<CR>', function()
    local location = lines[vim.api.nvim_win_get_cursor(0)[1]].location
    if not location then
      return
    end
    M.close()
    local target = vim.fn.bufwinid(opts.bufnr)
    if target ~= -1 then
      vim.api.nvim_set_current_win(target)
    end
    vim.lsp.util.show_document(location, 'utf-8', { focus = true })
  end, 'Go to the line')
  vim.api.nvim_create_autocmd('WinLeave', { buffer = buffer, once = true, callback = vim.schedule_wrap(M.close) })
end

return M
