"""Opening and asking: every way in which it cannot work is told in words."""

import datetime
import json
import ssl
import sys
import warnings

import kube_things as things
import pytest
from kube_store import Budget
from kube_world import World, kubeconfig, words

from backends.kubernetes import kinds
from backends.kubernetes.door import Door, opened
from backends.kubernetes.listing import listed
from backends.kubernetes.settings import Settings, settings_of
from backends.kubernetes.source import Kubernetes
from backends.kubernetes.words import Failure
from backends.ports import Opening, Unavailable


@pytest.fixture
def client(file):
    client = opened(Settings(kubeconfig=file))
    yield client
    client.close()


def closed(settings):
    """Why a client cannot be opened."""
    with pytest.raises(Unavailable) as raised:
        opened(settings)
    trouble = raised.value.trouble
    return words(trouble), trouble.hint.format(**trouble.values)


def failed(client, path="/api/v1/pods"):
    with pytest.raises(Failure) as raised:
        client.get(path)
    return words(raised.value.trouble)


def test_without_the_package(file, monkeypatch):
    monkeypatch.setitem(sys.modules, "kubernetes.config", None)
    text, hint = closed(Settings(kubeconfig=file))
    assert text == "The package kubernetes is not installed."
    assert "pip install quarterdeck[kubernetes]" in hint


def test_with_a_package_that_is_too_old(file, monkeypatch):
    from kubernetes.client.api_client import ApiClient

    monkeypatch.delattr(ApiClient, "param_serialize")
    assert closed(Settings(kubeconfig=file))[0] == "The package kubernetes is too old."


def test_without_a_kubeconfig(tmp_path):
    text, hint = closed(Settings(kubeconfig=str(tmp_path / "none")))
    assert text == f"There is no kubeconfig: {tmp_path}/none does not exist."
    assert "KUBECONFIG" in hint


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00", '{"contexts": []}', '{"current-context": "x"}'])
def test_a_kubeconfig_that_is_none(tmp_path, content):
    file = tmp_path / "config"
    file.write_text(content)
    text, _ = closed(Settings(kubeconfig=str(file)))
    assert "cannot be used" in text
    assert text.isprintable()


def test_a_context_that_is_not_there(file):
    text, hint = closed(Settings(kubeconfig=file, context="prod"))
    assert text == "The kubeconfig has no context prod."
    assert hint == "It has: lab, other"


def test_no_context_needs_to_be_current_where_one_is_named(server, tmp_path):
    file = tmp_path / "config"
    kubeconfig(file, server.url, namespace="team")
    told = json.loads(file.read_text())
    del told["current-context"]
    file.write_text(json.dumps(told))
    assert "current-context" in closed(Settings(kubeconfig=str(file)))[0]
    client = opened(Settings(kubeconfig=str(file), context="other"))
    assert (client.namespace, client.context) == ("team", "other")
    assert client.get("/version")


def test_inside_a_pod_without_its_files(monkeypatch, tmp_path):
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "1")
    monkeypatch.setattr("kubernetes.config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "none"))
    assert closed(Settings())[0].startswith("The context in-cluster cannot be used: ")


def test_a_login_plugin(server, store, tmp_path):
    file = tmp_path / "config"
    kubeconfig(file, server.url)
    credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "t-1"}}
    plugin = {"apiVersion": credential["apiVersion"], "command": "echo", "args": [json.dumps(credential)]}
    told = json.loads(file.read_text())
    told["users"] = [{"name": "me", "user": {"exec": {**plugin, "interactiveMode": "Never"}}}]
    file.write_text(json.dumps(told))
    store.token = "t-1"
    assert opened(Settings(kubeconfig=str(file))).get("/version")


def test_a_server_that_is_not_there(server, file):
    client = opened(Settings(kubeconfig=file))
    server.server_close()
    server.shutdown()
    assert failed(client) == f"{client.where} cannot be reached: Connection refused"
    assert failed(opened(Settings(kubeconfig=file, context="other"))).endswith("Connection refused")


def test_a_host_without_an_address(tmp_path):
    client = opened(Settings(kubeconfig=kubeconfig(tmp_path / "c", "http://nowhere.invalid:6443")))
    assert failed(client).startswith("nowhere.invalid:6443 cannot be reached: ")


def test_a_server_without_tls(server, tmp_path):
    url = server.url.replace("http:", "https:")
    client = opened(Settings(kubeconfig=kubeconfig(tmp_path / "c", url)))
    assert failed(client).startswith(f"TLS with {client.where} failed: ")


