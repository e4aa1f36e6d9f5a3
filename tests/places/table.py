#!/usr/bin/env python3
"""Asks language servers at the places that the scripts of files/ mark, and holds their answers against what a person wants
to read there.

    tests/places/table.py            redlua alone: fails where an answer is not as wanted
    tests/places/table.py --peer     redlua and the peer (tests/setup/peers.sh emmylua_ls), and writes table.md; fails where
                                redlua is behind

A mark is a comment of the next line above that has its code: `--? REQUEST `code|code` : WORDS`, the bar being the cursor, two
bars what is chosen. WORDS are parted by ` & `; each must be in the answer, `a|b` asks for either, `!a` that it is not there,
`#a` is the active parameter. Of `definition` it is the text of the line that is led to; of `references`, `highlight` and
`rename NAME` their count or, for keywords, the texts; of `fold` the lines, first and last, or the number of folds.

REDLUA names the program (the release build, else).
"""
import os, pathlib, re, shutil, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from client import SERVERS, Client

HERE = pathlib.Path(__file__).resolve().parent
MARK = re.compile(r"^\s*--\? (?P<request>[a-z-]+)(?: `(?P<code>[^`]*)`)?(?: (?P<name>\w+))?(?: : (?P<words>.*))?$")
CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "publishDiagnostics": {"versionSupport": True, "tagSupport": {"valueSet": [1, 2]}},
        "hover": {"contentFormat": ["markdown"]},
        "completion": {"completionItem": {"snippetSupport": True, "labelDetailsSupport": True}},
        "signatureHelp": {"signatureInformation": {"activeParameterSupport": True, "parameterInformation": {"labelOffsetSupport": True}}},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor", "refactor.extract", "refactor.inline"]}},
                       "resolveSupport": {"properties": ["edit"]}, "dataSupport": True},
        "semanticTokens": {"requests": {"full": True}, "formats": ["relative"], "tokenTypes": ["function", "method", "variable", "property"],
                           "tokenModifiers": ["declaration", "deprecated"]},
        "foldingRange": {"lineFoldingOnly": False},
        "rename": {"prepareSupport": True},
        "callHierarchy": {}, "inlayHint": {},
    },
    "workspace": {"workspaceFolders": True},
}


class Mark:
    """A place that a server is asked of, `line` counted as it is without the marks."""

    def __init__(self, file, lines, found):
        self.file = file
        self.request, self.name, self.words = found["request"], found["name"], (found["words"] or "").split(" & ")
        self.code = found["code"]
        before, _, behind = (self.code or "|").partition("|")
        chosen, two, _ = behind.partition("|")
        code = before + behind.replace("|", "")
        at, self.chosen = len(before), len(chosen) if two else 0
        for self.line in range(len(lines) - 1, -1, -1):
            if code in lines[self.line]:
                self.column = lines[self.line].index(code) + at
                return
        sys.exit(f"{file.name}: no line above the mark has {self.code}")

    def __str__(self):
        return f"{self.file.name}:{self.line + 1} {self.request} {self.code or ''}".strip()


def read():
    """All places, and the scripts without their marks by name."""
    found, texts = [], {}
    for file in sorted(HERE.glob("files/*.lua")):
        lines = []
        for line in file.read_text().splitlines():
            if not line.lstrip().startswith("--?"):
                lines.append(line)
            elif mark := MARK.match(line):
                found.append(Mark(file, lines, mark))
            else:
                sys.exit(f"{file.name}: no mark: {line}")
        texts[file.name] = "\n".join(lines) + "\n"
    return found, texts


def text_of(value):
    """The texts of a hover's contents, a documentation, a label."""
    if isinstance(value, list):
        return "\n".join(map(text_of, value))
    if isinstance(value, dict):
        return value.get("value", "")
    return value or ""


def flat(symbols):
    for symbol in symbols or []:
        yield symbol["name"]
        yield from flat(symbol.get("children"))


