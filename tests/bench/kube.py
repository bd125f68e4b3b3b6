"""The first list of 5,000 pods on 500 nodes from a stand-in API server in a process of its own: CPU and memory of ours.

    python tests/bench/kube.py [--pods 5000] [--nodes 500] [--rounds 3]

Each round is a process: import and opening are measured apart, then pods and nodes are listed over real HTTP by the
official client, kept, and folded into jobs. CPU is that of the whole process. Targets: list ≤ 0.45 s, held ≤ 30 MB.

It is not called kubernetes: this folder is searched for modules, and that one would be found before the real one.
"""

import argparse
import contextlib
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
CPU, HELD = 0.45, 30.0


def serve(pods: int, nodes: int) -> None:
    """Be the API server, with pods as large as real ones (5.6 KB each); says where, then serves until it is killed."""
    sys.path.insert(0, str(ROOT / "tests" / "backends" / "kubernetes"))
    import kube_things as things
    from kube_server import Server
    from kube_store import Store

    store = Store(history=10)
    machines = [things.node(f"n{number:04}") for number in range(nodes)]
    for node in machines:
        node["metadata"]["labels"] |= {f"feature.node.kubernetes.io/cpu-{n}": "true" for n in range(40)}
        node["status"]["images"] = [
            {"names": [f"registry/lab/image@sha256:{'0' * 64}"], "sizeBytes": 1} for _ in range(30)
        ]
    jobs = [things.job(f"train-{number:05}", gpus=8, parallelism=4) for number in range((pods + 3) // 4)]
    store.fill("nodes", machines)
    store.fill("jobs", jobs, "batch")
    store.fill("pods", [_pod(things, number, jobs[number // 4], nodes) for number in range(pods)])
    with Server(store) as server:
        print(server.url, flush=True)
        sys.stdin.read()


def _pod(things, number, owner, nodes):
    name = f"train-{number // 4:05}-{number % 4}"
    labels = {"job-name": owner["metadata"]["name"], **{f"lab.example/label-{n}": f"value-{n}" for n in range(6)}}
    pod = things.pod(name, gpus=1, node=f"n{number % nodes:04}", owner=things.of(owner, "Job"), labels=labels)
    pod["metadata"]["managedFields"] = [
        {"manager": manager, "operation": "Update", "fieldsV1": {f"f:field-{n}": {"f:inner": {}} for n in range(24)}}
        for manager in ("kube-controller-manager", "kubelet")
    ]
    main = pod["spec"]["containers"][0]
    main["env"] = [{"name": f"VARIABLE_{n}", "value": f"some value {n}"} for n in range(16)]
    main["volumeMounts"] = [
        {"name": f"volume-{n}", "mountPath": f"/mnt/volume-{n}", "readOnly": True} for n in range(6)
    ]
    pod["spec"]["volumes"] = [
        {"name": f"volume-{n}", "persistentVolumeClaim": {"claimName": f"c-{n}"}} for n in range(6)
    ]
    pod["spec"]["tolerations"] = [
        {"key": f"lab.example/taint-{n}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
        for n in range(4)
    ]
    pod["status"]["conditions"] = [
        {"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": "2026-11-21T08:00:00Z"}
        for kind in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    ]
    return pod


def measure(given: argparse.Namespace, home: Path) -> dict[str, float]:
    """List, keep and fold in this process; say what it cost."""
    file = home / "config"
    cluster = {"clusters": [{"name": "lab", "cluster": {"server": given.url}}]}
    users = {"users": [{"name": "me", "user": {"token": "let-me-in"}}]}
    contexts = {"contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "me"}}], "current-context": "lab"}
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **cluster, **users, **contexts}))
    from backends.kubernetes import kinds
    from backends.kubernetes.door import Door
    from backends.kubernetes.families import World
    from backends.kubernetes.fold import Folder
    from backends.kubernetes.listing import listed
    from backends.kubernetes.settings import Settings

    began = time.process_time()
    client = Door(Settings(kubeconfig=str(file))).client()
    client.get("/version")
    found = {"open": time.process_time() - began}
    gc.collect()
    body = client.get("/api/v1/pods", [("limit", "1")])
    found["pod"] = float(len(body))
    before, began, wall = _rss(), time.process_time(), time.perf_counter()
    pods = list(listed(client, kinds.PODS, "/api/v1/pods")[0].values())
    found["pods"] = time.process_time() - began
    nodes = list(listed(client, kinds.NODES, "/api/v1/nodes")[0].values())
    found["list"], found["wall"] = time.process_time() - began, time.perf_counter() - wall
    gc.collect()
    found["held"] = (_rss() - before) / 1e6
    jobs = list(listed(client, kinds.JOBS, "/apis/batch/v1/jobs")[0].values())
    folder, began = Folder(), time.process_time()
    made = folder.fold(World(pods, jobs), time.time())
    found["fold"], began = time.process_time() - began, time.process_time()
    folder.fold(World(pods, jobs), time.time())
    found["again"] = time.process_time() - began
    gc.collect()
    found["with_jobs"] = (_rss() - before) / 1e6
    found["peak"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before) / 1e6
    assert (len(pods), len(nodes)) == (given.pods, given.nodes), "the lists are not whole"
    assert len(made) == len(jobs), "a pod was folded into no job"
    return found


def _rss() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    """Measure, print, and say whether the targets were reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pods", type=int, default=5000)
    parser.add_argument("--nodes", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.pods, given.nodes)
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        if given.url:
            print(json.dumps(measure(given, Path(name))))
            return 0
        return _rounds(given)


def _rounds(given: argparse.Namespace) -> int:
    command = [sys.executable, __file__, "--pods", str(given.pods), "--nodes", str(given.nodes)]
    with subprocess.Popen([*command, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            url = server.stdout.readline().strip()
            rounds = []
            for _ in range(given.rounds):
                told = subprocess.run([*command, "--url", url], capture_output=True, text=True, timeout=120, check=True)
                rounds.append(json.loads(told.stdout.splitlines()[-1]))
        finally:
            with contextlib.suppress(OSError):
                server.terminate()
    middle = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    load = os.getloadavg()[0]
    print(f"{given.pods} pods on {given.nodes} nodes, load of the machine {load:.1f}, medians of {given.rounds}")
    print(f"  one pod           {middle['pod'] / 1000:.1f} KB of JSON")
    print(f"  open the client   CPU {middle['open']:.3f} s")
    print(f"  first list        CPU {middle['list']:.3f} s (pods {middle['pods']:.3f}), wall {middle['wall']:.2f} s")
    print(
        f"  held              {middle['held']:.1f} MB, with jobs {middle['with_jobs']:.1f}, peak {middle['peak']:.1f}"
    )
    print(f"  fold into jobs    CPU {middle['fold']:.3f} s, again unchanged {middle['again']:.3f} s")
    for key, value in middle.items():
        print(f"kubernetes.{key}={value:.4f}")
    kept = middle["list"] <= CPU and middle["held"] <= HELD
    print("holds" if kept else "DOES NOT HOLD")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
