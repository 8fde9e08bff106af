"""HTTP to one or several hosts: a pool of connections, retries for what may pass, a circuit breaker a host."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential_jitter,
)
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ReadTimeoutError

from include.language_model.breaker import CircuitBreaker
from include.language_model.model import ModelUnavailableError, NoAnswerError
from include.language_model.model_server import ModelServer, root_of

log = logging.getLogger(__name__)

ERROR_CHARACTERS = 500
LOOK_SECONDS = 10.0
"""How long a server may take to list its models: no model works for that."""


@dataclass
class _Host:
    """One server of the pool. `lacks`: models that it does not have, or has in another version than the others."""

    url: str
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    under_way: int = 0
    lacks: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Came:
    """A reply, how many seconds its last attempt took, and how many attempts before it had taken too long."""

    reply: dict[str, Any]
    seconds: float
    stragglers: int = 0


class _PassingError(Exception):
    """What may be otherwise at the next attempt. `of_question`: another question may fare better.

    `host`: to be held against it when the last attempt fails like this, too. Else it was held against it already.
    `too_late`: the server took the request, and did not answer in time.
    """

    def __init__(self, message: str, *, of_question: bool, host: _Host | None = None, too_late: bool = False) -> None:
        super().__init__(message)
        self.of_question = of_question
        self.host = host
        self.too_late = too_late


class _BearerToken(requests.auth.AuthBase):
    """Keeps `requests` from looking for another password in .netrc."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class ModelClient:
    """Puts requests to the hosts of a server: the least busy one that is well. Safe to use from several threads.

    Raises ModelUnavailableError where no host can be asked, NoAnswerError where this request got no answer.
    """

    def __init__(self, server: ModelServer) -> None:
        self.server = server
        self.hosts = [_Host(url) for url in server.urls]
        self._lock = threading.Lock()
        self._session: requests.Session | None = None

    def able(self, model: str) -> list[str]:
        """The addresses of the hosts that are not known to lack a model."""
        return [host.url for host in self.hosts if model not in host.lacks]

    def set_aside(self, url: str, model: str) -> None:
        """Ask this host no more for this model."""
        for host in self.hosts:
            if host.url == url:
                host.lacks.add(model)

    def forget_failures(self) -> None:
        """Close all circuits: the next question is put to the server again."""
        for host in self.hosts:
            host.breaker.succeeded()

    def look(
        self,
        path: str,
        url: str | None = None,
        body: dict[str, Any] | None = None,
        *,
        retries: int | None = None,
        root: bool = False,
    ) -> dict[str, Any]:
        """GET (POST with a body), for what needs no model; at one host, or at any.

        `root`: the path is the server's, beside the API's.
        """
        seconds = min(LOOK_SECONDS, self.server.timeout_seconds)
        method = "GET" if body is None else "POST"
        return self._retried(lambda failed: self._once(method, path, body, seconds, failed, url, root), retries)

    def ask(
        self,
        path: str,
        body: dict[str, Any],
        *,
        retries: int | None = None,
        patience: float | None = None,
        url: str | None = None,
    ) -> Came:
        """POST, for requests that a model works on; at one host, or at any.

        `patience`: seconds after which the first attempt is given up; each further one has twice as long, and none
        longer than the server's timeout.
        """
        limit = self.server.timeout_seconds
        stragglers, seconds = 0, 0.0

        def attempt(failed: set[str]) -> dict[str, Any]:
            nonlocal stragglers, seconds
            allowed = min(limit, (patience or limit) * 2**stragglers)
            started = time.monotonic()
            try:
                reply = self._once("POST", path, body, allowed, failed, url)
            except _PassingError as error:
                stragglers += error.too_late
                raise
            seconds = time.monotonic() - started
            return reply

        try:
            reply = self._retried(attempt, retries)
        except NoAnswerError as error:
            error.stragglers = stragglers
            raise
        return Came(reply, seconds, stragglers)

    def lines(self, path: str, body: dict[str, Any], url: str) -> Iterator[dict[str, Any]]:
        """POST whose reply comes as JSON lines, as they come, from one host; not retried."""
        timeout = (self.server.connect_timeout_seconds, self.server.timeout_seconds)
        try:
            with self._sessions().post(url + path, json=body, timeout=timeout, stream=True) as response:
                if not response.ok:
                    self._object(response, _Host(url), body.get("model"))
                for line in response.iter_lines():
                    if line:
                        reply = json.loads(line)
                        if "error" in reply:
                            raise ModelUnavailableError(f"{self.server.kind} at {url} reports: {_told(reply)}")
                        yield reply
        except _PassingError as error:
            raise ModelUnavailableError(str(error)) from None
        except requests.RequestException as error:
            raise ModelUnavailableError(f"{self.server.kind} at {url} does not answer ({_why(error)})") from error
        except ValueError as error:
            raise ModelUnavailableError(f"What answers at {url} is no {self.server.protocol}: {error}") from None

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _retried(self, attempt: Callable[[set[str]], dict[str, Any]], retries: int | None = None) -> dict[str, Any]:
        failed: set[str] = set()  # the hosts that did; the next attempt goes to another one, where there is one
        retrying = Retrying(
            stop=stop_after_attempt(1 + (self.server.retries if retries is None else retries)),
            wait=wait_exponential_jitter(multiplier=0.25, max=8, jitter=0.25),
            retry=retry_if_exception_type(_PassingError),
            reraise=True,
        )
        try:
            return retrying(attempt, failed)
        except _PassingError as error:
            if error.host is not None:
                error.host.breaker.failed(str(error))
            if error.of_question:
                raise NoAnswerError(str(error)) from error
            raise ModelUnavailableError(str(error)) from error

    def _once(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        seconds: float,
        failed: set[str],
        url: str | None = None,
        root: bool = False,
    ) -> dict[str, Any]:
        """One attempt at one host. Raises _PassingError for what may be tried again."""
        model = (body or {}).get("model")
        with self._chosen(model, failed, url) as host:
            failed.add(host.url)
            try:
                response = self._sessions().request(
                    method,
                    (root_of(host.url) if root else host.url) + path,
                    json=body,
                    timeout=(self.server.connect_timeout_seconds, seconds),
                )
            except requests.RequestException as error:
                reason = (
                    f"{self.server.kind} at {host.url} does not answer ({_why(error)}). "
                    f"Start it, or change {self.server.setting}"
                )
                host.breaker.failed(reason)
                late = _too_late(error)
                raise _PassingError(reason, of_question=_came_about(error), too_late=late) from error
            try:
                reply = self._object(response, host, model)
            except NoAnswerError:
                raise  # the server is there, and refuses this question
            except ModelUnavailableError as error:
                host.breaker.failed(str(error))
                raise
            host.breaker.succeeded()
            return reply

    @contextmanager
    def _chosen(self, model: str | None, failed: set[str], url: str | None) -> Iterator[_Host]:
        """The host with the fewest requests under way, among those that may be asked."""
        with self._lock:
            able = [host for host in self.hosts if url in (None, host.url) and model not in host.lacks]
            ready = sorted(
                (host for host in able if not host.breaker.is_open),
                key=lambda host: (host.url in failed, host.under_way),
            )
            host = next((host for host in ready if host.breaker.allows()), None)
            if host is None:
                reasons = "; ".join(dict.fromkeys(host.breaker.reason for host in able if host.breaker.reason))
                raise ModelUnavailableError(reasons or self.server.lacking(model or self.server.model))
            host.under_way += 1
        try:
            yield host
        finally:
            with self._lock:
                host.under_way -= 1

    def _object(self, response: requests.Response, host: _Host, model: str | None) -> dict[str, Any]:
        """The object that was sent; anything else, such as a proxy's login page, says nothing about the question."""
        url = host.url
        try:
            reply = response.json()
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            if response.ok:
                raise ModelUnavailableError(
                    f"What answers at {url} is no {self.server.protocol}: {response.text[:200]}"
                )
            reply = {"error": response.text[:200]}
        error, who = _told(reply) or response.reason, f"{self.server.kind} at {url}"
        match response.status_code:
            case 404:
                remedy = self.server.remedy(model or self.server.model)
                raise ModelUnavailableError(f"{who} answers 404: {error}. {remedy}")
            case 400 | 413 | 422:
                raise NoAnswerError(f"{who} refuses the request: {error}")
            case 500:
                # Once a question: the halves of a batch with one bad text would open the circuit by their attempts.
                raise _PassingError(f"{who} answers 500: {error}", of_question=True, host=host)
            case 429 | 502 | 503 | 504:
                reason = f"{who} answers {response.status_code}: {error}"
                host.breaker.failed(reason)
                raise _PassingError(reason, of_question=False)
        if not response.ok:
            raise ModelUnavailableError(f"{who} answers {response.status_code}: {error}")
        if reply.get("error"):
            raise NoAnswerError(f"{who} reports: {error}")
        return reply

    def _sessions(self) -> requests.Session:
        """The one session, opened when it is first needed."""
        with self._lock:
            if self._session is None:
                session = requests.Session()
                adapter = HTTPAdapter(pool_connections=len(self.hosts), pool_maxsize=self.server.max_concurrency)
                session.mount("http://", adapter)
                session.mount("https://", adapter)
                session.auth = _BearerToken(self.server.token)
                session.verify = self.server.verify
                session.cookies.set_policy(
                    DefaultCookiePolicy(allowed_domains=[])
                )  # threads share nothing that changes
                self._session = session
            return self._session


def _told(reply: dict[str, Any]) -> str:
    """What a server says of an error: text, or an object that holds it, by any of the names that are in use."""
    error = reply.get("error") or reply.get("message") or reply.get("detail") or ""
    if isinstance(error, dict):
        error = error.get("message") or error
    return str(error)[:ERROR_CHARACTERS]


def _came_about(error: requests.RequestException) -> bool:
    """Whether the server took the request, and failed to answer it."""
    cause = error.args[0] if error.args else error
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    refused = (NewConnectionError, ConnectTimeoutError)
    return not isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError) and not isinstance(
        cause, refused
    )


def _too_late(error: requests.RequestException) -> bool:
    """Whether the time was up, before the first byte or between two."""
    return isinstance(error, requests.ReadTimeout) or any(isinstance(arg, ReadTimeoutError) for arg in error.args)


def _why(error: requests.RequestException) -> str:
    """The cause, without the layers of libraries around it."""
    cause = getattr(error.args[0], "reason", error) if error.args else error
    return str(cause).rpartition(": ")[2] or type(error).__name__
