"""The RQ worker: long-lived, runs only what it was made for, and sweeps by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from redis import Redis, ResponseError
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.exceptions import DeserializationError, NoSuchJobError, StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import now

from tipline import logs
from tipline.doorbell import JOB_FUNCTIONS, JOB_TIMEOUT_SECONDS, QueueName
from tipline.errors import TiplineError

SWEEP_SECONDS = 5
# RQ waits for a job fifteen seconds less than this; in between it sweeps.
WORKER_TTL_SECONDS = 15 + SWEEP_SECONDS
LONGEST_RECONNECT_SECONDS = 2


class ForeignJobError(TiplineError):
    """A job names another function than its queue's, or carries arguments or callbacks."""

    code = "foreign_job"
    message = "A job that this worker was not made for was refused."


class DrainJob(Job):
    """A job that can only be its queue's own drain.

    A write to the queue must not be code execution in every worker: RQ would otherwise import and
    call whatever a job names.
    """

    allowed: ClassVar[str] = ""

    @classmethod
    def of(cls, name: QueueName) -> type[DrainJob]:
        """Return the class of one queue's jobs; the job's own word for its queue counts nothing."""
        return type(cls.__name__, (cls,), {"allowed": JOB_FUNCTIONS[name]})

    @classmethod
    def fetch(cls, id: str, *args: Any, **kwargs: Any) -> Job:
        """Return a job from the queue.

        Raises:
            NoSuchJobError: what stands there is no job's id, or names something else.
        """
        try:
            return super().fetch(id, *args, **kwargs)
        except (ValueError, ResponseError) as error:
            logs.failure("job_unreadable", error)
            raise NoSuchJobError from None

    def perform(self) -> Any:
        """Run the drain.

        Raises:
            ForeignJobError: the job is not exactly what the doorbell enqueues.
        """
        # Names only: looking at the arguments could unpickle or import.
        plain = not (self.args or self.kwargs or self.instance)
        callbacks = (
            self._success_callback_name,
            self._failure_callback_name,
            self._stopped_callback_name,
        )
        if self.func_name != self.allowed or not plain or any(callbacks):
            raise ForeignJobError
        return super().perform()

    def restore(self, raw_data: Any) -> None:
        """Read a job; what cannot be read is no job, and its own limits count nothing.

        Raises:
            NoSuchJobError: somebody else wrote it. RQ then goes on to the next.
        """
        try:
            super().restore(raw_data)
        except StopRequested:
            # A signal's, and no fault of the job's.
            raise
        except Exception as error:
            logs.failure("job_unreadable", error)
            raise NoSuchJobError from None
        self.timeout = JOB_TIMEOUT_SECONDS
        # A refused job would come back at the front of the queue, as often as it likes.
        self.retries_left = self.repeats_left = None

    def execute_success_callback(self, *_args: Any, **_kwargs: Any) -> None:
        """Never call what a job names."""

    def execute_failure_callback(self, *_args: Any, **_kwargs: Any) -> None:
        """Never call what a job names."""

    def send_webhooks(self, *_args: Any, **_kwargs: Any) -> None:
        """Never post to where a job says."""


class DrainWorker(SimpleWorker):
    """A worker without forks, so that keys are unlocked once and connections stay open."""

    job_class = DrainJob

    def __init__(
        self,
        name: QueueName,
        redis: Redis,
        sweep: Callable[[], None],
        report_foreign_job: Callable[[], None],
    ) -> None:
        """Take the queue to serve and what to do every few seconds."""
        super().__init__(
            [name.value],
            connection=redis,
            serializer=JSONSerializer,
            job_class=DrainJob.of(name),
            worker_ttl=WORKER_TTL_SECONDS,
            maintenance_interval=SWEEP_SECONDS,
            log_job_description=False,
        )
        self.max_connection_wait_time = LONGEST_RECONNECT_SECONDS
        self._sweep = sweep
        self._report_foreign_job = report_foreign_job
        self._is_at_work = False

    def check_for_suspension(self, burst: bool) -> None:
        """Never rest: whoever can write to the queue could have the worker wait for ever."""

    def subscribe(self) -> None:
        """Listen to no commands: whoever can write to the queue could stop the worker."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""

    def _shutdown(self) -> None:
        """Stop after what is being done, as the signal's handler.

        RQ raises at once unless a job runs. Amid a sweep, a library would take that for a failure
        of its own and forget it, as SQLAlchemy does while a connection goes back to its pool: the
        worker would go on as if nobody had told it to stop.

        Raises:
            StopRequested: nothing is being done; the worker waits for a job.
        """
        self._stop_requested = True
        if not self._is_at_work:
            raise StopRequested

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run a job; a signal meanwhile is obeyed when RQ has noted the end of it."""
        with self._working():
            super().execute_job(job, queue)

    def run_maintenance_tasks(self) -> None:
        """Sweep, besides RQ's own maintenance. A failing sweep is logged and tried again.

        Raises:
            StopRequested: a signal came meanwhile.
        """
        with self._working():
            for task in (super().run_maintenance_tasks, self._sweep):
                try:
                    task()
                except Exception as error:
                    logs.failure("sweep_failed", error)
        # RQ's own maintenance says so only when it succeeded, and would be tried without a pause.
        self.last_cleaned_at = now()  # type: ignore[assignment]  # RQ types it as its first None

    @contextmanager
    def _working(self) -> Iterator[None]:
        """Let nothing that is done in here be torn apart by a signal.

        Raises:
            StopRequested: at the end, where a signal came meanwhile.
        """
        self._is_at_work = True
        try:
            yield
        finally:
            self._is_at_work = False
        if self._stop_requested:
            raise StopRequested

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log by type and place only; RQ would print the traceback with its values."""
        error = exc_info[1]
        # What cannot be read at all was written by somebody else, too.
        if isinstance(error, ForeignJobError | DeserializationError):
            self._report_foreign_job()
            return
        logs.failure("job_failed", error)

    def handle_job_failure(self, job: Job, queue: Any, *args: Any, **kwargs: Any) -> None:
        """Keep no exception text in the queue."""
        kwargs["exc_string"] = "withheld"
        super().handle_job_failure(job, queue, **kwargs)


def connect(redis_url: str) -> Redis:
    """Return the worker's connection, which survives a restart of the queue."""
    return Redis.from_url(redis_url, retry=Retry(ConstantBackoff(0.2), 10))


def quiet_rq() -> None:
    """Keep RQ from adding handlers of its own, which would print job texts."""
    for name in ("rq.worker", "rq.job", "rq.queue"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.setLevel(logging.WARNING)
