"""A page opened by its own address (``/data``) finds the server at once, without two failed requests in the console.

And every start page, before Streamlit reads its address, puts the visitor's layers of last time into it.

Streamlit's script does not know whether ``/data`` is a page or a folder that the app is served from: it asks for
``/data/_stcore/health`` first and logs the 404. The page served under such an address says where the server is.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAYS = b'<script>window.__streamlit={BACKEND_BASE_URL:new URL("./",location.href).href}</script>'
_RECALLS = b"<script>" + (Path(__file__).parent / "static" / "map" / "recall.js").read_bytes() + b"</script>"
_BEFORE = b"<script"


class DirectPages:
    """ASGI middleware: start pages get the script that recalls; under the name of a page also where the server is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = str(scope.get("path", "")).strip("/")
        if scope["type"] != "http" or scope["method"] != "GET" or "/" in name or "." in name:
            await self.app(scope, receive, send)
            return
        asked = [
            (k, v) for k, v in scope["headers"] if k.lower() != b"accept-encoding"
        ]  # an answer that can be read here
        start: Message = {}
        body = bytearray()

        async def told(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                if not _is_page(message):
                    await send(message)
                return
            if not _is_page(start):
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            whole = bytes(body).replace(_BEFORE, (_SAYS if name else b"") + _RECALLS + _BEFORE, 1)
            kept = [(k, v) for k, v in start["headers"] if k.lower() not in (b"content-length", b"etag")]
            await send({**start, "headers": [*kept, (b"content-length", str(len(whole)).encode("ascii"))]})
            await send({"type": "http.response.body", "body": whole})

        await self.app({**scope, "headers": asked}, receive, told)


def _is_page(start: Message) -> bool:
    """Is the answer a page of HTML, whole and as it is?"""
    headers = {k.lower(): v for k, v in start.get("headers", ())}
    html = headers.get(b"content-type", b"").startswith(b"text/html")
    return start.get("status") == 200 and html and b"content-encoding" not in headers
