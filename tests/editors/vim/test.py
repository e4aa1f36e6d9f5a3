"""Drives Vim in a terminal, as its README tells. Run by `tests/editors/vim/run`."""

import hashlib
import os
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import Suite  # noqa: E402


class Vim(Suite):
    def command(self, path, settings):
        return [os.environ["VIM_PROGRAM"], "-n", "--cmd", "set background=dark", *settings.get("more", []), str(path)]

    def begin(self, vim, settings):
        vim.wait("All")
        time.sleep(1)

    def check(self, vim):
        vim.keys("Escape")
        ex(vim, "messages")
        time.sleep(0.3)
        for sign in ("Error detected", "E117", "E121"):
            assert sign not in vim.screen(), vim.screen()


suite = Vim()


def ex(vim, command):
    vim.type(f":{command}\r")


@suite.test
def shows_findings_and_fixes_them(vim):
    """
local n = redis.call('GTE', KEYS[1])
return n
"""
    vim.wait(">>")
    vim.type("fG")
    vim.wait("no server has a command")
    vim.shot(suite.images / "finding.svg", "Vim")
    ex(vim, "ALECodeAction")
    vim.wait("Code Fixes")
    vim.type("1\r")
    vim.wait("redis.call('GET'")


@suite.test
def completes_inside_a_call(vim):
    """
local n = redis.call('HG', KEYS[1])
return n
"""
    vim.type("fGa")
    vim.keys("C-x", "C-o")
    vim.wait("HGETALL")
    vim.shot(suite.images / "completion.svg", "Vim")


@suite.on(more=["--cmd", "let g:ale_completion_enabled = 1"])
def completes_as_you_type(vim):
    """
local n = redis.call('H', KEYS[1])
return n
"""
    vim.type("fHaGE")
    vim.wait("HGETALL")


@suite.test
def renames_and_finds(vim):
    """
local n = redis.call('GET', KEYS[1])
print(n)
return n
"""
    vim.type("fn")
    ex(vim, "ALEFindReferences")
    vim.wait("script.lua:3:")
    ex(vim, "pclose")
    ex(vim, "ALERename")
    vim.wait("New name")
    vim.keys("C-u")
    vim.type("stock\r")
    vim.wait("return stock")
    vim.type("3Gfs")
    ex(vim, "ALEGoToDefinition")
    vim.wait("1,7")


@suite.test
def hovers(vim):
    vim.type("8Gt'fG")
    ex(vim, "ALEHover")
    vim.wait("Reads a string")
    assert "```" not in vim.screen(), vim.screen()


@suite.test
def runs_and_shows_the_outcome(vim):
    """
-- KEYS[1] the stock
-- ARGV[1] how many come
--> EVAL . 1 stock:42 2
--= (integer) 2

redis.log(redis.LOG_NOTICE, 'more of ' .. KEYS[1])
return redis.call('INCRBY', KEYS[1], ARGV[1])
"""
    ex(vim, "Redlua run")
    vim.wait("INCRBY stock:42 2")
    for part in ("(integer) 2", '+ "2"', "notice  more of stock:42", "1 command, "):
        vim.wait(part)
    vim.shot(suite.images / "run.svg", "Vim")
    vim.type("R")
    vim.wait("(integer) 4")
    vim.type("5G\r")
    vim.wait("7,1")
    ex(vim, "Redlua run 'a b' , 7")
    vim.wait('INCRBY "a b" 7')


@suite.test
def asks_for_keys_and_arguments_by_name(vim):
    ex(vim, "Redlua run-with")
    vim.wait("Run with the stock , how many to take: stock:42 , 2")
    vim.keys("C-u")
    vim.type("mine , 0\r")
    vim.wait("with mine , 0")
    vim.wait("(integer) 0")


@suite.test
def runs_what_was_just_typed(vim):
    """
redis.call('SET', KEYS[1], 41)
return redis.call('INCR', KEYS[1])
"""
    vim.type("f4cw99")
    vim.keys("Escape", pause=0)
    ex(vim, "Redlua run")
    vim.wait("(integer) 100")


@suite.test
def an_action_runs_too(vim):
    """
redis.call('SET', KEYS[1], 41)
return redis.call('INCR', KEYS[1])
"""
    vim.type("G")
    ex(vim, "ALECodeAction")
    screen = vim.wait("Run against")
    assert "Run with …" not in screen, screen
    number = next(line.strip().split(")")[0] for line in screen.splitlines() if "Run against" in line)
    vim.type(number + "\r")
    vim.wait("(integer) 42")


@suite.test
def a_run_that_fails_is_a_finding(vim):
    """
redis.call('SET', KEYS[1], 'x')
return redis.call('INCR', KEYS[1])
"""
    ex(vim, "Redlua run")
    vim.wait("at line 2")
    vim.type("q2G0")
    vim.wait(">>")


