"""The gateways accept the certificate that cert-manager makes for the Bentos."""

from __future__ import annotations

from urllib.parse import urlsplit

from bento import settings as bento_settings
from gateway import settings as gateway_settings
from tests.k8s.manifests import Objects, environment, pod
from tests.k8s.rendering import Object, objects


def known() -> Objects:
    return Objects(objects("everything"))


def certificate() -> Object:
    item = known().find("Certificate", "bento", "valence")
    assert item
    spec: Object = item["spec"]
    return spec


def files(name: str) -> set[str]:
    """The files of the certificate's Secret that the pods of a Deployment have."""
    spec = pod(known(), name)
    found = set()
    for volume in spec["volumes"]:
        secret = volume.get("secret", {})
        if secret.get("secretName") == certificate()["secretName"]:
            keys = [item["key"] for item in secret.get("items", [])]
            [folder] = [
                mount["mountPath"]
                for mount in spec["containers"][0]["volumeMounts"]
                if mount["name"] == volume["name"]
            ]
            # cert-manager's names. https://cert-manager.io/docs/usage/certificate/
            found |= {f"{folder}/{key}" for key in keys or ["ca.crt", "tls.crt", "tls.key"]}
    return found


def test_the_certificate_has_the_name_by_which_gateways_call() -> None:
    settings = gateway_settings.load(environment(known(), "gateway"))
    url = urlsplit(settings.bento_url)
    assert (url.scheme, [url.hostname]) == ("https", certificate()["dnsNames"])


def test_the_pods_have_their_files_and_the_gateway_no_key() -> None:
    settings = gateway_settings.load(environment(known(), "gateway"))
    assert files("gateway") == {str(settings.microservice_ca_file)}
    own = bento_settings.load(environment(known(), "bento")).certificate
    assert own
    assert {str(file) for file in own} <= files("bento")


def test_the_kubelet_speaks_tls() -> None:
    [container] = pod(known(), "bento")["containers"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["scheme"] == "HTTPS"


def test_the_authority_keeps_its_key_and_signs_for_the_bento_alone() -> None:
    authority = known().find("Certificate", "bento-authority", "valence")
    issuer = known().find("Issuer", certificate()["issuerRef"]["name"], "valence")
    assert authority
    assert issuer
    assert issuer["spec"]["ca"]["secretName"] == authority["spec"]["secretName"]
    assert authority["spec"]["privateKey"]["rotationPolicy"] == "Never"
    assert authority["spec"]["isCA"]
    assert certificate()["usages"] == ["server auth"]
