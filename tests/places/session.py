#!/usr/bin/env python3
"""Holds what `redlua lsp` sends in a long session against the protocol's own types, as PyPI's lsprotocol has them: scripts of
packages and of files/ are opened, edited at random and asked everything at random places, by clients of several kinds.

    tests/places/session.py [REQUESTS] [SEED]       400 requests a client if none are named

Fails at the first message that is no message of the protocol, at an error that is not one of the client's own making, and
when the server ends. REDLUA names the program (the release build, else). Needs tests/setup/packages.sh.
"""
import os, pathlib, queue, random, subprocess, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from client import CACHE, SERVERS, Client
from table import CAPABILITIES, read

LSPROTOCOL = "lsprotocol==2025.0.0"
# What VS Code says of itself, as far as an answer's form hangs on it.
RICH = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        **CAPABILITIES["textDocument"],
        "completion": {"completionItem": {
            "snippetSupport": True, "labelDetailsSupport": True, "insertReplaceSupport": True, "commitCharactersSupport": True,
            "deprecatedSupport": True, "preselectSupport": True, "tagSupport": {"valueSet": [1]},
            "documentationFormat": ["markdown", "plaintext"], "resolveSupport": {"properties": ["documentation", "detail"]}},
            "completionList": {"itemDefaults": ["commitCharacters", "editRange", "insertTextFormat", "insertTextMode"]}},
        "definition": {"linkSupport": True}, "foldingRange": {"lineFoldingOnly": True, "foldingRange": {"collapsedText": True}},
        "publishDiagnostics": {"relatedInformation": True, "versionSupport": True, "tagSupport": {"valueSet": [1, 2]},
                               "codeDescriptionSupport": True, "dataSupport": True},
        "diagnostic": {}, "codeLens": {}, "selectionRange": {}, "documentLink": {"tooltipSupport": True}, "formatting": {},
        "rangeFormatting": {}, "onTypeFormatting": {}, "linkedEditingRange": {},
    },
    "workspace": {"workspaceFolders": True, "configuration": True, "applyEdit": True, "workspaceEdit": {"documentChanges": True},
                  "didChangeWatchedFiles": {"dynamicRegistration": True}, "fileOperations": {"willRename": True},
                  "codeLens": {"refreshSupport": True}, "inlayHint": {"refreshSupport": True},
                  "semanticTokens": {"refreshSupport": True}, "diagnostics": {"refreshSupport": True}},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
}
CLIENTS = {"bare": {}, "plain": CAPABILITIES, "rich": RICH}
AT_PLACES = ["hover", "completion", "signatureHelp", "definition", "references", "documentHighlight", "prepareRename", "rename",
             "prepareCallHierarchy", "codeAction", "selectionRange", "onTypeFormatting"]
OF_DOCUMENTS = ["documentSymbol", "foldingRange", "codeLens", "documentLink", "semanticTokens/full", "inlayHint", "formatting",
                "diagnostic"]
# What servers answer where a request makes no sense: a rename of a keyword.
REFUSALS = {-32602, -32803}


def lsprotocol():
    folder = CACHE / "lsprotocol"
    if not (folder / LSPROTOCOL).exists():
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--root-user-action=ignore", "--target", folder, LSPROTOCOL], check=True)
        (folder / LSPROTOCOL).touch()
    sys.path.insert(0, str(folder))
    from lsprotocol import converters, types
    return converters.get_converter(), types


class Checked:
    """Structures each message that comes, by the method that it answers."""

    def __init__(self):
        self.converter, self.types = lsprotocol()
        self.asked, self.count = {}, 0

    def __call__(self, message):
        self.count += 1
        method = message.get("method")
        if method and method.startswith("$/") and method not in self.types.METHOD_TO_TYPES:
            return
        if method and method.startswith("redlua/"):
            return
        if method is None and "error" in message:
            if message["error"]["code"] not in REFUSALS:
                sys.exit(f"{self.asked.get(message['id'])}: {message['error']}")
            kind = self.types.ResponseErrorMessage
        elif method is None:
            kind = self.types.METHOD_TO_TYPES[self.asked[message["id"]]][1]
        else:
            kind = self.types.METHOD_TO_TYPES[method][0]
        try:
            self.converter.structure(message, kind)
        except Exception as error:
            from cattrs import transform_error
            sys.exit(f"{method or self.asked[message['id']]}: {transform_error(error)}\n{str(message)[:2000]}")


def scripts():
    _, texts = read()
    for file in sorted((CACHE / "packages").rglob("*.lua"))[::25]:
        texts[file.name] = file.read_bytes().decode("utf-8", "replace")
    return texts


