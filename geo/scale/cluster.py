"""THE ENGINE: dask.distributed, on this machine (``local:2``) or on an office's cluster (its scheduler's address).

A task is a function, the number of a part and plain values; what it finds it writes as one file, complete or not at
all. A task whose file is there is done: a lost worker, or a second start after a power cut, repeats nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from geo.errors import Cancelled, InputProblem
from geo.finding import Finding

# Told after each task: done, in all.
Tell = Callable[[int, int], bool]
# How often a task may take its worker down before it is given up: a worker that was killed from outside is no fault.
_ALLOWED_DEATHS = 3


class Engine:
    """Runs tasks on the workers of a cluster; ``client`` is dask's own."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def workers(self) -> int:
        return len(self.client.scheduler_info()["workers"])

    def run(
        self,
        work: Callable[..., Any],
        jobs: Mapping[Path, Sequence[Any]],
        *,
        tell: Tell | None = None,
    ) -> list[Path]:
        """Do ``work(path, *values)`` for every path that is not there yet; returns all paths, in their order.

        Raises InputProblem (SC104) for a task that fails again and again, what a task itself raises, and Cancelled
        when ``tell`` answers False; what is done stays done.
        """
        from distributed import as_completed
        from distributed.scheduler import KilledWorker

        todo = {path: values for path, values in jobs.items() if not path.exists()}
        done = len(jobs) - len(todo)
        if tell and not tell(done, len(jobs)):
            raise Cancelled
        futures = {self.client.submit(_once, work, path, *values, pure=False): path for path, values in todo.items()}
        try:
            for future in as_completed(list(futures)):
                try:
                    future.result()
                except KilledWorker as fault:
                    subject = f"{futures[future].parent.name}/{futures[future].name}"
                    raise InputProblem([Finding("SC104", "error", subject, measured=str(fault)[:200])]) from None
                done += 1
                if tell and not tell(done, len(jobs)):
                    raise Cancelled
        finally:
            self.client.cancel(list(futures), force=True)
        return list(jobs)


@contextmanager
def open_engine(address: str, *, shared: Sequence[Path] = (), memory_gb: float = 0.0) -> Iterator[Engine]:
    """An engine on ``local:N`` (N processes of this machine) or on the scheduler at ``address``.

    ``shared``: folders that every worker must see. ``memory_gb``: bound of a local worker (0: an equal share of what
    the machine has). The local one listens on this machine only. Raises InputProblem (SC105, SC106).
    """
    import dask
    from distributed import Client, LocalCluster

    settings = {"distributed.scheduler.allowed-failures": _ALLOWED_DEATHS, "distributed.admin.tick.limit": "60s"}
    with dask.config.set(settings):
        local, _, count = address.partition(":")
        try:
            if local == "local":
                workers = int(count)
                if not 1 <= workers <= 256:
                    raise ValueError("1 – 256")
                cluster = LocalCluster(
                    n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    memory_limit=f"{memory_gb}GB" if memory_gb else "auto", silence_logs=50,
                )  # fmt: skip
                client = Client(cluster)
            else:
                cluster, client = None, Client(address, timeout="15s")
        except (OSError, ValueError, TypeError, RuntimeError) as fault:
            raise InputProblem([Finding("SC105", "error", address, measured=str(fault)[:200])]) from None
        try:
            for folder in shared:
                seen = client.run(_sees, str(folder))
                if not all(seen.values()):
                    raise InputProblem([Finding("SC106", "error", str(folder.name))])
            yield Engine(client)
        finally:
            client.close()
            if cluster is not None:
                cluster.close()


def _once(work: Callable[..., Any], path: Path, *values: Any) -> None:
    """The engine asks again for what a lost worker had finished: its file says that it is done."""
    if not path.exists():
        work(path, *values)


def _sees(folder: str) -> bool:
    return Path(folder).is_dir()
