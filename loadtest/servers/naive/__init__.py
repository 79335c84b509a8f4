"""The baseline: the pipeline one would write first, kept as a real program.

A synchronous FastAPI route calls a FastAPI model server with `requests`, then writes one item with
`boto3`; the model is the classic recipe. It is kept and frozen: speed-ups are ratios to it, and a
ratio means something only while what it is measured against stays the same. So it gets neither
repairs nor features, whatever happens to the rest. Where it could be made slow by carelessness it
is not: connections are pooled and reused, the model is loaded once.
"""