class Session:
    def __init__(self, name, folder, chance, checked):
        self.chance, self.checked, self.name = chance, checked, name
        checked.asked = {1: "initialize"}
        self.client = Client(SERVERS["redlua"], folder, CLIENTS[name], checked)
        self.versions, self.texts, self.folder = {}, scripts(), folder
        for file, text in self.texts.items():
            (folder / file).write_text(text, newline="")
        self.asked = 0

    def ask(self, method, params):
        self.checked.asked[self.client.number + 1] = method
        self.asked += 1
        return self.client.result(method, params)

    def uri(self, file):
        return (self.folder / file).as_uri()

    def open(self, file):
        self.versions[file] = 1
        self.client.notify("textDocument/didOpen", {"textDocument": {"uri": self.uri(file), "languageId": "lua", "version": 1, "text": self.texts[file]}})

    def place(self, file):
        lines = self.texts[file].split("\n")
        line = self.chance.randrange(len(lines))
        width = len(lines[line].encode("utf-16-le")) // 2
        return {"line": line, "character": self.chance.randint(0, width)}

    def edit(self, file):
        """Types something somewhere, or takes a line away."""
        at = self.place(file)
        lines = self.texts[file].split("\n")
        if self.chance.random() < 0.3 and at["line"] + 1 < len(lines):
            start, end, text = {"line": at["line"], "character": 0}, {"line": at["line"] + 1, "character": 0}, ""
            del lines[at["line"]]
        else:
            text = self.chance.choice(["x", "\n", "end", "local t = { a = 1 }\n", "redis.call('SET', KEYS[1], '😀')\n", "(", "'", "--[[", "]]", "t.a", "---@param x "])
            start = end = at
            line = lines[at["line"]].encode("utf-16-le")
            cut = at["character"] * 2
            lines[at["line"]] = line[:cut].decode("utf-16-le", "surrogatepass") + text + line[cut:].decode("utf-16-le", "surrogatepass")
        self.texts[file] = "\n".join(lines)
        try:
            self.texts[file].encode()
        except UnicodeEncodeError:
            # The place was within a character: such an edit is not sent.
            self.texts[file] = self.texts[file].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            start, end, text = {"line": 0, "character": 0}, {"line": 10**6, "character": 0}, self.texts[file]
        self.versions[file] += 1
        self.client.notify("textDocument/didChange", {"textDocument": {"uri": self.uri(file), "version": self.versions[file]},
                                                      "contentChanges": [{"range": {"start": start, "end": end}, "text": text}]})

    def at_place(self, file):
        method = "textDocument/" + self.chance.choice(AT_PLACES)
        document, at = {"textDocument": {"uri": self.uri(file)}}, self.place(file)
        params = {**document, "position": at}
        match method.split("/")[1]:
            case "references":
                params["context"] = {"includeDeclaration": True}
            case "rename":
                params["newName"] = "renamed"
            case "codeAction":
                diagnostics = self.client.findings.get(self.uri(file), [])[:5]
                params = {**document, "range": {"start": at, "end": at}, "context": {"diagnostics": diagnostics}}
            case "selectionRange":
                params = {**document, "positions": [at]}
            case "onTypeFormatting":
                if "documentOnTypeFormattingProvider" not in self.capabilities():
                    return
                params |= {"ch": "\n", "options": {"tabSize": 2, "insertSpaces": True}}
        found = self.ask(method, params)
        if method.endswith("/completion") and found and self.capabilities()["completionProvider"].get("resolveProvider"):
            items = found["items"] if isinstance(found, dict) else found
            if items:
                self.ask("completionItem/resolve", self.chance.choice(items))
        elif method.endswith("/codeAction") and self.capabilities()["codeActionProvider"] is not True:
            for action in (found or [])[:3]:
                if "data" in action:
                    self.ask("codeAction/resolve", action)
        elif method.endswith("CallHierarchy"):
            for item in found or []:
                self.ask("callHierarchy/incomingCalls", {"item": item})
                self.ask("callHierarchy/outgoingCalls", {"item": item})

    def of_document(self, file):
        method = "textDocument/" + self.chance.choice(OF_DOCUMENTS)
        params = {"textDocument": {"uri": self.uri(file)}}
        if method.endswith("diagnostic") and "diagnosticProvider" not in self.capabilities():
            return
        if method.endswith("inlayHint"):
            params["range"] = {"start": {"line": 0, "character": 0}, "end": self.place(file)}
        if method.endswith("formatting"):
            params["options"] = {"tabSize": 2, "insertSpaces": True}
        found = self.ask(method, params)
        if method.endswith("codeLens") and self.capabilities()["codeLensProvider"].get("resolveProvider"):
            for lens in (found or [])[:3]:
                self.ask("codeLens/resolve", lens)

    def capabilities(self):
        return self.client.initialized["result"]["capabilities"]

    def run(self, requests):
        while self.asked < requests:
            file = self.chance.choice(list(self.texts))
            if file not in self.versions:
                self.open(file)
            match self.chance.randrange(10):
                case 0 | 1:
                    self.edit(file)
                case 2 | 3 | 4:
                    self.of_document(file)
                case 5 if self.chance.random() < 0.2:
                    self.ask("workspace/symbol", {"query": self.chance.choice(["", "a", "get"])})
                case 6 if self.chance.random() < 0.1:
                    self.client.notify("textDocument/didClose", {"textDocument": {"uri": self.uri(file)}})
                    del self.versions[file]
                case _:
                    self.at_place(file)
        self.checked.asked[self.client.number + 1] = "shutdown"
        self.client.end()


def main():
    requests, seed = (int(word) for word in (sys.argv[1:] + ["400", "1"][len(sys.argv) - 1:]))
    for name in CLIENTS:
        with tempfile.TemporaryDirectory() as work:
            checked = Checked()
            session = Session(name, pathlib.Path(work).resolve(), random.Random(seed), checked)
            try:
                session.run(requests)
            except queue.Empty:
                sys.exit(f"{name}: no answer to {checked.asked[session.client.number]} within a minute")
            print(f"{name}: {session.asked} requests, {checked.count} messages of the protocol")


main()
