"""Drives Helix in a terminal, as its README tells. Run by `tests/editors/helix/run`."""

import itertools
import os
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from suite import Suite  # noqa: E402


class Helix(Suite):
    variables = ("XDG_CONFIG_HOME", "HELIX_RUNTIME")

    def command(self, path, settings):
        config = self.workspace / "config.toml"
        config.write_text(settings.get("config", ""))
        without = [f"XDG_CONFIG_HOME={os.environ['REDLUA_WITHOUT']}"] if settings.get("without") else []
        return ["env", *without, "hx", "-v", "-c", str(config), str(path)]

    def begin(self, helix, settings):
        helix.wait("NOR")
        time.sleep(1.5)


suite = Helix()
suite.old = "25.01" in subprocess.run(["hx", "--version"], capture_output=True, text=True, timeout=20).stdout


def choose(helix, title):
    """Opens the menu of actions and takes one, which may be further down."""
    helix.keys("Space", "a")
    verbs = "Run|Reset|Change|Replace|Allow|Add|Write|Extract|Update|Turn|Use|Ignore|Explain|Move|Pass|Send|Format"
    titles = rf"(?:^| {{2}}|│) *((?:{verbs}) .*)$"
    menu = re.findall(titles, helix.wait("Run against"), re.MULTILINE)
    assert any(line.startswith(title) for line in menu), menu
    at = next(at for at, line in enumerate(menu) if line.startswith(title))
    # What would ask is not offered, for nobody would be asked.
    assert "Run with …" not in menu, menu
    helix.keys(*["Down"] * at, "Enter")


@suite.test
def shows_findings(helix):
    """
local n = redis.call('GTE', KEYS[1])
return n
"""
    helix.wait("●")
    helix.keys("]", "d")
    helix.wait("no server has a command")
    helix.shot(suite.images / "finding.svg", "Helix")


@suite.test
def a_fix_is_applied(helix):
    """
local n = redis.call('GTE', KEYS[1])
return n
"""
    helix.wait("●")
    helix.keys("]", "d", "Space", "a")
    helix.wait("GET")
    helix.keys("Enter")
    helix.wait("redis.call('GET'")


@suite.test
def completes_inside_a_call(helix):
    """
local n = redis.call('HG', KEYS[1])
return n
"""
    helix.type("fGa")
    helix.press_until("C-x", "HGETALL")
    helix.shot(suite.images / "completion.svg", "Helix")
    helix.keys("Escape")


# Lists that open at once, and comments that the editor does not go on with by itself.
@suite.on(config="[editor]\ncompletion-timeout = 5\ncontinue-comments = false\nsmart-tab = {enable = false}\n")
def leaves_what_is_typed_alone(helix):
    broken = []
    for path in sorted((pathlib.Path(__file__).parents[1] / "typed").iterdir()):
        want = path.read_text().splitlines()
        file = suite.workspace / path.name
        file.write_text("")
        helix.type(f":open {path.name}")
        helix.keys("Enter")
        helix.wait(f" {path.name} ")
        helix.keys("i")
        for line in want:
            for letter in line.strip():
                if letter == "\t":
                    time.sleep(0.1)
                helix.tmux("send-keys", "-l", letter)
                time.sleep(0.02)
            time.sleep(0.1)
            helix.tmux("send-keys", "Enter")
        helix.keys("Escape")
        helix.type(":write")
        helix.keys("Enter")
        helix.wait(f"'{path.name}' written")
        want = [line.strip().replace("\t", "  ") for line in want]
        got = [line.strip() for line in file.read_text().splitlines()]
        wrong = [f"{path.name}: {line} → {other}" for line, other in itertools.zip_longest(want, got) if (line or "") != (other or "")]
        broken += wrong[:1]
    assert not broken, "\n".join(broken)


@suite.test
def hovers(helix):
    helix.type("8Gt'fG")
    helix.type(" k")
    helix.wait("GET")
    helix.shot(suite.images / "hover.svg", "Helix")


@suite.test
def runs_and_the_reply_can_be_read(helix):
    """
redis.call('SET', KEYS[1], 41)
return redis.call('INCR', KEYS[1])
"""
    choose(helix, "Run against")
    helix.wait("(integer) 42")
    helix.shot(suite.images / "run.svg", "Helix")


@suite.test
def runs_with_the_inputs_of_an_example(helix):
    choose(helix, "Run with `1 stock:42 2`")
    helix.wait("SHORT")


@suite.test
def a_run_that_fails_is_a_finding(helix):
    """
redis.call('SET', KEYS[1], 'x')
return redis.call('INCR', KEYS[1])
"""
    choose(helix, "Run against")
    helix.keys("]", "d")
    helix.wait("not an integer")