def places(edit):
    """The places that a workspace edit changes."""
    out = set()
    changes = list((edit or {}).get("changes", {}).items())
    for change in (edit or {}).get("documentChanges", []):
        if "textDocument" in change:
            changes.append((change["textDocument"]["uri"], change["edits"]))
    for uri, edits in changes:
        out |= {(uri, one["range"]["start"]["line"], one["range"]["start"]["character"]) for one in edits}
    return out


class Asked:
    """One server with all files open."""

    def __init__(self, name, folder, seen=None):
        self.client = Client(SERVERS[name], folder, CAPABILITIES, seen)
        self.folder, self.texts = folder, {}
        self.tokens, self.legend = {}, self.client.initialized["result"]["capabilities"].get("semanticTokensProvider", {}).get("legend", {})
        for file in sorted(folder.glob("*.lua")):
            self.texts[file.name] = file.read_text()
            self.client.open(file.as_uri(), self.texts[file.name])
        for name in self.texts:
            # Findings come after the answer of a request, or before it.
            self.client.result("textDocument/documentSymbol", {"textDocument": {"uri": self.uri(name)}})
        try:
            self.client.wait(lambda _: len(self.client.findings) >= len(self.texts), 20)
        except Exception:
            pass

    def uri(self, name):
        return (self.folder / name).as_uri()

    def line(self, location):
        name = location.get("targetUri") or location.get("uri")
        at = (location.get("targetSelectionRange") or location.get("range"))["start"]["line"]
        text = self.texts.get(name.rsplit("/", 1)[-1], "").split("\n")
        return text[at] if at < len(text) else name

    def token(self, mark):
        name = mark.file.name
        if name not in self.tokens:
            data = (self.client.result("textDocument/semanticTokens/full", {"textDocument": {"uri": self.uri(name)}}) or {}).get("data", [])
            line = column = 0
            self.tokens[name] = found = []
            for lines, columns, length, kind, modifiers in zip(*[iter(data)] * 5):
                line, column = line + lines, columns if lines else column + columns
                names = [it for bit, it in enumerate(self.legend["tokenModifiers"]) if modifiers >> bit & 1]
                found.append((line, column, column + length, " ".join([self.legend["tokenTypes"][kind], *names])))
        return "".join(kind for line, start, end, kind in self.tokens[name] if line == mark.line and start <= mark.column < end)

    def answer(self, mark):
        """What the server says, as a text; counts as texts too."""
        uri = self.uri(mark.file.name)
        document = {"textDocument": {"uri": uri}}
        whole = {"range": {"start": {"line": mark.line, "character": 0}, "end": {"line": mark.line, "character": 1000}}}
        if mark.code is not None:
            document["position"] = {"line": mark.line, "character": mark.column}
        ask = lambda method, **more: self.client.result(method, {**document, **more})
        match mark.request:
            case "hover":
                return text_of((ask("textDocument/hover") or {}).get("contents"))
            case "complete":
                items = ask("textDocument/completion", context={"triggerKind": 1}) or []
                items = items["items"] if isinstance(items, dict) else items
                return "\n".join(item["label"] for item in items)
            case "signature":
                help = ask("textDocument/signatureHelp") or {}
                if not help.get("signatures"):
                    return ""
                chosen = help["signatures"][help.get("activeSignature") or 0]
                active = chosen.get("activeParameter", help.get("activeParameter"))
                parameters = chosen.get("parameters", [])
                parameter = parameters[active] if active is not None and active < len(parameters) else {}
                label = parameter.get("label", "")
                if isinstance(label, list):
                    label = chosen["label"][label[0]:label[1]]
                return f"{chosen['label']}\n#{label.lstrip('[, ')}\n{text_of(parameter.get('documentation'))}"
            case "definition":
                found = ask("textDocument/definition") or []
                return "\n".join(map(self.line, found if isinstance(found, list) else [found]))
            case "references":
                return str(len(ask("textDocument/references", context={"includeDeclaration": True}) or []))
            case "rename":
                return str(len(places(ask("textDocument/rename", newName=mark.name))))
            case "highlight":
                found = ask("textDocument/documentHighlight") or []
                if mark.words[0].isdigit():
                    return str(len(found))
                lines = self.texts[mark.file.name].split("\n")
                return "\n".join(lines[one["range"]["start"]["line"]][one["range"]["start"]["character"]:one["range"]["end"]["character"]] for one in found)
            case "symbols":
                return "\n".join(flat(ask("textDocument/documentSymbol")))
            case "token":
                return self.token(mark)
            case "hints":
                hints = ask("textDocument/inlayHint", **whole) or []
                return "\n".join(text_of(hint["label"]) for hint in hints)
            case "finding" | "hint":
                return "\n".join(f"{one['message']} {one.get('code')}" for one in self.client.findings.get(uri, [])
                                 if one["range"]["start"]["line"] == mark.line)
            case "fold":
                folds = [f"{one['startLine']}-{one['endLine']}" for one in ask("textDocument/foldingRange") or []]
                return str(len(folds)) if mark.words[0].isdigit() else "\n".join(folds)
            case "calls-in" | "calls-out":
                items = ask("textDocument/prepareCallHierarchy")
                kind = "incomingCalls" if mark.request == "calls-in" else "outgoingCalls"
                calls = self.client.result(f"callHierarchy/{kind}", {"item": items[0]}) if items else None
                return "" if calls is None and not items else str(sum(len(call["fromRanges"]) for call in calls or []))
            case "action":
                at = document.pop("position")
                actions = ask("textDocument/codeAction", range={"start": at, "end": {**at, "character": at["character"] + mark.chosen}}, context={"diagnostics": []}) or []
                return "\n".join(action["title"] for action in actions)
        sys.exit(f"{mark}: no such request")


