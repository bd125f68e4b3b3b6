"""What `doctor` says of schedulers: each answers or says why not, and so do the services behind it."""

from backends.jobs import Job, Jobs, Policy, Service, Services
from backends.record import Trouble
from backends.records import SourceStatus
from console.model.checks import Outcome
from console.model.config import Config, Scheduler
from console.model.fleet import Fleet
from console.services.doctor.schedulers import checks

LAB = Config(schedulers=(Scheduler("slurm", "big"), Scheduler("kubernetes", "k8s"), Scheduler("slurm", "late")))


def test_each_scheduler_and_each_service_has_its_line() -> None:
    fleet = Fleet()
    down = Trouble("{name} is down", "start {name}", {"name": "slurmdbd"})
    services = (
        Service("slurmctld", up=True, answered=0.031),
        Service("slurmdbd", up=False, trouble=down),
        Service("x"),
    )
    refused = Trouble("{host} refused", "look at {host}", {"host": "api"})
    fleet.apply(
        [
            SourceStatus("big", 1.0, 1.0),
            Jobs("big", 1.0, 1.0, (Job("1"), Job("2"))),
            Policy("big", 1.0, 1.0, "22.05.8"),
            Services("big", 1.0, 1.0, services),
            SourceStatus("k8s", 1.0, 1.0, refused),
        ]
    )
    found = {check.id: check for check in checks(LAB, fleet)}
    assert {name: check.outcome for name, check in found.items()} == {
        "scheduler.big": Outcome.GOOD,
        "scheduler.big.slurmctld": Outcome.GOOD,
        "scheduler.big.slurmdbd": Outcome.WRONG,
        "scheduler.big.x": Outcome.NOTE,
        "scheduler.k8s": Outcome.WRONG,
        "scheduler.late": Outcome.WRONG,
    }
    assert found["scheduler.big"].said == "slurm, 22.05.8: it lists 2 jobs"
    assert (found["scheduler.big.slurmdbd"].said, found["scheduler.big.slurmdbd"].hint) == (
        "slurmdbd is down",
        "start slurmdbd",
    )
    assert (found["scheduler.k8s"].said, found["scheduler.k8s"].hint) == ("api refused", "look at api")
