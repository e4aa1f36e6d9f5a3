" Redis Lua by way of ALE: the server, and what is asked of it beside what ALE asks.

" Defines the language server for a filetype.
function! redlua#linter(filetype) abort
  call ale#Set('redlua_executable', 'redlua')
  call ale#linter#Define(a:filetype, {
  \ 'name': 'redlua',
  \ 'lsp': 'stdio',
  \ 'executable': {buffer -> ale#Var(buffer, 'redlua_executable')},
  \ 'command': '%e lsp',
  \ 'language': a:filetype,
  \ 'project_root': function('redlua#root'),
  \ 'initialization_options': {'redlua': {'terse': v:true}},
  \ 'lsp_config': {buffer -> {'redlua': get(g:, 'redlua_settings', {})}},
  \})
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

" Sends a command to the server; Done gets what it returns.
function! s:execute(buffer, command, argument, Done) abort
  let l:params = {'command': a:command, 'arguments': a:argument is v:null ? [] : [a:argument]}
  try
    " What was just typed goes first.
    call ale#Queue(0)
    let l:sent = ale#lsp_linter#SendRequest(a:buffer, 'redlua', [0, 'workspace/executeCommand', l:params],
    \ {response -> s:answered(response, a:Done)})
  catch /^Vim\%((\a\+)\)\=:E117/
    return s:complain('ALE is not loaded')
  catch
    return s:complain(v:exception)
  endtry
  if !l:sent
    call s:complain('the language server does not start: is the program redlua on the PATH?')
  endif
endfunction

function! s:answered(response, Done) abort
  if has_key(a:response, 'error')
    call s:complain(a:response.error.message)
  elseif get(a:response, 'result', v:null) isnot v:null
    call a:Done(a:response.result)
  endif
endfunction