@suite.test
def a_long_reply_can_be_read(helix):
    """
return { 'first', { 'second', 'third' }, KEYS[1] }
"""
    choose(helix, "Run against")
    helix.wait('1) "first" 2) 1) "second" 2) "third" 3)')
    # All of it, in its lines, is where the reply comes from.
    helix.type("ge k")
    helix.wait("Last run")
    assert '   2) "third"' in helix.screen(), helix.screen()
    helix.shot(suite.images / "list.svg", "Helix")


@suite.test
def a_wrong_example_is_a_finding_with_a_fix(helix):
    helix.type("6Gf3;r4")
    helix.keys("]", "d")
    helix.wait("the embedded engine gives (integer) 3")
    helix.shot(suite.images / "example.svg", "Helix")
    helix.keys("Space", "a")
    helix.wait("Update the example")
    helix.keys("Escape")


TRANSCRIPT = """\
# Stock.
> SET stock:42 5 EX 10
OK
> GET 'stock:42'
"5\\x35"

> HGETALL counters
1) "a"
2) "1"
> INCR name
(error) ERR value is not an integer or out of range
"""


def colour(helix, line, part):
    """The colour of a part of a line; None for a text without one."""
    shown, now = [], None
    for piece in re.split(r"(\x1b\[[0-9;:]*m|\n)", helix.tmux("capture-pane", "-e", "-p")):
        if piece == "\n":
            text = "".join(letter for letter, _ in shown)
            if line in text:
                return shown[text.index(part, text.index(line))][1]
            shown = []
        elif piece.startswith("\x1b"):
            codes = piece[2:-1].replace(":", ";")
            fore = re.search(r"38;2;+(\d+;\d+;\d+)", codes)
            now = fore[1] if fore else None if re.search(r"^0?$|^0;|\b39\b", codes) else now
        else:
            shown += [(letter, now) for letter in piece]
    raise AssertionError(f"no line has {line!r}:\n{helix.screen()}")


@suite.test
def a_transcript_has_colours(helix):
    (suite.workspace / "shop.redis").write_text(TRANSCRIPT)
    helix.type(":open shop.redis")
    helix.keys("Enter")
    helix.wait("(error) ERR")
    plain = colour(helix, "SET stock:42", "stock")
    end = time.monotonic() + 12
    while colour(helix, "SET stock:42", "SET") == plain and time.monotonic() < end:
        time.sleep(0.1)
    helix.shot(suite.images / "transcript.svg", "Helix")
    helix.type(":set auto-pairs false")
    helix.keys("Enter")
    helix.type("geo")
    for line in ['> GTE "stock', "GET stays a reply", "", "GET plain"]:
        helix.type(line)
        helix.keys("Enter")
    helix.keys("Escape")
    kinds = {
        "comment": colour(helix, "# Stock.", "Stock"),
        "command": colour(helix, "SET stock:42", "SET"),
        "number": colour(helix, "SET stock:42", "10"),
        "string": colour(helix, "GET 'stock:42'", "'stock"),
        "escape": colour(helix, '"5', "\\x35"),
        "error": colour(helix, "(error) ERR", "ERR"),
        "plain": plain,
    }
    assert len(set(kinds.values())) == len(kinds), kinds
    for line, part, kind in [
        ("GET 'stock", "GET", "command"),
        ("HGETALL", "HGETALL", "command"),
        ('1) "a"', '"a"', "string"),
        ("(error) ERR", "value", "plain"),
        ("INCR name", "name", "plain"),
        # No server has it, and its quote is open; but that is the end of it.
        ("GTE", "GTE", "plain"),
        ("GTE", '"stock', "error"),
        ("GET stays", "GET", "plain"),
        ("GET plain", "GET", "command"),
        ("GET plain", "plain", "plain"),
    ]:
        assert colour(helix, line, part) == kinds[kind], (line, part, kind, colour(helix, line, part), kinds)
    assert colour(helix, "SET stock:42", "EX") != plain and colour(helix, "OK", "OK") != plain


@suite.test
def a_transcript_is_judged_and_completed(helix):
    (suite.workspace / "shop.redis").write_text("> SET stock:42 5\nOK\n\n> GET stock:42\n\"6\"\n")
    helix.type(":open shop.redis")
    helix.keys("Enter")
    helix.wait("●")
    helix.keys("]", "d")
    helix.wait("the embedded engine gives")
    helix.keys("Space", "a")
    helix.wait("Update the example")
    helix.keys("Enter")
    helix.wait('"5"')
    helix.type("geo")
    helix.keys("Enter")
    helix.type("> HGETA")
    helix.press_until("C-x", "HGETALL")
    helix.keys("Escape")


