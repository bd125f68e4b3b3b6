"""What the simulated schedulers have on file about one job: their own text, its script, its events, its factors."""

import json
from collections.abc import Mapping

import msgspec

from backends.demo import kubernetes, logs
from backends.demo.logs import stamp
from backends.demo.orders import span
from backends.demo.people import LARGE, MIDDLE, PLAIN, SMALL
from backends.demo.schedule import Spot
from backends.jobs import Job, JobDetail, JobEvent, JobState, Pod
from backends.record import N_, Trouble

_NONE = "(null)"
_COMMANDS: Mapping[str, str] = {task.name: task.command for task in (*LARGE, *MIDDLE, *SMALL, *PLAIN)}
_STATES = {JobState.NODE_FAIL: "NODE_FAIL", JobState.OUT_OF_MEMORY: "OUT_OF_MEMORY"}
_SHARES = {"age": 0.11, "fairshare": 0.52, "jobsize": 0.07, "partition": 0.2, "qos": 0.1}
_WRITTEN = {"ImagePullBackOff": None, "Unschedulable": None, "WaitingForQuota": None, "Suspended": None}


def detail(spot: Spot, now: float) -> JobDetail:
    """Everything about a job."""
    job, kube = spot.job, spot.source == kubernetes.NAME
    command = spot.run.task.command if spot.run is not None else _COMMANDS.get(job.name or "", f"python {job.name}.py")
    for blank, value in (("{nodes}", job.asked.nodes), ("{cards}", job.asked.gpus_per_node)):
        command = command.replace(blank, str(value or 1))  # a name may hold other braces
    return JobDetail(
        id=job.id,
        at=now,
        job=job,
        raw=_manifest(job, command) if kube else _record(job, now),
        command=command if kube else f"/home/{job.user}/jobs/{job.id}.sh",
        folder=folder(spot),
        script=None if kube else script(job, command),
        environment=_environment(job) if job.started is not None else None,
        outputs=outputs(spot),
        factors=factors(job),
        events=_events(spot),
        troubles=(_NO_SCRIPT,) if kube else (),
    )


_NO_SCRIPT = Trouble(N_("a job of Kubernetes has no batch script"), N_("its command is in its manifest"))


def folder(spot: Spot) -> str:
    """Where a job works."""
    return "/workspace" if spot.source == kubernetes.NAME else f"/home/{spot.job.user}/jobs"


def outputs(spot: Spot) -> tuple[str, ...]:
    """What of a job can be followed: nothing before it starts."""
    job = spot.job
    if spot.source != kubernetes.NAME:
        return (logs.OUTPUT, logs.ERRORS) if job.started is not None and job.nodes else ()
    names = [f"{pod.name}/{container}" for pod in job.pods for container in pod.containers if _has_written(pod)]
    crashed = [f"{pod.name}/{pod.containers[0]}/previous" for pod in job.pods if pod.restarts and spot.run is None]
    return (*names, *crashed)


def _has_written(pod: Pod) -> bool:
    return pod.reason not in _WRITTEN


def left(spot: Spot) -> bytes:
    """What one that only waits or fails wrote."""
    job = spot.job
    begun = stamp(job.started or job.submitted or 0.0)
    if job.reason == "CrashLoopBackOff":
        lines = [f"[{begun}] starting {job.name}", "Traceback (most recent call last):",
                 '  File "/app/main.py", line 31, in <module>',
                 "KeyError: 'REDIS_URL'"]  # fmt: skip
    elif job.state is JobState.OUT_OF_MEMORY:
        lines = [f"[{begun}] {job.name}: reading 512 shards", f"[{begun}] 411 of 512 in memory", "Killed"]
    else:
        lines = [f"[{begun}] {job.name}", f"[{begun}] shutting down: waiting for 3 connections"]
    return "".join(f"{line}\n" for line in lines).encode()


