"""A stand-in for the Kubernetes API server: real HTTP, over a `kube_store.Store`. Not a test."""

import gzip
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from kube_reads import Reads
from kube_store import Refused, Store

PATH = re.compile(
    r"/(?:api/(?P<core>v1)|apis/(?P<group>[\w.-]+)/(?P<version>\w+))"
    r"(?:/namespaces/(?P<namespace>[\w.-]+))?/(?P<plural>[a-z]+)(?:/(?P<name>[\w.-]+)(?:/(?P<sub>[a-z]+))?)?"
)
VERBS = {"GET": "get", "PATCH": "patch", "DELETE": "delete", "POST": "create"}


class Server(ThreadingHTTPServer):
    """Serves one store."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, store: Store, bookmarks=0.2, longest=30.0, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.store = store
        self.bookmarks = bookmarks
        self.longest = longest
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        with self.store.changed:
            self.store.over = True
            self.store.changed.notify_all()
        self.shutdown()
        self.server_close()
        self.thread.join(5)

    def handle_error(self, request, client_address):
        """A client that goes away is nothing to talk about."""


class Handler(Reads, BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, *_):
        pass

    def do(self):
        url = urlsplit(self.path)
        self.where, self.query = unquote(url.path), dict(parse_qsl(url.query, keep_blank_values=True))
        size = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(size) if size else b""
        self.body = json.loads(raw) if raw else None
        store = self.server.store
        with store.changed:
            store.asked.append((self.command, self.where, self.query, self.body))
        try:
            if self.headers.get("Authorization") != f"Bearer {store.token}":
                raise Refused(401, "Unauthorized", "Unauthorized")
            if not self.broken():
                self.answer()
        except Refused as refused:
            self.say(refused.code, refused.status, refused.headers)

    do_GET = do_POST = do_PATCH = do_DELETE = do  # noqa: N815 - as the library calls them

    # ---- answers

    def say(self, code, thing, headers=None, kind="application/json"):
        body = thing if isinstance(thing, bytes) else json.dumps(thing).encode()
        self.send_response(code)
        if len(body) > 128 * 1024 and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 1)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def begin(self, kind="application/json"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()

    def chunk(self, data):
        if data:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

    def finish_chunks(self):
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def broken(self):
        """Do what a fault says; whether that was all."""
        fault = self.server.store.fault(self.where, self.query.get("watch") == "true")
        if fault is None:
            return False
        if fault.kind == "odd":
            self.odd = True
            return False
        self.close_connection = True
        if fault.kind in ("status", "busy", "expire"):
            raise {
                "status": Refused(fault.value or 500, "InternalError", "something is wrong inside"),
                "busy": Refused(429, "TooManyRequests", "too many requests", {"Retry-After": str(fault.value)}),
                "expire": Refused(410, "Expired", "The provided continue parameter is too old"),
            }[fault.kind]
        if fault.kind == "plain":
            self.say(404, b"404 page not found\n", kind="text/plain")
        elif fault.kind == "hang":
            time.sleep(fault.value)
        else:
            self.begin()
            self.spoil(fault)
        return True

    def spoil(self, fault):
        """Begin an answer and do not end it well."""
        if fault.kind == "garbage":
            self.chunk(b"<html>\x1b[31mLog in\x00</html>\n")
            self.finish_chunks()
        elif fault.kind == "cut":
            self.chunk(b'{"type":"ADDED","object":{"kind"')
        elif fault.kind == "slow":
            for _ in range(50):
                self.chunk(b" ")
                time.sleep(fault.value)

    odd = False

    def answer(self):
        store = self.server.store
        if self.where == "/version":
            self.say(200, {"gitVersion": "v1.36.2"})
        elif self.where in ("/readyz", "/livez"):
            self.ready()
        elif self.where == "/apis":
            groups = [
                {"name": name, "preferredVersion": {"groupVersion": f"{name}/{version}", "version": version}}
                for name, (version, _) in store.groups.items()
                if name
            ]
            self.say(200, {"kind": "APIGroupList", "groups": groups})
        elif self.where.endswith("/selfsubjectaccessreviews"):
            asked = self.body["spec"]["resourceAttributes"]
            sub = asked.get("subresource")
            what = asked["resource"] + (f"/{sub}" if sub else "")
            allowed = store.allows(asked["verb"], what, asked.get("namespace"))
            self.say(201, {**self.body, "status": {"allowed": allowed}})
        elif self.where.endswith("/pendingworkloads"):
            queue = self.where.split("/")[-2]
            self.say(200, {"kind": "PendingWorkloadsSummary", "items": store.waiting.get(queue, [])})
        else:
            self.resource()

    def ready(self):
        checks = self.server.store.checks
        lines = [
            f"[{'+' if well else '-'}]{name} {'ok' if well else 'failed: timeout'}" for name, well in checks.items()
        ]
        well = all(checks.values())
        lines.append("readyz check passed" if well else "readyz check failed")
        self.say(200 if well else 500, "\n".join(lines).encode(), kind="text/plain")

    def resource(self):
        found = PATH.fullmatch(self.where)
        group = (found["group"] or "") if found else ""
        known = self.server.store.groups.get(group)
        there = found and known and found["plural"] in known[1] and (not group or known[0] == found["version"])
        if not there:
            self.say(404, b"404 page not found\n", kind="text/plain")
            return
        plural, namespace, name, sub = found.group("plural", "namespace", "name", "sub")
        verb = VERBS[self.command]
        if verb == "get" and name is None:
            verb = "watch" if self.query.get("watch") == "true" else "list"
        self.server.store.check(verb, group, f"{plural}/{sub}" if sub else plural, namespace)
        if verb in ("watch", "list"):
            getattr(self, verb)(group, plural, namespace)
        elif sub == "log":
            self.log(namespace, name)
        else:
            self.one(verb, group, plural, namespace, name, sub)

    def one(self, verb, group, plural, namespace, name, sub):
        """Read or change one object."""
        store, body = self.server.store, self.body or {}
        if sub == "eviction":
            store.evict(namespace, name, body)
            self.say(201, {"kind": "Status", "status": "Success"})
        elif verb == "patch":
            if self.headers["Content-Type"] == "application/json-patch+json":
                change = store.steps(group, plural, namespace, name, body)
            else:
                uid = (body.get("metadata") or {}).get("uid")
                change = {"spec": {"replicas": body["spec"]["replicas"]}} if sub == "scale" else body
                if sub != "scale":
                    store.same(group, plural, namespace, name, uid, 422)
            self.say(200, store.patch(group, plural, namespace, name, change))
        elif verb == "delete":
            store.same(group, plural, namespace, name, (body.get("preconditions") or {}).get("uid"), 409)
            policy = body.get("propagationPolicy") or self.query.get("propagationPolicy")
            self.say(200, store.remove(group, plural, namespace, name, policy))
        elif verb == "create":
            self.say(201, store.put(plural, body, group))
        else:
            self.say(200, store.find(group, plural, namespace, name))
