"""Import jsonschema without its grammar of web addresses, which takes a second to load.

nbformat and nbgrader import jsonschema, which reads that grammar where it is installed. No schema
of a notebook asks whether a text is such an address. To be imported before either of them.
"""

import sys

if "jsonschema" not in sys.modules and "rfc3987_syntax" not in sys.modules:
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # as if it were not there
    try:
        import jsonschema  # type: ignore[import-untyped]  # noqa: F401
    finally:
        del sys.modules["rfc3987_syntax"]
