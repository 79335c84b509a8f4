"""The baseline: the pipeline that one would write first, kept as a real program.

A synchronous FastAPI route calls a FastAPI model server with `requests`, then writes one item with
`boto3`; the model is the classic recipe. The baseline is frozen: speed-ups are ratios to it, and a
ratio means something only while its denominator stays the same. So it gets neither fixes nor
features, whatever happens to the rest. It is not slow through carelessness: connections are pooled
and reused, and the model is loaded once.
"""
