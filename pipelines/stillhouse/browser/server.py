"""The browser's server: three JSON answers and one page, for this machine and whoever has the token.

Guarantee: it listens on loopback, changes nothing, and answers nobody without the token; the Host header must name this
machine, so that no other site's page can ask through a browser. What models wrote travels as JSON and becomes text nodes,
and the page may run no script but its own.
"""

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stillhouse.browser.index import Filter, Index
from stillhouse.printing import json_line

PAGE = Path(__file__).parent / "page"
COOKIE = "stillhouse"
MAX_DIGITS = 12
HEADERS = {
    b"content-security-policy": b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
    b"x-frame-options": b"DENY",
}


def application(index: Index, title: str, token: str) -> Starlette:
    """The whole site."""

    async def enter(request: Request) -> Response:
        """The page. A link with the token leaves it in a cookie and goes on without it."""
        if "token" in request.query_params:
            answer: Response = RedirectResponse("/")
            answer.set_cookie(f"{COOKIE}-{request.url.port}", request.query_params["token"], httponly=True, samesite="strict")
            return answer
        return FileResponse(PAGE / "browse.html")

    def page(request: Request) -> Response:
        asked = dict(request.query_params)
        start = asked.pop("start", "0")
        try:
            return _json({"title": title, **index.page(Filter(**asked), _position(start))})
        except (TypeError, ValueError):
            return PlainTextResponse("Unknown filter.", 400)

    def problem(request: Request) -> Response:
        return _json(index.problem(request.path_params["id"]))

    routes = [Route("/", enter), Route("/api/traces", page), Route("/api/problem/{id}", problem)]
    routes += [Route(f"/{name}", _static(name)) for name in ("browse.js", "browse.css")]
    here = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    return Starlette(routes=routes, middleware=[here, Middleware(Guard, token=token)])


class Guard:
    """Lets in who has the token, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS.items()]
            await send(message)

        request = Request(scope)
        given = request.query_params.get("token") or request.cookies.get(f"{COOKIE}-{request.url.port}", "")
        allowed = secrets.compare_digest(given.encode(), self._token.encode())
        app = self._app if allowed else PlainTextResponse("Open the link that `stillhouse browse` printed.", 403)
        await app(scope, receive, guarded)


def _static(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def file(request: Request) -> Response:
        return FileResponse(PAGE / name)

    return file


def _position(given: str) -> int:
    """A place in the list. Raises ValueError."""
    if not given.isdecimal() or len(given) > MAX_DIGITS:
        raise ValueError(given)
    return int(given)


def _json(value: object) -> Response:
    return Response(json_line(value), media_type="application/json")
