"""From text to the terms that the model counts; training and serving share it."""
