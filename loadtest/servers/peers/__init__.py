"""Model servers to compare with, each as small as its documentation makes it.

They answer bare predictions of the classic recipe, one text a request, and store nothing. Their
dependencies conflict with ours and with each other's, so each has a virtual environment of its own.
"""
