-- Runs once, when Neovim has started. Settings are in vim.g.redlua; see :help redlua.
if vim.g.loaded_redlua then
  return
end
vim.g.loaded_redlua = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.notify('redlua: Neovim 0.11 or later is needed', vim.log.levels.ERROR)
  return
end

vim.filetype.add({
  extension = { redis = 'redis' },
  pattern = {
    -- A script without an extension says what it is on the first byte.
    ['.*'] = {
      function(_, bufnr)
        if (vim.api.nvim_buf_get_lines(bufnr, 0, 1, false)[1] or ''):find('^#!lua%f[%W]') then
          return 'lua'
        end
      end,
      { priority = -math.huge },
    },
  },
})

vim.api.nvim_create_user_command('Redlua', function(opts)
  require('redlua.command').run(opts)
end, {
  nargs = '*',
  desc = 'Run Redis Lua',
  complete = function(lead, line)
    return require('redlua.command').complete(lead, line)
  end,
})

require('redlua').start()