@suite.test
def scripts_in_the_strings_of_python_have_colours(helix):
    (suite.workspace / "app.py").write_text('take = """\nreturn redis.call(\'GET\', KEYS[1], \'text\')\n"""\nname = "no script, redis.calls"\n')
    helix.type(":open app.py")
    helix.keys("Enter")
    helix.wait("name =")
    end = time.monotonic() + 12
    plain = colour(helix, "name =", "redis.calls")
    while colour(helix, "return redis", "return") == plain and time.monotonic() < end:
        time.sleep(0.1)
    assert plain is not None
    for part in ["return", "GET", "KEYS"]:
        assert colour(helix, "return redis", part) not in (plain, None), (part, plain)
    assert colour(helix, "return redis", "return") != colour(helix, "return redis", "GET")
    # By our queries, not by Lua's alone.
    assert colour(helix, "return redis", "text") != colour(helix, "return redis", "GET")


SHOP = """\
class Stock:
    count: int = 1

    def take(self, by: int) -> int: ...


stock  =  Stock()
TAKE = '''
-- KEYS[1] the stock
return redis.call('GTE', KEYS[1])
'''
stock.take(1)
"""


def shop(helix, name="shop.py"):
    """Opens a Python file with Pyright, and with redlua unless the test is without."""
    (suite.workspace / name).write_text(SHOP)
    helix.type(f":open {name}")
    helix.keys("Enter")
    helix.wait("class Stock")


@suite.test
def a_script_in_a_python_string_beside_pyright(helix):
    shop(helix)
    helix.wait("●")
    helix.keys("]", "d")
    helix.wait("no server has a command")
    helix.shot(suite.images / "python.svg", "Helix")
    helix.keys("Space", "a")
    helix.wait("Replace by")
    helix.keys("Enter")
    helix.wait("redis.call('GET'")
    helix.type("10G")
    helix.type("fG")
    # Before 25.07 hover asks the first server alone.
    if not suite.old:
        helix.type(" k")
        helix.wait("Reads a string")
        helix.keys("Escape")
    choose(helix, "Run against")
    helix.wait("(nil)")
    # Helix 25.01 may tell of letters in another order when many come at once.
    (suite.workspace / "all.py").write_text(SHOP.replace("GTE", "HGET"))
    helix.type(":open all.py")
    helix.keys("Enter")
    helix.wait("'HGET'")
    helix.type("10GfT")
    helix.type("a")
    helix.type("A")
    helix.press_until("C-x", "HGETALL")
    helix.keys("Escape", "Escape")


def slowly(helix, text):
    for letter in text:
        helix.type(letter)


def outside(helix):
    """The screen from a line on with what the editor shows around the script: hover, lists that open as one types, formatting."""
    seen = []

    def look(part, line):
        lines = helix.wait(part).splitlines()[:-2]
        # Findings come when they come, in the margin and above.
        first = next(at for at, text in enumerate(lines) if re.search(line, text))
        seen.append([re.sub(r"^[ ●]+", "", text) for text in lines[first:]])

    shop(helix, "own.py")
    helix.type("7G")
    # Pyright takes its time; until then no server knows of hovers.
    helix.press_until("Escape", "NOR")
    end = time.monotonic() + 60
    while "(variable)" not in helix.screen() and time.monotonic() < end:
        helix.type(" k")
        time.sleep(1)
    look("(variable)", r"\(variable\)")
    helix.keys("Escape")
    helix.type("o")
    slowly(helix, "stock.")
    look("count", r"stock\.$")
    helix.keys("Escape", "Escape", "x", "d")
    # What opens a list of ours in Lua opens none here.
    helix.type("geo")
    for text in ["import os, ", "f(", "x = ", "def g():"]:
        slowly(helix, text)
        time.sleep(1.5)
        look(text.strip(), re.escape(text.strip()))
        helix.keys("C-u")
    helix.keys("Escape", "x", "d")
    helix.type(":format")
    helix.keys("Enter")
    look("stock = Stock()", "stock = Stock")
    return seen


QUIET = '[editor]\nend-of-line-diagnostics = "disable"\n'


@suite.on(config=QUIET)
def around_a_script_python_is_pyrights(helix):
    suite.seen = outside(helix)


@suite.on(config=QUIET, without=True)
def around_a_script_it_is_as_without_us(helix):
    seen = outside(helix)
    for ours, other in itertools.zip_longest(getattr(suite, "seen", seen), seen):
        assert ours == other, "\n".join(["with:", *(ours or []), "without:", *(other or [])])


@suite.on(file="app.js")
def a_script_of_javascript_without_another_server(helix):
    """
const take = `return redis.call('GTE', KEYS[1])`;
const   a = 1
"""
    helix.wait("●")
    helix.keys("]", "d")
    helix.wait("no server has a command")
    # The file is nobody's to format.
    helix.type(":format")
    helix.keys("Enter")
    time.sleep(1)
    assert "const   a = 1" in helix.screen(), helix.screen()


suite.finish("helix")
