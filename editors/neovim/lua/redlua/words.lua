--- Keys and arguments as they are typed: `KEY… , ARG…`, as redis-cli has it behind `--eval`.

local M = {}

local escapes = { n = '\n', r = '\r', t = '\t', b = '\b', a = '\a' }

--- Splits a line as redis-cli does.
---@param line string
---@return string[]? words nil for a quote that is not closed
function M.split(line)
  local words, at = {}, 1
  while true do
    at = line:find('%S', at)
    if not at then
      return words
    end
    local word = {}
    while at <= #line and not line:sub(at, at):find('%s') do
      local char = line:sub(at, at)
      if char == '"' or char == "'" then
        local quote = char
        at = at + 1
        while true do
          char = line:sub(at, at)
          if char == '' then
            return nil
          elseif char == quote then
            break
          elseif char == '\\' and quote == '"' then
            local hex = line:match('^x(%x%x)', at + 1)
            local next = line:sub(at + 1, at + 1)
            word[#word + 1] = hex and string.char(tonumber(hex, 16)) or escapes[next] or next
            at = at + (hex and 4 or 2)
          elseif char == '\\' and line:sub(at + 1, at + 1) == "'" then
            word[#word + 1] = "'"
            at = at + 2
          else
            word[#word + 1] = char
            at = at + 1
          end
        end
        at = at + 1
      else
        word[#word + 1] = char
        at = at + 1
      end
    end
    words[#words + 1] = table.concat(word)
  end
end

--- Splits words at the comma that stands alone.
---@param words string[]
---@return string[] keys, string[] args
function M.parts(words)
  local keys, args, past = {}, {}, false
  for _, word in ipairs(words) do
    if word == ',' and not past then
      past = true
    else
      table.insert(past and args or keys, word)
    end
  end
  return keys, args
end

--- A word as it may be typed.
---@param word string
---@return string
function M.quote(word)
  if word ~= '' and word ~= ',' and not word:find('[%s%c\'"\\\128-\255]') then
    return word
  end
  local inner = word:gsub('[%c"\\]', function(char)
    for name, meant in pairs(escapes) do
      if meant == char then
        return '\\' .. name
      end
    end
    return char:find('%c') and ('\\x%02x'):format(char:byte()) or '\\' .. char
  end)
  return '"' .. inner .. '"'
end

--- The line for keys and arguments.
---@param keys string[]
---@param args string[]
---@return string
function M.line(keys, args)
  local words = vim.tbl_map(M.quote, keys)
  if #args > 0 then
    words[#words + 1] = ','
    vim.list_extend(words, vim.tbl_map(M.quote, args))
  end
  return table.concat(words, ' ')
end

return M
