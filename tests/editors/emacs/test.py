"""Drives Emacs in a terminal, as its README tells. Run by `tests/editors/emacs/run`."""

import hashlib
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import STOCK, Suite  # noqa: E402

# Nothing tells Emacs that the terminal of the pictures is dark.
DARK = ["--eval", "(progn (setq frame-background-mode 'dark) (frame-set-background-mode (selected-frame)))"]


class Emacs(Suite):
    variables = ("EMACS_MODES", "EMACS_LSP")
    rows = 34

    def command(self, path, settings):
        return [os.environ["EMACS"], *DARK, *settings.get("options", []), str(path)]

    def begin(self, emacs, settings):
        if settings.get("serves", True):
            emacs.wait(settings.get("sign", "[eglot:"))

    def check(self, emacs):
        assert_no_complaints(emacs)


suite = Emacs()


def command(emacs, name):
    emacs.keys("M-x")
    emacs.type(name + "\r")


def go_to(emacs, text):
    emacs.keys("M-<", "C-s")
    emacs.type(text + "\r")


def assert_no_complaints(emacs):
    """What Eglot and the server said to each other has no error in it, and the server wrote nothing on its own."""
    said = suite.workspace / "said"
    said.unlink(missing_ok=True)
    emacs.keys("C-g", "C-g", "M-:")
    emacs.type(
        f"""(with-temp-file "{said}" (dolist (it (buffer-list)) (when (string-match-p "EGLOT" (buffer-name it)) (insert-buffer-substring it))))\r"""
    )
    for _ in range(50):
        if said.exists():
            break
        time.sleep(0.1)
    text = said.read_text()
    for sign in ('"jsonrpc":"2.0","error"', "panicked", "window/logMessage"):
        # Eglot takes requests back, and is told so.
        lines = [line[:1000] for line in text.splitlines() if sign in line and '"code":-32800' not in line]
        assert not lines, "\n".join(lines)


@suite.test
def shows_findings_and_fixes_them(emacs):
    """
local n = redis.call('GTE', KEYS[1])
return n
"""
    emacs.wait("(Redis Lua")
    command(emacs, "flymake-goto-next-error")
    emacs.wait("no server has a command")
    emacs.shot(suite.images / "finding.svg", "Emacs")
    command(emacs, "eglot-code-actions")
    emacs.wait("GET")
    emacs.keys("Enter")
    emacs.wait("redis.call('GET'")


@suite.test
def completes_inside_a_call(emacs):
    """
local n = redis.call('HG', KEYS[1])
return n
"""
    go_to(emacs, "HG")
    emacs.keys("C-M-i")
    emacs.wait("HGETALL")
    emacs.shot(suite.images / "completion.svg", "Emacs")


@suite.test
def hovers(emacs):
    go_to(emacs, "'GE")
    emacs.keys("C-b")
    emacs.wait("GET key")
    emacs.keys("C-h", ".")
    emacs.wait("*eldoc")
    emacs.shot(suite.images / "hover.svg", "Emacs")


@suite.test
def asks_for_keys_and_arguments_by_name_and_shows_the_outcome(emacs):
    """
-- KEYS[1] the stock
-- ARGV[1] how many come
--> EVAL . 1 stock:42 2
--= (integer) 2

redis.call('HSET', KEYS[1] .. ':log', 'last', ARGV[1])
redis.log(redis.LOG_NOTICE, 'more of ' .. KEYS[1])
return redis.call('INCRBY', KEYS[1], ARGV[1])
"""
    emacs.keys("C-c", "C-c")
    emacs.wait("Run with the stock , how many come: stock:42 , 2")
    emacs.type("3\r")
    emacs.wait("(integer) 23")
    for part in ("INCRBY stock:42 23", "stock:42:log", '+ "23"', "notice  more of stock:42", "2 commands, "):
        emacs.wait(part)
    emacs.shot(suite.images / "run.svg", "Emacs")


@suite.test
def runs_what_is_in_the_buffer_again(emacs):
    """
redis.call('SET', KEYS[1], 41)
return redis.call('INCR', KEYS[1])
"""
    emacs.keys("C-c", "C-a")
    emacs.wait("(integer) 42")
    # Beside the code too.
    emacs.wait("KEYS[1]) → (integer) 42")
    go_to(emacs, "41")
    emacs.keys("BSpace", "BSpace")
    emacs.type("499")
    emacs.keys("C-c", "C-a")
    emacs.wait("(integer) 500")


@suite.test
def an_action_runs_too(emacs):
    command(emacs, "eglot-code-actions")
    emacs.wait("Run")
    emacs.keys("Escape", "v")
    emacs.type("Run against\t\r")
    emacs.wait("DECRBY")


