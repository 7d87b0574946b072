"""Fixtures of the audit log's tests."""

from __future__ import annotations

import pytest

from tests.audit.independent import IndependentVerifier, build_verifier


@pytest.fixture(scope="session")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> IndependentVerifier:
    """The verifier in Go, built once."""
    return build_verifier(tmp_path_factory.mktemp("verifier"))
