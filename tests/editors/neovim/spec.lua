--- Drives a Neovim like a user does: by keys, in an editor with a screen. Run by `tests/editors/neovim/run`:
---
---   nvim --clean --headless -l spec.lua WORKSPACE [PATTERN]
---
--- A child has the plug-in installed, in the environment of the parent; what is asked of it goes over RPC.

local workspace, only = arg[1], arg[2]
local nvim = vim.v.progpath
local child ---@type integer
local failures, count = {}, 0

local function start(more)
  local cmd = { nvim, '--embed', '-i', 'NONE', '-n' }
  vim.list_extend(cmd, more or {})
  child = vim.fn.jobstart(cmd, { rpc = true, cwd = workspace })
  assert(child > 0, 'no child')
  vim.rpcrequest(child, 'nvim_ui_attach', 110, 34, {})
end

local function stop()
  pcall(vim.rpcnotify, child, 'nvim_command', 'qa!')
  if vim.fn.jobwait({ child }, 3000)[1] == -1 then
    vim.fn.jobstop(child)
  end
end

--- What a child at a prompt is asked would never be answered.
local function free()
  if vim.rpcrequest(child, 'nvim_get_mode').blocking then
    vim.rpcrequest(child, 'nvim_input', '<CR>')
    error('the editor waits at a prompt', 3)
  end
end

local function lua(code, ...)
  free()
  return vim.rpcrequest(child, 'nvim_exec_lua', code, { ... })
end

local function keys(text)
  vim.rpcrequest(child, 'nvim_input', text)
end

local function ex(command)
  free()
  vim.rpcrequest(child, 'nvim_command', command)
end

--- Waits until Lua code in the child gives something true, and returns that.
local function await(what, code, ...)
  local last
  local args = { ... }
  local good = vim.wait(60000, function()
    -- A child in the middle of a prompt answers later.
    local fine, result = pcall(lua, code, unpack(args))
    last = result
    return fine and result ~= nil and result ~= vim.NIL and result ~= false
  end, 40)
  if not good then
    error(('waited in vain for %s; last: %s'):format(what, vim.inspect(last)), 2)
  end
  return last
end

local function has(text, part)
  if type(text) == 'table' then
    text = table.concat(text, '\n')
  end
  if not text:find(part, 1, true) then
    error(('%q is not in:\n%s'):format(part, text), 2)
  end
end

local function file(name, lines)
  vim.fn.mkdir(workspace, 'p')
  vim.fn.writefile(lines, workspace .. '/' .. name)
  return name
end

local function open(name)
  -- A buffer whose file was written anew meanwhile would ask what to do.
  ex('silent! %bwipeout!')
  ex('edit! ' .. name)
  await('the server', "return #vim.lsp.get_clients({ name = 'redlua', bufnr = 0 }) > 0")
  -- The workspace has been read when something is answered.
  await('an answer', [[
    local answers = vim.lsp.buf_request_sync(0, 'textDocument/documentSymbol', { textDocument = vim.lsp.util.make_text_document_params() }, 3000)
    return answers and next(answers) ~= nil
  ]])
end

local outcome = [[
  if vim.bo.filetype ~= 'redlua-outcome' then return nil end
  return vim.api.nvim_buf_get_lines(0, 0, -1, false)
]]
local hints = [[
  local labels = {}
  for _, hint in ipairs(vim.lsp.inlay_hint.get({ bufnr = 0 })) do
    labels[#labels + 1] = hint.inlay_hint.label
  end
  local all = table.concat(labels, '|')
  return all:find(..., 1, true) and all or nil
]]

local tests = {}
local function test(name, body)
  tests[#tests + 1] = { name, body }
end

local stock = {
  '-- KEYS[1] the stock',
  '-- ARGV[1] how many to take',
  '--> SET stock:42 5',
  '--= OK',
  '--> EVAL . 1 stock:42 2',
  '--= (integer) 3',
  '',
  "local left = tonumber(redis.call('GET', KEYS[1]) or 0)",
  'if left < tonumber(ARGV[1]) then',
  "  return redis.error_reply('SHORT')",
  'end',
  "return redis.call('DECRBY', KEYS[1], ARGV[1])",
}

test('attaches to a script and shows what it finds', function()
  open(file('wrong.lua', { "return redis.call('GTE', KEYS[1])" }))
  local found = await('a finding', [[
    local all = vim.diagnostic.get(0)
    return all[1] and { all[1].message, all[1].code, all[1].col }
  ]])
  has(found[1], 'did you mean GET?')
  assert(found[2] == 'unknown-command' and found[3] == 18, vim.inspect(found))
end)

test('a fix is applied by a code action', function()
  open(file('fix.lua', { "return redis.call('GTE', KEYS[1])" }))
  await('a finding', 'return #vim.diagnostic.get(0) > 0')
  ex('normal! 0fG')
  lua([[vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.kind == 'quickfix' and action.title:find('GET') ~= nil end })]])
  await('the fix', [[return vim.api.nvim_get_current_line():find("'GET'", 1, true) ~= nil]])
  await('no finding', 'return #vim.diagnostic.get(0) == 0')
end)