@suite.test
def functions_of_a_library_are_chosen_by_name(vim):
    """
#!lua name=counters
redis.register_function('up', function(keys) return redis.call('INCR', keys[1]) end)
redis.register_function('down', function(keys) return redis.call('DECR', keys[1]) end)
"""
    vim.type("2G")
    ex(vim, "Redlua run")
    vim.wait("INCR ")
    vim.type("q")
    vim.type("1G")
    ex(vim, "Redlua run")
    vim.wait("Run which function?")
    vim.type("2\r")
    vim.wait("DECR ")


@suite.test
def examples_run_and_the_keyspace_is_reset(vim):
    ex(vim, "Redlua examples")
    # The server tells it too, and either may be last.
    assert "✗" not in vim.wait("2 examples"), vim.screen()
    ex(vim, "Redlua run")
    vim.wait("SHORT")
    vim.type("q")
    ex(vim, "Redlua reset")
    vim.wait("as at the beginning")


@suite.test
def tells_what_a_script_does_and_what_a_rule_is_about(vim):
    """
return redis.call('GTE', KEYS[1])
"""
    vim.wait(">>")
    ex(vim, "Redlua explain")
    vim.wait("What it does")
    vim.type("q")
    ex(vim, "Redlua summary")
    vim.wait("deterministic")
    vim.type("q")
    ex(vim, "Redlua assembled")
    vim.wait(hashlib.sha1(b"return redis.call('GTE', KEYS[1])\n").hexdigest())


@suite.on(bare=True, more=["--cmd", "let g:redlua_settings = {'target': ['redis 6.2']}"])
def settings_are_the_users(vim):
    """
return redis.call('EXPIRETIME', KEYS[1])
"""
    vim.wait(">>")
    vim.type("fX")
    vim.wait("is not there on redis 6.2")


@suite.on(file="shop.redis")
def judges_transcripts(vim):
    """
# A comment
> SET stock 5
OK
> INCR stock
(integer) 7
"""
    vim.wait("--")
    ex(vim, "Redlua examples")
    vim.wait("1 ✗")


@suite.on(file="plain.lua")
def leaves_plain_lua_alone(vim):
    """
print(undefined_thing)
"""
    assert ">>" not in vim.screen() and "--" not in vim.screen(), vim.screen()


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
COMPLETES = ["--cmd", "let g:ale_completion_enabled = 1"]


def in_python(**settings):
    """A test on a Python file, with Pyright and redlua."""

    def decorate(function):
        function.__doc__ = SHOP
        return suite.test(function, file="shop.py", **settings)

    return decorate


@in_python(more=COMPLETES)
def a_script_in_a_python_string_beside_pyright(vim):
    vim.wait(">>")
    vim.type("7GfG")
    vim.wait("no server has a command")
    vim.shot(suite.images / "python.svg", "Vim")
    ex(vim, "ALECodeAction")
    vim.wait("Code Fixes")
    vim.type("1\r")
    vim.wait("redis.call('GET'")
    vim.type("7G0fG")
    ex(vim, "ALEHover")
    vim.wait("Reads a string")
    ex(vim, "pclose")
    ex(vim, "Redlua run")
    vim.wait("(nil)")
    vim.type("q7GO")
    vim.type("local all = redis.call('HGETA")
    vim.press_until("C-x", "^U")
    vim.keys("C-u")
    vim.wait("HGETALL")
    vim.keys("Escape")
    vim.type("u4G")
    ex(vim, "Redlua run")
    vim.wait("there is nothing to run here")
    ex(vim, "Redlua examples")
    vim.wait("place the cursor in one of the scripts")


def around(vim):
    """What the editor shows around the script: hover, a list as one types, findings."""
    seen = []
    vim.type("9G0w")
    vim.wait("Cannot access attribute")
    vim.type("4G0")
    end = time.monotonic() + 60
    while "(variable)" not in vim.screen() and time.monotonic() < end:
        ex(vim, "ALEHover")
        time.sleep(1)
    seen += [line for line in vim.wait("(variable)").splitlines() if "(variable)" in line]
    ex(vim, "pclose")
    vim.type("o")
    vim.type("stock.")
    lines = vim.wait("count v").splitlines()
    seen += [line for line in lines if re.search(r"count|__", line)]
    vim.keys("Escape")
    ex(vim, "set formatexpr? omnifunc?")
    seen += vim.wait("omnifunc=").splitlines()[-3:]
    return seen


@in_python(more=COMPLETES)
def around_a_script_python_is_pyrights(vim):
    suite.seen = around(vim)


@in_python(more=[*COMPLETES, "--cmd", "let g:redlua_hosts = 0"])
def around_a_script_it_is_as_without_us(vim):
    seen = around(vim)
    ours = getattr(suite, "seen", seen)
    assert ours == seen, "\n".join(["with:", *ours, "without:", *seen])


@suite.on(file="app.js", more=COMPLETES)
def a_script_of_javascript_without_another_server(vim):
    """
const take = `return redis.call('GTE', KEYS[1])`;
"""
    vim.wait(">>")
    vim.type("fG")
    vim.wait("no server has a command")
    vim.type("cwHGETA")
    vim.wait("HGETALL")


suite.finish("vim")
