---@meta
-- The servers' globals for a language server that does not know them.

---@type string[]
KEYS = {}
---@type string[]
ARGV = {}

---@class redislib
---@field LOG_DEBUG integer
---@field LOG_VERBOSE integer
---@field LOG_NOTICE integer
---@field LOG_WARNING integer
redis = {}

---@param command string
---@param ... string|number
---@return any
function redis.call(command, ...) end

---@param command string
---@param ... string|number
---@return any
function redis.pcall(command, ...) end

---@param level integer
---@param ... string
function redis.log(level, ...) end

---@param text string
---@return string
function redis.sha1hex(text) end

---@param text string
---@return table
function redis.error_reply(text) end

---@param text string
---@return table
function redis.status_reply(text) end

---@param name string|table
---@param callback? fun(keys: string[], args: string[]): any
function redis.register_function(name, callback) end

cjson = {}
---@param text string
---@return any
function cjson.decode(text) end
---@param value any
---@return string
function cjson.encode(value) end

bit = {}
---@param ... integer
---@return integer
function bit.band(...) end
---@param ... integer
---@return integer
function bit.bor(...) end
---@param value integer
---@param by integer
---@return integer
function bit.lshift(value, by) end
