"""Documents of the web, made of the bytes of an answer: XML, RDF, JSON larger than memory."""
