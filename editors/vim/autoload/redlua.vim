" Redis Lua by way of ALE: the server, and what is asked of it beside what ALE asks.

" The names that the protocol has for languages, where Vim has others.
let s:languages = {'cs': 'csharp', 'sh': 'shellscript', 'zsh': 'shellscript'}

function! s:language(buffer) abort
  let l:filetype = getbufvar(a:buffer, '&filetype')
  return get(s:languages, l:filetype, l:filetype)
endfunction

" Defines the language server for a filetype.
function! redlua#linter(filetype) abort
  call ale#Set('redlua_executable', 'redlua')
  call ale#linter#Define(a:filetype, {
  \ 'name': 'redlua',
  \ 'lsp': 'stdio',
  \ 'executable': {buffer -> ale#Var(buffer, 'redlua_executable')},
  \ 'command': '%e lsp',
  \ 'language': function('s:language'),
  \ 'project_root': function('redlua#root'),
  \ 'initialization_options': {'redlua': {'terse': v:true, 'hosts': v:true}},
  \ 'lsp_config': {buffer -> {'redlua': get(g:, 'redlua_settings', {})}},
  \})
endfunction

" Adds the language server to those of a file in another language, whose strings may hold scripts.
function! redlua#host(filetype) abort
  if !exists(':ALEInfo') || get(g:, 'ale_linters_explicit')
    return
  endif
  " ALE asks the first server alone for completion: ours comes behind the language's own.
  let l:filetype = ale#linter#ResolveFiletype(a:filetype)[-1]
  call ale#linter#GetAll([l:filetype])
  call redlua#linter(l:filetype)
  let l:names = map(copy(ale#linter#Get(a:filetype)), 'v:val.name')
  " It runs some of the linters of a language, or those that the user has named.
  if index(l:names, 'redlua') < 0
    let b:ale_linters = l:names + ['redlua']
  endif
  let b:redlua_host = 1
  if &l:completefunc ==# ''
    setlocal completefunc=redlua#complete_script
  endif
endfunction

" Completes by redlua alone, for scripts in the strings of other languages.
function! redlua#complete_script(findstart, base) abort
  if !a:findstart
    return ale#completion#OmniFunc(0, a:base)
  endif
  let l:names = get(b:, 'ale_linters', v:null)
  let b:ale_linters = ['redlua']
  try
    return ale#completion#OmniFunc(1, '')
  finally
    if l:names is v:null
      unlet b:ale_linters
    else
      let b:ale_linters = l:names
    endif
  endtry
endfunction

" The folder that the server works in.
function! redlua#root(buffer) abort
  " ALE starts nothing where there is no root.
  if getbufvar(a:buffer, '&filetype') ==# 'toml' && fnamemodify(bufname(a:buffer), ':t') !=# 'redlua.toml'
    return ''
  endif
  for l:found in [ale#path#FindNearestFile(a:buffer, 'redlua.toml'), ale#path#FindNearestDirectory(a:buffer, '.git')]
    if !empty(l:found)
      return fnamemodify(substitute(l:found, '[/\\]$', '', ''), ':h')
    endif
  endfor
  return fnamemodify(bufname(a:buffer), ':p:h')
endfunction

" Whether a buffer seems to hold a script. The server knows better.
function! redlua#is_script(buffer) abort
  let l:lines = getbufline(a:buffer, 1, 2000)
  return get(l:lines, 0, '') =~# '^#!lua\>'
  \ || match(l:lines, '\C\<\%(redis\|server\)\s*\.\s*p\=call\>\|\<\%(KEYS\|ARGV\)\s*\[') >= 0
endfunction

function! s:tell(text) abort
  echomsg 'redlua: ' . a:text
endfunction

function! s:complain(text) abort
  echohl ErrorMsg
  call s:tell(a:text)
  echohl None
endfunction

" Sends a command to the server; Done gets what it returns. If that is nothing, another function is called.
function! s:execute(buffer, command, argument, Done, ...) abort
  let l:Nothing = get(a:000, 0, {-> 0})
  let l:params = {'command': a:command, 'arguments': a:argument is v:null ? [] : [a:argument]}
  try
    " What was just typed goes first.
    call ale#Queue(0)
    let l:sent = ale#lsp_linter#SendRequest(a:buffer, 'redlua', [0, 'workspace/executeCommand', l:params],
    \ {response -> s:answered(response, a:Done, l:Nothing)})
  catch /^Vim\%((\a\+)\)\=:E117/
    return s:complain('ALE is not loaded')
  catch
    return s:complain(v:exception)
  endtry
  if !l:sent
    call s:complain('the language server does not start: is the program redlua on the PATH?')
  endif
endfunction

function! s:answered(response, Done, Nothing) abort
  if has_key(a:response, 'error')
    call s:complain(a:response.error.message)
  elseif get(a:response, 'result', v:null) isnot v:null
    call a:Done(a:response.result)
  else
    call a:Nothing()
  endif
endfunction

function! s:argument(buffer, name) abort
  let l:argument = {'uri': ale#util#ToURI(fnamemodify(bufname(a:buffer), ':p'))}
  if a:name isnot v:null
    let l:argument['function'] = a:name
  endif
  if getbufvar(a:buffer, 'redlua_host') && a:buffer == bufnr('')
    " The script at the cursor is meant.
    let l:argument.position = s:position()
  endif
  return l:argument
endfunction

" Nobody can be asked while an answer of the server is read.
function! s:later(Do) abort
  call timer_start(0, {-> a:Do()})
endfunction

" Finds the function of a library that is meant; v:null for a script.
function! s:pick(buffer, Done) abort
  call s:execute(a:buffer, 'redlua.status', s:argument(a:buffer, v:null),
  \ {status -> s:later({-> s:picked(a:buffer, a:Done, status)})}, {-> s:picked(a:buffer, a:Done, {'script': v:false})})
endfunction

function! s:picked(buffer, Done, status) abort
  if !a:status.script
    return s:complain('there is nothing to run here: this is no Redis script')
  elseif !a:status.library
    return a:Done(v:null)
  elseif len(a:status.functions) < 2
    return empty(a:status.functions) ? s:complain('the library registers no function') : a:Done(a:status.functions[0])
  endif
  let l:here = filter(copy(a:status.functions), 'stridx(getline("."), v:val) >= 0')
  if len(l:here) == 1
    return a:Done(l:here[0])
  endif
  let l:number = inputlist(['Run which function?'] + map(copy(a:status.functions), '(v:key + 1) . ". " . v:val'))
  if l:number > 0 && l:number <= len(a:status.functions)
    call a:Done(a:status.functions[l:number - 1])
  endif
endfunction

function! s:run(buffer, argument) abort
  let l:argument = extend({'ask': v:false, 'view': v:true}, a:argument)
  call s:execute(a:buffer, 'redlua.run', l:argument, {outcome -> s:ran(a:buffer, l:argument, outcome)})
endfunction

function! s:ran(buffer, argument, outcome) abort
  let l:again = extend(copy(a:argument), {'line': get(get(a:outcome, 'inputs', {}), 'line', '')})
  call s:show(a:outcome.view, a:buffer, {-> s:run(a:buffer, l:again)})
endfunction

" Asks for keys and arguments by their names.
function! s:ask(buffer, name) abort
  call s:execute(a:buffer, 'redlua.inputs', s:argument(a:buffer, a:name),
  \ {form -> s:later({-> s:asked(s:argument(a:buffer, a:name), a:buffer, form)})})
endfunction

function! s:asked(argument, buffer, form) abort
  let s:choices = map(copy(a:form.choices), 'v:val.line')
  let l:given = {}
  if a:form.prompt !=# ''
    call inputsave()
    let l:given.line = input('Run with ' . a:form.prompt . ': ', a:form.line, 'customlist,redlua#choices')
    call inputrestore()
  endif
  call s:run(a:buffer, extend(a:argument, l:given))
endfunction

" What Tab goes through when keys and arguments are asked for.
function! redlua#choices(...) abort
  return s:choices
endfunction

function! s:examples(buffer) abort
  call s:execute(a:buffer, 'redlua.runExamples', s:argument(a:buffer, v:null), {verdicts -> s:judged(a:buffer, verdicts)})
endfunction

function! s:judged(buffer, verdicts) abort
  let l:wrong = filter(copy(a:verdicts), '!v:val.passed')
  call setloclist(0, [], ' ', {'title': 'Examples', 'items': map(copy(l:wrong), '{"bufnr": a:buffer, "lnum": v:val.line, "type": "W",
  \ "text": v:val.command . " gives " . get(v:val, "got", get(v:val, "error", ""))}')})
  let l:count = len(a:verdicts) . ' example' . (len(a:verdicts) == 1 ? '' : 's')
  call s:tell(empty(a:verdicts) ? 'there are no examples: `--> EVAL . 1 key argument` begins one, `--= reply` follows'
  \ : empty(l:wrong) ? l:count . ' ✓' : printf('%s: %d ✗ (:lopen lists them)', l:count, len(l:wrong)))
endfunction

let s:groups = {'reply': 'String', 'error': 'ErrorMsg', 'warning': 'WarningMsg', 'note': 'Comment', 'title': 'Title',
\ 'key': 'Identifier', 'before': 'DiffDelete', 'after': 'DiffAdd'}

" Shows lines in a window below: q closes it, Return goes to where a line comes from, R runs again.
function! s:show(lines, buffer, Again) abort
  let l:window = bufwinnr('redlua://outcome')
  if l:window > 0
    execute l:window . 'wincmd w'
  else
    execute 'silent botright ' . max([4, min([len(a:lines), &lines * 6 / 10])]) . 'new redlua://outcome'
    setlocal buftype=nofile bufhidden=wipe noswapfile nobuflisted winfixheight nonumber
    for [l:kind, l:group] in items(s:groups)
      call prop_type_add(l:kind, {'bufnr': bufnr(''), 'highlight': l:group})
    endfor
  endif
  setlocal modifiable
  silent %delete _
  call setline(1, map(copy(a:lines), 'v:val.text'))
  setlocal nomodifiable filetype=redlua-outcome
  for l:number in range(len(a:lines))
    if has_key(a:lines[l:number], 'kind')
      call prop_add(l:number + 1, 1, {'type': a:lines[l:number].kind, 'length': len(a:lines[l:number].text)})
    endif
  endfor
  call cursor(1, 1)
  execute 'resize' max([4, min([len(a:lines), &lines * 6 / 10])])
  let b:redlua = {'lines': a:lines, 'buffer': a:buffer, 'again': a:Again}
  nnoremap <buffer> <nowait> <silent> q :close<CR>
  nnoremap <buffer> <nowait> <silent> R :call b:redlua.again()<CR>
  nnoremap <buffer> <nowait> <silent> <CR> :call <SID>jump()<CR>
endfunction

function! s:jump() abort
  let l:location = get(get(b:redlua.lines, line('.') - 1, {}), 'location', {})
  if empty(l:location)
    return
  endif
  let l:window = bufwinnr(b:redlua.buffer)
  let l:path = ale#path#FromFileURI(l:location.uri)
  close
  if l:window > 0
    execute l:window . 'wincmd w'
  endif
  if l:path !=# expand('%:p')
    execute 'edit' fnameescape(l:path)
  endif
  call cursor(l:location.range.start.line + 1, 1)
endfunction

" Shows the script as it is loaded, in a buffer that cannot be edited. Its name has the SHA1.
function! s:assembled(told) abort
  let l:sha1 = type(a:told.sha1) == v:t_string ? a:told.sha1 : '(library)'
  execute 'silent new' fnameescape(printf('redlua://%s %s.lua', substitute(a:told.name, '\.lua$', '', ''), l:sha1))
  setlocal buftype=nofile bufhidden=wipe noswapfile modifiable
  silent %delete _
  call setline(1, split(substitute(a:told.text, '\n$', '', ''), "\n", 1))
  setlocal filetype=lua nomodified nomodifiable
  if !empty(a:told.missing)
    call s:tell('includes that lead nowhere: ' . join(a:told.missing, ', '))
  endif
endfunction

" The place of the cursor. The protocol counts columns in UTF-16.
function! s:position() abort
  let l:before = strpart(getline('.'), 0, col('.') - 1)
  let l:column = strchars(l:before) + count(map(split(l:before, '\zs'), 'char2nr(v:val) > 0xffff'), 1)
  return {'line': line('.') - 1, 'character': l:column}
endfunction

" The lines of a page in Markdown, without the marks of code blocks.
function! s:page(page) abort
  let l:lines = filter(split(a:page.markdown, "\n", 1), 'v:val !~# "^```"')
  return map(l:lines, '{"text": v:val}')
endfunction

let s:subcommands = ['run', 'run-with', 'examples', 'reset', 'summary', 'assembled', 'explain']

function! redlua#complete(lead, line, at) abort
  return filter(copy(s:subcommands), 'stridx(v:val, a:lead) == 0')
endfunction

" `:Redlua`
function! redlua#command(line) abort
  let [l:name, l:rest] = matchlist(a:line, '^\s*\(\S*\)\s*\(.*\)$')[1:2]
  let l:buffer = bufnr('')
  if l:name ==# '' || l:name ==# 'run'
    let l:given = l:rest ==# '' ? {} : {'line': l:rest}
    call s:pick(l:buffer, {name -> s:run(l:buffer, extend(s:argument(l:buffer, name), l:given))})
  elseif l:name ==# 'run-with'
    call s:pick(l:buffer, {name -> s:ask(l:buffer, name)})
  elseif l:name ==# 'examples'
    call s:examples(l:buffer)
  elseif l:name ==# 'reset'
    call s:execute(l:buffer, 'redlua.resetKeyspace', s:argument(l:buffer, v:null),
    \ {result -> s:tell(result.reset ? 'the keyspace is as at the beginning' : 'no keyspace has been used yet')})
  elseif l:name ==# 'summary'
    call s:execute(l:buffer, 'redlua.showSummary', s:argument(l:buffer, v:null), {rows -> s:show(s:summary(rows), l:buffer, {-> 0})})
  elseif l:name ==# 'assembled'
    call s:execute(l:buffer, 'redlua.showAssembled', extend(s:argument(l:buffer, v:null), {'show': v:false}), function('s:assembled'))
  elseif l:name ==# 'explain'
    let l:what = l:rest !=# '' ? {'name': l:rest}
    \ : extend(s:argument(l:buffer, v:null), {'position': s:position()})
    call s:execute(l:buffer, 'redlua.explain', extend(l:what, {'show': v:false}), {page -> s:show(s:page(page), l:buffer, {-> 0})})
  else
    call s:complain(printf('there is no `:Redlua %s`; there are %s', l:name, join(s:subcommands, ', ')))
  endif
endfunction

function! s:summary(rows) abort
  let l:texts = map(copy(a:rows), '(get(v:val, "function", v:null) is v:null ? "" : v:val.function . "\n") . v:val.text')
  return map(split(join(l:texts, "\n"), "\n", 1), '{"text": v:val}')
endfunction
