"""Acts on jobs: a plan from what the scheduler says now, the exact calls, and what the source shows afterwards."""

import os
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest

from backends.commands import Call, CancelJobs, HoldJobs, JobCommand, Outcome
from backends.jobs import Job, JobDetail, JobState, Outputs
from backends.ports import Unavailable
from backends.record import Trouble
from console.model.plans import Plan, Proof, Result
from console.services import act_lines
from console.services.acts import carry_out, propose
from console.services.people import name_of
from console.views import plan as view


class Scheduler:
    """A scheduler in memory that notes what it was asked, and obeys where it should."""

    def __init__(self, *jobs: Job) -> None:
        self.jobs = {job.id: job for job in jobs}
        self.sent: list[Call] = []
        self.asked: list[Sequence[str]] = []
        self.obeys = True
        self.answers = True
        self.denies: set[str] = set()
        self.impossible: set[str] = set()
        self.says = ""
        """What it answers where it denies."""
        self.silent = False
        """Whether calls are obeyed without a word."""

    async def look(self, jobs: Sequence[str]) -> Sequence[Job]:
        self.asked.append(jobs)
        if not self.answers:
            raise Unavailable(Trouble("The controller does not answer."))
        return [job for job in self.jobs.values() if job.id in jobs or job.array in jobs]

    async def calls(self, command: JobCommand) -> Sequence[Call]:
        for number in command.ids:
            if number in self.impossible:
                raise Unavailable(Trouble("It cannot."))
        return [Call(command.ids, ("scancel" if isinstance(command, CancelJobs) else "hold", *command.ids))]

    async def carry_out(self, call: Call) -> Sequence[Outcome]:
        self.sent.append(call)
        for number in call.ids:
            for job in list(self.jobs.values()):
                if self.obeys and number in (job.id, job.array) and number not in self.denies:
                    self.jobs[job.id] = msgspec.structs.replace(job, state=JobState.CANCELLED)
        if self.silent:
            return [Outcome(number, call, False, None, "timed out") for number in call.ids]
        refused = {number: number in self.denies for number in call.ids}
        said = {True: self.says, False: ""}
        return [Outcome(number, call, not no, 210 if no else 0, said[no], no) for number, no in refused.items()]

    async def detail(self, job: str) -> JobDetail:
        raise NotImplementedError

    async def outputs(self, job: str) -> Outputs:
        raise NotImplementedError

    def follow(self, job: str, output: str, back: int, *, go_on: bool = True) -> AsyncIterator[bytes]:
        raise NotImplementedError

    async def shell(self, job: str, node: str | None = None) -> Sequence[str]:
        raise NotImplementedError

    async def close(self) -> None:
        pass


def job(number: str, state: JobState = JobState.RUNNING, array: str | None = None) -> Job:
    return Job(number, "train", "wang", state=state, array=array, nodes=("gpu1",), gpus=8)


async def proposed(world: Scheduler, *ids: str) -> Plan:
    return await propose(world, CancelJobs(source="slurm", ids=ids), dict(world.jobs))


async def results(world: Scheduler, plan: Plan, lasting: float = 5.0) -> dict[str, Result]:
    return {found.id: found async for found in carry_out(world, plan, lasting)}


async def test_a_plan_looks_and_sends_nothing() -> None:
    world = Scheduler(job("1"), job("2", JobState.COMPLETED))
    plan = await proposed(world, "1", "2", "3")
    assert world.sent == []
    assert [target.refused is None for target in plan.targets] == [True, False, False]
    assert plan.command.ids == ("1",)
    assert [call.argv for call in plan.calls] == [("scancel", "1")]
    said = view.text(plan, 100.0)
    assert "scancel 1" in said
    assert "It has ended: completed." in said


async def test_what_has_changed_since_the_listing_counts() -> None:
    world = Scheduler(job("1"))
    listed = dict(world.jobs)
    world.jobs["1"] = job("1", JobState.COMPLETED)
    plan = await propose(world, CancelJobs(source="slurm", ids=("1",)), listed)
    assert plan.calls == ()
    del world.jobs["1"]
    assert (await propose(world, CancelJobs(source="slurm", ids=("1",)), listed)).calls == ()


async def test_without_an_answer_there_is_no_plan() -> None:
    world = Scheduler(job("1"))
    world.answers = False
    with pytest.raises(Unavailable):
        await proposed(world, "1")


async def test_what_the_source_shows_is_what_counts() -> None:
    world = Scheduler(job("1"), job("2"))
    found = await results(world, await proposed(world, "1", "2"))
    assert {each.proof for each in found.values()} == {Proof.CONFIRMED}
    assert [call.ids for call in world.sent] == [("1", "2")]
    world = Scheduler(job("1"))
    world.obeys = False
    found = await results(world, await proposed(world, "1"), 0.1)
    assert found["1"].proof is Proof.NOT_CONFIRMED