def factors(job: Job) -> dict[str, float]:
    """A pending job's priority by what makes it."""
    if job.state is not JobState.PENDING or not job.priority:
        return {}
    return {name: round(job.priority * share, 1) for name, share in _SHARES.items()}


def script(job: Job, command: str) -> str:
    """The batch script with which it was handed in."""
    asked, lines = job.asked, ["#!/bin/bash", f"#SBATCH --job-name={job.name}", f"#SBATCH --partition={job.partition}"]
    lines += [f"#SBATCH --account={job.project}", f"#SBATCH --qos={job.qos}", f"#SBATCH --nodes={asked.nodes or 1}"]
    if asked.gpus_per_node:
        lines.append(f"#SBATCH --gres=gpu:{asked.gpu_kind}:{asked.gpus_per_node}")
    if job.limit is not None:
        lines.append(f"#SBATCH --time={span(int(job.limit))}")
    if job.tasks is not None or (job.array is not None and job.array != job.id):
        lines.append(f"#SBATCH --array={job.tasks or '1-40%4'}")
    if job.dependency is not None:
        lines.append(f"#SBATCH --dependency={job.dependency.partition('(')[0]}")
    logs_at = f"/home/{job.user}/logs"
    lines += [f"#SBATCH --output={logs_at}/%j.out", f"#SBATCH --error={logs_at}/%j.err", "", "set -euo pipefail"]
    lines += ["source /opt/venv/bin/activate", "export NCCL_IB_HCA=mlx5", "export OMP_NUM_THREADS=8", ""]
    return "\n".join([*lines, f"srun --kill-on-bad-exit=1 {command}", ""])


def _environment(job: Job) -> dict[str, str]:
    return {
        "HOME": f"/home/{job.user}",
        "NCCL_IB_HCA": "mlx5",
        "OMP_NUM_THREADS": "8",
        "SLURM_JOB_ID": job.number or job.id,
        "SLURM_JOB_NODELIST": ",".join(job.nodes),
        "SLURM_JOB_PARTITION": job.partition or "",
    }


def _time(at: float | None) -> str:
    return "Unknown" if at is None else stamp(at).replace(" ", "T")


def _record(job: Job, now: float) -> str:
    """What ``scontrol show job`` says."""
    state = _STATES.get(job.state, job.state.value.upper())
    asked = job.asked
    run = 0.0 if job.started is None else (job.ended or now) - job.started
    limit = "UNLIMITED" if job.limit is None else span(int(job.limit))
    gpus = f",gres/gpu={job.gpus}" if job.gpus else ""
    tres = f"cpu={asked.cpus},mem={(asked.memory or 0) >> 20}M,node={asked.nodes},billing={asked.cpus}{gpus}"
    reason = (job.said or job.reason or "None") if job.state is JobState.PENDING else job.reason or "None"
    until = None if job.started is None or job.limit is None else job.started + job.limit
    lines = [
        f"JobId={job.number or job.id} JobName={job.name}",
        f"   UserId={job.user}({job.uid}) GroupId={job.user}({job.uid}) MCS_label=N/A",
        f"   Priority={int(job.priority or 0)} Nice=0 Account={job.project} QOS={job.qos}",
        f"   JobState={state} Reason={reason.replace(' ', '_')} Dependency={job.dependency or _NONE}",
        f"   Requeue={int(bool(job.requeues))} Restarts={job.restarts or 0} BatchFlag=1 Reboot=0 "
        f"ExitCode={job.exit or 0}:{job.signal or 0}",
        f"   RunTime={span(max(0, int(run)))} TimeLimit={limit} TimeMin=N/A",
        f"   SubmitTime={_time(job.submitted)} EligibleTime={_time(job.eligible)}",
        f"   StartTime={_time(job.started or job.expected)} EndTime={_time(job.ended or until)} Deadline=N/A",
        f"   Partition={','.join(job.partitions) or job.partition} AllocNode:Sid=login-1:4711",
        f"   ReqNodeList={','.join(asked.only) or _NONE} ExcNodeList={','.join(asked.never) or _NONE}",
        f"   NodeList={','.join(job.nodes) or _NONE}",
        f"   NumNodes={asked.nodes} NumCPUs={asked.cpus} NumTasks={asked.nodes} CPUs/Task=1",
        f"   ReqTRES={tres}",
        f"   Features={asked.features or _NONE} Reservation={job.reservation or _NONE}",
        f"   OverSubscribe={'NO' if asked.exclusive else 'OK'} Contiguous=0 Licenses=(null) Network=(null)",
        f"   Command=/home/{job.user}/jobs/{job.id}.sh",
        f"   WorkDir=/home/{job.user}/jobs",
        f"   StdErr={job.errors}",
        "   StdIn=/dev/null",
        f"   StdOut={job.output}",
    ]
    if job.array is not None:
        lines.insert(1, f"   ArrayJobId={job.array} ArrayTaskId={job.tasks or job.id.rpartition('_')[2]}")
    if asked.gpus_per_node:
        lines.append(f"   TresPerNode=gres/gpu:{asked.gpu_kind}:{asked.gpus_per_node}")
    return "\n".join(lines) + "\n"