def wanted(mark, answer):
    """Whether the answer has all of what a person wants."""
    exact = mark.request in ("references", "rename", "calls-in", "calls-out") or (
        mark.request in ("highlight", "fold") and mark.words[0].isdigit())
    lines = set(answer.split("\n"))

    def has(word):
        if word.startswith("!"):
            return not has(word[1:])
        if exact:
            return answer == word
        if mark.request in ("complete", "fold"):
            return any(line == one or line.strip("'\"") == one or line.startswith(one + "(") for one in word.split("|") for line in lines)
        return any(one in answer for one in word.split("|"))

    return all(has(word) for word in mark.words)


def main():
    table = "--peer" in sys.argv
    names = ["redlua", "emmylua_ls"] if table else ["redlua"]
    (all_marks, texts), answers = read(), {}
    for name in names:
        with tempfile.TemporaryDirectory() as work:
            folder = pathlib.Path(work).resolve() / "places"
            folder.mkdir()
            for file, text in texts.items():
                (folder / file).write_text(text)
            if name != "redlua":
                shutil.copy(HERE / "stub/.emmyrc.json", folder)
                shutil.copy(HERE / "stub/redis.lua", folder / "redis.lua")
            asked = Asked(name, folder)
            answers[name] = [asked.answer(mark) for mark in all_marks]
            asked.client.end()
    right = {name: [wanted(mark, answer) for mark, answer in zip(all_marks, answers[name])] for name in names}
    bad = 0
    for place, mark in enumerate(all_marks):
        behind = not right["redlua"][place] and (not table or right["emmylua_ls"][place])
        bad += behind
        if not right["redlua"][place]:
            said = answers["redlua"][place][:300].replace("\n", " ⏎ ")
            print(f"{mark} : {' & '.join(mark.words)}\n    {said or 'nothing'}")
    print(f"{len(all_marks)} places: " + ", ".join(f"{name} {sum(right[name])}" for name in names))
    if table:
        rows = ["| place | request | redlua | EmmyLua |", "|---|---|---|---|"]
        for place, mark in enumerate(all_marks):
            said = ["yes" if right[name][place] else "no" for name in names]
            code = (mark.code or "").replace("|", "▏")
            rows.append(f"| {mark.file.name}:{mark.line + 1} `{code}` | {mark.request} | {said[0]} | {said[1]} |")
        (HERE / "table.md").write_text("\n".join(rows) + "\n")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
