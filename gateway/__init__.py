"""The gateway: the public entry point of Valence.

It takes comments over HTTP, has them classified by the Bento, records them, and answers with what
it recorded.
"""
