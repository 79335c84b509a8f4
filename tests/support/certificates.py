"""Certificates in files, as Kubernetes mounts them."""

from __future__ import annotations

import trustme

from certificate import Certificate


def write(authority: trustme.CA, name: str, files: Certificate) -> None:
    """Issue a certificate for a name, in place of the one before."""
    issued = authority.issue_cert(name)
    chain = b"".join(part.bytes() for part in issued.cert_chain_pems)
    files.key.write_bytes(issued.private_key_pem.bytes())
    files.chain.write_bytes(chain)
