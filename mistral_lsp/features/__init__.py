"""Use cases, composed of core and model.base. They know neither the editor nor HTTP."""
