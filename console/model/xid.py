"""What the driver's Xid codes mean and what is to be done, as NVIDIA's catalogue and large sites see it."""

import msgspec

from console.language import N_
from console.model.severity import Severity


class Xid(msgspec.Struct, frozen=True):
    """One code."""

    meaning: str
    action: str
    severity: Severity


_RESTART_JOB = N_("Restart the application; suspect the GPU only if the error stays with it.")
_RESET = N_("Drain the GPU and reset it.")
_NOTHING = N_("Nothing now; look at the error before it.")
_WATCH = N_("Nothing now; watch whether it comes back.")
_NVLINK = N_("Check the link and reset the GPU; if it comes back, have it inspected.")
_HOST = N_("Restart the node; if it comes back, check power, PCIe and the GPU.")
_INSPECT = N_("Investigate driver and firmware.")

_ROWS: tuple[tuple[tuple[int, ...], Severity, str, str], ...] = (
    ((13, 31, 32, 69, 25, 11), Severity.INFO, N_("A program made an invalid memory access on the GPU."), _RESTART_JOB),
    ((8, 39, 40, 41, 68, 82), Severity.INFO, N_("An engine of the GPU stopped."), _RESTART_JOB),
    ((126, 127, 128, 129, 130, 131), Severity.INFO, N_("An engine of the GPU stopped."), _RESTART_JOB),
    ((132, 133, 134, 135), Severity.INFO, N_("An engine of the GPU stopped."), _RESTART_JOB),
    ((43,), Severity.INFO, N_("A program's channel was stopped after a fault."), _NOTHING),
    ((45,), Severity.INFO, N_("A program's channels were torn down after an earlier error or a kill."), _NOTHING),
    ((44, 37, 38, 66, 67), Severity.WARNING, N_("Driver or firmware reported a fault."), _INSPECT),
    ((46, 109), Severity.CRITICAL, N_("The GPU stopped processing."), _RESET),
    ((48,), Severity.CRITICAL, N_("Uncorrectable memory error (double-bit ECC)."), _RESET),
    ((171, 172), Severity.CRITICAL, N_("Uncorrectable memory error (double-bit ECC)."), _RESET),
    ((54,), Severity.CRITICAL, N_("Auxiliary power is not connected."), N_("Check the power cables.")),
    ((61, 62), Severity.CRITICAL, N_("The GPU's micro-controller halted."), _RESET),
    (
        (63,),
        Severity.WARNING,
        N_("A bad memory row was recorded for remapping."),
        N_("Reset the GPU when it is free."),
    ),
    ((64,), Severity.CRITICAL, N_("Remapping of a bad memory row failed."), N_("Reset the GPU, then replace it.")),
    ((74,), Severity.CRITICAL, N_("NVLink error."), _NVLINK),
    ((78,), Severity.WARNING, N_("A virtual GPU could not start."), N_("Update its software.")),
    ((79,), Severity.CRITICAL, N_("The GPU has fallen off the bus."), _HOST),
    ((80,), Severity.WARNING, N_("Data sent to the GPU arrived damaged."), _RESTART_JOB),
    ((92,), Severity.WARNING, N_("Many corrected memory errors."), _WATCH),
    ((93,), Severity.INFO, N_("The InfoROM nears its limit of writes."), _WATCH),
    ((94,), Severity.WARNING, N_("A contained uncorrectable memory error; one program is lost."), _RESTART_JOB),
    (
        (95,),
        Severity.CRITICAL,
        N_("An uncontained uncorrectable memory error; every program on the GPU is lost."),
        _RESET,
    ),
    ((110,), Severity.CRITICAL, N_("Security fault of the GPU."), _RESET),
    (
        (119, 120),
        Severity.CRITICAL,
        N_("The GPU's firmware (GSP) does not answer."),
        N_("Reset the GPU; often the node must be restarted."),
    ),
    ((121,), Severity.WARNING, N_("Error on the link between CPU and GPU (C2C)."), _WATCH),
    ((136,), Severity.CRITICAL, N_("NVLink training failed."), _NVLINK),
    ((137,), Severity.INFO, N_("An NVLink peer reported a fault."), N_("Look at the peer GPU.")),
    ((140,), Severity.CRITICAL, N_("An uncorrected memory error escaped."), _RESET),
    ((143,), Severity.CRITICAL, N_("The GPU could not be initialised."), _RESET),
    ((144, 145, 146, 147, 148, 149, 150), Severity.WARNING, N_("NVLink error (fifth generation)."), _NVLINK),
    ((155,), Severity.CRITICAL, N_("NVLink error (fifth generation)."), _RESET),
    ((151,), Severity.WARNING, N_("Confidential computing needs new keys."), N_("Restart the virtual machine.")),
    ((154,), Severity.WARNING, N_("The driver's recommended recovery changed."), N_("Follow the advice in its line.")),
    ((156,), Severity.WARNING, N_("A resource of the GPU was retired."), _RESET),
    ((157,), Severity.WARNING, N_("A resource of the GPU could not be retired."), _WATCH),
    ((158,), Severity.CRITICAL, N_("The GPU did not answer in time."), _RESET),
    ((160, 161), Severity.WARNING, N_("A memory channel of the GPU was retired."), _INSPECT),
    ((167, 168, 169), Severity.CRITICAL, N_("A fatal fault of PCIe, memory or a micro-controller."), _INSPECT),
)

CODES: dict[int, Xid] = {
    code: Xid(meaning, action, severity) for codes, severity, meaning, action in _ROWS for code in codes
}
"""By code. A code that is not listed is unknown: it is shown with its number and its line."""

RECOVERY: dict[int, str] = {
    1: N_("The driver asks for a reset of the GPU."),
    2: N_("The driver asks for a restart of the node."),
    3: N_("The driver asks to drain the GPU's peer-to-peer traffic."),
    4: N_("The driver asks to drain the GPU and reset it."),
    5: N_("The driver asks for a restart of the IMEX domain."),
    6: N_("The driver asks for a reset of the GPU's bus."),
    7: N_("The driver asks for a restart of the whole system."),
}
"""NVML's recovery actions: the driver's own verdict."""
