"""Single values as upstreams say them: words, licences, formats, places, addresses of offices."""
