//! What the servers changed in Lua 5.1.5, and what a run within a budget needs; each as a text that is put in the place of
//! another. A text that is not found as often as it should be ends the build.

pub(crate) struct Patch {
    pub(crate) file: &'static str,
    pub(crate) find: &'static str,
    pub(crate) times: usize,
    pub(crate) replace: &'static str,
}

const fn once(file: &'static str, find: &'static str, replace: &'static str) -> Patch {
    Patch { file, find, times: 1, replace }
}

pub(crate) const PATCHES: &[Patch] = &[
    // Read-only tables, as the servers have had them since 7.0: a flag that every way to write looks at.
    once("lobject.h", "  lu_byte lsizenode;  /* log2", "  lu_byte readonly;\n  lu_byte lsizenode;  /* log2"),
    once("ltable.c", "  t->flags = cast_byte(~0);", "  t->flags = cast_byte(~0);\n  t->readonly = 0;"),
    once(
        "lvm.c",
        "      TValue *oldval = luaH_set(L, h, key); /* do a primitive set */",
        "      TValue *oldval;\n      if (h->readonly) luaG_runerror(L, \"Attempt to modify a readonly table\");\n      oldval = luaH_set(L, h, key);",
    ),
    once(
        "lapi.c",
        "  setobj2t(L, luaH_set(L, hvalue(t), L->top-2), L->top-1);",
        "  if (hvalue(t)->readonly) luaG_runerror(L, \"Attempt to modify a readonly table\");\n  setobj2t(L, luaH_set(L, hvalue(t), L->top-2), L->top-1);",
    ),
    once(
        "lapi.c",
        "  setobj2t(L, luaH_setnum(L, hvalue(o), n), L->top-1);",
        "  if (hvalue(o)->readonly) luaG_runerror(L, \"Attempt to modify a readonly table\");\n  setobj2t(L, luaH_setnum(L, hvalue(o), n), L->top-1);",
    ),
    once(
        "lapi.c",
        "      hvalue(obj)->metatable = mt;",
        "      if (hvalue(obj)->readonly) luaG_runerror(L, \"Attempt to modify a readonly table\");\n      hvalue(obj)->metatable = mt;",
    ),
    once(
        "lapi.c",
        "LUA_API int lua_setmetatable (lua_State *L, int objindex) {",
        "LUA_API void redlua_setreadonly (lua_State *L, int idx, int on) {\n  hvalue(index2adr(L, idx))->readonly = cast_byte(on != 0);\n}\n\nLUA_API int redlua_hookcount (lua_State *L) {\n  return L->hookcount;\n}\n\nLUA_API int redlua_isreadonly (lua_State *L, int idx) {\n  return hvalue(index2adr(L, idx))->readonly;\n}\n\nLUA_API int lua_setmetatable (lua_State *L, int objindex) {",
    ),
    // The order of `pairs` follows from the hash of strings: every byte counts since Redis 7.0, murmur3 since Valkey 8.1. The
    // first byte of the allocator's data says which is wanted.
    once(
        "lstring.c",
        "TString *luaS_newlstr (lua_State *L, const char *str, size_t l) {",
        concat!(
            "static unsigned int murmur3 (const unsigned char *s, size_t l) {\n",
            "  unsigned int h = (unsigned int)l, k;\n  size_t i, n = l / 4;\n",
            "  for (i = 0; i < n; i++) {\n",
            "    k = s[4*i] | (unsigned int)s[4*i+1] << 8 | (unsigned int)s[4*i+2] << 16 | (unsigned int)s[4*i+3] << 24;\n",
            "    k *= 0xcc9e2d51u; k = k << 15 | k >> 17; k *= 0x1b873593u;\n",
            "    h ^= k; h = h << 13 | h >> 19; h = h * 5 + 0xe6546b64u;\n  }\n",
            "  k = 0;\n  for (i = l & 3; i > 0; i--) k = k << 8 | s[4*n+i-1];\n",
            "  if (l & 3) { k *= 0xcc9e2d51u; k = k << 15 | k >> 17; k *= 0x1b873593u; h ^= k; }\n",
            "  h ^= (unsigned int)l; h ^= h >> 16; h *= 0x85ebca6bu; h ^= h >> 13; h *= 0xc2b2ae35u; h ^= h >> 16;\n",
            "  return h;\n}\n\n",
            "TString *luaS_newlstr (lua_State *L, const char *str, size_t l) {\n",
            "  const unsigned char hashing = *(const unsigned char *)G(L)->ud;"
        ),
    ),
    once("lstring.c", "  size_t step = (l>>5)+1;", "  size_t step = hashing == 0 ? (l>>5)+1 : 1;"),
    once(
        "lstring.c",
        "  for (l1=l; l1>=step; l1-=step)  /* compute hash */",
        "  if (hashing == 2) h = murmur3(cast(const unsigned char *, str), l);\n  else for (l1=l; l1>=step; l1-=step)",
    ),
    // Since the security releases of October 2025 `[[` inside `[[ ]]` is text; the allocator's second byte says so.
    once(
        "llex.c",
        "          if (sep == 0)\n            luaX_lexerror(ls, \"nesting",
        "          if (sep == 0 && ((const unsigned char *)G(ls->L)->ud)[1] == 0)\n            luaX_lexerror(ls, \"nesting",
    ),
    // A handler of errors that runs within a hook must have the hook itself: else it could run for ever.
    once(
        "ldebug.c",
        "    luaD_call(L, L->top - 2, 1);  /* call it */",
        "    L->allowhook = 1;\n    luaD_call(L, L->top - 2, 1);  /* call it */",
    ),
    // Short integers are read and written without the C library, which takes its time for numbers of any kind.
    once(
        "lobject.c",
        "  char *endptr;\n  *result = lua_str2number(s, &endptr);",
        concat!(
            "  char *endptr;\n  const char *first = s + (*s == '-'), *end = first;\n  lua_Number whole = 0;\n",
            "  while (end - s < 16 && *end >= '0' && *end <= '9') whole = whole * 10 + (*end++ - '0');\n",
            "  if (*end == '\\0' && end > first && end - s < 16) {\n",
            "    *result = *s == '-' ? -whole : whole;\n    return 1;\n  }\n",
            "  *result = lua_str2number(s, &endptr);"
        ),
    ),
    once(
        "lvm.c",
        "    lua_number2str(s, n);",
        concat!(
            "    if (n > -1e9 && n < 1e9 && n == cast_num(cast(int, n)) && (n != 0 || 1 / n > 0)) {\n",
            "      char *at = s + LUAI_MAXNUMBER2STR;\n      int rest = cast(int, n < 0 ? -n : n);\n",
            "      do *--at = cast(char, '0' + rest % 10); while (rest /= 10);\n",
            "      if (n < 0) *--at = '-';\n",
            "      setsvalue2s(L, obj, luaS_newlstr(L, at, cast(size_t, s + LUAI_MAXNUMBER2STR - at)));\n",
            "      return 1;\n    }\n    lua_number2str(s, n);"
        ),
    ),
    // Integers have 64 bits on every machine, and what is beyond their range is the least one, as on the servers' x86-64.
    once("luaconf.h", "#define LUA_INTEGER\tptrdiff_t", "#define LUA_INTEGER\tlong long"),
    once("luaconf.h", "#define LUA_INTFRMLEN\t\t\"l\"", "#define LUA_INTFRMLEN\t\t\"ll\""),
    once("luaconf.h", "#define LUA_INTFRM_T\t\tlong\n", "#define LUA_INTFRM_T\t\tlong long\n"),
    once(
        "luaconf.h",
        "#define lua_number2int(i,d)\t((i)=(int)(d))\n#define lua_number2integer(i,d)\t((i)=(lua_Integer)(d))",
        concat!(
            "#define redlua_integer(d)\t((d) >= -9223372036854775808.0 && (d) < 9223372036854775808.0 ? (lua_Integer)(d) : (lua_Integer)1 << 63)\n",
            "#define lua_number2integer(i,d)\t((i)=redlua_integer(d))\n",
            "#if defined(__x86_64__)\n#define lua_number2int(i,d)\t((i)=(int)(d))\n",
            "#else\n#define lua_number2int(i,d)\t((i)=(d) > -2147483649.0 && (d) < 2147483648.0 ? (int)(d) : -2147483647-1)\n#endif"
        ),
    ),
    once("lbaselib.c", "unsigned long n;", "unsigned long long n;"),
    once("lbaselib.c", "n = strtoul(s1, &s2, base);", "n = strtoull(s1, &s2, base);"),
    once("lobject.c", "cast_num(strtoul(s, &endptr, 16))", "cast_num(strtoull(s, &endptr, 16))"),
    Patch { file: "lstrlib.c", find: "ptrdiff_t pos", times: 4, replace: "lua_Integer pos" },
    once("lstrlib.c", "  ptrdiff_t start = posrelat", "  lua_Integer start = posrelat"),
    once("lstrlib.c", "  ptrdiff_t end = posrelat", "  lua_Integer end = posrelat"),
    once("lstrlib.c", "if ((size_t)pose > l)", "if ((unsigned long long)pose > l)"),
    once("lstrlib.c", "  ptrdiff_t init = posrelat", "  lua_Integer init = posrelat"),
    once("lstrlib.c", "((size_t)(init) > l1)", "((unsigned long long)(init) > l1)"),
    once(
        "lstrlib.c",
        "sprintf(buff, form, (LUA_INTFRM_T)luaL_checknumber(L, arg));",
        "sprintf(buff, form, luaL_checkinteger(L, arg));",
    ),
    once(
        "lstrlib.c",
        "sprintf(buff, form, (unsigned LUA_INTFRM_T)luaL_checknumber(L, arg));",
        concat!(
            "lua_Number n = luaL_checknumber(L, arg);\n",
            "          unsigned long long above = n >= 9223372036854775808.0 ? 1ULL << 63 : 0;\n",
            "          if (above) n -= 9223372036854775808.0;\n",
            "          sprintf(buff, form, above ^ (unsigned long long)redlua_integer(n));"
        ),
    ),
    // Compiled chunks are not read: they could do anything.
    once("ldo.c", "((c == LUA_SIGNATURE[0]) ? luaU_undump : luaY_parser)", "((void)c, luaY_parser)"),
    // The name of the chunk must outlive a collection that happens while it is parsed (CVE-2025-49844).
    once(
        "lparser.c",
        "  luaX_setinput(L, &lexstate, z, luaS_new(L, name));",
        "  setsvalue2s(L, L->top, luaS_new(L, name));\n  incr_top(L);\n  luaX_setinput(L, &lexstate, z, rawtsvalue(L->top - 1));",
    ),
    once("lparser.c", "  lua_assert(lexstate.fs == NULL);\n", "  lua_assert(lexstate.fs == NULL);\n  L->top--;\n"),
    // The functions of the script are marked: a chunk of `loadstring` may have the same name, and its lines are no lines of the
    // script. A frame that a tail call of the script has given away keeps the line of that call.
    once("lobject.h", "  lu_byte maxstacksize;\n} Proto;", "  lu_byte maxstacksize;\n  lu_byte is_script;\n} Proto;"),
    once("lfunc.c", "  f->is_vararg = 0;", "  f->is_vararg = 0;\n  f->is_script = 0;"),
    once("lstate.h", "  int tailcalls;  /*", "  int scriptline;\n  int tailcalls;  /*"),
    once("ldo.c", "    ci->tailcalls = 0;", "    ci->tailcalls = 0;\n    ci->scriptline = 0;"),
    once(
        "lvm.c",
        "            StkId pfunc = (ci+1)->func;  /* previous function index */\n",
        concat!(
            "            StkId pfunc = (ci+1)->func;  /* previous function index */\n",
            "            Proto *before = clvalue(func)->l.p;\n",
            "            if (before->is_script) ci->scriptline = getline(before, pcRel(ci->savedpc, before));\n",
        ),
    ),
    once(
        "ldebug.c",
        "static Proto *getluaproto (CallInfo *ci) {",
        concat!(
            "static void markscript (Proto *p) {\n  int i;\n  p->is_script = 1;\n",
            "  for (i = 0; i < p->sizep; i++) markscript(p->p[i]);\n}\n\n",
            "LUA_API void redlua_markscript (lua_State *L) {\n  markscript(clvalue(L->top - 1)->l.p);\n}\n\n",
            "LUA_API int redlua_inscript (lua_State *L) {\n",
            "  return isLua(L->ci) && ci_func(L->ci)->l.p->is_script;\n}\n\n",
            "LUA_API int redlua_scriptline (lua_State *L) {\n  CallInfo *ci;\n",
            "  for (ci = L->ci; ci > L->base_ci; ci--) {\n    if (!isLua(ci)) continue;\n",
            "    if (ci_func(ci)->l.p->is_script) return currentline(L, ci);\n",
            "    if (ci->scriptline > 0) return ci->scriptline;\n  }\n  return 0;\n}\n\n",
            "static Proto *getluaproto (CallInfo *ci) {"
        ),
    ),
    // Userdata of `newproxy` is not finalised: that would run Lua where none is expected.
    once("lgc.c", "fasttm(L, gco2u(curr)->metatable, TM_GC) == NULL", "1"),
    // Loops in C that no hook sees ask now and then whether the run may go on; patterns are bounded in depth, for they
    // recurse on the stack of the thread.
    once("lstrlib.c", "  int level;  /* total number", "  int steps;\n  int depth;\n  int level;  /* total number"),
    Patch { file: "lstrlib.c", find: "ms.L = L;", times: 3, replace: "ms.L = L; ms.steps = 0; ms.depth = 0;" },
    once(
        "lstrlib.c",
        "static int str_len (lua_State *L) {",
        "extern void redlua_tick (lua_State *L);\n\nstatic int str_len (lua_State *L) {",
    ),
    once(
        "lstrlib.c",
        "static const char *match (MatchState *ms, const char *s, const char *p) {\n  init:",
        concat!(
            "static const char *match_inside (MatchState *ms, const char *s, const char *p);\n",
            "static const char *match (MatchState *ms, const char *s, const char *p) {\n",
            "  const char *res;\n",
            "  if (++ms->depth > 15000) luaL_error(ms->L, \"pattern too complex\");\n",
            "  res = match_inside(ms, s, p);\n  ms->depth--;\n  return res;\n}\n\n",
            "static const char *match_inside (MatchState *ms, const char *s, const char *p) {\n",
            "  init:\n  if (++ms->steps >= 10000) { ms->steps = 0; redlua_tick(ms->L); }\n"
        ),
    ),
    once(
        "lstrlib.c",
        "  while (n-- > 0)\n    luaL_addlstring(&b, s, l);",
        "  redlua_tick(L);\n  while (l > 0 && n-- > 0) {\n    redlua_work(L, l);\n    luaL_addlstring(&b, s, l);\n  }",
    ),
    // Whoever catches an error asks at once whether the run may go on: else a loop could catch the end of its memory many times.
    once(
        "lbaselib.c",
        "static int luaB_pcall (lua_State *L) {\n  int status;",
        "extern void redlua_tick (lua_State *L);\nstatic int luaB_pcall (lua_State *L) {\n  int status;",
    ),
    once(
        "lbaselib.c",
        "  status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);",
        "  status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);\n  if (status != 0) redlua_tick(L);",
    ),
    once(
        "lbaselib.c",
        "  status = lua_pcall(L, 0, LUA_MULTRET, 1);",
        "  status = lua_pcall(L, 0, LUA_MULTRET, 1);\n  if (status != 0) redlua_tick(L);",
    ),
    once(
        "lbaselib.c",
        "    lua_xmove(co, L, 1);  /* move error message */",
        "    redlua_tick(L);\n    lua_xmove(co, L, 1);  /* move error message */",
    ),
    once(
        "ltablib.c",
        "      for (i = e; i > pos; i--) {  /* move up elements */",
        "      for (i = e; i > pos; i--) {  /* move up elements */\n        if ((i & 0xffff) == 0) redlua_tick(L);",
    ),
    once(
        "ltablib.c",
        "static int tinsert (lua_State *L) {",
        "extern void redlua_tick (lua_State *L);\nstatic int tinsert (lua_State *L) {",
    ),
    // Work that one instruction does in C counts too: the longest take seconds where the hook sees a single instruction.
    once(
        "lua.h",
        "LUA_API void lua_setallocf (lua_State *L, lua_Alloc f, void *ud);",
        concat!(
            "LUA_API void lua_setallocf (lua_State *L, lua_Alloc f, void *ud);\n",
            "LUA_API void redlua_work (lua_State *L, size_t n);\n",
            "extern void redlua_tick (lua_State *L);"
        ),
    ),
    once("lstate.h", "  TString *tmname[TM_N];", "  size_t work;\n  TString *tmname[TM_N];"),
    once("lstate.c", "  g->gcdept = 0;", "  g->gcdept = 0;\n  g->work = 0;"),
    once(
        "lapi.c",
        "LUA_API lua_CFunction lua_atpanic (lua_State *L, lua_CFunction panicf) {",
        concat!(
            "LUA_API void redlua_work (lua_State *L, size_t n) {\n",
            "  if ((G(L)->work += n) >= 1000000) {\n    G(L)->work = 0;\n    redlua_tick(L);\n  }\n}\n\n",
            "LUA_API lua_CFunction lua_atpanic (lua_State *L, lua_CFunction panicf) {"
        ),
    ),
    once(
        "lstring.c",
        "  GCObject *o;\n  unsigned int h = cast(unsigned int, l);  /* seed */",
        "  GCObject *o;\n  unsigned int h = cast(unsigned int, l);  /* seed */\n  if (l > 4096) redlua_work(L, l);",
    ),
    Patch {
        file: "lvm.c",
        find: "    return l_strcmp(rawtsvalue(l), rawtsvalue(r))",
        times: 2,
        replace: "    return redlua_work(L, tsvalue(l)->len >> 3), l_strcmp(rawtsvalue(l), rawtsvalue(r))",
    },
    once(
        "lvm.c",
        "  const TValue *b, *c;\n  if ((b = luaV_tonumber",
        concat!(
            "  const TValue *b, *c;\n  if (ttisstring(rb)) redlua_work(L, tsvalue(rb)->len);\n",
            "  if (ttisstring(rc)) redlua_work(L, tsvalue(rc)->len);\n  if ((b = luaV_tonumber"
        ),
    ),
    once(
        "lapi.c",
        "  const TValue *o = index2adr(L, idx);\n  return tonumber(o, &n);",
        "  const TValue *o = index2adr(L, idx);\n  if (ttisstring(o)) redlua_work(L, tsvalue(o)->len);\n  return tonumber(o, &n);",
    ),
    once(
        "ltable.c",
        "  int i = findindex(L, t, key);  /* find original element */",
        "  int i = findindex(L, t, key);  /* find original element */\n  int from = i;",
    ),
    once(
        "ltable.c",
        "    if (!ttisnil(&t->array[i])) {  /* a non-nil value? */",
        "    if (!ttisnil(&t->array[i])) {  /* a non-nil value? */\n      redlua_work(L, 8 * (i - from));",
    ),
    once(
        "ltable.c",
        "    if (!ttisnil(gval(gnode(t, i)))) {  /* a non-nil value? */",
        "    if (!ttisnil(gval(gnode(t, i)))) {  /* a non-nil value? */\n      redlua_work(L, 8 * (i + t->sizearray - from));",
    ),
    once(
        "ltable.c",
        "  return 0;  /* no more elements */",
        "  redlua_work(L, 8 * (i + t->sizearray - from));\n  return 0;",
    ),
    once(
        "lbaselib.c",
        "  int o = luaL_checkoption(L, 1, \"collect\", opts);",
        "  int o = luaL_checkoption(L, 1, \"collect\", opts);\n  redlua_tick(L);",
    ),
    once(
        "llex.c",
        "  ls->lastline = ls->linenumber;\n  if",
        "  ls->lastline = ls->linenumber;\n  redlua_work(ls->L, 100);\n  if",
    ),
    once("ltablib.c", "    lua_rawgeti(L, 1, pos+1);", "    redlua_work(L, 8);\n    lua_rawgeti(L, 1, pos+1);"),
    once(
        "ltablib.c",
        "static int sort_comp (lua_State *L, int a, int b) {",
        "static int sort_comp (lua_State *L, int a, int b) {\n  redlua_work(L, 30);",
    ),
    once(
        "ltablib.c",
        "    addfield(L, &b, i);\n    luaL_addlstring",
        "    redlua_work(L, lsep + 8);\n    addfield(L, &b, i);\n    luaL_addlstring",
    ),
    once(
        "lstrlib.c",
        "static const char *lmemfind (const char *s1, size_t l1,",
        "static const char *lmemfind (lua_State *L, const char *s1, size_t l1,",
    ),
    once(
        "lstrlib.c",
        "      init++;   /* 1st char is already checked */",
        "      init++;   /* 1st char is already checked */\n      redlua_work(L, 32 + l2 / 8);",
    ),
    once("lstrlib.c", "lmemfind(s+init,", "lmemfind(L, s+init,"),
    // What a step of a pattern costs is what it looks at.
    once(
        "lstrlib.c",
        "    while (++s < ms->src_end) {",
        "    while (++s < ms->src_end) {\n      if (((ms->src_end - s) & 0xfff) == 0) redlua_work(ms->L, 4096);",
    ),
    once("lstrlib.c", "      if (*p == '^') p++;", "      const char *from = p;\n      if (*p == '^') p++;"),
    once(
        "lstrlib.c",
        "      } while (*p != ']');",
        "      } while (*p != ']');\n      if (p - from > 64) redlua_work(ms->L, p - from);",
    ),
    once(
        "lstrlib.c",
        "  while ((s+i)<ms->src_end && singlematch(uchar(*(s+i)), p, ep))\n    i++;",
        "  while ((s+i)<ms->src_end && singlematch(uchar(*(s+i)), p, ep)) {\n    if (ep - p > 64 || (i & 0xfff) == 0) redlua_work(ms->L, (ep - p) * (ep - p > 64 ? 1 : 4096));\n    i++;\n  }",
    ),
    once("lstrlib.c", "  len = ms->capture[l].len;", "  len = ms->capture[l].len;\n  redlua_work(ms->L, len / 8);"),
    // Where a function of ours is on the stack, nothing may jump over it: there a failure is a result.
    once(
        "lapi.c",
        "LUA_API int lua_checkstack (lua_State *L, int size) {",
        concat!(
            "struct Redlua_call { const char *s; size_t l; int a; int b; };\n\n",
            "static void try_pushlstring (lua_State *L, void *ud) {\n",
            "  struct Redlua_call *c = (struct Redlua_call *)ud;\n  lua_pushlstring(L, c->s, c->l);\n}\n\n",
            "static void try_createtable (lua_State *L, void *ud) {\n",
            "  struct Redlua_call *c = (struct Redlua_call *)ud;\n  lua_createtable(L, c->a, c->b);\n}\n\n",
            "static void try_rawset (lua_State *L, void *ud) {\n",
            "  struct Redlua_call *c = (struct Redlua_call *)ud;\n  lua_rawset(L, c->a);\n}\n\n",
            "static void try_rawseti (lua_State *L, void *ud) {\n",
            "  struct Redlua_call *c = (struct Redlua_call *)ud;\n  lua_rawseti(L, c->a, c->b);\n}\n\n",
            "LUA_API int redlua_pushlstring (lua_State *L, const char *s, size_t l) {\n",
            "  struct Redlua_call c;\n  c.s = s;\n  c.l = l;\n  return luaD_rawrunprotected(L, try_pushlstring, &c);\n}\n\n",
            "LUA_API int redlua_createtable (lua_State *L, int na, int nh) {\n",
            "  struct Redlua_call c;\n  c.a = na;\n  c.b = nh;\n  return luaD_rawrunprotected(L, try_createtable, &c);\n}\n\n",
            "static int is_large (lua_State *L, int idx) {\n",
            "  Table *t = hvalue(index2adr(L, idx));\n  return t->sizearray >= 2048 || sizenode(t) >= 512;\n}\n\n",
            "LUA_API int redlua_rawset (lua_State *L, int idx) {\n",
            "  struct Redlua_call c;\n  if (!is_large(L, idx)) {\n    lua_rawset(L, idx);\n    return 0;\n  }\n",
            "  c.a = idx;\n  return luaD_rawrunprotected(L, try_rawset, &c);\n}\n\n",
            "LUA_API int redlua_rawseti (lua_State *L, int idx, int n) {\n",
            "  struct Redlua_call c;\n  if (!is_large(L, idx)) {\n    lua_rawseti(L, idx, n);\n    return 0;\n  }\n",
            "  c.a = idx;\n  c.b = n;\n  return luaD_rawrunprotected(L, try_rawseti, &c);\n}\n\n",
            "LUA_API int lua_checkstack (lua_State *L, int size) {"
        ),
    ),
    // The table of all strings stays as large as it is where there is no memory for a larger one.
    once(
        "lstring.c",
        "  newhash = luaM_newvector(L, newsize, GCObject *);",
        concat!(
            "  newhash = (GCObject **)(*G(L)->frealloc)(G(L)->ud, NULL, 0, newsize * sizeof(GCObject *));\n",
            "  if (newhash == NULL) return;\n  G(L)->totalbytes += newsize * sizeof(GCObject *);"
        ),
    ),
];