function! s:argument(buffer, name) abort
  let l:argument = {'uri': ale#util#ToURI(fnamemodify(bufname(a:buffer), ':p'))}
  if a:name isnot v:null
    let l:argument['function'] = a:name
  endif
  return l:argument
endfunction

" Keys and arguments as they are typed: `KEY… , ARG…`, as redis-cli has it behind `--eval`.

let s:escapes = {'n': "\n", 'r': "\r", 't': "\t", 'b': "\b", 'a': "\x07"}

" Splits a line as redis-cli does.
function! redlua#split(line) abort
  let [l:words, l:rest] = [[], a:line]
  while 1
    let l:rest = substitute(l:rest, '^\s\+', '', '')
    if l:rest ==# ''
      return l:words
    endif
    let l:word = ''
    while l:rest =~# '^\S'
      let l:quote = l:rest[0]
      if l:quote !=# '"' && l:quote !=# "'"
        let l:piece = matchstr(l:rest, '^[^[:space:]"'']\+')
        let l:word .= l:piece
        let l:rest = l:rest[len(l:piece) :]
        continue
      endif
      let l:piece = matchstr(l:rest, l:quote ==# '"' ? '^"\%([^"\\]\|\\.\)*"' : '^''\%([^''\\]\|\\.\)*''')
      if l:piece ==# ''
        throw 'redlua: a quote is not closed'
      endif
      let l:rest = l:rest[len(l:piece) :]
      let l:inner = l:piece[1 : -2]
      let l:word .= l:quote ==# "'" ? substitute(l:inner, "\\\\'", "'", 'g')
      \ : substitute(l:inner, '\\\%(x\(\x\x\)\|\(.\)\)',
      \ '\=submatch(1) !=# "" ? nr2char(str2nr(submatch(1), 16)) : get(s:escapes, submatch(2), submatch(2))', 'g')
    endwhile
    call add(l:words, l:word)
  endwhile
endfunction

" Splits words at the comma that stands alone.
function! redlua#parts(words) abort
  let l:comma = index(a:words, ',')
  return l:comma < 0 ? [a:words, []] : [l:comma ? a:words[: l:comma - 1] : [], a:words[l:comma + 1 :]]
endfunction

" A word as it may be typed.
function! redlua#quote(word) abort
  if a:word !=# '' && a:word !=# ',' && a:word !~# '[[:space:][:cntrl:]''"\\]'
    return a:word
  endif
  let l:inner = substitute(a:word, '["\\]', '\\&', 'g')
  for [l:name, l:meant] in items(s:escapes)
    let l:inner = substitute(l:inner, l:meant, '\\' . l:name, 'g')
  endfor
  return '"' . substitute(l:inner, '[[:cntrl:]]', '\=printf("\\x%02x", char2nr(submatch(0)))', 'g') . '"'
endfunction

function! redlua#line(keys, args) abort
  return join(map(copy(a:keys), 'redlua#quote(v:val)') + (empty(a:args) ? [] : [','] + map(copy(a:args), 'redlua#quote(v:val)')))
endfunction

" Nobody can be asked while an answer of the server is read.
function! s:later(Do) abort
  call timer_start(0, {-> a:Do()})
endfunction

" Finds the function of a library that is meant; v:null for a script.
function! s:pick(buffer, Done) abort
  call s:execute(a:buffer, 'redlua.status', s:argument(a:buffer, v:null),
  \ {status -> s:later({-> s:picked(a:buffer, a:Done, status)})})
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
  let l:argument = extend({'ask': v:false}, a:argument)
  call s:execute(a:buffer, 'redlua.run', l:argument, {outcome -> s:ran(a:buffer, l:argument, outcome)})
endfunction

function! s:ran(buffer, argument, outcome) abort
  let l:inputs = get(a:outcome, 'inputs', {})
  let l:again = extend(copy(a:argument), {'keys': get(l:inputs, 'keys', []), 'args': get(l:inputs, 'args', [])})
  call s:show(s:lines(a:outcome), a:buffer, {-> s:run(a:buffer, l:again)})
endfunction

" Asks for keys and arguments by their names.
function! s:ask(buffer, name) abort
  call s:execute(a:buffer, 'redlua.inputs', s:argument(a:buffer, a:name),
  \ {form -> s:later({-> s:asked(a:buffer, a:name, form)})})
endfunction

function! s:asked(buffer, name, form) abort
  let l:Names = {rows, more -> join(map(copy(rows), 'v:val.name') + (more ? ['…'] : []))}
  let l:Values = {rows -> map(copy(rows), 'v:val.value')}
  let l:keys = l:Names(a:form.keys, a:form.moreKeys)
  let l:args = l:Names(a:form.args, a:form.moreArgs)
  let s:choices = map(copy(a:form.choices), 'redlua#line(v:val.keys, v:val.args)')
  let l:argument = s:argument(a:buffer, a:name)
  if l:keys . l:args !=# ''
    call inputsave()
    let l:line = input('Run with ' . l:keys . (l:args ==# '' ? '' : ' , ' . l:args) . ': ',
    \ redlua#line(l:Values(a:form.keys), l:Values(a:form.args)), 'customlist,redlua#choices')
    call inputrestore()
    try
      let [l:argument.keys, l:argument.args] = redlua#parts(redlua#split(l:line))
    catch /^redlua:/
      return s:complain(v:exception[8:])
    endtry
  endif
  call s:run(a:buffer, l:argument)
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

" The lines that tell of an outcome, each with where it comes from.
function! s:lines(outcome) abort
  let l:lines = []
  let l:failed = get(a:outcome, 'error', {})
  let l:reply = get(a:outcome, 'reply', '')
  call s:put(l:lines, l:reply, {})
  if type(l:failed) == v:t_dict && has_key(l:failed, 'line')
    call s:put(l:lines, 'at line ' . l:failed.line . (has_key(l:failed, 'path') ? ' of ' . l:failed.path : ''), l:failed)
  endif
  let l:inputs = get(a:outcome, 'inputs', {})
  let l:words = redlua#line(get(l:inputs, 'keys', []), get(l:inputs, 'args', []))
  if l:words !=# ''
    call s:put(l:lines, 'with ' . l:words . (get(l:inputs, 'madeUp') is v:true ? '   (made up: examples would tell)' : ''), {})
  endif
  call s:part(l:lines, 'Commands', get(a:outcome, 'commands', []), {row -> [printf('%4d  %s  → %s', row.line,
  \ redlua#line(row.argv, [])[: 199], substitute(row.reply, '\s*\n\s*', ' ', 'g')[: 199])]})
  call s:part(l:lines, 'Changed', get(a:outcome, 'changes', []), {row -> ['  ' . row.key . '  ' . row.type]
  \ + s:side('-', get(row, 'before', v:null)) + s:side('+', get(row, 'after', v:null))})
  call s:part(l:lines, 'Log', get(a:outcome, 'log', []), {row -> ['  ' . row.level . ': ' . row.text]})
  call s:part(l:lines, 'Published', get(a:outcome, 'published', []), {row -> ['  ' . row.channel . ': ' . row.message]})
  let l:cost = get(a:outcome, 'cost', v:null)
  if type(l:cost) == v:t_dict
    call s:put(l:lines, '', {})
    call s:put(l:lines, printf('%d command%s, %d instructions, %.1f ms', l:cost.commands, l:cost.commands == 1 ? '' : 's',
    \ l:cost.instructions, l:cost.microseconds / 1000.0), {})
  endif
  return l:lines
endfunction

function! s:put(lines, text, from) abort
  for l:line in split(a:text, "\n", 1)
    call add(a:lines, {'text': l:line, 'from': a:from})
  endfor
endfunction

function! s:part(lines, title, rows, Texts) abort
  if empty(a:rows)
    return
  endif
  call s:put(a:lines, '', {})
  call s:put(a:lines, a:title, {})
  for l:row in a:rows
    call s:put(a:lines, join(a:Texts(l:row), "\n"), l:row)
  endfor
endfunction

function! s:side(sign, value) abort
  return type(a:value) == v:t_string ? ['    ' . a:sign . ' ' . substitute(a:value, '\n', "\n      ", 'g')] : []
endfunction

" Shows lines in a window below: q closes it, Return goes to where a line comes from, R runs again.
function! s:show(lines, buffer, Again) abort
  let l:window = bufwinnr('redlua://outcome')
  if l:window > 0
    execute l:window . 'wincmd w'
  else
    execute 'silent botright ' . max([4, min([len(a:lines), &lines * 6 / 10])]) . 'new redlua://outcome'
    setlocal buftype=nofile bufhidden=wipe noswapfile nobuflisted winfixheight nonumber
  endif
  setlocal modifiable
  silent %delete _
  call setline(1, map(copy(a:lines), 'v:val.text'))
  setlocal nomodifiable filetype=redlua-outcome
  call cursor(1, 1)
  execute 'resize' max([4, min([len(a:lines), &lines * 6 / 10])])
  let b:redlua = {'lines': a:lines, 'buffer': a:buffer, 'again': a:Again}
  nnoremap <buffer> <nowait> <silent> q :close<CR>
  nnoremap <buffer> <nowait> <silent> R :call b:redlua.again()<CR>
  nnoremap <buffer> <nowait> <silent> <CR> :call <SID>jump()<CR>
endfunction

function! s:jump() abort
  let l:from = get(b:redlua.lines, line('.') - 1, {'from': {}}).from
  if !has_key(l:from, 'line')
    return
  endif
  let l:buffer = b:redlua.buffer
  let l:path = has_key(l:from, 'path') ? simplify(redlua#root(l:buffer) . '/' . l:from.path) : ''
  close
  let l:window = bufwinnr(l:buffer)
  if l:window > 0
    execute l:window . 'wincmd w'
  endif
  if l:path !=# ''
    execute 'edit' fnameescape(l:path)
  endif
  call cursor(l:from.line, 1)
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

" The column of the cursor in UTF-16, as the protocol counts.
function! s:column() abort
  let l:before = strpart(getline('.'), 0, col('.') - 1)
  return strchars(l:before) + count(map(split(l:before, '\zs'), 'char2nr(v:val) > 0xffff'), 1)
endfunction

" The lines of a page in Markdown, without the marks of code blocks.
function! s:page(page) abort
  let l:lines = filter(split(a:page.markdown, "\n", 1), 'v:val !~# "^```"')
  return map(l:lines, '{"text": v:val, "from": {}}')
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
    let l:given = {}
    if l:rest !=# ''
      try
        let [l:given.keys, l:given.args] = redlua#parts(redlua#split(l:rest))
      catch /^redlua:/
        return s:complain(v:exception[8:])
      endtry
    endif
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
    \ : extend(s:argument(l:buffer, v:null), {'position': {'line': line('.') - 1, 'character': s:column()}})
    call s:execute(l:buffer, 'redlua.explain', extend(l:what, {'show': v:false}), {page -> s:show(s:page(page), l:buffer, {-> 0})})
  else
    call s:complain(printf('there is no `:Redlua %s`; there are %s', l:name, join(s:subcommands, ', ')))
  endif
endfunction

function! s:summary(rows) abort
  let l:lines = []
  for l:row in a:rows
    call s:put(l:lines, (get(l:row, 'function', v:null) is v:null ? '' : l:row.function . "\n") . l:row.text, {})
  endfor
  return l:lines
endfunction
