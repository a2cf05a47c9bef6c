"""Start a student's kernel: in the sandbox or, when told so, as an ordinary process."""

import asyncio
import time
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
from jupyter_client.manager import AsyncKernelManager

from autograder.sandbox.provisioner import SandboxSpecs

_PATIENCE = 0.1  # seconds: a request's "idle" takes milliseconds once the subscription is there
_QUEUE = 100  # messages that wait here; the others wait in the student's own process


def manager_of(name: str, home: Path, settings: dict[str, Any] | None, **kwargs: Any) -> Any:
    """Build a kernel manager that talks through sockets in a folder of the kernel's own.

    Ports are chosen before they are bound, so that kernels started side by side can choose the same
    one; and any user of the machine can connect to them.

    Args:
        name: the kernelspec's.
        home: the kernel's folder.
        settings: SandboxProvisioner's; None for no sandbox.
    """
    if settings is not None:
        kwargs["kernel_spec_manager"] = SandboxSpecs(settings)
    manager = AsyncKernelManager(kernel_name=name, transport="ipc", **kwargs)
    manager.connection_file = str(home / "kernel.json")
    manager.ip = str(home / "kernel")
    return manager


def bound_messages(client: Any, most: int) -> None:
    """Let ZeroMQ refuse messages of more than `most` bytes, and keep few of them waiting.

    It hangs up on who sends a larger one, so that the rest of a cell's output is lost. To be called
    before the client's channels are opened.
    """
    client.context.setsockopt(zmq.MAXMSGSIZE, most)
    client.context.setsockopt(zmq.RCVHWM, _QUEUE)


async def wait_until_heard(client: Any, seconds: float) -> None:
    """Wait until the kernel answers and its outputs arrive here.

    jupyter_client's own test takes 0.2 s longer: it waits for silence. Raises RuntimeError.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        request = client.kernel_info()
        heard = time.monotonic() + _PATIENCE
        while (left := heard - time.monotonic()) > 0:
            try:
                message = await client.iopub_channel.get_msg(timeout=left)
            except Empty:
                break
            if (
                message["parent_header"].get("msg_id") == request
                and message["content"].get("execution_state") == "idle"
            ):
                return
        if not await client.is_alive():
            raise RuntimeError("Kernel died before replying to kernel_info")
        await asyncio.sleep(0)
    raise RuntimeError(f"Kernel didn't respond in {seconds:g} seconds")
