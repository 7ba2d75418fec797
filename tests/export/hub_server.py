"""A stand-in for the Hugging Face hub on the loopback: as much of its interface as creating a dataset and one commit take.

It keeps what is put there. `fails` maps a part of a path to the status that is answered there; such an answer repeats the
request's Authorization header in its message, as a careless server might.
"""

import base64
import contextlib
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

LFS = "application/vnd.git-lfs+json"


class Hub(ThreadingHTTPServer):
    """`datasets` maps a name to its files and whether it is private; `asked` has the paths of all requests, `tokens` theirs."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.datasets, self.private = {}, {}
        self.objects, self.fails = {}, {}
        self.asked, self.tokens = [], set()
        self.messages = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, name, *, private=False, **files):
        """A dataset that is there already, with files by name."""
        self.datasets[name] = {".gitattributes": b"", **files}
        self.private[name] = private


@contextlib.contextmanager
def hub():
    """A running hub, until the block ends."""
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._answer()

    do_POST = do_PUT = do_GET  # noqa: N815

    def _answer(self):
        path = urlsplit(self.path).path
        body = self._body()
        token = self.headers.get("Authorization", "")
        self.server.asked.append(path)
        self.server.tokens.add(token)
        failing = next((status for part, status in self.server.fails.items() if part in path), None)
        if failing:
            return self._send(failing, {"error": f"refused {token}"})
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        if path == "/api/validate-yaml":
            return self._send(200, {"errors": [], "warnings": []})
        if path.startswith("/objects/"):
            self.server.objects[path.rpartition("/")[2]] = body
            return self._send(200, {})
        if path.endswith("/info/lfs/objects/batch"):
            return self._batch(json.loads(body))
        name = "/".join(path.split("/")[3:5])
        if name not in self.server.datasets:
            return self._send(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
        if path.endswith("/preupload/main"):
            return self._modes(json.loads(body))
        if path.endswith("/commit/main"):
            return self._commit(name, body)
        files = [{"rfilename": each} for each in self.server.datasets[name]]
        return self._send(200, {"id": name, "private": self.server.private[name], "siblings": files, "tags": []})

    def _create(self, asked):
        name = f"{asked['organization']}/{asked['name']}"
        assert asked["type"] == "dataset"
        if name in self.server.datasets:
            return self._send(409, {"error": "You already created this dataset repo"})
        self.server.add(name, private=asked.get("visibility") == "private" or asked.get("private", False))
        return self._send(200, {"url": f"{self.server.url}/datasets/{name}"})

    def _modes(self, asked):
        mode = {True: "lfs", False: "regular"}
        files = [{"path": each["path"], "uploadMode": mode[each["path"].endswith(".parquet")]} for each in asked["files"]]
        self._send(200, {"files": [{**each, "shouldIgnore": False} for each in files]})

    def _batch(self, asked):
        objects = [
            {
                "oid": each["oid"],
                "size": each["size"],
                "actions": {"upload": {"href": f"{self.server.url}/objects/{each['oid']}"}},
            }
            for each in asked["objects"]
        ]
        self._send(200, {"transfer": "basic", "objects": objects}, {"Content-Type": LFS})

    def _commit(self, name, body):
        files = self.server.datasets[name]
        for each in map(json.loads, body.splitlines()):
            value = each["value"]
            if each["key"] == "header":
                self.server.messages.append(value["summary"])
            elif each["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            else:
                assert each["key"] == "lfsFile"
                content = self.server.objects[value["oid"]]
                assert hashlib.sha256(content).hexdigest() == value["oid"]
                files[value["path"]] = content
        oid = hashlib.sha1(body).hexdigest()
        self._send(200, {"commitUrl": f"{self.server.url}/datasets/{name}/commit/{oid}", "commitOid": oid})

    def _body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _send(self, status, content, headers=()):
        data = json.dumps(content).encode()
        self.send_response(status)
        for key, value in {"Content-Type": "application/json", **dict(headers)}.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