@suite.test
def a_failing_line_is_marked_and_reached(emacs):
    """
redis.call('SET', KEYS[1], 'x')
return redis.call('INCR', KEYS[1])
"""
    emacs.keys("C-c", "C-a")
    emacs.wait("at line 2")
    command(emacs, "flymake-show-buffer-diagnostics")
    emacs.wait("not an integer")


@suite.test
def functions_of_a_library_are_chosen_by_name(emacs):
    """
#!lua name=counters
redis.register_function('up', function(keys) return redis.call('INCR', keys[1]) end)
redis.register_function('down', function(keys) return redis.call('DECR', keys[1]) end)
"""
    emacs.keys("M->", "C-c", "C-c")
    emacs.wait("Run which function (default down)")
    emacs.type("up\r")
    emacs.wait("Run with")
    emacs.keys("C-a", "C-k")
    emacs.type("hits\r")
    emacs.wait("INCR hits")
    emacs.wait("up of script.lua")


@suite.test
def examples_run_and_a_wrong_one_is_updated(emacs):
    emacs.keys("C-c", "C-t")
    emacs.wait("2 examples ✓")
    go_to(emacs, "integer) ")
    emacs.keys("C-d", "C-l")
    emacs.type("7")
    emacs.keys("C-c", "C-t")
    emacs.wait("1 wrong")
    command(emacs, "eglot-code-actions")
    emacs.wait("Update the example")


@suite.test
def the_keyspace_stays_until_it_is_reset(emacs):
    """
return redis.call('INCR', KEYS[1])
"""
    emacs.keys("C-c", "C-a")
    emacs.wait("(integer) 1")
    emacs.keys("C-c", "C-a")
    emacs.wait("(integer) 2")
    emacs.keys("C-c", "C-k")
    emacs.wait("as at the beginning")
    emacs.keys("C-c", "C-a")
    emacs.wait("(integer) 1")


@suite.test
def tells_what_a_script_does(emacs):
    emacs.keys("C-c", "C-s")
    emacs.wait("deterministic")


@suite.test
def shows_the_assembled_script(emacs):
    """
return redis.call('GET', KEYS[1])
"""
    command(emacs, "redlua-assembled")
    emacs.wait(hashlib.sha1(b"return redis.call('GET', KEYS[1])\n").hexdigest()[:8])


@suite.test
def explains_a_finding(emacs):
    """
return redis.call('GTE', KEYS[1])
"""
    emacs.wait("1 0")
    emacs.keys("C-c", "C-e")
    emacs.wait("What it does")


@suite.on(file="shop.redis")
def judges_transcripts(emacs):
    """
# A comment
> SET stock 5
OK
> INCR stock
(integer) 7
"""
    emacs.wait("(Redis ")
    emacs.keys("C-c", "C-t")
    emacs.wait("2 examples, 1 wrong")
    emacs.wait("(integer) 6")
    emacs.shot(suite.images / "transcript.svg", "Emacs")


@suite.on(file="plain.lua", serves=False)
def leaves_plain_lua_alone(emacs):
    """
local function add(a, b)
  return a + b
end
print(add(1, 2))
"""
    emacs.wait("(Fundamental)")


@suite.test
def renames_and_formats(emacs):
    """
local n   =  redis.call("GET",KEYS[1])
return n
"""
    go_to(emacs, "n  ")
    emacs.keys("C-a", "M-f", "C-f")
    command(emacs, "eglot-rename")
    emacs.wait("Rename")
    emacs.keys("C-a", "C-k")
    emacs.type("stock\r")
    emacs.wait("return stock")
    command(emacs, "eglot-format-buffer")
    emacs.wait('local stock = redis.call("GET", KEYS[1])')


@suite.on(bare=True, options=["--eval", """(setq-default eglot-workspace-configuration '(:redlua (:target ["redis 6.2"])))"""])
def settings_are_the_users(emacs):
    """
return redis.call('EXPIRETIME', KEYS[1])
"""
    emacs.wait("!!return")
    command(emacs, "flymake-goto-next-error")
    emacs.wait("is not there on redis 6.2")


OTHER = """(progn
  (add-to-list 'load-path (getenv "EMACS_MODES"))
  (autoload 'lua-mode "lua-mode" nil t)
  (add-to-list 'auto-mode-alist '("[.]lua\\\\'" . lua-mode))
  (add-hook 'lua-mode-hook #'eglot-ensure))"""


