"""Run the real Slurm of the tests until Ctrl-C, with some jobs in it: ``python tests/services/slurm``."""

import contextlib
import signal
import sys
import threading

import slurm_cluster


def fill(cluster: slurm_cluster.Cluster) -> None:
    """Submit jobs of every kind."""
    cluster.submit("-J", "train", "--gres=gpu:a100:2", "-c4", "-t60")
    cluster.submit("-J", "big", "-N2", "--gres=gpu:4", "-t60")
    cluster.submit("-J", "sweep", "--array=0-9%2", "--gres=gpu:1", "-t30")
    failed = cluster.submit("-J", "fails", wrap="exit 3")
    cluster.submit("-J", "after", f"--dependency=afterok:{failed}")
    cluster.submit("-J", "held", "--hold")
    cluster.submit("-J", "other", "-N4", "--gres=gpu:4", "-t60", user="nobody")


def main() -> None:
    """Start, fill, say where it is, and wait."""
    why = slurm_cluster.missing()
    if why is not None:
        sys.exit(why)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # also while it starts
    with contextlib.suppress(KeyboardInterrupt), slurm_cluster.cluster() as cluster:
        fill(cluster)
        print(f"export SLURM_CONF={cluster.env['SLURM_CONF']}\nCtrl-C ends it.", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
