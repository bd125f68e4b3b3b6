"""The rules of a Slurm, from its configuration, its qualities of service and its shares; it reads text only."""

from backends.jobs import Qos, Share
from backends.slurm.values import real, span, text

_WEIGHTS = {
    "PriorityWeightAge": "age",
    "PriorityWeightAssoc": "assoc",
    "PriorityWeightFairShare": "fairshare",
    "PriorityWeightJobSize": "jobsize",
    "PriorityWeightPartition": "partition",
    "PriorityWeightQOS": "qos",
}
_LIMITS = (
    "GrpTRES", "GrpTRESMins", "GrpTRESRunMins", "GrpJobs", "GrpSubmit", "GrpWall", "MaxTRES", "MaxTRESPerNode",
    "MaxTRESMins", "MaxWall", "MaxTRESPU", "MaxJobsPU", "MaxSubmitPU", "MaxTRESPA", "MaxJobsPA", "MaxSubmitPA",
    "MinTRES",
)  # fmt: skip
_SETTINGS = (
    "ClusterName", "PriorityType", "PriorityFlags", "PriorityFavorSmall", "PriorityWeightTRES", "PriorityCalcPeriod",
    "PriorityUsageResetPeriod", "SchedulerParameters", "SelectType", "SelectTypeParameters", "PreemptMode",
    "PreemptType", "PreemptExemptTime", "AccountingStorageEnforce", "EnforcePartLimits", "KillWait", "OverTimeLimit",
    "MaxArraySize", "MaxJobCount", "MinJobAge", "JobRequeue", "PrivateData", "DefMemPerCPU", "DefMemPerNode",
    "ResumeTimeout", "SuspendTime",
)  # fmt: skip


def settings_of(output: str) -> dict[str, str]:
    """Read ``scontrol show config``: every ``Key = value``."""
    lines = (line.partition("=") for line in output.splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, _, value in lines}


def weights_of(config: dict[str, str]) -> dict[str, float]:
    """What makes a job's priority; nothing where jobs go in the order of their arrival."""
    if config.get("PriorityType") == "priority/basic":
        return {}
    found = {name: real(config.get(key, "")) for key, name in _WEIGHTS.items()}
    return {name: value for name, value in found.items() if value is not None}


def half_life_of(config: dict[str, str]) -> float | None:
    """Seconds after which use counts half; None where it never does less."""
    return span(config.get("PriorityDecayHalfLife", "")) or None


def age_most_of(config: dict[str, str]) -> float | None:
    """Seconds after which waiting longer adds nothing."""
    return span(config.get("PriorityMaxAge", ""))


def preemption_of(config: dict[str, str]) -> str | None:
    """How jobs are preempted, in Slurm's words; None where they are not."""
    kind, mode = text(config.get("PreemptType", "")), text(config.get("PreemptMode", ""))
    if kind in (None, "preempt/none") or mode in (None, "OFF"):
        return None
    return f"{kind} {mode}"


def notable(config: dict[str, str]) -> dict[str, str]:
    """The settings that matter to who waits."""
    return {key: config[key] for key in _SETTINGS if text(config.get(key, "")) is not None}


def _table(output: str) -> list[dict[str, str]]:
    """Rows of ``-P`` by the names in their first line; versions differ in their columns."""
    lines = output.splitlines()
    heads = lines[0].split("|") if lines else []
    rows = (line.split("|") for line in lines[1:])
    return [dict(zip(heads, row, strict=True)) for row in rows if len(row) == len(heads)]


def qos_of(output: str) -> tuple[Qos, ...]:
    """Read ``sacctmgr -P show qos``."""
    return tuple(
        Qos(
            row["Name"],
            real(row.get("Priority", "")),
            {key: row[key] for key in _LIMITS if row.get(key)},
            tuple(part for part in row.get("Preempt", "").split(",") if part),
            {"cluster": None}.get(row.get("PreemptMode", ""), text(row.get("PreemptMode", ""))),
            tuple(part for part in row.get("Flags", "").split(",") if part),
            real(row.get("UsageFactor", "")),
        )
        for row in _table(output)
        if row.get("Name")
    )


def shares_of(output: str) -> tuple[Share, ...]:
    """Read ``sshare -P -l -a``. An account's fair share is its level's; infinite is all that there is.

    The account at the root of the tree is left out: it has no share, and all use is its own.
    """
    return tuple(
        Share(
            row["Account"].strip(),
            text(row.get("User", "")),
            real(row.get("NormShares", "")),
            real(row.get("EffectvUsage", "")),
            real(row.get("FairShare", "")),
        )
        for row in _table(output)
        if row.get("Account", "").strip() and (row["Account"] != "root" or text(row.get("User", "")))
    )
