autocmd BufNewFile,BufRead *.redis setfiletype redis
" A library without an extension says what it is on the first line.
autocmd BufNewFile,BufRead * if getline(1) =~# '^#!lua\>' | setfiletype lua | endif
