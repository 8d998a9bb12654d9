"""How the running program says it is."""

import http.client


def health(port: int, host: str) -> str | None:
    """Return "" if all is well, what is not, or None if nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        answer = connection.getresponse()
        body = answer.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return "" if answer.status == http.client.OK else f"{answer.status} {body}"


def a_host(allowed: str) -> str:
    """Return a name that the program answers to, of its ALLOWED_HOSTS.

    >>> [a_host(each) for each in ("", "*", ".example.cn, localhost", "a.cn")]
    ['localhost', 'localhost', 'example.cn', 'a.cn']
    """
    first = allowed.split(",", 1)[0].strip().removeprefix(".")
    return "localhost" if first in {"", "*"} else first
