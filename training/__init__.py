"""From labelled texts to the artifact that the service answers with."""
