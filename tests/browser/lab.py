"""A real JupyterLab in a real browser: start it on a folder, open a notebook, run it, look at it.

The browser is Debian's `chromium`, driven by Playwright. Nothing is fetched: the server listens on
127.0.0.1, and both keep their settings in a temporary folder.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tandem.__main__ import SETTINGS as SHOWN_AS_READ

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",  # root has no other way; only our own pages on this machine are opened
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {
    # All cells are in the page, so that a picture can be taken of each.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false"},
}
DARK = {"@jupyterlab/apputils-extension/themes": {"theme": "JupyterLab Dark"}}
STARTED_WITHIN = 60  # seconds


@contextlib.contextmanager
def server(
    folder: Path, state: Path, dark: bool = False, shown_as_read: bool = True
) -> Iterator[str]:
    """Run JupyterLab on a folder; give its address. Settings and logs go into `state`.

    shown_as_read: as `python -m tandem` opens it; otherwise as `jupyter lab` does
    """
    for name, values in (SETTINGS | (DARK if dark else {})).items():
        place = state / "settings" / f"{name}.jupyterlab-settings"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(values), encoding="utf-8")
    port = free_port()
    environment = os.environ | {
        "JUPYTERLAB_SETTINGS_DIR": str(state / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(state / "config"),
        "JUPYTER_RUNTIME_DIR": str(state / "runtime"),
    }
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    if shown_as_read:
        command.append(f"--LabApp.app_settings_dir={SHOWN_AS_READ}")
    options = [f"--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1", "--IdentityProvider.token="]
    with (state / "server.log").open("w") as log:
        process = subprocess.Popen(
            [*command, *options, f"--ServerApp.root_dir={folder}"],
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, process)
            yield address
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    """Return a port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers.

    Raises RuntimeError when it has stopped or takes too long.
    """
    end = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("JupyterLab did not start: read server.log")


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Start the browser, without a window.

    Raises RuntimeError where there is none.
    """
    if CHROMIUM is None:
        raise RuntimeError("There is no browser: type `sudo apt-get install chromium`")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield found
        finally:
            found.close()


def open_notebook(page: Page, address: str, path: str) -> None:
    """Open a notebook and wait until its kernel is there."""
    # On a busy machine JupyterLab may ask for the kernel before it knows which ones there are.
    dialog = page.get_by_role("dialog").filter(has_text="Select Kernel")
    page.add_locator_handler(
        dialog, lambda shown: shown.get_by_role("button", name="Select Kernel").click()
    )
    page.goto(f"{address}/doc/tree/{path}")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    # The indicator may say "idle" before there is a kernel.
    expect(page.locator(".jp-KernelName")).to_have_text("Python 3 (ipykernel)", timeout=60_000)
    expect(page.locator(".jp-Notebook-ExecutionIndicator")).to_have_attribute(
        "data-status", "idle", timeout=60_000
    )


def run_all(page: Page, seconds: float = 180) -> None:
    """Run every cell from the menu and wait until none is running or waiting."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Run All Cells")).click()
    wait_until_run(page, seconds)


def wait_until_run(page: Page, seconds: float = 180) -> None:
    """Wait until no code cell is waiting or running."""
    page.wait_for_timeout(500)
    page.wait_for_function(
        """() => ![...document.querySelectorAll('.jp-InputPrompt')]
                    .some(prompt => prompt.textContent.includes('*'))""",
        timeout=seconds * 1000,
    )
    page.wait_for_timeout(500)


def pictures(page: Page, folder: Path, name: str, height: int = 1600) -> list[Path]:
    """Take pictures of a whole notebook, from its head to its end, a screen at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    page.set_viewport_size({"width": 1200, "height": height})
    page.wait_for_timeout(500)
    step = """(number) => {
        const panel = document.querySelector('.jp-WindowedPanel-outer');
        panel.scrollTop = number * (panel.clientHeight - 60);
        const last = [...document.querySelectorAll('.jp-Cell')].at(-1);
        return last.getBoundingClientRect().bottom > panel.getBoundingClientRect().bottom;
    }"""
    taken = []
    for old in folder.glob(f"{name}-[0-9][0-9].png"):
        old.unlink()
    for number in range(99):
        below = page.evaluate(step, number)
        page.wait_for_timeout(200)
        taken.append(folder / f"{name}-{number + 1:02d}.png")
        page.screenshot(path=taken[-1])
        if not below:
            break
    return taken
