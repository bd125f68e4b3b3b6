"""A stand-in for the Kubernetes API server: real HTTP, over a `kube_store.Store`. Not a test."""

import gzip
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from kube_store import Refused, Store

PATH = re.compile(
    r"/(?:api/(?P<core>v1)|apis/(?P<group>[\w.-]+)/(?P<version>\w+))"
    r"(?:/namespaces/(?P<namespace>[\w.-]+))?/(?P<plural>[a-z]+)(?:/(?P<name>[\w.-]+)(?:/(?P<sub>[a-z]+))?)?"
)
VERBS = {"GET": "get", "PATCH": "patch", "DELETE": "delete", "POST": "create"}
ABOUT = {"pods": "Pod", "jobs": "Job"}


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


class Handler(BaseHTTPRequestHandler):
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

    do_GET = do_POST = do_PATCH = do_DELETE = do

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
        self.close_connection = True
        match fault.kind:
            case "status":
                raise Refused(fault.value, "InternalError", "something is wrong inside")
            case "busy":
                raise Refused(429, "TooManyRequests", "too many requests", {"Retry-After": str(fault.value)})
            case "plain":
                self.say(404, b"404 page not found\n", kind="text/plain")
            case "garbage":
                self.begin()
                self.chunk(b"<html>\x1b[31mLog in\x00</html>\n")
                self.finish_chunks()
            case "cut":
                self.begin()
                self.chunk(b'{"type":"ADDED","object":{"kind"')
            case "slow":
                self.begin()
                for _ in range(50):
                    self.chunk(b" ")
                    time.sleep(fault.value)
            case "hang":
                time.sleep(fault.value)
            case "expire":
                raise Refused(410, "Expired", "The provided continue parameter is too old")
            case "odd":
                self.odd = True
                return False
        return True

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
        if (
            found is None
            or known is None
            or (group and known[0] != found["version"])
            or found["plural"] not in known[1]
        ):
            self.say(404, b"404 page not found\n", kind="text/plain")
            return
        store, plural, namespace, name, sub = self.server.store, *found.group("plural", "namespace", "name", "sub")
        verb = VERBS[self.command]
        if verb == "get" and name is None:
            verb = "watch" if self.query.get("watch") == "true" else "list"
        store.check(verb, group, f"{plural}/{sub}" if sub else plural, namespace)
        if verb == "watch":
            self.watch(group, plural, namespace)
        elif verb == "list":
            self.list(group, plural, namespace)
        elif sub == "log":
            self.log(namespace, name)
        elif sub == "eviction":
            store.evict(namespace, name, self.body)
            self.say(201, {"kind": "Status", "status": "Success"})
        elif verb == "patch":
            change = self.body
            if sub == "scale":
                change = {"spec": {"replicas": change["spec"]["replicas"]}}
            self.say(200, store.patch(group, plural, namespace, name, change))
        elif verb == "delete":
            options = self.body or {}
            policy = options.get("propagationPolicy") or self.query.get("propagationPolicy")
            self.say(200, store.remove(group, plural, namespace, name, policy))
        elif verb == "create":
            self.say(201, store.put(plural, self.body, group))
        else:
            self.say(200, store.find(group, plural, namespace, name))

    # ---- lists and watches

    def list(self, group, plural, namespace):
        store = self.server.store
        with store.changed:
            version = store.version
            every = [
                thing
                for (space, _), thing in sorted(store.things.get((group, plural), {}).items(), key=by_name)
                if namespace in (None, space) and self.selected(thing)
            ]
        start = 0
        if token := self.query.get("continue"):
            version, start = (int(part) for part in token.split(":"))
        limit = int(self.query.get("limit") or 0) or len(every) or 1
        meta = {"resourceVersion": str(version)}
        if start + limit < len(every):
            meta["continue"] = f"{version}:{start + limit}"
        items = every[start : start + limit]
        if self.odd and items:
            items = [{"metadata": {"uid": 7, "name": ["what"]}}, *items]
        self.say(200, {"kind": "List", "apiVersion": "v1", "metadata": meta, "items": items or None})

    def selected(self, thing):
        return (
            thing is not None
            and fields(self.query.get("fieldSelector"), thing)
            and labels(self.query.get("labelSelector"), thing)
        )

    def watch(self, group, plural, namespace):
        server, store = self.server, self.server.store
        since = int(self.query["resourceVersion"])
        until = time.monotonic() + min(float(self.query.get("timeoutSeconds", 300)), server.longest)
        self.begin()
        marks = self.query.get("allowWatchBookmarks") == "true"
        marked = time.monotonic()
        while time.monotonic() < until and not store.over:
            with store.changed:
                if since < store.forgotten:
                    gone = Refused(410, "Expired", f"too old resource version: {since} ({store.version})")
                    events = [{"type": "ERROR", "object": gone.status}]
                else:
                    news = [one for one in store.changes if one.version > since]
                    events = [event for one in news if (event := self.event(one, group, plural, namespace))]
                    since = store.version
                    if not events and not marks:
                        store.changed.wait(min(server.bookmarks, max(0.01, until - time.monotonic())))
            fault = store.fault(f"{self.where}#stream", True) if events else None
            for event in events:
                self.chunk(json.dumps(event).encode() + b"\n")
                if event["type"] == "ERROR":
                    self.finish_chunks()
                    return
            if fault is not None and fault.kind == "garbage":
                self.chunk(b'{"type": "ADDED", \x00 \xff]\n')
            if fault is not None and fault.kind == "cut":
                self.close_connection = True
                self.chunk(b'{"type":"MODI')
                return
            if marks and time.monotonic() - marked > server.bookmarks:
                marked = time.monotonic()
                self.chunk(
                    json.dumps({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(since)}}}).encode()
                    + b"\n"
                )
            if not events:
                with store.changed:
                    if store.version == since and since >= store.forgotten:
                        store.changed.wait(min(server.bookmarks, max(0.01, until - time.monotonic())))
        self.finish_chunks()

    def event(self, one, group, plural, namespace):
        if (one.group, one.plural) != (group, plural):
            return None
        if namespace not in (None, one.thing["metadata"].get("namespace")):
            return None
        now, before = self.selected(one.thing), self.selected(one.before)
        if one.how == "DELETED" or (before and not now):
            return {"type": "DELETED", "object": one.thing} if before else None
        if not now:
            return None
        return {"type": "MODIFIED" if before else "ADDED", "object": one.thing}

    # ---- logs

    def log(self, namespace, name):
        store = self.server.store
        container = self.query.get("container", "main")
        if self.query.get("previous") == "true":
            container += "/previous"
        store.find("", "pods", namespace, name)
        log = store.logs.get((namespace, name, container))
        if log is None:
            raise Refused(400, "BadRequest", f'container "{container}" in pod "{name}" is waiting to start')
        lines = log.text.splitlines(keepends=True)
        tail = int(self.query.get("tailLines", len(lines)))
        text = b"".join(lines[-tail:] if tail else [])
        if self.query.get("follow") != "true":
            self.say(200, text, kind="text/plain")
            return
        self.begin("text/plain")
        self.chunk(text)
        sent = len(log.text)
        while not store.over:
            with store.changed:
                if len(log.text) == sent and not log.over:
                    store.changed.wait(0.5)
                new, over = log.text[sent:], log.over
            self.chunk(new)
            sent += len(new)
            if over:
                break
        self.finish_chunks()


def by_name(item):
    """Order objects by namespace and name."""
    (namespace, name), _ = item
    return namespace or "", name


def fields(selector, thing):
    """Whether an object has the fields that are asked for."""
    for part in (selector or "").split(","):
        if part:
            key, unequal, value = re.fullmatch(r"([^=!]+)(!)?==?(.*)", part).groups()
            found = thing
            for step in key.split("."):
                found = (found or {}).get(step)
            if ((found or "") == value) is bool(unequal):
                return False
    return True


def labels(selector, thing):
    """Whether an object has the labels that are asked for: ``a=b``, ``a!=b``, ``a``, ``!a``."""
    have = thing["metadata"].get("labels") or {}
    for part in (selector or "").split(","):
        key, equal, value = part.partition("=")
        if part.startswith("!"):
            well = part[1:] not in have
        elif key.endswith("!"):
            well = have.get(key[:-1]) != value
        else:
            well = (have.get(key) == value.lstrip("=")) if equal else not part or part in have
        if not well:
            return False
    return True
