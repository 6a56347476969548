"""Templates of reports: folders of Markdown with Jinja that their owners write, read into the document tree."""
