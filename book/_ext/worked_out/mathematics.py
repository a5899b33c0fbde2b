"""MathJax, loaded by the book's `mathjax.js` from what sphinx-mathjax-offline brings."""


def setup(app):
    """Point Sphinx to the book's script; sphinx-mathjax-offline has just set its own."""
    app.config.mathjax_path = "mathjax.js"
