"""A cluster with one Deployment, `bento`, and a service that answers with the model in its image.

It does what the API server and the Deployment's controller do on a change of the image: the rollout
ends at once, or never if the image is `broken`.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from k8s.deploy.cluster import images
from tests.support.scripted import VALENCE, Asked, Says

Object = dict[str, Any]

REPLICAS = 2
FORMER = "sha256:" + "0" * 64
APPS, CORE = "/apis/apps/v1/namespaces/valence/", "/api/v1/namespaces/valence/"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/valence/leases"
DEPLOYMENT = f"{APPS}deployments/bento"


def image_of(deployment: Object) -> str:
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])


@dataclass
class World:
    """What there is, and what was done to it."""

    images: list[str] = field(default_factory=lambda: ["localhost/valence-bento:dev"])
    """That the Deployment had, newest last."""
    broken: Callable[[str], bool] = lambda _: False
    """Whether an image never becomes ready."""
    wrong: str = ""
    """The model that answers whatever runs; that of the image if empty."""
    labels: dict[str, str] = field(default_factory=dict)
    forbidden: str = ""
    """Method of requests that are refused with 403."""
    has_records: bool = False
    lease: Object | None = None
    on_apply: Callable[[], None] = lambda: None
    on_conflict: Callable[[], None] = lambda: None
    on_ask: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._version = 0

    @property
    def image(self) -> str:
        """Of the template."""
        return self.images[-1]

    @property
    def serving(self) -> str:
        """The newest image whose pods are ready."""
        return next(each for each in reversed(self.images) if not self.broken(each))

    @property
    def models(self) -> set[str]:
        """That answer."""
        return {self.wrong or images.digest(self.serving) or FORMER}

    def kubernetes(self, asked: Asked) -> Says:
        """The API server."""
        path = asked.path.partition("?")[0]
        if asked.method == self.forbidden:
            return Says(403, {"kind": "Status"})
        with self._lock:
            if path == DEPLOYMENT:
                return self._patch(asked) if asked.method == "PATCH" else Says(200, self._state())
            if path.startswith(LEASES):
                return self._write_lease(asked)
        if path == f"{APPS}replicasets":
            return Says(200, {"items": self._replica_sets()})
        if path == f"{CORE}pods":
            return Says(200, {"items": self._pods()})
        return Says(404, {"kind": "Status"})

    def service(self, asked: Asked) -> Says:
        """The gateway."""
        path = asked.path.partition("?")[0]
        if path == "/openapi.json":
            return Says(200, VALENCE)
        if path == "/comments":
            return Says(200, {"comments": [{}] if self.has_records else []})
        self.on_ask()
        digests = sorted(self.models)
        return Says(200, {"Sentiment": "NEUTRAL"}, {"X-Model": digests[0]})

    def _patch(self, asked: Asked) -> Says:
        [test, replace] = json.loads(asked.body)
        assert asked.headers["content-type"] == "application/json-patch+json"
        assert [test["op"], replace["op"]] == ["test", "replace"]
        assert test["path"] == replace["path"] == "/spec/template/spec/containers/0/image"
        if test["value"] != self.image:
            return Says(422, {"kind": "Status"})
        self.images.append(replace["value"])
        self.on_apply()
        return Says(200, self._state())

    def _state(self) -> Object:
        ready = not self.broken(self.image)
        progress = "NewReplicaSetAvailable" if ready else "ReplicaSetUpdated"
        generation = len(self.images)
        return {
            "metadata": {
                "name": "bento",
                "uid": "its own",
                "generation": generation,
                "labels": self.labels,
            },
            "spec": {"replicas": REPLICAS, **_template(self.image)},
            "status": {
                "observedGeneration": generation,
                "replicas": REPLICAS + (not ready),
                "updatedReplicas": REPLICAS if ready else 1,
                "availableReplicas": REPLICAS,
                "conditions": [{"type": "Progressing", "status": "True", "reason": progress}],
            },
        }

    def _replica_sets(self) -> list[Object]:
        """One for each image; a rollback gives the old one a new number."""
        revisions = {image: number for number, image in enumerate(self.images, 1)}
        foreign = {
            "metadata": {"name": "other", "ownerReferences": [{"uid": "of another"}]},
            "spec": _template("another"),
            "status": {"readyReplicas": 9},
        }
        return [
            foreign,
            *(
                {
                    "metadata": {
                        "name": f"bento-{number}",
                        "ownerReferences": [{"uid": "its own"}],
                        "annotations": {"deployment.kubernetes.io/revision": str(number)},
                    },
                    "spec": _template(image),
                    "status": {"readyReplicas": REPLICAS * (image == self.serving)},
                }
                for image, number in revisions.items()
            ),
        ]

    def _pods(self) -> list[Object]:
        waiting = {"reason": "ImagePullBackOff", "message": "there is no such image"}
        states: dict[str, Object] = {self.serving: {"running": {}}}
        if self.image != self.serving:
            states[self.image] = {"waiting": waiting}
        return [
            {
                "metadata": {"name": f"bento-{number}"},
                "spec": _template(image)["template"]["spec"],
                "status": {"containerStatuses": [{"state": state}]},
            }
            for number, (image, state) in enumerate(states.items())
        ]

    def _write_lease(self, asked: Asked) -> Says:
        if asked.method == "GET":
            return Says(200, self.lease) if self.lease else Says(404, {"kind": "Status"})
        lease: Object = json.loads(asked.body)
        if self.lease and (
            asked.method == "POST"
            or lease["metadata"]["resourceVersion"] != self.lease["metadata"]["resourceVersion"]
        ):
            self.on_conflict()
            return Says(409, {"kind": "Status"})
        self._version += 1
        self.lease = copy.deepcopy(lease)
        self.lease["metadata"]["resourceVersion"] = str(self._version)
        return Says(200, self.lease)

    def renew(self, holder: str) -> None:
        """Let another deployment hold the lease, and renew it."""
        with self._lock:
            self._version += 1
            metadata = {"name": "valence-deploy", "resourceVersion": str(self._version)}
            self.lease = {"metadata": metadata, "spec": {"holderIdentity": holder}}


def _template(image: str) -> Object:
    return {"template": {"spec": {"containers": [{"name": "bento", "image": image}]}}}
