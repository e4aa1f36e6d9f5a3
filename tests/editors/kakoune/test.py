"""Drives Kakoune in a terminal, as its README tells. Run by `tests/editors/kakoune/run`."""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import Suite  # noqa: E402

RUN = """
-- KEYS[1] the stock
-- ARGV[1] how many come
--> EVAL . 1 stock:42 2
--= (integer) 2

return redis.call('INCRBY', KEYS[1], ARGV[1])
"""


class Kakoune(Suite):
    variables = ("XDG_CONFIG_HOME",)
    text = RUN

    def command(self, path, settings):
        return ["kak", str(path)]

    def begin(self, kak, settings):
        kak.wait("1 sel")
        time.sleep(2)

    def check(self, kak):
        kak.keys("Escape", "Escape")
        kak.type(":buffer *debug*\r")
        time.sleep(0.5)
        said = kak.screen()
        assert "error from" not in said and "Method not found" not in said and "rror while" not in said, said

    def end(self, kak):
        # Only when it is told does its language client end too.
        kak.keys("Escape", "Escape")
        kak.type(":quit!\r")
        time.sleep(1)


suite = Kakoune()


@suite.test
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


@suite.test
def completes_inside_a_call(kak):
    """
local n = redis.call('H', KEYS[1])
return n
"""
    kak.type("fHa")
    kak.type("GE")
    kak.wait("HGETALL")


@suite.test
def hovers(kak):
    kak.type("6g/INCR\r")
    kak.type(" lh")
    kak.wait("INCRBY key")


@suite.test
def runs_and_the_reply_can_be_read(kak):
    kak.type("6g")
    kak.type(" la")
    kak.wait("Run against")
    kak.shot(suite.images / "run.svg", "Kakoune")
    kak.type("Run against\t\r")
    kak.wait("(integer) 2", seconds=6)


@suite.test
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


@suite.test
def a_lens_runs(kak):
    kak.type("1g ll")
    kak.wait("Examples")
    kak.type("Run\t\r")
    kak.wait("(integer) 2", seconds=6)


@suite.on(file="shop.redis")
def judges_transcripts(kak):
    """
> SET stock 5
OK
> INCR stock
(integer) 7
"""
    kak.wait("!(integer) 7")


@suite.on(file="plain.lua")
def leaves_plain_lua_alone(kak):
    """
print(undefined_thing)
"""
    assert "*print" not in kak.screen(), kak.screen()


suite.finish("kakoune")
