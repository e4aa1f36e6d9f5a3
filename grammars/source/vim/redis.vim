if exists('b:current_syntax')
  finish
endif

" Replies are what no other line is.
syn case match
syn match redisPrompt /^> /he=e-1 nextgroup=redisCommand
syn match redisComment /^#.*/
syn match redisError /^(error)/ nextgroup=redisErrorCode skipwhite
syn match redisErrorCode /\<[A-Z][A-Z0-9_]*\>/ contained
syn match redisType /^\%(\s*\%(\d\+[)~#]\s*\)*\)\@<=(\%(integer\|double\|big number\)) */ nextgroup=redisNumber
syn match redisNil /(\%(nil\|true\|false\|empty \%(array\|list or set\|set\|hash\|map\|push\)\))/
syn match redisIndex /^\s*\%(\d\+[)~#]\s*\)\+/
syn match redisStatus /^\%(OK\|QUEUED\|PONG\)$/
syn match redisNumber /\%(^\|\s\)\@<=[-+]\=\d\+\%(\.\d\+\)\=\%(\s\|$\)\@=/
syn match redisEscape /\\\%(x\x\x\|.\)/ contained
syn region redisString start=/"/ skip=/\\./ end=/"/ oneline contains=redisEscape
syn region redisString start=/'/ skip=/\\'/ end=/'/ oneline
syn match redisScript /\s\zs\.\ze\%(\s\|$\)/

syn iskeyword @,48-57,_,-,.
syn case ignore
syn match redisCommand /\%(^> \|^\)\@<=\%(%vim.commands%\)\ze\%(\s\|$\)/
syn case match
syn keyword redisOption %vim.words%

hi def link redisPrompt Delimiter
hi def link redisComment Comment
hi def link redisCommand Function
hi def link redisOption Constant
hi def link redisScript Special
hi def link redisError ErrorMsg
hi def link redisErrorCode Exception
hi def link redisType Type
hi def link redisNil Constant
hi def link redisIndex Delimiter
hi def link redisStatus Constant
hi def link redisNumber Number
hi def link redisString String
hi def link redisEscape SpecialChar

let b:current_syntax = 'redis'
