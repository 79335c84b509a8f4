"""`python -m k8s.deploy` with scripts that build nothing: `python killed.py SCRIPTS ARGUMENT…`."""

from __future__ import annotations

import sys
from pathlib import Path

from k8s.deploy.__main__ import main
from k8s.deploy.cluster import images, lease

images.SCRIPTS = Path(sys.argv.pop(1))
# So that nobody waits long for the lease of one that was killed.
lease.SECONDS, lease.RENEW_SECONDS = 1.0, 0.2
main()
