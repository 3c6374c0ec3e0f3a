"""Retries of requests: their conditions, number and waits."""

from __future__ import annotations

import anyio
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential,
    wait_random,
)

from vultr_cost_mcp.errors import (
    CertificateError,
    RateLimitedError,
    ServerError,
    TransportError,
    UnexpectedBodyError,
)

ATTEMPTS = 4
RETRY_SECONDS = 15.0
LONGEST_WAIT = 10.0


def retrying() -> AsyncRetrying:
    """Return the policy of one request: up to 4 attempts in 15 seconds, then its error."""
    return AsyncRetrying(
        retry=retry_if_exception(_is_retryable),
        stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(RETRY_SECONDS),
        wait=_wait,
        sleep=anyio.sleep,
        reraise=True,
    )


def _is_retryable(error: BaseException) -> bool:
    """Return whether the same request may succeed a moment later."""
    if isinstance(error, (RateLimitedError, ServerError)):
        return (error.retry_after or 0) <= LONGEST_WAIT
    if isinstance(error, CertificateError):
        return False
    return isinstance(error, (TransportError, UnexpectedBodyError))


_backoff = wait_exponential(multiplier=0.3, max=3.0) + wait_random(0.0, 0.3)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, (RateLimitedError, ServerError)) else None
    return asked if asked is not None else _backoff(state)