def _manifest(job: Job, command: str) -> str:
    """What the API has of it, without what nobody reads."""
    space, _slash, name = job.id.partition("/")
    group = {"Deployment": "apps/v1", "Job": "batch/v1"}.get(job.kind, "kubeflow.org/v1")
    limits = {"cpu": str(job.asked.cpus or 4), "nvidia.com/gpu": str(job.asked.gpus_per_node or 0)}
    container = {"name": "main", "command": command.split(), "resources": {"limits": limits}}
    document = {
        "apiVersion": group,
        "kind": job.kind,
        "metadata": {
            "namespace": space,
            "name": name,
            "labels": {"kueue.x-k8s.io/queue-name": job.partition or "", "user": job.user or ""},
            "creationTimestamp": f"{_time(job.submitted)}Z",
        },
        "spec": {"template": {"spec": {"containers": [container], "priorityClassName": job.qos}}},
        "status": {"pods": [{"name": pod.name, "phase": pod.phase, "node": pod.node} for pod in job.pods]},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def status(code: int, text: str) -> str:
    """A refusal of the API."""
    reason = {403: "Forbidden", 404: "NotFound"}.get(code, "Conflict")
    told = {"kind": "Status", "status": "Failure", "message": text, "reason": reason, "code": code}
    return msgspec.json.encode(told).decode()


def _events(spot: Spot) -> tuple[JobEvent, ...]:
    job = spot.job
    found = [JobEvent(job.submitted, "Submitted", f"by {job.user}")]
    if spot.source == kubernetes.NAME:
        for pod in job.pods:
            found += _of_pod(job, pod)
    else:
        if job.started is not None:
            found.append(JobEvent(job.started, "Started", f"on {','.join(job.nodes)}"))
        if job.restarts:
            found.append(JobEvent(job.submitted, "Requeued", "starts anew", count=job.restarts))
    if job.ended is not None:
        found.append(JobEvent(job.ended, job.state.value.capitalize(), job.said or job.reason or ""))
    return tuple(found)


def _of_pod(job: Job, pod: Pod) -> list[JobEvent]:
    if pod.node is None:
        return [JobEvent(job.submitted, "FailedScheduling", pod.said or "", pod.name, 41)]
    at = pod.started or job.submitted
    events = [JobEvent(at, "Scheduled", f"assigned {job.id.partition('/')[0]}/{pod.name} to {pod.node}", pod.name)]
    if pod.reason in ("ImagePullBackOff", "CrashLoopBackOff"):
        events.append(JobEvent(at, "BackOff", pod.said or "", pod.name, max(12, pod.restarts)))
    else:
        events.append(JobEvent(at, "Started", f"container {pod.containers[0]}", pod.name))
    if pod.phase == "Terminating":
        events.append(JobEvent(at, "Killing", "stopping container main", pod.name))
    return events
