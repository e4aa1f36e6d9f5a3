"""A program in a tmux of its own: keys go in, the screen comes out."""

import contextlib
import itertools
import os
import pathlib
import subprocess
import sys
import time

NUMBERS = itertools.count()
HERE = pathlib.Path(__file__).resolve().parent


class Terminal:
    def __init__(self, command, cwd, env, columns=110, rows=30):
        self.name = f"redlua-{os.getpid()}-{next(NUMBERS)}"
        assigned = [f"{name}={value}" for name, value in env.items()]
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), "-c", str(cwd), "env", *assigned, *command)
        self.tmux("set-option", "-g", "escape-time", "0")
        self.tmux("set-option", "-ga", "terminal-overrides", ",*:Tc")

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-L", self.name, *arguments], check=True, capture_output=True, text=True, timeout=20).stdout

    def keys(self, *keys, pause=0.15):
        for key in keys:
            self.tmux("send-keys", key)
            time.sleep(pause)

    def type(self, text):
        self.tmux("send-keys", "-l", text)
        time.sleep(0.15)

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def wait(self, part, seconds=60, gone=False):
        end = time.monotonic() + seconds
        while (part in self.screen()) == gone:
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain for {part!r}{' to go' if gone else ''}:\n{self.screen()}")
            time.sleep(0.1)
        return self.screen()

    def press_until(self, key, part, seconds=60):
        """Presses a key until a part is on the screen: on a busy machine an editor drops a list that comes late."""
        end = time.monotonic() + seconds
        while part not in self.screen() and time.monotonic() < end:
            self.keys(key)
            with contextlib.suppress(AssertionError):
                self.wait(part, 3)
        return self.wait(part, 1)

    def shot(self, path, title):
        image = self.tmux("capture-pane", "-e", "-p")
        subprocess.run([sys.executable, HERE / "screenshot.py", path, title], input=image, text=True, check=True, timeout=20)

    def close(self):
        subprocess.run(["tmux", "-L", self.name, "kill-server"], capture_output=True, timeout=20)
