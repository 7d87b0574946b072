"""What the processes hold in memory: proportional set size, which counts shared pages once."""

from __future__ import annotations

from benchmarks.instance import Instance, count, running_instance, wait_for
from benchmarks.loader import requests_per_second, signed_request
from benchmarks.web_tips import Journey, filled_in, sessions_per_second
from tests.support.plain_words import in_words

GATEWAY_WORKERS = 2
MESSAGES, TIPS = 2000, 300
CONNECTIONS = 8
# What a browser asks for besides: each loads templates, catalogues and files that stay in memory.
PAGES = ("/en/", "/es/", "/en/help", "/es/help", "/en/replies", "/es/replies", "/static/public.css")


def report(instance: Instance) -> None:
    """Print what each of an instance's processes holds."""
    for name, processes in instance.processes().items():
        total = sum(process.memory_full_info().pss for process in processes)
        print(f"memory, {name}: {total / 2**20:.0f} MiB PSS in {len(processes)} process(es)")


def two_gateway_workers() -> None:
    """Report an instance whose gateway has two workers, after both have done everything."""
    with running_instance(TIPLINE_GATEWAY_WORKERS=str(GATEWAY_WORKERS)) as instance:
        port = instance.target.port
        texts = [
            signed_request(instance.target, f"+1209{i % 500:07d}", f"Tip {in_words(i)}")
            for i in range(MESSAGES)
        ]
        requests_per_second(port, texts, CONNECTIONS)
        for language in ("en", "es"):
            path = f"/{language}/tip/{instance.demo['lines'][0]['line']}"
            tips = [filled_in(index) for index in range(TIPS)]
            sessions_per_second(port, tips, CONNECTIONS, Journey(port, path))
        gets = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode() for path in PAGES]
        requests_per_second(port, gets * 20, CONNECTIONS)
        wait_for(lambda: count(instance, "envelopes") == 0, 120)
        print(f"gateway with {GATEWAY_WORKERS} workers:")
        report(instance)


if __name__ == "__main__":
    two_gateway_workers()
