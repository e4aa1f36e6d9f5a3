" The window that shows an outcome.
if exists('b:current_syntax')
  finish
endif
syn match redluaReply /\%1l.*/
syn match redluaError /\%1l(error).*/
syn match redluaNote /^\%(with\|at line\) .*/
syn match redluaNote /^\d\+ commands\=, .*/
syn match redluaTitle /^\%(Commands\|Changed\|Log\|Published\)$/
syn match redluaLine /^ *\d\+\ze  /
syn match redluaBefore /^    - .*/
syn match redluaAfter /^    + .*/
hi def link redluaReply String
hi def link redluaError ErrorMsg
hi def link redluaNote Comment
hi def link redluaTitle Title
hi def link redluaLine LineNr
hi def link redluaBefore DiffDelete
hi def link redluaAfter DiffAdd
let b:current_syntax = 'redlua-outcome'
