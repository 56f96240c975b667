"""Folders of files: listed here, by a web server, SFTP or WebDAV, and looked through alike."""
