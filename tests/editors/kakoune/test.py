"""Drives Kakoune in a terminal, as its README tells. Run by `tests/editors/kakoune/run`."""

import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from terminal import Terminal  # noqa: E402

workspace = pathlib.Path(sys.argv[1])
images = pathlib.Path(sys.argv[2])
only = sys.argv[3:]
names = ("HOME", "PATH", "XDG_CONFIG_HOME")
env = {name: os.environ[name] for name in names} | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
failures = 0

RUN = """
-- KEYS[1] the stock
-- ARGV[1] how many come
--> EVAL . 1 stock:42 2
--= (integer) 2

return redis.call('INCRBY', KEYS[1], ARGV[1])
"""


def test(function):
    global failures
    name = function.__name__.replace("_", " ")
    if only and only[0] not in name:
        return function
    path = workspace / getattr(function, "file", "script.lua")
    path.write_text((function.__doc__ or RUN).lstrip("\n"))
    kak = Terminal(["kak", str(path)], workspace, env)
    try:
        kak.wait("1 sel")
        time.sleep(2)
        function(kak)
        kak.keys("Escape", "Escape")
        kak.type(":buffer *debug*\r")
        time.sleep(0.5)
        said = kak.screen()
        assert "error from" not in said and "Method not found" not in said and "rror while" not in said, said
        print(f"ok    {name}", flush=True)
    except AssertionError as problem:
        failures += 1
        print(f"FAIL  {name}\n{problem}", flush=True)
    finally:
        # Only when it is told does its language client end too.
        kak.keys("Escape", "Escape")
        kak.type(":quit!\r")
        time.sleep(1)
        kak.close()
    return function


def on(file):
    def mark(function):
        function.file = file
        return function

    return mark


@test
def shows_findings_and_fixes_them(kak):
    """
local n = redis.call('GTE', KEYS[1])
return n
"""
    kak.wait("*local")
    kak.type(" ln")
    kak.type(" lh")
    kak.wait("did you mean GET?")
    kak.keys("Escape")
    kak.type(" la")
    kak.wait("Replace by")
    kak.type("Replace by\t\r")
    kak.wait("redis.call('GET'")


@test
def completes_inside_a_call(kak):
    """
local n = redis.call('H', KEYS[1])
return n
"""
    kak.type("fHa")
    kak.type("GE")
    kak.wait("HGETALL")


@test
def hovers(kak):
    kak.type("6g/INCR\r")
    kak.type(" lh")
    kak.wait("INCRBY key")


@test
def runs_and_the_reply_can_be_read(kak):
    kak.type("6g")
    kak.type(" la")
    kak.wait("Run against")
    kak.shot(images / "run.svg", "Kakoune")
    kak.type("Run against\t\r")
    kak.wait("(integer) 2", seconds=6)


@test
def renames_finds_and_formats(kak):
    """
local n   =  redis.call("GET",KEYS[1])
return n
"""
    kak.type("1g7l")
    kak.keys("h")
    kak.type(" lr")
    kak.wait("*goto*")
    kak.type(":buffer script.lua\r1g6l")
    kak.type(" lR")
    kak.wait("New name")
    kak.keys("C-u")
    kak.type("stock\r")
    kak.wait("return stock")
    kak.type(" lf")
    kak.wait('local stock = redis.call("GET", KEYS[1])')
    kak.type("2g8l ld")
    kak.wait("script.lua 1:7")


@test
def a_lens_runs(kak):
    kak.type("1g ll")
    kak.wait("Run examples")
    kak.type("Run against\t\r")
    kak.wait("(integer) 2", seconds=6)


@test
@on("shop.redis")
def judges_transcripts(kak):
    """
> SET stock 5
OK
> INCR stock
(integer) 7
"""
    kak.wait("!(integer) 7")


@test
@on("plain.lua")
def leaves_plain_lua_alone(kak):
    """
print(undefined_thing)
"""
    assert "*print" not in kak.screen(), kak.screen()


print(f"kakoune: {failures} failed")
sys.exit(1 if failures else 0)
