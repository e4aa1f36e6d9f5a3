" Redis Lua by way of ALE. See :help redlua.
if exists('g:loaded_redlua') || v:version < 900
  finish
endif
let g:loaded_redlua = 1

command! -nargs=* -complete=customlist,redlua#complete Redlua call redlua#command(<q-args>)

" Languages whose strings may hold scripts.
if get(g:, 'redlua_hosts', 1)
  autocmd FileType python,javascript,javascriptreact,typescript,typescriptreact,vue,svelte,go,java,kotlin,php,ruby,cs,rust,sh,bash,zsh,markdown,mdx
  \ call redlua#host(expand('<amatch>'))
endif
