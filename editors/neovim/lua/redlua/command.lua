--- `:Redlua`: its subcommands and their completion.

local M = {}

local function here()
  return vim.api.nvim_get_current_buf()
end

local function argument(name)
  local what = { uri = vim.uri_from_bufnr(here()), ['function'] = name }
  if require('redlua').is_host(here()) then
    -- The script at the cursor is meant.
    local client = require('redlua').client(here())
    what.position = client and vim.lsp.util.make_position_params(0, client.offset_encoding).position
  end
  return what
end

---@type table<string, fun(rest: string)>
local subcommands = {
  run = function(rest)
    local run = require('redlua.run')
    run.pick(here(), function(name)
      local what = argument(name)
      what.line = vim.trim(rest) ~= '' and rest or nil
      run.run(what)
    end)
  end,
  ['run-with'] = function()
    local run = require('redlua.run')
    run.pick(here(), function(name)
      run.ask(argument(name))
    end)
  end,
  examples = function()
    require('redlua.run').examples(argument())
  end,
  reset = function(rest)
    require('redlua.run').reset(vim.trim(rest) ~= 'all' and argument() or nil, here())
  end,
  assembled = function()
    require('redlua.run').assembled(argument())
  end,
  where = function(rest)
    local run = require('redlua.run')
    if vim.trim(rest) ~= '' then
      return run.where(here(), rest)
    end
    vim.ui.input({ prompt = 'Error of a server: ' }, function(text)
      if text and vim.trim(text) ~= '' then
        run.where(here(), text)
      end
    end)
  end,
  hints = function()
    local filter = { bufnr = here() }
    vim.lsp.inlay_hint.enable(not vim.lsp.inlay_hint.is_enabled(filter), filter)
  end,
  server = function(rest)
    local servers = require('redlua.servers')
    local name = vim.trim(rest)
    if name == '' then
      servers.pick(here())
    else
      servers.select(here(), name)
    end
  end,
  stop = function()
    require('redlua.run').stop()
  end,
  explain = function(rest)
    require('redlua.run').explain(here(), vim.trim(rest))
  end,
}

--- Runs a subcommand; `run` without any.
function M.run(opts)
  local name, rest = opts.args:match('^%s*(%S*)%s*(.*)$')
  name = name == '' and 'run' or name
  local subcommand = subcommands[name]
  if not subcommand then
    local known = vim.tbl_keys(subcommands)
    table.sort(known)
    return vim.notify(('redlua: there is no `:Redlua %s`; there are %s'):format(name, table.concat(known, ', ')), vim.log.levels.ERROR)
  end
  subcommand(rest)
end

function M.complete(lead, line)
  local before = vim.trim(line):gsub('^%S+%s*', '')
  local choices
  if before == lead then
    choices = vim.tbl_keys(subcommands)
  elseif vim.startswith(before, 'reset') then
    choices = { 'all' }
  elseif vim.startswith(before, 'server') then
    choices = { 'embedded' }
  else
    choices = {}
  end
  table.sort(choices)
  return vim.tbl_filter(function(choice)
    return vim.startswith(choice, lead)
  end, choices)
end

return M