def certificate(folder):
    """A certificate for 127.0.0.1, signed by itself."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lab")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = folder / "tls.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    authority = folder / "ca.pem"
    authority.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return file, authority


async def test_tls(server, store, tmp_path, collect):
    file, authority = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = server.url.replace("http:", "https:")
    store.put("pods", things.pod("p"))
    stranger = opened(Settings(kubeconfig=kubeconfig(tmp_path / "c", url)))
    assert "certificate verify failed" in failed(stranger)
    trusting = opened(Settings(kubeconfig=kubeconfig(tmp_path / "e", url, **{"insecure-skip-tls-verify": True})))
    with warnings.catch_warnings(record=True) as warned:
        assert trusting.get("/version")
    assert warned == []
    run = collect(kubeconfig(tmp_path / "d", url, **{"certificate-authority": str(authority)}))
    await run.job("lab/p")
    await run.stop()


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("status", 503, "{} failed (HTTP 503): something is wrong inside"),
        ("status", 404, "{} has nothing at /api/v1/pods: something is wrong inside"),
        ("status", 302, "{} refused (HTTP 302): something is wrong inside"),
        ("busy", 7, "{} asks to be left alone for a while: too many requests"),
        ("plain", None, "{} has nothing at /api/v1/pods: 404 page not found"),
        ("cut", None, "{} ended the connection in the midst of an answer: "),
    ],
)
def test_what_the_server_answers(store, client, kind, value, said):
    store.break_("/api/v1/pods", kind, value)
    assert failed(client).startswith(said.format(client.where))
    assert json.loads(client.get("/api/v1/pods"))["items"] is None


def test_retry_after_is_kept_and_not_slept(store, client):
    store.break_("/api/v1/pods", "busy", 7)
    with pytest.raises(Failure) as raised:
        client.get("/api/v1/pods")
    assert raised.value.wait == 7


def test_a_server_that_trickles_is_given_up(store, client):
    store.break_("/api/v1/pods", "slow", 0.05)
    with pytest.raises(Failure) as raised:
        client.get("/api/v1/pods", seconds=0.2)
    assert words(raised.value.trouble) == f"{client.where} did not answer in time."


def test_a_right_that_is_missing(store, client):
    store.deny("list", "pods")
    with pytest.raises(Failure) as raised:
        listed(client, kinds.PODS, "/api/v1/pods")
    assert words(raised.value.trouble) == f"The right to list pods is missing on {client.where}."
    assert raised.value.status == 403


def test_an_eviction_that_a_budget_forbids(store, client):
    for number in range(3):
        store.put("pods", things.pod(f"web-{number}", labels={"app": "web"}))
    store.budgets.append(Budget("lab", "web", {"app": "web"}, 3))
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "web-0", "namespace": "lab"}}
    with pytest.raises(Failure) as raised:
        client.send("POST", "/api/v1/namespaces/lab/pods/web-0/eviction", eviction)
    assert raised.value.said == "The disruption budget web needs 3 healthy pods and has 3 currently"
    store.budgets.clear()
    client.send("POST", "/api/v1/namespaces/lab/pods/web-0/eviction", eviction)
    assert len(store.things["", "pods"]) == 2


def test_pages_that_are_too_old_are_begun_anew(store, client):
    for number in range(7):
        store.put("pods", things.pod(f"p{number}"))
    found, version = listed(client, kinds.PODS, "/api/v1/pods", page=3)
    assert len(found) == 7
    assert version == str(store.version)
    whole = len(store.asked)
    assert whole == 3
    store.faults.clear()
    store.break_("/api/v1/pods", "expire")
    assert len(listed(client, kinds.PODS, "/api/v1/pods", page=3)[0]) == 7


def test_selectors(store, client):
    store.put("pods", things.pod("a", node="n1", labels={"team": "x"}))
    store.put("pods", things.pod("b", node="n2", labels={"team": "x"}))
    store.put("pods", things.pod("c", node="n2"))

    def names(**selectors):
        found = listed(client, kinds.PODS, "/api/v1/pods", list(selectors.items()))[0]
        return sorted(one.pod.name for one in found.values())

    assert names(fieldSelector="spec.nodeName=n2") == ["b", "c"]
    assert names(labelSelector="team=x") == ["a", "b"]
    assert names(labelSelector="!team") == ["c"]
    assert names(fieldSelector="spec.nodeName!=n2", labelSelector="team") == ["a"]


async def test_five_thousand_pods_on_five_hundred_nodes(store, collect):
    store.fill("nodes", [things.node(f"n{number}") for number in range(500)])
    jobs = [things.job(f"j{number}", parallelism=4, gpus=1) for number in range(1250)]
    store.fill("jobs", jobs, "batch")
    owners = [things.of(job, "Job") for job in jobs]
    pods = (things.pod(f"p{n}", node=f"n{n % 500}", gpus=1, owner=owners[n // 4]) for n in range(5000))
    store.fill("pods", pods)
    run = collect(interval=5)
    await run.until(lambda: len(run.jobs()) == 1250, seconds=60)
    assert sum(len(job.pods) for job in run.jobs().values()) == 5000
    assert {one.gpus_used for one in run.capacities().values()} == {10}
    lists = [asked for asked in store.asked if asked[1] == "/api/v1/pods" and "watch" not in asked[2]]
    assert len(lists) == 10
    pod = store.things["", "pods"]["lab", "p0"]
    store.put("pods", {**pod, "status": {"phase": "Failed", "reason": "Evicted"}})
    await run.job("lab/j0", lambda job: any(one.reason == "Evicted" for one in job.pods))


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"kubeconfig": 5}, "kubeconfig"),
        ({"context": ""}, "context"),
        ({"namespaces": "a"}, "namespaces"),
        ({"namespaces": [1]}, "namespaces"),
        ({"interval": 0}, "interval"),
        ({"interval": True}, "interval"),
    ],
)
async def test_settings_that_are_wrong(settings, key):
    opening = Opening(World(), 2.0, settings)
    with pytest.raises(Unavailable) as raised:
        await Kubernetes(opening).run(lambda batch: None)
    assert words(raised.value.trouble).startswith(f"The setting {key} of the source kubernetes is wrong: ")


def test_settings():
    given = {"namespaces": ["a"], "context": "c", "interval": 9}
    assert settings_of(Opening(World(), 2.0, given, name="prod")) == Settings("prod", None, "c", ("a",), 9.0)
    assert settings_of(Opening(World(), 2.0, {})) == Settings("kubernetes")


def test_a_door_renews_at_most_twice_a_minute(file):
    door = Door(Settings(kubeconfig=file))
    first = door.client()
    door.renew()
    second = door.client()
    assert second is not first
    door.renew()
    assert door.client() is second
    door.close()