test('sees what other programs do to includes and settings', function()
  local part = "local function help(key) return redis.call('%s', key) end"
  file('part.lua', { part:format('GET') })
  open(file('includes.lua', { '--- @include "part"', "return { help(KEYS[1]), redis.call('GTE', KEYS[1]) }" }))
  local found = [[
    local all = {}
    for _, it in ipairs(vim.diagnostic.get(0)) do all[#all + 1] = it.code .. it.severity end
    return table.concat(all, ' ') == ... or nil
  ]]
  await('a finding', found, 'unknown-command1')
  -- By coming back to the editor.
  os.remove(workspace .. '/part.lua')
  lua([[vim.api.nvim_exec_autocmds('FocusGained', {})]])
  await('the missing include', found, 'include-not-found1 unknown-command1')
  -- By saving.
  file('part.lua', { part:format('GET') })
  ex('silent write!')
  await('the include', found, 'unknown-command1')
  local settings = vim.fn.readfile(workspace .. '/redlua.toml')
  file('redlua.toml', { '[lints]', "unknown-command = 'warn'" })
  ex('silent write!')
  await('the settings', found, 'unknown-command2')
  -- By opening another buffer and coming back.
  file('redlua.toml', settings)
  ex('edit ' .. file('another.lua', { 'return 1' }))
  ex('buffer includes.lua')
  await('the settings of before', found, 'unknown-command1')
end)

test('a folder by a link is the same folder', function()
  vim.fn.mkdir(workspace .. '/real', 'p')
  file('real/part.lua', { "local function help(key) return redis.call('GET', key) end" })
  file('real/it.lua', { '--- @include "part"', "return { help(KEYS[1]), redis.call('GTE', KEYS[1]) }" })
  vim.uv.fs_symlink(workspace .. '/real', workspace .. '/link', { dir = true })
  open('link/it.lua')
  await('the findings', [[
    local all = vim.diagnostic.get(0)
    return #all == 1 and all[1].code == 'unknown-command' or nil
  ]])
  ex('normal! 2G0fh')
  lua('vim.lsp.buf.definition()')
  await('the fragment', [[return vim.api.nvim_buf_get_name(0):find('part.lua', 1, true) ~= nil]])
end)

test("finds where an error of a server's came from", function()
  file('keyed.lua', { 'local key = KEYS[1]', "return redis.call('GET', key)" })
  open(file('elsewhere.lua', { "return redis.call('PING')" }))
  local error = 'ERR boom script: 2099a2062384b1dbcd5a23fe0f62d7764cb5c846, on @user_script:2.'
  ex('Redlua where ' .. error)
  await('the place', [[return vim.api.nvim_buf_get_name(0):find('keyed.lua', 1, true) and vim.api.nvim_win_get_cursor(0)[1] == 2]])
end)

test('leaves plain Lua alone', function()
  open(file('plain.lua', { 'local x = { unused = 1 }', 'foo.bar = x' }))
  vim.wait(500)
  assert(lua('return #vim.diagnostic.get(0)') == 0)
  assert(not lua('return vim.lsp.inlay_hint.is_enabled({ bufnr = 0 })'))
end)

-- One Python file, with Pyright and redlua.
local shop = {
  'class Stock:',
  '    count: int = 1',
  '',
  'stock = Stock()',
  'TAKE = """',
  '-- KEYS[1] the stock',
  "return redis.call('GTE', KEYS[1])",
  '"""',
  '',
}

local function open_shop(name)
  lua([[
    vim.lsp.config('pyright', { cmd = { ..., '--stdio' }, filetypes = { 'python' }, root_markers = { 'redlua.toml' } })
    vim.lsp.enable('pyright')
  ]], os.getenv('REDLUA_PYRIGHT'))
  open(file(name, shop))
  await('both servers', 'return #vim.lsp.get_clients({ bufnr = 0 }) == 2')
end

local floats = [[
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    local text = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\n')
    if vim.api.nvim_win_get_config(window).relative ~= '' and text:find(..., 1, true) then
      return text
    end
  end
]]

test('finds, explains, mends and runs a script in a Python string', function()
  open_shop('shop.py')
  local found = await('a finding', [[
    for _, it in ipairs(vim.diagnostic.get(0)) do
      if it.source == 'redlua' then return { it.code, it.lnum, it.col } end
    end
  ]])
  assert(vim.deep_equal(found, { 'unknown-command', 6, 18 }), vim.inspect(found))
  lua('vim.api.nvim_win_set_cursor(0, { 7, 20 })')
  lua([[vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.kind == 'quickfix' and action.title:find('GET') ~= nil end })]])
  await('the fix', [[return vim.api.nvim_get_current_line() == "return redis.call('GET', KEYS[1])"]])
  lua('vim.lsp.buf.hover()')
  await('our hover', floats, 'Reads a string')
  ex('fclose!')
  ex('Redlua run')
  has(await('the outcome', outcome), '(nil)')
  ex('close')
  -- Words of a command, typed letter by letter.
  lua("vim.lsp.completion.enable(true, vim.lsp.get_clients({ name = 'redlua', bufnr = 0 })[1].id, 0)")
  keys("Oredis.call('HSE<C-x><C-o>")
  await('the list', [[
    for _, item in ipairs(vim.fn.complete_info({ 'items' }).items) do
      if item.word:find('HSET', 1, true) then return true end
    end
  ]])
  keys('<C-e><Esc>u')
