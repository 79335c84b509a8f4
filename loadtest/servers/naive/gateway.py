"""The naive gateway: `uvicorn loadtest.servers.naive.gateway:app`."""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime

import boto3
import requests
from botocore.config import Config
from fastapi import FastAPI
from pydantic import BaseModel
from requests.adapters import HTTPAdapter

# Starlette runs synchronous routes in this many threads. With fewer pooled connections than threads
# both clients would open and discard connections all the time.
THREADS = 40

app = FastAPI()
session = requests.Session()
session.mount("http://", HTTPAdapter(pool_maxsize=THREADS))
table = boto3.resource("dynamodb", config=Config(max_pool_connections=THREADS)).Table(
    os.environ["DYNAMODB_TABLE_NAME"]
)
microservice_url = os.environ["MICROSERVICE_URL"]


class Comment(BaseModel):
    comment: str


class Record(BaseModel):
    comment_id: str
    timestamp: str
    original_comment: str
    sentiment: str
    score: str


@app.get("/readyz")
def readyz() -> str:
    return "ok"


@app.post("/comments", status_code=201)
def create(body: Comment) -> Record:
    response = session.post(microservice_url, json={"text": body.comment}, timeout=10)
    response.raise_for_status()
    prediction = response.json()
    record = Record(
        comment_id=str(uuid.uuid4()),
        timestamp=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        original_comment=body.comment,
        sentiment=prediction["sentiment"],
        score=f"{prediction['score']:.4f}",
    )
    table.put_item(Item=record.model_dump())
    return record
