"""Whether CycloneDX's own library takes a document for valid, by its strict schemas."""

from cyclonedx.schema import SchemaVersion


def cyclonedx_faults(document, version="1.6"):
    """Return what is wrong with a document (text), None if nothing is."""
    # It brings grammars of addresses, which take seconds to build in every process of the tests.
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    return JsonStrictValidator(SchemaVersion.from_version(version)).validate_str(document)