end)

test('mends calls, passes values, moves scripts and renames functions', function()
  local function act(line, column, title)
    lua(('vim.api.nvim_win_set_cursor(0, { %d, %d })'):format(line, column))
    lua([[
      local title = ...
      vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.title:find(title, 1, true) ~= nil end })
    ]], title)
  end
  local text = "return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n')"
  -- Neovim on Linux tells nothing of files that it has not opened.
  open(file('stock.lua', {
    '#!lua name=stock',
    "redis.register_function('stock_take', function(keys) return redis.call('DECR', keys[1]) end)",
  }))
  open(file('calls.py', {
    'TAKE = """',
    "return redis.call('DECRBY', KEYS[1], ARGV[1])",
    '"""',
    "r.eval(TAKE, 0, 'stock:1', 2)",
    'def get(r, user):',
    [[    return r.eval(f"return redis.call('GET', 'user:{user}')", 0)]],
    "r.fcall('stock_take', 1, 'stock:1')",
  }))
  await('the finding', [[
    for _, it in ipairs(vim.diagnostic.get(0)) do
      if it.code == 'call-arity' then return true end
    end
  ]])
  act(4, 14, 'Count 1 key')
  await('the count', [[return vim.api.nvim_buf_get_lines(0, 3, 4, false)[1] == "r.eval(TAKE, 1, 'stock:1', 2)"]])
  act(6, 52, 'Pass `user` to the script')
  await('the value', [==[
    return vim.api.nvim_buf_get_lines(0, 5, 6, false)[1] == [[    return r.eval("return redis.call('GET', KEYS[1])", 1, f"user:{user}")]]
  ]==])
  lua('vim.api.nvim_win_set_cursor(0, { 7, 12 })')
  -- The library is read beside.
  await('the way to the library', [[
    local place = vim.lsp.util.make_position_params(0, 'utf-16')
    local answers = vim.lsp.buf_request_sync(0, 'textDocument/definition', place, 5000)
    for _, it in pairs(answers or {}) do
      if it.result and #it.result > 0 then return true end
    end
  ]])
  lua("vim.lsp.buf.rename('stock_grab')")
  await('the rename', [[return vim.api.nvim_buf_get_lines(0, 6, 7, false)[1] == "r.fcall('stock_grab', 1, 'stock:1')"]])
  act(2, 5, 'Move this script to take.lua')
  await('the move', [[
    return vim.api.nvim_buf_get_lines(0, 1, 2, false)[1] == 'TAKE = Path(__file__).with_name("take.lua").read_text()'
  ]])
  has(lua(text), 'from pathlib import Path\nTAKE')
  ex('wall!')
  has(table.concat(vim.fn.readfile(workspace .. '/take.lua'), '\n'), "return redis.call('DECRBY', KEYS[1], ARGV[1])")
  has(table.concat(vim.fn.readfile(workspace .. '/stock.lua'), '\n'), "register_function('stock_grab'")
end)

