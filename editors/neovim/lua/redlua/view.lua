--- The window that shows the outcome of a run.

local M = {}

local namespace = vim.api.nvim_create_namespace('redlua.view')
---@type integer?
local window

---@class redlua.Line
---@field text string
---@field group? string how all of it is coloured
---@field jump? { path?: string, line: integer } where it comes from

--- The lines that tell of an outcome.
---@param outcome table what `redlua.run` returns
---@return redlua.Line[]
function M.lines(outcome)
  local lines = {}
  local function put(text, group, jump)
    for _, line in ipairs(vim.split(text, '\n', { plain = true })) do
      lines[#lines + 1] = { text = line, group = group, jump = jump }
    end
  end
  local failed = type(outcome.error) == 'table' and outcome.error or nil
  put(outcome.reply or '', failed and 'DiagnosticError' or vim.startswith(outcome.reply or '', '(error)') and 'DiagnosticWarn' or 'String')
  if failed and failed.line then
    put(('at line %d%s'):format(failed.line, failed.path and ' of ' .. failed.path or ''), 'Comment', failed)
  end
  local inputs = outcome.inputs or {}
  local words = require('redlua.words').line(inputs.keys or {}, inputs.args or {})
  if words ~= '' then
    put('with ' .. words .. (inputs.madeUp == true and '   (made up: examples would tell)' or ''), 'Comment')
  end
  if #(outcome.commands or {}) > 0 then
    put('')
    put('Commands', 'Title')
    for _, command in ipairs(outcome.commands) do
      local argv = table.concat(vim.tbl_map(require('redlua.words').quote, command.argv), ' ')
      local reply = (command.reply or ''):gsub('%s*\n%s*', ' ')
      put(('%4d  %s  → %s'):format(command.line or 0, argv:sub(1, 200), reply:sub(1, 200)), nil, command)
    end
  end
  if #(outcome.changes or {}) > 0 then
    put('')
    put('Changed', 'Title')
    for _, change in ipairs(outcome.changes) do
      put(('  %s  %s'):format(change.key, change.type or ''), 'Identifier')
      for _, side in ipairs({ { 'before', '-', 'Removed' }, { 'after', '+', 'Added' } }) do
        local value = change[side[1]]
        if type(value) == 'string' then
          put(('    %s '):format(side[2]) .. value:gsub('\n', '\n      '), side[3])
        end
      end
    end
  end
  if #(outcome.log or {}) > 0 then
    put('')
    put('Log', 'Title')
    for _, entry in ipairs(outcome.log) do
      put(('  %s: %s'):format(entry.level, entry.text))
    end
  end
  if #(outcome.published or {}) > 0 then
    put('')
    put('Published', 'Title')
    for _, message in ipairs(outcome.published) do
      put(('  %s: %s'):format(message.channel, message.message))
    end
  end
  local cost = outcome.cost
  if cost then
    put('')
    put(('%d command%s, %d instructions, %.1f ms'):format(cost.commands, cost.commands == 1 and '' or 's', cost.instructions, (cost.microseconds or 0) / 1000), 'Comment')
  end
  return lines
end

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
    -- A buffer's line has neither.
    return (line.text:gsub('[\r\n%z]', ' '))
  end, lines)
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].bufhidden = 'wipe'
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, texts)
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].filetype = 'redlua-outcome'
  for row, line in ipairs(lines) do
    if line.group then
      vim.api.nvim_buf_set_extmark(buffer, namespace, row - 1, 0, { end_row = row, hl_group = line.group, hl_eol = false, strict = false })
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
    local jump = lines[vim.api.nvim_win_get_cursor(0)[1]].jump
    if not jump or not jump.line then
      return
    end
    M.close()
    local target = vim.fn.bufwinid(opts.bufnr)
    if target ~= -1 then
      vim.api.nvim_set_current_win(target)
    end
    if jump.path then
      local client = require('redlua').client(opts.bufnr)
      local root = client and client.root_dir or vim.fn.getcwd()
      local path = vim.startswith(jump.path, '/') and jump.path or vim.fs.joinpath(root, jump.path)
      vim.cmd.edit(vim.fn.fnameescape(path))
    end
    local last = vim.api.nvim_buf_line_count(0)
    vim.api.nvim_win_set_cursor(0, { math.min(jump.line, last), 0 })
  end, 'Go to the line')
  vim.api.nvim_create_autocmd('WinLeave', { buffer = buffer, once = true, callback = vim.schedule_wrap(M.close) })
end

return M
