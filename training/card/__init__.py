"""The model card (Mitchell et al. 2019, "Model Cards for Model Reporting"): what the model was
trained on, how good it is on which texts, and where it fails; as JSON and as an HTML page.
"""
