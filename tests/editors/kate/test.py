"""Drives Kate on a screen without a monitor, as its README tells. Run by `tests/editors/kate/run`."""

import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

home = pathlib.Path(sys.argv[1])
images = pathlib.Path(sys.argv[2])
workspace = home / "workspace"
runtime = home / "run"
runtime.mkdir(mode=0o700)

reads, writes = os.pipe()
# Without -noreset the screen begins anew whenever the last window closes, and who comes at that moment is lost.
screen = subprocess.Popen(["Xvfb", "-displayfd", str(writes), "-noreset", "-screen", "0", "900x500x24"], pass_fds=[writes], stderr=subprocess.DEVNULL)
os.close(writes)
env = {name: value for name, value in os.environ.items() if not name.startswith(("DBUS_", "KDE_", "XDG_SESSION"))}
env |= {"DISPLAY": f":{os.read(reads, 10).decode().strip()}", "QT_QPA_PLATFORM": "xcb", "XDG_RUNTIME_DIR": str(runtime), "LANG": "C.UTF-8"}
failures = 0
only = sys.argv[3] if len(sys.argv) > 3 else ""


def xdo(*arguments):
    return subprocess.run(["xdotool", *arguments], env=env, check=True, capture_output=True, text=True, timeout=20).stdout.split()


def keys(*names, pause=0.4):
    for name in names:
        xdo("key", "--delay", "30", name)
        time.sleep(pause)


def wait(what, true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}; the server was asked {requests()}")
        time.sleep(0.2)


def windows(name):
    found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", name], env=env, capture_output=True, text=True, timeout=20)
    return found.stdout.split()


def window(name):
    """The first window of the name. One that is just being drawn may not be found for a moment."""
    found = []
    wait(f"the window {name}", lambda: found.extend(windows(name)) or found)
    return found[0]


def text(name):
    path = home / name
    return path.read_text(errors="replace") if path.exists() else ""


def requests():
    return [line.split('"')[3] for line in text("asked").splitlines() if line.startswith('    "method"')]


def shot(name):
    subprocess.run(["maim", str(images / f"{name}.png")], env=env, check=True, timeout=20)


class Kate:
    def __init__(self, script, file):
        for name in ("asked", "answered", "complaints"):
            (home / name).unlink(missing_ok=True)
        self.path = workspace / file
        self.path.write_text(script)
        command = ["dbus-run-session", "--", "kate", "--new", "--line", "1", str(self.path)]
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        window(file)

    def focus(self):
        found = window(self.path.name)
        xdo("windowmove", found, "0", "0", "windowsize", found, "900", "500", "windowfocus", found)
        time.sleep(0.5)

    def saved(self):
        keys("ctrl+s", pause=1)
        return self.path.read_text()

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=10)
        except ProcessLookupError:
            pass
        # The next Kate has a window of the same name.
        wait("the window to go", lambda: not windows(self.path.name))


def test(function, file="script.lua"):
    global failures
    name = function.__name__.replace("_", " ")
    if only not in name:
        return function
    kate = None
    try:
        kate = Kate(function.__doc__.lstrip("\n"), file)
        # It asks once whether the server may be started, and remembers.
        if not (home / "allowed").exists():
            xdo("windowfocus", window("LSP server start requested"))
            keys("alt+y")
            (home / "allowed").touch()
        wait("the server", lambda: "publishDiagnostics" in text("answered"))
        kate.focus()
        time.sleep(1)
        function(kate)
        # On a busy machine Kate takes requests back, and is told so.
        errors = [error for error in re.findall(r'"error":\{.*?\}', text("answered")) if '"code":-32800' not in error]
        assert not errors, "\n".join(errors)
        assert not text("complaints"), text("complaints")
        print(f"ok    {name}", flush=True)
    except AssertionError as problem:
        failures += 1
        shot(f"failed-{failures}")
        print(f"FAIL  {name}\n{problem}", flush=True)
    finally:
        if kate:
            kate.close()
    return function


@test
def a_fix_is_chosen_among_the_actions(kate):
    """
local n = redis.call('GTE', KEYS[1])
return n
"""
    xdo("key", "--repeat", "23", "--delay", "20", "Right")
    keys("alt+Return", pause=1)
    wait("the actions", lambda: "textDocument/codeAction" in requests())
    time.sleep(1)
    shot("finding")
    keys("Down", "Return", pause=1)
    said = kate.saved()
    assert said == "local n = redis.call('GET', KEYS[1])\nreturn n\n", said


