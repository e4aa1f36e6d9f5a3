"""A client for language servers over stdio, for the scripts that ask several servers the same."""
import json, os, pathlib, queue, subprocess, threading, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("REDLUA_CACHE", pathlib.Path.home() / ".cache/redlua"))
SERVERS = {
    "redlua": [os.environ.get("REDLUA", str(ROOT / "target/release/redlua")), "lsp"],
    "emmylua_ls": [str(CACHE / "peers/bin/emmylua_ls")],
}


class Client:
    """A server that has been initialized for a folder. `seen` is given each message that comes."""

    def __init__(self, command, folder, capabilities=None, seen=None):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.messages, self.number, self.seen = queue.Queue(), 0, seen
        self.findings = {}
        threading.Thread(target=self.read, daemon=True).start()
        start = time.perf_counter()
        folders = [{"uri": folder.as_uri(), "name": folder.name}]
        capabilities = capabilities or {"textDocument": {"publishDiagnostics": {"versionSupport": True}}}
        _, self.initialized = self.request("initialize", {"processId": os.getpid(), "rootUri": folder.as_uri(),
                                                          "workspaceFolders": folders, "capabilities": capabilities})
        self.first = time.perf_counter() - start
        self.notify("initialized", {})

    def read(self):
        out = self.process.stdout
        while True:
            length = None
            while line := out.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if length is None:
                return
            self.messages.put((time.perf_counter(), json.loads(out.read(length))))

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def notify(self, method, params):
        self.send({"method": method, "params": params})

    def open(self, uri, text):
        self.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "lua", "version": 1, "text": text}})

    def wait(self, wanted, seconds=60):
        """The next message that is wanted, and when it came. Answers what the server asks meanwhile."""
        end = time.time() + seconds
        while True:
            at, message = self.messages.get(timeout=max(0.01, end - time.time()))
            if self.seen:
                self.seen(message)
            if message.get("method") == "textDocument/publishDiagnostics":
                self.findings[message["params"]["uri"]] = message["params"]["diagnostics"]
            if "id" in message and "method" in message:
                items = message["params"].get("items", []) if isinstance(message.get("params"), dict) else []
                self.send({"id": message["id"], "result": [None] * len(items) or None})
            elif wanted(message):
                return at, message

    def request(self, method, params):
        """The answer to a request, and when it came."""
        self.number += 1
        number = self.number
        self.send({"id": number, "method": method, "params": params})
        return self.wait(lambda message: message.get("id") == number and "method" not in message)

    def result(self, method, params):
        return self.request(method, params)[1].get("result")

    def memory(self):
        """The most memory it has had, in MiB."""
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024

    def end(self):
        self.request("shutdown", None)
        self.notify("exit", None)
        self.process.wait(timeout=60)
