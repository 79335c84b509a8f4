"""Model servers to compare with, each as small as in its documentation.

They return bare predictions of the classic recipe, one text per request, and store nothing. Their
dependencies conflict with ours and with each other's, so each has a virtual environment of its own.
"""
