"""Screenshots of the plug-in in a terminal: screenshots.py WORKSPACE IMAGES. Run by `tests/editors/neovim/run`."""

import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from terminal import Terminal  # noqa: E402

workspace, images = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
names = ("HOME", "PATH", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
env = {name: os.environ[name] for name in names} | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
examples = pathlib.Path(__file__).resolve().parents[3] / "examples"
for name in ("stock_take.lua", "fixed_window.lua"):
    (workspace / name).write_text((examples / name).read_text())
(workspace / "wrong.lua").write_text("local n = redis.call('GTE', KEYS[1])\nreturn n\n")
(workspace / "take.py").write_text('''\
class Stock:
    count: int = 1


TAKE = """
-- KEYS[1] the stock
return redis.call('GTE', KEYS[1])
"""
''')


def shoot(name, script, wait, *keys, before=None):
    neovim = Terminal(["nvim", "-n", "-i", "NONE", "-c", "set number signcolumn=yes", script], workspace, env, rows=28)
    try:
        neovim.wait(before or "redis.call")
        time.sleep(1.5)
        neovim.keys(*keys)
        neovim.wait(wait)
        time.sleep(0.4)
        neovim.shot(images / f"{name}.svg", "Neovim")
    finally:
        neovim.close()


shoot("run", "fixed_window.lua", "keys", ":Redlua run hits:7 , 60", "Enter")
shoot("examples", "stock_take.lua", "✓")
shoot("finding", "wrong.lua", "did you mean", "C-w", "d")
shoot("completion", "wrong.lua", "HGETALL", "O", "redis.call('HGET", "C-x", "C-o")
shoot("python", "take.py", "did you mean", "7G", "f'", "C-w", "d")
print("neovim: screenshots are in", images)
