"""The gateway: the one public door of Valence.

It takes comments over HTTP, has them classified by the Bento, records them, and answers with what
it recorded.
"""
