--- Real servers: which one runs go to, passwords, and the questions before anything is written.

local M = {}

--- The real server that runs go to, by its name or its URL without password; nil for the embedded engine.
---@type string?
M.selected = nil

local function tell(text, level)
  vim.notify('redlua: ' .. text, level or vim.log.levels.INFO)
end

---@param bufnr integer
---@param command string
---@param argument table
---@param done fun(result: table)
local function ask(bufnr, command, argument, done)
  local client = require('redlua').client(bufnr)
  if not client then
    return tell('no language server is attached to this buffer; :checkhealth redlua tells why', vim.log.levels.WARN)
  end
  argument.uri = vim.uri_from_bufnr(bufnr)
  client:request('workspace/executeCommand', { command = command, arguments = { argument } }, function(err, result)
    if err then
      return tell(err.message, vim.log.levels.ERROR)
    end
    done(result)
  end, bufnr)
end

--- Offers a secret by a socket that only this user reaches: what goes through the protocol may be written into a log.
---@param secret table
---@param use fun(pipe: string, close: fun())
local function through_pipe(secret, use)
  local folder = assert(vim.uv.fs_mkdtemp(vim.fs.joinpath(vim.uv.os_tmpdir(), 'redlua-XXXXXX')))
  local path = vim.fn.has('win32') == 1 and [[\\.\pipe\]] .. vim.fs.basename(folder) or vim.fs.joinpath(folder, 'secret')
  local listener = assert(vim.uv.new_pipe(false))
  assert(listener:bind(path))
  listener:listen(1, function()
    local socket = vim.uv.new_pipe(false)
    listener:accept(socket)
    socket:write(vim.json.encode(secret), function()
      socket:close()
    end)
  end)
  use(path, function()
    listener:close()
    vim.fn.delete(folder, 'rf')
  end)
end

--- Connects, asking for the password where it lacks. `done` is called with what `redlua.connect` returns if there is a connection.
---@param bufnr integer
---@param name string a name of the settings or a URL
---@param wants boolean whether the password is asked for at once
---@param done fun(server: table)
function M.connect(bufnr, name, wants, done)
  local function heard(close)
    return function(server)
      close()
      if server.wants == 'password' then
        if wants then
          tell(server.problem, vim.log.levels.ERROR)
        end
        return M.connect(bufnr, server.name, true, done)
      end
      if server.problem then
        return tell(server.problem, vim.log.levels.ERROR)
      end
      done(server)
    end
  end
  local secret = { server = name }
  if wants then
    local password = vim.fn.inputsecret(('Password for %s: '):format(name))
    if password == '' then
      return
    end
    secret.password = password
  end
  -- A URL may have a password.
  through_pipe(secret, function(pipe, close)
    ask(bufnr, 'redlua.connect', { pipe = pipe }, heard(close))
  end)
end

local function described(server)
  return server.product and ('%s (%s %s)'):format(server.name, server.product, server.version) or server.name
end

--- Selects the server that runs go to.
---@param bufnr integer
---@param name string a name of the settings, a URL, or `embedded`
function M.select(bufnr, name)
  if name == 'embedded' then
    M.selected = nil
    return tell('scripts run on the embedded engine')
  end
  M.connect(bufnr, name, false, function(server)
    M.selected = server.name
    tell(('scripts run on %s, a real server'):format(described(server)), vim.log.levels.WARN)
  end)
end

--- Has a server chosen.
---@param bufnr integer
function M.pick(bufnr)
  ask(bufnr, 'redlua.servers', {}, function(servers)
    local items = vim.list_extend({ { name = 'embedded' } }, servers)
    items[#items + 1] = { types = true }
    vim.ui.select(items, {
      prompt = 'Where do scripts run?',
      format_item = function(item)
        if item.types then
          return 'type a URL …'
        end
        return item.name == 'embedded' and 'embedded engine' or ('%s   %s'):format(described(item), item.url or '')
      end,
    }, function(item)
      if item and item.types then
        vim.ui.input({ prompt = 'URL (redis://HOST:PORT): ' }, function(url)
          if url and url ~= '' then
            M.select(bufnr, url)
          end
        end)
      elseif item then
        M.select(bufnr, item.name)
      end
    end)
  end)
end

--- Asks whether a script may write. `done` is called with what the run is to be sent with after a yes.
---@param consent table as `redlua.run` returns it
---@param done fun(more: table)
function M.consent(consent, done)
  if not consent.confirm then
    local yes = ('&Run on %s\n&Cancel'):format(consent.server)
    if vim.fn.confirm(consent.question, yes, 2, 'Warning') == 1 then
      done({ write = true })
    end
    return
  end
  vim.ui.input({ prompt = ('%s\nTo go on, %s: '):format(consent.question, consent.confirm) }, function(typed)
    if typed == consent.server then
      done({ write = true, confirm = typed })
    else
      tell(('that is not %s: nothing was written'):format(consent.server), vim.log.levels.WARN)
    end
  end)
end

return M
