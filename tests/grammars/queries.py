"""Holds the tree-sitter queries of the editors against cases.

    PYTHONPATH=(what tests/setup/parsers.sh prints) queries.py [--show] CASE…

A case is a text with lines that begin with `~`, which are no part of it: carets stand below what has the capture that
follows (`~   ^^^ @function.builtin`), or has it not (`!@string`). `lua` stands for what is given to the Lua parser. A `@_name` is ours
alone. Neovim's names are written; Helix' differ where `RENAMED` says so. Transcripts are for Helix alone.
"""

import importlib
import pathlib
import re
import sys

import redis_parser
import tree_sitter

ROOT = pathlib.Path(__file__).resolve().parents[2]
LANGUAGES = {
    "lua": ("lua", "tree_sitter_lua", "language"),
    "py": ("python", "tree_sitter_python", "language"),
    "js": ("javascript", "tree_sitter_javascript", "language"),
    "ts": ("typescript", "tree_sitter_typescript", "language_typescript"),
    "tsx": ("tsx", "tree_sitter_typescript", "language_tsx"),
    "go": ("go", "tree_sitter_go", "language"),
    "rb": ("ruby", "tree_sitter_ruby", "language"),
    "java": ("java", "tree_sitter_java", "language"),
    "php": ("php", "tree_sitter_php", "language_php"),
    "cs": ("c_sharp", "tree_sitter_c_sharp", "language"),
    "rs": ("rust", "tree_sitter_rust", "language"),
    "sh": ("bash", "tree_sitter_bash", "language"),
}
# The language of transcripts, whose parser is ours and whose query is for Helix.
TRANSCRIPT = "redis-transcript"
RENAMED = {"module.builtin": "namespace", "comment.documentation": "comment.block.documentation"}


def query_file(editor, language, name):
    if editor == "neovim":
        return ROOT / "editors/neovim/queries" / language / name
    if language in ("lua", TRANSCRIPT):
        folder = "redis-lua" if language == "lua" else language
        return ROOT / "editors/helix/runtime/queries" / folder / name
    return ROOT / "editors/helix/hosts" / language.replace("_", "-") / name


def matches(editor, language, name, grammar, tree):
    """The captures of a query, and what it sets."""
    path = query_file(editor, language, name)
    if not path.exists():
        return
    # Neovim's alone: what it cuts off is but quotes.
    query = tree_sitter.Query(grammar, re.sub(r"\(#offset! @injection\.content [-\d ]+\)", "", path.read_text()))
    for pattern, captures in tree_sitter.QueryCursor(query).matches(tree.root_node):
        yield query.pattern_settings(pattern), captures


def found(editor, language, grammar, tree):
    """What is coloured or given to Lua: (name, first byte, byte behind the last)."""
    for _, captures in matches(editor, language, "highlights.scm", grammar, tree):
        for name, nodes in captures.items():
            for node in nodes:
                yield "@" + name, node.start_byte, node.end_byte
    for settings, captures in matches(editor, language, "injections.scm", grammar, tree):
        for node in captures.get("injection.content", []):
            # Helix has a language of its own for it.
            given = settings.get("injection.language")
            yield "lua" if (editor, given) == ("helix", "redis-lua") else given, node.start_byte, node.end_byte


def parser_of(path):
    if path.suffix == ".redis":
        return TRANSCRIPT, redis_parser.language()
    language, module, function = LANGUAGES[path.suffix[1:]]
    return language, tree_sitter.Language(getattr(importlib.import_module(module), function)())


def check(path, editor, show):
    language, grammar = parser_of(path)
    lines, asserts = [], []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        mark = re.match(r"~(\s*)(\^+)\s+(.+)$", line)
        if mark:
            asserts.append((number, len(lines) - 1, 1 + len(mark[1]), 1 + len(mark[1]) + len(mark[2]), mark[3].split()))
        else:
            lines.append(line)
    source = ("\n".join(lines) + "\n").encode()
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode()) + 1)
    got = list(found(editor, language, grammar, tree_sitter.Parser(grammar).parse(source)))
    if show:
        for name, start, end in got:
            print(f"{editor} {path.name}: {name} {source[start:end][:70]!r}")
    count = wrong = 0
    for number, row, left, right, names in asserts:
        start, end = starts[row] + left, starts[row] + right
        for wanted in names:
            count += 1
            name = wanted.lstrip("!")
            if editor == "helix":
                bare = name.lstrip("@")
                name = "@" + RENAMED[bare] if bare in RENAMED else name
            has = any((it == name or (it or "").startswith(name + ".")) and a <= start and end <= b for it, a, b in got)
            if has == wanted.startswith("!"):
                wrong += 1
                print(f"{path}:{number}: {editor}: wanted {wanted} at {source[start:end].decode()!r}", file=sys.stderr)
    return count, wrong


def editors(path):
    return ("helix",) if path.suffix == ".redis" else ("neovim", "helix")


def main():
    show = "--show" in sys.argv
    cases = [pathlib.Path(arg) for arg in sys.argv[1:] if arg != "--show"]
    results = [check(path, editor, show) for path in cases for editor in editors(path)]
    wrong = sum(it for _, it in results)
    print(f"tree-sitter: {len(cases)} cases, {sum(it for it, _ in results)} assertions, {wrong} failures")
    sys.exit(1 if wrong or not cases else 0)


main()
