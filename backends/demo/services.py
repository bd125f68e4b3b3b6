"""The services behind the simulated lab: all of them answer, one slowly, one with nobody to take over."""

from collections.abc import Sequence

from backends.demo import kubernetes, slurm
from backends.demo.capacity import VERSIONS
from backends.demo.curves import scatter
from backends.demo.nodes import DAY
from backends.jobs import Service, Services
from backends.record import N_, Trouble

SLOW_SINCE = 2100.0
"""Seconds before the lab was opened since when the accounting answers slowly."""
_SLOW = 4.2
_LISTS: dict[str, Sequence[tuple[str, str, float, int, str]]] = {
    slurm.NAME: (
        ("slurmctld", "ctl-1", 0.004, 2, f"slurm {VERSIONS[slurm.NAME]}, 61 threads"),
        ("slurmdbd", "db-1", _SLOW, 1, "1842 records wait to be written"),
        ("mariadb", "db-1", 1.9, 1, "InnoDB: 96 % of the buffer pool is dirty"),
        ("munge", "ctl-1", 0.001, 2, ""),
        ("login", "login-1", 0.02, 2, "sshd"),
    ),
    kubernetes.NAME: (
        ("kube-apiserver", "api.lab.example", 0.012, 3, VERSIONS[kubernetes.NAME]),
        ("etcd", "etcd-1", 0.006, 3, "database 412 MB of 8 GB"),
        ("kube-scheduler", "api.lab.example", 0.009, 3, "leader on ctl-2"),
        ("kueue-controller", "kueue-system", 0.018, 2, "v0.13"),
        ("coredns", "kube-system", 0.002, 2, ""),
        ("nvidia-device-plugin", "gpu-operator", 0.015, 9, ""),
        ("registry", "registry.lab.example", 0.041, 1, "cache 71 % full"),
    ),
    "demo": (
        ("ntp", "ntp-1", 0.003, 3, "stratum 2, offset 0.2 ms"),
        ("dns", "dns-1", 0.001, 2, ""),
        ("ldap", "ldap-1", 0.007, 2, ""),
        ("nfs-data", "nas-1", 0.011, 1, "83 % full"),
    ),
}
"""For each source: name, host, seconds of an answer, how many there are, what it says."""


def services(source: str, seed: int, now: float, mono: float, origin: float) -> Services:
    """Say how the services of one source are."""
    found = []
    for place, (name, host, usual, replicas, said) in enumerate(_LISTS[source]):
        slow = name == "slurmdbd"
        noise = 0.9 + scatter(seed + place, int(now) // 60) % 100 / 400
        trouble = None
        if slow:
            trouble = Trouble(
                N_("{name} takes {seconds} s to answer"),
                N_("look at the database behind it: reports and limits by use are late meanwhile"),
                {"name": name, "seconds": f"{usual:.1f}"},
            )
        since = origin - (SLOW_SINCE if slow else (9 + scatter(seed, place) % 40) * DAY)
        found.append(Service(name, host, True, round(usual * noise, 4), since, trouble, said or None, replicas))
    return Services(source, now, mono, tuple(found))
