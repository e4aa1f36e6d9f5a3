--- Runs by the language server: what is asked before, and what is shown after.

local M = {}

local function tell(text, level)
  vim.notify('redlua: ' .. text, level or vim.log.levels.INFO)
end

---@param bufnr integer
---@return vim.lsp.Client?
local function client_of(bufnr)
  local client = require('redlua').client(bufnr)
  if not client then
    tell('no language server is attached to this buffer; :checkhealth redlua tells why', vim.log.levels.WARN)
  end
  return client
end

--- Sends a command to the server.
---@param bufnr integer
---@param command string
---@param argument? table
---@param done fun(result: any)
local function execute(bufnr, command, argument, done)
  local client = client_of(bufnr)
  if not client then
    return
  end
  local params = { command = command, arguments = argument and { argument } or vim.empty_dict() }
  if not argument then
    params.arguments = nil
  end
  client:request('workspace/executeCommand', params, function(err, result)
    if err then
      tell(err.message, vim.log.levels.ERROR)
    elseif result ~= nil and result ~= vim.NIL then
      done(result)
    end
  end, bufnr)
end

--- Progress of the runs on real servers that have not ended: the client of each.
---@type table<string, vim.lsp.Client>
local running = {}
local runs = 0

--- The same on a real server. It is answered also when it is stopped, by what became of the script.
---@param bufnr integer
---@param argument table
---@param done fun(outcome: table)
local function execute_on(bufnr, argument, done)
  local client = client_of(bufnr)
  if not client then
    return
  end
  runs = runs + 1
  local token = ('redlua-neovim-%d'):format(runs)
  running[token] = client
  local params = { command = 'redlua.run', arguments = { argument }, workDoneToken = token }
  client:request('workspace/executeCommand', params, function(err, result)
    running[token] = nil
    if err then
      tell(err.message, vim.log.levels.ERROR)
    else
      done(result)
    end
  end, bufnr)
end

--- Ends the runs on real servers.
function M.stop()
  if not next(running) then
    tell('nothing runs on a server')
  end
  for token, client in pairs(running) do
    client:notify('window/workDoneProgress/cancel', { token = token })
  end
end

local function uri_of(bufnr)
  return vim.uri_from_bufnr(bufnr)
end

--- Runs, and shows the outcome.
---@param argument table what `redlua.run` takes
function M.run(argument)
  local bufnr = vim.uri_to_bufnr(argument.uri)
  argument = vim.tbl_extend('force', argument, { ask = false, view = true })
  argument.inputs = nil
  argument.on = argument.on or require('redlua.servers').selected
  local function show(outcome)
    require('redlua.marks').reply(bufnr, outcome)
    local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(bufnr), ':t')
    local title = argument['function'] and ('%s of %s'):format(argument['function'], name) or name
    if argument.on then
      title = ('%s on %s'):format(title, argument.on)
    end
    require('redlua.view').show(outcome.view, title, {
      bufnr = bufnr,
      again = function()
        -- Leave to write is given for one run.
        local same = vim.tbl_extend('force', argument, { line = outcome.inputs and outcome.inputs.line })
        same.write, same.confirm = nil, nil
        M.run(same)
      end,
    })
  end
  if not argument.on then
    return execute(bufnr, 'redlua.run', argument, show)
  end
  -- These are about the embedded engine.
  argument.fresh, argument.target, argument.example = nil, nil, nil
  execute_on(bufnr, argument, function(outcome)
    local servers = require('redlua.servers')
    if outcome.wants == 'password' then
      servers.connect(bufnr, argument.on, true, function()
        M.run(argument)
      end)
    elseif outcome.consent and not argument.write then
      servers.consent(outcome.consent, function(more)
        local given = { line = outcome.inputs and outcome.inputs.line }
        M.run(vim.tbl_extend('force', argument, given, more))
      end)
    else
      show(outcome)
    end
  end)
end

--- Asks for keys and arguments in one line.
local function type_them(argument, form)
  vim.ui.input({ prompt = form.prompt .. ': ', default = form.line }, function(line)
    if line then
      M.run(vim.tbl_extend('force', argument, { line = line }))
    end
  end)
end

