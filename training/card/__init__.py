"""The model card (Mitchell et al. 2019, "Model Cards for Model Reporting"): what the model was made
of, how good it is where, and where it fails; as JSON and as one HTML page.
"""
