"""Holds the parser of transcripts against trees, and against what `server/spec/src/transcript.rs` takes for commands.

    PYTHONPATH=(what tests/setup/parsers.sh prints) trees.py [--show]

A case of `trees/*.txt` has a title behind `=== `, a text, a line `---` and the tree. The text is parsed as it stands,
without its last line break, and with CRLF: all give one tree.
"""

import hashlib
import pathlib
import random
import re
import subprocess
import sys

import redis_parser
import tree_sitter

HERE = pathlib.Path(__file__).resolve().parent
PARSER = tree_sitter.Parser(redis_parser.language())
PIECES = ["> ", ">", "#", " ", "  ", "\t", "\n", "\n", "\n\n", "\r\n", "\r", "SET", "get", "k", "OK", "PONG", ".", "1", "-2.5", "1)",
          "12)", "1#", "1~", "1>", "(integer)", "(double)", "(error)", "ERR", "(nil)", "(true)", "(empty array)", "(big number)", "(", "=>", '"', '"',
          "'", "\\", "\\x41", "\\\"", '"a b"', "é", "nan"]
problems = []


def tree(source):
    return PARSER.parse(source).root_node


def nodes(node):
    yield node
    for child in node.children:
        yield from nodes(child)


def is_whole(root):
    return not root.has_error and not any(node.is_missing or node.is_error for node in nodes(root))


def flat(text):
    return re.sub(r"\s+", " ", text).replace("( ", "(").replace(" )", ")").strip()


def cases():
    for path in sorted((HERE / "trees").glob("*.txt")):
        for case in re.split(r"^=== ", path.read_text(), flags=re.M)[1:]:
            title, rest = case.split("\n", 1)
            text, wanted = rest.split("\n---\n", 1)
            yield f"{path.name}: {title}", text, flat(wanted)


def check_cases(show):
    count = 0
    for title, text, wanted in cases():
        count += 1
        for form, source in [("", text + "\n"), (" without its last line break", text), (" with CRLF", text.replace("\n", "\r\n") + "\r\n")]:
            root = tree(source.encode())
            got = flat(str(root))
            if show and not form:
                print(f"=== {title}\n{got}\n")
            if got != wanted:
                problems.append(f"{title}{form}: wanted\n  {wanted}\ngot\n  {got}")
            if not is_whole(root):
                problems.append(f"{title}{form}: has an error")
    return count


def check_files():
    """Every transcript of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z", "*.redis"], cwd=redis_parser.ROOT, check=True, capture_output=True, timeout=20).stdout
    paths = [redis_parser.ROOT / name for name in listed.decode().split("\0") if name]
    for path in paths:
        if not is_whole(tree(path.read_bytes())):
            problems.append(f"{path}: has an error")
    return len(paths)


def commands_of(text):
    """Where commands begin, and which lines are of their replies; as the engine takes it, for files with marks."""
    commands, replies, is_open = set(), set(), False
    for row, line in enumerate(text.split("\n")):
        line = line.removesuffix("\r")
        if line.startswith("> "):
            commands.add(row)
            is_open = True
        elif not line.strip(" \t\f\r"):
            is_open = False
        elif is_open:
            replies.add(row)
    return commands, replies


def check_made_up():
    """Any text has a tree without errors, in which the lines are what the engine takes them for."""
    count = 4000
    for seed in range(count):
        chance = random.Random(seed)
        text = "".join(chance.choice(PIECES) for _ in range(chance.randrange(60)))
        root = tree(text.encode())
        if not is_whole(root):
            problems.append(f"{text!r}: has an error: {root}")
            continue
        commands, replies = set(), set()
        for command in root.children:
            if command.type == "command" and command.children and command.children[0].type == "mark":
                commands.add(command.start_point.row)
                if command.start_point.column or command.end_point.row != command.start_point.row:
                    problems.append(f"{text!r}: a command is not of one line: {root}")
                behind = command.next_sibling
                if behind is not None and behind.type == "reply" and behind.start_point.row == command.start_point.row + 1:
                    last = behind.end_point
                    replies.update(range(behind.start_point.row, last.row + (last.column > 0)))
        if (commands, replies) != commands_of(text):
            problems.append(f"{text!r}: commands {commands}, replies {replies}, wanted {commands_of(text)}: {root}")
    for seed in range(500):
        chance = random.Random(seed)
        source = bytes(chance.choice(b"> \n\r\"'\\#1)\xff\xc3\xa9ab") for _ in range(40))
        if not is_whole(tree(source)):
            problems.append(f"{source!r}: has an error: {tree(source)}")
    return count


def check_made_from():
    """What is made from grammar.js is of this grammar.js; `generate` makes it."""
    lines = (redis_parser.SOURCE / "made-from.sha256").read_text().splitlines()
    sums = dict(reversed(line.split("  ")) for line in lines if not line.startswith("#"))
    there = {str(path.relative_to(redis_parser.SOURCE)) for path in redis_parser.SOURCE.glob("src/**/*") if path.is_file()}
    if set(sums) != there | {"grammar.js"}:
        problems.append(f"made-from.sha256 has {sorted(sums)}, but there are {sorted(there)}")
    for name, wanted in sums.items():
        if hashlib.sha256((redis_parser.SOURCE / name).read_bytes()).hexdigest() != wanted:
            problems.append(f"grammars/tree-sitter-redis/{name} has changed: run grammars/tree-sitter-redis/generate, and commit all of it")


check_made_from()
counts = check_cases("--show" in sys.argv), check_files(), check_made_up()
for problem in problems[:20]:
    print(problem, file=sys.stderr)
print("transcripts: {} trees, {} files, {} texts made up, {} failures".format(*counts, len(problems)))
sys.exit(1 if problems or not all(counts) else 0)
