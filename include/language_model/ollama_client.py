"""HTTP to one or several Ollama hosts: a pool of connections, retries for what may pass, a circuit breaker a host."""

from __future__ import annotations

import json
import logging
import threading
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
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from include.language_model.breaker import CircuitBreaker
from include.language_model.model import ModelUnavailableError, NoAnswerError
from include.language_model.ollama_server import OllamaServer

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
"""How long a server may take to list its models: no model works for that."""


@dataclass
class _Host:
    """One server of the pool. `lacks`: models that it does not have, or has in another version than the others."""

    url: str
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    under_way: int = 0
    lacks: set[str] = field(default_factory=set)


class _PassingError(Exception):
    """What may be otherwise at the next attempt. `of_question`: another question may fare better.

    `host`: to be held against it when the last attempt fails like this, too. Else it was held against it already.
    """

    def __init__(self, message: str, *, of_question: bool, host: _Host | None = None) -> None:
        super().__init__(message)
        self.of_question = of_question
        self.host = host


class _BearerToken(requests.auth.AuthBase):
    """Keeps `requests` from looking for another password in .netrc."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class OllamaClient:
    """Puts requests to the hosts of a server: the least busy one that is well. Safe to use from several threads.

    Raises ModelUnavailableError where no host can be asked, NoAnswerError where this request got no answer.
    """

    def __init__(self, server: OllamaServer) -> None:
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

    def look(self, path: str, url: str | None = None) -> dict[str, Any]:
        """GET, for what needs no model; at one host, or at any."""
        seconds = min(LOOK_SECONDS, self.server.timeout_seconds)
        return self._retried(lambda failed: self._once("GET", path, None, seconds, failed, url))

    def ask(self, path: str, body: dict[str, Any], *, retries: int | None = None) -> dict[str, Any]:
        """POST, for requests that a model works on."""
        return self._retried(
            lambda failed: self._once("POST", path, body, self.server.timeout_seconds, failed), retries
        )

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
                            raise ModelUnavailableError(f"Ollama at {url} reports: {reply['error']}")
                        yield reply
        except _PassingError as error:
            raise ModelUnavailableError(str(error)) from None
        except requests.RequestException as error:
            raise ModelUnavailableError(f"Ollama at {url} does not answer ({_why(error)})") from error
        except ValueError as error:
            raise ModelUnavailableError(f"What answers at {url} is no Ollama: {error}") from None

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
            raise (NoAnswerError if error.of_question else ModelUnavailableError)(str(error)) from error

    def _once(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        seconds: float,
        failed: set[str],
        url: str | None = None,
    ) -> dict[str, Any]:
        """One attempt at one host. Raises _PassingError for what may be tried again."""
        model = (body or {}).get("model")
        with self._chosen(model, failed, url) as host:
            failed.add(host.url)
            try:
                response = self._sessions().request(
                    method, host.url + path, json=body, timeout=(self.server.connect_timeout_seconds, seconds)
                )
            except requests.RequestException as error:
                reason = f"Ollama at {host.url} does not answer ({_why(error)}). Start it, or change OLLAMA_URL"
                host.breaker.failed(reason)
                raise _PassingError(reason, of_question=_came_about(error)) from error
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
                raise ModelUnavailableError(reasons or lacking(self.server, model))
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
                raise ModelUnavailableError(f"What answers at {url} is no Ollama: {response.text[:200]}")
            reply = {"error": response.text[:200]}
        error = reply.get("error", response.reason)
        match response.status_code:
            case 404:
                raise ModelUnavailableError(f"{error}. Pull it at {url}: ollama pull {model or self.server.model}")
            case 400:
                raise NoAnswerError(f"Ollama at {url} refuses the request: {error}")
            case 500:
                # Once a question: the halves of a batch with one bad text would open the circuit by their attempts.
                raise _PassingError(f"Ollama at {url} answers 500: {error}", of_question=True, host=host)
            case 503:
                reason = f"Ollama at {url} answers 503: {error}"
                host.breaker.failed(reason)
                raise _PassingError(reason, of_question=False)
        if not response.ok:
            raise ModelUnavailableError(f"Ollama at {url} answers {response.status_code}: {error}")
        if "error" in reply:
            raise NoAnswerError(f"Ollama at {url} reports: {error}")
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


def lacking(server: OllamaServer, model: str | None) -> str:
    """What to say, and what to do, where no host has a model."""
    return f"Ollama at {server.name} has no model {model}. Pull it there: ollama pull {model}"


def _came_about(error: requests.RequestException) -> bool:
    """Whether the server took the request, and failed to answer it."""
    cause = error.args[0] if error.args else error
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    refused = (NewConnectionError, ConnectTimeoutError)
    return not isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError) and not isinstance(
        cause, refused
    )


def _why(error: requests.RequestException) -> str:
    """The cause, without the layers of libraries around it."""
    cause = getattr(error.args[0], "reason", error) if error.args else error
    return str(cause).rpartition(": ")[2] or type(error).__name__
