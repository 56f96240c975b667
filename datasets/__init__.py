"""The words everybody speaks: model, configuration, errors, names, scripts, kinds and the store."""
