"""What goes wrong on the way to an answer, as HarvestErrors whose fault says what it is.

The faults are in docs/errors.md. Those in TRANSIENT pass by themselves.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpcore
import httpx

from datasets.errors import HarvestError
from harvesters.fetching.address import shown
from harvesters.fetching.retry import wait_wished

_TRANSPORT = (httpx.HTTPError, httpcore.NetworkError, httpcore.ProtocolError)
_TIMEOUTS = (httpx.TimeoutException, httpcore.TimeoutException)
_UNREACHED = (httpx.ConnectError, httpcore.ConnectError)
_STATUS = {
    401: ("key-wanted", "it wants a name and password, or a key: renew them"),
    403: ("forbidden", "it refuses us: ask its owner, or upload the file by hand"),
    404: ("gone", "it moved: check the address"),
    407: ("key-wanted", "a proxy before it wants a password: tell the server's owner"),
    410: ("removed", "it was removed: check the address"),
    429: ("busy", "it is busy: try again later"),
    451: ("forbidden", "it refuses us here: ask its owner, or upload the file by hand"),
    498: ("key-wanted", "the key is not valid: renew it"),
    499: ("key-wanted", "it wants a key: give it in the source's settings"),
    503: ("busy", "it is busy: try again later"),
}
_OWN_FAULT = ("server-error", "the fault is its own: try later, or tell the server's owner")
_OTHER = ("status", "try later, or tell the server's owner")


def refused_status(answer: httpx.Response) -> HarvestError:
    """Make the error of an answer that is none.

    Of a busy server, `until` is when it may be asked again and `after_s` the seconds until then,
    where it says so.
    """
    status = answer.status_code
    fault, remedy = _STATUS.get(status, _OWN_FAULT if status >= 500 else _OTHER)
    values = {"status": str(status)}
    wished = wait_wished(answer.headers) if fault == "busy" else None
    if wished is not None:
        values |= {"until": moment(time.time() + wished), "after_s": f"{wished:.0f}"}
        remedy = f"it is busy until {values['until']}: nothing is to be done"
    return HarvestError(f"the server answered {status}: {remedy}", fault, **values)


def wrong_answer(address: str, wanted: str) -> HarvestError:
    """Make the error of an answer that reads well, and is not what this kind of source answers."""
    address = shown(address)
    return HarvestError(
        f"{address}: this is not {wanted}: check the address and the kind of the source",
        "wrong-answer",
        address=address,
        wanted=wanted,
    )


def moment(seconds: float) -> str:
    """Write a moment, in seconds since 1970, for `until`: `2026-11-02T10:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextlib.contextmanager
def told(url: str) -> Iterator[None]:
    """Say of every failure which address it was, without what is secret in it."""
    address = shown(url)
    try:
        yield
    except HarvestError as error:
        if "address" in error.values:
            raise
        raise type(error)(
            f"{address}: {error}", error.fault, **{"address": address} | error.values
        ) from None
    except _TIMEOUTS:
        raise HarvestError(
            f"{address}: the answer was not whole in time; try later, or raise"
            " http.timeout_s and http.deadline_s in config.yml",
            "timeout",
            address=address,
        ) from None
    except _TRANSPORT as error:
        raise _broken(address, error) from None
    except (httpx.InvalidURL, UnicodeError):
        raise HarvestError(
            f"{address}: is not an address; check how it is written",
            "address-wrong",
            address=address,
        ) from None
    except OSError as error:
        said = os.strerror(error.errno) if error.errno else str(error)
        raise HarvestError(
            f"{address}: the file cannot be written: {said}", "disk", address=address
        ) from None


def _broken(address: str, error: Exception) -> HarvestError:
    said = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in said:
        reason = said.partition("failed: ")[2].partition(" (_ssl")[0]
        return HarvestError(
            f"{address}: the server's certificate is not valid ({reason}): tell its owner",
            "certificate",
            address=address,
            reason=reason,
        )
    if isinstance(error, _UNREACHED):
        return HarvestError(
            f"{address}: the server cannot be reached ({said}): check the address, or try later",
            "unreachable",
            address=address,
        )
    return HarvestError(
        f"{address}: the answer broke off or is not HTTP ({said}): try later, or tell the"
        " server's owner",
        "broken-off",
        address=address,
    )
