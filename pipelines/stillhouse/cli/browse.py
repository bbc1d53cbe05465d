"""`stillhouse browse`: the traces of a run in a web browser."""

import socket
from typing import Annotated

import typer

from stillhouse.cli.query import RunArgument, newest
from stillhouse.errors import UserError
from stillhouse.progress import say


def register(app: typer.Typer) -> None:
    """Adds this module's command."""
    app.command(short_help="Read a run's traces in a web browser.")(browse)


def browse(
    run: RunArgument = None,
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.", min=0, max=65535)] = 0,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in this machine's web browser.")] = True,
) -> None:
    """Read a run's traces in a web browser: search and filter them, and see all that was answered to a problem side by side.

    The page is served on this machine alone, to whoever has the link with its token, and changes nothing. Ctrl-C ends it.
    From another machine: ssh -L PORT:127.0.0.1:PORT, with --port PORT --no-open.
    """
    import secrets
    import webbrowser

    import uvicorn

    from stillhouse.browser.index import Index
    from stillhouse.browser.server import application
    from stillhouse.query.committed import Committed
    from stillhouse.query.views import connect
    from stillhouse.storage.run import OpenRun

    target = OpenRun.at(run or newest())
    token = secrets.token_urlsafe(24)
    with connect(Committed.at(target)) as connection, _listening(port) as listener:
        site = application(Index(connection), f"{target.recipe.name}, seed {target.recipe.seed}", token)
        link = f"http://127.0.0.1:{listener.getsockname()[1]}/?token={token}"
        say(f"{link}\nCtrl-C ends it.")
        if open_page:
            webbrowser.open(link)
        uvicorn.Server(uvicorn.Config(site, log_level="error", lifespan="off")).run(sockets=[listener])


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise UserError(f"Port {port} cannot be used: {error.strerror}.", "Give another --port, or none for a free one.") from error
    return listener
