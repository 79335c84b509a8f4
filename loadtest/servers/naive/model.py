"""The naive model server: `uvicorn loadtest.servers.naive.model:app`."""

from __future__ import annotations

from fastapi import FastAPI
from pydantic import BaseModel

from loadtest.servers.naive import recipe

app = FastAPI()
model = recipe.load()


class Text(BaseModel):
    text: str


class Answer(BaseModel):
    sentiment: str
    score: float


@app.get("/readyz")
def readyz() -> str:
    return "ok"


@app.post("/sentiment")
def sentiment(body: Text) -> Answer:
    [(label, score)] = recipe.predict(model, [body.text])
    return Answer(sentiment=label, score=score)
