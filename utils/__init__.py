"""What the chapters share: references in NumPy, counting, data, checks, widgets.

Importing this package loads no deep-learning library; each module imports what it needs.
"""
