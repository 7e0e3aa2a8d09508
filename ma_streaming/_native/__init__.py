"""The boundary: the only package that imports clr, System or ctypes.

It gives plain Python values (dicts of keyword arguments, ints, bytes, memoryviews) and raises the package's own errors.
Nothing here is public.
"""
