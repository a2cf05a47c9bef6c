"""jupyter_client's way to a kernel in the sandbox, so that nbclient drives it as any other."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_client.provisioning import KernelProvisionerBase
from traitlets import Bool, Dict, List, Unicode

from autograder.sandbox import templates

NAME = "tandem-sandbox"  # as pyproject.toml registers it
PORTS = ("shell_port", "iopub_port", "stdin_port", "hb_port", "control_port")


class SandboxProvisioner(KernelProvisionerBase):
    """A kernel forked from a warm template; its settings come from the kernelspec's metadata."""

    framework = Unicode("plain")
    work = Unicode(help="Folder of the files that the kernel works on a copy of.")
    variables = Dict(help="Environment of the template and so of every kernel.")
    own_variables = Dict(help="What the environment of this kernel has besides.")
    readable = List(Unicode(), help="Folders that students' code may read besides its own.")
    gpu = Bool(False, help="Whether it may use this machine's GPUs.")
    limits = Dict(help="As in `Limits`.")
    _fork: templates.Fork | None = None
    _plan: templates.Plan | None = None

    @property
    def has_process(self) -> bool:
        return self._fork is not None

    @property
    def ended(self) -> tuple[str, str]:
        """Why the kernel ended: a reason (`memory`, `exit`, …) and a detail."""
        return (self._fork.ended if self._fork else None) or ("exit", "")

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the kernel's sockets; there is no command, for there is no new process."""
        manager = self.parent
        manager.transport = "ipc"
        for number, port in enumerate(PORTS, 1):
            setattr(manager, port, number)
        kwargs.pop("extra_arguments", None)
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel.

        Raises SandboxError, a RuntimeError, when there is no sandbox.
        """
        manager = self.parent
        connection = {
            **{port: getattr(manager, port) for port in PORTS},
            "transport": "ipc",
            "key": manager.session.key.decode(),
            "signature_scheme": manager.session.signature_scheme,
        }
        request = {
            "environment": self.own_variables,
            "limits": self.limits,
            "connection": connection,
        }
        plan = templates.Plan.of(self.framework, self.variables, self.readable, self.gpu)
        # Starting a template takes seconds, during which other kernels must be heard.
        self._fork = await asyncio.to_thread(templates.fork, plan, Path(self.work), request)
        self._plan = plan
        manager.ip = str(self._fork.folder / "sockets" / "k")
        return {**connection, "ip": manager.ip, "key": manager.session.key}

    async def poll(self) -> int | None:
        return None if self._fork is not None and self._fork.poll() else 1

    async def wait(self) -> int | None:
        while await self.poll() is None:
            await asyncio.sleep(0.02)
        self.close()
        return 0

    async def send_signal(self, signum: int) -> None:
        if signum == signal.SIGKILL:
            self.close()
        elif self._fork is not None:
            self._fork.interrupt(signum)

    async def kill(self, restart: bool = False) -> None:
        self.close()

    async def terminate(self, restart: bool = False) -> None:
        self.close()

    async def cleanup(self, restart: bool = False) -> None:
        self.close()

    def close(self) -> None:
        """Kill the kernel with all that it started, at once."""
        if self._fork is not None:
            self._fork.close()
        if self._plan is not None:
            templates.release(self._plan)
            self._plan = None


class SandboxSpecs(KernelSpecManager):
    """Answers to every Python kernel's name with the sandbox."""

    def __init__(self, settings: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._settings = settings

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the sandbox's spec.

        Raises NoSuchKernel for another language: only Python runs in the sandbox.
        """
        if not kernel_name.startswith("python"):
            raise NoSuchKernel(kernel_name)
        stanza = {"provisioner_name": NAME, "config": self._settings}
        return KernelSpec(
            argv=[sys.executable],
            display_name="Python 3 in the sandbox",
            language="python",
            metadata={"kernel_provisioner": stanza},
        )
