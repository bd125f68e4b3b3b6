"""What a stand-in API server lets read: lists in pages, watches with bookmarks and 410, selectors, logs. Not a test."""

import json
import re
import time

from kube_store import Refused


class Reads:
    """A part of `kube_server.Handler`."""

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
        marks = self.query.get("allowWatchBookmarks") == "true"
        marked = time.monotonic()
        self.begin()
        while time.monotonic() < until and not store.over:
            events, since = self.news(since, group, plural, namespace)
            if events and not self.deliver(events):
                return
            if marks and time.monotonic() - marked > server.bookmarks:
                marked = time.monotonic()
                mark = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(since)}}}
                self.chunk(json.dumps(mark).encode() + b"\n")
            with store.changed:
                if store.version == since and since >= store.forgotten:
                    store.changed.wait(min(server.bookmarks, max(0.01, until - time.monotonic())))
        self.finish_chunks()

    def news(self, since, group, plural, namespace):
        """What has changed since a version, and up to which version that is."""
        store = self.server.store
        with store.changed:
            if since < store.forgotten:
                gone = Refused(410, "Expired", f"too old resource version: {since} ({store.version})")
                return [{"type": "ERROR", "object": gone.status}], since
            news = [one for one in store.changes if one.version > since]
            return [event for one in news if (event := self.event(one, group, plural, namespace))], store.version

    def deliver(self, events):
        """Send what has changed; False where the watch is over with that."""
        fault = self.server.store.fault(f"{self.where}#stream", True)
        for event in events:
            self.chunk(json.dumps(event).encode() + b"\n")
            if event["type"] == "ERROR":
                self.finish_chunks()
                return False
        if fault is not None and fault.kind == "garbage":
            self.chunk(b'{"type": "ADDED", \x00 \xff]\n')
        if fault is not None and fault.kind == "cut":
            self.close_connection = True
            self.chunk(b'{"type":"MODI')
            return False
        return True

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