test('runs the function that is meant, of the script at the cursor', function()
  local function library(name, functions)
    local lines = { ("%s = '''#!lua name=%s"):format(name:upper(), name) }
    for _, it in ipairs(functions) do
      lines[#lines + 1] = ("redis.register_function('%s', function(keys) return redis.call('PING', '%s') end)"):format(it, it)
    end
    lines[#lines + 1] = "'''"
    return lines
  end
  local lines = { 'import redis' }
  vim.list_extend(lines, library('one', { 'up', 'down' }))
  vim.list_extend(lines, library('two', { 'left' }))
  lines[#lines + 1] = [[PLAIN = "return redis.call('PING', 'plain')"]]
  open(file('functions.py', lines))
  local function runs(line, text)
    lua(('vim.api.nvim_win_set_cursor(0, { %d, 20 })'):format(line))
    ex('Redlua run')
    has(await('the outcome', outcome), text)
    ex('close')
  end
  runs(3, 'PING up')
  runs(4, 'PING down')
  -- The other library has one function, and the script none.
  runs(7, 'PING left')
  runs(9, 'PING plain')
end)

test('runs the examples of the script at the cursor', function()
  open(file('examples.py', {
    'import redis',
    "ONE = '''",
    '--> EVAL . 0',
    '--= (integer) 2',
    "return #redis.call('PING')",
    "'''",
    "TWO = '''",
    "return redis.call('PING')",
    "'''",
  }))
  await('the finding', 'return #vim.diagnostic.get(0) > 0')
  lua('vim.api.nvim_win_set_cursor(0, { 5, 3 })')
  ex('Redlua examples')
  local row = await('the wrong example', 'local all = vim.fn.getloclist(0); return all[1] and all[1].lnum')
  assert(row == 3, row)
  -- Outside of scripts it says so, and runs nothing.
  lua('vim.api.nvim_win_set_cursor(0, { 1, 3 })')
  ex('Redlua examples')
  await('the message', [[return vim.fn.execute('messages'):find('place the cursor in one of the scripts', 1, true) ~= nil]])
end)

test('leaves a Python file outside of scripts to its own server', function()
  open_shop('own.py')
  await('a finding', 'return #vim.diagnostic.get(0) > 0')
  lua("vim.api.nvim_win_set_cursor(0, { 4, 1 })")
  lua('vim.lsp.buf.hover()')
  local text = await("Pyright's hover", floats, 'stock')
  assert(not text:find('redlua') and not text:find('No information'), text)
  ex('fclose!')
  lua([[
    answers = {}
    local ours = vim.lsp.get_clients({ name = 'redlua', bufnr = 0 })[1]
    for _, method in ipairs({ 'hover', 'completion', 'definition', 'documentHighlight', 'signatureHelp' }) do
      local params = vim.lsp.util.make_position_params(0, ours.offset_encoding)
      local answer = ours:request_sync('textDocument/' .. method, params, 3000, 0)
      answers[#answers + 1] = answer and answer.result == nil and answer.err == nil and 'null' or vim.inspect(answer)
    end
  ]])
  assert(vim.deep_equal(lua('return answers'), { 'null', 'null', 'null', 'null', 'null' }), vim.inspect(lua('return answers')))
  -- Its formatting is nobody's, and its colours are not ours.
  assert(lua('return vim.bo.formatexpr') == '', lua('return vim.bo.formatexpr'))
  local ours = lua([[
    local ours = vim.lsp.get_clients({ name = 'redlua', bufnr = 0 })[1]
    local tokens = ours:request_sync('textDocument/semanticTokens/full', { textDocument = vim.lsp.util.make_text_document_params() }, 3000, 0)
    return { ours:supports_method('textDocument/formatting', 0), ours:supports_method('textDocument/rangeFormatting', 0), tokens.result == nil }
  ]])
  assert(vim.deep_equal(ours, { false, false, true }), vim.inspect(ours))
  assert(not lua('return vim.lsp.inlay_hint.is_enabled({ bufnr = 0 })'))
end)

test('runs on a real server, and writes there only when told so', function()
  local port = 20000 + vim.uv.os_getpid() % 20000
  local server = vim.fn.jobstart({ 'redis-server', '--port', tostring(port), '--bind', '127.0.0.1', '--save', '', '--requirepass', 's3cret' })
  assert(server > 0, 'no redis-server')
  local function cli(...)
    return vim.trim(vim.fn.system({ 'redis-cli', '--no-auth-warning', '-a', 's3cret', '-p', tostring(port), ... }))
  end
  local body = function()
    assert(vim.wait(20000, function()
      return cli('PING') == 'PONG'
    end, 50), 'redis-server does not answer')
    local before = vim.fn.readfile(workspace .. '/redlua.toml')
    local url = ('url = "redis://127.0.0.1:%d"'):format(port)
    file('redlua.toml', { '[servers.dev]', url, '[servers.prod]', url, 'confirm = "type its name"' })
    open(file('real.lua', { '-- KEYS[1] stock', "redis.call('GET', KEYS[1])", "return redis.call('INCR', KEYS[1])" }))
    local notes = [[return vim.fn.execute('messages'):find(..., 1, true) ~= nil]]
    local asked = function(part)
      assert(vim.wait(20000, function()
        local mode = vim.rpcrequest(child, 'nvim_get_mode')
        return mode.blocking or vim.startswith(mode.mode, 'c') or vim.startswith(mode.mode, 'r')
      end, 20), 'nobody is asked ' .. part)
    end
    -- The prompts of the child hold it up: they are sent off, and answered by keys.
    vim.rpcnotify(child, 'nvim_command', 'Redlua server dev')
    asked('the password')
    keys('s3cret<CR>')
    await('the server', notes, 'scripts run on dev (Redis')
    vim.rpcnotify(child, 'nvim_command', 'Redlua run stock')
    asked('for consent')
    keys('c')
    assert(cli('GET', 'stock') == '', 'it was written')
    vim.rpcnotify(child, 'nvim_command', 'Redlua run stock')
    asked('again')
    keys('r')
    local shown = await('the outcome', outcome)
    has(shown, 'on dev (Redis')
    has(shown, '(integer) 1')
    assert(cli('GET', 'stock') == '1')
    ex('close')
    -- A server of production wants its name.
    ex('Redlua server prod')
    await('the other server', notes, 'scripts run on prod (Redis')
    for _, typed in ipairs({ 'production', 'prod' }) do
      vim.rpcnotify(child, 'nvim_command', 'Redlua run stock')
      asked('for the name')
      keys(typed .. '<CR>')
      if typed == 'production' then
        await('the refusal', notes, 'that is not prod: nothing was written')
        assert(cli('GET', 'stock') == '1', 'it was written')
      end
    end
    has(await('the outcome', outcome), '(integer) 2')
    ex('close')
    assert(not lua([[return vim.fn.execute('messages')]]):find('s3cret', 1, true))
    ex('Redlua server embedded')
    ex('Redlua run stock')
    has(await('the outcome', outcome), '(integer) 1')
    ex('close')
    vim.fn.writefile(before, workspace .. '/redlua.toml')
  end
  local good, problem = pcall(body)
  vim.uv.kill(vim.fn.jobpid(server), 'sigkill')
  if not good then
    error(problem, 0)
  end
end)

test('formats scripts as before', function()
  open(file('formatted.lua', { "return   redis.call('GET',KEYS[1])" }))
  await('formatting', [[return vim.lsp.get_clients({ name = 'redlua', bufnr = 0 })[1]:supports_method('textDocument/formatting', 0)]])
  lua('vim.lsp.buf.format()')
  assert(lua('return vim.api.nvim_get_current_line()') == "return redis.call('GET', KEYS[1])")
  assert(lua('return vim.bo.formatexpr') == 'v:lua.vim.lsp.formatexpr()')
end)

test('completes and checks redlua.toml, and leaves other TOML alone', function()
  vim.fn.mkdir(workspace .. '/settings', 'p')
  open(file('settings/redlua.toml', { 'clutser = true', '', '[lints]', '' }))
  await('the mistake', [[
    local found = vim.diagnostic.get(0)[1]
    return found and found.message == 'unknown key `clutser`: did you mean `cluster`?' and found.lnum == 0
  ]])
  lua("vim.lsp.completion.enable(true, vim.lsp.get_clients({ name = 'redlua', bufnr = 0 })[1].id, 0)")
  keys('Gocommand-<C-x><C-o>')
  await('the list', 'return vim.fn.pumvisible() == 1')
  keys('<C-y>')
  await('a key with its value', [[return vim.api.nvim_get_current_line():find('^command%-%a+ = "') ~= nil]])
  keys('<Esc><Esc>')
  lua("vim.api.nvim_buf_set_lines(0, -2, -1, false, { 'cross-slot = \\'deny\\'' }) vim.api.nvim_win_set_cursor(0, { vim.fn.line('$'), 2 })")
  lua('vim.lsp.buf.hover()')
  await('the page of the rule', [[
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      local text = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\n')
      if vim.api.nvim_win_get_config(window).relative ~= '' and text:find('different hash slots', 1, true) then
        return true
      end
    end
  ]])
  ex('edit! ' .. file('settings/other.toml', { 'clutser = true' }))
  vim.wait(300)
  assert(lua("return #vim.lsp.get_clients({ name = 'redlua', bufnr = 0 })") == 0, 'other.toml is not ours')
end)

test('completes a command inside of a call, and inserts it', function()
  open(file('complete.lua', { "redis.call('GET', KEYS[1])", 'return 1' }))
  keys("Oredis.call('HGETA")
  await('insert mode', [[return vim.api.nvim_get_mode().mode == 'i' and vim.api.nvim_get_current_line():find('HGETA') ~= nil]])
  keys('<C-x><C-o>')
  -- The only one is inserted at once.
  await('the completion', [[return vim.api.nvim_get_current_line():find('HGETALL', 1, true) ~= nil]])
  keys('<Esc>')
end)

--- The rows of the list that is open, as `word kind menu`.
local function rows()
  return await('a list', [[
    if vim.fn.pumvisible() == 0 then return end
    return vim.tbl_map(function(it) return table.concat({ it.abbr, it.kind, it.menu }, ' ') end, vim.fn.complete_info({ 'items' }).items)
  ]])
end

test('lists commands by use, options with what they do, and fields that are used elsewhere', function()
  -- The server is not told of files that are only written.
  open(file('other.lua', { '-- KEYS[1] the cart', "return redis.call('HSET', KEYS[1], 'total', 1)" }))
  open(file('rows.lua', { '-- KEYS[1] the cart', "redis.call('HGET', KEYS[1], 'owner')", 'return 1' }))
  ex('setlocal completeopt=menuone,noselect')
  keys("GOredis.call('<C-x><C-o>")
  local found = rows()
  assert(found[1] == 'HGET Constant Reads a field of a hash.' and found[2] == 'GET Constant Reads a string.', vim.inspect(found[1]))
  keys("<C-e>EXPIRE', KEYS[1], 1, '<C-x><C-o>")
  found = rows()
  has(found, 'NX EnumMember Sets the expiry only if the key has none.')
  keys("<C-e><Esc>ccredis.call('HGET', KEYS[1], '<C-x><C-o>")
  found = rows()
  assert(vim.deep_equal(found, { 'owner Field ', 'total Field other.lua' }), vim.inspect(found))
  keys('<C-e><Esc>')
end)

--- Types the scripts of `tests/editors/typed`, and names those that are not what was typed.
local function type_scripts(options, every_key)
  local broken = {}
  for _, path in ipairs(vim.fn.glob('tests/editors/typed/*.lua', true, true)) do
    local name = vim.fs.basename(path)
    local want = vim.tbl_map(vim.trim, vim.fn.readfile(path))
    open(file(name, {}))
    lua([[
      local options, every_key = ...
      -- The editor's own continuation of comments, and its own width of a tab.
      vim.opt_local.formatoptions:remove('r')
      vim.bo.expandtab, vim.bo.softtabstop, vim.bo.shiftwidth = true, 4, 4
      vim.bo.completeopt = options
      local client = vim.lsp.get_clients({ name = 'redlua', bufnr = 0 })[1]
      local provider = client.server_capabilities.completionProvider
      provider.own = provider.own or provider.triggerCharacters
      provider.triggerCharacters = provider.own
      if every_key then
        -- As `:help lsp-attach` has it.
        provider.triggerCharacters = {}
        for i = 32, 126 do
          table.insert(provider.triggerCharacters, string.char(i))
        end
      end
      vim.lsp.completion.enable(true, client.id, 0, { autotrigger = true })
    ]], options, every_key or false)
    keys('i')
    for _, line in ipairs(want) do
      for _, key in ipairs(vim.split(line .. '\n', '')) do
        keys(({ ['\n'] = '<CR>', ['\t'] = '<Tab>', ['<'] = '<lt>' })[key] or key)
        -- Neovim asks 25 ms after a letter. Then it has the answer.
        local asks = every_key or key:find('%W')
        local _ = asks and lua([[
          local begun = vim.uv.hrtime()
          local client = vim.lsp.get_clients({ name = 'redlua', bufnr = 0 })[1]
          vim.wait(2000, function() return vim.uv.hrtime() - begun > 32e6 and next(client.requests) == nil end, 4)
        ]])
      end
    end
    keys('<Esc>')
    local got = await('normal mode', [[return vim.api.nvim_get_mode().mode == 'n' and vim.api.nvim_buf_get_lines(0, 0, -1, false)]])
    for nth, line in ipairs(want) do
      local stop = line:find('\t', 1, true)
      line = stop and line:sub(1, stop - 1) .. (' '):rep(4 - (stop - 1) % 4) .. line:sub(stop + 1) or line
      if vim.trim(got[nth] or '') ~= line then
        broken[#broken + 1] = ('%s: %s → %s'):format(name, line, got[nth])
        break
      end
    end
  end
  return broken
end

-- With `noinsert` Enter takes the first suggestion.
test('leaves what is typed alone with automatic completion', function()
  local broken = type_scripts('menuone,noinsert')
  assert(#broken == 0, table.concat(broken, '\n'))
end)

test('leaves what is typed alone with completion at every key', function()
  local broken = type_scripts('menuone,noinsert', true)
  assert(#broken == 0, table.concat(broken, '\n'))
  keys("Oredis.call('HGETA")
  await('a list', [[return vim.fn.pumvisible() == 1 and vim.fn.complete_info({ 'items' }).items[1].abbr == 'HGETALL']])
  keys('<C-e><Esc>')
end)

test('hovers', function()
  open(file('stock.lua', stock))
  ex('normal! 8G0fG')
  keys('K')
  local text = await('a window', [[
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        return vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
      end
    end
  ]])
  has(text, 'GET')
  keys('j')
end)

test('runs with what the first example has, and shows the outcome', function()
  open(file('stock.lua', stock))
  ex('Redlua reset all')
  ex('Redlua run')
  local text = await('the outcome', outcome)
  has(text[1], '(integer) 3')
  has(text, 'with stock:42 , 2')
  has(text, 'GET stock:42  → "5"')
  -- Return goes to the line of the command, q closes.
  ex([[call search('GET stock')]])
  keys('<CR>')
  await('the line', [[return vim.bo.filetype == 'lua' and vim.api.nvim_win_get_cursor(0)[1] == 8]])
end)

test('runs with given keys and arguments, and R runs again', function()
  open(file('count.lua', { "return redis.call('INCRBY', KEYS[1], ARGV[1])" }))
  ex([[Redlua run "a b" , 2]])
  local text = await('the outcome', outcome)
  has(text[1], '(integer) 2')
  has(text, 'with "a b" , 2')
  has(text, 'INCRBY "a b" 2  → (integer) 2')
  has(text, '+ "2"')
  keys('R')
  await('the second', [[return vim.bo.filetype == 'redlua-outcome' and vim.api.nvim_buf_get_lines(0, 0, 1, false)[1] == '(integer) 4']])
  keys('q')
  await('the script', [[return vim.bo.filetype == 'lua']])
  -- The reply stands beside the return.
  await('the reply', hints, '→ (integer) 4')
  ex('Redlua reset')
  ex('Redlua run "a b" , 2')
  has(await('the outcome', outcome)[1], '(integer) 2')
  keys('q')
end)

test('shows the assembled script, with its SHA1', function()
  local part = { "local function help(key) return redis.call('GET', key) end" }
  file('part.lua', part)
  open(file('uses.lua', { '-- @include part', 'return help(KEYS[1])' }))
  ex('Redlua assembled')
  await('the script', [[return vim.bo.buftype == 'nofile' and vim.fn.bufname() or nil]])
  local shown = lua([[return { vim.fn.bufname(), vim.api.nvim_buf_get_lines(0, 0, -1, false), vim.bo.modifiable }]])
  has(shown[1], 'redlua://uses 71b8c80b9a449b91d23c8ad2b66986fbdc1bb260.lua')
  assert(vim.deep_equal(shown[2], { part[1], 'return help(KEYS[1])' }), vim.inspect(shown))
  assert(shown[3] == false, 'it can be edited')
  keys(':q<CR>')
end)

test('asks what to run with', function()
  open(file('stock.lua', stock))
  lua([[
    asked = {}
    vim.ui.select = function(items, opts, done)
      for _, item in ipairs(items) do asked[#asked + 1] = opts.format_item(item) end
      done(items[#items])
    end
    vim.ui.input = function(opts, done)
      asked[#asked + 1] = opts.prompt
      asked[#asked + 1] = opts.default
      done('stock:9 , 1')
    end
  ]])
  ex('Redlua run-with')
  has(await('the outcome', outcome), 'with stock:9 , 1')
  local asked = lua('return asked')
  has(asked, 'stock:42 , 2')
  has(asked, 'other keys and arguments …')
  has(asked, 'the stock')
  has(asked, 'how many to take')
  keys('q')
end)

test('a line that fails is a finding, and the outcome tells it', function()
  open(file('fails.lua', { "redis.call('SET', KEYS[1], 'x')", "return redis.call('INCR', KEYS[1])" }))
  ex('Redlua run k')
  local text = await('the outcome', outcome)
  has(text, 'at line 2')
  keys('q')
  local found = await('the finding', [[
    for _, it in ipairs(vim.diagnostic.get(0)) do
      if it.code == 'run' then return { it.lnum, it.message } end
    end
  ]])
  assert(found[1] == 1, vim.inspect(found))
end)

test('examples run by themselves, and stand as virtual text', function()
  open(file('stock.lua', stock))
  await('the marks', hints, '✓|✓')
  ex([[6s/3/4/]])
  await('the difference', hints, '✗ (integer) 3')
  await('the finding', [[
    for _, it in ipairs(vim.diagnostic.get(0)) do
      if it.code == 'example' then return true end
    end
  ]])
  ex('normal! 6G')
  lua([[vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.title:find('pdate the example') ~= nil end })]])
  await('the update', [[return vim.api.nvim_buf_get_lines(0, 5, 6, false)[1] == '--= (integer) 3']])
end)

test(':Redlua examples marks them without inlay hints too, and lists the wrong ones', function()
  local lines = vim.deepcopy(stock)
  lines[6] = '--= (integer) 4'
  open(file('examples.lua', lines))
  lua('vim.lsp.inlay_hint.enable(false, { bufnr = 0 })')
  ex('Redlua examples')
  local marks = await('the marks', [[
    local namespace = vim.api.nvim_get_namespaces()['redlua.marks']
    local marks = namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true }) or {}
    if #marks == 0 then return nil end
    return vim.tbl_map(function(mark) return mark[2] .. mark[4].virt_text[1][1] end, marks)
  ]])
  assert(vim.deep_equal(marks, { '3✓', '5✗ (integer) 3' }), vim.inspect(marks))
  local list = lua([[return vim.tbl_map(function(it) return it.lnum end, vim.fn.getloclist(0))]])
  assert(vim.deep_equal(list, { 5 }), vim.inspect(list))
  keys('ox<Esc>')
  await('no marks after an edit', [[return #vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_get_namespaces()['redlua.marks'], 0, -1, {}) == 0]])
end)

test('in a library the function at the cursor runs, and lenses run it', function()
  open(file('library.lua', {
    '#!lua name=shop',
    "redis.register_function('put', function(keys, args)",
    "  return redis.call('SET', keys[1], args[1])",
    'end)',
    "redis.register_function('take', function(keys)",
    "  return redis.call('GET', keys[1])",
    'end)',
  }))
  lua([[vim.ui.select = function(items, opts, done)
    for _, item in ipairs(items) do if item.name == 'put' then return done(item) end end
  end]])
  ex('normal! 1G')
  ex('Redlua run k , v')
  has(await('the outcome', outcome)[1], 'OK')
  keys('q')
  await('the lenses', [[
    vim.lsp.codelens.refresh({ bufnr = 0 })
    for _, lens in ipairs(vim.lsp.codelens.get(0)) do
      if lens.command and lens.command.title == '▶ Run take' and lens.command.arguments[1]['function'] == 'take' then
        local client = vim.lsp.get_clients({ name = 'redlua', bufnr = 0 })[1]
        client:exec_cmd(vim.tbl_extend('force', lens.command, {}), { bufnr = 0 })
        return true
      end
    end
  ]])
  has(await('the outcome', outcome)[1], '')
  keys('q')
end)

test('explains the rule of a finding', function()
  open(file('wrong.lua', { "return redis.call('GTE', KEYS[1])" }))
  await('a finding', 'return #vim.diagnostic.get(0) > 0')
  ex('Redlua explain')
  has(await('the page', outcome), 'unknown-command')
  keys('q')
  ex('Redlua explain hset')
  has(await('the page', outcome), 'HSET key field value')
  keys('q')
end)

test('colours commands, options and keys by tree-sitter', function()
  open(file('colours.lua', { "redis.call('set', KEYS[1], 1, 'EX', 9)" }))
  local captures = await('the captures', [[
    local function at(column)
      return table.concat(vim.tbl_map(function(it) return it.capture end, vim.treesitter.get_captures_at_pos(0, 0, column)), ' ')
    end
    return at(12) ~= '' and { at(0), at(6), at(12), at(18), at(31) } or nil
  ]])
  for at, wanted in ipairs({ 'module.builtin', 'function.builtin', 'function.builtin.write', 'variable.builtin', 'constant.builtin' }) do
    has(captures[at], wanted)
  end
end)

test('colours scripts in the strings of a host language', function()
  file('host.py', { 'TAKE = """', "return redis.call('GET', KEYS[1])", '"""', 'r.eval("return 1", 0)', 'x = "return 1"' })
  ex('edit! host.py')
  lua([[vim.treesitter.language.add('python', { path = ... })]], os.getenv('REDLUA_PARSERS') .. '/python.so')
  lua([[vim.treesitter.start(0, 'python')]])
  local found = await('the injection', [[
    local parser = vim.treesitter.get_parser(0, 'python')
    parser:parse(true)
    local child = parser:children().lua
    if not child then return nil end
    local texts = {}
    for _, tree in pairs(child:trees()) do texts[#texts + 1] = vim.treesitter.get_node_text(tree:root(), 0) end
    table.sort(texts)
    return texts
  ]])
  has(found, "return redis.call('GET', KEYS[1])")
  has(found, 'return 1')
  assert(#found == 2, vim.inspect(found))
  local captures = lua([[return vim.tbl_map(function(it) return it.capture end, vim.treesitter.get_captures_at_pos(0, 1, 19))]])
  has(captures, 'function.builtin.read')
end)

test('knows the filetypes', function()
  ex('edit! ' .. file('shop.redis', { '> SET a 1', 'OK', '> GET a', '"1"' }))
  assert(lua('return vim.bo.filetype') == 'redis')
  has(await('the syntax', [[local id = vim.fn.synID(1, 3, 1) return id ~= 0 and vim.fn.synIDattr(id, 'name')]]), 'redisCommand')
  has(lua([[return vim.fn.synIDattr(vim.fn.synID(4, 2, 1), 'name')]]), 'redisString')
  ex('edit! ' .. file('take', { '#!lua name=shop', "redis.register_function('f', function() return 1 end)" }))
  assert(lua('return vim.bo.filetype') == 'lua')
end)

test('completes its own subcommands', function()
  has(lua([[return vim.fn.getcompletion('Redlua r', 'cmdline')]]), 'run-with')
end)

test('checkhealth has no complaint', function()
  open(file('stock.lua', stock))
  keys(':checkhealth redlua<CR>')
  local text = await('the report', [[
    if vim.bo.filetype ~= 'checkhealth' then return nil end
    return vim.api.nvim_buf_get_lines(0, 0, -1, false)
  ]])
  has(text, 'It is started for Lua buffers')
  has(text, 'The query `highlights` of Lua has ours')
  has(text, 'It serves')
  for _, line in ipairs(text) do
    assert(not line:find('ERROR') and not line:find('WARNING'), line)
  end
  ex('bwipeout!')
end)

test('has help', function()
  ex('help :Redlua-run-with')
  has(await('the page', [[return vim.bo.filetype == 'help' and vim.api.nvim_get_current_line()]]), 'run-with')
  ex('helpclose')
end)

test('said nothing that went wrong', function()
  local messages = lua([[return vim.fn.execute('messages')]])
  assert(not messages:find('Error') and not messages:find('E%d+:'), messages)
end)

local ran = false
local function run(name, body)
  if only and not name:find(only, 1, true) then
    return
  end
  ran = true
  count = count + 1
  local good, problem = xpcall(body, debug.traceback)
  io.stdout:write(('%s  %s\n'):format(good and 'ok  ' or 'FAIL', name))
  if not good then
    failures[#failures + 1] = name
    io.stdout:write('      ' .. problem:gsub('\n', '\n      ') .. '\n')
    -- What a failed one left open must not fail the next.
    pcall(keys, '<C-\\><C-n>')
    pcall(ex, 'silent! only!')
  end
end

start()
for _, it in ipairs(tests) do
  run(it[1], it[2])
end
stop()

-- The entry of the client configuration alone, as nvim-lspconfig has them: no client code of ours.
run('the configuration alone is enough for the server, and for runs', function()
  local config = workspace .. '/.alone'
  vim.fn.mkdir(config .. '/lsp', 'p')
  vim.fn.writefile(vim.fn.readfile(os.getenv('REDLUA_LSP_ENTRY')), config .. '/lsp/redlua.lua')
  start({ '--clean', '--cmd', 'set runtimepath^=' .. config, '-c', "lua vim.lsp.enable('redlua')" })
  open(file('alone.lua', { "return redis.call('INCRBY', KEYS[1], 7)" }))
  lua([[
    shown = nil
    vim.lsp.handlers['window/showMessage'] = function(_, result) shown = result.message end
    vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.title:find('^Run against') ~= nil end })
  ]])
  has(await('the message', 'return shown'), '(integer) 7')
  stop()
end)

if not ran then
  io.stdout:write('no test has that name\n')
  os.exit(2)
end
io.stdout:write(('neovim: %d tests, %d failed\n'):format(count, #failures))
os.exit(#failures == 0 and 0 or 1)
