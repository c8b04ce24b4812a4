"""Static files under names that change with their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

RELATIVE_IMPORT = r"""(?P<matched>\b(?P<word>from|import)\s*["'](?P<url>\.{1,2}/[^"']+\.js)["'])"""


class HashedFiles(CompressedManifestStaticFilesStorage):
    """As whitenoise's, and scripts import each other by the hashed names too.

    Otherwise a module that a page loads and another module imports would run twice, once under each name. Only
    relative addresses are followed: files of others import by bare names that are no files here.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("*.js", ((RELATIVE_IMPORT, '%(word)s "%(url)s"'),)),
    )
