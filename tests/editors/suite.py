"""A suite of tests of an editor in a terminal. Each test has an editor of its own, on a file of its own."""

import os
import pathlib
import subprocess
import sys

from terminal import Terminal

STOCK = """\
-- KEYS[1] the stock
-- ARGV[1] how many to take
--> SET stock:42 5
--= OK
--> EVAL . 1 stock:42 2
--= (integer) 3

local left = tonumber(redis.call('GET', KEYS[1]) or 0)
if left < tonumber(ARGV[1]) then
  return redis.error_reply('SHORT')
end
return redis.call('DECRBY', KEYS[1], ARGV[1])
"""


class Suite:
    """Called with WORKSPACE IMAGES [PART OF A TEST'S NAME]. An editor says what differs by the methods below."""

    # Of the environment, beside HOME and PATH.
    variables = ()
    # What a test's file has that says nothing else by its docstring.
    text = STOCK
    rows = 30

    def __init__(self):
        self.workspace, self.images = map(pathlib.Path, sys.argv[1:3])
        self.only = sys.argv[3] if len(sys.argv) > 3 else ""
        self.env = {name: os.environ[name] for name in ("HOME", "PATH", *self.variables)}
        self.env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        self.run = self.failures = 0

    def command(self, path, settings):
        """What opens a file."""
        raise NotImplementedError

    def begin(self, editor, settings):
        """Waits until a test may begin."""

    def check(self, editor):
        """Checks what must hold after any test."""

    def end(self, editor):
        """Has the editor end by itself, if it is to."""

    def on(self, **settings):
        """A test with settings: another `file`; `bare`, without a redlua.toml, which would hide the editor's settings."""
        return lambda function: self.test(function, **settings)

    def test(self, function, **settings):
        name = function.__name__.replace("_", " ")
        if self.only not in name:
            return
        self.run += 1
        toml = self.workspace / "redlua.toml"
        toml.unlink(missing_ok=True) if settings.get("bare") else toml.touch()
        path = self.workspace / settings.get("file", "script.lua")
        path.write_text((function.__doc__ or self.text).lstrip("\n"))
        editor = Terminal(self.command(path, settings), self.workspace, self.env, rows=self.rows)
        try:
            self.begin(editor, settings)
            function(editor)
            self.check(editor)
            print(f"ok    {name}", flush=True)
        except (AssertionError, subprocess.CalledProcessError) as problem:
            # The latter is tmux', when the editor is gone.
            self.failures += 1
            print(f"FAIL  {name}\n{problem}", flush=True)
        try:
            self.end(editor)
        except subprocess.CalledProcessError:
            pass
        editor.close()

    def finish(self, editor):
        print(f"{editor}: {self.run} tests, {self.failures} failed")
        sys.exit(1 if self.failures or not self.run else 0)
