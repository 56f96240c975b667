"""Tables of resources: asked and written, as CKAN's datastore is."""