--- Asks what to run with: what was last used, what examples have, or something else.
---@param argument table what `redlua.run` takes; `inputs` as `redlua.inputs` returns it
function M.ask(argument)
  local bufnr = vim.uri_to_bufnr(argument.uri)
  local plain = { uri = argument.uri, position = argument.position, ['function'] = argument['function'] }
  local function choose(form)
    local known = vim.tbl_filter(function(choice)
      return choice.from ~= 'header'
    end, form.choices or {})
    if #known == 0 then
      return type_them(plain, form)
    end
    local items = vim.list_extend(vim.deepcopy(known), { { other = true } })
    vim.ui.select(items, {
      prompt = 'Run with',
      format_item = function(item)
        if item.other then
          return 'other keys and arguments …'
        end
        return item.line .. (item.from == 'last' and '   (last time)' or '')
      end,
    }, function(item)
      if not item then
        return
      end
      if item.other then
        return type_them(plain, form)
      end
      M.run(vim.tbl_extend('force', plain, { line = item.line }))
    end)
  end
  if argument.inputs then
    return choose(argument.inputs)
  end
  execute(bufnr, 'redlua.inputs', plain, choose)
end

--- Runs the examples: marks them, and lists the wrong ones.
---@param argument { uri: string, position?: lsp.Position }
function M.examples(argument)
  local bufnr = vim.uri_to_bufnr(argument.uri)
  local what = { uri = argument.uri, position = argument.position }
  execute(bufnr, 'redlua.runExamples', what, function(verdicts)
    require('redlua.marks').examples(bufnr, verdicts)
    local wrong = vim.tbl_filter(function(verdict)
      return not verdict.passed
    end, verdicts)
    vim.fn.setloclist(0, {}, ' ', {
      title = 'Examples',
      items = vim.tbl_map(function(verdict)
        return { bufnr = bufnr, lnum = verdict.line, text = verdict.command .. ' gives ' .. (verdict.got or verdict.error or ''), type = 'W' }
      end, wrong),
    })
    if #verdicts == 0 then
      return tell('there are no examples: `--> EVAL . 1 key argument` begins one, `--= reply` follows')
    end
    local count = ('%d example%s'):format(#verdicts, #verdicts == 1 and '' or 's')
    if #wrong == 0 then
      tell(count .. ' ✓')
    else
      tell(('%s: %d ✗ (:lopen lists them)'):format(count, #wrong), vim.log.levels.WARN)
    end
  end)
end

--- Empties a keyspace, or all of them.
---@param argument? { uri: string }
---@param bufnr integer
function M.reset(argument, bufnr)
  execute(bufnr, 'redlua.resetKeyspace', argument, function(result)
    tell(result.reset == 0 and 'no keyspace has been used yet' or 'the keyspace is as at the beginning')
  end)
end

--- Has a function of a library chosen: the one that is on the cursor's line, else by its name.
---@param found { name: string, row?: integer }[]
---@param done fun(name: string?)
local function choose_function(found, done)
  if #found < 2 then
    return done(found[1] and found[1].name)
  end
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  for _, it in ipairs(found) do
    if it.row == row then
      return done(it.name)
    end
  end
  vim.ui.select(found, {
    prompt = 'Run which function?',
    format_item = function(it)
      return it.name
    end,
  }, function(it)
    if it then
      done(it.name)
    end
  end)
end

--- The same in a file of another language, for the script at the cursor: lenses are those of all its scripts.
---@param client vim.lsp.Client
---@param bufnr integer
---@param done fun(name: string?)
local function pick_in_host(client, bufnr, done)
  local position = vim.lsp.util.make_position_params(0, client.offset_encoding).position
  local params = { command = 'redlua.status', arguments = { { uri = uri_of(bufnr), position = position } } }
  client:request('workspace/executeCommand', params, function(err, status)
    if err then
      return tell(err.message, vim.log.levels.ERROR)
    end
    if type(status) ~= 'table' or not status.script then
      return tell('there is nothing to run here: the cursor is in no Redis script', vim.log.levels.WARN)
    end
    local line = vim.api.nvim_get_current_line()
    local row = vim.api.nvim_win_get_cursor(0)[1] - 1
    local found = vim.tbl_map(function(name)
      local is_here = line:find("'" .. name .. "'", 1, true) or line:find('"' .. name .. '"', 1, true)
      return { name = name, row = is_here and row or nil }
    end, status.library and status.functions or {})
    choose_function(found, done)
  end, bufnr)
end

--- The function of a library that is at the cursor; nil in a script. `done` is not called where nothing can be run.
---@param bufnr integer
---@param done fun(name: string?)
function M.pick(bufnr, done)
  local client = client_of(bufnr)
  if not client then
    return
  end
  if require('redlua').is_host(bufnr) then
    return pick_in_host(client, bufnr, done)
  end
  client:request('textDocument/codeLens', { textDocument = { uri = uri_of(bufnr) } }, function(err, lenses)
    if err then
      return tell(err.message, vim.log.levels.ERROR)
    end
    local found, seen, any = {}, {}, false
    for _, lens in ipairs(lenses or {}) do
      local command = lens.command
      if command and command.command == 'redlua.run' then
        any = true
        local name = command.arguments[1]['function']
        if name and not seen[name] then
          seen[name] = true
          found[#found + 1] = { name = name, row = lens.range.start.line }
        end
      end
    end
    if not any then
      return tell('there is nothing to run here: this is no Redis script', vim.log.levels.WARN)
    end
    choose_function(found, done)
  end, bufnr)
end

--- What lenses and actions of the server do here.
M.client_commands = {
  ['redlua.run'] = function(command)
    local argument = command.arguments[1]
    if argument.ask then
      M.ask(argument)
    else
      M.run(argument)
    end
  end,
  ['redlua.runExamples'] = function(command)
    M.examples(command.arguments[1])
  end,
  ['redlua.resetKeyspace'] = function(command, context)
    M.reset(command.arguments and command.arguments[1], context.bufnr)
  end,
  ['redlua.explain'] = function(command, context)
    M.explain(context.bufnr, command.arguments[1].name)
  end,
  ['redlua.showReferences'] = function(command, context)
    local client = vim.lsp.get_client_by_id(context.client_id)
    local items = vim.lsp.util.locations_to_items(command.arguments[3] or {}, client and client.offset_encoding or 'utf-16')
    vim.fn.setqflist({}, ' ', { title = command.title, items = items })
    vim.cmd('botright copen')
  end,
}

--- Shows the script as it is loaded, with its includes, in a buffer that cannot be edited. Its name has the SHA1.
---@param argument table what `redlua.showAssembled` takes
function M.assembled(argument)
  local what = { uri = argument.uri, position = argument.position, show = false }
  execute(vim.uri_to_bufnr(argument.uri), 'redlua.showAssembled', what, function(told)
    local stem = told.name:gsub('%.lua$', '')
    local name = ('redlua://%s %s.lua'):format(stem, type(told.sha1) == 'string' and told.sha1 or '(library)')
    local bufnr = vim.fn.bufadd(name)
    vim.fn.bufload(bufnr)
    local options = vim.bo[bufnr]
    options.modifiable = true
    vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, vim.split((told.text:gsub('\n$', '')), '\n', { plain = true }))
    options.buftype, options.bufhidden, options.swapfile = 'nofile', 'wipe', false
    options.modified, options.modifiable = false, false
    vim.cmd.sbuffer(bufnr)
    options.filetype = 'lua'
    if #told.missing > 0 then
      tell('includes that lead nowhere: ' .. table.concat(told.missing, ', '), vim.log.levels.WARN)
    end
  end)
end

--- The lines of a page in Markdown, without the marks of code blocks.
local function page_lines(markdown)
  local lines, in_block = {}, false
  for _, line in ipairs(vim.split(vim.trim(markdown), '\n')) do
    if vim.startswith(line, '```') then
      in_block = not in_block
    elseif in_block then
      lines[#lines + 1] = { text = '  ' .. line, kind = 'code' }
    else
      lines[#lines + 1] = { text = line, kind = line:find('^#') and 'title' or nil }
    end
  end
  return lines
end

--- Lists the rules.
local function list_rules(bufnr)
  local cmd = vim.lsp.config.redlua.cmd or { 'redlua' }
  vim.system({ cmd[1], 'explain' }, { text = true }, function(said)
    vim.schedule(function()
      local show = require('redlua.view').show
      show(page_lines(said.code == 0 and said.stdout or said.stderr), 'rules', { bufnr = bufnr })
    end)
  end)
end

--- Shows the page of a rule, a command or a function; without a name that of what the cursor is at, else the list of rules.
---@param bufnr integer
---@param name? string
function M.explain(bufnr, name)
  local client = client_of(bufnr)
  if not client then
    return
  end
  local argument = { name = name, show = false }
  if not name or name == '' then
    local at = vim.lsp.util.make_position_params(0, client.offset_encoding)
    argument = { uri = at.textDocument.uri, position = at.position, show = false }
  end
  client:request('workspace/executeCommand', { command = 'redlua.explain', arguments = { argument } }, function(err, page)
    if err then
      tell(err.message, vim.log.levels.WARN)
      if not argument.name then
        list_rules(bufnr)
      end
    else
      require('redlua.view').show(page_lines(page.markdown), page.name, { bufnr = bufnr })
    end
  end, bufnr)
end

--- Opens the script and the line that an error of a server's came from.
function M.where(bufnr, text)
  execute(bufnr, 'redlua.where', { error = text }, function() end)
end

return M