@suite.on(file="plain.lua", options=["--eval", OTHER])
def another_server_stays_beside_it_in_a_project(emacs):
    """
print(1)
"""
    emacs.wait("(Lua ")
    (suite.workspace / "script.lua").write_text(STOCK)
    emacs.keys("C-x", "C-f")
    emacs.type("script.lua\r")
    emacs.wait("(Redis Lua ")
    emacs.wait("[eglot:")
    emacs.keys("M-:")
    emacs.type("""(mapcar (lambda (it) (with-current-buffer it (type-of (eglot-current-server)))) '("plain.lua" "script.lua"))\r""")
    emacs.wait("(eglot-lsp-server redlua-server)")


# With lsp-mode, and Pyright as a package like lsp-pyright has it.
LSP = """(progn
  (dolist (it (directory-files (getenv "EMACS_LSP") t "^[^.]")) (add-to-list 'load-path it))
  (load "lsp-mode-autoloads" nil t)
  (setq lsp-completion-provider :none lsp-enable-suggest-server-download nil lsp-headerline-breadcrumb-enable nil lsp-warn-no-matched-clients nil lsp-eldoc-enable-hover nil suggest-key-bindings nil)
  (require 'lsp-mode)
  (lsp-register-client
   (make-lsp-client :new-connection (lsp-stdio-connection '("pyright-langserver" "--stdio"))
                    :activation-fn (lsp-activate-on "python") :multi-root t :server-id 'pyright))
  (add-hook 'python-mode-hook
            (lambda () (lsp-workspace-folders-add (directory-file-name default-directory)) (lsp))))"""
WITHOUT = "(setq redlua-hosts nil)"
SHOP = """\
class Stock:
    count: int = 1

stock = Stock()
TAKE = '''
-- KEYS[1] the stock
return redis.call('GTE', KEYS[1])
'''
stock.missing
"""


def in_python(*options, sign):
    """A test on a Python file, in lsp-mode."""

    def decorate(function):
        function.__doc__ = SHOP
        options_of_emacs = [part for option in (*options, LSP) for part in ("--eval", option)]
        return suite.test(function, file="shop.py", options=options_of_emacs, sign=sign)

    return decorate


BOTH = "LSP[pyright"


@in_python(sign=BOTH)
def a_script_in_a_python_string_beside_pyright(emacs):
    assert "redlua" in emacs.wait("LSP["), emacs.screen()
    emacs.wait("!!return")
    go_to(emacs, "GT")
    command(emacs, "flymake-goto-next-error")
    emacs.wait("no server has a command")
    emacs.shot(suite.images / "python.svg", "Emacs")
    command(emacs, "lsp-execute-code-action")
    emacs.wait("Select code action")
    emacs.type("Replace\t\r")
    emacs.wait("redis.call('GET'")
    go_to(emacs, "GE")
    command(emacs, "lsp-describe-thing-at-point")
    emacs.wait("Reads a string")
    emacs.keys("C-x", "1")
    # The reply is a message.
    command(emacs, "lsp-execute-code-action")
    emacs.wait("Select code action")
    emacs.type("Run against\t")
    emacs.wait("Run against the embedded engine")
    emacs.type("\r")
    emacs.wait("(nil)")
    go_to(emacs, "the stock")
    emacs.type("\rredis.call('HGETA")
    emacs.press_until("C-M-i", "HGETALL")


def around(emacs):
    """What the editor shows around the script: hover, a list, and what it says of formatting."""
    emacs.wait("!!stock")
    go_to(emacs, "stock =")
    emacs.keys("M-<", "C-n", "C-n", "C-n")
    seen = []
    command(emacs, "lsp-describe-thing-at-point")
    seen += [line for line in emacs.wait("(variable)").splitlines() if "(variable)" in line]
    emacs.keys("C-x", "1", "C-e", "Enter")
    emacs.type("stock.")
    emacs.press_until("C-M-i", "count (Variable)")
    seen += [line for line in emacs.screen().splitlines() if "(Variable)" in line or "(Method)" in line]
    emacs.keys("C-x", "1", "C-g")
    command(emacs, "lsp-format-buffer")
    command(emacs, "view-echo-area-messages")
    time.sleep(1)
    seen += [line for line in emacs.screen().splitlines() if "ormat" in line]
    return seen


@in_python(sign=BOTH)
def around_a_script_python_is_pyrights(emacs):
    emacs.wait("!!return")
    suite.seen = around(emacs)


@in_python(WITHOUT, sign=BOTH)
def around_a_script_it_is_as_without_us(emacs):
    seen = around(emacs)
    assert "redlua" not in emacs.screen(), emacs.screen()
    ours = getattr(suite, "seen", seen)
    assert ours == seen, "\n".join(["with:", *ours, "without:", *seen])


suite.finish("emacs")