async def test_a_refusal_is_told_at_once_and_of_its_target_alone() -> None:
    world = Scheduler(job("1"), job("2"))
    world.denies = {"2"}
    found = await results(world, await proposed(world, "1", "2"), 60.0)
    assert {number: each.proof for number, each in found.items()} == {
        "1": Proof.CONFIRMED,
        "2": Proof.NOT_CONFIRMED,
    }
    assert found["2"].outcome is not None
    assert found["2"].outcome.denied


async def test_a_source_that_falls_silent_leaves_it_open() -> None:
    world = Scheduler(job("1"))
    plan = await proposed(world, "1")
    world.answers = False
    found = await results(world, plan, 0.1)
    assert found["1"].proof is Proof.TIMED_OUT
    assert "timed out" in view.result(found["1"])


async def test_an_array_is_one_target_and_all_of_its_tasks_are_read_back() -> None:
    world = Scheduler(job("8", JobState.PENDING, "8"), job("8_1", array="8"), job("9"))
    plan = await proposed(world, "8")
    assert {each.id for each in plan.jobs} == {"8", "8_1"}
    found = await results(world, plan)
    assert found["8"].proof is Proof.CONFIRMED
    assert world.jobs["9"].state is JobState.RUNNING


async def test_hostile_names_reach_no_terminal() -> None:
    world = Scheduler(msgspec.structs.replace(job("1"), name="\x1b[2Jx\nscancel 9", user="\x1b]0;a"))
    said = view.text(await propose(world, CancelJobs(source="slurm", ids=("1",)), dict(world.jobs)), 100.0)
    assert "\x1b" not in said
    assert all("scancel 9" not in line.split("  ")[0] for line in said.split("\n"))


async def test_what_ends_by_itself_was_not_cancelled() -> None:
    world = Scheduler(job("1"))
    world.obeys = False
    plan = await proposed(world, "1")
    world.jobs["1"] = job("1", JobState.COMPLETED)
    found = await results(world, plan, 60.0)
    assert found["1"].proof is Proof.NOT_CONFIRMED, "and it is not waited for"
    world = Scheduler(job("1"))
    world.denies = {"1"}
    plan = await proposed(world, "1")
    world.jobs["1"] = job("1", JobState.CANCELLED)
    assert (await results(world, plan, 60.0))["1"].proof is Proof.NOT_CONFIRMED, "somebody else did it"


async def test_a_call_without_an_answer_may_have_been_taken_all_the_same() -> None:
    world = Scheduler(job("1"))
    world.silent = True
    plan = await proposed(world, "1")
    assert (await results(world, plan))["1"].proof is Proof.CONFIRMED


async def test_what_is_impossible_is_left_out_with_its_reason() -> None:
    world = Scheduler(job("1"), job("2"))
    world.impossible = {"2"}
    plan = await proposed(world, "1", "2")
    assert plan.command.ids == ("1",)
    assert [target.refused and target.refused.text for target in plan.targets] == [None, "It cannot."]
    with pytest.raises(Unavailable):
        await proposed(world, "2")
    assert world.sent == []


async def test_each_call_is_told_when_it_was_sent() -> None:
    world = Scheduler(job("1"))
    sent: list[Call] = []
    plan = await proposed(world, "1")
    assert [found.id async for found in carry_out(world, plan, 5.0, sent.append)] == ["1"]
    assert sent == list(plan.calls)


async def test_a_command_is_sent_as_it_is_meant() -> None:
    world = Scheduler(job("1", JobState.PENDING))
    plan = await propose(world, HoldJobs(source="slurm", ids=("1",)), dict(world.jobs))
    assert [call.argv for call in plan.calls] == [("hold", "1")]


async def test_what_was_done_is_written_down_in_plain_lines_that_no_text_of_the_world_can_forge(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="console.services.acts")
    world = Scheduler(job("1"), job("2"))
    world.denies = {"2"}
    world.says = "Access denied\nroot cancel slurm/3: confirmed: cancelled \x1b[2J"
    plan = await proposed(world, "1", "2")
    await results(world, plan, lasting=0.5)
    me = name_of(os.geteuid())
    assert [record.getMessage() for record in caplog.records][:3] == [
        f"{me} cancel slurm/1 2: sending: scancel 1 2",
        f"{me} cancel slurm/1: scancel 1 2 -> taken (0)",
        f"{me} cancel slurm/2: scancel 1 2 -> denied (210): "
        "Access denied␊root cancel slurm/3: confirmed: cancelled ␛[2J",
    ]
    assert f"{me} cancel slurm/1: confirmed: cancelled" in caplog.messages
    assert f"{me} cancel slurm/2: not confirmed: running" in caplog.messages
    assert act_lines.begun(plan.command, "node\nbroken") == (f"{me} cancel slurm/1 2: ordered; reason: node␊broken")
    request = Call(("n/j",), method="DELETE", path="/apis/batch/v1/namespaces/n/jobs/j", body="{}")
    line = act_lines.sent(plan.command, Outcome("n/j", request, False, None, "timed out"))
    assert line.endswith("n/j: DELETE /apis/batch/v1/namespaces/n/jobs/j {} -> no answer: timed out")
