"""Maps drawn by the server: tiles and pictures for who has no WebGL or no JavaScript."""