@test
def completes_inside_a_call(kate):
    """
local n = redis.call('HG', KEYS[1])
return n
"""
    xdo("key", "--repeat", "24", "--delay", "20", "Right")
    keys("ctrl+space", pause=2)
    wait("completion", lambda: "HGETALL" in text("answered"))
    shot("completion")
    keys("Return")
    said = kate.saved()
    assert "redis.call('HGET', KEYS[1])" in said, said


@test
def leaves_what_is_typed_alone(kate):
    """
return redis.call('GTE', KEYS[1])
"""
    broken = []
    for path in sorted((pathlib.Path(__file__).resolve().parents[1] / "typed").glob("*.lua")):
        want = [line.strip().replace("\t", " ") for line in path.read_text().splitlines()]
        # In comments Kate itself completes words and pairs apostrophes.
        want = [line for line in want if not line.startswith("--")]
        keys("ctrl+a", "Delete")
        for line in want:
            xdo("type", "--delay", "12", "--", line)
            time.sleep(0.25)
            xdo("key", "Return")
        got = [line.strip() for line in kate.saved().splitlines()]
        wrong = [f"{path.name}: {line} → {other}" for line, other in itertools.zip_longest(want, got) if (line or "") != (other or "")]
        broken += wrong[:1]
    assert not broken, "\n".join(broken)


@test
def hovers(kate):
    """
local n = redis.call('GET', KEYS[1])
return n
"""
    xdo("mousemove", "262", "118")
    time.sleep(0.3)
    xdo("mousemove", "264", "117")
    wait("hover", lambda: "GET key" in text("answered"))
    time.sleep(1)
    shot("hover")
    xdo("mousemove", "800", "400")


@test
def renames_and_formats(kate):
    """
local n   =  redis.call("GET",KEYS[1])
return n
"""
    xdo("key", "--repeat", "6", "--delay", "20", "Right")
    keys("F2", pause=1)
    xdo("windowfocus", window("Rename"))
    xdo("key", "ctrl+a")
    xdo("type", "stock")
    keys("Return", pause=1.5)
    kate.focus()
    keys("ctrl+t", "f", pause=1)
    said = kate.saved()
    assert said == 'local stock = redis.call("GET", KEYS[1])\nreturn stock\n', said


@test
def a_run_tells_its_reply(kate):
    """
-- KEYS[1] the stock
-- ARGV[1] how many come
--> EVAL . 1 stock:42 2
--= (integer) 2

return redis.call('INCRBY', KEYS[1], ARGV[1])
"""
    keys("ctrl+End", "Up", "alt+Return", pause=1)
    wait("the actions", lambda: "Run against the embedded engine" in text("answered"))
    time.sleep(1)
    keys("Down", "Return", pause=1)
    wait("the run", lambda: "workspace/executeCommand" in requests())
    wait("the reply", lambda: "window/showMessage" in text("answered"))
    assert "(integer) 2" in text("answered").split("window/showMessage")[1]
    assert "Run with …" not in text("answered")
    # Where Kate puts what servers say.
    xdo("mousemove", "29", "489", "click", "1")
    time.sleep(1)
    shot("run")


settings = home / ".config/kate/lspclient/settings.json"
servers = json.loads(settings.read_text())
settings.unlink()
project = {"name": "shop", "files": [{"directory": ".", "filters": ["*.lua"]}], "lspclient": servers}
(workspace / ".kateproject").write_text(json.dumps(project))


@test
def a_project_can_have_it_alone(kate):
    """
local n = redis.call('GTE', KEYS[1])
return n
"""
    assert "unknown-command" in text("answered")


# What the page says of other languages.
(workspace / ".kateproject").unlink()
page = (pathlib.Path(__file__).resolve().parents[3] / "editors/kate/README.md").read_text()
servers["servers"] |= json.loads("{" + page.split("```json")[1].split("```")[0] + "}")
settings.write_text(json.dumps(servers))


def a_script_in_a_php_string(kate):
    """
<?php
$take = "return redis.call('GTE', KEYS[1])";
"""
    assert "unknown-command" in text("answered")
    keys("Down")
    xdo("key", "--repeat", "29", "--delay", "20", "Right")
    keys("alt+Return", pause=1)
    wait("the actions", lambda: "textDocument/codeAction" in requests())
    time.sleep(1)
    shot("php")
    keys("Down", "Return", pause=1)
    assert "redis.call('GET', KEYS[1])" in kate.saved(), kate.saved()
    # Around it there is nothing of ours, and the file is nobody's to format.
    assert "textDocument/formatting" not in requests()
    assert not any(it in text("answered") for it in ("documentFormattingProvider", "semanticTokensProvider", "documentSymbolProvider"))


test(a_script_in_a_php_string, "shop.php")

screen.terminate()
print(f"kate: {failures} failed")
sys.exit(1 if failures else 0)
