" Ctrl-X Ctrl-O completes in scripts, unless something else has it.
if &l:omnifunc ==# '' && exists(':ALEInfo') && redlua#is_script(bufnr(''))
  setlocal omnifunc=ale#completion#OmniFunc
  let b:undo_ftplugin = get(b:, 'undo_ftplugin', 'execute') . ' | setlocal omnifunc<'
endif
