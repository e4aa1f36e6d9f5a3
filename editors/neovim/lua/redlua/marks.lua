--- Outcomes as virtual text, for buffers without inlay hints: where those are on, the server shows the same with them.

local M = {}

local namespace = vim.api.nvim_create_namespace('redlua.marks')

--- Whether the server's hints show it already.
local function is_shown(bufnr)
  return vim.lsp.inlay_hint.is_enabled({ bufnr = bufnr })
end

--- What is told holds for the text as it is: the first edit takes it away.
local function until_edited(bufnr)
  vim.api.nvim_create_autocmd({ 'TextChanged', 'TextChangedI' }, {
    buffer = bufnr,
    once = true,
    callback = function()
      M.clear(bufnr)
    end,
  })
end

function M.clear(bufnr)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
end

---@param bufnr integer
---@param row integer from 1
---@param text string
---@param group string
local function put(bufnr, row, text, group)
  local last = vim.api.nvim_buf_line_count(bufnr)
  vim.api.nvim_buf_set_extmark(bufnr, namespace, math.min(row, last) - 1, 0, {
    virt_text = { { text, group } },
    virt_text_pos = 'eol',
  })
end

local function one_line(text)
  local line = vim.trim((text:gsub('%s+', ' ')))
  return vim.fn.strchars(line) > 60 and vim.fn.strcharpart(line, 0, 59) .. '…' or line
end

--- Marks each example.
---@param bufnr integer
---@param verdicts table[] what `redlua.runExamples` returns
function M.examples(bufnr, verdicts)
  M.clear(bufnr)
  if is_shown(bufnr) or #verdicts == 0 then
    return
  end
  for _, verdict in ipairs(verdicts) do
    if verdict.passed then
      put(bufnr, verdict.lastLine, '✓', 'DiagnosticOk')
    else
      put(bufnr, verdict.lastLine, '✗ ' .. one_line(verdict.got or verdict.error or ''), 'DiagnosticWarn')
    end
  end
  until_edited(bufnr)
end

--- Shows the reply below the script's last line.
---@param bufnr integer
---@param outcome table what `redlua.run` returns
function M.reply(bufnr, outcome)
  M.clear(bufnr)
  if is_shown(bufnr) then
    return
  end
  local failed = type(outcome.error) == 'table' and outcome.error or nil
  local row = failed and not failed.path and failed.line
  if not row then
    row = vim.api.nvim_buf_line_count(bufnr)
    while row > 1 and vim.api.nvim_buf_get_lines(bufnr, row - 1, row, false)[1]:find('^%s*$') do
      row = row - 1
    end
  end
  put(bufnr, row, '→ ' .. one_line(outcome.reply or ''), failed and 'DiagnosticError' or 'DiagnosticHint')
  until_edited(bufnr)
end

return M
