"""The certificate of an installation, as its clients see it."""

from __future__ import annotations

import socket
import ssl
import time

from k8s.doctor.check import FailedError, SkippedError
from k8s.doctor.site import TIMEOUT_SECONDS, Site

__all__ = ["examine"]

MIN_DAYS = 14
"""cert-manager and ACM renew certificates a month before their end."""


def examine(site: Site) -> str:
    """Whether clients accept the certificate, and for how long."""
    if not site.is_tls:
        if site.is_local:
            return "plain http, which does not leave this machine"
        raise SkippedError(
            "plain http: whoever is on the way can read comments and tokens"
            " (k8s/components/tls brings HTTPS)"
        )
    try:
        with (
            socket.create_connection((site.host, site.port), TIMEOUT_SECONDS) as plain,
            site.tls.wrap_socket(plain, server_hostname=site.host) as encrypted,
        ):
            given = encrypted.getpeercert() or {}
            version = encrypted.version()
    except ssl.SSLCertVerificationError as error:
        raise FailedError(
            f"clients refuse the certificate: {error.verify_message}",
            "renew it, or correct the host of the Ingress: kubectl -n NAMESPACE describe"
            " certificate; for an authority of your own set SSL_CERT_FILE",
        ) from None
    except ssl.SSLError as error:
        reason = error.reason or error
        raise FailedError(f"no TLS: {reason}", "check the URL's scheme and port") from None
    except OSError as error:
        raise SkippedError(f"no connection: {error.strerror or error}") from None
    days = int((ssl.cert_time_to_seconds(str(given["notAfter"])) - time.time()) // 86400)
    if days < MIN_DAYS:
        raise FailedError(
            f"the certificate ends in {days} days",
            "see why it was not renewed: kubectl -n NAMESPACE describe certificate; with ACM,"
            " whether the DNS record of its validation is still there",
        )
    return f"valid for {days} days, {version}"
