"""Name resolution of one process, changed while it runs and without touching the machine's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# `$0` is the file, `$@` the command.
_BIND = 'mount --bind "$0" /etc/hosts && exec "$@"'
# A file of constant size is never seen half written.
_SIZE = 4_096


class HostsFile:
    """A file that a process sees in place of /etc/hosts and reads at each resolution."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.write_bytes(b"\n" * _SIZE)
        namespace = ["unshare", "--mount", *([] if os.getuid() == 0 else ["--map-root-user"])]
        self.within = [*namespace, "sh", "-c", _BIND, str(file)]
        """The command that runs another command with this file."""

    def set(self, name: str, *addresses: str) -> None:
        """Let the name resolve to these addresses and nothing else."""
        lines = "".join(f"{address} {name}\n" for address in addresses).encode()
        # One write of the whole file, in place: a mount follows the inode, not the path.
        with self._file.open("r+b", buffering=0) as file:
            file.write(lines.ljust(_SIZE, b"\n"))

    def problem(self) -> str | None:
        """Why this does not work on this machine; None if it does."""
        if sys.platform != "linux":
            return "only Linux has mount namespaces"
        tried = subprocess.run([*self.within, "true"], capture_output=True, text=True, check=False)
        return f"no mount namespace: {tried.stderr.strip()}" if tried.returncode else None
