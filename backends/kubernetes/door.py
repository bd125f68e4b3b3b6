"""The way into a cluster: kubeconfig, context, login plugins and certificates, as the official client reads them.

`kubernetes` is imported here and nowhere else, when a client is opened, on a worker thread: 0.3 s and 20 MB.
"""

import importlib
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from backends.kubernetes.client import Client
from backends.kubernetes.settings import Settings
from backends.ports import Unavailable
from backends.probe.line import excerpt
from backends.record import N_, Trouble

_POOL = 40
"""Connections kept: each watch holds one, and of each namespace that is watched by itself there are as many."""


class Door:
    """Opens clients of one cluster, and opens anew when the login has expired."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = Lock()
        self._client: Client | None = None
        self._renewed = 0.0

    def client(self) -> Client:
        """Return the client that all share; blocks for half a second when it is the first.

        Raises:
            Unavailable: there is no way in as it is configured.
        """
        with self._lock:
            if self._client is None:
                self._client = opened(self.settings)
            return self._client

    def renew(self) -> None:
        """Read the kubeconfig and ask the login plugin again, at most twice a minute."""
        with self._lock:
            if time.monotonic() - self._renewed < 30.0:
                return
            self._renewed = time.monotonic()
            self._client = opened(self.settings)

    def close(self) -> None:
        """Close the client."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None


def _package() -> tuple[Any, Any]:
    """The official client: its module of configurations, and the class of what it holds of one."""
    try:
        config = importlib.import_module("kubernetes.config")
        configuration = importlib.import_module("kubernetes.client.configuration").Configuration
        api: Any = importlib.import_module("kubernetes.client.api_client").ApiClient
    except ImportError as error:
        text = N_("The package kubernetes is not installed.")
        hint = N_("Install it beside quarterdeck: pip install quarterdeck[kubernetes]")
        raise Unavailable(Trouble(text, hint)) from error
    if not hasattr(api, "param_serialize"):
        text, hint = N_("The package kubernetes is too old."), N_("Install 37 or newer: pip install -U kubernetes")
        raise Unavailable(Trouble(text, hint))
    return config, configuration


def opened(settings: Settings) -> Client:
    """Open a client; blocks.

    Raises:
        Unavailable: the package, the kubeconfig, the context or the login is missing or wrong.
    """
    config, configuration = _package()
    wanted = type.__call__(configuration)
    wanted.retries = False
    wanted.keep_alive = True
    wanted.connection_pool_maxsize = _POOL + 16 * len(settings.namespaces)
    if settings.kubeconfig is None and "KUBERNETES_SERVICE_HOST" in os.environ and not _has_file(config):
        return _inside(config, wanted)
    file = None if settings.kubeconfig is None else expanded(settings.kubeconfig)
    try:
        contexts, active = _contexts(config, file, settings.context)
    except Exception as error:  # yaml, the file system and the client each have errors of their own
        raise _unreadable(error, file or config.KUBE_CONFIG_DEFAULT_LOCATION) from error
    named = {str(one.get("name")): one for one in contexts if isinstance(one, Mapping)}
    name = settings.context or active
    if name not in named:
        text, hint = N_("The kubeconfig has no context {context}."), N_("It has: {known}")
        raise Unavailable(Trouble(text, hint, {"context": name, "known": ", ".join(sorted(named)) or "-"}))
    try:
        api = config.new_client_from_config(config_file=file, context=name, client_configuration=wanted)
    except Exception as error:  # see above; a login plugin is run here
        raise _unusable(error, name) from error
    if not wanted.verify_ssl:  # as the kubeconfig says; a warning at each request would go across the screen
        importlib.import_module("urllib3").disable_warnings()
    about = named[name].get("context")
    namespace = about.get("namespace") if isinstance(about, Mapping) else None
    return Client(api, str(namespace) if namespace else None, name)


def expanded(file: str) -> str:
    """A path with the home that ``~`` stands for."""
    return str(Path(file).expanduser())


def _contexts(config: Any, file: str | None, wanted: str | None) -> tuple[Sequence[Any], str]:
    """The contexts of a kubeconfig, and which is the current one; where one is wanted none needs to be current."""
    try:
        contexts, active = config.list_kube_config_contexts(config_file=file)
    except Exception:
        if wanted is None:
            raise
        merger = importlib.import_module("kubernetes.config.kube_config").KubeConfigMerger
        merged = merger(file or config.KUBE_CONFIG_DEFAULT_LOCATION).config
        return [one.value for one in merged["contexts"]], wanted
    return contexts, str(active.get("name"))


def _has_file(config: Any) -> bool:
    places = str(config.KUBE_CONFIG_DEFAULT_LOCATION).split(os.pathsep)
    return any(Path(place).expanduser().is_file() for place in places if place)


def _inside(config: Any, wanted: Any) -> Client:
    """Be the service account of the pod that we run in."""
    try:
        config.load_incluster_config(client_configuration=wanted)
        namespace = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace").read_text(encoding="utf-8").strip()
    except Exception as error:  # see `opened`
        raise _unusable(error, "in-cluster") from error
    api = importlib.import_module("kubernetes.client.api_client").ApiClient(configuration=wanted)
    return Client(api, namespace or None, None)


def _unreadable(error: Exception, file: str) -> Unavailable:
    values = {"file": file, "why": excerpt(str(error).encode("utf-8", "replace"), 240)}
    places = [Path(place).expanduser() for place in file.split(os.pathsep) if place]
    if not any(place.exists() for place in places):
        hint = N_("Set kubeconfig in the configuration, or KUBECONFIG, to a file that kubectl can use.")
        return Unavailable(Trouble(N_("There is no kubeconfig: {file} does not exist."), hint, values))
    hint = N_("kubectl config view says what it makes of it.")
    return Unavailable(Trouble(N_("The kubeconfig {file} cannot be used: {why}"), hint, values))


def _unusable(error: Exception, context: str) -> Unavailable:
    values = {"context": context, "why": excerpt(str(error).encode("utf-8", "replace"), 240)}
    text = N_("The context {context} cannot be used: {why}")
    return Unavailable(Trouble(text, N_("kubectl --context {context} version says whether it works there."), values))
