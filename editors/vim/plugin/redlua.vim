" Redis Lua by way of ALE. See :help redlua.
if exists('g:loaded_redlua') || v:version < 900
  finish
endif
let g:loaded_redlua = 1

command! -nargs=* -complete=customlist,redlua#complete Redlua call redlua#command(<q-args>)
